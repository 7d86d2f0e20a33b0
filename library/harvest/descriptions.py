"""What a Dublin Core or MODS record of another portal says of a work, in our terms."""

from __future__ import annotations

import html
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from django.utils.html import strip_tags
from lxml import etree

from library.formats import dublin_core, mods
from library.harvest.answers import text_of
from library.importing.names import language_of
from library.models.documents import LICENCE_URLS, ContributionRole
from mrc_portal.languages import LANGUAGE_CODES
from mrc_portal.prose import printable

# ISO 639-1 and both codes of ISO 639-2.
LANGUAGES = {code: code for code in LANGUAGE_CODES} | {
    three: code for code, three in mods.LANGUAGE_CODES.items()
}
IN = {"dc": dublin_core.DC, "m": mods.NAMESPACE}
DATE = re.compile(r"\d{4}(-\d{2}){0,2}(?=$|T|/)")
DOI = re.compile(r"10\.\d{4,9}/\S+")
ISBN = re.compile(r"(97[89])?\d{9}[\dX]", re.IGNORECASE)
ROLES = {code: role for role, code in mods.ROLES.items()} | {"cre": ContributionRole.AUTHOR}
PUBLISHER = "pbl"


@dataclass
class Maker:
    """Somebody who made the work, by the names that the record has for them."""

    names: dict[str, str]  # by language, as catalogues write them
    role: ContributionRole | str = ContributionRole.AUTHOR
    is_organisation: bool | None = None  # None: not told
    orcid: str = ""


@dataclass
class Description:
    titles: dict[str, str] = field(default_factory=dict)
    subtitles: dict[str, str] = field(default_factory=dict)
    summaries: dict[str, str] = field(default_factory=dict)
    makers: list[Maker] = field(default_factory=list)
    publisher: dict[str, str] = field(default_factory=dict)
    funder: dict[str, str] = field(default_factory=dict)
    places: dict[str, str] = field(default_factory=dict)
    editions: dict[str, str] = field(default_factory=dict)
    series: dict[str, str] = field(default_factory=dict)
    series_number: str = ""
    subjects: list[str] = field(default_factory=list)
    countries: list[str] = field(default_factory=list)
    kinds: list[str] = field(default_factory=list)
    languages: list[str] = field(default_factory=list)  # of the work, ours only
    date: str = ""  # W3CDTF; two parted by a slash for a range
    pages: str = ""
    doi: str = ""
    isbn: str = ""
    url: str = ""
    licence: str = ""
    remarks: list[str] = field(default_factory=list)  # what has no place, for the editor

    @property
    def original_language(self) -> str:
        """The first of the work's languages in which it has a title, else that of the title."""
        return next(iter([*(it for it in self.languages if it in self.titles), *self.titles]), "")


def describe(metadata: etree._Element) -> Description | None:
    """None for a format that we do not read, or a record without a title."""
    readers = {
        f"{{{dublin_core.NAMESPACE}}}dc": _read_dublin_core,
        f"{{{mods.NAMESPACE}}}mods": _read_mods,
    }
    reader = readers.get(metadata.tag)
    description = reader(metadata) if reader else None
    return description if description and description.titles else None


def _plain(element: etree._Element | None) -> str:
    text = html.unescape(strip_tags(printable(text_of(element))))
    return "\n\n".join(" ".join(it.split()) for it in re.split(r"\n\s*\n", text) if it.strip())


def _line(element: etree._Element | None) -> str:
    return " ".join(_plain(element).split())


def _marked(element: etree._Element) -> str:
    """The language that an element, or what it stands in, is marked with: "ru", "de" or nothing."""
    mark = next(iter(element.xpath("ancestor-or-self::*[@xml:lang][1]/@xml:lang")), "")
    return LANGUAGES.get(mark.split("-")[0].lower(), mark)


def _language(element: etree._Element, text: str, languages: list[str]) -> str:
    """The column that a text belongs into: as marked, else by its letters and by the only language
    that the work has."""
    marked = _marked(element)
    if marked in LANGUAGE_CODES:
        return marked
    return language_of(text, languages[0] if len(languages) == 1 else "ru")


def _by_language(
    elements: Iterable[etree._Element], languages: list[str], remarks: list[str], *, in_lines: bool
) -> dict[str, str]:
    """The first text in each language; the others are remarked on."""
    found: dict[str, str] = {}
    for element in elements:
        text = _plain(element) if in_lines else _line(element)
        language = _language(element, text, languages)
        if text and language not in found:
            found[language] = text
        elif text and text != found[language]:
            remarks.append(text)
    return found


