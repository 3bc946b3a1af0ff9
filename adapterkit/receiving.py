"""Sends one prepared request and reads its answer, within limits of time and size."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass

import requests
from requests.adapters import BaseAdapter
from urllib3.exceptions import ConnectTimeoutError, MaxRetryError, NameResolutionError, NewConnectionError

from adapterkit.sentences import say

CONNECT_TIMEOUT = 5.0
READ_TIMEOUT = 15.0  # between two pieces of an answer
TOTAL_TIMEOUT = 30.0  # for the whole answer
LARGEST = 16 * 1024 * 1024  # bytes of an answer
TOO_LONG = say("it is longer than what is read at most")


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


def receive(adapter: BaseAdapter, request: requests.PreparedRequest, *, enough: int | None = None) -> Raw:
    """Send and read the whole answer, within its limits of time and size; or only `enough` bytes of it."""
    end = time.monotonic() + TOTAL_TIMEOUT
    try:
        response = adapter.send(request, stream=True, timeout=(CONNECT_TIMEOUT, READ_TIMEOUT), verify=True)
    except (requests.RequestException, OSError) as error:
        raise Broken(_plain_words(error), sent=not _never_sent(error)) from None
    with response:
        raw = Raw(response.status_code, dict(response.headers), b"")
        length = response.headers.get("Content-Length", "")
        if enough is None and length.isdigit() and int(length) > LARGEST:
            raw.cut = TOO_LONG
            return raw
        try:
            raw.content, raw.cut = _read(response, end, enough)
        except (requests.RequestException, OSError) as error:
            raise Broken(_plain_words(error), sent=True) from None
    return raw


def _read(response: requests.Response, end: float, enough: int | None) -> tuple[bytes, str]:
    chunks, size = [], 0
    for chunk in response.iter_content(enough or 64 * 1024):
        chunks.append(chunk)
        size += len(chunk)
        if enough is not None and size >= enough:
            break
        if size > LARGEST:
            return b"".join(chunks), TOO_LONG
        if time.monotonic() > end:
            return b"".join(chunks), say("it took too long")
    return b"".join(chunks), ""


def _never_sent(error: Exception) -> bool:
    """Whether nothing of the request went out, so that it cannot have arrived: the adapter knows, else its error tells.

    TLS may break after the request as before it, so its errors alone prove nothing.
    """
    left: bool | None = getattr(error, "left", None)
    if left is not None:
        return not left
    if isinstance(error, requests.ConnectTimeout):
        return True
    return isinstance(_reason(error), (NewConnectionError, NameResolutionError, ConnectTimeoutError))


def _reason(error: Exception) -> object:
    """What urllib3 says is behind an error of requests."""
    cause = error.args[0] if error.args else None
    return cause.reason if isinstance(cause, MaxRetryError) else cause


def _plain_words(error: Exception) -> str:
    match error:
        case requests.exceptions.SSLError() if _never_sent(error):
            return say("its TLS certificate is not valid")
        case requests.ConnectTimeout():
            return say("no connection was made in time")
        case requests.ReadTimeout():
            return say("nothing came for too long")
        case _ if isinstance(_reason(error), NameResolutionError):
            return say("nobody knows the host's name")
        case _ if _never_sent(error):
            return say("the host cannot be reached")
        case _:
            return say("the connection broke")
