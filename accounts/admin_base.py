"""The bases of the support staff's pages. On django-unfold; plain `ModelAdmin` would do in its place."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from unfold.admin import ModelAdmin


class BaseAdmin(ModelAdmin):  # type: ignore[misc]
    list_per_page = 50
    show_full_result_count = False


class ReadOnlyAdmin(BaseAdmin):
    """Records that only the program writes."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
