"""Keeps the datestamps by which harvesters ask for what is new.

Nothing has to remember to set them. Every change of what a record is made of leaves a line in the
outbox of mrc_portal/search, written in the transaction of the change; each request of a harvester
first applies the lines that are new, as a search index does. A datestamp is thus given after the
change was committed, never before a moment up to which a harvester has been answered already:
however long a transaction takes, none of its changes is missed. A record whose content is the same
as before, as its digest tells, keeps its datestamp.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils import timezone
from lxml import etree

from library.formats import mods
from library.models import Document, DocumentRelation, TopicTree
from library.models.harvest import OaiItem, OaiProgress
from library.oai.sets import KIND, LANGUAGE, as_text, sets_of
from library.records import Record, record_of, with_everything
from library.search import KEY
from mrc_portal.languages import LANGUAGE_CODES, localized
from mrc_portal.publishing import Status
from mrc_portal.search import outbox, split_key
from mrc_portal.search.positions import Position

DOCUMENTS_AT_ONCE = 100  # in one transaction, for which others may have to wait
# A harvester is told to come again rather than kept waiting: proxies give up, too.
MOST_SECONDS = 15


class StillCatchingUp(Exception):
    """There is more to compare than one request should take; each request gets further."""


def catch_up() -> datetime:
    """Take up all changes that have been committed, and return the moment up to which the items are
    complete. Raises StillCatchingUp."""
    give_up_at = time.monotonic() + MOST_SECONDS
    while True:
        now = timezone.now()  # before looking: what is committed later gets a later datestamp
        if not _is_behind(now):
            return now
        _take_step()
        if time.monotonic() > give_up_at:
            raise StillCatchingUp


def _is_behind(now: datetime) -> bool:
    progress = OaiProgress.objects.first()
    if progress is None or progress.position is None or progress.compared_to is not None:
        return True
    position = _position(progress)
    try:
        outbox.check_position(position)
        return outbox.has_lines(position) or _come_by_the_clock(progress, now).exists()
    except outbox.PositionLost:
        return True


def _position(progress: OaiProgress) -> Position:
    state: Any = progress.position
    return Position(**state | {"beyond": tuple(state["beyond"]), "failed": ()})


def _come_by_the_clock(progress: OaiProgress, now: datetime) -> Any:
    """Items that nothing but the hour has made public since."""
    return OaiItem.objects.filter(datestamp__gt=progress.caught_up_at, datestamp__lte=now)


def _take_step() -> None:
    """Bring some items up to date, one process after the other."""
    OaiProgress.objects.get_or_create(pk=1)
    with transaction.atomic():
        progress = OaiProgress.objects.select_for_update().get(pk=1)
        try:
            _apply_step(progress)
        except outbox.PositionLost:
            progress.position = None
        progress.save()


def _apply_step(progress: OaiProgress) -> None:
    if progress.position is None:
        progress.position = asdict(outbox.last_position())
        progress.compared_to = 0
    elif progress.compared_to is not None:
        pks = _next_pks(progress.compared_to)
        _refresh(pks, _next_moment(progress), is_first=progress.is_first)
        progress.compared_to = pks[-1] if pks else None
        progress.is_first = progress.is_first and bool(pks)
    else:
        position = _position(progress)
        outbox.check_position(position)
        batch = outbox.read_lines(position, DOCUMENTS_AT_ONCE)
        changed = {split_key(key)[1] for key in batch.keys if key.startswith(f"{KEY}-")}
        come = _come_by_the_clock(progress, timezone.now())
        changed |= set(come.values_list("document_pk", flat=True))
        # A document says which others it relates to, as long as these are public.
        related = DocumentRelation.objects.filter(target__in=changed)
        changed |= set(related.values_list("document", flat=True))
        # Only now, after the lines were read: whoever did not see them was answered before.
        _refresh(sorted(changed), _next_moment(progress))
        progress.position = asdict(batch.position)


def _next_moment(progress: OaiProgress) -> datetime:
    """Now, and never the same twice, not even when a clock was put back."""
    now = timezone.now()
    if progress.caught_up_at:
        now = max(now, progress.caught_up_at + timedelta(microseconds=1))
    progress.caught_up_at = now
    return now


def _next_pks(after: int) -> list[int]:
    """The next documents to compare: those there are, and those there were."""
    there_are = Document.objects.filter(pk__gt=after).order_by("pk")
    there_were = OaiItem.objects.filter(document_pk__gt=after).order_by("document_pk")
    gone = _once_public().filter(id__gt=after).order_by("id")
    found = {
        *there_are.values_list("pk", flat=True)[:DOCUMENTS_AT_ONCE],
        *there_were.values_list("document_pk", flat=True)[:DOCUMENTS_AT_ONCE],
        *gone.values_list("id", flat=True).distinct()[:DOCUMENTS_AT_ONCE],
    }
    return sorted(found)[:DOCUMENTS_AT_ONCE]


def _once_public() -> Any:
    """Versions in the history that readers could open."""
    history: Any = Document.history  # type: ignore[attr-defined]
    return history.filter(status=Status.PUBLISHED, publish_at__lte=F("history_date"))


def _refresh(pks: Iterable[int], now: datetime, *, is_first: bool = False) -> None:
    documents = with_everything(Document.objects.all()).in_bulk(pks)
    items = _items_of(pks, documents)
    tree = TopicTree()
    changed, unknown, never_told = [], [], []
    for pk in pks:
        document, item = documents.get(pk), items.get(pk)
        if document is not None and document.status == Status.PUBLISHED:
            changed.append(_told(document, item, tree, now, is_first=is_first))
        elif item is None:
            unknown.append(pk)
        elif item.datestamp > now:
            never_told.append(item.pk)  # it was to come, and nobody has heard of it
        elif not item.is_deleted:
            item.is_deleted, item.datestamp, item.digest = True, now, ""
            changed.append(item)
    changed += _gone_before(unknown, documents, tree, now, is_first=is_first)
    OaiItem.objects.filter(pk__in=never_told).delete()
    _save([it for it in changed if it])


def _items_of(pks: Iterable[int], documents: dict[int, Document]) -> dict[int, OaiItem]:
    """By document. One that was deleted and brought back under its permanent address, as the
    demonstration and imports do, goes on with its item."""
    items = {it.document_pk: it for it in OaiItem.objects.filter(document_pk__in=pks)}
    returned = {it.short_id: pk for pk, it in documents.items() if pk not in items}
    for item in OaiItem.objects.filter(short_id__in=returned):
        items.pop(item.document_pk, None)
        item.document_pk = returned[item.short_id]
        items[item.document_pk] = item
    return items


def _save(items: list[OaiItem]) -> None:
    fields = ["document_pk", "short_id", "datestamp", "digest", "sets", "is_deleted"]
    OaiItem.objects.bulk_create([it for it in items if it.pk is None])
    OaiItem.objects.bulk_update([it for it in items if it.pk is not None], fields)


def _told(
    document: Document, item: OaiItem | None, tree: TopicTree, now: datetime, *, is_first: bool
) -> OaiItem | None:
    """The item with a new datestamp if anything in the record has changed."""
    assert document.publish_at is not None
    sets = as_text(sets_of(document, tree))
    digest = _digest(document, sets)
    item = item or OaiItem(document_pk=document.pk)
    is_same = item.pk is not None and not item.is_deleted and item.digest == digest
    is_to_come = document.publish_at > now
    if is_same and (item.datestamp == document.publish_at if is_to_come else item.datestamp <= now):
        return None
    if is_to_come:
        item.datestamp = document.publish_at
    elif is_first:  # nobody was told anything: what the document says of itself is precise enough
        item.datestamp = min(max(document.changed_at, document.publish_at), now)
    else:
        item.datestamp = now
    item.short_id = document.short_id
    item.digest, item.sets, item.is_deleted = digest, sets, False
    return item


def _gone_before(
    pks: Iterable[int],
    documents: dict[int, Document],
    tree: TopicTree,
    now: datetime,
    *,
    is_first: bool,
) -> Iterator[OaiItem]:
    """Items for documents that were public, and gone before any harvester came."""
    versions = {it.id: it for it in _once_public().filter(id__in=pks).order_by("history_id")}
    short_ids = [it.short_id for it in versions.values()]
    in_use = {
        *Document.objects.filter(short_id__in=short_ids).values_list("short_id", flat=True),
        *OaiItem.objects.filter(short_id__in=short_ids).values_list("short_id", flat=True),
    }
    for pk in pks:
        document, version = documents.get(pk), versions.get(pk)
        if document is not None and document.is_withdrawn and document.was_public:
            assert document.withdrawn_at is not None
            short_id, gone_at = document.short_id, document.withdrawn_at
            sets = sets_of(document, tree)
        elif version is not None and (document or version.short_id not in in_use):
            in_use.add(version.short_id)
            short_id, gone_at = version.short_id, version.history_date
            # Its topics are not asked: nobody has it by a topic.
            sets = [f"{KIND}:{version.kind}"]
            ready = [code for code in LANGUAGE_CODES if getattr(version, localized("ready", code))]
            sets += [f"{LANGUAGE}:{code}" for code in ready]
        else:
            continue
        yield OaiItem(
            document_pk=pk,
            short_id=short_id,
            datestamp=min(gone_at, now) if is_first else now,
            sets=as_text(sets),
            is_deleted=True,
        )


def _digest(document: Document, sets: str) -> str:
    """Of the MODS record: there is nothing in the other format that it does not say."""
    element = mods.element(harvested_record(document, ""))
    return sha256(sets.encode() + etree.tostring(element)).hexdigest()


def harvested_record(document: Document, site: str) -> Record:
    """The record as harvesters get it: described in the language of the original first."""
    return record_of(document, document.original_language, site)
