"""The filters of the library: one set, used by page, count and feed."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

import django_filters
from django import forms
from django.conf import settings

from library.facets import FACETS
from library.models import Document, DocumentQuerySet, TopicTree
from mrc_portal.filters import (
    SORT_CHOICES,
    ForgivingFilterSet,
    GlossaryField,
    Rows,
    SortField,
    in_languages,
    query_string,
    with_words,
)
from mrc_portal.languages import localized


class GlossaryFilter(django_filters.Filter):
    """Searching alone heeds it; the database finds no words but those typed."""

    field_class = GlossaryField


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


def chosen_documents(
    documents: DocumentQuerySet, words: str, chosen: Mapping[str, Collection[str]]
) -> DocumentQuerySet:
    """What the database finds of documents by words and by their facets, as they stand in
    addresses; anything else that was chosen is passed over."""
    documents = with_words(documents, words)
    for facet in FACETS:
        if keys := chosen.get(facet.name):
            documents = facet.narrow(documents, keys)
    return documents


class DocumentFilter(ForgivingFilterSet):
    """What a reader has typed and chosen. Its qs answers from the database alone; the search
    engine answers the same questions faster and with counts."""

    q = django_filters.CharFilter(strip=True)
    sort = SortFilter(choices=SORT_CHOICES)
    glossary = GlossaryFilter()

    class Meta:
        model = Document
        fields: list[str] = []

    @classmethod
    def get_filters(cls) -> dict[str, django_filters.Filter]:
        return {**super().get_filters(), **{facet.name: facet.filter for facet in FACETS}}

    def filter_queryset(self, queryset: DocumentQuerySet) -> DocumentQuerySet:
        found = chosen_documents(queryset, self.words, self.chosen)
        return self.filters["sort"].filter(found, self.order)

    @property
    def words(self) -> str:
        return self.values.get("q") or ""

    @property
    def chosen(self) -> dict[str, tuple[str, ...]]:
        """The chosen values as they stand in addresses and in the search index."""
        return self.keys_of(facet.name for facet in FACETS)

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
