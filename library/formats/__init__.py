"""The formats in which documents leave the portal for catalogues, reference managers and sheets.

Menus, addresses, the answer to an `Accept` header and the links in a page's head all follow from
FORMATS: a new format is a module with a function `write` and a line here."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from library.formats import (
    bibtex,
    csl_json,
    csv_table,
    dublin_core,
    mods,
    portal_json,
    ris,
    xml_files,
)
from library.records import Record


@dataclass(frozen=True)
class Format:
    """A kind of file that describes documents."""

    name: str  # in code: "csl-json"
    label: str | Promise  # as a menu says it; a name of its own is not translated
    media_type: str  # without parameters; what is sent is always in UTF-8
    extension: str  # without a dot in front; no two formats share one
    # One whole file in pieces, whether of one record, of many or of none.
    write: Callable[[Iterable[Record]], Iterator[str]]
    # A remark on the file that may stand after its end, where the format has such a thing.
    remark: Callable[[str], str] | None = None
    # Whether it makes sense for one document, and not for lists alone.
    is_for_one: bool = True


FORMATS: tuple[Format, ...] = (
    Format("bibtex", "BibTeX", "application/x-bibtex", "bib", bibtex.write, remark=bibtex.comment),
    Format("ris", "RIS", "application/x-research-info-systems", "ris", ris.write),
    Format(
        "csl-json",
        "CSL-JSON",
        "application/vnd.citationstyles.csl+json",
        "csl.json",
        csl_json.write,
    ),
    Format(
        "dublin-core",
        "Dublin Core (XML)",
        "application/xml",
        "dc.xml",
        dublin_core.write,
        remark=xml_files.comment,
    ),
    Format(
        "mods",
        "MODS (XML)",
        "application/mods+xml",  # RFC 6207
        "mods.xml",
        mods.write,
        remark=xml_files.comment,
    ),
    Format("json", "JSON", "application/json", "json", portal_json.write),
    # Translators: CSV is the name of a file format; keep it.
    Format("csv", _("Table (CSV)"), "text/csv", "csv", csv_table.write, is_for_one=False),
)
FORMATS_FOR_ONE = tuple(it for it in FORMATS if it.is_for_one)
