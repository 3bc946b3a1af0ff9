"""The schema, and the documentation as a page that is made of it, from this server alone."""

from __future__ import annotations

from csp.constants import SELF, UNSAFE_INLINE
from csp.decorators import csp_update
from django.utils import translation
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView
from rest_framework.request import Request
from rest_framework.response import Response

ENGLISH = "en-gb"


class Schema(SpectacularAPIView):
    """The OpenAPI document, in English for every caller: programs are generated from it, and compare it."""

    def _get_schema_response(self, request: Request) -> Response:
        with translation.override(ENGLISH):
            response: Response = super()._get_schema_response(request)  # type: ignore[no-untyped-call]
        response["Content-Language"] = ENGLISH
        return response

    def _get_version_parameter(self, request: Request) -> None:
        """Have nobody put another version into the document than its own."""


# Swagger UI lays itself out with style attributes; scripts come from files, and stay under the product's own policy.
docs = csp_update({"style-src": [SELF, UNSAFE_INLINE]})(SpectacularSwaggerSplitView.as_view(url_name="v1:schema"))
