"""Councils and working groups; letters with their versions and signatories."""

from __future__ import annotations

from typing import TypeVar

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from council.bodies import read_letters, read_meetings, read_members, read_parts, read_plans
from council.letters import read_signatories, read_texts
from council.models import Body, Letter, LetterTask
from council.paging import cut
from library.models import Document
from mrc_portal.addresses import gone_or_moved, lead_to_permanent, page_number
from mrc_portal.context_processors import site_url
from mrc_portal.languages import current_language
from mrc_portal.listing import ROWS_PER_PAGE
from mrc_portal.publishing import Publishable, may_see_drafts

Record = TypeVar("Record", bound=Publishable)


@require_safe
def body_list(request: HttpRequest) -> HttpResponse:
    bodies = Body.objects.published().in_order().for_lines()
    listing = cut(bodies, ROWS_PER_PAGE, page_number(request))
    return render(request, "council/body_list.html", {"listing": listing})


@require_safe
def body_detail(request: HttpRequest, slug: str) -> HttpResponse:
    # Staff preview a draft at its final address; everyone else gets a 404.
    body = Body.objects.visible_to(request.user).for_page().filter(slug=slug).first()
    if body is None:
        return gone_or_moved(request, Body.objects.all(), slug)
    sees_drafts = may_see_drafts(request.user, Body)
    return render(
        request,
        "council/body_detail.html",
        {
            "body": body,
            "version": body.version_for(current_language(), with_drafts=sees_drafts),
            "parent": _public(body.parent),
            "parts": list(read_parts(body)),
            "members": read_members(body, page_number(request)),
            "meetings": read_meetings(body),
            "plans": list(read_plans(body)),
            "letters": list(read_letters(body)),
            "topics": list(body.topics.all()),
            "permanent_url": site_url(request) + body.get_permanent_path(),
            "sees_drafts": sees_drafts,
        },
    )


@require_safe
def permanent_body(request: HttpRequest, short_id: str) -> HttpResponse:
    """The language-neutral address of a council or working group, for ever."""
    return lead_to_permanent(request, Body.objects.all(), short_id)


@require_safe
def letter_list(request: HttpRequest) -> HttpResponse:
    letters = Letter.objects.published().latest_first().for_lines()
    listing = cut(letters, ROWS_PER_PAGE, page_number(request))
    return render(request, "council/letter_list.html", {"listing": listing})


@require_safe
def letter_detail(request: HttpRequest, slug: str) -> HttpResponse:
    # Staff preview a draft at its final address; everyone else gets a 404.
    letter = Letter.objects.visible_to(request.user).for_page().filter(slug=slug).first()
    if letter is None:
        return gone_or_moved(request, Letter.objects.all(), slug)
    sees_drafts = may_see_drafts(request.user, Letter)
    version = letter.version_for(current_language(), with_drafts=sees_drafts)
    answer = letter.answer_document
    if answer is not None and not may_see_drafts(request.user, Document):
        answer = _public(answer)
    tasks = LetterTask.objects.filter(letter=letter).select_related("organisation")
    return render(
        request,
        "council/letter_detail.html",
        {
            "letter": letter,
            "version": version,
            "texts": read_texts(version, request.GET.get("version", "")),
            "tasks": list(tasks),
            "signatories": read_signatories(letter, page_number(request)),
            "answer_document": answer,
            "event": _public(letter.event),
            "sender": _public(letter.sender),
            "permanent_url": site_url(request) + letter.get_permanent_path(),
            "sees_drafts": sees_drafts,
        },
    )


@require_safe
def permanent_letter(request: HttpRequest, short_id: str) -> HttpResponse:
    """The language-neutral address of a letter, for ever."""
    return lead_to_permanent(request, Letter.objects.all(), short_id)


def _public(record: Record | None) -> Record | None:
    return record if record is not None and record.is_published else None
