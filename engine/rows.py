"""Inserts and changes many rows at a fraction of what `bulk_create` and `bulk_update` cost in Python."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, TypeAlias

from django.db import DEFAULT_DB_ALIAS, connections, models
from psycopg2.extras import Json

Field: TypeAlias = "models.Field[Any, Any]"
# What each driver stores as it is; everything else goes through Django's own conversion.
PLAIN: tuple[type[Field], ...] = (
    models.BinaryField,
    models.BooleanField,
    models.CharField,
    models.ForeignKey,
    models.IntegerField,
    models.TextField,
)
PLAIN_IN_POSTGRESQL = (*PLAIN, models.DateTimeField, models.DecimalField)


def insert(rows: Sequence[models.Model], *, ignore_conflicts: bool = False) -> None:
    """Insert rows of one model in one statement, foreign keys by their ids.

    With `ignore_conflicts` a row that is there already is left as it is. The rows get no ids, and no signal is sent.
    """
    if not rows:
        return
    statement, columns = _plan(type(rows[0]), connections[DEFAULT_DB_ALIAS].vendor)
    _execute(_unless_there(statement, ignore_conflicts), _values(rows, columns))


def insert_columns(
    model: type[models.Model], columns: Mapping[str, Sequence[Any]], *, ignore_conflicts: bool = False
) -> None:
    """Insert rows without making them first: for each attribute the values of all rows, as the driver stores them."""
    statement, plan = _plan(model, connections[DEFAULT_DB_ALIAS].vendor)
    values = [columns[name] for name, _ in plan]
    if values[0]:
        _execute(_unless_there(statement, ignore_conflicts), values)


def _unless_there(statement: str, ignore_conflicts: bool) -> str:
    return f"{statement} ON CONFLICT DO NOTHING" if ignore_conflicts else statement


def _execute(statement: str, values: list[Any]) -> None:
    database = connections[DEFAULT_DB_ALIAS]
    with database.cursor() as cursor:
        if database.vendor == "postgresql":
            cursor.execute(statement, [_array(column) for column in values])
        else:
            cursor.executemany(statement, list(zip(*values, strict=True)))


def insert_for_ids(rows: Sequence[models.Model]) -> None:
    """Insert rows of one model in one statement and give each its id. No signal is sent."""
    if not rows:
        return
    database = connections[DEFAULT_DB_ALIAS]
    if database.vendor != "postgresql":
        type(rows[0])._default_manager.bulk_create(rows)
        return
    statement, columns = _plan(type(rows[0]), database.vendor)
    key = str(rows[0]._meta.pk.column)
    with database.cursor() as cursor:
        # The rows of one INSERT come back in the order of its arrays, as Django's own bulk_create relies on too.
        arrays = [_array(column) for column in _values(rows, columns)]
        cursor.execute(f"{statement} RETURNING {database.ops.quote_name(key)}", arrays)
        for row, (pk,) in zip(rows, cursor.fetchall(), strict=True):
            row.pk, row._state.adding = pk, False


def update(rows: Sequence[models.Model], fields: Sequence[str]) -> None:
    """Write these fields of rows that are there, and locked, in one statement.

    `bulk_update` is compiled anew each time, and asks of each row whether it is any of the others: a thousand take it
    seconds.
    """
    if not rows:
        return
    statement, columns = _update_plan(type(rows[0]), tuple(fields), connections[DEFAULT_DB_ALIAS].vendor)
    _execute(statement, _values(rows, columns))


def _values(rows: Sequence[models.Model], columns: Sequence[tuple[str, Field | None]]) -> list[list[Any]]:
    database = connections[DEFAULT_DB_ALIAS]
    return [
        [getattr(row, name) for row in rows]
        if field is None
        else [field.get_db_prep_save(getattr(row, name), database) for row in rows]
        for name, field in columns
    ]


def _array(column: Sequence[Any]) -> str:
    """Return PostgreSQL's own text of an array, which it reads far faster than an expression for each element."""
    return "{" + ",".join(map(_element, column)) + "}"


def _element(value: Any) -> str:
    if value is None:
        return "NULL"
    if type(value) is int:
        return str(value)
    if isinstance(value, bytes | memoryview):
        return f'"\\\\x{value.hex()}"'
    if isinstance(value, Json):
        value = value.dumps(value.adapted)
    return '"' + str(value).replace("\\", "\\\\").replace('"', '\\"') + '"'


@cache
def _plan(model: type[models.Model], vendor: str) -> tuple[str, list[tuple[str, Field | None]]]:
    """Return the statement, and for each column its attribute and the field that converts it."""
    quote = connections[DEFAULT_DB_ALIAS].ops.quote_name
    fields = [field for field in model._meta.concrete_fields if not isinstance(field, models.AutoField)]
    names = ", ".join(quote(str(field.column)) for field in fields)
    statement = f"INSERT INTO {quote(model._meta.db_table)} ({names}) "
    if vendor == "postgresql":
        # One array a column: far fewer parameters than one a value.
        arrays = ", ".join(f"%s::{_type(field)}[]" for field in fields)
        statement += f"SELECT * FROM UNNEST({arrays})"  # noqa: S608 - the names of our own columns
    else:
        statement += f"VALUES ({', '.join(['%s'] * len(fields))})"
    return statement, _converted(fields, vendor)


@cache
def _update_plan(
    model: type[models.Model], names: tuple[str, ...], vendor: str
) -> tuple[str, list[tuple[str, Field | None]]]:
    """Return the statement that writes these fields, and its columns as `_plan` does, the key last."""
    quote = connections[DEFAULT_DB_ALIAS].ops.quote_name
    known: dict[str, Field] = {field.name: field for field in model._meta.concrete_fields}
    fields = [*(known[name] for name in names), known[model._meta.pk.name]]
    *columns, key = (quote(str(field.column)) for field in fields)
    table = quote(model._meta.db_table)
    if vendor == "postgresql":
        changes = ", ".join(f"{column} = told.{column}" for column in columns)
        arrays = ", ".join(f"%s::{_type(field)}[]" for field in fields)
        told = f"UNNEST({arrays}) AS told ({', '.join(columns)}, {key})"
        statement = f"UPDATE {table} SET {changes} FROM {told} WHERE {table}.{key} = told.{key}"  # noqa: S608 - our own
    else:
        changes = ", ".join(f"{column} = %s" for column in columns)
        statement = f"UPDATE {table} SET {changes} WHERE {key} = %s"  # noqa: S608 - the names of our own columns
    return statement, _converted(fields, vendor)


def _converted(fields: Sequence[Field], vendor: str) -> list[tuple[str, Field | None]]:
    plain = PLAIN_IN_POSTGRESQL if vendor == "postgresql" else PLAIN
    return [(field.attname, None if isinstance(field, plain) else field) for field in fields]


def _type(field: Field) -> str | None:
    """The type of a column; varchar's length is left to the column, which refuses what a cast would cut."""
    database = connections[DEFAULT_DB_ALIAS]
    found = field.rel_db_type(database) if isinstance(field, models.ForeignKey) else field.db_type(database)
    return "text" if found and found.startswith("varchar") else found