def _read_languages(codes: Iterable[str]) -> list[str]:
    ours = (LANGUAGES.get(code.split("-")[0].strip().lower(), "") for code in codes)
    return list(dict.fromkeys(filter(None, ours)))


def _read_dublin_core(root: etree._Element) -> Description:
    def all_of(name: str) -> list[etree._Element]:
        return root.findall(f"dc:{name}", IN)

    def lines(name: str) -> list[str]:
        return [line for it in all_of(name) if (line := _line(it))]

    it = Description(languages=_read_languages(lines("language")))
    it.titles = _by_language(all_of("title"), it.languages, it.remarks, in_lines=False)
    it.summaries = _by_language(all_of("description"), it.languages, it.remarks, in_lines=True)
    it.makers = [
        *_dublin_core_makers(all_of("creator"), ContributionRole.AUTHOR, it.languages),
        *_dublin_core_makers(all_of("contributor"), "", it.languages),
    ]
    it.publisher = _by_language(all_of("publisher"), it.languages, it.remarks, in_lines=False)
    it.subjects, it.countries, it.kinds = lines("subject"), lines("coverage"), lines("type")
    # Repositories also name the days of deposit and release; a work is not younger than these.
    dates = sorted(found[0] for line in lines("date") if (found := DATE.match(line)))
    it.date, it.remarks = next(iter(dates), ""), [*it.remarks, *dates[1:]]
    _read_identifiers(it, lines("identifier"))
    _read_rights(it, lines("rights"))
    return it


def _dublin_core_makers(
    elements: list[etree._Element], role: ContributionRole | str, languages: list[str]
) -> Iterator[Maker]:
    """Dublin Core does not tell which names are of one person. Where every language has as many
    names, the first of each are taken for one, and so on."""
    named = [(_language(it, line, languages), line) for it in elements if (line := _line(it))]
    by_language: dict[str, list[str]] = defaultdict(list)
    for language, line in named:
        by_language[language].append(line)
    are_marked = all(_marked(it) in LANGUAGE_CODES for it in elements)
    if are_marked and len({len(names) for names in by_language.values()}) == 1:
        for names in zip(*by_language.values(), strict=True):
            yield Maker(dict(zip(by_language, names, strict=True)), role)
        return
    for language, line in named:
        yield Maker({language: line}, role)


def _read_identifiers(it: Description, lines: Iterable[str]) -> None:
    for line in lines:
        bare = re.sub(r"^(urn:)?isbn[:\s]*", "", line, flags=re.IGNORECASE).replace("-", "")
        if not it.doi and (found := DOI.search(line)) and _is_doi(line):
            it.doi = found[0]
        elif not it.isbn and ISBN.fullmatch(bare):
            it.isbn = bare.upper()
        elif not it.url and re.match(r"https?://", line) and len(line) <= 500:
            it.url = line
        elif line != it.url:
            it.remarks.append(line)


def _is_doi(line: str) -> bool:
    return re.match(r"(https?://(dx\.)?doi\.org/|doi:\s*|10\.)", line, re.IGNORECASE) is not None


def _read_rights(it: Description, lines: Iterable[str]) -> None:
    codes = {_licence_key(url): code for code, url in LICENCE_URLS.items()}
    for line in lines:
        if code := codes.get(_licence_key(line)):
            it.licence = code
        else:
            it.remarks.append(line)


def _licence_key(url: str) -> str:
    """What the ways of writing the address of a licence have in common."""
    bare = re.sub(r"^https?://(www\.)?", "", url.strip().lower())
    return re.sub(r"/(deed|legalcode)(\.\w+)?$", "", bare).rstrip("/")


