"""A simulated Amazon: Login with Amazon, orders, shipment confirmation, feeds with their files, stock, consent.

With its real habits: token buckets for each operation and 429 without a time to wait, lists that leave out the last two
minutes and tell some orders late, places in a list that last a day and only for the same question, tokens that run out
with 403, pending orders without people and amounts, packages that are changed when they are reported again, feeds and
listings that take their time, addresses of files on another host. Query parameters that it does not know are ignored.
"""

from __future__ import annotations

import gzip
import re
import uuid
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from adapterkit.simulator import Request, Response, route
from marketplaces.amazon.mapper import written
from marketplaces.amazon.simulated_orders import denied, errors, invalid
from marketplaces.amazon.simulated_stock import SimulatedStock
from marketplaces.amazon.world import CODE_LASTS, URL_LASTS, Document, Feed

OPEN_PATHS = ("/auth/o2/token", "/apps/", "/files/")
TOKEN_LASTS = timedelta(hours=1)
# Calls a second and calls saved, by method and the beginning of the path; as published.
USAGE_PLANS = (
    ("GET", r"/orders/2026-01-01/orders", 0.0056, 20),
    ("GET", r"/orders/2026-01-01/orders/.+", 0.5, 30),
    ("POST", r"/orders/v0/orders/.+/shipmentConfirmation", 2, 10),
    ("POST", r"/feeds/2021-06-30/documents", 0.5, 15),
    ("GET", r"/feeds/2021-06-30/documents/.+", 0.0222, 10),
    ("POST", r"/feeds/2021-06-30/feeds", 0.0083, 15),
    ("GET", r"/feeds/2021-06-30/feeds/.+", 2, 15),
    ("GET", r"/listings/2021-08-01/items/.+", 5, 10),
    ("PATCH", r"/listings/2021-08-01/items/.+", 5, 5),
    ("GET", r"/fba/inventory/v1/summaries", 2, 2),
)


