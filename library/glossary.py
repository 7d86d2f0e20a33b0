"""The glossary as search asks it, and as a page from A to Я."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from django.db import connection, models

from library.models import Term
from library.models.terms import NAME_LISTS, names_in
from mrc_portal import search
from mrc_portal.languages import (
    FALLBACKS,
    LANGUAGE_CODES,
    columns_of,
    current_language,
    localized,
    sort_key,
)
from mrc_portal.search.analysis import LOOKALIKES, WORD

TERMS_PER_PAGE = 30
DIGITS = "0–9"


class TermGlossary:
    """What the search engine knows of the terms."""

    def stamp(self) -> object:
        """Equal as long as no term is saved, added or deleted. One query.

        Every change adds a row of history. A count sees it whatever the clock says, and also when
        transactions end in another order than they began."""
        history: type[models.Model] = Term.history.model  # type: ignore[attr-defined]
        table = connection.ops.quote_name(history._meta.db_table)
        with connection.cursor() as cursor:
            # Every search asks; the ORM alone would take several times as long as the database.
            cursor.execute(f"SELECT COUNT(*), MAX(history_id) FROM {table}")  # noqa: S608, our own
            state: tuple[int, int | None] = cursor.fetchone()
        return state

    def concepts(self) -> Iterator[search.Concept]:
        """A term with a single name says nothing that was not typed."""
        columns = [localized(it, code) for code in LANGUAGE_CODES for it in ("name", *NAME_LISTS)]
        lists = len(columns) // len(LANGUAGE_CODES)
        for row in columns_of(Term.objects.all(), *columns):
            names = {
                code: its
                for place, code in enumerate(LANGUAGE_CODES)
                if (its := names_in(row[place * lists : (place + 1) * lists]))
            }
            # Names that readers type and sources use, and the portal recommends to nobody.
            only_searched = names_in(row[lists - 1 :: lists])
            if sum(map(len, names.values())) > 1:
                yield search.Concept(names, unoffered=frozenset(only_searched))


@dataclass(frozen=True)
class Letter:
    """A letter with which names begin, and the page on which the first of them stands."""

    text: str
    number: int  # among the letters
    page: int


@dataclass(frozen=True)
class TermListing:
    """One page of the glossary, in the alphabet of the reader's language."""

    groups: list[tuple[Letter, list[Term]]]
    letters: list[Letter]
    total: int
    page: int
    pages: int

    @property
    def first(self) -> int:
        return (self.page - 1) * TERMS_PER_PAGE + 1 if self.total else 0

    @property
    def last(self) -> int:
        return min(self.page * TERMS_PER_PAGE, self.total)


def list_terms(words: str, page: int) -> TermListing:
    """The page of terms that have all the words in their names; beyond the last is the last.

    Two queries: databases do not know the Kyrgyz alphabet, so all names are read and sorted here.
    """
    names = _sorted_names(words)
    pages = max(-(-len(names) // TERMS_PER_PAGE), 1)
    page = min(max(page, 1), pages)
    letters: dict[str, Letter] = {}
    for place, (name, _pk) in enumerate(names):
        text = first_letter(name)
        if text not in letters:
            letters[text] = Letter(text, len(letters) + 1, place // TERMS_PER_PAGE + 1)
    shown = names[(page - 1) * TERMS_PER_PAGE : page * TERMS_PER_PAGE]
    terms = Term.objects.in_bulk([pk for _name, pk in shown])
    groups: list[tuple[Letter, list[Term]]] = []
    for name, pk in shown:
        letter = letters[first_letter(name)]
        if not groups or groups[-1][0] != letter:
            groups.append((letter, []))
        if pk in terms:  # nobody has deleted it meanwhile
            groups[-1][1].append(terms[pk])
    return TermListing(groups, list(letters.values()), len(names), page, pages)


def _sorted_names(words: str) -> list[tuple[str, int]]:
    """Names of all terms in the reader's language, or the nearest that has one."""
    language = current_language()
    columns = [localized("name", code) for code in (language, *FALLBACKS[language])]
    rows = columns_of(Term.objects.matching(words), "pk", *columns)
    names = [(next(filter(None, texts), ""), pk) for pk, *texts in rows]
    return sorted(names, key=lambda row: (_place_of(row[0]), row[1]))


def _place_of(name: str) -> tuple:
    """Letter by letter; what begins with one heading stands together, whatever signs precede it."""
    words = " ".join(WORD.findall(name)).translate(LOOKALIKES)
    return sort_key(first_letter(name)), sort_key(words)


def first_letter(name: str) -> str:
    """The heading under which a name stands: a capital letter, DIGITS, or "–" without either."""
    word = WORD.search(name)
    if word is None:
        return "–"
    letter = word[0][0].translate(LOOKALIKES).upper()
    return DIGITS if letter.isdigit() else letter
