"""A source of entries that lives in memory, for tests of the engine."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime
from typing import Any

from django.db import models

from mrc_portal.search import Entry, PageText, Query, Results, search
from mrc_portal.search.upkeep import catch_up, note_changes

LONG_AGO = datetime(2013, 5, 20, 9, tzinfo=UTC)


class Shelf:
    prefix = "shelf"

    def __init__(self) -> None:
        self.affected: dict[type[models.Model], Any] = {}
        self.held: dict[str, Entry] = {}
        self.broken: set[str] = set()  # keys whose entry cannot be made

    def keys(self) -> list[str]:
        return list(self.held)

    def entries(self, keys: Iterable[str]) -> Iterable[Entry]:
        for key in keys:
            if key in self.broken:
                raise ValueError(f"{key} is broken")
            if key in self.held:
                yield self.held[key]

    def put(self, name: object, **fields: Any) -> Entry:
        """Hold this entry, and index it with all other changes."""
        entry = make_entry(f"shelf-{name}", **fields)
        self.held[entry.key] = entry
        note_changes([entry.key])
        catch_up()
        return entry

    def put_all(self, entries: Iterable[Entry]) -> None:
        for entry in entries:
            self.held[entry.key] = entry
        note_changes(self.held)
        catch_up()

    def take(self, name: object) -> None:
        del self.held[f"shelf-{name}"]
        note_changes([f"shelf-{name}"])
        catch_up()


def make_entry(
    key: str,
    title: str = "",
    text: str = "",
    pages: Iterable[str | PageText] = (),
    language: str = "ru",
    visible_from: datetime = LONG_AGO,
    day: date | None = None,
    **fields: Any,
) -> Entry:
    """A public entry in one language; `titles` and `texts` give it several."""
    titles = fields.pop("titles", {language: title})
    texts = fields.pop("texts", {language: text})
    return Entry(
        key=key,
        visible_from=visible_from,
        languages=tuple(titles),
        titles=titles,
        texts=texts,
        pages=[
            page if isinstance(page, PageText) else PageText("file", number, language, page)
            for number, page in enumerate(pages, start=1)
        ],
        date=day,
        **fields,
    )


def found(text: str = "", **fields: Any) -> list[str]:
    """The names of the entries found, in order."""
    return [hit.key.removeprefix("shelf-") for hit in ask(text, **fields).hits]


def ask(text: str = "", **fields: Any) -> Results:
    return search(Query(text, **fields))


def marked(results: Results) -> list[list[str]]:
    """The marked words of each hit's first snippet."""
    return [
        [text for text, is_match in hit.snippets[0].fragments if is_match] for hit in results.hits
    ]
