"""The guides name every right that the key needs, in every language."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from shops.prestashop import spec


@pytest.mark.parametrize("language", ["", ".nl", ".fr", ".de"])
def test_the_guide_names_every_right_that_is_needed_and_no_other(language: str) -> None:
    text = (Path(spec.__file__).parent / f"connect{language}.md").read_text(encoding="utf-8")
    named: dict[str, set[str]] = {}
    for bullet in re.findall(r"^   - (.*(?:\n     .*)*)", text, re.MULTILINE):
        resources, _, rights = " ".join(bullet.split()).partition(":")
        for resource in resources.split(","):
            named[resource.strip()] = set(re.findall("[A-Z]{3,}", rights.partition("(")[0]))

    assert named == {resource: set(verbs.upper().split()) for resource, verbs in spec.NEEDED_RIGHTS.items()}
