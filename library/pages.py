"""What single pages put together: the matrix of best practices, a comparison, counts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.db.models import Case, Count, DateField, F, QuerySet, Subquery, Value, When
from django.db.models.functions import Cast, Coalesce
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from library.models import (
    BestPractice,
    ChangeNote,
    Country,
    Document,
    DocumentFile,
    Kind,
    Recommendation,
    RightsArea,
    Role,
)
from library.models.documents import PRACTICE_TEXTS, TEXTS
from mrc_portal.languages import (
    LanguageVersion,
    Wording,
    columns_of,
    current_language,
    every_column,
    sort_key,
)

# The round table of March 2013 asked which practices were in place by then.
ROUND_TABLE_YEAR = 2013
MOST_COMPARED = 4
NEWEST_DOCUMENTS = 5
LEAFLETS_ON_THE_FRONT_PAGE = 6
NEWEST_GUIDES = 24  # among which those in the reader's language are looked for


@dataclass(frozen=True)
class PracticeRow:
    """A best practice as the reader sees it: its document's version and its own texts."""

    document: Document
    practice: BestPractice
    version: LanguageVersion
    text: LanguageVersion

    @property
    def since(self) -> str:
        return since_label(self.practice)

    @property
    def is_later(self) -> bool:
        return (self.practice.since_year or 0) > ROUND_TABLE_YEAR

    @property
    def countries(self) -> list[Country]:
        return sorted(self.document.countries.all(), key=lambda country: country.sort_key)

    def told(self, field: str) -> Wording:
        """One of PRACTICE_TEXTS; empty where nothing is stated."""
        return Wording(getattr(self.text, field) or "", self.text.language)

    @property
    def since_told(self) -> Wording:
        """The beginning in words where there are any, else the year."""
        return self.told("since") or Wording(self.since, current_language())


@dataclass(frozen=True)
class TextSection:
    """A text of a document under a heading of its own."""

    heading: str
    text: str
    is_prose: bool


@dataclass(frozen=True)
class Newest:
    """The newest texts of the library, and how much there is in all."""

    documents: list[Document]
    document_count: int
    practice_count: int


@dataclass(frozen=True)
class ComparedLine:
    """A line of a comparison: what is told, and what each practice says of it."""

    label: str
    cells: list[Wording]


@dataclass(frozen=True)
class Leaflet:
    """A leaflet to download: a file, and the document as it reads in the file's language."""

    file: DocumentFile
    version: LanguageVersion


@dataclass(frozen=True)
class MatrixRow:
    label: Wording
    cells: list[list[PracticeRow]]


def since_label(practice: BestPractice) -> str:
    if not practice.since_year:
        return ""
    if practice.since_is_decade:
        # Translators: a decade, as in "1970s".
        return _("%(year)ss") % {"year": practice.since_year}
    return str(practice.since_year)


def text_sections(version: LanguageVersion) -> list[TextSection]:
    """What the version has to say under headings of its own."""
    texts = ((it, getattr(version, it.name)) for it in TEXTS if it.heading)
    return [TextSection(str(it.heading), text, it.is_prose) for it, text in texts if text]


def practice_row(document: Document, version: LanguageVersion) -> PracticeRow:
    return PracticeRow(
        document, document.practice, version, document.practice.in_language(version.language)
    )


def practice_rows() -> list[PracticeRow]:
    """All public best practices, with countries and areas read beforehand."""
    documents = (
        Document.objects.published()
        .practices()
        .select_related("practice")
        .prefetch_related("countries", "practice__areas")
        .order_by("practice__since_year", "pk")
    )
    return [practice_row(document, document.shown) for document in documents]


def matrix(rows: list[PracticeRow]) -> tuple[list[RightsArea], list[MatrixRow]]:
    """Areas of rights across, countries down; several countries of one practice share a row."""
    areas = list(RightsArea.objects.all())
    by_country: dict[tuple[str, ...], list[PracticeRow]] = {}
    for row in rows:
        by_country.setdefault(tuple(c.code for c in row.countries), []).append(row)
    lines = []
    for practices in by_country.values():
        countries = practices[0].countries
        text = ", ".join(str(country) for country in countries) or _("not stated")
        cells = [[row for row in practices if area in row.practice.areas.all()] for area in areas]
        lines.append(MatrixRow(Wording(text, current_language()), cells))
    lines.sort(key=lambda line: sort_key(line.label.text))
    return areas, lines


