"""What the library offers in the JSON API: documents, best practices, the glossary, and the names
by which its lists are filtered."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from library.facets import COUNTRY, FACETS, LANGUAGE_OF, TOPIC
from library.filters import chosen_documents
from library.formats.portal_json import description, names
from library.models import (
    BestPractice,
    Country,
    Document,
    DocumentQuerySet,
    Kind,
    Organisation,
    Project,
    Relation,
    Role,
    Term,
    Topic,
)
from library.models.documents import PRACTICE_TEXTS, ContributionRole, Licence
from library.models.documents import TEXTS as DOCUMENT_TEXTS
from library.models.terms import Section
from library.records import record_of, with_everything
from library.search import KEY, pks_of
from library.sitemaps import public_countries, public_organisations, public_projects, public_topics
from mrc_portal.api import Asked, Parameter, of_queryset
from mrc_portal.api.resources import SLUG
from mrc_portal.api.schemas import (
    FLAG,
    LANGUAGE,
    NAMED,
    NUMBER,
    PUBLISHABLE,
    TEXT,
    TEXTS,
    URL,
    by_language,
    described,
    item,
    many,
    one_of,
    or_null,
)
from mrc_portal.filters import with_words
from mrc_portal.languages import LANGUAGE_CODES, current_language
from mrc_portal.search_feed import MOST_FOUND_BY_WORDS, found_keys

ORGANISATION = Parameter("organisation", "Keys of organisations.", SLUG, True)
WORDS = Parameter(
    "q",
    "Words in any of the three languages, also on the pages of files. Of very many documents those "
    f"{MOST_FOUND_BY_WORDS} are listed that were issued last.",
)


# Documents and best practices

NAMED_BY_KEY = item(key=TEXT, name=TEXTS)
NAMED_BY_URL = item(url=URL, name=TEXTS)
CONTRIBUTOR = item(
    role=one_of(ContributionRole.values),
    orcid=or_null(TEXT),
    kind=one_of(["person", "organisation"]),
    url=URL,
    name=described(
        by_language({"anyOf": [TEXT, item(family=TEXT, given=TEXT)]}),
        "Of a person family and given names apart.",
    ),
)
FILE = item(
    url=URL,
    language=or_null(LANGUAGE),
    content=one_of(Role.values),
    label=TEXTS,
    media_type=TEXT,
    size=described(NUMBER, "Bytes."),
    sha256=TEXT,
    page_count=or_null(NUMBER),
)
PRACTICE = item(
    since_year=or_null(NUMBER),
    since_is_decade=FLAG,
    areas=many(NAMED_BY_KEY),
    **dict.fromkeys(("since", *PRACTICE_TEXTS), TEXTS),
)
DOCUMENT = item(
    **PUBLISHABLE,
    **dict.fromkeys((it.name for it in DOCUMENT_TEXTS), TEXTS),
    kind=one_of(Kind.values),
    issued=or_null(described(TEXT, "As exactly as known, by ISO 8601: 2013, 2013-05, 2012/2014.")),
    contributors=many(CONTRIBUTOR),
    publisher=or_null(NAMED_BY_URL),
    funder=or_null(NAMED_BY_URL),
    project=or_null(NAMED_BY_URL),
    series_number=TEXT,
    page_count=or_null(NUMBER),
    isbn=TEXT,
    doi=TEXT,
    licence=or_null(item(code=one_of(Licence.values), url=or_null(URL))),
    topics=many(NAMED_BY_KEY),
    countries=many(item(code=TEXT, name=TEXTS)),
    files=many(FILE),
    recommendations=many(TEXTS),
    practice=or_null(PRACTICE),
    relations=many(item(kind=one_of(Relation.values), url=URL)),
    source=or_null(item(url=URL, seen_year=or_null(NUMBER), is_dead=FLAG)),
)


def _documents(asked: Asked) -> DocumentQuerySet:
    documents = chosen_documents(Document.objects.published().texts(), "", asked.values)
    if words := asked.one("q").strip():
        # The engine knows the languages of full texts; here those of the record are meant.
        names = {facet.name for facet in FACETS} - {"language"}
        chosen = {name: keys for name, keys in asked.values.items() if name in names}
        keys = found_keys(words, {**chosen, "room": (KEY,)})
        if keys is None:  # while the index is away
            return with_words(documents, words)
        documents = documents.filter(pk__in=pks_of(keys))
    return documents


def _practices(asked: Asked) -> DocumentQuerySet:
    practices = chosen_documents(Document.objects.published().practices(), "", asked.values)
    if slugs := asked.all("area"):
        through = BestPractice.areas.through._default_manager
        about = through.filter(rightsarea__slug__in=slugs)
        practices = practices.filter(practice__in=about.values("bestpractice"))
    return practices


def _document(document: Document, asked: Asked) -> dict[str, Any]:
    return description(record_of(document, current_language(), asked.site))


# The glossary and the names of things

TERM = item(
    key=TEXT,
    url=URL,
    section=one_of(Section.values),
    names=by_language(
        item(name=TEXT, abbreviations=many(TEXT), synonyms=many(TEXT), definition=TEXT)
    ),
)
TOPIC_ITEM = item(**NAMED["properties"], description=TEXTS, parent=or_null(TEXT))
ORGANISATION_ITEM = item(
    **NAMED["properties"],
    abbreviation=TEXTS,
    description=TEXTS,
    parent=or_null(TEXT),
    country=or_null(TEXT),
    website=or_null(URL),
)
PROJECT_ITEM = item(
    **NAMED["properties"],
    description=TEXTS,
    goal=TEXTS,
    starts_year=or_null(NUMBER),
    ends_year=or_null(NUMBER),
    lead=or_null(TEXT),
    funder=or_null(TEXT),
)
COUNTRY_ITEM = item(code=TEXT, url=URL, name=TEXTS)


def _named(record: Any, asked: Asked, field: str = "name") -> dict[str, Any]:
    url = asked.site + record.get_absolute_url()
    return {"key": record.slug, "url": url, "name": names(record, field)}


def _term(term: Term, asked: Asked) -> dict[str, Any]:
    """Without the names that only help to find it."""
    told = {code: term.texts_in(code) for code in LANGUAGE_CODES}
    return {
        "key": term.slug,
        "url": asked.site + term.get_absolute_url(),
        "section": term.section,
        "names": {
            code: {
                "name": its.name,
                "abbreviations": its.abbreviations,
                "synonyms": its.synonyms,
                "definition": its.definition,
            }
            for code, its in told.items()
            if its.name
        },
    }


def _topic(topic: Topic, asked: Asked) -> dict[str, Any]:
    return _named(topic, asked) | {
        "description": names(topic, "description"),
        "parent": topic.parent.slug if topic.parent else None,
    }


def _organisation(organisation: Organisation, asked: Asked) -> dict[str, Any]:
    return _named(organisation, asked) | {
        "abbreviation": names(organisation, "abbreviation"),
        "description": names(organisation, "description"),
        "parent": organisation.parent.slug if organisation.parent else None,
        "country": organisation.country.code if organisation.country else None,
        "website": organisation.website or None,
    }


def _project(project: Project, asked: Asked) -> dict[str, Any]:
    return _named(project, asked, "title") | {
        "description": names(project, "description"),
        "goal": names(project, "goal"),
        "starts_year": project.starts_year,
        "ends_year": project.ends_year,
        "lead": project.lead.slug if project.lead else None,
        "funder": project.funder.slug if project.funder else None,
    }


def _country(country: Country, asked: Asked) -> dict[str, Any]:
    url = asked.site + country.get_absolute_url()
    return {"code": country.code, "url": url, "name": names(country, "name")}


def _terms(asked: Asked) -> QuerySet[Term]:
    return Term.objects.matching(asked.one("q"))


RESOURCES = [
    of_queryset(
        path="documents",
        label=_("Documents"),
        about="Documents of the library, those published last first; best practices have a list "
        "of their own.",
        name="Document",
        schema=DOCUMENT,
        records=_documents,
        prepare=with_everything,
        describe=_document,
        parameters=(
            WORDS,
            *(facet.parameter for facet in FACETS),
        ),
    ),
    of_queryset(
        path="practices",
        label=_("Best practices"),
        about="Best practices of other countries, those published last first.",
        name="Practice",
        schema=DOCUMENT,
        records=_practices,
        prepare=with_everything,
        describe=_document,
        parameters=(
            TOPIC,
            COUNTRY,
            LANGUAGE_OF,
            Parameter("area", "Keys of areas of rights.", SLUG, True),
        ),
    ),
    of_queryset(
        path="terms",
        label=_("Glossary"),
        about="The glossary: what one idea is called in the three languages.",
        name="Term",
        schema=TERM,
        records=_terms,
        describe=_term,
        key="slug",
        moment="",
        parameters=(Parameter("q", "Words of a name, in whatever language."),),
    ),
    of_queryset(
        path="topics",
        label=_("Topics"),
        about="Topics under which there is something, with those above them.",
        name="Topic",
        schema=TOPIC_ITEM,
        records=lambda asked: public_topics(),
        prepare=lambda topics: topics.select_related("parent"),
        describe=_topic,
        key="slug",
        moment="",
    ),
    of_queryset(
        path="organisations",
        label=_("Organisations"),
        about="Organisations that public records name.",
        name="Organisation",
        schema=ORGANISATION_ITEM,
        records=lambda asked: public_organisations(),
        prepare=lambda organisations: organisations.select_related("parent", "country"),
        describe=_organisation,
        key="slug",
        moment="",
    ),
    of_queryset(
        path="projects",
        label=_("Projects"),
        about="Projects that public records name.",
        name="Project",
        schema=PROJECT_ITEM,
        records=lambda asked: public_projects(),
        prepare=lambda projects: projects.select_related("lead", "funder"),
        describe=_project,
        key="slug",
        moment="",
    ),
    of_queryset(
        path="countries",
        label=_("Countries"),
        about="Countries that public documents are about.",
        name="Country",
        schema=COUNTRY_ITEM,
        records=lambda asked: public_countries(),
        describe=_country,
        key="code",
        moment="",
    ),
]
