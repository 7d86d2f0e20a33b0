"""Answers of the API: lists, items, its description; whatever is wrong is a problem (RFC 9457)."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from functools import wraps
from http import HTTPStatus
from typing import Any, cast

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import translation
from django.utils.cache import get_conditional_response, set_response_etag
from django.utils.dateparse import parse_datetime
from django.utils.http import http_date
from django.views.decorators.csrf import csrf_exempt

from mrc_portal.api.description import openapi
from mrc_portal.api.resources import SLUG, Asked, Refused, Resource, read_query, resources
from mrc_portal.context_processors import site_url
from mrc_portal.rate_limit import RateLimit, client_address

# A program that asks once a second, and gets a hundred items each time, has all in a minute.
requests_limit = RateLimit(600)

METHODS = "GET, HEAD, OPTIONS"
# The data are public, and readers bring neither cookies nor names: any page may ask for them.
# https://fetch.spec.whatwg.org/#http-cors-protocol
CORS = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": "ETag, Last-Modified, Link, Retry-After",
}
PREFLIGHT = {
    "Allow": METHODS,
    "Access-Control-Allow-Methods": METHODS,
    "Access-Control-Allow-Headers": "Accept, If-Modified-Since, If-None-Match",
    "Access-Control-Max-Age": "86400",
}

View = Callable[..., HttpResponse]


def api_view(view: View) -> View:
    """What all addresses of the API have in common, those that do not exist included."""

    @csrf_exempt  # nothing is ever written
    @wraps(view)
    def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        response = _unless_unchanged(request, _answer(view, request, *args, **kwargs))
        for name, value in CORS.items():
            response.headers[name] = value
        response.headers["X-Robots-Tag"] = "noindex"
        return response

    return answer


def _unless_unchanged(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """304 where that is due: here and not in the middleware, which would drop what other pages
    need to be allowed to read it."""
    if response.status_code != HTTPStatus.OK:
        return response
    set_response_etag(response)
    answer = get_conditional_response(request, response["ETag"], None, response)
    return cast("HttpResponse", answer)


def _answer(view: View, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
    if request.method == "OPTIONS":
        return HttpResponse(status=HTTPStatus.NO_CONTENT, headers=PREFLIGHT)
    if request.method not in ("GET", "HEAD"):
        return _problem(
            HTTPStatus.METHOD_NOT_ALLOWED,
            "Read only",
            "Nothing can be written here.",
            Allow=METHODS,
        )
    address = client_address(request)
    if not requests_limit.take(address):
        seconds = str(max(requests_limit.seconds_to_wait(address), 1))
        detail = f"Too many requests from your address. Please come again in {seconds} seconds."
        return _problem(
            HTTPStatus.TOO_MANY_REQUESTS,
            "Too many requests",
            detail,
            **{"Retry-After": seconds, "Cache-Control": "no-store"},
        )
    language = request.GET.get("lang", "")
    known = language in dict(settings.LANGUAGES)
    try:
        with translation.override(language if known else settings.LANGUAGE_CODE):
            return view(request, *args, **kwargs)
    except Refused as refused:
        return _problem(refused.status, refused.title, refused.detail)


def _problem(status: int, title: str, detail: str, **headers: str) -> HttpResponse:
    problem = {"type": "about:blank", "title": title, "status": int(status), "detail": detail}
    return _json(problem, "application/problem+json", status, headers)


def _json(
    content: Any,
    media_type: str = "application/json",
    status: int = HTTPStatus.OK,
    headers: dict[str, str] | None = None,
) -> HttpResponse:
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
    return HttpResponse(text, content_type=media_type, status=status, headers=headers)


@api_view
def index(request: HttpRequest) -> HttpResponse:
    """Where the lists are that need no key."""
    read_query(request.GET, ())
    base = site_url(request) + request.path
    lists = {it.path: base + it.path for it in resources() if "{" not in it.path}
    return _json({"description": f"{base}openapi.json", "lists": lists})


@api_view
def description(request: HttpRequest) -> HttpResponse:
    return _json(
        openapi(resources(), site_url(request)), "application/vnd.oai.openapi+json;version=3.1"
    )


@api_view
def item_list(request: HttpRequest, resource: Resource, within: str = "") -> HttpResponse:
    _check_keys(within)
    values = read_query(request.GET, resource.of_list)
    asked = Asked(values, site_url(request), within)
    listed = resource.list_items(asked)
    here = asked.site + request.path
    own = asked.data.urlencode()
    links = {"self": f"{here}?{own}" if own else here, "next": None}
    response_headers = {}
    if listed.next:
        data = asked.data
        data["cursor"] = listed.next
        links["next"] = f"{here}?{data.urlencode()}"
        response_headers["Link"] = f'<{links["next"]}>; rel="next"'  # RFC 8288
    return _json({"items": listed.items, "links": links}, headers=response_headers)


@api_view
def item_detail(
    request: HttpRequest, resource: Resource, key: str, within: str = ""
) -> HttpResponse:
    _check_keys(within, key)
    values = read_query(request.GET, resource.of_item)
    found = resource.find_item(Asked(values, site_url(request), within), key)
    if found is None:
        raise _nothing_here()
    changed_at = parse_datetime(found.get("changed_at") or "")
    # For those who read it. Whether the answer has changed, the ETag alone knows: it also tells of
    # the names of people and topics, which have no date.
    headers = {"Last-Modified": http_date(changed_at.timestamp())} if changed_at else None
    return _json(found, headers=headers)


def _check_keys(*keys: str) -> None:
    """Raises Refused for what no record is called; the database is not troubled with it."""
    if not all(re.fullmatch(SLUG, key) for key in keys if key):
        raise _nothing_here()


def _nothing_here() -> Refused:
    return Refused(404, "Not found", "There is nothing public at this address.")


@api_view
def nothing(request: HttpRequest, path: str = "") -> HttpResponse:
    raise Refused(404, "Not found", "The API has no such address.")