def comparison(rows: list[PracticeRow]) -> list[ComparedLine]:
    """What practices say, line by line, for a table with a column for each."""
    since = ComparedLine(_label("since_year"), [row.since_told for row in rows])
    texts = [ComparedLine(_label(f), [row.told(f) for row in rows]) for f in PRACTICE_TEXTS]
    return [since, *texts]


def _label(field: str) -> str:
    return capfirst(str(BestPractice._meta.get_field(field).verbose_name))  # type: ignore[union-attr]


def read_remarks(document: Document) -> tuple[list[Recommendation], list[ChangeNote]]:
    """What a document recommends, and what was changed in it, the newest first: two short lists,
    one query. Needs a document from for_page()."""
    if not (document.has_recommendations or document.has_change_notes):
        return [], []
    recommendations: list[Recommendation] = []
    changes: list[ChangeNote] = []
    no_day = Cast(Value(None), DateField())
    advice = Recommendation.objects.filter(document=document)
    notes = ChangeNote.objects.filter(document=document)
    found = _select_remarks(advice, 0, F("position"), no_day).union(
        _select_remarks(notes, 1, Value(0), F("made_on")), all=True
    )
    for is_change, _place, made_on, _pk, *texts in sorted(found):
        columns = dict(zip(every_column("text"), texts, strict=True))
        if is_change:
            changes.insert(0, ChangeNote(made_on=made_on, **columns))
        else:
            recommendations.append(Recommendation(**columns))
    return recommendations, changes


def _select_remarks(rows: QuerySet[Any], part: int, place: Any, day: Any) -> QuerySet[Any, Any]:
    """What puts them in order, then their texts."""
    columns = (Value(part), place, day, F("pk"), *(F(it) for it in every_column("text")))
    numbered = {f"column_{number}": column for number, column in enumerate(columns)}
    return columns_of(rows.annotate(**numbered), *numbered)


def countries_of_practices() -> list[tuple[Country, int]]:
    """Countries with best practices in the alphabet of the language, each with their number."""
    public = Document.objects.published().practices()
    countries = Country.objects.filter(documents__in=public).annotate(number=Count("documents"))
    return [
        (country, country.number)
        for country in sorted(countries, key=lambda country: country.sort_key)
    ]


def read_newest() -> Newest:
    """The counts come with the documents, so that they cost no query of their own."""
    public = Document.objects.published()
    practices = public.practices()
    # Chosen by themselves: SQLite would sort all documents with all their columns.
    newest = public.texts().newest_first().values("pk")[:NEWEST_DOCUMENTS]
    counted = (
        Document.objects.filter(pk__in=newest)
        .for_lines()
        .annotate(document_count=_count(public.texts()), practice_count=_count(practices))
    )
    documents: list[Any] = list(counted.newest_first())
    if not documents:
        return Newest([], 0, practices.count())
    return Newest(documents, documents[0].document_count, documents[0].practice_count)


def _count(documents: QuerySet[Document]) -> Coalesce:
    """Their number as a column. They are grouped by what is the same for all of them."""
    numbers = documents.order_by().values("status").annotate(number=Count("pk")).values("number")
    return Coalesce(Subquery(numbers), 0)


def leaflets() -> list[Leaflet]:
    """Guides and leaflets that anybody may have, the reader's language first, then the newest."""
    guides = Document.objects.published().filter(kind=Kind.GUIDE).newest_first()
    is_foreign = Case(When(language=current_language(), then=Value(0)), default=Value(1))
    files = (
        DocumentFile.objects.visible_to(AnonymousUser())
        .filter(document__in=guides.values("pk")[:NEWEST_GUIDES], role=Role.FULL_TEXT)
        .exclude(language="")
        .select_related("document")
        .order_by(is_foreign, "-document__issued_on", "document", "position", "pk")
    )[:LEAFLETS_ON_THE_FRONT_PAGE]
    return [Leaflet(file, LanguageVersion(file.document, file.language)) for file in files]
