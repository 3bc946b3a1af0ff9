"""What every call of this dialect has in common: its address, and how it refuses."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet
from django.http import Http404
from django.utils.functional import cached_property
from rest_framework import exceptions
from rest_framework.generics import get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response

from api.base import ApiView
from api.problems import answer as as_problem
from api.v1.views.orders import with_everything
from connections.models import Project, Shop
from orders.models import Order, OrderDocument

UNAUTHORISED, INVALID, CLASH = 401, 422, 409


class ChannableView(ApiView):
    """A call below /channable/v1|v2/companies/{company}/projects/{project}."""

    schema = None
    pagination_class = None

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        if kwargs["company"] != self.caller.company.pk:
            raise Http404
        _ = self.project

    @cached_property
    def project(self) -> Project:
        projects = self.caller.projects.select_related("shop")
        project: Project = get_object_or_404(projects, pk=self.kwargs["project"])
        return project

    @property
    def shop(self) -> Shop | None:
        """The project's shop; it may have none yet."""
        shop: Shop | None = getattr(self.project, "shop", None)
        return shop

    @property
    def is_pulled(self) -> bool:
        """Whether the shop fetches its orders here, and tells its products and their stock."""
        return self.shop is not None and self.shop.is_pulled

    @property
    def orders(self) -> QuerySet[Order]:
        mine = self.caller.orders.filter(connection__project=self.project)
        papers = OrderDocument.objects.filter(order=OuterRef("pk"))
        related = with_everything(mine).select_related("connection__account", "connection__project__shop")
        return related.annotate(has_papers=Exists(papers))

    def papers_of(self, orders: Sequence[Order]) -> Mapping[int, Sequence[OrderDocument]]:
        """Return the papers of orders by their ids; a statement only where there are any."""
        found: dict[int, list[OrderDocument]] = {order.pk: [] for order in orders}
        having = [order.pk for order in orders if order.has_papers]  # type: ignore[attr-defined]
        for paper in OrderDocument.objects.filter(order__in=having).order_by("pk").defer("content") if having else ():
            found[paper.order_id].append(paper)
        return found

    def order(self) -> Order:
        found: Order = get_object_or_404(self.orders, pk=self.kwargs["pk"])
        return found

    def get_exception_handler(self) -> Callable[..., Response | None]:
        return _refusal


def success(message: str, status: int = 200, **more: Any) -> Response:
    """Return what this dialect answers a change that was taken."""
    return Response(
        {"status": "success", "message": message, "response": "", "id": None, "data": None, **more}, status=status
    )


def _refusal(error: Exception, context: dict[str, Any]) -> Response | None:
    """Tell a refusal in this dialect's words; nothing of what we know is lost, as `code` is ours."""
    response = as_problem(error, context)
    if response is None or not isinstance(response.data, dict):
        return response
    told = response.data
    words = f"{told['detail']} {told['mend']}"
    if isinstance(error, exceptions.ValidationError):
        response.status_code = INVALID
        details = [
            {"loc": ["body", *row["pointer"].strip("/").split("/")], "msg": row["detail"], "type": row["code"]}
            for row in told["errors"]
        ]
        response.data = {"detail": details}
    elif response.status_code == UNAUTHORISED:
        response.data = {"error": words}
    else:
        response.data = {"status": "error", "message": words, "code": told["code"]}
    response.content_type = "application/json"
    return response
