"""The portal's library as plain rows, for engines that are given a copy of it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise

from library.models import Document, FilePage
from mrc_portal.languages import LANGUAGE_CODES, localized

DOCUMENTS_AT_ONCE = 500


@dataclass
class Page:
    language: str
    number: int
    text: str


@dataclass
class Work:
    """A document; titles and summaries in the order of LANGUAGE_CODES."""

    pk: int
    kind: str
    year: int
    titles: list[str]
    summaries: list[str]
    topics: list[str] = field(default_factory=list)  # with those above them
    countries: list[str] = field(default_factory=list)
    pages: list[Page] = field(default_factory=list)


def read_library() -> Iterator[list[Work]]:
    """All documents, some hundreds at a time."""
    from library.models import TopicTree

    tree = TopicTree()
    pks = list(Document.objects.order_by("pk").values_list("pk", flat=True))
    starts = [*range(0, len(pks), DOCUMENTS_AT_ONCE), len(pks)]
    for first, last in pairwise(starts):
        documents = Document.objects.filter(pk__in=pks[first:last]).order_by("pk")
        pages = defaultdict(list)
        rows = FilePage.objects.filter(file__document__in=pks[first:last])
        for row in rows.order_by("file", "number").values_list(
            "file__document", "file__language", "number", "text"
        ):
            pages[row[0]].append(Page(*row[1:]))
        yield [
            Work(
                pk=document.pk,
                kind=document.kind,
                year=document.issued_on.year if document.issued_on else 0,
                titles=[getattr(document, localized("title", it)) for it in LANGUAGE_CODES],
                summaries=[getattr(document, localized("summary", it)) for it in LANGUAGE_CODES],
                topics=list(tree.slugs_of(document.topics.all())),
                countries=[country.code for country in document.countries.all()],
                pages=pages[document.pk],
            )
            for document in documents.prefetch_related("topics", "countries")
        ]
