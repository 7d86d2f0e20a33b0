"""Questionnaires for the editors: questions, slips, paper, entering forms, the report.

A questionnaire acts as soon as its clock says so, and nobody reviews it: contributors only look."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from modeltranslation.admin import TranslationAdmin, TranslationStackedInline
from simple_history.admin import SimpleHistoryAdmin

from events.feedback import (
    MOST_CODES_AT_ONCE,
    NotOpen,
    WordingChanged,
    count_answers,
    draw_codes,
    give_out,
    lock,
    revoke_codes,
)
from events.forms import FeedbackForm
from events.models import Event, Question, Questionnaire
from events.models.feedback import Access
from events.printing import ALL_LANGUAGES, code_slips, paper_form
from events.reports import build_content, content_mark, make_report, read_content
from events.suppression import FEWEST_ANSWERS
from mrc_portal.admin_site import WorkItem, WorkList, add_work_list, work_list
from mrc_portal.context_processors import site_url
from mrc_portal.dates import moment
from mrc_portal.history_admin import ReadableHistoryMixin
from mrc_portal.languages import (
    LANGUAGE_CODES,
    OWN_NAMES,
    best_language,
    current_language,
    localized,
)
from mrc_portal.publishing import may_publish
from mrc_portal.publishing_admin import (
    EditorFieldsMixin,
    ErrorsAtFieldsMixin,
    LanguageTabsMixin,
    OrderedInlineFormSet,
    WholeMinutesForm,
    search_in,
)

View = Callable[[HttpRequest, str], HttpResponse]


def state_in_words(questionnaire: Questionnaire) -> str:
    if questionnaire.is_reported:
        return gettext("report made")
    if questionnaire.has_closed:
        return gettext("closed, no report yet")
    # Translators: state of a questionnaire.
    return gettext("open for answers") if questionnaire.has_opened else gettext("not open yet")


def forms_in_words(questionnaire: Questionnaire) -> str:
    """As much as may be known before the report: to watch the count grow would tell who answered
    when."""
    if questionnaire.is_reported:
        return gettext("counted and deleted")
    if questionnaire.form_count >= FEWEST_ANSWERS:
        return gettext("five or more")
    return gettext("fewer than five") if questionnaire.form_count else gettext("none yet")


class QuestionnaireForm(ErrorsAtFieldsMixin, WholeMinutesForm):
    """Knows whether its questions could still be changed when it was opened."""

    was_locked = forms.CharField(required=False)

    def _post_clean(self) -> None:
        """Sent back, it is the form of what is saved: what was refused does not count."""
        moments = self.instance.opens_at, self.instance.closes_at
        super()._post_clean()
        if self.instance.pk and self.errors:
            self.instance.opens_at, self.instance.closes_at = moments

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if self.instance.pk and self.instance.is_locked and not cleaned.get("was_locked"):
            raise ValidationError(
                _(
                    "Somebody has answered since you opened this form: the questions cannot change "
                    "any more, and nothing was saved."
                )
            )
        return cleaned


class QuestionFormSet(OrderedInlineFormSet):
    """The questions together: in at least one language all of them have words."""

    def clean(self) -> None:
        super().clean()
        if any(self.errors):
            return
        questions = [
            form.instance
            for form in self.forms
            if form.has_changed() or form.instance.pk
            if not (self.can_delete and self._should_delete_form(form))  # type: ignore[attr-defined]
        ]
        if not questions:
            raise ValidationError(_("Ask at least one question."))
        if not any(
            all(question.is_worded_in(code) for question in questions) for code in LANGUAGE_CODES
        ):
            raise ValidationError(_("In at least one language, every question must have its text."))


class EditorsOnlyMixin:
    """Contributors look; editors write, as long as the wording may change."""

    def may_edit(self, request: HttpRequest) -> bool:
        return may_publish(request.user, Event)


class QuestionInline(EditorsOnlyMixin, EditorFieldsMixin, TranslationStackedInline):
    model = Question
    translated_label = "{name}"
    formset = QuestionFormSet
    extra = 0

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """The language that one reads the admin in is open, the others are folded."""
        common = (None, {"fields": [("kind", "position"), "is_required", "band_starts"]})
        languages = [
            (
                OWN_NAMES[code],
                {
                    "fields": [
                        localized("text", code),
                        localized("help", code),
                        localized("options", code),
                        (localized("low_label", code), localized("high_label", code)),
                    ],
                    "classes": [] if code == current_language() else ["collapse"],
                },
            )
            for code in LANGUAGE_CODES
        ]
        return [common, *languages]

    def _may_change(self, request: HttpRequest, obj: Any) -> bool:
        return self.may_edit(request) and (obj is None or not obj.is_locked)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_add_permission(request, obj) and self._may_change(request, obj)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_change_permission(request, obj) and self._may_change(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_delete_permission(request, obj) and self._may_change(request, obj)


class CodesForm(forms.Form):
    """How many slips to print, in which language."""

    number = forms.IntegerField(
        label=_("Number of slips"), min_value=1, max_value=MOST_CODES_AT_ONCE, initial=30
    )
    language = forms.ChoiceField(label=_("Language of the slips"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        languages = [(code, OWN_NAMES[code]) for code in LANGUAGE_CODES]
        self.fields["language"].choices = [  # type: ignore[attr-defined]
            (ALL_LANGUAGES, _("all languages on every slip")),
            *languages,
        ]


class ReportForm(forms.Form):
    """An editor's words for what people wrote, and the decision to freeze the report."""

    seen = forms.CharField(required=False, widget=forms.HiddenInput)
    sure = forms.BooleanField(
        label=_(
            "I have read the preview. The report is made once: afterwards neither I nor anybody "
            "else can change it."
        ),
        required=False,
    )

    def __init__(self, questions: list[Question], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.questions = questions
        for question in questions:
            for code in LANGUAGE_CODES:
                name = localized("paraphrase", code)
                self.fields[f"{name}_{question.pk}"] = forms.CharField(
                    label=OWN_NAMES[code],
                    required=False,
                    initial=getattr(question, name) or "",
                    show_hidden_initial=True,  # what a colleague has saved meanwhile stays
                    widget=forms.Textarea(
                        attrs={"rows": 4, "lang": code, "class": "vLargeTextField"}
                    ),
                )
            self.fields[f"left_out_{question.pk}"] = forms.BooleanField(
                label=_("Leave these answers out of the report"), required=False
            )

    @property
    def left_out(self) -> set[int]:
        if not self.is_bound:
            return set()
        return {it.pk for it in self.questions if self.cleaned_data.get(f"left_out_{it.pk}")}

    def parts(self) -> list[dict[str, Any]]:
        """For each open question: what people wrote, in the order of the alphabet, which says
        nothing, and the fields for the editor's words."""
        return [
            {
                "question": question,
                "texts": sorted(
                    question.open_answers.values_list("text", flat=True), key=str.casefold
                ),
                "paraphrases": [
                    self[f"{localized('paraphrase', code)}_{question.pk}"]
                    for code in LANGUAGE_CODES
                ],
                "left_out": self[f"left_out_{question.pk}"],
            }
            for question in self.questions
        ]

    @transaction.atomic
    def save(self, questionnaire: Questionnaire) -> None:
        """Keep the words, as long as there is no report."""
        if lock(questionnaire).is_reported:
            return
        for question in self.questions:
            names = [localized("paraphrase", code) for code in LANGUAGE_CODES]
            changed = [name for name in names if f"{name}_{question.pk}" in self.changed_data]
            for name in changed:
                setattr(question, name, self.cleaned_data[f"{name}_{question.pk}"])
            if changed:
                question.save(update_fields=changed)


@admin.register(Questionnaire)
class QuestionnaireAdmin(
    EditorsOnlyMixin, LanguageTabsMixin, ReadableHistoryMixin, SimpleHistoryAdmin, TranslationAdmin
):
    form = QuestionnaireForm
    change_form_template = "admin/events/questionnaire/change_form.html"
    list_display = ["__str__", "state", "opens_at", "closes_at", "languages_told"]
    list_filter = ["access", "is_demonstration"]
    list_select_related = ["event", "report"]
    search_fields = [*(f"event__{name}" for name in search_in("title"))]
    search_help_text = _(
        "Part of a title in any language; capitals or small letters make no difference"
    )
    date_hierarchy = "opens_at"
    autocomplete_fields = ["event"]
    inlines = [QuestionInline]
    readonly_fields = ["state", "forms_counted"]
    tab_fields = ["intro"]
    view_on_site = False
    common_fieldsets = [
        (
            None,
            {
                "fields": [
                    "event",
                    ("state", "forms_counted"),
                    ("opens_at", "closes_at"),
                    ("access", "is_demonstration"),
                ]
            },
        )
    ]

    class Media:
        css = {"all": ["admin/feedback.css"]}

    # What is told

    @admin.display(description=_("state"))
    def state(self, questionnaire: Questionnaire) -> str:
        return state_in_words(questionnaire) if questionnaire.pk else ""

    @admin.display(description=_("forms counted"))
    def forms_counted(self, questionnaire: Questionnaire) -> str:
        return forms_in_words(questionnaire) if questionnaire.pk else ""

    @admin.display(description=_("languages"))
    def languages_told(self, questionnaire: Questionnaire) -> str:
        return ", ".join(OWN_NAMES[code] for code in questionnaire.languages)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Questionnaire]:
        return super().get_queryset(request).prefetch_related("questions")

    # Who may do what

    def has_add_permission(self, request: HttpRequest) -> bool:
        return super().has_add_permission(request) and self.may_edit(request)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Once the report is made, everything it tells of stays as it was."""
        is_frozen = obj is not None and obj.is_reported
        return (
            super().has_change_permission(request, obj) and self.may_edit(request) and not is_frozen
        )

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """With answers it stays: whoever gave them was promised a report."""
        is_locked = obj is not None and obj.is_locked
        return (
            super().has_delete_permission(request, obj) and self.may_edit(request) and not is_locked
        )

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        actions = super().get_actions(request)
        actions.pop("delete_selected", None)
        return actions

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        fields = list(super().get_readonly_fields(request, obj))
        return fields if obj is None else [*fields, *obj.fixed_fields]

    def get_object(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        """To be saved or deleted, it is locked first: nobody answers other words meanwhile, and no
        answer is forgotten by being counted at this moment."""
        questionnaire = super().get_object(request, *args, **kwargs)
        if request.method == "POST" and questionnaire is not None:
            return lock(questionnaire)
        return questionnaire

    # The form

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        obj = kwargs.get("obj")
        context["may_edit"] = self.may_edit(request)
        context["shown_languages"] = self._shown_languages(obj) if obj is not None else []
        if obj is not None:  # whole, to be sent to those who took part
            address = reverse("events:feedback_form", args=[obj.event.slug])
            context["answered_at"] = site_url(request) + address
        return super().render_change_form(request, context, *args, **kwargs)

    # Slips, paper, entering, report

    def get_urls(self) -> list[URLPattern]:
        return [
            self._path("codes", self.codes_view),
            self._path("entry", self.entry_view),
            self._path("preview", self.preview_view),
            self._path("report", self.report_view),
            path(
                "<path:object_id>/paper-<str:language>.pdf",
                self.admin_site.admin_view(self.paper_view),
                name="events_questionnaire_paper",
            ),
            *super().get_urls(),
        ]

    def _path(self, name: str, view: View) -> URLPattern:
        address = f"<path:object_id>/{name}/"
        return path(address, self.admin_site.admin_view(view), name=f"events_questionnaire_{name}")

    def _find(self, request: HttpRequest, object_id: str) -> Questionnaire:
        """For the editors' own pages. Raises Http404 or PermissionDenied."""
        if not self.may_edit(request):
            raise PermissionDenied
        number = unquote(object_id)
        if not number.isdecimal() or len(number) > 18:
            raise Http404
        return get_object_or_404(self.get_queryset(request).select_related("event"), pk=number)

    def _page(
        self, request: HttpRequest, name: str, questionnaire: Questionnaire, **context: Any
    ) -> TemplateResponse:
        everywhere = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "questionnaire": questionnaire,
            "subtitle": None,
            "state": state_in_words(questionnaire),
            "forms_counted": forms_in_words(questionnaire),
        }
        template = f"admin/events/questionnaire/{name}.html"
        return TemplateResponse(request, template, {**everywhere, **context})

    def codes_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Slips with new codes. They are made and sent in one go, and then known to nobody but
        those who hold a slip."""
        questionnaire = self._find(request, object_id)
        if request.method == "POST" and "_revoke" in request.POST:
            number = revoke_codes(questionnaire)
            text = ngettext("%(count)d code was revoked.", "%(count)d codes were revoked.", number)
            self.message_user(request, text % {"count": number}, messages.SUCCESS)
            return HttpResponseRedirect(request.path)
        form = CodesForm(request.POST if request.method == "POST" else None)
        if form.is_valid() and questionnaire.takes_codes:
            codes = draw_codes(form.cleaned_data["number"])
            language = form.cleaned_data["language"]
            pdf = code_slips(questionnaire, codes, language, site_url(request))
            give_out(questionnaire, codes)
            return _pdf(pdf, f"codes-{questionnaire.event.short_id}.pdf")
        return self._page(
            request,
            "codes",
            questionnaire,
            title=gettext("One-time codes"),
            form=form,
            unused=questionnaire.codes.count(),
            uses_codes=questionnaire.access == Access.CODES,
            most=MOST_CODES_AT_ONCE,
        )

    def paper_view(self, request: HttpRequest, object_id: str, language: str) -> HttpResponse:
        questionnaire = self._find(request, object_id)
        if language not in questionnaire.languages:
            raise Http404
        pdf = paper_form(questionnaire, language)
        return _pdf(pdf, f"questionnaire-{questionnaire.event.short_id}-{language}.pdf")

    def _language(self, request: HttpRequest, questionnaire: Questionnaire) -> str:
        """In which language the questions are shown: the chosen, the editor's or the nearest."""
        wanted = request.GET.get("language", "")
        wanted = wanted if wanted in LANGUAGE_CODES else current_language()
        language = best_language(wanted, questionnaire.languages)
        if language is None:
            raise Http404
        return language

    def _shown_languages(self, questionnaire: Questionnaire) -> list[tuple[str, str]]:
        return [(code, OWN_NAMES[code]) for code in questionnaire.languages]

    def preview_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """The questions as readers will see them, before the clock opens them."""
        questionnaire = self._find(request, object_id)
        language = self._language(request, questionnaire)
        return self._page(
            request,
            "preview",
            questionnaire,
            title=gettext("Preview of the questions"),
            form=FeedbackForm(questionnaire, language),
            languages=self._shown_languages(questionnaire),
            language=language,
        )

    def entry_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Forms from paper, one after another. No message is kept in the session and no line in
        the admin's log: both would tell when a form was entered."""
        return never_cache(sensitive_post_parameters()(self._enter))(request, object_id)

    def _enter(self, request: HttpRequest, object_id: str) -> HttpResponse:
        questionnaire = self._find(request, object_id)
        language = self._language(request, questionnaire)
        is_sent = request.method == "POST"
        form = FeedbackForm(
            questionnaire, language, *([request.POST] if is_sent else []), on_paper=True
        )
        if is_sent and questionnaire.takes_paper and form.is_valid():
            try:
                mark = form.current_mark
                count_answers(questionnaire, form.answers(), mark=mark, on_paper=True)
            except NotOpen:
                questionnaire = self._find(request, object_id)  # somebody has made the report
            except WordingChanged:
                changed = self._find(request, object_id)
                form = FeedbackForm(changed, language, request.POST, on_paper=True)
            else:
                return HttpResponseRedirect(f"{request.path}?language={language}&saved=1")
        return self._page(
            request,
            "entry",
            questionnaire,
            title=gettext("Enter answers from paper"),
            form=form,
            languages=self._shown_languages(questionnaire),
            language=language,
            was_saved="saved" in request.GET and not is_sent,
        )

    def report_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """The words of the editors, the preview of exactly what will be printed, the decision."""
        return never_cache(sensitive_post_parameters()(self._report))(request, object_id)

    def _report(self, request: HttpRequest, object_id: str) -> HttpResponse:
        questionnaire = self._find(request, object_id)
        title = gettext("Feedback report")
        if questionnaire.is_reported or not questionnaire.has_closed:
            return self._page(request, "report", questionnaire, title=title)
        content = build_content(questionnaire)
        # Only of these something is told; what fewer people wrote is not shown to editors either.
        questions = [
            question
            for question, told in zip(
                questionnaire.questions.all(), content["questions"], strict=True
            )
            if question.is_text and told["answered"] is not None
        ]
        form = ReportForm(questions, request.POST if request.method == "POST" else None)
        problems: list[str] = []
        if form.is_bound and form.is_valid():
            form.save(questionnaire)
            if "_make" in request.POST:
                try:
                    self._make(request, questionnaire, form)
                except ValidationError as error:
                    problems = error.messages
                else:
                    return HttpResponseRedirect(request.path)
        if form.is_bound:
            questionnaire = self._find(request, object_id)
            content = build_content(questionnaire, form.left_out)
        return self._page(
            request,
            "report",
            questionnaire,
            title=title,
            form=form,
            parts=form.parts(),
            problems=problems,
            report=read_content(content),
            mark=content_mark(content),
        )

    def _make(self, request: HttpRequest, questionnaire: Questionnaire, form: ReportForm) -> None:
        if not form.cleaned_data["sure"]:
            raise ValidationError(_("Please tick that you have read the preview."))
        assert request.user.is_authenticated
        seen = form.cleaned_data["seen"] or "nothing"
        make_report(questionnaire, request.user, form.left_out, seen)
        text = gettext("The report is made. Readers see it on the page of the event.")
        self.message_user(request, text, messages.SUCCESS)


def _pdf(content: bytes, name: str) -> HttpResponse:
    """Sent once and kept nowhere."""
    return HttpResponse(
        content,
        content_type="application/pdf",
        headers={
            "Content-Disposition": f'attachment; filename="{name}"',
            "Cache-Control": "no-store",
        },
    )


def reports_to_make(request: HttpRequest) -> WorkList | None:
    """Questionnaires that have closed and wait for their report, for the start page."""
    if not may_publish(request.user, Event):
        return None
    waiting = (
        Questionnaire.objects.filter(closes_at__lte=timezone.now(), report__isnull=True)
        .select_related("event")
        .order_by("closes_at", "pk")
    )

    def item(questionnaire: Questionnaire) -> WorkItem:
        url = reverse("admin:events_questionnaire_report", args=[questionnaire.pk])
        return WorkItem(str(questionnaire), url, moment(questionnaire.closes_at))

    return work_list(
        _("Feedback without a report"),
        waiting,
        item,
        _("No questionnaire waits for its report."),
    )


add_work_list(reports_to_make)
