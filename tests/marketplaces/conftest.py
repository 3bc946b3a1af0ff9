"""Adapters and simulators of marketplaces, at a held clock."""

from tests.clock import held  # noqa: F401 - a fixture of these tests
