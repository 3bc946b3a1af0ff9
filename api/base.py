"""What every address of the API has in common."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any, ClassVar

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponseBase
from rest_framework.exceptions import NotFound, ValidationError
from rest_framework.generics import GenericAPIView
from rest_framework.pagination import CursorPagination
from rest_framework.permissions import SAFE_METHODS
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import ApiKey
from api.caller import Caller, caller_of
from api.idempotency import once
from api.problems import ChangedMeanwhile
from api.throttling import rate_headers
from api.trial import tried


class Newest(CursorPagination):
    """Pages by a cursor: what comes in meanwhile shifts nothing, and the hundredth page costs as much as the first."""

    ordering = "-pk"
    page_size: int = 50
    page_size_query_param: str = "limit"
    max_page_size: int = 200

    def get_page_size(self, request: Request) -> int:
        """Raise for a `limit` that is not a number from 1 to the most there is; REST framework would take another."""
        asked = request.query_params.get(self.page_size_query_param)
        if asked is None:
            return self.page_size
        if not asked.isascii() or not asked.isdecimal() or not 1 <= int(asked[:9]) <= self.max_page_size:
            raise ValidationError({"limit": f"a number from 1 to {self.max_page_size}"})
        return int(asked)

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        parameters = super().get_schema_operation_parameters(view)
        for parameter in parameters:
            if parameter["name"] == self.page_size_query_param:
                most = {"minimum": 1, "maximum": self.max_page_size, "default": self.page_size}
                parameter["schema"] = {"type": "integer", **most}
        return parameters

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        page = {"type": ["string", "null"], "format": "uri"}
        properties = {"next": page, "previous": page, "results": schema}
        return {"type": "object", "required": list(properties), "properties": properties}


class ApiView(GenericAPIView[Any]):
    """A resource. `reads` and `writes` are the scopes that reading and changing it need."""

    http_method_names = [  # noqa: RUF012 - as the base class has it
        "get",
        "head",
        "post",
        "put",
        "patch",
        "delete",
    ]
    reads: ClassVar[str] = ApiKey.Scope.READ
    writes: ClassVar[str] = ApiKey.Scope.ORDERS
    tried_as: ClassVar[str] = ""  # what a trial calls a change of an order; see `api.trial`
    serializer_class: Any = None
    pagination_class: Any = Newest

    @property
    def caller(self) -> Caller:
        return caller_of(self.request)

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """As REST framework does it, with each change made in one transaction, and once by its Idempotency-Key."""
        self.args, self.kwargs = args, kwargs
        self.request = self.initialize_request(request, *args, **kwargs)
        self.headers = self.default_response_headers
        try:
            self.initial(self.request, *args, **kwargs)
            response = self._act()
        except Exception as error:  # noqa: BLE001 - the entrance of every request; what is unknown is raised again
            response = self.handle_exception(error)
        self.response = self.finalize_response(self.request, response, *args, **kwargs)
        return self.response

    def _act(self) -> HttpResponseBase:
        method = str(self.request.method)
        known = method.lower() in self.http_method_names
        handler = getattr(self, method.lower(), None) if known else None
        if handler is not None and method not in SAFE_METHODS:
            self.prepare()
        handler = handler or self.http_method_not_allowed

        def answer() -> HttpResponseBase:
            response: HttpResponseBase = handler(self.request, *self.args, **self.kwargs)
            finished: HttpResponseBase = self.finalize_response(self.request, response, *self.args, **self.kwargs)
            return finished

        if method in SAFE_METHODS:
            return answer()
        change = partial(once, self.request, self.caller, answer)
        return tried(self.caller, self.kwargs["pk"], self.tried_as, change) if self.tried_as else change()

    def prepare(self) -> None:
        """Do what takes time and changes nothing, before the transaction of a change begins."""

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        response = super().finalize_response(request, response, *args, **kwargs)
        for name, value in rate_headers(request).items():
            response[name] = value
        return response

    def check_match(self, etag: str) -> None:
        """Raise `ChangedMeanwhile` when the caller says If-Match and the thing is not as it was then.

        A proxy that compresses answers makes their marks weak; ours are no less exact for it.
        """
        wanted = self.request.headers.get("If-Match", "").strip()
        if wanted and wanted != "*" and etag not in [mark.strip().removeprefix("W/") for mark in wanted.split(",")]:
            raise ChangedMeanwhile

    def keep_still(self, things: QuerySet[Any]) -> None:
        """Lock the thing that the address names until the change is made, when the caller says If-Match.

        Else two writers who read the same could both find their mark unchanged.
        """
        if "If-Match" in self.request.headers:
            things.select_for_update(no_key=True, of=("self",)).filter(pk=self.kwargs["pk"]).first()


class Nowhere(ApiView):
    """Answers every address that there is not as any other refusal."""

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        raise NotFound


def with_etag(data: Any, etag: str, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    return Response(data, status=status, headers={**(headers or {}), "ETag": etag})
