"""By what documents are chosen. The entries of the search engine, the library's list with its
counts, feeds, files and letters, and the JSON API all follow the one list FACETS."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import django_filters
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db.models import QuerySet
from django.db.models.expressions import RawSQL

from library.models import Country, Document, DocumentQuerySet, Kind, Project, Topic, TopicTree
from mrc_portal.api.resources import SLUG, Choices, Parameter
from mrc_portal.filters import KnownChoicesFilter, KnownRecordsFilter, YearFilter, in_languages
from mrc_portal.languages import LANGUAGE_CODES, Wording
from mrc_portal.listing import language_labels
from mrc_portal.search.schema import FACETS as INDEXED
from mrc_portal.templatetags.portal_tags import check_heading


class OfRecords:
    """What a facet knows of the records that it offers, by its filter."""

    filter: django_filters.Filter

    @property
    def key(self) -> str:
        """The field of the records that is their value."""
        return str(self.filter.extra["to_field_name"])

    def records(self, keys: Collection[str]) -> QuerySet[Any]:
        """Those behind the values."""
        records: QuerySet[Any] = self.filter.extra["queryset"]
        return records.filter(**{f"{self.key}__in": keys})


@dataclass(frozen=True)
class DocumentFacet(OfRecords):
    """Values are those of addresses and of the index throughout."""

    name: str
    # What a document has; without any it is found by no choice.
    values: Callable[[Document, TopicTree], Iterable[str]]
    # Reads what was chosen; of records it says which and by what key.
    filter: django_filters.Filter
    # What the database finds: for the JSON API, and while the index is away.
    narrow: Callable[[DocumentQuerySet, Collection[str]], DocumentQuerySet]
    parameter: Parameter  # of the JSON API
    # What values are called; records are called by their names.
    labels: Callable[[Collection[str]], Mapping[str, str | Wording]] | None = None

    def __post_init__(self) -> None:
        if self.name not in INDEXED:
            raise ImproperlyConfigured(
                f"Name {self.name!r} in FACETS of mrc_portal/search/schema.py as well: the index "
                "has a field for each facet."
            )
        check_heading(self.name)


def _by(path: str) -> Callable[[DocumentQuerySet, Collection[str]], DocumentQuerySet]:
    """By a field of the document itself or of one record that it refers to."""
    return lambda documents, keys: documents.filter(**{f"{path}__in": keys})


def _of_countries(documents: DocumentQuerySet, codes: Collection[str]) -> DocumentQuerySet:
    about = Document.countries.through._default_manager.filter(country__code__in=codes)
    return documents.filter(pk__in=about.values("document"))


def _about_topics(documents: DocumentQuerySet, slugs: Collection[str]) -> DocumentQuerySet:
    about = Document.topics.through._default_manager.filter(topic__in=_topics_below(slugs))
    return documents.filter(pk__in=about.values("document"))


def _topics_below(slugs: Collection[str]) -> RawSQL:
    """The keys of these topics and of everything below them, within the query that asks: reading
    the tree first would cost one more."""
    table = Topic._meta.db_table
    marks = ", ".join(["%s"] * len(slugs))
    return RawSQL(  # noqa: S611, of our own names alone
        f"""WITH RECURSIVE below(id) AS (
            SELECT id FROM {table} WHERE slug IN ({marks})
            UNION SELECT child.id FROM {table} AS child JOIN below ON child.parent_id = below.id
        ) SELECT id FROM below""",  # noqa: S608
        tuple(slugs),
    )


def _languages_of_text(document: Document, _tree: TopicTree) -> Iterable[str]:
    """Those of the full texts; of a document without any those that are ready."""
    texts = [it.language for it in document.public_files if it.is_full_text and it.language]
    return dict.fromkeys(texts) or document.ready_languages


# What lists of several rooms are filtered by.
TOPIC = Parameter("topic", "Keys of topics; a topic includes those below it.", SLUG, True)
PROJECT = Parameter("project", "Keys of projects.", SLUG, True)
COUNTRY = Parameter("country", "ISO 3166-1 codes of countries: KG.", r"[A-Z]{2}", True)
YEAR = Parameter("year", "Years: 2013.", r"(?:1[89]|2[01])[0-9]{2}", True)
LANGUAGE_OF = Choices("language", "Ready in any of these languages.", values=LANGUAGE_CODES)

# In the order of the page.
FACETS = (
    DocumentFacet(
        "topic",
        values=lambda document, tree: tree.slugs_of(document.topics.all()),
        filter=KnownRecordsFilter(queryset=Topic.objects.all(), to_field_name="slug"),
        narrow=_about_topics,
        parameter=TOPIC,
    ),
    DocumentFacet(
        "kind",
        values=lambda document, _tree: (document.kind,),
        filter=KnownChoicesFilter(choices=Kind.choices),
        narrow=_by("kind"),
        parameter=Choices("kind", "Kinds of documents.", values=tuple(Kind.values)),
        labels=lambda _values: {kind.value: str(kind.label) for kind in Kind},
    ),
    DocumentFacet(
        "language",
        values=_languages_of_text,
        filter=KnownChoicesFilter(choices=settings.LANGUAGES),
        narrow=in_languages,
        parameter=LANGUAGE_OF,
        labels=lambda _values: language_labels(),
    ),
    DocumentFacet(
        "country",
        values=lambda document, _tree: [it.code for it in document.countries.all()],
        filter=KnownRecordsFilter(queryset=Country.objects.all(), to_field_name="code"),
        narrow=_of_countries,
        parameter=COUNTRY,
    ),
    DocumentFacet(
        "year",
        values=lambda document, _tree: [str(document.year)] if document.year else [],
        filter=YearFilter(),
        narrow=_by("issued_on__year"),
        parameter=YEAR,
        labels=lambda values: {year: year for year in values},
    ),
    DocumentFacet(
        "project",
        values=lambda document, _tree: [document.project.slug] if document.project else [],
        filter=KnownRecordsFilter(queryset=Project.objects.all(), to_field_name="slug"),
        narrow=_by("project__slug"),
        parameter=PROJECT,
    ),
)
