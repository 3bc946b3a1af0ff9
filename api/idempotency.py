"""Has a change that is asked for twice with one Idempotency-Key happen once, and answers both times the same.

The answer is stored in the transaction of the change: there is no moment in which one is there without the other.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from cryptography.fernet import InvalidToken
from django.db import IntegrityError, transaction
from django.http import HttpResponse, HttpResponseBase
from django.utils import timezone
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request

from accounts.credentials import cipher
from api.caller import Caller
from api.models import AnsweredRequest
from api.problems import Conflict, KeyReused

HEADER = "Idempotency-Key"
REPLAYED = "Idempotency-Replayed"
KEPT_FOR = timedelta(days=1)
KEPT_HEADERS = ("ETag", "Location")
FORM = re.compile(r"^[!-~]{1,255}$")  # visible ASCII
REFUSED = 400  # and above
AT_ONCE = 1000

Answer = Callable[[], HttpResponseBase]


def once(request: Request, caller: Caller, answer: Answer) -> HttpResponseBase:
    """Answer a change, or give the answer that its first request got; raises `KeyReused`.

    A change that is refused is undone and not remembered: its key may be used again, with a better body.
    """
    key = request.headers.get(HEADER)
    if key is None:
        with transaction.atomic():
            return _kept_or_undone(answer())
    if not FORM.fullmatch(key):
        raise ValidationError({HEADER: "1 to 255 visible ASCII characters"})
    mark = fingerprint_of(request)
    try:
        with transaction.atomic():
            # A second request with the key waits here until the first one is committed.
            record = AnsweredRequest.objects.create(
                api_key=caller.key, idempotency_key=key, fingerprint=mark, status=None, at=timezone.now()
            )
            response = _kept_or_undone(answer())
            if response.status_code < REFUSED:
                _remember(record, response)
            return response
    except IntegrityError:
        record = AnsweredRequest.objects.filter(api_key=caller.key, idempotency_key=key).first()  # type: ignore[assignment]
        if record is None or record.status is None:
            raise  # it was something else, or the first one was undone meanwhile
    if record.fingerprint != mark:
        raise KeyReused
    return _again(record)


def fingerprint_of(request: Request) -> str:
    asked = f"{request.method} {request.get_full_path()}\n".encode() + request._request.body
    return hashlib.sha256(asked).hexdigest()


def forget_answers(now: datetime) -> Mapping[str, int]:
    """The chore: forget answers after a day."""
    old = AnsweredRequest.objects.filter(at__lt=now - KEPT_FOR).values("pk")[:AT_ONCE]
    return Counter(
        answered_requests=AnsweredRequest.objects.filter(pk__in=list(old.values_list("pk", flat=True))).delete()[0]
    )


def _kept_or_undone(response: HttpResponseBase) -> HttpResponseBase:
    if response.status_code >= REFUSED:
        transaction.set_rollback(True)
    return response


def _remember(record: AnsweredRequest, response: Any) -> None:
    response.render()
    # It may hold a new secret, and names buyers: at rest it is as secret as they are.
    record.status, record.body = response.status_code, cipher().encrypt(response.content)
    record.headers = {name: response[name] for name in (*KEPT_HEADERS, "Content-Type") if name in response}
    record.save(update_fields=["status", "body", "headers"])


def _again(record: AnsweredRequest) -> HttpResponse:
    try:
        body = cipher().decrypt(bytes(record.body))
    except InvalidToken:  # the keys were changed within the day
        raise Conflict from None
    response = HttpResponse(body, status=record.status, headers=dict(record.headers))
    response[REPLAYED] = "true"
    return response
