"""A library of any size, written as rows: documents with everything that pages and search read."""

from __future__ import annotations

import datetime
import hashlib
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from multiprocessing import get_context
from random import Random
from typing import Any

from django.db import connection, models, transaction
from django.utils import timezone

from library.models import (
    BestPractice,
    ChangeNote,
    Contribution,
    Country,
    Document,
    DocumentFile,
    FilePage,
    Kind,
    Organisation,
    Person,
    Project,
    Recommendation,
    RightsArea,
    Role,
    TextState,
    Topic,
)
from mrc_portal.fields import SHORT_ID_LENGTH, SHORT_ID_LETTERS
from mrc_portal.languages import localized
from mrc_portal.publishing import Status
from tests.bench.models import Line
from tests.bench.queries import COUNTRY_CODES, LINES_ON_A_PAGE, YEARS, slug_of, topic_slug
from tests.bench.texts import LANGUAGES, page_text, random_for, writer

# About ten pages a document; its original is longer than its translations.
PAGES = {"ru": 4, "ky": 3, "en": 3}
DOCUMENTS_AT_ONCE = 250
WRITERS, BATCHES_AHEAD = 1, 4
PageTexts = dict[tuple[str, str], list[str]]  # by slug and language, in order
ORGANISATIONS, PEOPLE, PROJECTS, AREAS = 60, 200, 5, 8
ROOT_TOPICS, TOPICS_BELOW_EACH = 6, 4
# A library has hundreds of documents for each best practice, and some ten of these in all.
PRACTICES = 16
KINDS = {
    Kind.RESEARCH_REPORT: 30,
    Kind.POLICY_BRIEF: 25,
    Kind.EVENT_REPORT: 15,
    Kind.LEGISLATION: 10,
    Kind.STATISTICS: 8,
    Kind.GUIDE: 6,
    Kind.REVIEW: 4,
    Kind.LETTER: 2,
}


def write_library(documents: int, progress: Callable[[int], None] = lambda _done: None) -> int:
    """Fill an empty database; returns the number of pages. The search index is not told.

    Another process makes the texts of the pages. `progress` hears how many documents there are.
    """
    _create_lines(documents)
    with transaction.atomic():
        shelves = _Shelves()
    pages = 0
    for numbers, texts in _batches(documents):
        with transaction.atomic():
            pages += _create_documents(numbers, texts, shelves)
        progress(numbers.stop)
    if connection.vendor == "postgresql":  # which would do so by itself, some minutes later
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")
    return pages


def _batches(documents: int) -> Iterator[tuple[range, PageTexts]]:
    """Document numbers with the texts of their pages, made a little ahead of who takes them."""
    for code in LANGUAGES:
        writer(code)  # before the fork, so that there is one for all
    waiting: deque[tuple[range, Future[PageTexts]]] = deque()
    # Forked while nothing is connected: whoever shares a connection spoils it.
    connection.close()
    with ProcessPoolExecutor(WRITERS, get_context("fork")) as pool:
        for first in range(0, documents, DOCUMENTS_AT_ONCE):
            numbers = range(first, min(first + DOCUMENTS_AT_ONCE, documents))
            waiting.append((numbers, pool.submit(page_texts, numbers)))
            if len(waiting) > BATCHES_AHEAD:
                ready, texts = waiting.popleft()
                yield ready, texts.result()
        for ready, texts in waiting:
            yield ready, texts.result()


def page_texts(numbers: range) -> PageTexts:
    """The texts of all pages of these documents."""
    return {
        (slug_of(number), language): [
            page_text(slug_of(number), language, page + 1) for page in range(PAGES[language])
        ]
        for number in numbers
        for language in LANGUAGES
    }


def _create_lines(count: int) -> None:
    """The table of the plain page, as long as that of the documents."""
    with connection.schema_editor() as editor:
        editor.create_model(Line)
    random = random_for("lines")
    Line._default_manager.bulk_create(
        (
            Line(
                shelf=number // LINES_ON_A_PAGE,
                number=number,
                title=writer("ru").title(random),
                text=writer("ru").sentences(random, 18),
                year=random.choice(YEARS),
            )
            for number in range(count)
        ),
        batch_size=500,
    )


class _Shelves:
    """What documents belong to: topics, countries, people, bodies, projects."""

    def __init__(self) -> None:
        random = random_for("shelves")
        countries = {country.code: country for country in Country.objects.all()}
        self.countries = [countries[code] for code in COUNTRY_CODES]
        self.topics = _create_topics(random)
        self.areas = [
            RightsArea.objects.create(slug=f"area-{n}", position=n, **_titles("name", random))
            for n in range(AREAS)
        ]
        self.organisations = [
            Organisation.objects.create(slug=f"body-{n}", **_titles("name", random))
            for n in range(ORGANISATIONS)
        ]
        self.people = [
            Person.objects.create(slug=f"person-{n}", **_names_of_person(random))
            for n in range(PEOPLE)
        ]
        self.projects = [
            Project.objects.create(
                slug=f"project-{n}", starts_year=2012, **_titles("title", random)
            )
            for n in range(PROJECTS)
        ]


def _create_topics(random: Random) -> list[Topic]:
    topics = []
    for root in range(ROOT_TOPICS):
        parent = Topic.objects.create(
            slug=topic_slug(root), position=root, **_titles("name", random, words=2)
        )
        topics += [
            Topic.objects.create(
                slug=topic_slug(root, place),
                parent=parent,
                position=place,
                **_titles("name", random, words=2),
            )
            for place in range(TOPICS_BELOW_EACH)
        ]
    return topics


