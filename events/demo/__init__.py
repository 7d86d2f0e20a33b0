"""The demonstration of events, press and feedback: records from the TOML files beside this module.

What the sources tell is told in our own words and stays as incomplete as they are. What is invented
is marked as a demonstration record, and its days are counted from the day on which it is loaded, so
that the calendar is never empty. Records are found again by fixed permanent identifiers, as those
of library/demo are, on which these stand."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.db import transaction
from django.db.models import ProtectedError
from django.utils import timezone

from events.models import (
    AgendaItem,
    Boilerplate,
    BoilerplateVersion,
    Event,
    EventMaterial,
    EventOrganisation,
    EventOutcome,
    EventPerson,
    EventSeries,
    FeedbackReport,
    Happening,
    OpenAnswer,
    PressContact,
    PressRelease,
    Question,
    Questionnaire,
    ReleaseBoilerplate,
    Tally,
)
from events.models.feedback import ANSWERED
from events.press import delete_release, publish_release
from events.reports import make_report
from library.demo import Say, add_term, delete_if_unused, read_toml, short_id_for, texts_of
from library.files import remove_files_on_failure
from library.models import Country, Document, Organisation, Project, Topic
from mrc_portal.languages import LANGUAGE_CODES, localized
from mrc_portal.publishing import Publishable, Status, note_text_changes

FOLDER = Path(__file__).parent
CLOSING_TIME = datetime.time(18)
EVENT_FACTS = (
    "kind",
    "original_language",
    "start_time",
    "end_time",
    "happening",
    "date_as_written",
    "date_as_written_language",
    "participant_count",
    "online_url",
)


@dataclass
class Loaded:
    """What a load has added; all zero when everything was there before."""

    events: int = 0
    releases: int = 0
    letterheads: int = 0
    others: int = 0
    skipped: list[str] = field(default_factory=list)


def load(say: Say = lambda line: None) -> Loaded:
    """Add what is missing, once the demonstration library is there. Safe to repeat, and after a
    break-off."""
    loaded = Loaded()
    _load_vocabulary(loaded)
    for row in _event_rows():
        if is_to_load(Event, row, loaded.skipped, say):
            _load_event(row)
            loaded.events += 1
    for row in _release_rows():
        if is_to_load(PressRelease, row, loaded.skipped, say):
            loaded.letterheads += _load_release(row)
            loaded.releases += 1
    return loaded


def remove(say: Say = lambda line: None) -> int:
    """Take away the demonstration records, and what stood there only for them."""
    removed = 0
    for row in _release_rows():
        release = PressRelease.objects.filter(short_id=short_id_for(row["slug"])).first()
        if release is not None:
            delete_release(release)
            say(release.slug)
            removed += 1
    for row in reversed(_event_rows()):
        event = Event.objects.filter(short_id=short_id_for(row["slug"])).first()
        if event is None:
            continue
        try:
            _delete_event(event)
        except ProtectedError:
            say(f"{event.slug}: an editor’s own record needs it; left alone.")
            continue
        say(event.slug)
        removed += 1
    _remove_vocabulary()
    return removed


def _event_rows() -> list[dict[str, Any]]:
    return [read_toml(path) for path in sorted(FOLDER.glob("events/*.toml"))]


def _release_rows() -> list[dict[str, Any]]:
    return [read_toml(path) for path in sorted(FOLDER.glob("releases/*.toml"))]


def is_to_load(model: type[Publishable], row: dict[str, Any], skipped: list[str], say: Say) -> bool:
    """Whether the record is missing; what stands in its way is noted among the skipped."""
    if model._default_manager.filter(short_id=short_id_for(row["slug"])).exists():
        return False
    if model._default_manager.filter(slug=row["slug"]).exists():
        skipped.append(row["slug"])  # an editor's own record has this address
        return False
    say(row["slug"])
    return True


def texts_in(row: dict[str, Any]) -> dict[str, str]:
    """The columns of all translated texts of a row: each stands in a table of its own."""
    columns: dict[str, str] = {}
    for name, table in row.items():
        if isinstance(table, dict) and set(table) <= set(LANGUAGE_CODES):
            columns |= texts_of(name, table)
    return columns


def day_from_today(days: int) -> datetime.date:
    """So many days from today."""
    return timezone.localdate() + datetime.timedelta(days=days)


# Organisations, series, standing texts


def _load_vocabulary(loaded: Loaded) -> None:
    with transaction.atomic():
        for row in read_toml(FOLDER / "organisations.toml")["organisation"]:
            country = Country.objects.get(code=row["country"])
            loaded.others += add_term(Organisation, row, country=country)
        for row in read_toml(FOLDER / "series.toml")["series"]:
            loaded.others += add_term(EventSeries, row)


def _remove_vocabulary() -> None:
    for row in read_toml(FOLDER / "series.toml")["series"]:
        delete_if_unused(EventSeries, row["slug"])
    for standing in map(_find_boilerplate, read_toml(FOLDER / "standing_texts.toml")["text"]):
        if standing is not None and not standing.release_rows.exists():
            standing.delete()
    for row in _release_rows():
        contact = _find_contact(row["contact"])
        if contact is not None and not contact.releases.exists():
            contact.delete()
    for row in read_toml(FOLDER / "organisations.toml")["organisation"]:
        delete_if_unused(Organisation, row["slug"])


def _find_boilerplate(row: dict[str, Any]) -> Boilerplate | None:
    return Boilerplate.objects.filter(
        heading_ru=row["heading"]["ru"],
        organisation__slug=row.get("organisation"),
        project__slug=row.get("project"),
    ).first()


def _get_boilerplate(row: dict[str, Any]) -> Boilerplate:
    if (found := _find_boilerplate(row)) is not None:
        return found
    standing = Boilerplate(
        organisation=find_organisation(row.get("organisation")),
        project=_project(row.get("project")),
        **texts_of("heading", row["heading"]),
    )
    standing.full_clean()
    standing.save()
    texts = texts_of("heading", row["heading"]) | texts_of("text", row["text"])
    version = BoilerplateVersion(boilerplate=standing, number=1, **texts)
    version.full_clean()
    version.save()
    return standing


def _find_contact(row: dict[str, Any]) -> PressContact | None:
    return PressContact.objects.filter(
        role_ru=row["role"]["ru"], organisation__slug=row["organisation"]
    ).first()


def _get_contact(row: dict[str, Any]) -> PressContact:
    contact = _find_contact(row)
    if contact is None:
        contact = PressContact(
            organisation=find_organisation(row["organisation"]), **texts_of("role", row["role"])
        )
        contact.full_clean()
        contact.save()
    return contact


def find_organisation(slug: str | None) -> Organisation | None:
    return Organisation.objects.get(slug=slug) if slug else None


def _project(slug: str | None) -> Project | None:
    return Project.objects.get(slug=slug) if slug else None


def find_document(slug: str | None) -> Document | None:
    """None when an editor's own record stands in the way of the demonstration's."""
    return Document.objects.filter(short_id=short_id_for(slug)).first() if slug else None


def prepare(record: Publishable, row: dict[str, Any]) -> None:
    """What every publishable record of the demonstration has in common, unsaved."""
    record.short_id = short_id_for(row["slug"])
    record.slug = row["slug"]
    for code in row.get("ready", LANGUAGE_CODES):
        setattr(record, localized("ready", code), True)
    written = [code for code in LANGUAGE_CODES if getattr(record, localized("title", code))]
    note_text_changes(record, [localized("title", code) for code in written])


# Events


@transaction.atomic
def _load_event(row: dict[str, Any]) -> None:
    event = Event(
        **{name: row[name] for name in EVENT_FACTS if name in row},
        **texts_in(row),
        date_precision=row.get("precision", "day"),
        project=_project(row.get("project")),
        series=EventSeries.objects.filter(slug=row.get("series", "")).first(),
        feedback_document=find_document(row.get("feedback_document")),
        is_demonstration=row.get("demonstration", False),
    )
    if "previous" in row:
        event.previous = Event.objects.filter(short_id=short_id_for(row["previous"])).first()
    prepare(event, row)
    event.status, event.publish_at = Status.PUBLISHED, timezone.now()
    if "formerly_in_days" in row:
        _save_with_former_days(event, row)
    _set_days(event, row)
    event.full_clean()
    event.save()
    event.topics.set(Topic.objects.filter(slug__in=row.get("topics", [])))
    _add_parts(event, row)
    if "questionnaire" in row:
        _add_questionnaire(event, row["questionnaire"])


def _set_days(event: Event, row: dict[str, Any]) -> None:
    if "day" in row:
        event.starts_on = row["day"]
    elif "in_days" in row:
        event.starts_on = day_from_today(row["in_days"])
        event.ends_on = day_from_today(row.get("last_in_days", row["in_days"]))


def _save_with_former_days(event: Event, row: dict[str, Any]) -> None:
    """Postponed as an editor does it: announced first, moved then."""
    event.starts_on = day_from_today(row["formerly_in_days"])
    event.ends_on = day_from_today(row["formerly_last_in_days"])
    event.happening = Happening.PLANNED
    event.full_clean()
    event.save()
    event.happening = Happening(row["happening"])


def _add_parts(event: Event, row: dict[str, Any]) -> None:
    parts: list[Any] = [
        EventOrganisation(role=part["role"], organisation=find_organisation(part["slug"]))
        for part in row.get("organisation", [])
    ]
    parts += [EventPerson(role=part["role"], **texts_in(part)) for part in row.get("person", [])]
    parts += [
        AgendaItem(
            level=part.get("level", 1),
            starts_on=day_from_today(part["in_days"]) if "in_days" in part else None,
            start_time=part.get("start"),
            end_time=part.get("end"),
            **texts_in(part),
        )
        for part in row.get("agenda", [])
    ]
    parts += [
        EventMaterial(
            document=find_document(part.get("document")),
            promised_by=find_organisation(part.get("promised_by")),
            **texts_in(part),
        )
        for part in row.get("material", [])
        if "title" in part or find_document(part["document"]) is not None
    ]
    parts += [
        EventOutcome(
            kind=part["kind"],
            responsible_organisation=find_organisation(part.get("organisation")),
            **texts_in(part),
        )
        for part in row.get("outcome", [])
    ]
    for position, part in enumerate(parts, start=1):
        part.event, part.position = event, position
        part.full_clean()
        part.save()


@transaction.atomic
def _delete_event(event: Event) -> None:
    """With the demonstration's questionnaire; one that an editor has added holds the event."""
    for questionnaire in Questionnaire.objects.filter(event=event, is_demonstration=True):
        FeedbackReport.objects.filter(questionnaire=questionnaire).delete()
        questionnaire.delete()
    event.delete()


