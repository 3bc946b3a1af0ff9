"""How the database finds what a statement asks for: by which index, or by reading a table whole."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.db import connection

ALIAS = re.compile(r'"(\w+)" ([A-Z]\d+)\b')  # as Django writes them
STEP = re.compile(r"^(SCAN|SEARCH) (\w+)(?:.* USING (?:COVERING )?INDEX (\w+)|.* USING (INTEGER PRIMARY KEY))?")


@dataclass(frozen=True, slots=True)
class Scan:
    """One way into a table. `index` is empty where the table is read whole.

    `rows` counts those that were looked at, the ones thrown away again included; 0 where the database does not tell.
    """

    table: str
    index: str
    rows: int = 0


def scans(sql: str) -> list[Scan]:
    """Return how the database gets at the tables of a SELECT; PostgreSQL runs it for that and counts its rows."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(f"EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) {sql}")
            found = cursor.fetchone()[0]
            plan = json.loads(found) if isinstance(found, str) else found
            return list(_of_node(plan[0]["Plan"], ""))
        cursor.execute(f"EXPLAIN QUERY PLAN {sql}")
        return list(_of_steps([row[3] for row in cursor.fetchall()], sql))


def _of_node(node: dict[str, Any], table: str) -> Iterator[Scan]:
    """Yield the scans of a plan's node and of those below it; `table` is what a bitmap is made for."""
    table = node.get("Relation Name", table)
    kind = node["Node Type"]
    if kind == "Seq Scan" or "Index Name" in node:
        removed = sum(node.get(f"Rows Removed by {why}", 0) for why in ("Filter", "Index Recheck", "Join Filter"))
        rows = round((node["Actual Rows"] + removed) * node["Actual Loops"])
        yield Scan(table, node.get("Index Name", ""), rows)
    for below in node.get("Plans", ()):
        yield from _of_node(below, table)


def _of_steps(steps: list[str], sql: str) -> Iterator[Scan]:
    """Read SQLite's plan, which is a list of sentences.

    A table that is gone through in its own order, as far as a limit allows, is not read whole.
    """
    tables = {alias: table for table, alias in ALIAS.findall(sql)}
    limited = " LIMIT " in sql and not any("TEMP B-TREE FOR ORDER BY" in step for step in steps)
    for step in steps:
        if found := STEP.match(step):
            index = found[3] or found[4] or ("its own order" if limited else "")
            yield Scan(str(tables.get(found[2], found[2])), index)
