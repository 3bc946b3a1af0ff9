"""The connect guides of the adapters, as pages show them."""

from __future__ import annotations

import importlib
from functools import cache
from pathlib import Path

from django.utils.safestring import SafeString
from django.utils.translation import get_language
from markdown_it import MarkdownIt


def guide(package: str) -> SafeString:
    """Return an adapter's `connect.md` as HTML, in the active language where there is one (`connect.nl.md`)."""
    return _rendered(package, (get_language() or "en").split("-")[0])


@cache
def _rendered(package: str, language: str) -> SafeString:
    folder = Path(str(importlib.import_module(package).__file__)).parent
    own = folder / f"connect.{language}.md"
    text = (own if own.exists() else folder / "connect.md").read_text(encoding="utf-8")
    # Our own text; raw HTML in it is switched off all the same.
    html: str = MarkdownIt("commonmark", {"html": False}).render(text)
    return SafeString(html.replace("<h1>", '<h2 class="card-title">').replace("</h1>", "</h2>"))
