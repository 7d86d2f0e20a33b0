"""Filters of lists as readers type and choose them: what makes no sense is ignored, never an error,
since addresses are typed, shortened and age."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, TypeVar
from urllib.parse import urlencode

import django_filters
from django import forms
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from mrc_portal.languages import LANGUAGE_CODES, localized

SORT_CHOICES = [
    ("relevance", _("by relevance")),
    ("newest", _("newest first")),
    ("oldest", _("oldest first")),
    ("title", _("by title")),
]

Rows = TypeVar("Rows", bound=QuerySet[Any])

# Nobody chooses more of one kind by hand; each makes the page longer.
MOST_CHOICES = 20
# Nor does anybody type more words; the database looks for each of them.
MOST_WORDS = 12


class KnownChoicesField(forms.MultipleChoiceField):
    """Several choices; what is not among them is ignored."""

    def clean(self, value: Any) -> list[str]:
        return [item for item in dict.fromkeys(value or []) if self.valid_value(item)]


class KnownChoicesFilter(django_filters.MultipleChoiceFilter):
    field_class = KnownChoicesField
    always_filter = False


class KnownRecordsField(forms.ModelMultipleChoiceField):
    """Several records by a key; unknown keys are ignored. Yields a list in the order given."""

    def clean(self, value: Any) -> list[Any]:  # type: ignore[override]
        keys = [key for key in dict.fromkeys(value or []) if "\x00" not in key][:MOST_CHOICES]
        if not keys:
            return []
        assert self.queryset is not None
        name = self.to_field_name or "pk"
        found = {
            getattr(record, name): record
            for record in self.queryset.filter(**{f"{name}__in": keys})
        }
        return [found[key] for key in keys if key in found]


class KnownRecordsFilter(django_filters.ModelMultipleChoiceFilter):
    field_class = KnownRecordsField

    def filter(self, qs: QuerySet, value: Any) -> QuerySet:
        return qs.filter(**{f"{self.field_name}__in": value}).distinct() if value else qs


class YearField(forms.Field):
    """Several years as numbers; anything else is ignored."""

    widget = forms.SelectMultiple

    def clean(self, value: Any) -> list[int]:
        years = [item for item in dict.fromkeys(value or []) if item.isdecimal() and len(item) == 4]
        return [int(year) for year in years[:MOST_CHOICES]]


class YearFilter(django_filters.Filter):
    """By the years of a day."""

    field_class = YearField

    def filter(self, qs: QuerySet, value: Any) -> QuerySet:
        return qs.filter(**{f"{self.field_name}__year__in": value}) if value else qs


class GlossaryField(forms.Field):
    """Whether the glossary may add words: yes, unless the reader asked to search without it."""

    def clean(self, value: Any) -> bool:
        return value != "off"


class SortField(forms.ChoiceField):
    def clean(self, value: Any) -> str:
        known = [key for key, _label in SORT_CHOICES]
        return value if value in known else "relevance"


def query_string(
    words: str, chosen: Mapping[str, tuple[str, ...]], *, with_glossary: bool = True
) -> str:
    """What was understood of an address, but for order and page: the same for every way of
    writing it."""
    asked: dict[str, object] = {"q": words} if words else {}
    asked |= chosen
    if not with_glossary:
        asked["glossary"] = "off"
    return urlencode(asked, doseq=True)


# What the database finds when the search engine is away; for any publishable record.


def with_words(records: Rows, words: str) -> Rows:
    """Every word somewhere in title or summary of a ready version; no ranking."""
    for word in words.replace("\x00", " ").split()[:MOST_WORDS]:
        match = Q()
        for code in LANGUAGE_CODES:
            ready = Q(**{localized("ready", code): True})
            title = Q(**{localized("title", code) + "__matches": word})
            summary = Q(**{localized("summary", code) + "__matches": word})
            match |= ready & (title | summary)
        records = records.filter(match)
    return records


def in_languages(records: Rows, languages: Iterable[str]) -> Rows:
    """Ready in any of these languages."""
    ready = Q()
    for code in languages:
        ready |= Q(**{localized("ready", code): True})
    return records.filter(ready)


class ForgivingFilterSet(django_filters.FilterSet):
    """Filters read from an address, which may be typed, old or nonsense."""

    @property
    def values(self) -> dict[str, Any]:
        """What was understood, by filter; whatever made no sense is left out."""
        self.form.is_valid()
        return self.form.cleaned_data

    def keys_of(self, names: Iterable[str]) -> dict[str, tuple[str, ...]]:
        """What was chosen in these filters as it stands in addresses: records by their keys."""
        values = self.values
        found = {}
        for name in names:
            key = self.filters[name].extra.get("to_field_name")
            chosen = values.get(name) or ()
            if chosen:
                found[name] = tuple(str(getattr(it, key) if key else it) for it in chosen)
        return found
