"""What the search of the whole portal lists of plans, their rows, bodies and letters. All four are
loaded in one query."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from django.db import models
from django.db.models import (
    BooleanField,
    CharField,
    DateField,
    DateTimeField,
    F,
    IntegerField,
    OuterRef,
    Q,
    Subquery,
    Value,
)
from django.db.models.functions import Cast, Coalesce
from django.utils.translation import gettext_lazy as _

from council.models import Activity, Body, Letter, Plan, ProgressUpdate, RowKind, Stage
from council.search import BODY, COUNCIL, LETTER, PLAN, PLANS, ROW
from council.texts import public_languages, title_of
from library.filters import with_below
from library.listing import UNDATED
from mrc_portal import search
from mrc_portal.feeds import FeedEntry, demonstration_mark, publishable_entry
from mrc_portal.filters import MOST_WORDS, in_languages, with_words
from mrc_portal.languages import LANGUAGE_CODES, columns_of, every_column, localized
from mrc_portal.site_search import Name, Room

# What every kind has; of a row they are those of its plan.
OF_RECORDS = [
    "slug",
    "original_language",
    "status",
    "publish_at",
    "is_demonstration",
    *every_column("ready", "title"),
]
# What only some have, under the name that it has there, and what stands there for the others.
NO_WORD = Value("", CharField())
NO_DAY = Cast(Value(None), DateField())
NO_MOMENT = Cast(Value(None), DateTimeField())
OF_SOME: dict[str, Any] = {
    **dict.fromkeys(every_column("summary"), NO_WORD),
    **dict.fromkeys(["starts_on", "ends_on", "tracking_ended_on"], NO_DAY),
    **dict.fromkeys(["sent_on", "answered_on"], NO_DAY),
    **dict.fromkeys(["kind", "existence", "state", "short_id", "number"], NO_WORD),
    **dict.fromkeys(["is_lost_before", "is_lost_after"], Value(False, BooleanField())),
    "stage__number": Value(0, IntegerField()),
    **dict.fromkeys(["created_at", "changed_at"], NO_MOMENT),
}
WORDS_OF_ROWS = every_column("title", "timeline_text")
COLUMNS = [*OF_RECORDS, *OF_SOME, *WORDS_OF_ROWS]

SUMMARY = every_column("summary")
OF_ALL = ["short_id", "created_at", "changed_at"]  # of a row its own, not those of its plan
OF_PLANS = [*OF_ALL, *SUMMARY, "starts_on", "ends_on", "tracking_ended_on"]
OF_ROWS = [*OF_ALL, "kind", "number", "is_lost_before", "is_lost_after", "stage__number"]
OF_BODIES = [*OF_ALL, *SUMMARY, "kind", "existence"]
OF_LETTERS = [*OF_ALL, *SUMMARY, "state", "sent_on", "answered_on"]


def public_records(names: Collection[Name]) -> dict[Name, Any]:
    """Those of the records that readers may see now, with all that a row of the list shows."""
    wanted: dict[str, list[int]] = {}
    for kind, pk in names:
        wanted.setdefault(kind, []).append(pk)
    return read_records(wanted)


def read_records(
    wanted: Mapping[str, Collection[int] | models.QuerySet[Any, Any]],
) -> dict[Name, Any]:
    """The same for records by their kinds; a queryset of keys costs no query of its own."""
    parts = [SELECT[kind](pks) for kind, pks in wanted.items()]
    found = {}
    for kind, pk, *values in parts[0].union(*parts[1:], all=True):
        shared = dict(zip(OF_RECORDS, values, strict=False))
        rest = values[len(OF_RECORDS) :]
        own = dict(zip(OF_SOME, rest, strict=False))
        words = dict(zip(WORDS_OF_ROWS, rest[len(OF_SOME) :], strict=True))
        found[kind, pk] = MAKE[kind](pk, shared, own, words)
    return found


def _select(kind: str, records: Any, of_record: str = "", own: Iterable[str] = ()) -> Any:
    """The columns of all kinds in their order, under numbers: a model may not lend a name to
    something else. `of_record` leads to the columns of the plan."""
    columns = [
        Value(kind, CharField()),
        F("pk"),
        *(F(of_record + name) for name in OF_RECORDS),
        *(F(name) if name in own else nothing for name, nothing in OF_SOME.items()),
        *(F(name) if kind == ROW else NO_WORD for name in WORDS_OF_ROWS),
    ]
    numbered = {f"column_{number}": column for number, column in enumerate(columns)}
    return columns_of(records.annotate(**numbered), *numbered)


SELECT = {
    PLAN: lambda pks: _select(PLAN, Plan.objects.published().filter(pk__in=pks), own=OF_PLANS),
    ROW: lambda pks: _select(ROW, public_rows().filter(pk__in=pks), "stage__plan__", OF_ROWS),
    BODY: lambda pks: _select(BODY, Body.objects.published().filter(pk__in=pks), own=OF_BODIES),
    LETTER: lambda pks: _select(
        LETTER, Letter.objects.published().filter(pk__in=pks), own=OF_LETTERS
    ),
}


def _make_row(
    pk: int, shared: dict[str, Any], own: dict[str, Any], words: dict[str, Any]
) -> Activity:
    stage = Stage(number=own["stage__number"], plan=Plan(**shared))
    columns = {name: own[name] for name in OF_ROWS if name != "stage__number"}
    return Activity(pk=pk, stage=stage, **columns, **words)


MAKE = {
    PLAN: lambda pk, shared, own, words: Plan(pk=pk, **shared, **_of(own, OF_PLANS)),
    ROW: _make_row,
    BODY: lambda pk, shared, own, words: Body(pk=pk, **shared, **_of(own, OF_BODIES)),
    LETTER: lambda pk, shared, own, words: Letter(pk=pk, **shared, **_of(own, OF_LETTERS)),
}


def _of(columns: dict[str, Any], names: list[str]) -> dict[str, Any]:
    return {name: columns[name] for name in names}


def public_rows() -> models.QuerySet[Activity]:
    """Rows with a page and words of their own, of public plans."""
    plans = Plan.objects.published()
    return Activity.objects.filter(stage__plan__in=plans.values("pk")).exclude(kind=RowKind.GAP)


def as_found(hit: search.Hit, row: Activity) -> search.Hit:
    """Without passages in a language that is not public: what they say may be a draft by now."""
    public = public_languages(row.stage.plan)
    return replace(hit, snippets=tuple(it for it in hit.snippets if it.language in public))


# What the database finds while the index is away


def find_plans(words: str, chosen: Mapping[str, tuple[str, ...]]) -> models.QuerySet[Any]:
    plans = _narrowed(Plan.objects.published(), words, chosen, "topics")
    plans = _in_years(plans, chosen, "starts_on", "ends_on")
    return plans.annotate(day=Coalesce("starts_on", UNDATED))


def find_rows(words: str, chosen: Mapping[str, tuple[str, ...]]) -> models.QuerySet[Any]:
    """By what is to be done. Their day is that of the last report."""
    rows = public_rows()
    for word in words.replace("\x00", " ").split()[:MOST_WORDS]:
        found = Q()
        for code in LANGUAGE_CODES:
            found |= _is_public_in(code) & Q(**{localized("title", code) + "__matches": word})
        rows = rows.filter(found)
    if languages := chosen.get("language"):
        worded = Q()
        for code in languages:
            worded |= _is_public_in(code) & Q(**{localized("title", code) + "__gt": ""})
        rows = rows.filter(worded)
    reported = (
        ProgressUpdate.objects.accepted().filter(activity=OuterRef("pk")).order_by("-as_of", "-pk")
    )
    rows = _in_years(_about(rows, chosen, "stage__plan__topics"), chosen, "earliest", "latest")
    return rows.annotate(day=Coalesce(Subquery(reported.values("as_of")[:1]), UNDATED))


def _is_public_in(language: str) -> Q:
    """Whether words of rows are public in a language. Agrees with public_languages()."""
    ready = Q(**{"stage__plan__" + localized("ready", language): True})
    return ready | Q(stage__plan__original_language=language)


def find_bodies(words: str, chosen: Mapping[str, tuple[str, ...]]) -> models.QuerySet[Any]:
    bodies = _narrowed(Body.objects.published(), words, chosen, "topics")
    bodies = _in_years(bodies, chosen, "founded_on", "founded_on")
    return bodies.annotate(day=Coalesce("founded_on", UNDATED))


def find_letters(words: str, chosen: Mapping[str, tuple[str, ...]]) -> models.QuerySet[Any]:
    letters = _narrowed(Letter.objects.published(), words, chosen, "")
    letters = _in_years(letters, chosen, "sent_on", "sent_on")
    return letters.annotate(day=Coalesce("sent_on", UNDATED))


def _narrowed(
    records: Any, words: str, chosen: Mapping[str, tuple[str, ...]], topics: str
) -> models.QuerySet[Any]:
    records = with_words(records, words)
    if languages := chosen.get("language"):
        records = in_languages(records, languages)
    return _about(records, chosen, topics)


def _about(
    records: Any, chosen: Mapping[str, tuple[str, ...]], topics: str
) -> models.QuerySet[Any]:
    """Of the chosen topics, if records have any by that name. None of them has a project."""
    if chosen.get("project"):
        return records.none()
    if slugs := chosen.get("topic"):
        if not topics:
            return records.none()
        about = records.model.objects.filter(**{f"{topics}__in": with_below(slugs)})
        return records.filter(pk__in=about.values("pk"))
    return records


def _in_years(
    records: models.QuerySet[Any], chosen: Mapping[str, tuple[str, ...]], first: str, last: str
) -> models.QuerySet[Any]:
    """As the index has it: every year of a span; of an open one the year that is known."""
    if not (years := chosen.get("year")):
        return records
    match = Q(pk__in=[])
    for year in filter(None, map(int, years)):  # no calendar has a year 0
        match |= Q(**{f"{first}__year__lte": year, f"{last}__year__gte": year})
        match |= Q(**{f"{first}__year": year, f"{last}__isnull": True})
        match |= Q(**{f"{first}__isnull": True, f"{last}__year": year})
    return records.filter(match)


# What is new in the feed of the whole portal


def newest_records(
    kinds: Mapping[str, models.QuerySet[Any]], site: str, most: int
) -> Iterator[FeedEntry]:
    """All four kinds in one query. A row is new when it was added to a public plan."""
    newest = {
        kind: records.order_by(*MOMENTS[kind], "-pk").values("pk")[:most]
        for kind, records in kinds.items()
    }
    for (kind, _pk), record in read_records(newest).items():
        if kind == ROW:
            yield _row_entry(record, site)
        else:
            yield publishable_entry(record, site, [str(LABELS[kind])])


MOMENTS = {
    PLAN: ["-publish_at"],
    ROW: ["-stage__plan__publish_at", "-created_at"],
    BODY: ["-publish_at"],
    LETTER: ["-publish_at"],
}
LABELS = {PLAN: _("Action plan"), BODY: _("Council and letters"), LETTER: _("Letter")}


def _row_entry(row: Activity, site: str) -> FeedEntry:
    plan = row.stage.plan
    version = plan.shown
    title = title_of(version, row)
    assert plan.publish_at is not None  # it is published
    demonstration = demonstration_mark(plan)
    return FeedEntry(
        identifier=site + row.get_permanent_path(),
        url=site + row.get_absolute_url(),
        title=title.text,
        summary="\n\n".join([*demonstration, version.title]),
        language=title.language,
        published=max(plan.publish_at, row.created_at),
        updated=row.changed_at,
        categories=[str(_("Row of the plan")), *demonstration],
    )


ROOMS = [
    Room(
        name=PLAN,
        shared=PLANS,
        label=_("Action plan"),
        template="council/_found_plan.html",
        load=public_records,
        newest=newest_records,
        find=find_plans,
    ),
    Room(
        name=ROW,
        shared=PLANS,
        label=_("Action plan"),
        template="council/_found_row.html",
        load=public_records,
        newest=newest_records,
        find=find_rows,
        public_hit=as_found,
    ),
    Room(
        name=BODY,
        shared=COUNCIL,
        label=_("Council and letters"),
        template="council/_found_body.html",
        load=public_records,
        newest=newest_records,
        find=find_bodies,
    ),
    Room(
        name=LETTER,
        shared=COUNCIL,
        label=_("Council and letters"),
        template="council/_found_letter.html",
        load=public_records,
        newest=newest_records,
        find=find_letters,
    ),
]
