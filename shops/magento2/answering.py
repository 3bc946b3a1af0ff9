"""How the simulated Magento searches, chooses fields and words its refusals."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from adapterkit.simulator import Request, Response

Json = dict[str, Any]
CRITERION = re.compile(
    r"searchCriteria\[(?:filter_groups|filterGroups)\]\[(\d+)\]\[filters\]\[(\d+)\]\[(field|value|condition_?[tT]ype)\]"
)
SORT = re.compile(r"searchCriteria\[(?:sortOrders|sort_orders)\]\[(\d+)\]\[(field|direction)\]")
INTERNAL = "Internal Error. Details are available in Magento log file. Report ID: webapi-65f1c0ffee"
GONE = "The entity that was requested doesn't exist. Verify the entity and try again."
CONDITIONS: Mapping[str, Callable[[str, str], bool]] = {
    "null": lambda have, want: not have,  # noqa: ARG005 - whatever value is sent with it
    "eq": lambda have, want: have.casefold() == want.casefold(),  # the database's collation knows no capitals
    "neq": lambda have, want: have.casefold() != want.casefold(),
    "in": lambda have, want: have.casefold() in {one.casefold() for one in want.split(",")},
    "like": lambda have, want: re.fullmatch(re.escape(want).replace("%", ".*"), have, re.IGNORECASE) is not None,
    "gt": lambda have, want: _ordered(have) > _ordered(want),
    "gteq": lambda have, want: _ordered(have) >= _ordered(want),
    "lt": lambda have, want: _ordered(have) < _ordered(want),
    "lteq": lambda have, want: _ordered(have) <= _ordered(want),
}


def refused(status: int, message: str, parameters: Sequence[str] | Mapping[str, str] = ()) -> Response:
    """Words and values apart, as Magento sends them."""
    return Response(status, {"message": message, **({"parameters": parameters} if parameters else {})})


def searched(request: Request, rows: Sequence[Json], columns: frozenset[str], id_name: str = "entity_id") -> Response:
    """Answer a search: filters of one group are alternatives, groups all hold. Only `columns` may be filtered by."""
    if not any(name.startswith("searchCriteria") for name in request.query):
        return refused(400, '"%fieldName" is required. Enter and try again.', {"fieldName": "searchCriteria"})
    groups = _groups(request)
    fields = [entry["field"] for group in groups for entry in group]
    sorts = _sorts(request)
    if not {*fields, *(entry["field"] for entry in sorts)} <= columns:
        return refused(500, INTERNAL)

    def value(row: Json, field: str) -> str:
        found = row.get(id_name if field == "entity_id" else field)
        return str(int(found)) if isinstance(found, bool) else str("" if found is None else found)

    def holds(row: Json, entry: Mapping[str, str]) -> bool:
        have = value(row, entry["field"])
        kind = entry["condition_type"]
        return (bool(have) or kind == "null") and CONDITIONS[kind](have, entry["value"])

    kept = [row for row in rows if all(any(holds(row, entry) for entry in group) for group in groups)]
    for entry in reversed(sorts):
        field, down = entry["field"], entry["direction"].upper() == "DESC"
        kept.sort(key=lambda row, field=field: _ordered(value(row, field)), reverse=down)  # type: ignore[misc]
    size = int(request.arg("searchCriteria[pageSize]") or 0) or len(kept)
    page = max(int(request.arg("searchCriteria[currentPage]") or 1), 1)
    criteria = {
        "filter_groups": [{"filters": group} for group in groups],
        "sort_orders": sorts,
        "page_size": size,
        "current_page": page,
    }
    # Past the end there is nothing, not the last page again.
    items = kept[(page - 1) * size : page * size] if size else []
    return answered(request, {"items": items, "search_criteria": criteria, "total_count": len(kept)})


def answered(request: Request, body: Any) -> Response:
    """Answer with the chosen fields only; an empty list is then null."""
    fields = request.arg("fields")
    return Response(200, _chosen(body, _tree(fields)) if fields else body)


def _groups(request: Request) -> list[list[dict[str, str]]]:
    found: dict[str, dict[str, dict[str, str]]] = {}
    for name, values in request.query.items():
        if match := CRITERION.fullmatch(name):
            group, entry, part = match.groups()
            part = "condition_type" if part.startswith("condition") else part
            found.setdefault(group, {}).setdefault(entry, {"condition_type": "eq"})[part] = values[0]
    return [list(group.values()) for _, group in sorted(found.items())]


def _sorts(request: Request) -> list[dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    for name, values in request.query.items():
        if match := SORT.fullmatch(name):
            found.setdefault(match[1], {"direction": "DESC"})[match[2]] = values[0]
    return [entry for _, entry in sorted(found.items())]


def _ordered(text: str) -> tuple[int, float, str]:
    """Numbers by value, moments and other texts by letter; ISO's T and offset are taken too."""
    try:
        return 0, float(text), ""
    except ValueError:
        return 1, 0.0, text[:19].replace("T", " ")


def _tree(fields: str) -> dict[str, Any]:
    """Parse `items[a,b[c]],total_count`."""
    root: dict[str, Any] = {}
    stack, name = [root], ""
    for character in f"{fields},":
        match character:
            case "[":
                stack[-1][name] = below = dict[str, Any]()
                stack.append(below)
                name = ""
            case "," | "]":
                if name:
                    stack[-1][name] = {}
                if character == "]":
                    stack.pop()
                name = ""
            case _:
                name += character
    return root


def _chosen(value: Any, tree: Mapping[str, Any]) -> Any:
    if isinstance(value, list):
        return [_chosen(entry, tree) for entry in value] or None
    if not isinstance(value, dict) or not tree:
        return value
    return {name: _chosen(value[name], below) for name, below in tree.items() if name in value}
