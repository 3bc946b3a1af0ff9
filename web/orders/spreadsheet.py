"""Texts that a spreadsheet shows as texts, wherever they come from; pure."""

from __future__ import annotations

import re

# At the beginning of a cell, and behind whatever a spreadsheet may take for the end of the one before: in Dutch, French
# and German settings a file is cut at semicolons, quoted or not, and other programs guess.
FORMULA = re.compile(r"(^|[\t\r\n;,|\"])([ \u00a0\u3000]*)(?=[=+\-@\uff1d\uff0b\uff0d\uff20])")


def harmless(text: str) -> str:
    """Return the text with a mark before everything that would be worked out as a formula."""
    return FORMULA.sub(r"\1\2'", text)