# Feedback


def _add_questionnaire(event: Event, row: dict[str, Any]) -> None:
    """With its answers and its report, if it is closed by now."""
    opens_at = timezone.localtime() + datetime.timedelta(days=row["opens_in_days"])
    questionnaire = Questionnaire(
        event=event,
        opens_at=opens_at.replace(second=0, microsecond=0),
        closes_at=timezone.make_aware(
            datetime.datetime.combine(day_from_today(row["closes_in_days"]), CLOSING_TIME)
        ),
        is_demonstration=True,
        **texts_in(row),
    )
    questionnaire.full_clean()
    questionnaire.save()
    for position, part in enumerate(row["question"], start=1):
        question = Question(
            questionnaire=questionnaire,
            position=position,
            kind=part["kind"],
            band_starts=part.get("bands", ""),
            is_required=part.get("is_required", False),
            **texts_in(part),
        )
        question.full_clean()
        question.save()
        _add_answers(question, part)
    # Only now: after the first answer nothing can be asked any more.
    questionnaire.form_count = row.get("form_count", 0)
    questionnaire.save()
    if questionnaire.has_closed:
        make_report(questionnaire, None)


def _add_answers(question: Question, part: dict[str, Any]) -> None:
    answers = part.get("answers", [])
    counts = dict(enumerate(part.get("counts", [])))
    if counts or answers:
        counts[ANSWERED] = part.get("answered", len(answers))
    Tally.objects.bulk_create(
        Tally(question=question, cell=cell, count=count) for cell, count in counts.items()
    )
    OpenAnswer.objects.bulk_create(OpenAnswer(question=question, text=text) for text in answers)


