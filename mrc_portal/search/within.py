"""Where in one work the words stand: all of its pages, not only the best."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import tantivy
from django.utils import timezone
from tantivy import Occur

from mrc_portal.search import analysis, glossary, matching, storage
from mrc_portal.search.matching import IN_PART
from mrc_portal.search.parsing import Clause, Parsed, parse
from mrc_portal.search.queries import Addition, Notes, Snippet
from mrc_portal.search.searching import answering, ranked_parts
from mrc_portal.search.snippets import Marker

# No file has more pages; in reading order each of those found is looked at.
MAX_PAGES = 20_000

Place = tuple[str, int]  # a file and the number of its page


@dataclass(frozen=True)
class PageResults:
    total: int  # pages on which any of the words stand
    snippets: list[Snippet]
    added: tuple[Addition, ...] = ()  # by the glossary


def search_within(
    key: str,
    text: str,
    language: str,
    offset: int = 0,
    limit: int = 20,
    *,
    files: Sequence[str],
    in_order: bool = False,
    with_glossary: bool = True,
) -> PageResults:
    """The pages of one public work on which any of the words stand, those with all of them first,
    or in reading order: file by file, as `files` has them. Pages of other files are left out.

    Any text is safe. Raises SearchUnavailable, and nothing else, when it cannot."""
    with answering():
        parsed, added = _take_apart(text, with_glossary)
        if not parsed.required or not files:
            return PageResults(0, [], added)
        searcher = storage.open_searcher()
        pages = _pages(key, parsed, files, language)
        if in_order:
            rows = _in_order(_rows(searcher, pages, MAX_PAGES), files)
            total, rows = len(rows), rows[offset : offset + limit]
        else:
            # Tantivy panics at a limit of 0.
            found = searcher.search(pages, limit=max(limit, 1), offset=offset)
            total = found.count  # type: ignore[attr-defined]  # missing in Tantivy's stubs
            rows = [searcher.doc(address) for _score, address in found.hits[:limit]]
        marker = Marker(parsed.clauses)
        return PageResults(total, [_snippet(row, marker) for row in rows], added)


def places_within(
    key: str, text: str, files: Sequence[str], *, with_glossary: bool = True
) -> list[Place]:
    """The same pages in reading order, without their texts. Raises SearchUnavailable."""
    with answering():
        parsed, _added = _take_apart(text, with_glossary)
        if not parsed.required or not files:
            return []
        pages = _pages(key, parsed, files)
        rows = _rows(storage.open_searcher(), pages, MAX_PAGES)
        return [_place(row) for row in _in_order(rows, files)]


def clauses_of(text: str, *, with_glossary: bool = True) -> tuple[Clause, ...]:
    """What a Marker marks for this text: what was typed, and what the glossary calls it."""
    parsed, _added = _take_apart(text, with_glossary)
    return parsed.clauses


def with_replacements(text: str, notes: Notes) -> str:
    """What was typed, with the similar words that were searched instead of unknown ones."""
    used = {it.typed: it.used for it in notes.fuzzy}
    if not used:
        return text
    return analysis.WORD.sub(lambda word: used.get(analysis.exact_form(word[0]), word[0]), text)


def _take_apart(text: str, with_glossary: bool) -> tuple[Parsed, tuple[Addition, ...]]:
    parsed = parse(text)
    if not with_glossary or not parsed.required:
        return parsed, ()
    return glossary.add_names(parsed)


def _pages(
    key: str, parsed: Parsed, files: Collection[str], language: str | None = None
) -> tantivy.Query:
    parts = [
        (Occur.Must, matching.without_rank(matching.term("key", key))),
        (Occur.Must, matching.without_rank(_in_files(files))),
        *matching.public_pages(timezone.now()),
        *((Occur.MustNot, matching.match(it, IN_PART)) for it in parsed.excluded),
    ]
    if language:
        parts += ranked_parts(parsed, language)
    else:
        parts.append((Occur.Must, matching.match_any(parsed.required, IN_PART)))
    return tantivy.Query.boolean_query(parts)


def _in_files(files: Collection[str]) -> tantivy.Query:
    return matching.any_of(matching.term("part_file", file) for file in files)


def _rows(searcher: tantivy.Searcher, query: tantivy.Query, limit: int) -> list[tantivy.Document]:
    found = searcher.search(query, limit=limit, count=False)
    return [searcher.doc(address) for _score, address in found.hits]


def _in_order(rows: list[tantivy.Document], files: Sequence[str]) -> list[tantivy.Document]:
    def place(row: tantivy.Document) -> tuple[int, int]:
        file, number = _place(row)
        return files.index(file), number

    return sorted(rows, key=place)


def _place(row: tantivy.Document) -> Place:
    return row["part_file"][0], row["part_number"][0]


def _snippet(row: tantivy.Document, marker: Marker) -> Snippet:
    file, number = _place(row)
    language = row["part_language"][0]
    text = bytes(row["part_text"][0]).decode()
    return Snippet(file, number, language, marker.fragments(text, language))
