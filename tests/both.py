"""Runs all tests on SQLite, then those that ask a database on PostgreSQL, and closes with one line of counts."""

from __future__ import annotations

import os
import re
import subprocess
import sys

from tests.effort import DATABASES

# One after the other: slow tests come last, and with many in hand one worker would end long after the other.
SHARED = ("-n", "2", "--maxschedchunk", "1")


def main(arguments: list[str]) -> int:
    if "--long" in arguments:
        arguments = [argument for argument in arguments if argument != "--long"]
        os.environ["ORDERSYNC_TEST_LONG"] = "1"
    wanted = os.environ.get("ORDERSYNC_TEST_DB")
    failures, passed, failed = 0, 0, 0
    for database in (wanted,) if wanted else DATABASES:
        print(f"==> tests on {database}", flush=True)
        part = [] if wanted else [f"--pass={database}"]
        command = [sys.executable, "-m", "pytest", *(arguments or SHARED), *part]
        run = subprocess.Popen(
            command, env={**os.environ, "ORDERSYNC_TEST_DB": database}, stdout=subprocess.PIPE, text=True
        )
        last = ""
        for line in run.stdout or ():
            print(line, end="", flush=True)
            last = line if re.search(r"\d+ (passed|failed|error)", line) else last
        failures += bool(run.wait())
        passed += _count(last, "passed")
        failed += _count(last, "failed") + _count(last, "error")
    print(f"{passed} passed, {failed} failed")
    return 1 if failures else 0


def _count(line: str, word: str) -> int:
    found = re.search(rf"(\d+) {word}", line)
    return int(found[1]) if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
