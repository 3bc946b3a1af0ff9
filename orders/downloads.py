"""Hands out papers of orders: to be saved and never shown, whatever is in them."""

from __future__ import annotations

from django.http import HttpResponse
from django.utils.http import content_disposition_header

from orders.models import OrderDocument


def download_of(document: OrderDocument) -> HttpResponse:
    """Return the answer that has a browser save the paper: it came from outside, and is not opened among our pages."""
    disposition = content_disposition_header(as_attachment=True, filename=document.file_name)
    return HttpResponse(
        bytes(document.content),
        content_type="application/pdf",
        headers={
            "Content-Disposition": str(disposition),
            "X-Content-Type-Options": "nosniff",
            "Content-Security-Policy": "sandbox; default-src 'none'",
            "Cache-Control": "private, no-store",
        },
    )
