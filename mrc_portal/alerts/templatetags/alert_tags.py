from __future__ import annotations

from urllib.parse import urlencode

from django import template
from django.urls import reverse

from mrc_portal.alerts.models import is_on
from mrc_portal.alerts.views import WHAT

register = template.Library()

LINE = 72


@register.simple_tag
def follow_address(what: str, query: str = "") -> str:
    """Where one follows the list of this name by e-mail; empty where no letters can be sent.

    `query` is that of the list, as it stands in its address."""
    if not is_on():
        return ""
    address = reverse("alerts:follow") + "?" + urlencode({WHAT: what})
    return f"{address}&{query}" if query else address


@register.filter
def underlined(line: str) -> str:
    """A heading as plain text has it."""
    return f"{line}\n{'=' * min(len(line), LINE)}"