class AmazonSimulator(SimulatedStock):
    """What the simulated Amazon answers. See the module."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._buckets: dict[str, tuple[float, datetime]] = {}
        self._only: tuple[int, float] | None = None

    def limit_calls(self, calls: int, per: float) -> None:
        """Allow every operation so many calls in so many seconds, instead of what is published."""
        self._only = (calls, per)

    def _handle(self, request: Request) -> Response:
        response = super()._handle(request)
        response.headers.setdefault("x-amzn-RequestId", str(uuid.uuid4()))
        plan = _plan(request)
        if plan and response.status in {200, 202, 204, 400, 404}:
            response.headers.setdefault("x-amzn-RateLimit-Limit", str(plan[2]))
        return response

    def authenticate(self, request: Request) -> Response | None:
        self.live_on()
        if request.path.startswith(OPEN_PATHS):
            return None
        token = request.headers.get("x-amz-access-token", "")
        if not token:
            return denied("")
        if self.tokens.get(token, self.now()) <= self.now():
            return denied("The access token you provided has expired.")
        return self._over_limit(request)

    def _over_limit(self, request: Request) -> Response | None:
        plan = _plan(request)
        if plan is None:
            return None
        rate, burst = (self._only[0] / self._only[1], float(self._only[0])) if self._only else (plan[2], plan[3])
        saved, at = self._buckets.get(plan[1] + plan[0], (burst, self.now()))
        saved = min(burst, saved + (self.now() - at).total_seconds() * rate)
        allowed = saved >= 1 - 1e-6
        self._buckets[plan[1] + plan[0]] = (saved - 1 if allowed else saved, self.now())
        if allowed:
            return None
        return errors(429, "QuotaExceeded", "You exceeded your quota for the requested resource.")

    @route("POST", "/auth/o2/token")
    def issue_token(self, request: Request) -> Response:
        form = {name: values[0] for name, values in parse_qs(request.body.decode()).items()}
        if (form.get("client_id"), form.get("client_secret")) != self.client:
            return _oauth(401, "invalid_client", "Client authentication failed")
        match form.get("grant_type"):
            case "refresh_token" if form.get("refresh_token") == self.refresh_token:
                pass
            case "authorization_code" if self.world.codes.pop(form.get("code", ""), self.now()) > self.now():
                self.refresh_token = f"Atzr|{uuid.uuid4().hex}"
            case "refresh_token" | "authorization_code":
                return _oauth(400, "invalid_grant", "The request has an invalid grant parameter")
            case _:
                return _oauth(400, "unsupported_grant_type", "The grant type is not supported")
        token = f"Atza|{uuid.uuid4().hex}"
        self.tokens[token] = self.now() + TOKEN_LASTS
        return Response(
            200,
            {
                "access_token": token,
                "refresh_token": self.refresh_token,
                "token_type": "bearer",
                "expires_in": int(TOKEN_LASTS.total_seconds()),
            },
        )

    @route("GET", "/apps/authorize/consent")
    def ask_consent(self, request: Request) -> Response:
        """The seller agrees, and is sent back with a code."""
        if request.arg("application_id") != self.application_id:
            return Response(400, "MD9100: there is no such application", media_type="text/html")
        if request.arg("version") != "beta":
            return Response(400, "MD1000: the application is a draft", media_type="text/html")
        code = f"AN{uuid.uuid4().hex[:18]}"
        self.world.codes[code] = self.now() + CODE_LASTS
        back = {"state": request.arg("state"), "selling_partner_id": self.seller_id, "spapi_oauth_code": code}
        return Response(302, b"", {"Location": f"{request.arg('redirect_uri')}?{urlencode(back)}"})

    @route("POST", "/feeds/2021-06-30/documents")
    def create_document(self, request: Request) -> Response:
        content_type = (request.json or {}).get("contentType")
        if not content_type:
            return invalid("contentType")
        document = Document(f"amzn1.tortuga.4.eu.{uuid.uuid4()}", content_type, self.now() + URL_LASTS)
        self.world.documents[document.document_id] = document
        return Response(201, {"feedDocumentId": document.document_id, "url": self._url(request, document)})

    def _url(self, request: Request, document: Document) -> str:
        parts = urlsplit(request.url)
        signed = {"X-Amz-Credential": "ASIASIMULATED/s3", "X-Amz-Expires": "300", "X-Amz-Signature": uuid.uuid4().hex}
        host = self.files_url or f"{parts.scheme}://{parts.netloc}"
        return f"{host}/files/{document.document_id}?{urlencode(signed)}"

    @route("PUT", "/files/{document_id}")
    def upload(self, request: Request, document_id: str) -> Response:
        document = self.world.documents.get(document_id)
        refusal = self._refused_file(request, document)
        if refusal or document is None:
            return refusal or _no_file()
        if request.headers.get("Content-Type") != document.content_type:
            return Response(403, "<Error><Code>SignatureDoesNotMatch</Code></Error>", media_type="application/xml")
        document.content = request.body
        return Response(200, b"")

    @route("GET", "/files/{document_id}")
    def download(self, request: Request, document_id: str) -> Response:
        document = self.world.documents.get(document_id)
        refusal = self._refused_file(request, document)
        if refusal or document is None or document.content is None:
            return refusal or _no_file()
        return Response(200, gzip.compress(document.content), media_type=document.content_type)

    def _refused_file(self, request: Request, document: Document | None) -> Response | None:
        stray = request.headers.get("x-amz-access-token") or request.headers.get("Authorization")
        if stray or not request.arg("X-Amz-Signature") or (document and document.until < self.now()):
            return Response(403, "<Error><Code>AccessDenied</Code></Error>", media_type="application/xml")
        return None

    @route("POST", "/feeds/2021-06-30/feeds")
    def create_feed(self, request: Request) -> Response:
        body = request.json or {}
        if not body.get("feedType") or not body.get("marketplaceIds"):
            return invalid("feedType or marketplaceIds")
        if body.get("inputFeedDocumentId") not in self.world.documents:
            return invalid("inputFeedDocumentId")
        feed_id = str(50_000_000 + len(self.world.feeds))
        self.world.feeds[feed_id] = Feed(
            feed_id, body["feedType"], list(body["marketplaceIds"]), body["inputFeedDocumentId"], self.now()
        )
        return Response(202, {"feedId": feed_id})

    @route("GET", "/feeds/2021-06-30/feeds/{feed_id}")
    def read_feed(self, request: Request, feed_id: str) -> Response:
        feed = self.world.feeds.get(feed_id)
        if feed is None:
            return errors(404, "NotFound", f"Feed {feed_id} was not found.")
        body = {
            "feedId": feed_id,
            "feedType": feed.feed_type,
            "marketplaceIds": feed.marketplace_ids,
            "createdTime": written(feed.created_at),
            "processingStatus": feed.status,
        }
        return Response(200, {**body, "resultFeedDocumentId": feed.report_id} if feed.report_id else body)

    @route("GET", "/feeds/2021-06-30/documents/{document_id}")
    def read_document(self, request: Request, document_id: str) -> Response:
        document = self.world.documents.get(document_id)
        if document is None:
            return errors(404, "NotFound", f"Document {document_id} was not found.")
        document.until = self.now() + URL_LASTS
        body = {"feedDocumentId": document_id, "url": self._url(request, document), "compressionAlgorithm": "GZIP"}
        return Response(200, body)

    def unknown_route(self, request: Request) -> Response:
        return errors(404, "NotFound", f"No resource at {request.path}")


def _plan(request: Request) -> tuple[str, str, float, int] | None:
    fitting = [plan for plan in USAGE_PLANS if plan[0] == request.method and re.fullmatch(plan[1], request.path)]
    return fitting[0] if fitting else None


def _oauth(status: int, error: str, description: str) -> Response:
    return Response(status, {"error": error, "error_description": description})


def _no_file() -> Response:
    return Response(404, "<Error><Code>NoSuchKey</Code></Error>", media_type="application/xml")
