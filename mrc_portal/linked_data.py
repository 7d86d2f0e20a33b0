"""What search engines read of a page: schema.org as JSON-LD in a block that no browser runs."""

from __future__ import annotations

import json
from typing import Any

from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from mrc_portal.languages import LANGUAGE_CODES

# No text may end the script element that carries it; as in django.utils.html.json_script().
ESCAPES = {ord(">"): "\\u003E", ord("<"): "\\u003C", ord("&"): "\\u0026"}
CONTEXT = "https://schema.org"
SCHEMA = f"{CONTEXT}/"


def as_script(data: dict[str, Any]) -> SafeString:
    """A data block for the page; nothing of nothing."""
    if not data:
        return mark_safe("")
    text = json.dumps(data, ensure_ascii=False).translate(ESCAPES)
    return format_html(
        '<script type="application/ld+json">{}</script>',
        mark_safe(text),  # noqa: S308, escaped
    )


def without_gaps(data: dict[str, Any]) -> dict[str, Any]:
    """Only what is known."""
    return {name: value for name, value in data.items() if value}


def site_data(site: str) -> dict[str, Any]:
    """The portal and who keeps it, in the language of the page, with its search."""
    home = site + reverse("home")
    return {
        "@context": CONTEXT,
        "@type": "WebSite",
        "@id": f"{site}/",
        "url": home,
        "name": _("Migrant Rights Information Center"),
        "inLanguage": list(LANGUAGE_CODES),
        "publisher": {
            "@type": "Organization",
            "name": _("Tian Shan Policy Center, Bishkek"),
            "url": site + reverse("about"),
        },
        "potentialAction": {
            "@type": "SearchAction",
            "target": {
                "@type": "EntryPoint",
                "urlTemplate": f"{site}{reverse('search')}?q={{words}}",
            },
            "query-input": "required name=words",
        },
    }
