"""Plans, their rows, bodies and letters beside what they have to do with: a document, an
organisation, a topic, a person, an event, a press release. All are read in one query, which is
written once for each of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any

from django.db import models
from django.db.models import (
    BooleanField,
    CharField,
    Count,
    F,
    IntegerField,
    OuterRef,
    Q,
    Subquery,
    Value,
)
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.html import format_html_join
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from council.models import (
    Activity,
    Body,
    BodyKind,
    DeadlineChange,
    Evidence,
    Letter,
    MemberRole,
    Membership,
    Moderation,
    Plan,
    Responsible,
    Signatory,
    Stage,
)
from council.models.bodies import SIGNED
from council.texts import title_of, words_of
from events.models import Event, PressRelease
from library.mentions import Mention, Mentions
from library.models import Document, Organisation, Person, Topic
from mrc_portal.languages import (
    LanguageVersion,
    Wording,
    columns_of,
    current_language,
    every_column,
)
from mrc_portal.prepared import Keys, Prepared
from mrc_portal.publishing import Publishable, User, may_see_drafts, status_line

# Of each kind; of rows more, as there is no list of them elsewhere.
MOST_MENTIONS = 8
MOST_ROWS = 30

# What every part has; a row, a stage, a seat or a signature has those of what it belongs to.
OF_RECORDS = [
    "slug",
    "original_language",
    "status",
    "publish_at",
    "is_demonstration",
    *every_column("ready", "title"),
]
# What only some have, and what stands there for the others.
NO_WORD = Value("", CharField())
NO_NUMBER = Value(0, IntegerField())
NO = Value(False, BooleanField())
WORDS = every_column("words")
OF_SOME: dict[str, Any] = {
    "short_id": NO_WORD,
    "kind": NO_WORD,
    "number": NO_WORD,
    "count": NO_NUMBER,
    "position": NO_NUMBER,
    "is_lost_before": NO,
    "is_lost_after": NO,
    **dict.fromkeys(WORDS, NO_WORD),
}


@dataclass(frozen=True)
class Part:
    """Rows that have to do with a record in one way."""

    name: str
    rows: Any
    record: str = ""  # where the plan, body or letter is that each belongs to
    own: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Line:
    """One mention before it is merged with others of the same thing."""

    record: Any  # the plan, body or letter that readers may see or not
    label: Wording
    url: str
    reasons: list[Wording | str | Promise]
    place: tuple[str, int, int] = ("", 0, 0)


def find_mentions(records: list[models.Model], user: User) -> list[Mentions]:
    """What has to do with these records of one model."""
    model = type(records[0])
    if model not in PARTS:
        return []
    keys = {"records": [record.pk for record in records]}
    if series := [it.series_id for it in records if isinstance(it, Event) and it.series_id]:
        keys["series"] = series
    sees_drafts = tuple(may_see_drafts(user, it) for it in (Plan, Body, Letter))
    lines: dict[str, list[Line]] = {group: [] for group in GROUPS}
    for name, *values in _parts_of.rows((model, sees_drafts), keys, timezone.now()):
        group, make = MAKE[name]
        columns = dict(zip([*OF_RECORDS, *OF_SOME], values, strict=True))
        lines[group].append(make(columns, records[0]))
    return [_group(group, lines[group]) for group in GROUPS]


def _select_parts(
    model: type[models.Model], sees_drafts: tuple[bool, ...], keys: Keys, moment: datetime
) -> models.QuerySet[Any, Any]:
    plans, bodies, letters = (
        it.objects.spoken_of(sees, moment)
        for it, sees in zip((Plan, Body, Letter), sees_drafts, strict=True)
    )
    first, *others = map(_select, PARTS[model](keys, plans, bodies, letters))
    return first.union(*others, all=True)


_parts_of = Prepared(_select_parts)


# What is about a record


def _of_document(keys: Keys, plans: Any, bodies: Any, letters: Any) -> Iterator[Part]:
    records = keys["records"]
    yield Part("source", plans.filter(source_document__in=records))
    yield _pending(plans, pending_on_document__in=records)
    yield _evidence(plans, document__in=records)
    moved = DeadlineChange.objects.filter(document__in=records)
    yield _rows("moved", plans, pk__in=moved.values("activity"))
    yield Part("answer", letters.filter(answer_document__in=records))


def _of_organisation(keys: Keys, plans: Any, bodies: Any, letters: Any) -> Iterator[Part]:
    records = keys["records"]
    yield _responsible(plans, records)
    yield _pending(plans, pending_on_organisation__in=records)
    yield Part("same", bodies.filter(organisation__in=records), own={"kind": "kind"})
    yield _members(bodies, organisation__in=records)
    yield _signed(letters, Q(person__isnull=True, organisation__in=records))


def _of_topic(keys: Keys, plans: Any, bodies: Any, letters: Any) -> Iterator[Part]:
    records = keys["records"]
    yield Part("plan_about", plans.filter(_in(Plan.topics.through, "plan", topic=records)))
    about = _in(Body.topics.through, "body", topic=records)
    yield Part("body_about", bodies.filter(about), own={"kind": "kind"})


def _of_person(keys: Keys, plans: Any, bodies: Any, letters: Any) -> Iterator[Part]:
    agreed = {"person__in": keys["records"], "consent_given_on__isnull": False}
    yield _members(bodies, **agreed)
    yield _signed(letters, Q(**agreed))


def _of_event(keys: Keys, plans: Any, bodies: Any, letters: Any) -> Iterator[Part]:
    records = keys["records"]
    yield Part("drawn_up", plans.filter(_in(Plan.events.through, "plan", event=records)))
    yield _rows("outcome", plans, origin_outcome__event__in=records)
    yield _evidence(plans, event__in=records)
    met = _in(Body.meetings.through, "body", event=records)
    if "series" in keys:
        met |= Q(series__in=keys["series"])
    yield Part("meeting", bodies.filter(met), own={"kind": "kind"})
    yield Part("discussed", letters.filter(event__in=records))


def _of_release(keys: Keys, plans: Any, bodies: Any, letters: Any) -> Iterator[Part]:
    yield _evidence(plans, release__in=keys["records"])


PARTS: dict[type[models.Model], Callable[[Keys, Any, Any, Any], Iterator[Part]]] = {
    Document: _of_document,
    Organisation: _of_organisation,
    Topic: _of_topic,
    Person: _of_person,
    Event: _of_event,
    PressRelease: _of_release,
}


def _in(through: Any, name: str, **condition: Sequence[int]) -> Q:
    """That a relation leads to one of these records; a record once, however often it does."""
    found = through._default_manager.filter(**{f"{it}__in": its for it, its in condition.items()})
    return Q(pk__in=found.values(name))


def _responsible(plans: Any, records: Sequence[int]) -> Part:
    """A line for each plan, with the number of rows."""
    named = (
        Responsible.objects.filter(organisation__in=records, activity__stage__plan=OuterRef("pk"))
        .order_by()
        .values("activity__stage__plan")
        .annotate(number=Count("pk"))
    )
    plans = plans.annotate(row_count=Subquery(named.values("number"))).filter(row_count__gt=0)
    return Part("responsible", plans, own={"count": "row_count"})


def _pending(plans: Any, **condition: Any) -> Part:
    stages = Stage.objects.filter(plan__in=plans.values("pk"), **condition)
    return Part("pending", stages, "plan__", {"count": "number"})


ROW_COLUMNS = {
    "short_id": "short_id",
    "number": "number",
    "count": "stage__number",
    "position": "position",
    "is_lost_before": "is_lost_before",
    "is_lost_after": "is_lost_after",
    **dict(zip(WORDS, every_column("title"), strict=True)),
}


def _rows(name: str, plans: Any, **condition: Any) -> Part:
    rows = Activity.objects.filter(stage__plan__in=plans.values("pk"), **condition)
    return Part(name, rows, "stage__plan__", ROW_COLUMNS)


def _evidence(plans: Any, **condition: Any) -> Part:
    """Of accepted reports: nobody but the editors knows of the others."""
    shown = Evidence.objects.filter(update__moderation=Moderation.ACCEPTED, **condition)
    return _rows("evidence", plans, pk__in=shown.values("update__activity"))


def _members(bodies: Any, **condition: Any) -> Part:
    seats = Membership.objects.filter(body__in=bodies.values("pk"), **condition)
    columns = {"kind": "role", **dict(zip(WORDS, every_column("office"), strict=True))}
    return Part("member", seats, "body__", columns)


def _signed(letters: Any, signed: Q) -> Part:
    signatures = Signatory.objects.filter(signed, letter__in=letters.values("pk"), state__in=SIGNED)
    return Part("signed", signatures, "letter__")


def _select(part: Part) -> Any:
    """The columns of all parts in their order, under numbers: a model may not lend a name to
    something else."""
    columns = [
        Value(part.name, CharField()),
        *(F(part.record + name) for name in OF_RECORDS),
        *(F(part.own[it]) if it in part.own else nothing for it, nothing in OF_SOME.items()),
    ]
    newest = part.rows.order_by("-pk").values("pk")[: MOST_ROWS + 1]
    numbered = {f"column_{number}": column for number, column in enumerate(columns)}
    return columns_of(part.rows.filter(pk__in=newest).annotate(**numbered), *numbered)


# As one line


def _make_plan(reason: str | Promise, columns: dict[str, Any], beside: Any) -> Line:
    plan = _record(Plan, columns)
    return Line(plan, _title(plan), plan.get_absolute_url(), [reason])


def _make_responsible(columns: dict[str, Any], beside: Organisation) -> Line:
    plan = _record(Plan, columns)
    count = columns["count"]
    # Translators: of an organisation; beside it stands the title of the plan.
    reason = ngettext("Responsible for %(count)s row", "Responsible for %(count)s rows", count)
    url = reverse("council:plan_organisation", args=[plan.slug, beside.slug])
    return Line(plan, _title(plan), url, [reason % {"count": count}])


def _make_stage(columns: dict[str, Any], beside: Any) -> Line:
    plan = _record(Plan, columns)
    stage = Stage(plan=plan, number=columns["count"])
    if isinstance(beside, Organisation):
        # Translators: said of an organisation; %(number)s is I, II or III.
        reason = _("Is to hand in what stage %(number)s still lacks")
    else:
        # Translators: %(number)s is I, II or III.
        reason = _("Stage %(number)s waits for this document")
    told = str(reason) % {"number": stage.roman}
    return Line(plan, _title(plan), stage.get_absolute_url(), [told], (plan.slug, stage.number, 0))


def _make_row(reason: Promise, columns: dict[str, Any], beside: Any) -> Line:
    plan = _record(Plan, columns)
    row = Activity(
        stage=Stage(plan=plan, number=columns["count"]),
        **{name: columns[name] for name in ("short_id", "is_lost_before", "is_lost_after")},
        **_named("title", columns),
    )
    title = title_of(_version(plan), row) or Wording(str(_("Lost rows")), current_language())
    place = (plan.slug, columns["count"], columns["position"])
    return Line(plan, title, row.get_absolute_url(), [_title(plan), reason], place)


def _make_body(reason: str | Promise, columns: dict[str, Any], beside: Any) -> Line:
    body = _record(Body, columns)
    kind = capfirst(BodyKind(columns["kind"]).label)
    return Line(body, _title(body), body.get_absolute_url(), [kind, reason])


def _make_member(columns: dict[str, Any], beside: Any) -> Line:
    body = _record(Body, columns)
    role = capfirst(MemberRole(columns["kind"]).label)
    office = words_of(_version(body), Membership(**_named("office", columns)), "office")
    return Line(body, _title(body), body.get_absolute_url(), [role, office])


def _make_letter(reason: Promise, columns: dict[str, Any], beside: Any) -> Line:
    letter = _record(Letter, columns)
    return Line(letter, _title(letter), letter.get_absolute_url(), [reason])


def _record(model: Any, columns: dict[str, Any]) -> Any:
    return model(**{name: columns[name] for name in OF_RECORDS})


def _named(field: str, columns: dict[str, Any]) -> dict[str, Any]:
    """The words of a part as the columns of a field."""
    return dict(zip(every_column(field), (columns[name] for name in WORDS), strict=True))


def _title(record: Publishable) -> Wording:
    version = _version(record)
    return Wording(version.title, version.language)


def _version(record: Publishable) -> LanguageVersion:
    return record.version_for(current_language(), with_drafts=not record.is_published)


PLANS, ROWS, BODIES, LETTERS = "plans", "rows", "bodies", "letters"
# The group of a part, and what makes a line of it.
MAKE: dict[str, tuple[str, Callable[[dict[str, Any], Any], Line]]] = {
    "source": (PLANS, partial(_make_plan, _("The plan is taken from this document"))),
    "drawn_up": (PLANS, partial(_make_plan, _("It was drawn up at this event"))),
    "plan_about": (PLANS, partial(_make_plan, "")),
    "responsible": (PLANS, _make_responsible),
    "pending": (PLANS, _make_stage),
    "outcome": (ROWS, partial(_make_row, _("It came up at this event"))),
    "evidence": (ROWS, partial(_make_row, _("This is evidence of a report"))),
    "moved": (ROWS, partial(_make_row, _("Its deadline was moved by this document"))),
    "same": (BODIES, partial(_make_body, _("The same body"))),
    "member": (BODIES, _make_member),
    "body_about": (BODIES, partial(_make_body, "")),
    "meeting": (BODIES, partial(_make_body, _("It met at this event"))),
    "answer": (LETTERS, partial(_make_letter, _("This is the answer to it"))),
    "discussed": (LETTERS, partial(_make_letter, _("It was discussed at this event"))),
    "signed": (LETTERS, partial(_make_letter, _("Signed it"))),
}
# Their headings, and where all of them are.
GROUPS = {
    PLANS: (_("Action plan"), "council:plan_list"),
    ROWS: (_("Rows of the action plan"), ""),
    BODIES: (_("Council and working groups"), "council:body_list"),
    LETTERS: (_("Letters"), "council:letter_list"),
}


def _group(name: str, found: list[Line]) -> Mentions:
    title, list_name = GROUPS[name]
    most = MOST_MENTIONS if list_name else MOST_ROWS
    mentions = _merged(found)
    is_cut = len(mentions) > most
    return Mentions(
        str(title),
        mentions[:most],
        more_url=reverse(list_name) if is_cut and list_name else "",
        remark="" if list_name or not is_cut else str(_("There are more; these are the newest.")),
    )


def _merged(lines: list[Line]) -> list[Mention]:
    """A thing once, with all the reasons why it stands here."""
    by_url: dict[str, list[Line]] = {}
    for line in sorted(lines, key=lambda line: (*line.place, str(line.label), line.url)):
        by_url.setdefault(line.url, []).append(line)
    return [_mention(same) for same in by_url.values()]


def _mention(lines: list[Line]) -> Mention:
    first = lines[0]
    reasons = list(dict.fromkeys(it for line in lines for it in line.reasons if it))
    if not first.record.is_published:  # what the staff see before readers do says so
        reasons.append(status_line(first.record))
    return Mention(
        label=first.label,
        url=first.url,
        note=format_html_join(" · ", "{}", ((reason,) for reason in reasons)),
        is_demonstration=first.record.is_demonstration,
    )
