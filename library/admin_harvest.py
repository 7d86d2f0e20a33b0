"""What was taken from other portals, for editors to look up."""

from __future__ import annotations

from django.contrib import admin
from django.http import HttpRequest

from library.models import HarvestedRecord


class HarvestedRecordAdmin(admin.ModelAdmin):
    """Which draft came of which record, and what has been deleted there since. Only
    `manage.py harvest` writes it."""

    list_display = ["identifier", "document", "datestamp", "is_deleted", "url"]
    list_filter = ["is_deleted", "url"]
    list_select_related = ["document"]
    search_fields = ["identifier", "url"]
    fields = ["url", "identifier", "datestamp", "is_deleted", "document"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(
        self, request: HttpRequest, harvested: HarvestedRecord | None = None
    ) -> bool:
        return False

    def has_delete_permission(
        self, request: HttpRequest, harvested: HarvestedRecord | None = None
    ) -> bool:
        return False
