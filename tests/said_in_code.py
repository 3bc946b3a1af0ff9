"""Finds in the code every sentence that an adapter may say to the merchant, and what is none: text put together there."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from adapterkit import errors

PARTS = ("adapterkit", "marketplaces", "shops", "engine", "webhooks")
OTHER_KINDS = {"Unmappable", "UnknownStore"}  # errors whose text becomes part of a sentence
TOLD_ON = {"said", "unread"}  # functions that hand a sentence on
HANDED_ON = {"message", "reason"}  # attributes that do
RECORDS = {"Submission": "message", "Unreadable": "reason"}  # records that carry one
PUT_TOGETHER = (ast.JoinedStr, ast.BinOp)
OWN = {"simulator.py", "world.py", "errors.py", "sentences.py"}  # the other side's words, and the words of no one
PLACEHOLDER = re.compile(r"%\((\w+)\)s")


@dataclass(slots=True)
class Found:
    """`said`: every template; `wrong`: where a text is not one, as "file:line"."""

    said: set[str] = field(default_factory=set)
    wrong: set[str] = field(default_factory=set)


def said_in(sources: Mapping[str, str]) -> Found:
    """Return what these files say; `sources` are texts of Python by file name."""
    trees = {name: ast.parse(text) for name, text in sources.items()}
    kinds = _kinds(trees.values())
    found = Found()
    for name, tree in trees.items():
        constants = {
            target.id: statement.value
            for statement in tree.body
            if isinstance(statement, ast.Assign)
            for target in statement.targets
            if isinstance(target, ast.Name)
        }
        for call in ast.walk(tree):
            if isinstance(call, ast.Call):
                where = f"{name}:{call.lineno}"
                for told in _told(call, kinds):
                    _read(told, constants, found, where)
                found.wrong |= {where for told in _carried(call) if isinstance(told, PUT_TOGETHER)}
    return found


def sources(root: Path) -> dict[str, str]:
    """Return the files in which adapters, and the door they go through, speak; a simulator speaks for the other side."""
    return {
        str(path.relative_to(root)): path.read_text(encoding="utf-8")
        for part in PARTS
        for path in sorted((root / part).rglob("*.py"))
        if path.name not in OWN
    }


def _kinds(trees: object) -> set[str]:
    """Return the names of all adapter errors: those of the contract, and what adapters derive from them."""
    kinds = {name for name, kind in vars(errors).items() if isinstance(kind, type) and issubclass(kind, Exception)}
    classes = [node for tree in trees for node in ast.walk(tree) if isinstance(node, ast.ClassDef)]  # type: ignore[attr-defined]
    while more := {node.name for node in classes if any(_name(base) in kinds for base in node.bases)} - kinds:
        kinds |= more
    return kinds


def _told(call: ast.Call, kinds: set[str]) -> Iterator[ast.expr]:
    """Yield what a call says: the text of an error, however it is made, or of `say` itself."""
    name, given = _name(call.func), {keyword.arg: keyword.value for keyword in call.keywords}
    if name == "say":
        yield call
    elif name == "partial" and call.args and _name(call.args[0]) in kinds | {"say"}:
        yield from call.args[1:2]
    elif name in kinds | OTHER_KINDS or ("remote" in given and name != "rejected"):
        yield from call.args[:1]


def _carried(call: ast.Call) -> Iterator[ast.expr]:
    """Yield what a call puts in a record, or into the text of a call that broke; each part of a choice for itself."""
    name = _name(call.func)
    texts = [keyword.value for keyword in call.keywords if keyword.arg == RECORDS.get(name)]
    texts += call.args[:1] if name == "Broken" else []
    for text in texts:
        yield from text.values if isinstance(text, ast.BoolOp) else [text]


def _read(told: ast.expr, constants: Mapping[str, ast.expr], found: Found, where: str) -> None:
    match told:
        case ast.Constant(value=str(text)):
            found.said |= {text} - {""}
        case ast.IfExp(body=one, orelse=other):
            _read(one, constants, found, where)
            _read(other, constants, found, where)
        case ast.BoolOp(values=several):
            for one in several:
                _read(one, constants, found, where)
        case ast.Name(id=name) if name in constants:
            _read(constants[name], constants, found, where)
        case ast.Call() if _name(told.func) == "say":
            _read(told.args[0], constants, found, where)
            if isinstance(told.args[0], ast.Constant):
                names = sorted(str(keyword.arg) for keyword in told.keywords)
                fits = sorted(set(PLACEHOLDER.findall(str(told.args[0].value)))) == names
                found.wrong |= set() if fits else {where}
        case ast.Call() if _name(told.func) in TOLD_ON:
            return
        case ast.Attribute(attr=name) if name in HANDED_ON:
            return
        case _:
            found.wrong.add(where)


def _name(node: ast.expr) -> str:
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
        case _:
            return ""
