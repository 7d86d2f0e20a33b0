"""The search of the whole portal as something to follow."""

from __future__ import annotations

from collections.abc import Collection

from django.http import QueryDict
from django.urls import reverse
from django.utils.translation import gettext as _

from mrc_portal.alerts.followed import Followable, Name, list_path
from mrc_portal.alerts.searched import found_among
from mrc_portal.listing import in_words
from mrc_portal.site_search import SiteFilter


def _title(data: QueryDict) -> str:
    filters = SiteFilter(data)
    return in_words(_("The whole portal"), filters.words, filters.chosen, filters.labels)


def _among(data: QueryDict, names: Collection[Name]) -> set[Name]:
    filters = SiteFilter(data)
    return found_among(names, filters.words, filters.chosen, with_glossary=filters.with_glossary)


WHOLE_PORTAL = Followable(
    name="search",
    kinds=(),
    normal=lambda data: SiteFilter(data).query,
    title=_title,
    path=lambda data: list_path(reverse("search"), data),
    among=_among,
    languages=lambda data: SiteFilter(data).chosen.get("language", ()),
)
