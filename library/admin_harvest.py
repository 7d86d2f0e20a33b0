"""What was taken from other portals, for editors to look up."""

from __future__ import annotations

from django.contrib import admin
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from library.models import HarvestedRecord
from mrc_portal.publishing_admin import OnRecordMixin


class HarvestedRecordAdmin(OnRecordMixin, admin.ModelAdmin):
    """Which draft came of which record, and what has been deleted there since. Only
    `manage.py harvest` writes it."""

    list_display = ["identifier", "document", "datestamp", "deleted", "url"]
    list_filter = ["is_deleted", "url"]
    list_select_related = ["document"]
    search_fields = ["identifier", "url"]
    fields = ["url", "identifier", "datestamp", "deleted", "document"]

    @admin.display(description=_("deleted at the source"), ordering="is_deleted")
    def deleted(self, harvested: HarvestedRecord) -> str:
        """In words: the sign that Django shows is read out in English."""
        return gettext("Yes") if harvested.is_deleted else gettext("No")
