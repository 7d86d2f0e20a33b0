"""Events and what belongs to them: organisers, people, agenda, materials, outcomes."""

from __future__ import annotations

import datetime
from typing import ClassVar, Self

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Exists, F, OuterRef, Prefetch, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from library.models import NamedByConsent
from mrc_portal.dates import PartialDate, Precision, month_days, season, season_days
from mrc_portal.fields import ProseField
from mrc_portal.languages import (
    Wording,
    every_column,
    is_worded,
    language_choices,
    localized,
    wording,
)
from mrc_portal.publishing import (
    FIRST_YEAR,
    LAST_YEAR,
    Publishable,
    PublishableManager,
    PublishableQuerySet,
)


class EventKind(models.TextChoices):
    ROUNDTABLE = "roundtable", _("round table")
    SEMINAR = "seminar", _("seminar")
    CONFERENCE = "conference", _("conference")
    WORKING_GROUP = "working_group", _("working-group meeting")
    PRESS_CONFERENCE = "press_conference", _("press conference")
    TRAINING = "training", _("training")
    MEETING = "meeting", _("meeting")


class DatePrecision(models.TextChoices):
    """How exactly the days of an event are known."""

    DAY = "day", _("the day or days")
    MONTH = "month", _("only the month")
    SEASON = "season", _("only the season")
    UNKNOWN = "unknown", _("to be announced")


class Happening(models.TextChoices):
    """What became of an event. That its date has passed does not say that it was held."""

    PROPOSED = "proposed", _("proposed")
    PLANNED = "planned", _("planned")
    HELD = "held", _("held")
    POSTPONED = "postponed", _("postponed")
    CANCELLED = "cancelled", _("cancelled")


# Announced, and then not to be as announced.
OFF = (Happening.POSTPONED, Happening.CANCELLED)


class OrganisationRole(models.TextChoices):
    ORGANISER = "organiser", _("organiser")
    CO_ORGANISER = "co_organiser", _("co-organiser")
    DONOR = "donor", _("donor")
    HOST = "host", _("host")
    PARTNER = "partner", _("partner")


class PersonRole(models.TextChoices):
    CHAIR = "chair", _("chair")
    MODERATOR = "moderator", _("moderator")
    SPEAKER = "speaker", _("speaker")
    RAPPORTEUR = "rapporteur", _("rapporteur")
    PARTICIPANT = "participant", _("participant")


class OutcomeKind(models.TextChoices):
    DECISION = "decision", _("decision")
    RECOMMENDATION = "recommendation", _("recommendation")
    SUGGESTION = "suggestion", _("suggestion")
    TASK = "task", _("task")


# What an editor has not looked at since the event was over.
NOT_CONFIRMED = (Happening.PLANNED, Happening.POSTPONED)

# Facts that a calendar keeps: when one of them changes, calendars must take the new version.
CALENDAR_FACTS = (
    "starts_on",
    "ends_on",
    "date_precision",
    "start_time",
    "end_time",
    "happening",
    "former_starts_on",
    "former_ends_on",
    "former_start_time",
    "former_end_time",
    "online_url",
    *every_column("title", "venue", "address", "happening_reason"),
)

# What a version of an event says in its language, in the order of the editors' form.
EVENT_TEXTS = (
    "title",
    "summary",
    "body",
    "venue",
    "address",
    "participants",
    "how_to_attend",
    "note",
)
# Columns that no list shows.
TEXTS_NOT_ON_EVENT_CARDS = ("body", "participants", "how_to_attend", "note", "withdrawn_reason")
NOT_ON_EVENT_CARDS = [*TEXTS_NOT_ON_EVENT_CARDS, *every_column(*TEXTS_NOT_ON_EVENT_CARDS)]


