"""Events and press releases in the JSON API."""

from __future__ import annotations

from typing import Any

from django.db.models import Prefetch, QuerySet
from django.utils.translation import gettext_lazy as _

from events.facets import FACETS, chosen_events
from events.models import (
    Event,
    EventKind,
    EventOrganisation,
    Happening,
    PressRelease,
    PressReleaseQuerySet,
)
from events.models.events import EVENT_TEXTS, DatePrecision, OrganisationRole
from events.models.press import DOCUMENT_LINES, RELEASE_TEXTS
from events.press_listing import PressFilter
from library.api import NAMED_BY_KEY
from library.facets import LANGUAGE_OF, YEAR
from library.formats.portal_json import names
from library.models import Document
from mrc_portal.api import Asked, of_queryset
from mrc_portal.api.bodies import iso, publishable, texts
from mrc_portal.api.schemas import (
    DAY,
    NUMBER,
    PUBLISHABLE,
    TEXT,
    TEXTS,
    URL,
    described,
    item,
    many,
    one_of,
    or_null,
)
from mrc_portal.publishing import Publishable

TIME = described(TEXT, "Bishkek time: 10:00:00.")
LINKED = item(url=URL, title=TEXTS)
EVENT = item(
    **PUBLISHABLE,
    **dict.fromkeys(EVENT_TEXTS, TEXTS),
    kind=one_of(EventKind.values),
    happening=one_of(Happening.values),
    happening_reason=described(TEXTS, "Why it is postponed or cancelled."),
    date_precision=one_of(DatePrecision.values),
    starts_on=or_null(DAY),
    ends_on=or_null(DAY),
    start_time=or_null(TIME),
    end_time=or_null(TIME),
    participant_count=or_null(NUMBER),
    organisations=many(
        item(role=one_of(OrganisationRole.values), key=TEXT, name=TEXTS),
    ),
    topics=many(NAMED_BY_KEY),
    project=or_null(TEXT),
)
RELEASE = item(
    **PUBLISHABLE,
    **dict.fromkeys(RELEASE_TEXTS, TEXTS),
    dateline_on=or_null(DAY),
    issued_on=described(DAY, "The day on which it went to the press."),
    organisations=many(NAMED_BY_KEY),
    topics=many(NAMED_BY_KEY),
    project=or_null(TEXT),
    events=many(LINKED),
    documents=many(LINKED),
    corrections=many(item(made_on=DAY, text=TEXTS)),
)


def _events(asked: Asked) -> QuerySet[Event]:
    return chosen_events(Event.objects.published(), asked.values)


def _with_names(events: QuerySet[Event]) -> QuerySet[Event]:
    organisations = EventOrganisation.objects.select_related("organisation")
    return events.select_related("project").prefetch_related(
        Prefetch("organisations", queryset=organisations), "topics"
    )


def _event(event: Event, asked: Asked) -> dict[str, Any]:
    ready = event.ready_languages
    return {
        **publishable(event, asked.site),
        **{field: texts(event, field, ready) for field in EVENT_TEXTS},
        "kind": event.kind,
        "happening": event.happening,
        # What was written of a postponement long ago is no news once the event takes place.
        "happening_reason": texts(event, "happening_reason", ready) if event.is_off else {},
        "date_precision": event.date_precision,
        "starts_on": iso(event.starts_on),
        "ends_on": iso(event.ends_on),
        "start_time": iso(event.start_time),
        "end_time": iso(event.end_time),
        "participant_count": event.participant_count,
        "organisations": [
            {"role": it.role, **_named(it.organisation)} for it in event.organisations.all()
        ],
        "topics": [_named(it) for it in event.topics.all()],
        "project": event.project.slug if event.project else None,
    }


def _releases(asked: Asked) -> PressReleaseQuerySet:
    return PressFilter(asked.data).apply(PressRelease.objects.published())


def _with_links(releases: PressReleaseQuerySet) -> QuerySet[PressRelease]:
    """In six queries, with what readers may open of what it names."""
    documents = Document.objects.published().only(*DOCUMENT_LINES, "short_id").order_by("pk")
    return releases.select_related("project").prefetch_related(
        Prefetch("events", Event.objects.published().for_lines().order_by("pk"), "public_events"),
        Prefetch("documents", documents, "public_documents"),
        "organisations",
        "topics",
        "changes",
    )


def _release(release: PressRelease, asked: Asked) -> dict[str, Any]:
    ready = release.ready_languages
    return {
        **publishable(release, asked.site),
        **{field: texts(release, field, ready) for field in RELEASE_TEXTS},
        "dateline_on": iso(release.dateline_on),
        "issued_on": iso(release.issued_on),
        "organisations": [_named(it) for it in release.organisations.all()],
        "topics": [_named(it) for it in release.topics.all()],
        "project": release.project.slug if release.project else None,
        "events": [_linked(it, asked) for it in release.public_events],
        "documents": [_linked(it, asked) for it in release.public_documents],
        "corrections": [
            {"made_on": iso(it.made_on), "text": texts(it, "text", ready)}
            for it in release.changes.all()
        ],
    }


def _named(row: Any) -> dict[str, Any]:
    return {"key": row.slug, "name": names(row, "name")}


def _linked(record: Publishable, asked: Asked) -> dict[str, Any]:
    url = asked.site + record.get_permanent_path()  # type: ignore[attr-defined]
    return {"url": url, "title": texts(record, "title", record.ready_languages)}


RESOURCES = [
    of_queryset(
        path="events",
        label=_("Events"),
        about="Events, those announced last first.",
        name="Event",
        schema=EVENT,
        records=_events,
        prepare=_with_names,
        describe=_event,
        parameters=tuple(facet.parameter for facet in FACETS),
    ),
    of_queryset(
        path="releases",
        label=_("Press releases"),
        about="Press releases, those published last first.",
        name="Release",
        schema=RELEASE,
        records=_releases,
        prepare=_with_links,
        describe=_release,
        parameters=(YEAR, LANGUAGE_OF),
    ),
]
