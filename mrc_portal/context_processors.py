"""What every page needs: its languages, its canonical address, the public address of the site."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.core.exceptions import DisallowedHost
from django.http import HttpRequest
from django.urls import reverse

from mrc_portal.languages import LANGUAGE_CODES, OWN_NAMES, current_language


@dataclass(frozen=True)
class LanguageLink:
    code: str
    name: str
    url: str  # the same page in that language
    choose_url: str  # the same, and remember the choice
    is_current: bool


def portal(request: HttpRequest) -> dict[str, Any]:
    return {
        "site_url": site_url(request),
        "language_links": language_links(request),
        "current_language": current_language(),
    }


def site_url(request: HttpRequest) -> str:
    """The public address, without a slash at the end: from the settings, else as requested.

    Empty when the request names a host that is not ours: the error page for it needs no address.
    """
    if settings.SITE_URL:
        return settings.SITE_URL
    try:
        return f"{request.scheme}://{request.get_host()}"
    except DisallowedHost:
        return ""


def language_links(request: HttpRequest) -> list[LanguageLink]:
    """This page in each language, filters and query included."""
    language = current_language()
    path = request.get_full_path()
    if not path.startswith(f"/{language}/"):
        path = f"/{language}/"
    links = []
    for code in LANGUAGE_CODES:
        url = f"/{code}/" + path.removeprefix(f"/{language}/")
        choose = reverse("choose_language", args=[code]) + "?" + urlencode({"next": url})
        links.append(LanguageLink(code, OWN_NAMES[code], url, choose, code == language))
    return links