class EventQuerySet(PublishableQuerySet):
    def upcoming(self) -> Self:
        """Not over yet, soonest first; those without a date last. Agrees with has_ended."""
        return self.exclude(_is_over()).order_by(
            F("starts_on").asc(nulls_last=True), F("start_time").asc(nulls_first=True), "pk"
        )

    def past(self) -> Self:
        """Over, whether held or not, newest first. Agrees with has_ended."""
        return self.filter(_is_over()).order_by(
            "-starts_on", F("start_time").desc(nulls_last=True), "-pk"
        )

    def unconfirmed(self) -> Self:
        """Over, and nobody has said yet whether it took place. Agrees with is_unconfirmed."""
        return self.past().filter(happening__in=NOT_CONFIRMED)

    def between(self, first: datetime.date, last: datetime.date) -> Self:
        """On known days from first to last, both included, in order of time."""
        return self.filter(
            date_precision=DatePrecision.DAY, starts_on__lte=last, ends_on__gte=first
        ).order_by("starts_on", F("start_time").asc(nulls_first=True), "pk")

    def for_cards(self) -> Self:
        """With everything that a row of a list shows, in a fixed number of queries."""
        organisations = EventOrganisation.objects.select_related("organisation")
        return (
            self.select_related("project", "series")
            .prefetch_related(Prefetch("organisations", queryset=organisations))
            .defer(*NOT_ON_EVENT_CARDS)
        )

    def for_page(self) -> Self:
        """With what its own page shows, and whether there is more to ask for."""
        return self.select_related(
            "project", "series", "previous", "feedback_document", "questionnaire__report"
        ).annotate(
            has_agenda=Exists(AgendaItem.objects.filter(event=OuterRef("pk"))),
            has_materials=Exists(EventMaterial.objects.filter(event=OuterRef("pk"))),
            has_outcomes=Exists(EventOutcome.objects.filter(event=OuterRef("pk"))),
        )

    def for_lines(self) -> Self:
        """With what a short entry names: title, days, what became of it."""
        return self.defer(*NOT_ON_EVENT_CARDS)

    def for_calendars(self) -> Self:
        """What stands, or stood, on known days: an approximate date is in no calendar."""
        return self.filter(
            Q(date_precision=DatePrecision.DAY)
            | Q(happening__in=OFF, former_starts_on__isnull=False)
        )


def _is_over() -> Q:
    now = timezone.localtime()
    return Q(ends_on__lt=now.date()) | Q(
        ends_on=now.date(), end_time__isnull=False, end_time__lte=now.time()
    )


class EventSeries(models.Model):
    """Meetings that belong together, such as those of a working group."""

    name = models.CharField(_("name"), max_length=200)
    description = models.TextField(_("description"), blank=True)
    slug = models.SlugField(_("address"), max_length=100, unique=True)

    class Meta:
        verbose_name = _("series of events")
        verbose_name_plural = pgettext_lazy("plural", "series of events")
        ordering = ["slug"]

    def __str__(self) -> str:
        return str(self.label) or self.slug

    @property
    def label(self) -> Wording:
        return wording(self, "name")

    @property
    def about(self) -> Wording:
        return wording(self, "description")


