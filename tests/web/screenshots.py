"""Takes a picture of every page, on a desktop and on a telephone, in every language: `./run screenshots`.

They go to `screenshots/<language>/`, which git ignores. `./run screenshots order fr` takes only those whose name begins
with "order", in French.
"""

from __future__ import annotations

import os
import subprocess
import sys

LANGUAGES = ("en-gb", "fr", "nl", "de")


def main(arguments: list[str]) -> int:
    languages = [word for word in arguments if word in LANGUAGES] or list(LANGUAGES)
    names = [word for word in arguments if word not in LANGUAGES] or ["all"]
    tests = [f"tests/web/test_every_page.py::test_every_page_is_in_shape[{language}]" for language in languages]
    command = [sys.executable, "-m", "pytest", "-q", *tests]
    whole = {**os.environ, "ORDERSYNC_TEST_LONG": "1"}
    runs = [subprocess.run(command, env={**whole, "ORDERSYNC_SCREENSHOTS": name}, check=False) for name in names]
    return max(run.returncode for run in runs)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
