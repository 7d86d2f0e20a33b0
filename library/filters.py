"""The filters of the library: one set, used by page, count and feed."""

from __future__ import annotations

from typing import Any

import django_filters
from django import forms
from django.conf import settings
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from library.models import Country, Document, DocumentQuerySet, Kind, Project, Topic, TopicTree
from mrc_portal.languages import LANGUAGE_CODES, localized

SORT_CHOICES = [
    ("relevance", _("by relevance")),
    ("newest", _("newest first")),
    ("oldest", _("oldest first")),
    ("title", _("by title")),
]

# Nobody chooses more of one kind by hand; each makes the page longer.
MOST_CHOICES = 20


class KnownChoicesField(forms.MultipleChoiceField):
    """Several choices; what is not among them is ignored, since addresses are typed and age."""

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


class TopicFilter(KnownRecordsFilter):
    """A topic includes everything below it."""

    def filter(self, qs: QuerySet, value: Any) -> QuerySet:
        if not value:
            return qs
        tree = TopicTree()
        topics = [below for topic in value for below in [topic, *tree.below(topic)]]
        return super().filter(qs, topics)


class YearField(forms.Field):
    """Several years as numbers; anything else is ignored."""

    widget = forms.SelectMultiple

    def clean(self, value: Any) -> list[int]:
        years = [item for item in dict.fromkeys(value or []) if item.isdecimal() and len(item) == 4]
        return [int(year) for year in years[:MOST_CHOICES]]


class YearFilter(django_filters.Filter):
    field_class = YearField

    def filter(self, qs: QuerySet, value: Any) -> QuerySet:
        return qs.filter(issued_on__year__in=value) if value else qs


class SortField(forms.ChoiceField):
    def clean(self, value: Any) -> str:
        known = [key for key, _label in SORT_CHOICES]
        return value if value in known else "relevance"


class SortFilter(django_filters.ChoiceFilter):
    field_class = SortField

    def filter(self, qs: DocumentQuerySet, value: Any) -> DocumentQuerySet:
        if value == "oldest":
            return qs.order_by("issued_on", "pk")
        if value == "title":
            return qs.order_by(localized("title", settings.LANGUAGE_CODE), "pk")
        return qs.newest_first()


class DocumentFilter(django_filters.FilterSet):
    """What a reader has typed and chosen. Its qs answers from the database alone; the search
    engine answers the same questions faster and with counts."""

    q = django_filters.CharFilter(method="filter_words", strip=True)
    kind = KnownChoicesFilter(choices=Kind.choices)
    topic = TopicFilter(field_name="topics", queryset=Topic.objects.all(), to_field_name="slug")
    country = KnownRecordsFilter(
        field_name="countries", queryset=Country.objects.all(), to_field_name="code"
    )
    language = KnownChoicesFilter(choices=settings.LANGUAGES, method="filter_language")
    year = YearFilter()
    project = KnownRecordsFilter(
        field_name="project", queryset=Project.objects.all(), to_field_name="slug"
    )
    sort = SortFilter(choices=SORT_CHOICES)

    class Meta:
        model = Document
        fields: list[str] = []

    def filter_words(self, queryset: QuerySet, name: str, value: str) -> QuerySet:
        """Every word somewhere in title or summary of a ready version; no ranking."""
        for word in value.replace("\x00", " ").split()[:12]:
            match = Q()
            for code in LANGUAGE_CODES:
                ready = Q(**{localized("ready", code): True})
                title = Q(**{localized("title", code) + "__matches": word})
                summary = Q(**{localized("summary", code) + "__matches": word})
                match |= ready & (title | summary)
            queryset = queryset.filter(match)
        return queryset

    def filter_language(self, queryset: QuerySet, name: str, value: list[str]) -> QuerySet:
        ready = Q()
        for code in value:
            ready |= Q(**{localized("ready", code): True})
        return queryset.filter(ready)

    @property
    def values(self) -> dict[str, Any]:
        """What was understood, by filter; whatever made no sense is left out."""
        self.form.is_valid()
        return self.form.cleaned_data

    @property
    def words(self) -> str:
        return self.values.get("q") or ""

    @property
    def chosen(self) -> dict[str, tuple[str, ...]]:
        """The chosen values as they stand in addresses and in the search index."""
        values = self.values
        return {
            name: tuple(keys)
            for name, keys in {
                "kind": values.get("kind") or [],
                "topic": [topic.slug for topic in values.get("topic") or []],
                "country": [country.code for country in values.get("country") or []],
                "language": values.get("language") or [],
                "year": [str(year) for year in values.get("year") or []],
                "project": [project.slug for project in values.get("project") or []],
            }.items()
            if keys
        }

    @property
    def order(self) -> str:
        """Not named sort: that would take the place of the filter above."""
        return self.values.get("sort") or "relevance"
