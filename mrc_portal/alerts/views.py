"""Pages for following by e-mail: without account, cookie or script.

No page says whether an address is known. Nothing asks for the session, and nothing is logged."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from mrc_portal.alerts import subscribing
from mrc_portal.alerts.followed import Followed, followed, still_followed
from mrc_portal.alerts.forms import ChoiceForm, FollowForm
from mrc_portal.alerts.models import Frequency, Subscriber, is_on
from mrc_portal.alerts.subscribing import TooManyRequests, TooManySubscriptions
from mrc_portal.alerts.tokens import managing_token, request_of, subscriber_of
from mrc_portal.languages import current_language
from mrc_portal.rate_limit import TOO_MANY, WINDOW_SECONDS, RateLimit, client_address

WHAT = "what"  # in an address, beside the query of the list
# A family over one Wi-Fi follows some things each; a program types in all addresses that it has.
forms_limit = RateLimit(20)

View = Callable[..., HttpResponse]


def _page(*methods: str) -> Callable[[View], View]:
    """A page that is there as long as letters can be sent, and that no cache keeps.

    No token against forged requests: it would need a cookie. There is nothing to forge: a form
    comes from nobody in particular, and all that follows needs a link out of a letter."""

    def decorate(view: View) -> View:
        @csrf_exempt
        @never_cache
        @sensitive_post_parameters()
        @require_http_methods([*methods, "HEAD"])
        @wraps(view)
        def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if not is_on():
                raise Http404
            request.encoding = "utf-8"  # as our pages send it; others may name codecs that break
            return view(request, *args, **kwargs)

        return answer

    return decorate


@_page("GET", "POST")
def follow(request: HttpRequest) -> HttpResponse:
    """The form, for the list that the address names: ?what=library&topic=labour."""
    data = request.GET.copy()
    its = followed("".join(data.pop(WHAT, [""])[:1]), data)
    if request.method != "POST":
        initial = {"language": current_language(), "frequency": Frequency.WEEKLY}
        return _show(request, its, FollowForm(initial=initial))
    form = FollowForm(request.POST)
    if form.is_trapped:
        return redirect("alerts:sent")
    if not form.is_valid():
        return _show(request, its, form)
    if not forms_limit.take(client_address(request)):
        return _show(request, its, form, TOO_MANY)
    values = form.cleaned_data
    try:
        subscribing.ask(values["address"], values["language"], values["frequency"], its)
    except TooManyRequests:
        return _show(request, its, form, TOO_MANY)
    return redirect("alerts:sent")


def _show(request: HttpRequest, its: Followed, form: FollowForm, status: int = 200) -> HttpResponse:
    context = {"its": its, "form": form, "is_too_many": status == TOO_MANY}
    response = render(request, "alerts/follow.html", context, status=status)
    if status == TOO_MANY:
        response["Retry-After"] = str(WINDOW_SECONDS)
    return response


@_page("GET")
def sent(request: HttpRequest) -> HttpResponse:
    """The same for an address that is new, known, wrong, or typed too often."""
    return render(request, "alerts/sent.html")


@_page("GET", "POST")
def confirm(request: HttpRequest, token: str) -> HttpResponse:
    """A button; programs that look through mail for harmful links do not press it."""
    asked = request_of(token)
    its = still_followed(asked.what, asked.query) if asked else None
    if asked is None or its is None:
        return _no_more(request)
    if request.method != "POST":
        return render(request, "alerts/confirm.html", {"asked": asked, "its": its})
    try:
        subscriber = subscribing.confirm(asked)
    except TooManySubscriptions:
        return render(request, "alerts/confirm.html", {"asked": asked, "its": its, "is_full": True})
    return _to_choices(managing_token(subscriber), "confirmed")


@_page("GET", "POST")
def manage(request: HttpRequest, token: str) -> HttpResponse:
    """What one follows, how often, in which language; and the way out of it."""
    subscriber = subscriber_of(token)
    if subscriber is None:
        return _no_more(request)
    if request.method != "POST":
        return _show_choices(request, subscriber, token)
    return _change(request, subscriber, token)


def _change(request: HttpRequest, subscriber: Subscriber, token: str) -> HttpResponse:
    if "forget" in request.POST:
        subscribing.forget(subscriber.address)
        return render(request, "alerts/forgotten.html")
    if "stop" in request.POST:
        number = request.POST["stop"]
        if number.isascii() and number.isdecimal() and len(number) < 19:
            is_left = subscribing.stop(subscriber, int(number))
            if not is_left:
                return render(request, "alerts/forgotten.html")
        return _to_choices(token, "saved")
    form = ChoiceForm(request.POST)
    if form.is_valid():
        values = form.cleaned_data
        subscribing.choose(subscriber, values["language"], values["frequency"])
    return _to_choices(token, "saved")


def _to_choices(token: str, done: str) -> HttpResponse:
    """To the page of the choices, which says what was done."""
    return redirect(reverse("alerts:manage", args=[token]) + f"?{done}=1")


def _show_choices(request: HttpRequest, subscriber: Subscriber, token: str) -> HttpResponse:
    rows = list(subscriber.subscriptions.all())
    initial = {"language": subscriber.language, "frequency": subscriber.frequency}
    context = {
        "subscriber": subscriber,
        "address": _masked(subscriber.address),
        "rows": [(row, still_followed(row.what, row.query)) for row in rows],
        "form": ChoiceForm(initial=initial),
        "token": token,
    }
    return render(request, "alerts/manage.html", context)


def _masked(address: str) -> str:
    """Enough for its owner; a letter that was passed on tells nobody the rest."""
    name, _at, domain = address.rpartition("@")
    return f"{name[:1]}…@{domain}"


@_page("GET", "POST")
def stop(request: HttpRequest, token: str) -> HttpResponse:
    """RFC 8058: mail programs send a POST here when their reader wants no more of these letters.
    It answers them the same when there is nobody to forget any more."""
    subscriber = subscriber_of(token)
    if request.method == "POST":
        if subscriber is not None:
            subscribing.forget(subscriber.address)
        return render(request, "alerts/forgotten.html")
    if subscriber is None:
        return _no_more(request)
    return render(request, "alerts/stop.html", {"address": _masked(subscriber.address)})


def _no_more(request: HttpRequest) -> HttpResponse:
    return render(request, "alerts/no_more.html", status=404)