def _titles(field: str, random: Random, words: int = 4) -> dict[str, str]:
    return {
        localized(field, code): " ".join(writer(code).choose(random, words)).capitalize()
        for code in LANGUAGES
    }


def _names_of_person(random: Random) -> dict[str, str]:
    return _titles("family_name", random, words=1) | _titles("given_names", random, words=1)


def _create_documents(numbers: range, texts: PageTexts, shelves: _Shelves) -> int:
    """Write a batch of documents; returns the number of pages."""
    chance = {number: random_for("document", number) for number in numbers}
    documents = Document.objects.bulk_create(
        [_document(number, chance[number], shelves) for number in numbers]
    )
    rows: dict[type[models.Model], list[Any]] = {}
    for number, document in zip(numbers, documents, strict=True):
        _add_parts(number, document, chance[number], shelves, rows)
    for model, its_rows in rows.items():
        model._default_manager.bulk_create(its_rows, batch_size=500)
    files = [
        _file(document, number * len(LANGUAGES) + place, code)
        for number, document in zip(numbers, documents, strict=True)
        for place, code in enumerate(LANGUAGES)
    ]
    DocumentFile.objects.bulk_create(files)
    pages = [
        FilePage(file=file, number=number, text=text)
        for file in files
        for number, text in enumerate(texts[file.document.slug, file.language], start=1)
    ]
    FilePage.objects.bulk_create(pages, batch_size=500)
    return len(pages)


def _document(number: int, random: Random, shelves: _Shelves) -> Document:
    texts: dict[str, Any] = {}
    for code in LANGUAGES:
        texts[localized("title", code)] = writer(code).title(random)
        texts[localized("summary", code)] = writer(code).sentences(random, 60)
        texts[localized("ready", code)] = True
    return Document(
        slug=slug_of(number),
        short_id=_short_id(number),
        kind=random.choices(list(KINDS), weights=list(KINDS.values()))[0]
        if number >= PRACTICES
        else Kind.BEST_PRACTICE,
        status=Status.PUBLISHED,
        publish_at=timezone.now() - datetime.timedelta(days=1, minutes=number),
        issued_on=datetime.date(random.choice(YEARS), random.randint(1, 12), random.randint(1, 28)),
        publisher=random.choice(shelves.organisations),
        project=random.choice([*shelves.projects, None]),
        licence="CC-BY-4.0",
        **texts,
    )


def _add_parts(
    number: int,
    document: Document,
    random: Random,
    shelves: _Shelves,
    rows: dict[type[models.Model], list[Any]],
) -> None:
    """Collect the rows that belong to a document, by model."""

    def add(row: models.Model) -> None:
        rows.setdefault(type(row), []).append(row)

    about_topic: Any = Document.topics.through
    about_country: Any = Document.countries.through
    for topic in _some(random, shelves.topics, 3):
        add(about_topic(document=document, topic=topic))
    for country in _some(random, shelves.countries, 3):
        add(about_country(document=document, country=country))
    body = random.choice(shelves.organisations)
    add(Contribution(document=document, organisation=body, position=1))
    for position, person in enumerate(_some(random, shelves.people, 2), start=2):
        add(Contribution(document=document, person=person, position=position))
    for position in range(number % 4):
        texts = {localized("text", code): writer(code).sentences(random, 20) for code in LANGUAGES}
        add(Recommendation(document=document, position=position, **texts))
    if number % 20 == 0:
        texts = {localized("text", code): writer(code).sentences(random, 10) for code in LANGUAGES}
        add(ChangeNote(document=document, made_on=datetime.date(2024, 5, 20), **texts))
    if number < PRACTICES:
        add(_practice(document, random))


def _practice(document: Document, random: Random) -> BestPractice:
    texts = {
        localized(field, code): writer(code).sentences(random, 40)
        for field in ("institution", "problem", "mechanism", "results", "limits", "application")
        for code in LANGUAGES
    }
    texts |= {localized("institution", code): writer(code).title(random) for code in LANGUAGES}
    return BestPractice(document=document, since_year=random.choice(YEARS), **texts)


def _some(random: Random, things: list[Any], most: int) -> list[Any]:
    """One to `most` different things, the first of the list oftener than the last."""
    weights = [1 / (place + 3) for place in range(len(things))]
    chosen = random.choices(range(len(things)), weights=weights, k=random.randint(1, most))
    return [things[place] for place in dict.fromkeys(chosen)]


def _short_id(number: int) -> str:
    """Of 300,000 drawn by chance, some would be the same."""
    letters = ""
    for _place in range(SHORT_ID_LENGTH):
        number, letter = divmod(number, len(SHORT_ID_LETTERS))
        letters = SHORT_ID_LETTERS[letter] + letters
    return letters


def _file(document: Document, number: int, language: str) -> DocumentFile:
    """A record without its bytes, which no page needs."""
    name = f"{document.slug}-{language}"
    lines = [f"{position}. {document.title_ru[:40]} … {position}" for position in range(1, 4)]  # type: ignore[attr-defined]
    return DocumentFile(
        document=document,
        short_id=_short_id(number),
        language=language,
        role=Role.FULL_TEXT,
        file=f"bench/{name}.pdf",
        original_name=f"{name}.pdf",
        extension="pdf",
        size=400_000,
        sha256=hashlib.sha256(name.encode()).hexdigest(),
        page_count=PAGES[language],
        text_state=TextState.TEXT,
        contents="\n".join(lines),
        position=LANGUAGES.index(language),
    )
