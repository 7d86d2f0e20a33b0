"""Questionnaires and reports on feedback, for readers.

Nothing here asks for the session or the account, and nothing is logged: forms come from nobody."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import translation
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe

from events.feedback import (
    NotOpen,
    WordingChanged,
    WrongCode,
    count_answers,
    grouped_code,
    questionnaire_of_code,
)
from events.forms import FeedbackForm
from events.models import Event, Questionnaire
from events.rate_limit import forms_limit, wrong_codes_limit
from events.reports import read_report
from mrc_portal.addresses import gone_or_moved, in_readers_language
from mrc_portal.languages import best_language, current_language
from mrc_portal.publishing import find_by_former_slug
from mrc_portal.rate_limit import TOO_MANY, WINDOW_SECONDS, client_address


def _public_questionnaire(slug: str, *, with_questions: bool = False) -> Questionnaire | None:
    """The questionnaire of a published event; of no other, whoever asks."""
    questionnaires = Questionnaire.objects.filter(
        event__in=Event.objects.published(), event__slug=slug
    ).select_related("event", "report")
    if with_questions:
        questionnaires = questionnaires.prefetch_related("questions")
    return questionnaires.first()


def _gone_or_moved(request: HttpRequest, slug: str) -> HttpResponse:
    """An event that was renamed keeps its feedback, and a form on its way there arrives; one that
    asks nothing has its own page alone."""
    events = Event.objects.reachable_by(request.user)
    moved = find_by_former_slug(events.select_related("questionnaire"), slug)
    if moved is None:
        return gone_or_moved(request, Event.objects.all(), slug)
    if not hasattr(moved, "questionnaire"):
        return redirect(moved, permanent=True)
    assert request.resolver_match is not None
    page = request.resolver_match.view_name
    return redirect(page, moved.slug, permanent=True, preserve_request=True)


# No token against forged requests: it would need a cookie, and there is nothing to forge, since
# the form is sent by nobody in particular.
@csrf_exempt
@never_cache
@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def feedback_form(request: HttpRequest, slug: str) -> HttpResponse:
    request.encoding = "utf-8"  # as our page sends it; others may name codecs that break
    questionnaire = _public_questionnaire(slug, with_questions=True)
    if questionnaire is None:
        return _gone_or_moved(request, slug)
    language = best_language(
        current_language(), questionnaire.languages, questionnaire.event.original_language
    )
    if language is None:  # nothing to ask yet
        raise Http404
    if not questionnaire.is_open:
        return _not_open(request, questionnaire)
    if request.method == "POST":
        return _take(request, FeedbackForm(questionnaire, language, request.POST))
    initial = {"code": request.GET.get("code", "")}
    return _show(request, FeedbackForm(questionnaire, language, initial=initial))


def _take(request: HttpRequest, form: FeedbackForm) -> HttpResponse:
    """Count the form and thank for it, or show it again with everything that was typed."""
    thanks = redirect("events:feedback_thanks", form.questionnaire.event.slug)
    if form.is_trapped:
        return thanks
    if not form.is_valid():
        return _show(request, form)
    address = client_address(request)
    if form.needs_code:
        if wrong_codes_limit.is_reached(address):
            return _show(request, form, TOO_MANY)
    elif not forms_limit.take(address):
        return _show(request, form, TOO_MANY)
    try:
        count_answers(form.questionnaire, form.answers(), mark=form.current_mark, code=form.code)
    except NotOpen:
        return _not_open(request, form.questionnaire)
    except WrongCode:
        wrong_codes_limit.take(address)
        pressed_twice = translation.gettext(
            "If you pressed the button twice, your answers were counted the first time."
        )
        form.add_error("code", f"{wrong_code_message()} {pressed_twice}")
        return _show(request, form)
    except WordingChanged:
        slug = form.questionnaire.event.slug
        changed = _public_questionnaire(slug, with_questions=True) or form.questionnaire
        form = FeedbackForm(changed, form.language, request.POST)
        return _show(request, form)
    return thanks


def wrong_code_message() -> str:
    """The same for a code that never was and for one that was used: nobody can try them out."""
    return translation.gettext(
        "This code is not known, or it has been used already, or its questionnaire is closed. "
        "Please compare it with your slip."
    )


def _show(request: HttpRequest, form: FeedbackForm, status: int = 200) -> HttpResponse:
    event = form.questionnaire.event
    context = {
        "form": form,
        "questionnaire": form.questionnaire,
        "event": event,
        "version": event.shown,
        "is_foreign": form.language != current_language(),
        "is_too_many": status == TOO_MANY,
    }
    response = render(request, "events/feedback_form.html", context, status=status)
    if status == TOO_MANY:
        response["Retry-After"] = str(WINDOW_SECONDS)
    return response


def _not_open(request: HttpRequest, questionnaire: Questionnaire) -> HttpResponse:
    """Says from when on, or that it is over. An answer that came too late is not found fault with,
    but 403 tells programs that it was not counted."""
    event = questionnaire.event
    context = {
        "questionnaire": questionnaire,
        "event": event,
        "version": event.shown,
        "was_sent": request.method == "POST",
    }
    status = 403 if request.method == "POST" else 200
    return render(request, "events/feedback_not_open.html", context, status=status)


@never_cache
@require_safe
def feedback_thanks(request: HttpRequest, slug: str) -> HttpResponse:
    questionnaire = _public_questionnaire(slug)
    if questionnaire is None:
        return _gone_or_moved(request, slug)
    event = questionnaire.event
    context = {"questionnaire": questionnaire, "event": event, "version": event.shown}
    return render(request, "events/feedback_thanks.html", context)


@require_safe
def feedback_report(request: HttpRequest, slug: str) -> HttpResponse:
    questionnaire = _public_questionnaire(slug)
    if questionnaire is None:
        return _gone_or_moved(request, slug)
    if not questionnaire.is_reported:
        raise Http404
    event = questionnaire.event
    report = read_report(questionnaire.report)
    context = {
        "questionnaire": questionnaire,
        "event": event,
        "version": event.shown,
        "report": report,
        "is_foreign": report.language != current_language(),
    }
    return render(request, "events/feedback_report.html", context)


# Else a stray POST would be logged as forged, with the code in its address.
@csrf_exempt
@never_cache
@require_safe
@in_readers_language
def feedback_code(request: HttpRequest, code: str = "") -> HttpResponse:
    """Where the QR code of a slip leads: to the form in the reader's language, code filled in.
    Whoever types the address and not the code is asked for it.

    Tells no more of a code than the form does, and as seldom."""
    code = code or request.GET.get("code", "").strip()
    if not code:
        return render(request, "events/feedback_code.html")
    address = client_address(request)
    if wrong_codes_limit.is_reached(address):
        response = render(
            request, "events/feedback_code.html", {"is_too_many": True}, status=TOO_MANY
        )
        response["Retry-After"] = str(WINDOW_SECONDS)
        return response
    if questionnaire := questionnaire_of_code(code):
        form = reverse("events:feedback_form", args=[questionnaire.event.slug])
        return redirect(f"{form}?code={grouped_code(code)}")
    wrong_codes_limit.take(address)
    context = {"code": code, "message": wrong_code_message()}
    return render(request, "events/feedback_code.html", context, status=404)
