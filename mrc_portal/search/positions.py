"""How far an index has read the outbox: kept in the index, in the commit of the rows themselves."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Any

import tantivy

from mrc_portal.search.rows import SEQUENCE, SEQUENCE_KEY
from mrc_portal.search.schema import STATE_FIELD, build_schema


@dataclass(frozen=True)
class Position:
    """A place in the outbox. An index at it holds the changes of

    - every line up to and including the one named here, in the order of `OutboxLine`,
    - the lines `beyond` it, by their ids: on PostgreSQL lines may still appear before these.
    """

    transaction: int
    line: int
    noted_at: int  # microseconds since 1970: ids are given twice when a backup has been restored
    beyond: tuple[int, ...] = ()
    # Entries that their app failed to give, to be tried again.
    failed: tuple[str, ...] = ()


def position_row(position: Position) -> tantivy.Document:
    row = tantivy.Document()
    row.add_text("key", SEQUENCE_KEY)
    row.add_text("row", SEQUENCE)
    row.add_bytes(STATE_FIELD, json.dumps(asdict(position)).encode())
    return row


def read_position(searcher: tantivy.Searcher) -> Position | None:
    """The position of an index; None if it has none, or one of another version."""
    query = tantivy.Query.term_query(build_schema(), "key", SEQUENCE_KEY)
    for _score, address in searcher.search(query, limit=1).hits:
        try:
            state: dict[str, Any] = json.loads(bytes(searcher.doc(address)[STATE_FIELD][0]))
            beyond, failed = tuple(state.pop("beyond")), tuple(state.pop("failed"))
            return Position(**state, beyond=beyond, failed=failed)
        except (LookupError, TypeError, ValueError):
            return None
    return None
