"""Sends one prepared request and reads its answer, within limits of time and size."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass

import requests
from requests.adapters import BaseAdapter
from urllib3.exceptions import ConnectTimeoutError, MaxRetryError, NameResolutionError, NewConnectionError

CONNECT_TIMEOUT = 5.0
READ_TIMEOUT = 15.0  # between two pieces of an answer
TOTAL_TIMEOUT = 30.0  # for the whole answer
LARGEST = 16 * 1024 * 1024  # bytes of an answer


@dataclass(slots=True)
class Raw:
    """An answer as it came, before it is judged. `cut` says why the body is not whole."""

    status: int
    headers: Mapping[str, str]
    content: bytes
    cut: str = ""


class Broken(Exception):
    """No answer, or half of one. `sent` says whether the request may have arrived."""

    def __init__(self, text: str, *, sent: bool) -> None:
        super().__init__(text)
        self.sent = sent


def receive(adapter: BaseAdapter, request: requests.PreparedRequest) -> Raw:
    """Send and read the whole answer, within its limits of time and size."""
    end = time.monotonic() + TOTAL_TIMEOUT
    try:
        response = adapter.send(request, stream=True, timeout=(CONNECT_TIMEOUT, READ_TIMEOUT), verify=True)
    except (requests.RequestException, OSError) as error:
        raise Broken(_plain_words(error), sent=not _never_sent(error)) from None
    with response:
        raw = Raw(response.status_code, dict(response.headers), b"")
        length = response.headers.get("Content-Length", "")
        if length.isdigit() and int(length) > LARGEST:
            raw.cut = f"it is {int(length):,} bytes long, {LARGEST:,} are read at most"
            return raw
        try:
            raw.content, raw.cut = _read(response, end)
        except (requests.RequestException, OSError) as error:
            raise Broken(_plain_words(error), sent=True) from None
    return raw


def _read(response: requests.Response, end: float) -> tuple[bytes, str]:
    chunks, size = [], 0
    for chunk in response.iter_content(64 * 1024):
        chunks.append(chunk)
        size += len(chunk)
        if size > LARGEST:
            return b"".join(chunks), f"it is longer than {LARGEST:,} bytes"
        if time.monotonic() > end:
            return b"".join(chunks), f"it took longer than {TOTAL_TIMEOUT:.0f} seconds"
    return b"".join(chunks), ""


def _never_sent(error: Exception) -> bool:
    """Whether no connection was made, so that the request cannot have arrived."""
    if isinstance(error, requests.ConnectTimeout):
        return True
    cause = error.args[0] if error.args else None
    reason = cause.reason if isinstance(cause, MaxRetryError) else cause
    return isinstance(error, requests.exceptions.SSLError) or isinstance(
        reason, (NewConnectionError, NameResolutionError, ConnectTimeoutError)
    )


def _plain_words(error: Exception) -> str:
    match error:
        case requests.exceptions.SSLError():
            return "its TLS certificate is not valid"
        case requests.ConnectTimeout():
            return f"no connection within {CONNECT_TIMEOUT:.0f} seconds"
        case requests.ReadTimeout():
            return f"nothing came for {READ_TIMEOUT:.0f} seconds"
        case _ if _never_sent(error):
            return "the host cannot be reached"
        case _:
            return "the connection broke"
