"""Magento's search criteria and field lists; pure."""

from __future__ import annotations

from collections.abc import Sequence

Filter = tuple[str, str, str]
"""Field, condition (`eq`, `gt`, `gteq`, `in`, ...) and value."""

Query = dict[str, str]
LONGEST_LIST = 3000  # characters of the values of one `in`: common web servers refuse addresses of more than 8 kB


def criteria(
    *filters: Filter, sort: str = "", latest: bool = False, size: int = 0, page: int = 0, fields: str = ""
) -> Query:
    """Return the query of a search in which every filter holds; `latest` sorts downwards.

    A field that Magento does not know is answered with 500, so nothing a merchant types is used as one. At least one
    entry is always there: without any, Magento answers 400.
    """
    query = {"searchCriteria[pageSize]": str(size)} if size else {}
    for number, (field, condition, value) in enumerate(filters):
        name = f"searchCriteria[filter_groups][{number}][filters][0]"
        query |= {f"{name}[field]": field, f"{name}[condition_type]": condition, f"{name}[value]": value}
    if sort:
        direction = "DESC" if latest else "ASC"
        query |= {"searchCriteria[sortOrders][0][field]": sort, "searchCriteria[sortOrders][0][direction]": direction}
    if page:
        query["searchCriteria[currentPage]"] = str(page)
    return {**(query or {"searchCriteria": ""}), **({"fields": fields} if fields else {})}


def portions(field: str, values: Sequence[str]) -> list[Filter]:
    """Return filters that together name all values, each short enough for one request.

    `in` takes its values apart at commas, so one with a comma gets a filter of its own.
    """
    found: list[Filter] = [(field, "eq", value) for value in values if "," in value]
    portion, length = list[str](), 0
    for value in (value for value in values if "," not in value):
        if portion and length + len(value) > LONGEST_LIST:
            found.append((field, "in", ",".join(portion)))
            portion, length = [], 0
        portion.append(value)
        length += len(value) + 1
    return [*found, (field, "in", ",".join(portion))] if portion else found
