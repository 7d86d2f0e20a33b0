"""Events and series of events."""

from __future__ import annotations

import datetime
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Count, F, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils.functional import Promise, cached_property
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from modeltranslation.admin import TranslationStackedInline

from events.copying import copy_as_next
from events.models import (
    AgendaItem,
    DatePrecision,
    Event,
    EventMaterial,
    EventOrganisation,
    EventOutcome,
    EventPerson,
    EventQuerySet,
    EventSeries,
    Happening,
    PressRelease,
    Questionnaire,
)
from library.admin import NamedAdmin
from mrc_portal.admin_site import (
    WorkItem,
    WorkList,
    add_job,
    add_work_list,
    change_url,
    work_list,
)
from mrc_portal.languages import wording
from mrc_portal.publishing import Status, may_see_drafts, status_line
from mrc_portal.publishing_admin import (
    ErrorsAtFieldsMixin,
    InlineRowFormSet,
    InlineRows,
    PlainTimesMixin,
    PublishableAdmin,
    PublishableForm,
    search_in,
)

WHEN_FIELDS = ("starts_on", "ends_on", "start_time", "end_time")
AGENDA_LEVELS = ((1, "1"), (2, "2"), (3, "3"))


class EventForm(PublishableForm):
    """A last day that says nothing new is left empty: a new first day then suffices."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.ends_as_it_starts:
            self.initial["ends_on"] = None

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        typed = [name for name in WHEN_FIELDS if name in self.changed_data and cleaned.get(name)]
        if cleaned.get("date_precision") == DatePrecision.UNKNOWN and typed:
            # Else the model would drop it: right for old days that are left standing, not for this.
            text = _("You have given a day: choose how exactly the date is known.")
            self.add_error("date_precision", text)
        return cleaned


class AgendaRowForm(ErrorsAtFieldsMixin):
    """A point that names a day moves along with the event, unless its own day was typed."""

    def __init__(
        self, *args: Any, moved_by: datetime.timedelta = datetime.timedelta(), **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.moved_by = moved_by

    def moves_along(self) -> bool:
        day = self.instance.starts_on if self.instance.pk else None
        return bool(self.moved_by and day) and "starts_on" not in self.changed_data

    def has_changed(self) -> bool:
        return super().has_changed() or self.moves_along()

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if self.moves_along() and cleaned.get("starts_on"):
            cleaned["starts_on"] += self.moved_by
        return cleaned


class AgendaFormSet(InlineRowFormSet):
    """Knows how far the form of the event has just moved it."""

    def get_form_kwargs(self, index: int | None) -> dict[str, Any]:
        return super().get_form_kwargs(index) | {"moved_by": self.moved_by}

    @cached_property
    def moved_by(self) -> datetime.timedelta:
        """Nothing if it became longer or shorter: then nobody knows where a point belongs."""
        event = self.instance
        before = event.as_stored()
        if before is None or None in (before.starts_on, before.ends_on, event.starts_on):
            return datetime.timedelta()
        moved_by = event.starts_on - before.starts_on
        return moved_by if event.ends_on == before.ends_on + moved_by else datetime.timedelta()


class EventOrganisationInline(InlineRows, admin.TabularInline):
    model = EventOrganisation
    heading_relations = ["organisation"]
    autocomplete_fields = ["organisation"]
    fields = ["role", "organisation", "position"]


class EventPersonInline(InlineRows, TranslationStackedInline):
    model = EventPerson
    heading_relations = ["person"]
    autocomplete_fields = ["person"]
    readonly_fields = ["what_readers_see"]
    fieldsets = [
        (
            None,
            {
                "fields": [
                    ("role", "person", "position"),
                    ("affiliation_ky", "affiliation_ru", "affiliation_en"),
                    ("consent_given_on", "consent_note", "what_readers_see"),
                ]
            },
        )
    ]

    @admin.display(description=_("what readers see"))
    def what_readers_see(self, person: EventPerson) -> str | Promise:
        if not person.pk:
            return _("You will see it after saving.")
        return _("name and office") if person.is_name_public else _("only the office")


class AgendaItemInline(InlineRows, TranslationStackedInline):
    model = AgendaItem
    form = AgendaRowForm
    formset = AgendaFormSet
    fieldsets = [
        (
            None,
            {
                "fields": [
                    ("position", "level", "start_time", "end_time", "starts_on"),
                    ("title_ky", "title_ru", "title_en"),
                ]
            },
        ),
        (
            _("Explanation, and who leads it"),
            {
                "fields": [
                    ("text_ky", "text_ru", "text_en"),
                    ("led_by_ky", "led_by_ru", "led_by_en"),
                ],
                "classes": ["collapse"],
            },
        ),
    ]

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "level":
            kwargs["widget"] = forms.Select(choices=AGENDA_LEVELS)
        return super().formfield_for_dbfield(db_field, request, **kwargs)


class EventMaterialInline(InlineRows, TranslationStackedInline):
    model = EventMaterial
    heading_relations = ["document"]
    autocomplete_fields = ["document", "promised_by"]
    fieldsets = [
        (
            None,
            {
                "fields": [
                    ("document", "promised_by", "position"),
                    ("title_ky", "title_ru", "title_en"),
                ]
            },
        )
    ]


class EventOutcomeInline(InlineRows, TranslationStackedInline):
    model = EventOutcome
    autocomplete_fields = ["responsible_organisation"]
    fieldsets = [
        (
            None,
            {
                "fields": [
                    ("kind", "responsible_organisation", "position"),
                    ("text_ky", "text_ru", "text_en"),
                    ("responsible_ky", "responsible_ru", "responsible_en"),
                ]
            },
        )
    ]


class ConfirmationFilter(admin.SimpleListFilter):
    """Events that are over, and nobody has said whether they took place."""

    title = _("confirmation")
    parameter_name = "confirmation"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("missing", _("over, not confirmed"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        assert isinstance(queryset, EventQuerySet)
        return queryset.unconfirmed() if self.value() == "missing" else queryset


@admin.register(Event)
class EventAdmin(PlainTimesMixin, PublishableAdmin):
    form = EventForm
    change_form_template = "admin/events/event/change_form.html"
    list_display = [
        "best_title",
        "kind",
        "when_told",
        "happening_badge",
        "state_badge",
        "language_badges",
        "changed",
    ]
    list_filter = [
        *PublishableAdmin.list_filter,
        "kind",
        "happening",
        ConfirmationFilter,
        "series",
        "project",
        "is_demonstration",
    ]
    list_select_related = ["changed_by"]
    search_fields = [
        *search_in("title", "venue"),
        "slug",
        "short_id",
        *(f"organisations__organisation__{name}" for name in search_in("name", "abbreviation")),
    ]
    search_help_text = _(
        "Part of a title, a venue or an organisation’s name in any language; capitals or small "
        "letters make no difference"
    )
    date_hierarchy = "starts_on"
    # What has no date yet comes first: somebody has to find one.
    ordering = [F("starts_on").desc(nulls_first=True), "-pk"]
    actions = [*PublishableAdmin.actions, "confirm_selected"]
    tab_fields = [
        "title",
        "summary",
        "body",
        "venue",
        "address",
        "participants",
        "how_to_attend",
        "happening_reason",
        "note",
    ]
    autocomplete_fields = ["project", "series", "previous", "topics", "feedback_document"]
    inlines = [
        EventOrganisationInline,
        EventPersonInline,
        AgendaItemInline,
        EventMaterialInline,
        EventOutcomeInline,
    ]
    tabs_after = 2
    common_fieldsets = [
        (
            None,
            {
                "fields": [
                    ("status", "publish_at"),
                    ("kind", "original_language"),
                    "edited_from",
                ]
            },
        ),
        (
            _("When, and what became of it"),
            {
                "fields": [
                    "date_precision",
                    ("starts_on", "ends_on"),
                    ("start_time", "end_time"),
                    ("date_as_written", "date_as_written_language"),
                    "happening",
                ]
            },
        ),
        (
            _("Project, series, topics"),
            {"fields": [("project", "series"), "previous", "topics"]},
        ),
        (
            _("Taking part and feedback"),
            {"fields": ["online_url", "participant_count", "feedback_document"]},
        ),
        (
            _("Address of the page"),
            {"fields": [("slug", "is_demonstration")], "classes": ["collapse"]},
        ),
    ]

    class Media:
        css = {"all": ["admin/events.css"]}

    # Columns

    @admin.display(description=_("date"), ordering="starts_on")
    def when_told(self, event: Event) -> str:
        """As exactly as it is known."""
        return ", ".join(filter(None, [event.when, event.times])) or event.without_a_date

    @admin.display(description=_("what became of it"), ordering="happening")
    def happening_badge(self, event: Event) -> SafeString:
        badge = format_html(
            '<span class="badge badge--{}">{}</span>',
            event.happening,
            event.get_happening_display(),
        )
        if not event.is_unconfirmed:
            return badge
        return format_html("{}<br><small>{}</small>", badge, _("over, not confirmed"))

    # The form

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        if (event := kwargs.get("obj")) is not None:
            context |= self._links(request, event)
        return super().render_change_form(request, context, *args, **kwargs)

    def _links(self, request: HttpRequest, event: Event) -> dict[str, Any]:
        """Where to copy the event, and what is asked and written about it."""
        links: dict[str, Any] = {"releases": []}
        if self.has_add_permission(request):
            links["copy_url"] = reverse("admin:events_event_copy", args=[event.pk])
        questionnaires = self.admin_site.get_model_admin(Questionnaire)
        questionnaire = Questionnaire.objects.filter(event=event).first()
        if questionnaire and questionnaires.has_view_permission(request, questionnaire):
            links |= {"has_questionnaire": True, "questionnaire_url": change_url(questionnaire)}
        elif questionnaire is None and questionnaires.has_add_permission(request):
            address = reverse("admin:events_questionnaire_add", query={"event": event.pk})
            links["questionnaire_url"] = address
        if may_see_drafts(request.user, PressRelease):
            links["releases"] = [
                WorkItem(release.best_title, change_url(release), status_line(release))
                for release in event.press_releases.all()
            ]
        if self.admin_site.get_model_admin(PressRelease).has_add_permission(request):
            links["release_add_url"] = self._release_add_url(event)
        return links

    def _release_add_url(self, event: Event) -> str:
        """An empty release that knows already what it is about."""
        organisations = event.organisations.values_list("organisation", flat=True)
        known = {
            "events": str(event.pk),
            "project": str(event.project_id or ""),
            "organisations": ",".join(str(pk) for pk in dict.fromkeys(organisations)),
            "topics": ",".join(str(topic.pk) for topic in event.topics.all()),
        }
        query = {name: value for name, value in known.items() if value}
        return reverse("admin:events_pressrelease_add", query=query)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        if any(rows.model is EventPerson and rows.has_changed() for rows in formsets):
            self._report_hidden_names(request, form.instance)

    def _report_hidden_names(self, request: HttpRequest, event: Event) -> None:
        """Say whose name readers do not see, so that nobody forgets to ask."""
        hidden = event.people.filter(person__isnull=False, consent_given_on=None)
        if names := [str(row.person) for row in hidden.select_related("person")]:
            text = _("Readers do not see these names, as no consent is recorded: %(names)s.")
            self.message_user(request, text % {"names": ", ".join(names)}, messages.WARNING)

    # The next meeting

    def get_urls(self) -> list[URLPattern]:
        copy = self.admin_site.admin_view(self.copy_view)
        own = [path("<path:object_id>/copy/", copy, name="events_event_copy")]
        return own + super().get_urls()

    def copy_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Begin the next meeting with what was alike at this one, and open its form."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        if not self.has_add_permission(request) or not self.has_view_permission(request):
            raise PermissionDenied
        assert isinstance(request.user, User)
        with self._one_at_a_time(request):
            event = self.get_object(request, unquote(object_id))
            if event is None:
                return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)
            try:
                copy = copy_as_next(event, request.user)
            except ValidationError as error:
                self.message_user(request, " ".join(error.messages), messages.ERROR)
                return HttpResponseRedirect(change_url(event))
            self.log_addition(request, copy, [{"added": {}}])
        self._report_copy(request, copy)
        return HttpResponseRedirect(change_url(copy))

    def _report_copy(self, request: HttpRequest, copy: Event) -> None:
        text = _(
            "This is a draft of the next meeting. Give its date, and check the title, the place, "
            "the programme and the people; their consent to be named has to be asked anew."
        )
        self.message_user(request, text, messages.SUCCESS)
        if copy.series is None:
            text = _("It belongs to no series yet: if more meetings follow, choose or add one.")
            self.message_user(request, text, messages.INFO)

    # Actions

    @admin.action(
        description=_("Confirm that the selected events were held"), permissions=["publish"]
    )
    def confirm_selected(self, request: HttpRequest, queryset: QuerySet) -> None:
        user = request.user
        assert isinstance(user, User)

        def confirm(event: Event) -> None:
            event.happening = Happening.HELD
            event.changed_by = user
            event.full_clean()
            event.save()

        others = self._not_yet(request, queryset, lambda event: event.happening == Happening.HELD)
        done = self._do_to_each(request, others, confirm)
        if done:
            text = ngettext("%(count)d event was held.", "%(count)d events were held.", done)
            self.message_user(request, text % {"count": done}, messages.SUCCESS)


@admin.register(EventSeries)
class EventSeriesAdmin(NamedAdmin):
    tab_fields = ["name", "description"]
    list_display = ["__str__", "event_count", "languages"]
    search_fields = [*search_in("name"), "slug"]
    common_fieldsets = [(None, {"fields": ["slug"]})]

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return super().get_queryset(request).annotate(number=Count("events"))

    @admin.display(description=_("events"), ordering="number")
    def event_count(self, series: Any) -> int:
        return series.number


def unconfirmed_events(request: HttpRequest) -> WorkList | None:
    """Events of which nobody has said whether they took place, for the start page."""
    if not may_see_drafts(request.user, Event):
        return None
    events = Event.objects.unconfirmed().exclude(status=Status.WITHDRAWN)
    return work_list(
        _("Events that are over, not confirmed"),
        events,
        lambda event: WorkItem(event.best_title, change_url(event), event.when),
        _("All past events are confirmed."),
    )


def promised_materials(request: HttpRequest) -> WorkList | None:
    """Materials that somebody promised and nobody has received, for the start page."""
    if not may_see_drafts(request.user, Event):
        return None
    materials = (
        EventMaterial.objects.filter(document=None)
        .exclude(event__status=Status.WITHDRAWN)
        .select_related("event", "promised_by")
        .order_by(F("event__starts_on").asc(nulls_last=True), "event_id", "position", "pk")
    )

    def item(material: EventMaterial) -> WorkItem:
        about = ", ".join(filter(None, [str(material.promised_by or ""), str(material.event)]))
        return WorkItem(wording(material, "title").text, change_url(material.event), about)

    return work_list(
        _("Materials promised, not received"),
        materials,
        item,
        _("No promised material is missing."),
    )


add_job(_("Add an event"), Event)
add_work_list(unconfirmed_events)
add_work_list(promised_materials)
