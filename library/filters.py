"""The filters of the library: one set, used by page, count and feed."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

import django_filters
from django import forms
from django.conf import settings
from django.db.models import QuerySet

from library.models import Country, Document, DocumentQuerySet, Kind, Project, Topic, TopicTree
from mrc_portal.filters import (
    SORT_CHOICES,
    ForgivingFilterSet,
    GlossaryField,
    KnownChoicesFilter,
    KnownRecordsFilter,
    Rows,
    SortField,
    YearFilter,
    in_languages,
    query_string,
    with_words,
)
from mrc_portal.languages import localized


class TopicFilter(KnownRecordsFilter):
    """A topic includes everything below it."""

    def filter(self, qs: QuerySet, value: Any) -> QuerySet:
        if not value:
            return qs
        tree = TopicTree()
        topics = [below for topic in value for below in [topic, *tree.below(topic)]]
        return super().filter(qs, topics)


class GlossaryFilter(django_filters.Filter):
    """Searching alone heeds it; the database finds no words but those typed."""

    field_class = GlossaryField

    def filter(self, qs: QuerySet, value: Any) -> QuerySet:
        return qs


class SortFilter(django_filters.ChoiceFilter):
    field_class = SortField

    def filter(self, qs: DocumentQuerySet, value: Any) -> DocumentQuerySet:
        if value == "oldest":
            return qs.order_by("issued_on", "pk")
        if value == "title":
            return qs.order_by(localized("title", settings.LANGUAGE_CODE), "pk")
        return qs.newest_first()


def narrowed(records: Rows, words: str, chosen: Mapping[str, tuple[str, ...]]) -> Rows:
    """What the database finds of publishable records that have topics and a project: by words,
    language, topic (with everything below it) and project, as they stand in addresses."""
    records = with_words(records, words)
    if languages := chosen.get("language"):
        records = in_languages(records, languages)
    if slugs := chosen.get("topic"):
        about = records.model.topics.through._default_manager.filter(topic__in=with_below(slugs))
        records = records.filter(pk__in=about.values(records.model._meta.model_name))
    if slugs := chosen.get("project"):
        records = records.filter(project__slug__in=slugs)
    return records


def with_below(slugs: Collection[str]) -> set[int]:
    """The keys of topics by their addresses, with those of everything below them."""
    tree = TopicTree()
    chosen = (topic for topic in tree.topics if topic.slug in slugs)
    return {below.pk for topic in chosen for below in [topic, *tree.below(topic)]}


class DocumentFilter(ForgivingFilterSet):
    """What a reader has typed and chosen. Its qs answers from the database alone; the search
    engine answers the same questions faster and with counts."""

    q = django_filters.CharFilter(method="filter_words", strip=True)
    kind = KnownChoicesFilter(choices=Kind.choices)
    topic = TopicFilter(field_name="topics", queryset=Topic.objects.all(), to_field_name="slug")
    country = KnownRecordsFilter(
        field_name="countries", queryset=Country.objects.all(), to_field_name="code"
    )
    language = KnownChoicesFilter(choices=settings.LANGUAGES, method="filter_language")
    year = YearFilter(field_name="issued_on")
    project = KnownRecordsFilter(
        field_name="project", queryset=Project.objects.all(), to_field_name="slug"
    )
    sort = SortFilter(choices=SORT_CHOICES)
    glossary = GlossaryFilter()

    class Meta:
        model = Document
        fields: list[str] = []

    def filter_words(self, queryset: QuerySet, name: str, value: str) -> QuerySet:
        return with_words(queryset, value)

    def filter_language(self, queryset: QuerySet, name: str, value: list[str]) -> QuerySet:
        return in_languages(queryset, value)

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
    def query(self) -> str:
        """What was understood, but for the order, as it stands in addresses."""
        return query_string(self.words, self.chosen, with_glossary=self.with_glossary)

    @property
    def order(self) -> str:
        """Not named sort: that would take the place of the filter above."""
        return self.values.get("sort") or "relevance"

    @property
    def with_glossary(self) -> bool:
        return self.values["glossary"]


class TermFilterForm(forms.Form):
    """Words of a name in the glossary; what cannot be read is ignored."""

    q = forms.CharField(required=False)

    @property
    def words(self) -> str:
        self.is_valid()
        return self.cleaned_data.get("q") or ""
