"""What `./run` says while it installs, and when it cannot; with a Python that only plays its part."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
# Answers as Python does to the few things that `run` asks of it.
PYTHON = """#!/bin/sh
case "$*" in
*"-c import "*) exit {fits} ;;
*"-m venv"*) {venv} ;;
*"-m pip --version") exit {pip} ;;
*--version) echo Python 3.12.0 ;;
*"-m pip install"*) {install} ;;
*) echo "started: $*" ;;
esac
"""
VENV = 'mkdir -p .venv/bin; cp "$0" .venv/bin/python'


class Checkout:
    """A directory with a space in its name that holds `run`, requirements of five packages, and such a Python."""

    def __init__(self, directory: Path) -> None:
        self.directory, self.bin = directory / "a checkout", directory / "bin"
        (self.directory / "requirements").mkdir(parents=True)
        self.bin.mkdir()
        shutil.copy(ROOT / "run", self.directory / "run")
        pins = "".join(f"package-{n}==1.{n} \\\n    --hash=sha256:{n}\n" for n in range(5))
        (self.directory / "requirements" / "embedded.txt").write_text(pins)
        self.python()

    def python(self, *, fits: int = 0, venv: str = VENV, pip: int = 0, install: str = "exit 1") -> None:
        path = self.bin / "python-of-test"
        path.write_text(PYTHON.format(fits=fits, venv=venv, pip=pip, install=install))
        path.chmod(path.stat().st_mode | stat.S_IXUSR)

    def run(self) -> tuple[int, str, str]:
        """Return the status, what was printed, and what was said."""
        for name in ("python3", "python3.14", "python3.13", "python3.12", "python3.11"):
            (self.bin / name).unlink(missing_ok=True)
            (self.bin / name).symlink_to(self.bin / "python-of-test")
        ended = subprocess.run(
            [self.directory / "run"],
            env={"PATH": f"{self.bin}{os.pathsep}{os.defpath}"},
            capture_output=True,
            text=True,
            check=False,
        )
        return ended.returncode, ended.stdout, ended.stderr


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    return Checkout(tmp_path)


def test_tells_how_far_it_is_and_installs_once(checkout: Checkout) -> None:
    pip = (
        "Ignoring package-0: markers", "Collecting package-1", "  Downloading package-1", "Processing package-2",
        "Requirement already satisfied: package-3", "Collecting package-4", "Installing collected packages: all",
    )  # fmt: skip
    checkout.python(install="; ".join(f"echo '{line}'" for line in pip))

    first, second = checkout.run(), checkout.run()

    assert first == (
        0,
        "started: manage.py dev\n",
        "==> Making a virtual environment with Python 3.12.0\n"
        "==> Installing 5 packages (embedded), with their hashes checked\n"
        "==> 5 of 5 packages fetched\n"
        "==> Unpacking them\n",
    )
    assert second == (0, "started: manage.py dev\n", "")
    assert (checkout.directory / ".venv" / "embedded.log").read_text().splitlines() == list(pip)


def test_a_failure_shows_the_end_of_the_log_and_is_tried_again(checkout: Checkout) -> None:
    checkout.python(install="seq 20; exit 1")

    first, second = checkout.run(), checkout.run()

    lines = first[2].splitlines()
    assert (first[0], first[1]) == (1, "")
    assert lines[2:-1] == [str(n) for n in range(6, 21)]
    assert lines[-1] == (
        "==> Installing failed; all of it stands in .venv/embedded.log. "
        "Mostly the network or the disk's space is the cause: mend it and start ./run again."
    )
    assert second[2].splitlines() == lines[1:]


def test_what_was_cut_off_while_it_was_made_is_made_again(checkout: Checkout) -> None:
    checkout.python(venv=f"{VENV}; kill $PPID")
    cut_off, _, _ = checkout.run()
    checkout.python(install="echo Successfully installed")

    status, printed, said = checkout.run()

    assert (cut_off, status, printed) == (-15, 0, "started: manage.py dev\n")
    assert said.splitlines()[0] == "==> Making a virtual environment with Python 3.12.0"


def test_without_a_fitting_python_it_says_which_are(checkout: Checkout) -> None:
    checkout.python(fits=1)

    assert checkout.run() == (
        1,
        "",
        "==> OrderSync needs Python 3.11 to 3.14. Install one, or name it: PYTHON=/path/to/python3 ./run\n",
    )


@pytest.mark.parametrize(
    ("pip", "sentence"),
    [
        (1, "This Python has neither a complete venv module nor pip. Install one of them (Debian: python3-venv)."),
        (0, "That failed, see above. Install the venv module (Debian: python3-venv), then start ./run again."),
    ],
)
def test_without_a_complete_venv_module_it_says_what_to_install(checkout: Checkout, pip: int, sentence: str) -> None:
    checkout.python(venv="exit 1", pip=pip)

    status, printed, said = checkout.run()

    assert (status, printed, said.splitlines()[-1]) == (1, "", f"==> {sentence}")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_in_a_directory_that_cannot_be_written_it_says_so(checkout: Checkout) -> None:
    checkout.directory.chmod(0o555)

    try:
        assert checkout.run() == (
            1,
            "",
            "==> OrderSync installs its packages in this directory, and you may not write here: "
            f"{checkout.directory}. Copy it to a place of your own, or let its owner run ./run once.\n",
        )
    finally:
        checkout.directory.chmod(0o755)
