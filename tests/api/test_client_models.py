"""The client says of everything what the schema says: each operation, and each field with its type and its values."""

from __future__ import annotations

from typing import Any, Literal, NotRequired, Union, get_args, get_origin, get_type_hints

import pytest
from drf_spectacular.generators import SchemaGenerator
from ordersync_client import OrderSync, models

SCHEMA: dict[str, Any] = SchemaGenerator().get_schema(request=None, public=True)  # type: ignore[no-untyped-call]
COMPONENTS: dict[str, Any] = SCHEMA["components"]["schemas"]
# Pages are walked for the caller.
UNTOLD = ("Paginated", "Patched")
TOLD = sorted(
    name for name, one in COMPONENTS.items() if one.get("type") == "object" and not name.startswith(UNTOLD)
)  # fmt: skip
PLAIN = {"string": str, "integer": int, "number": float, "boolean": bool, "null": type(None),
         "object": dict[str, Any], "anything": Any}  # fmt: skip


def hint(described: dict[str, Any]) -> Any:
    """Return the type that stands for a part of the schema."""
    if "$ref" in described:
        name = described["$ref"].rsplit("/", 1)[1]
        return getattr(models, name) if COMPONENTS[name].get("type") == "object" else hint(COMPONENTS[name])
    for several in ("allOf", "oneOf", "anyOf"):
        if several in described:
            return Union[tuple(hint(one) for one in described[several])]  # noqa: UP007 - of as many as there are
    if "enum" in described:
        return Literal[tuple(described["enum"])]
    kinds = described.get("type", "anything")
    if isinstance(kinds, list):
        return Union[tuple(hint({**described, "type": kind}) for kind in kinds)]  # noqa: UP007
    if kinds == "array":
        return list[hint(described["items"])]  # type: ignore[misc]
    return PLAIN[kinds]


def plain(found: Any) -> Any:
    """Return a type in a form that compares: a choice of texts is the same in whatever order and parts it is told."""
    if get_origin(found) is list:
        return list, plain(get_args(found)[0])
    if get_origin(found) is Literal:
        return frozenset({("just", value) for value in get_args(found)})
    if get_origin(found) is Union or str(get_origin(found)) == "<class 'types.UnionType'>":
        parts = [plain(one) for one in get_args(found)]
        return frozenset().union(*(part if isinstance(part, frozenset) else {part} for part in parts))
    return ("just", None) if found is type(None) else found


def fields_of(described: dict[str, Any]) -> dict[str, Any]:
    required = described.get("required", [])
    return {name: (plain(hint(one)), name in required) for name, one in described.get("properties", {}).items()}


def fields_in(model: Any) -> dict[str, Any]:
    hints = get_type_hints(model, include_extras=True)
    return {
        name: (plain(get_args(one)[0] if get_origin(one) is NotRequired else one), get_origin(one) is not NotRequired)
        for name, one in hints.items()
    }


@pytest.mark.parametrize("name", TOLD)
def test_the_client_tells_of_each_field_what_the_schema_does(name: str) -> None:
    model = getattr(models, name, None)

    assert model is not None
    told, kept = fields_of(COMPONENTS[name]), fields_in(model)
    assert {field: one for field, one in kept.items() if told.get(field) != one} == {}
    assert set(told) == set(kept)


def test_the_client_has_every_operation() -> None:
    operations = {
        operation["operationId"]
        for path in SCHEMA["paths"].values()
        for name, operation in path.items()
        if name != "parameters"
    }
    assert [name for name in sorted(operations) if not hasattr(OrderSync, name)] == []


def test_a_choice_that_lacks_a_value_is_found() -> None:
    whole, less = Literal["a", "b"], Literal["a"]

    assert plain(whole) == plain(Literal["b", "a"]) == plain(Literal["a"] | Literal["b"])  # type: ignore[operator]
    assert plain(whole) != plain(less)
    assert plain(str | None) != plain(str)
