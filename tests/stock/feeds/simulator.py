"""A marketplace that takes stock in feeds of up to a thousand lines, and decides about them later."""

from __future__ import annotations

from typing import Any

from adapterkit.simulator import Request, Response, Simulator, route


class FeedsSimulator(Simulator):
    """A feed with a line that names an `odd` SKU is refused whole; of a feed that it takes, `refused` lines are not
    carried out, `absent` ones are not offered here, and `unnamed` ones are left out of its report."""

    def __init__(self) -> None:
        super().__init__()
        self.stock: dict[str, int] = {}
        self.feeds: dict[str, list[Any]] = {}
        self.deciding = False
        self.odd, self.refused = set[str](), set[str]()
        self.absent, self.unnamed = set[str](), set[str]()

    @route("PUT", "/stock")
    def take(self, request: Request) -> Response:
        lines = request.json["lines"]
        if len(lines) > 1000 or self.odd & {line["sku"] for line in lines}:
            return Response(400, {"message": "The feed is malformed"})
        reference = f"feed-{len(self.feeds) + 1}"
        self.feeds[reference] = lines
        kept = self.refused | self.absent
        self.stock.update({line["sku"]: line["quantity"] for line in lines if line["sku"] not in kept})
        return Response(200, {"feed": reference})

    @route("GET", "/feeds/{reference}")
    def report(self, request: Request, reference: str) -> Response:
        skus = [line["sku"] for line in self.feeds[reference] if line["sku"] not in self.unnamed]
        return Response(200, {"over": not self.deciding, "lines": {} if self.deciding else self._lines(skus)})

    def _lines(self, skus: list[str]) -> dict[str, str]:
        other = {**dict.fromkeys(self.absent, "absent"), **dict.fromkeys(self.refused, "refused")}
        return {sku: other.get(sku, "taken") for sku in skus}

    def sizes(self) -> list[int]:
        """How many lines each call had that was made, refused ones included."""
        return [len(call.json["lines"]) for call in self.requests_to("PUT", "/stock")]
