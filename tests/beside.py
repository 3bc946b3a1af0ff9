"""Runs a command of manage.py beside servers of its own: `python -m tests.beside bench`.

They are those of the tests (`tests.services`): PostgreSQL and Valkey as packages, or what `DATABASE_URL` and `REDIS_URL`
name.
"""

from __future__ import annotations

import os
import subprocess
import sys

from tests import services


def main(arguments: list[str]) -> int:
    os.environ.setdefault("ORDERSYNC_TEST_DB", "postgresql")
    services.provide()
    os.environ.setdefault("EMAIL_URL", "consolemail://")
    return subprocess.run([sys.executable, "manage.py", *arguments], check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
