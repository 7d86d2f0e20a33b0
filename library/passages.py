"""Where in a document words stand: its pages that have them, and a page with the words marked."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db.models import Case, Q, Value, When
from django.http import HttpRequest

from library.models import Document, DocumentFile, FilePage
from library.search import key_of
from mrc_portal.filters import GlossaryField
from mrc_portal.languages import current_language
from mrc_portal.listing import ROWS_PER_PAGE, PageOfRows, Sought
from mrc_portal.search import Addition, SearchUnavailable, Snippet
from mrc_portal.search.analysis import clean
from mrc_portal.search.parsing import MAX_CHARACTERS, parse
from mrc_portal.search.snippets import Fragments, Marker
from mrc_portal.search.within import Place, clauses_of, places_within, search_within

logger = logging.getLogger(__name__)

LAST_PAGE = 500


@dataclass(frozen=True)
class Passages(PageOfRows[Snippet]):
    """One page of a list of passages."""

    in_order: bool = False
    added: tuple[Addition, ...] = ()  # by the glossary
    has_several_files: bool = False
    can_be_sorted: bool = True
    is_search_down: bool = False


@dataclass(frozen=True)
class Neighbour:
    """The page before or after, or the nearest one on which the words stand."""

    file: DocumentFile
    number: int
    sought: Sought

    @property
    def url(self) -> str:
        return marking(self.file.get_reading_url(self.number), self.sought)


@dataclass(frozen=True)
class Reading:
    """A page of a file as the reading view shows it."""

    paragraphs: list[Fragments]
    sought: Sought
    plain_url: str  # of the same page without marks
    previous: Neighbour | None = None
    next: Neighbour | None = None
    previous_found: Neighbour | None = None
    next_found: Neighbour | None = None

    @property
    def is_marked(self) -> bool:
        return any(is_match for paragraph in self.paragraphs for _text, is_match in paragraph)


def sought_by(request: HttpRequest) -> Sought:
    """What is to be looked for and marked in a document, no longer than searches take."""
    words = clean(request.GET.get("q", "")[: MAX_CHARACTERS * 10])[:MAX_CHARACTERS]
    return Sought(words, GlossaryField().clean(request.GET.get("glossary")))


def marking(url: str, sought: Sought) -> str:
    return f"{url}?{sought.query}" if sought.query else url


def find_passages(
    document: Document,
    files: Sequence[DocumentFile],
    sought: Sought,
    page: int,
    *,
    in_order: bool = False,
) -> Passages:
    """The pages of these files on which any of the words stand, the best first or in order.

    Of a document that is not public the index knows nothing; then, and while the index is away,
    the database looks for the very words, in order."""
    page = min(max(page, 1), LAST_PAGE)
    if not sought.words or not files:
        return Passages([], 0, 1, 1, in_order)
    if not document.is_published:
        return _from_database(document, files, sought, page, is_search_down=False)
    short_ids = [file.short_id for file in files]

    def ask(page: int) -> Passages:
        offset = (page - 1) * ROWS_PER_PAGE
        found = search_within(
            key_of(document.pk),
            sought.words,
            current_language(),
            offset,
            ROWS_PER_PAGE,
            files=short_ids,
            in_order=in_order,
            with_glossary=sought.with_glossary,
        )
        pages = _page_count(found.total)
        return Passages(
            found.snippets,
            found.total,
            min(page, pages),
            pages,
            in_order,
            found.added,
            len(files) > 1,
        )

    try:
        passages = ask(page)
        return passages if passages.page == page else ask(passages.pages)
    except SearchUnavailable as error:
        logger.warning("Search is unavailable, the database answers: %s", error)
        return _from_database(document, files, sought, page, is_search_down=True)


def _from_database(
    document: Document,
    files: Sequence[DocumentFile],
    sought: Sought,
    page: int,
    *,
    is_search_down: bool,
) -> Passages:
    clauses = parse(sought.words).required
    match = Q(pk__in=[])
    for word in dict.fromkeys(word for clause in clauses for word in clause.words):
        match |= Q(text__matches=word)
    place = Case(*(When(file=file, then=Value(place)) for place, file in enumerate(files)))
    found = FilePage.objects.filter(match, file__in=files).order_by(place, "number")
    total = found.count()
    pages = _page_count(total)
    page = min(page, pages)
    marker = Marker(clauses)
    by_pk = {file.pk: file for file in files}
    rows = []
    first = (page - 1) * ROWS_PER_PAGE
    for row in found[first : first + ROWS_PER_PAGE]:
        file = by_pk[row.file_id]
        language = file.language or document.original_language
        fragments = marker.fragments(clean(row.text), language)
        rows.append(Snippet(file.short_id, row.number, language, fragments))
    return Passages(
        rows,
        total,
        page,
        pages,
        in_order=True,
        has_several_files=len(files) > 1,
        can_be_sorted=False,
        is_search_down=is_search_down,
    )


def _page_count(total: int) -> int:
    return min(max(-(-total // ROWS_PER_PAGE), 1), LAST_PAGE)


def read_page(
    file: DocumentFile, number: int, sought: Sought, files: Iterable[DocumentFile]
) -> Reading:
    """The text of a page with the words marked, and the ways on. `files` are those of its document
    that this reader may read by page."""
    text = FilePage.objects.filter(file=file, number=number).values_list("text", flat=True).first()
    language = file.language or file.document.original_language
    fragments: Fragments = ((text or "", False),)
    before = after = None
    if sought.words:
        marker = Marker(clauses_of(sought.words, with_glossary=sought.with_glossary))
        fragments = marker.whole(text or "", language)
        before, after = _pages_found(file, number, sought, files)
    last = file.page_count or 0
    return Reading(
        paragraphs=_paragraphs(fragments),
        sought=sought,
        plain_url=file.get_reading_url(number),
        previous=Neighbour(file, number - 1, sought) if number > 1 else None,
        next=Neighbour(file, number + 1, sought) if number < last else None,
        previous_found=before,
        next_found=after,
    )


def _paragraphs(fragments: Fragments) -> list[Fragments]:
    """Blank lines part paragraphs."""
    paragraphs: list[list[tuple[str, bool]]] = [[]]
    for text, is_match in fragments:
        first, *rest = text.split("\n\n")
        paragraphs[-1].append((first, is_match))
        paragraphs += [[(part, is_match)] for part in rest]
    return [
        tuple((text, is_match) for text, is_match in paragraph if text)
        for paragraph in paragraphs
        if any(text.strip() for text, _is_match in paragraph)
    ]


def _pages_found(
    file: DocumentFile, number: int, sought: Sought, files: Iterable[DocumentFile]
) -> tuple[Neighbour | None, Neighbour | None]:
    """The nearest pages before and after this one on which any of the words stand; none of a
    document that is not public, nor while the index is away."""
    by_short_id = {it.short_id: it for it in sorted(files, key=lambda it: it.rank) if it.is_public}
    if file.short_id not in by_short_id:
        return None, None
    order = list(by_short_id)
    try:
        places = places_within(
            key_of(file.document_id), sought.words, order, with_glossary=sought.with_glossary
        )
    except SearchUnavailable:
        return None, None

    def position(place: Place) -> tuple[int, int]:
        return order.index(place[0]), place[1]

    here = position((file.short_id, number))
    before = [place for place in places if position(place) < here]
    after = [place for place in places if position(place) > here]

    def neighbour(place: Place) -> Neighbour:
        return Neighbour(by_short_id[place[0]], place[1], sought)

    return (
        neighbour(before[-1]) if before else None,
        neighbour(after[0]) if after else None,
    )