# Press releases


def _load_release(row: dict[str, Any]) -> int:
    """Hand it in for review as an author does, then publish it; returns how many PDFs there are."""
    with remove_files_on_failure(), transaction.atomic():
        release = PressRelease(
            original_language=row["original_language"],
            dateline_on=row.get("dateline_on") or day_from_today(row["dateline_in_days"]),
            first_issued_on=row.get("first_issued_on"),
            project=_project(row.get("project")),
            contact=_get_contact(row["contact"]),
            is_demonstration=row.get("demonstration", False),
            status=Status.IN_REVIEW,
            **texts_in(row),
        )
        prepare(release, row)
        release.full_clean()
        release.save()
        release.organisations.set(Organisation.objects.filter(slug__in=row["organisations"]))
        release.events.set(Event.objects.filter(short_id__in=map(short_id_for, row["events"])))
        documents = [find_document(slug) for slug in row["documents"]]
        release.documents.set(document for document in documents if document is not None)
        release.topics.set(Topic.objects.filter(slug__in=row["topics"]))
        for position, standing in enumerate(_standing_texts(row.get("standing_texts", [])), 1):
            ReleaseBoilerplate.objects.create(
                release=release, boilerplate=standing, position=position
            )
        if row["status"] == Status.PUBLISHED:
            publish_release(release, None)
        return release.letterheads.count()


def _standing_texts(keys: list[str]) -> Iterator[Boilerplate]:
    rows = {row["key"]: row for row in read_toml(FOLDER / "standing_texts.toml")["text"]}
    return (_get_boilerplate(rows[key]) for key in keys)
