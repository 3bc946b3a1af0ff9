"""Wiring: settings, addresses, the task queue, start-up checks."""

from ordersync.celery import app as celery_app

__all__ = ["celery_app"]
