"""How to cite a document: references by the CSL styles in library/csl, in the reader's language."""

from __future__ import annotations

import datetime
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from threading import Lock
from types import SimpleNamespace
from typing import Any

from citeproc import Citation, CitationItem, CitationStylesBibliography, CitationStylesStyle
from citeproc.source.json import CiteProcJSON
from django.utils import timezone, translation
from django.utils.functional import Promise
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from library.models import Kind
from library.models.documents import ContributionRole
from library.records import Contributor, Name, Record, joined_title
from mrc_portal.dates import PartialDate
from mrc_portal.languages import current_language, localized
from mrc_portal.transliteration import transliterate

STYLES_FOLDER = Path(__file__).parent / "csl"

# In the memory of a process: a reference takes ten times as long to write as to remember.
REFERENCES_KEPT = 1000

# Of more persons none stands in the heading of a reference by GOST.
MOST_IN_HEADING = 3

# The CSL locale of each language; there is none of Kyrgyz, whose terms the styles bring along.
CSL_LOCALES = {"ky": "ky", "ru": "ru", "en": "en-GB"}

CYRILLIC = re.compile(r"[\u0400-\u04ff]+")
ITALIC_FROM, ITALIC_TO = "\ue000", "\ue001"
# Private characters that mark italics until everything else is escaped; and what no reference has.
UNWANTED = re.compile(r"[\ue000\ue001\x00-\x1f\x7f]+")
# A reference makes one pause where a title ends in a mark of its own, but "?. —" is one of GOST's.
DOUBLE_STOP = re.compile(
    rf"(…{ITALIC_TO}?)\.|([?!]{ITALIC_TO}?)\.(?! —)|(?<!\.)(\.{ITALIC_TO}?)\.(?!\.)"
)


@dataclass(frozen=True)
class CitationStyle:
    name: str  # in addresses
    label: str | Promise
    file: str  # in library/csl, without its extension
    is_gost: bool = False
    has_initials: bool = True  # instead of given names


STYLES = (
    CitationStyle(
        "gost-2018", gettext_lazy("GOST R 7.0.100–2018"), "gost-r-7-0-100-2018", is_gost=True
    ),
    CitationStyle(
        "gost-2008", gettext_lazy("GOST R 7.0.5–2008"), "gost-r-7-0-5-2008", is_gost=True
    ),
    CitationStyle("apa", gettext_lazy("APA, 7th edition"), "apa"),
    CitationStyle(
        "chicago",
        gettext_lazy("Chicago, 18th edition, author and date"),
        "chicago-author-date",
        has_initials=False,
    ),
)


@dataclass(frozen=True)
class Reference:
    style: CitationStyle
    text: str
    html: SafeString  # the same, with italics


def usual_style() -> CitationStyle:
    """What readers of this language are most often asked for."""
    name = "apa" if current_language() == "en" else "gost-2018"
    return next(it for it in STYLES if it.name == name)


def cite(record: Record, style: CitationStyle, today: datetime.date | None = None) -> Reference:
    """The version that the record describes, for a reader of the page's language who saw it today
    (in Bishkek)."""
    language = current_language()
    day = today or timezone.localdate()
    describe = _gost_item if style.is_gost else _author_date_item
    item = describe(record, style, day)
    marked = _render(json.dumps(item), style.file, language)
    plain = re.sub(f"[{ITALIC_FROM}{ITALIC_TO}]", "", marked)
    html = escape(marked).replace(ITALIC_FROM, "<i>").replace(ITALIC_TO, "</i>")
    return Reference(style, plain, mark_safe(html))  # noqa: S308, escaped


def cite_in_all_styles(record: Record) -> list[Reference]:
    """The reader's usual style first."""
    usual = usual_style()
    return [cite(record, it) for it in (usual, *(it for it in STYLES if it != usual))]


# What the styles are told: an item of CSL-JSON whose words suit the standard and the reader


def _gost_item(record: Record, style: CitationStyle, today: datetime.date) -> dict[str, Any]:
    """Titles and names as the described version has them: GOST never romanises."""
    item = _item(record)
    persons = [it for it in record.those(ContributionRole.AUTHOR) if not _is_body(it)]
    bodies = [it for it in record.those(ContributionRole.AUTHOR) if _is_body(it)]
    with translation.override(record.language):
        kind = Kind(record.document.kind)
        genre = str(kind.label) if kind.elsewhere.is_named else ""
    item |= {
        "title": _title(record, record.language, " : "),
        "original-title": _original_title(record, " : "),
        "genre": genre,
        "author": _names(persons, record.language, style),
        "authority": " ; ".join(it.name_in(record.language).in_order for it in bodies),
        "citation-label": "title" if len(persons) > MOST_IN_HEADING else "",
        "editor": _names(record.those(ContributionRole.EDITOR), record.language, style),
        "translator": _names(record.those(ContributionRole.TRANSLATOR), record.language, style),
        "publisher": record.publisher.in_order if record.publisher else "",
        "publisher-place": record.version.place,
        "number-of-pages": record.document.shown_pages,
        "ISBN": record.document.isbn,
        "accessed": {"literal": f"{today:%d.%m.%Y}"},
    }
    return _without_gaps(item)


