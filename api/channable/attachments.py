"""Papers of an order in this dialect: handed in, listed, and fetched by an address that is good for five minutes."""

from __future__ import annotations

import binascii
from base64 import b64decode
from typing import Any

from django.core import signing
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.views.decorators.http import require_GET
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from api.channable.base import ChannableView
from api.channable.shapes import attachment_shape
from orders.downloads import download_of
from orders.flows.keep_document import LARGEST, NotKept, keep_document
from orders.models import OrderDocument
from webhooks.addresses import link

SALT = "channable.attachment"
GOOD_FOR = 5 * 60  # seconds
ACCEPTED, NOWHERE, GONE = 202, 404, 410


class AttachmentSerializer(serializers.Serializer[Any]):
    """A PDF in base64. The name is ours; it is made up where none is given."""

    attachment_type = serializers.ChoiceField(choices=OrderDocument.Kind.choices, default=OrderDocument.Kind.INVOICE)
    file_name = serializers.CharField(max_length=200, required=False)
    file = serializers.CharField(max_length=4 * LARGEST // 3 + 4, trim_whitespace=False)
    order_item_ids = serializers.ListField(
        child=serializers.IntegerField(), required=False, allow_null=True, max_length=500
    )


class Attachments(ChannableView):
    def get(self, request: Request, **_: Any) -> Response:
        order = self.order()
        kept = self.papers_of([order])[order.pk]
        return Response({"attachments": [attachment_shape(document, order) for document in kept]})

    def post(self, request: Request, **_: Any) -> Response:
        """Hand in an invoice. It is kept with the order, where the merchant finds it; no marketplace is sent it yet."""
        order, asked = self.order(), AttachmentSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        given = asked.validated_data
        if set(given.get("order_item_ids") or ()) - {line.pk for line in order.lines.all()}:
            raise ValidationError({"order_item_ids": "items of this order"})
        name = given.get("file_name") or f"{given['attachment_type'].lower()}-{order.number}.pdf"
        try:
            content = b64decode(given["file"], validate=True)
            document = keep_document(
                order=order,
                kind=given["attachment_type"],
                name=name,
                content=content,
                now=timezone.now(),
                by=self.caller.user,
            )
        except (binascii.Error, NotKept) as error:
            raise ValidationError({"file": str(error)}) from error
        told = {"status": "success", "order_attachment_id": document.pk, "message": "The attachment is kept"}
        return Response(told, status=ACCEPTED)


class Attachment(ChannableView):
    def get(self, request: Request, **kwargs: Any) -> Response:
        """Tell where the paper can be fetched within five minutes, without a key."""
        document = get_object_or_404(self.order().documents.defer("content"), pk=kwargs["document"])
        return Response({"url": link("channable:attachment_file", signing.dumps(document.pk, salt=SALT))})


@require_GET
def attachment_file(_request: HttpRequest, ticket: str) -> HttpResponseBase:
    """Hand out the paper that a ticket names; 410 once its time is over."""
    try:
        number = signing.loads(ticket, salt=SALT, max_age=GOOD_FOR)
    except signing.SignatureExpired:
        return _refused("The address was good for five minutes", GONE)
    except signing.BadSignature:
        return _refused("There is no such attachment", NOWHERE)
    return download_of(get_object_or_404(OrderDocument, pk=number))


def _refused(message: str, status: int) -> HttpResponse:
    return JsonResponse({"status": "error", "message": message}, status=status)