class Event(Publishable):
    """A round table, seminar or meeting: announced, held or not, with what came out of it."""

    kind = models.CharField(_("kind"), max_length=20, choices=EventKind.choices, db_index=True)
    body = ProseField(
        _("text of the page"),
        blank=True,
        help_text=_("Optional: why the event takes place and, afterwards, how it went."),
    )

    date_precision = models.CharField(
        _("what is known of the date"),
        max_length=10,
        choices=DatePrecision.choices,
        default=DatePrecision.DAY,
    )
    starts_on = models.DateField(
        _("first day"),
        null=True,
        blank=True,
        db_index=True,
        help_text=_("If only the month or the season is known, any day in it."),
    )
    ends_on = models.DateField(
        _("last day"),
        null=True,
        blank=True,
        db_index=True,
        help_text=_("Left empty, the event lasts one day."),
    )
    start_time = models.TimeField(_("begins at"), null=True, blank=True)
    end_time = models.TimeField(_("ends at"), null=True, blank=True)
    date_as_written = models.CharField(
        _("date as it was written"),
        max_length=200,
        blank=True,
        help_text=_("Word for word, if the source says more or less than the fields above."),
    )
    date_as_written_language = models.CharField(
        _("language of these words"), max_length=2, choices=language_choices, blank=True
    )

    happening = models.CharField(
        _("what became of it"),
        max_length=10,
        choices=Happening.choices,
        default=Happening.PLANNED,
        db_index=True,
        help_text=_("You confirm “held” yourself: that the date has passed does not prove it."),
    )
    happening_reason = models.TextField(
        _("why it is postponed or cancelled"),
        blank=True,
        help_text=_("Readers see it wherever the event is named."),
    )
    # The days of which calendars and people were told before a postponement.
    former_starts_on = models.DateField(null=True, blank=True, editable=False)
    former_ends_on = models.DateField(null=True, blank=True, editable=False)
    former_start_time = models.TimeField(null=True, blank=True, editable=False)
    former_end_time = models.TimeField(null=True, blank=True, editable=False)
    # RFC 5545, 3.8.7.4: grows with every change that calendars must take over.
    calendar_sequence = models.PositiveIntegerField(default=0, editable=False)

    venue = models.CharField(_("venue"), max_length=200, blank=True)
    address = models.CharField(_("postal address"), max_length=300, blank=True)
    online_url = models.URLField(_("address for taking part online"), max_length=500, blank=True)
    participants = models.TextField(
        _("kinds of participants"),
        blank=True,
        help_text=_("One kind per line, such as: experts of state bodies. No names."),
    )
    participant_count = models.PositiveIntegerField(
        _("number of participants"), null=True, blank=True, validators=[MinValueValidator(1)]
    )
    how_to_attend = models.TextField(_("how to take part"), blank=True)

    project = models.ForeignKey(
        "library.Project",
        verbose_name=_("project"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="events",
    )
    series = models.ForeignKey(
        EventSeries,
        verbose_name=_("series of events"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="events",
    )
    previous = models.ForeignKey(
        "self",
        verbose_name=_("next meeting of"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="next_events",
        help_text=_("The event that this one continues."),
    )
    topics = models.ManyToManyField(
        "library.Topic", verbose_name=_("topics"), blank=True, related_name="events"
    )
    feedback_document = models.ForeignKey(
        "library.Document",
        verbose_name=_("feedback report"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="feedback_of_events",
        help_text=_("A document of the library, if the feedback was gathered elsewhere."),
    )
    note = ProseField(_("editor’s note"), blank=True)
    is_demonstration = models.BooleanField(
        _("demonstration record"),
        default=False,
        help_text=_("An invented record, marked as such wherever it is shown."),
    )

    # Added by for_page().
    has_agenda: bool
    has_materials: bool
    has_outcomes: bool

    objects: ClassVar = PublishableManager.from_queryset(EventQuerySet)()

    class Meta(Publishable.Meta):
        verbose_name = _("event")
        verbose_name_plural = _("events")
        ordering = ["-starts_on", "-pk"]
        # The code of an error names the field beside which a form says it.
        constraints = [
            *Publishable.Meta.constraints,
            models.CheckConstraint(
                condition=Q(
                    date_precision=DatePrecision.UNKNOWN,
                    starts_on__isnull=True,
                    ends_on__isnull=True,
                )
                | ~Q(date_precision=DatePrecision.UNKNOWN)
                & Q(starts_on__isnull=False, ends_on__isnull=False),
                name="event_has_the_days_it_claims_to_know",
                violation_error_code="starts_on",
                violation_error_message=_(
                    "Give the first day, or choose that the date is to be announced."
                ),
            ),
            models.CheckConstraint(
                condition=Q(starts_on__isnull=True) | Q(ends_on__gte=F("starts_on")),
                name="event_ends_after_it_starts",
                violation_error_code="ends_on",
                violation_error_message=_("The event ends before it starts."),
            ),
            models.CheckConstraint(
                condition=Q(start_time__isnull=True) | Q(date_precision=DatePrecision.DAY),
                name="event_times_need_a_day",
                violation_error_code="start_time",
                violation_error_message=_("A time makes sense only when the day is known."),
            ),
            models.CheckConstraint(
                condition=Q(end_time__isnull=True) | Q(start_time__isnull=False),
                name="event_end_time_needs_a_start_time",
                violation_error_code="start_time",
                violation_error_message=_("Give the time at which the event begins."),
            ),
            models.CheckConstraint(
                condition=Q(end_time__isnull=True)
                | Q(ends_on__gt=F("starts_on"))
                | Q(end_time__gt=F("start_time")),
                name="event_end_time_after_start_time",
                violation_error_code="end_time",
                violation_error_message=_("The event ends before it starts."),
            ),
            models.CheckConstraint(
                condition=Q(previous__isnull=True) | ~Q(previous=F("pk")),
                name="event_does_not_continue_itself",
                violation_error_code="previous",
                violation_error_message=_("An event cannot be the next meeting of itself."),
            ),
            models.CheckConstraint(condition=Q(kind__in=EventKind.values), name="event_kind_known"),
            models.CheckConstraint(
                condition=Q(happening__in=Happening.values), name="event_happening_known"
            ),
            models.CheckConstraint(
                condition=Q(date_precision__in=DatePrecision.values),
                name="event_date_precision_known",
            ),
        ]

    def __str__(self) -> str:
        # Meetings of a series often bear the same title.
        return ", ".join(filter(None, [self.best_title, self.when]))

    def get_absolute_url(self) -> str:
        return reverse("events:event_detail", args=[self.slug])

    def get_permanent_path(self) -> str:
        """The address without a language that never changes."""
        return reverse("permanent_event", args=[self.short_id])

    # When

    def lasts_on(self, day: datetime.date) -> bool:
        """Whether it may take place on this day, as far as its days are known."""
        if self.starts_on is None or self.ends_on is None:
            return True
        return self.starts_on <= day <= self.ends_on

    @property
    def is_exact(self) -> bool:
        """Whether the days are known; only then the event stands in calendars."""
        return self.date_precision == DatePrecision.DAY

    @property
    def ends_as_it_starts(self) -> bool:
        """Whether it lasts one day, one month or one season: its last day then goes unsaid."""
        if self.starts_on is None or self.ends_on is None:
            return True
        if self.date_precision == DatePrecision.MONTH:
            return month_days(self.starts_on) == month_days(self.ends_on)
        return self.date_precision == DatePrecision.SEASON or self.starts_on == self.ends_on

    @property
    def has_ended(self) -> bool:
        """Whether its time is over, held or not. Agrees with upcoming() and past()."""
        if self.ends_on is None:
            return False
        now = timezone.localtime()
        if self.ends_on != now.date():
            return self.ends_on < now.date()
        return self.end_time is not None and self.end_time <= now.time()

    @property
    def is_unconfirmed(self) -> bool:
        """Over, and nobody has said yet whether it took place. Agrees with unconfirmed()."""
        return self.has_ended and self.happening in NOT_CONFIRMED

    @property
    def is_off(self) -> bool:
        """Postponed or cancelled: said wherever the event is named."""
        return self.happening in OFF

    @property
    def state(self) -> str:
        """What became of it, in a word or a few; what nobody has confirmed says so."""
        if self.is_unconfirmed and not self.is_off:
            return str(_("not confirmed that it took place"))
        return str(Happening(self.happening).label)

    @property
    def is_open(self) -> bool:
        """Whether one can still take part: not over, not cancelled, not waiting for a new day."""
        is_waiting = self.happening == Happening.POSTPONED and not self.is_exact
        return not (self.has_ended or is_waiting or self.happening == Happening.CANCELLED)

    @property
    def is_rescheduled(self) -> bool:
        """Postponed to a day that is known by now."""
        return self.happening == Happening.POSTPONED and self.is_exact

    @property
    def reason(self) -> Wording:
        """Why it is postponed or cancelled."""
        return wording(self, "happening_reason")

    @property
    def organisers(self) -> list[EventOrganisation]:
        """Who organises it, in order. Uses for_cards() when it was called."""
        roles = (OrganisationRole.ORGANISER, OrganisationRole.CO_ORGANISER)
        return [part for part in self.organisations.all() if part.role in roles]

    @property
    def when(self) -> str:
        """The days as exactly as they are known, without times: "3–4 June 2013", "autumn 2012"."""
        return _days_told(self.starts_on, self.ends_on, self.date_precision)

    @property
    def without_a_date(self) -> str:
        """What stands in the place of a date that is not known."""
        is_cancelled = self.happening == Happening.CANCELLED
        return str(_("not stated") if is_cancelled else _("to be announced"))

    @property
    def formerly(self) -> str:
        """The days before the postponement, with the hours if it stays on them; "" when there were
        none, or it is back at them."""
        days = _days_told(self.former_starts_on, self.former_ends_on, DatePrecision.DAY)
        if days != self.when:
            return days
        hours = _times_told(self.former_start_time, self.former_end_time)
        return f"{days}, {hours}" if hours and hours != self.times else ""

    @property
    def when_iso(self) -> str:
        """For the datetime attribute: 2013-03-26T10:00, 2013-03-26 or 2013-01. "" if unknown.

        HTML has no word for a season: its year stands there."""
        if self.starts_on is None:
            return ""
        if self.start_time:
            return f"{self.starts_on.isoformat()}T{self.start_time:%H:%M}"
        precision = {
            DatePrecision.DAY: Precision.DAY,
            DatePrecision.MONTH: Precision.MONTH,
            DatePrecision.SEASON: Precision.YEAR,
        }[DatePrecision(self.date_precision)]
        return PartialDate(self.starts_on, precision).iso

    @property
    def times(self) -> str:
        """ "10:00–13:30", "10:00" or ""; Bishkek time."""
        return _times_told(self.start_time, self.end_time)

    # Rules of a form, an import or a command

    def clean(self) -> None:
        errors: dict[str, object] = {}
        for name in ("starts_on", "ends_on"):
            day = getattr(self, name)
            if day is not None and not FIRST_YEAR <= day.year <= LAST_YEAR:
                raise ValidationError({name: _("Please check the year.")})
        self._return_to_former_days()
        self._tidy_days()
        if self.date_as_written and not self.date_as_written_language:
            errors["date_as_written_language"] = _("Say in which language this was written.")
        self._clean_happening(errors)
        before = self.as_stored()
        if before is not None and self._stays_on_its_old_days(before):
            errors["starts_on"] = _(
                "It is postponed: give the new days, or choose that the date is to be announced."
            )
        if self._continues_itself():
            errors["previous"] = _("These events would continue each other in a circle.")
        try:
            super().clean()
        except ValidationError as error:
            errors |= error.error_dict
        if errors:
            raise ValidationError(errors)
        if before is not None:
            self._note_calendar_changes(before)

    def _clean_happening(self, errors: dict[str, object]) -> None:
        if self.happening == Happening.HELD:
            if self.date_precision == DatePrecision.UNKNOWN:
                errors["happening"] = _(
                    "Say when the event was held, even if only the season is known."
                )
            elif self.starts_on and self.starts_on > timezone.localdate():
                errors["happening"] = _("It has not begun yet.")
        if self.is_off and not is_worded(self, "happening_reason"):
            reason = localized("happening_reason", self.original_language)
            errors[reason] = _("Say why: readers will see it.")

    def _return_to_former_days(self) -> None:
        """What waited for a new day and is cancelled is off on the days that it last had: so it is
        over with them, and does not wait for ever among what is to come."""
        is_waiting = self.date_precision == DatePrecision.UNKNOWN
        if self.happening == Happening.CANCELLED and is_waiting and self.former_starts_on:
            self.date_precision = DatePrecision.DAY
            self.starts_on, self.ends_on = self.former_starts_on, self.former_ends_on
            self.start_time, self.end_time = self.former_start_time, self.former_end_time

    def _tidy_days(self) -> None:
        """A month and a season reach from their first to their last day; one day ends itself."""
        if self.date_precision == DatePrecision.UNKNOWN:
            self.starts_on = self.ends_on = self.start_time = self.end_time = None
        elif self.starts_on is not None:
            last = self.ends_on or self.starts_on
            if self.date_precision == DatePrecision.MONTH:
                self.starts_on, self.ends_on = month_days(self.starts_on)[0], month_days(last)[1]
            elif self.date_precision == DatePrecision.SEASON:
                self.starts_on, self.ends_on = season_days(self.starts_on)
            else:
                self.ends_on = last

    def _continues_itself(self) -> bool:
        seen, event = {self.pk}, self.previous
        while event is not None and self.pk is not None:
            if event.pk in seen:
                return True
            seen.add(event.pk)
            event = event.previous
        return False

    def _stays_on_its_old_days(self, before: Self) -> bool:
        return (
            self.happening == Happening.POSTPONED
            and before.happening != Happening.POSTPONED
            and before.is_exact
            and self._moments() == before._moments()
        )

    def _moments(self) -> tuple[datetime.date | datetime.time | None, ...]:
        return (self.starts_on, self.ends_on, self.start_time, self.end_time)

    def _note_calendar_changes(self, before: Self) -> None:
        """Keep the days that people were told of, and give calendars a new version."""
        # Hours that become known for the new day do not make a former day of it.
        was_moved_already = before.happening == Happening.POSTPONED
        has_moved = self._moments() != before._moments() and not (
            was_moved_already and self.starts_on == before.starts_on
        )
        if self.happening == Happening.POSTPONED and before.is_exact and has_moved:
            self.former_starts_on, self.former_ends_on = before.starts_on, before.ends_on
            self.former_start_time, self.former_end_time = before.start_time, before.end_time
        if any(getattr(before, name) != getattr(self, name) for name in CALENDAR_FACTS):
            self.calendar_sequence = before.calendar_sequence + 1


def _days_told(first: datetime.date | None, last: datetime.date | None, precision: str) -> str:
    if first is None:
        return ""
    if precision == DatePrecision.SEASON:
        return season(first)
    if precision == DatePrecision.MONTH:
        same = last is None or (first.year, first.month) == (last.year, last.month)
        return str(PartialDate(first, Precision.MONTH, None if same else last))
    return str(PartialDate(first, Precision.DAY, last))


def _times_told(start: datetime.time | None, end: datetime.time | None) -> str:
    return "–".join(f"{time:%H:%M}" for time in (start, end) if time)


class EventOrganisation(models.Model):
    """An organisation's part in an event."""

    event = models.ForeignKey(Event, on_delete=models.CASCADE, related_name="organisations")
    role = models.CharField(
        _("role"),
        max_length=15,
        choices=OrganisationRole.choices,
        default=OrganisationRole.ORGANISER,
    )
    organisation = models.ForeignKey(
        "library.Organisation",
        verbose_name=_("organisation"),
        on_delete=models.PROTECT,
        related_name="event_parts",
    )
    position = models.PositiveIntegerField(_("order"), default=0)

    class Meta:
        verbose_name = _("organisation of the event")
        verbose_name_plural = _("organisations of the event")
        ordering = ["position", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["event", "role", "organisation"],
                name="event_organisation_once_in_a_role",
                violation_error_code="organisation",
                violation_error_message=_("This organisation is named twice in the same role."),
            )
        ]

    def __str__(self) -> str:
        return f"{self.organisation}, {self.get_role_display()}"


class EventPerson(NamedByConsent):
    """A person's part in an event, with the office of that day, which is always public."""

    event = models.ForeignKey(Event, on_delete=models.CASCADE, related_name="people")
    role = models.CharField(
        _("role"), max_length=15, choices=PersonRole.choices, default=PersonRole.SPEAKER
    )
    person = models.ForeignKey(
        "library.Person",
        verbose_name=_("person"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="event_parts",
    )
    affiliation = models.CharField(
        _("office and organisation at that time"),
        max_length=300,
        blank=True,
        help_text=_("Such as: director of a research centre. Shown with or without the name."),
    )
    position = models.PositiveIntegerField(_("order"), default=0)

    class Meta:
        verbose_name = _("person of the event")
        verbose_name_plural = _("people of the event")
        ordering = ["position", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(consent_given_on__isnull=True) | Q(person__isnull=False),
                name="event_consent_is_of_a_person",
                violation_error_code="person",
                violation_error_message=_("Choose the person who agreed to be named."),
            )
        ]

    def __str__(self) -> str:
        return str(self.person or wording(self, "affiliation"))

    def clean(self) -> None:
        super().clean()
        if not self.person and not is_worded(self, "affiliation"):
            raise ValidationError({"person": _("Choose a person or write the office.")})


class AgendaItem(models.Model):
    """One point of the programme. Points form an outline: a level and an order."""

    event = models.ForeignKey(Event, on_delete=models.CASCADE, related_name="agenda")
    position = models.PositiveIntegerField(_("order"), default=0)
    level = models.PositiveSmallIntegerField(
        _("level"),
        default=1,
        validators=[MinValueValidator(1), MaxValueValidator(3)],
        help_text=_("1; 2 and 3 stand under the point before them."),
    )
    starts_on = models.DateField(
        _("on which day"),
        null=True,
        blank=True,
        help_text=_("Only if the event lasts several days."),
    )
    start_time = models.TimeField(_("begins at"), null=True, blank=True)
    end_time = models.TimeField(_("ends at"), null=True, blank=True)
    title = models.CharField(_("title"), max_length=300, blank=True)
    text = models.TextField(_("text"), blank=True)
    led_by = models.CharField(
        _("who leads it"),
        max_length=200,
        blank=True,
        help_text=_("A role, such as: moderator. Names only with consent."),
    )

    class Meta:
        verbose_name = _("point of the programme")
        verbose_name_plural = _("programme")
        ordering = ["position", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(level__range=(1, 3)),
                name="agenda_level_one_to_three",
                violation_error_code="level",
                violation_error_message=_("The level is 1, 2 or 3."),
            ),
            models.CheckConstraint(
                condition=Q(end_time__isnull=True)
                | Q(start_time__isnull=False, end_time__gt=F("start_time")),
                name="agenda_item_ends_after_it_starts",
                violation_error_code="end_time",
                violation_error_message=_("The point ends before it starts."),
            ),
        ]

    def __str__(self) -> str:
        return str(wording(self, "title"))

    def clean(self) -> None:
        super().clean()
        errors = {}
        if not is_worded(self, "title"):
            title = localized("title", self.event.original_language)
            errors[title] = _("A point of the programme needs a title.")
        if self.starts_on and not self.event.lasts_on(self.starts_on):
            errors["starts_on"] = _("The event does not take place on this day.")
        if errors:
            raise ValidationError(errors)

    @property
    def times(self) -> str:
        return _times_told(self.start_time, self.end_time)


class EventMaterial(models.Model):
    """Something handed out or promised: a document of the library, or what is still missing."""

    event = models.ForeignKey(Event, on_delete=models.CASCADE, related_name="materials")
    document = models.ForeignKey(
        "library.Document",
        verbose_name=_("document"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="event_materials",
    )
    title = models.CharField(
        _("title"),
        max_length=300,
        blank=True,
        help_text=_("Only for what is not in the library yet."),
    )
    promised_by = models.ForeignKey(
        "library.Organisation",
        verbose_name=_("promised by"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="promised_materials",
    )
    position = models.PositiveIntegerField(_("order"), default=0)

    class Meta:
        verbose_name = _("material")
        verbose_name_plural = _("materials")
        ordering = ["position", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["event", "document"],
                name="event_material_once",
                violation_error_code="document",
                violation_error_message=_("This document is among the materials already."),
            )
        ]

    def __str__(self) -> str:
        return str(self.document or wording(self, "title"))

    def clean(self) -> None:
        super().clean()
        if not self.document and not is_worded(self, "title"):
            raise ValidationError({"document": _("Choose a document, or name what was promised.")})

    @property
    def is_missing(self) -> bool:
        """Promised, not received."""
        return self.document_id is None


class EventOutcome(models.Model):
    """What an event decided, recommended, suggested or asked somebody to do."""

    event = models.ForeignKey(Event, on_delete=models.CASCADE, related_name="outcomes")
    kind = models.CharField(_("kind"), max_length=15, choices=OutcomeKind.choices)
    text = models.TextField(_("text"), blank=True)
    responsible_organisation = models.ForeignKey(
        "library.Organisation",
        verbose_name=_("responsible organisation"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="event_outcomes",
    )
    responsible = models.CharField(
        _("responsible, in words"),
        max_length=200,
        blank=True,
        help_text=_("Roles, such as: four participants. No names."),
    )
    position = models.PositiveIntegerField(_("order"), default=0)

    class Meta:
        verbose_name = _("outcome")
        verbose_name_plural = _("outcomes")
        ordering = ["position", "pk"]

    def __str__(self) -> str:
        return str(wording(self, "text"))[:80]

    def clean(self) -> None:
        super().clean()
        if not is_worded(self, "text"):
            text = localized("text", self.event.original_language)
            raise ValidationError({text: _("Write what came out of the event.")})
