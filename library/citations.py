"""How to cite a document, as plain text in the custom of the reader's language."""

from __future__ import annotations

import datetime

from django.utils import timezone
from django.utils.translation import gettext as _

from library.models import Document
from mrc_portal.languages import LanguageVersion, current_language


def cite(document: Document, version: LanguageVersion, url: str) -> str:
    """One reference: after GOST R 7.0.100-2018 in Russian and Kyrgyz, after APA 7 in English."""
    today = timezone.localdate()
    if current_language() == "en":
        return _apa(document, version, url)
    return _gost(document, version, url, today)


def citation_style() -> str:
    """The standard that cite() follows on this page."""
    return _("APA, 7th edition") if current_language() == "en" else _("GOST R 7.0.100–2018")


def _authors(document: Document) -> str:
    names = [contribution.contributor for contribution in document.authors]
    return ", ".join(str(name.short_label) for name in names if name)


def _gost(document: Document, version: LanguageVersion, url: str, today: datetime.date) -> str:
    responsibility = f" / {authors}" if (authors := _authors(document)) else ""
    place = version.place or ""
    year = str(document.year) if document.year else ""
    parts = [f"{version.title} : {document.get_kind_display()}{responsibility}"]
    if version.edition:
        parts.append(version.edition)
    if imprint := ", ".join(filter(None, (place, year))):
        parts.append(imprint)
    if document.shown_pages:
        # Translators: pages in a reference by GOST: «24 с.»
        parts.append(_("%(pages)s p.") % {"pages": document.shown_pages})
    # Translators: the date of access in a reference by GOST.
    accessed = _("accessed: %(date)s") % {"date": f"{today:%d.%m.%Y}"}
    parts.append(f"URL: {url} ({accessed})")
    # Translators: the last element of a reference by GOST, the kind of content and its medium.
    parts.append(_("Text : electronic"))
    return ". – ".join(part.rstrip(".") for part in parts) + "."


def _apa(document: Document, version: LanguageVersion, url: str) -> str:
    year = str(document.year) if document.year else "n.d."
    authors = _authors(document)
    edition = f" ({version.edition})" if version.edition else ""
    opening = f"{authors}. ({year}). {version.title}" if authors else f"{version.title}. ({year})"
    return f"{opening}{edition}. {url}"