def _read_mods(root: etree._Element) -> Description:
    def all_of(path: str) -> list[etree._Element]:
        return root.findall(path, IN)

    def lines(path: str) -> list[str]:
        return [line for it in all_of(path) if (line := _line(it))]

    it = Description(languages=_read_languages(_work_languages(root)))
    infos = [
        info
        for info in all_of("m:titleInfo")
        if info.get("type") in (None, "translated") and not info.get("otherType")
    ]
    it.titles = _by_language(_first(infos, "m:title"), it.languages, it.remarks, in_lines=False)
    subtitles = _first(infos, "m:subTitle")
    it.subtitles = _by_language(subtitles, it.languages, it.remarks, in_lines=False)
    it.summaries = _by_language(all_of("m:abstract"), it.languages, it.remarks, in_lines=True)
    _read_names(it, all_of("m:name"))
    origin = "m:originInfo"
    for path, target in (
        ("m:place/m:placeTerm[@type='text']", it.places),
        ("m:publisher", it.publisher),
        ("m:edition", it.editions),
    ):
        found = all_of(f"{origin}/{path}")
        target.update(_by_language(found, it.languages, it.remarks, in_lines=False))
    dates = (DATE.match(line) for line in lines(f"{origin}/m:dateIssued"))
    ends = [date[0] for date in dates if date]
    is_range = bool(all_of(f"{origin}/m:dateIssued[@point='end']"))
    it.date = "/".join(ends[:2] if is_range else ends[:1])
    for item in all_of("m:relatedItem[@type='series']"):
        titles = _first([item], "m:titleInfo/m:title")
        it.series |= _by_language(titles, it.languages, it.remarks, in_lines=False)
        it.series_number = it.series_number or _line(item.find("m:titleInfo/m:partNumber", IN))
    it.subjects = lines("m:subject/m:topic")
    # The code names the country by itself; without one its name does.
    it.countries = lines("m:subject/m:geographicCode") or lines("m:subject/m:geographic")
    it.kinds = lines("m:genre")
    it.pages = next(iter(lines("m:physicalDescription/m:extent[@unit='pages']")), "")
    it.remarks += lines("m:note")
    _read_identifiers(it, [*lines("m:identifier"), *lines("m:location/m:url")])
    rights = all_of("m:accessCondition")
    hrefs = [href for element in rights if (href := element.get(f"{{{mods.XLINK}}}href"))]
    _read_rights(it, dict.fromkeys(hrefs or map(_line, rights)))
    return it


def _work_languages(root: etree._Element) -> Iterator[str]:
    for language in root.findall("m:language", IN):
        if not language.get("objectPart"):
            yield from (_line(it) for it in language.findall("m:languageTerm[@type='code']", IN))


def _first(elements: Iterable[etree._Element], path: str) -> list[etree._Element]:
    return [found for it in elements if (found := it.find(path, IN)) is not None]


def _read_names(it: Description, elements: Iterable[etree._Element]) -> None:
    """Names of one altRepGroup are of one person."""
    groups: dict[str, Maker] = {}
    for number, element in enumerate(elements):
        name, given = _mods_name(element)
        role = _role(element)
        if not name:
            continue
        language = _language(element, name, it.languages)
        key = element.get("altRepGroup") or f" {number}"
        maker = groups.setdefault(key, Maker({}, role))
        maker.names.setdefault(language, f"{name}, {given}" if given else name)
        kind = element.get("type")
        if kind in ("personal", "family", "corporate", "conference"):
            maker.is_organisation = kind in ("corporate", "conference")
        for orcid in element.findall("m:nameIdentifier[@type='orcid']", IN):
            maker.orcid = _line(orcid).rsplit("/", 1)[-1]
    for maker in groups.values():
        if maker.role == mods.FUNDER:
            it.funder = it.funder or maker.names
        elif maker.role == PUBLISHER:
            it.publisher = it.publisher or maker.names
        else:
            it.makers.append(maker)


def _mods_name(element: etree._Element) -> tuple[str, str]:
    """Family name or whole name, and given names if these stand apart."""
    family = _line(element.find("m:namePart[@type='family']", IN))
    given = _line(element.find("m:namePart[@type='given']", IN))
    if family:
        return family, given
    parts = [it for it in element.findall("m:namePart", IN) if it.get("type") is None]
    return " ".join(_line(it) for it in parts) or _line(element.find("m:displayForm", IN)), ""


def _role(element: etree._Element) -> ContributionRole | str:
    terms = [_line(it).lower() for it in element.findall("m:role/m:roleTerm", IN)]
    if not terms:
        return ContributionRole.AUTHOR
    words = {role.value: role for role in ContributionRole} | {"creator": ContributionRole.AUTHOR}
    known = ROLES | words | {mods.FUNDER: mods.FUNDER, PUBLISHER: PUBLISHER}
    return next((known[term] for term in terms if term in known), "")
