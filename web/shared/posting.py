"""What was sent with a form."""

from __future__ import annotations

from django.http import HttpRequest, QueryDict


def posted(request: HttpRequest) -> QueryDict | None:
    """Return what was posted, None for a page that is only looked at: an empty form is answered, too."""
    return request.POST if request.method == "POST" else None
