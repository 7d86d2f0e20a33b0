"""The columns of a spreadsheet of documents: what an import reads and an export writes."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from itertools import zip_longest

from django.utils import translation
from django.utils.functional import Promise
from django.utils.text import capfirst, format_lazy
from django.utils.translation import gettext_lazy as _

from library.models import BestPractice, Document, Role
from library.models.documents import PRACTICE_TEXTS, TEXTS, ContributionRole, Text
from mrc_portal.languages import LANGUAGE_CODES, OWN_NAMES, fold, localized

DOCUMENTS_SHEET = "Documents"
YES, NO = "yes", "no"
SEPARATOR = "; "


@dataclass(frozen=True)
class Column:
    name: str
    label: str | Promise
    explanation: str | Promise = ""
    example: str = ""
    language: str = ""
    width: int = 16


# Which columns are fields of the document as they stand, beside its texts.
PLAIN = ("series_number", "isbn", "doi", "source_url")
NUMBERS = {"pages": "page_total", "source_seen_year": "source_seen_year"}
CONTRIBUTORS = {
    "authors": ContributionRole.AUTHOR,
    "editors": ContributionRole.EDITOR,
    "translators": ContributionRole.TRANSLATOR,
}
FILES = {
    "file": Role.FULL_TEXT,
    "summary_file": Role.SUMMARY,
    "annex": Role.ANNEX,
    "data": Role.DATA,
}
RECOMMENDATIONS = "recommendations"
PRACTICE = "practice_"
PRACTICE_FIELDS = ("since", *PRACTICE_TEXTS)


def _label(field: str, model: type = Document) -> str | Promise:
    label: str | Promise = model._meta.get_field(field).verbose_name  # type: ignore[attr-defined]
    return label


def _in_each_language(
    name: str,
    label: str | Promise,
    explanation: str | Promise = "",
    examples: tuple[str, ...] = (),
    width: int = 30,
) -> list[Column]:
    return [
        Column(
            localized(name, code),
            format_lazy("{label} ({language})", label=label, language=OWN_NAMES[code]),
            explanation,
            example,
            language=code,
            width=width,
        )
        for code, example in zip_longest(LANGUAGE_CODES, examples, fillvalue="")
    ]


_PEOPLE = _(
    "Family name, comma, given names; several are parted by semicolons, in the order of the title "
    "page. Without a comma, or in quotation marks, it is an organisation. Whoever is not known yet "
    "is added."
)
_PLAIN_TEXT = _("Plain text. A blank line parts paragraphs.")
_PROSE_TEXT = _("Plain text with blank lines between paragraphs, or simple HTML.")
_FILE_NAMES = _(
    "Name of the file in the archive or folder, with its folders if the name alone is not enough. "
    "Several are parted by semicolons."
)


def _with_every_text(columns: list[Column]) -> list[Column]:
    """Texts of a document that have no place among the columns come last."""
    placed = {column.name for column in columns}
    others = [text for text in TEXTS if localized(text.name, LANGUAGE_CODES[0]) not in placed]
    return [*columns, *(column for text in others for column in _columns_of(text))]


def _columns_of(text: Text) -> list[Column]:
    plain = _PLAIN_TEXT if text.has_lines else ""
    explanation = _PROSE_TEXT if text.is_prose else plain
    return _in_each_language(text.name, _label(text.name), explanation)


_PLACED: list[Column] = [
    Column(
        "key",
        _("key"),
        _(
            "Names the document for ever: its permanent identifier, its address or a number of "
            "your own. A row whose key is known changes that document; without a key, a row that "
            "was imported before is known by its title and date."
        ),
        "TSPC-2013-07",
    ),
    *_in_each_language(
        "title",
        _label("title"),
        _("The title in the original language must be there."),
        (
            "Кетер алдындагы даярдык",
            "Предвыездная подготовка мигрантов",
            "Pre-departure orientation of migrants",
        ),
        width=50,
    ),
    *_in_each_language("subtitle", _label("subtitle")),
    *_in_each_language("summary", _label("summary"), _PLAIN_TEXT, width=60),
    Column("kind", _label("kind"), _("One of the list, or its code."), "research_report"),
    Column(
        "issued",
        _label("issued_on"),
        _("As precisely as it is known: 2013, 05.2013, 20.05.2013, May 2013, 2012–2014."),
        "05.2013",
    ),
    Column(
        "original_language",
        _label("original_language"),
        _("ky, ru or en. Left empty, it is the language chosen for the whole file."),
        "ru",
    ),
    Column(
        "ready",
        _("ready languages"),
        _(
            "Languages whose version readers may see. Left empty, a new document has none; if it "
            "is published at once, all languages that have a title."
        ),
        "ky; ru; en",
    ),
    Column("authors", _("authors"), _PEOPLE, "Асанова, Айгүл; Тянь-Шаньский центр", width=30),
    Column("editors", _("editors"), _PEOPLE),
    Column("translators", _("translators"), _PEOPLE),
    Column(
        "publisher",
        _label("publisher"),
        _("An organisation by name, abbreviation or address. If it is not known yet, it is added."),
        "Тянь-Шаньский центр",
    ),
    *_in_each_language("place", _label("place"), "", ("Бишкек", "Бишкек", "Bishkek"), width=14),
    *_in_each_language("edition", _label("edition"), width=14),
    *_in_each_language("series", _label("series"), width=20),
    Column("series_number", _label("series_number"), "", "7", width=10),
    Column("pages", _label("page_total"), "", "24", width=8),
    Column("isbn", "ISBN", _("With or without hyphens."), "978-9967-00-000-0"),
    Column("doi", "DOI", "", "10.1234/example"),
    Column("licence", _label("licence"), _("One of the list, or its code."), "CC-BY-4.0"),
    Column(
        "project",
        _label("project"),
        _("By title or address. If it is not known yet, it is added."),
    ),
    Column(
        "funder",
        _label("funder"),
        _("An organisation by name, abbreviation or address. If it is not known yet, it is added."),
    ),
    Column(
        "topics",
        _label("topics"),
        _("From the list on the third sheet, in any language; several are parted by semicolons."),
        width=24,
    ),
    Column(
        "countries",
        _label("countries"),
        _("By name in any language or by ISO code; several are parted by semicolons."),
        "KG; RU",
        width=20,
    ),
    *_in_each_language(
        "file",
        _("file of the full text"),
        _FILE_NAMES,
        ("2013-07-ky.pdf", "2013-07-ru.pdf", "2013-07-en.pdf"),
        width=24,
    ),
    *_in_each_language("summary_file", _("file of the summary"), _FILE_NAMES, width=16),
    *_in_each_language("annex", _("file of an annex"), _FILE_NAMES, width=16),
    *_in_each_language("data", _("file of data"), _FILE_NAMES, width=16),
    *_in_each_language(
        RECOMMENDATIONS,
        _("recommendations"),
        _(
            "One per line, in the same order in each language; a dash where a translation is "
            "missing."
        ),
    ),
    Column("source_url", _label("source_url"), "", "https://example.org/report.pdf"),
    Column("source_seen_year", _label("source_seen_year"), "", "2013", width=10),
    Column("source_is_dead", _label("source_is_dead"), _("yes or no"), NO, width=10),
    Column(
        "slug",
        _label("slug"),
        _("The last part of the address, for a new document. Left empty, it is made of the title."),
    ),
    *_in_each_language("body", _label("body"), _PROSE_TEXT),
    *_in_each_language("note", _label("note"), _PROSE_TEXT),
    Column(
        "practice_areas",
        format_lazy(
            "{practice}: {label}",
            practice=_("best practice"),
            label=_label("areas", BestPractice),
        ),
        _("Only for the kind “best practice”, which then stands in the matrix."),
    ),
    Column(
        "practice_since_year",
        format_lazy(
            "{practice}: {label}",
            practice=_("best practice"),
            label=_label("since_year", BestPractice),
        ),
        "",
        "1983",
        width=10,
    ),
    Column(
        "practice_since_is_decade",
        format_lazy(
            "{practice}: {label}",
            practice=_("best practice"),
            label=_label("since_is_decade", BestPractice),
        ),
        _("yes or no"),
        width=10,
    ),
    *(
        column
        for field in PRACTICE_FIELDS
        for column in _in_each_language(
            f"{PRACTICE}{field}",
            format_lazy(
                "{practice}: {label}",
                practice=_("best practice"),
                label=_label(field, BestPractice),
            ),
        )
    ),
]
COLUMNS = _with_every_text(_PLACED)
BY_NAME = {column.name: column for column in COLUMNS}


@cache
def _names() -> dict[str, str]:
    """Columns by everything they are called: by their names, and by their labels in all languages,
    those of translated fields by the language too."""
    found: dict[str, str] = {}
    for language in LANGUAGE_CODES:
        with translation.override(language):
            for column in COLUMNS:
                found.setdefault(_folded(str(column.label)), column.name)
    return found | {column.name: column.name for column in COLUMNS}


def _folded(name: str) -> str:
    return re.sub(r"\s+", " ", fold(name)).strip(" .:*")


def name_column(text: str) -> str | None:
    """The column that a heading means; None if documents have no such column."""
    return _names().get(_folded(text))


def label_of(column: str) -> str:
    """For people; the name itself where there is no such column."""
    known = BY_NAME.get(column)
    return capfirst(str(known.label)) if known else column
