"""What the search engine sees of a document."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import islice
from typing import Any

from django.db import models
from django.utils.html import strip_tags

from library.facets import FACETS
from library.models import (
    BestPractice,
    Contribution,
    Country,
    Document,
    DocumentFile,
    DocumentRelation,
    FilePage,
    Organisation,
    Person,
    Project,
    Recommendation,
    Topic,
    TopicTree,
)
from library.models.documents import PRACTICE_TEXTS, TEXTS
from mrc_portal import search
from mrc_portal.languages import LANGUAGE_CODES, localized
from mrc_portal.publishing import PublishableQuerySet, Status

KEY = "document"

# A page of contents only repeats headings that stand better on their own pages.
CONTENTS_LINE = re.compile(r"…\s*\d+")
CONTENTS_LINES = 4
DOCUMENTS_AT_ONCE = 20  # whose pages are held in memory


def key_of(document_pk: int) -> str:
    return search.key_of(KEY, document_pk)


def pks_of(keys: Iterable[str]) -> list[int]:
    return [search.split_key(key)[1] for key in keys]


def keys_to_come(prefix: str, records: PublishableQuerySet) -> Iterator[str]:
    """The keys of everything that is public or will be by the clock."""
    published = records.filter(status=Status.PUBLISHED).order_by("pk")
    for pk in published.values_list("pk", flat=True).iterator():
        yield search.key_of(prefix, pk)


class DocumentSource:
    """The library as a source of search entries."""

    prefix = KEY

    def keys(self) -> Iterator[str]:
        """Everything that is public or will be by the clock."""
        return keys_to_come(KEY, Document.objects.all())

    def entries(self, keys: Iterable[str]) -> Iterator[search.Entry]:
        documents = (
            Document.objects.filter(status=Status.PUBLISHED, pk__in=pks_of(keys))
            .for_page()
            .prefetch_related("topics", "countries", "recommendations")
        )
        tree = TopicTree()
        remaining = iter(documents)
        while some := list(islice(remaining, DOCUMENTS_AT_ONCE)):
            pages = _PageTexts(some)
            for document in some:
                yield _entry(document, tree, pages)

    @property
    def affected(self) -> Mapping[type[models.Model], Callable[[Any], Iterable[str]]]:
        """Which entries change with a row of each model."""
        return {
            Document: lambda document: [key_of(document.pk)],
            BestPractice: lambda practice: [key_of(practice.document_id)],
            Contribution: lambda contribution: [key_of(contribution.document_id)],
            Recommendation: lambda recommendation: [key_of(recommendation.document_id)],
            DocumentFile: lambda file: [key_of(file.document_id)],
            Document.topics.through: lambda row: [key_of(row.document_id)],
            Document.countries.through: lambda row: [key_of(row.document_id)],
            Organisation: lambda organisation: _keys(
                models.Q(contributions__organisation=organisation)
                | models.Q(publisher=organisation)
                # Search does not see these two; harvesters do (library/oai/datestamps.py).
                | models.Q(funder=organisation)
            ),
            DocumentRelation: lambda relation: [key_of(relation.document_id)],
            Person: lambda person: _keys(models.Q(contributions__person=person)),
            Topic: lambda topic: _keys(models.Q(topics__in=[topic, *TopicTree().below(topic)])),
            Country: lambda country: _keys(models.Q(countries=country)),
            Project: lambda project: _keys(models.Q(project=project)),
        }


def _keys(condition: models.Q) -> list[str]:
    documents = Document.objects.filter(condition).distinct()
    return [key_of(pk) for pk in documents.values_list("pk", flat=True)]


def _entry(document: Document, tree: TopicTree, pages: _PageTexts) -> search.Entry:
    assert document.publish_at is not None
    languages = document.ready_languages
    files = document.public_files
    return search.Entry(
        key=key_of(document.pk),
        visible_from=document.publish_at,
        languages=languages,
        titles={code: getattr(document, localized("title", code)) for code in languages},
        texts={code: _text(document, code) for code in languages},
        names=tuple(_names(document)),
        facets={"room": (KEY,)} | {it.name: tuple(it.values(document, tree)) for it in FACETS},
        date=document.issued_on,
        pages=pages.of(files, document.original_language),
    )


def _text(document: Document, language: str) -> str:
    """Everything a language version says on its own page."""
    parts = []
    for text in TEXTS:
        if text.is_searched:
            words = getattr(document, localized(text.name, language))
            parts.append(plain(words) if text.is_prose else words)
    parts += [
        getattr(recommendation, localized("text", language))
        for recommendation in document.recommendations.all()
    ]
    if document.is_practice:
        parts += [
            getattr(document.practice, localized(name, language))
            for name in ("since", *PRACTICE_TEXTS)
        ]
    about = [*document.countries.all(), *document.topics.all()]
    parts += [getattr(it, localized("name", language)) for it in about]
    return "\n".join(part for part in parts if part)


def plain(prose: str | None) -> str:
    """Rich text without its tags; the words on both sides of a tag stay apart."""
    return html.unescape(strip_tags((prose or "").replace("<", " <")))


def _names(document: Document) -> Iterator[str]:
    bodies = [contribution.contributor for contribution in document.contributions.all()]
    if document.publisher:
        bodies.append(document.publisher)
    for body in bodies:
        yield from names_of(body)
    yield from filter(None, (document.isbn, document.doi))


def names_of(body: Person | Organisation | None) -> Iterator[str]:
    """Everything a person or an organisation is called, in every language."""
    if body is None:
        return
    is_organisation = isinstance(body, Organisation)
    fields = ("name", "abbreviation") if is_organisation else ("family_name", "given_names")
    for code in LANGUAGE_CODES:
        words = [getattr(body, localized(name, code)) or "" for name in fields]
        yield " ".join(words).strip()
    yield from getattr(body, "other_names", "").splitlines()


class _PageTexts:
    """The texts of the pages of some documents, read by one query."""

    def __init__(self, documents: Iterable[Document]) -> None:
        files = [file.pk for document in documents for file in document.public_files]
        pages = FilePage.objects.filter(file__in=files).order_by("file_id", "number")
        self._by_file: dict[int, list[tuple[int, str]]] = {}
        for file, number, text in pages.values_list("file_id", "number", "text"):
            if text and len(CONTENTS_LINE.findall(text)) < CONTENTS_LINES:
                self._by_file.setdefault(file, []).append((number, text))

    def of(self, files: list[DocumentFile], original_language: str) -> Iterator[search.PageText]:
        for file in sorted(files, key=lambda it: it.pk):
            language = file.language or original_language
            for number, text in self._by_file.get(file.pk, ()):
                yield search.PageText(
                    file=file.short_id, number=number, language=language, text=text
                )