def _author_date_item(record: Record, style: CitationStyle, today: datetime.date) -> dict[str, Any]:
    """For readers of English, names and titles in other letters are written in Latin ones."""
    language = current_language()
    names_in = "en" if language == "en" else record.language
    authors = record.those(ContributionRole.AUTHOR)
    publisher = record.document.publisher
    # APA does not name an author again as the publisher (9.29); Chicago does.
    is_named = style.name == "apa" and [it.record for it in authors] == [publisher]
    item = _item(record) | {
        "title": _title(record, record.language, ": "),
        "original-title": _original_title(record, ": "),
        "author": _names(authors, names_in, style),
        "editor": _names(record.those(ContributionRole.EDITOR), names_in, style),
        "translator": _names(record.those(ContributionRole.TRANSLATOR), names_in, style),
        "publisher": ""
        if publisher is None or is_named
        else Contributor(ContributionRole.AUTHOR, publisher).name_in(names_in).in_order,
        "accessed": {"literal": str(PartialDate(today))},
    }
    item = _without_gaps(item)
    return _romanised(item, record) if language == "en" else item


def _item(record: Record) -> dict[str, Any]:
    """What is the same in every standard."""
    document, version = record.document, record.version
    note = _("Demonstration record") if document.is_demonstration else ""
    return {
        "id": document.short_id,
        "type": "report",
        "language": record.language,
        "edition": version.edition,
        "issued": {"literal": _years(document.issued)} if document.issued else "",
        "collection-title": version.series,
        "collection-number": document.series_number if version.series else "",
        "DOI": document.doi,
        "URL": record.permanent_url,
        "note": note,
    }


def _title(record: Record, language: str, separator: str) -> str:
    title, subtitle = (
        getattr(record.document, localized(field, language)) for field in ("title", "subtitle")
    )
    return joined_title(title, subtitle, separator)


def _original_title(record: Record, separator: str) -> str:
    """Nothing if the original is described, or is not public."""
    original = record.document.original_language
    if original == record.language or original not in record.document.ready_languages:
        return ""
    return _title(record, original, separator)


def _years(issued: PartialDate) -> str:
    last = issued.last.year if issued.last else issued.first.year
    return "–".join(dict.fromkeys((str(issued.first.year), str(last))))


def _is_body(contributor: Contributor) -> bool:
    return contributor.name_in("en").is_organisation


def _names(
    contributors: Iterable[Contributor], language: str, style: CitationStyle
) -> list[dict[str, str]]:
    return [_name(it.name_in(language), style) for it in contributors]


def _name(name: Name, style: CitationStyle) -> dict[str, str]:
    given = initials(name.given) if style.has_initials else name.given.strip()
    if name.is_organisation or not given:
        return {"literal": name.family}
    return {"family": name.family, "given": given}


def initials(given_names: str) -> str:
    """«А.-М. Б.» of «Анна-Мария Бекбоевна», «Б. у.» of «Бакыт уулу», «Б. к.» of «Бакыт кызы»."""
    words = (_initial(word) for word in re.split(r"[\s.]+", given_names.replace(".-", "-")))
    text = " ".join(filter(None, words))
    return text[:1].upper() + text[1:]


def _initial(word: str) -> str:
    letters = (re.search(r"[^\W\d_]", part) for part in word.split("-"))
    return "-".join(f"{letter[0]}." for letter in letters if letter)


def _without_gaps(item: dict[str, Any]) -> dict[str, Any]:
    return {field: _cleaned(value) for field, value in item.items() if value}


def _cleaned(value: Any) -> Any:
    if isinstance(value, list):
        return [_cleaned(it) for it in value]
    if isinstance(value, dict):
        return {field: _cleaned(it) for field, it in value.items()}
    return " ".join(UNWANTED.sub(" ", str(value)).split())


def _romanised(item: dict[str, Any], record: Record) -> dict[str, Any]:
    original = record.document.original_language
    languages = {"original-title": original}
    return {
        field: _in_latin(value, languages.get(field, record.language))
        for field, value in item.items()
    }


def _in_latin(value: Any, language: str) -> Any:
    if isinstance(value, list):
        return [_in_latin(it, language) for it in value]
    if isinstance(value, dict):
        return {field: _in_latin(it, language) for field, it in value.items()}
    return CYRILLIC.sub(lambda word: transliterate(word[0], language), value)


# citeproc


def _italic(text: object) -> str:
    return f"{ITALIC_FROM}{text}{ITALIC_TO}"


_FORMATTER = SimpleNamespace(
    preformat=str,
    Italic=_italic,
    Oblique=_italic,
    **dict.fromkeys(("Bold", "Light", "Underline", "Superscript", "Subscript", "SmallCaps"), str),
)

# A parsed style keeps what it is doing in itself, so that one thread at a time may use it.
_RENDERING = Lock()


@lru_cache(maxsize=REFERENCES_KEPT)
def _render(item: str, file: str, language: str) -> str:
    """The item is JSON, as a key of what was written before."""
    fields = json.loads(item)
    with _RENDERING:
        bibliography = CitationStylesBibliography(
            _parsed(file, language), CiteProcJSON([fields]), _FORMATTER
        )
        bibliography.register(Citation([CitationItem(fields["id"])]))
        (entry,) = bibliography.bibliography()
    return DOUBLE_STOP.sub(r"\1\2\3", str(entry))


@cache
def _parsed(file: str, language: str) -> CitationStylesStyle:
    path = STYLES_FOLDER / f"{file}.csl"
    style = CitationStylesStyle(str(path), locale=CSL_LOCALES[language], validate=False)
    if language != "en":
        # Only English puts a comma between the last two names of a list that has an "and".
        for names in style.root.iterfind(".//cs:name[@and='text']", style.root.nsmap):
            names.set("delimiter-precedes-last", "never")
    return style
