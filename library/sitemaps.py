"""What the sitemap names of the library: documents, best practices, files, and the pages about
topics, people, organisations, projects and countries of which there is something to read."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.db.models import Q

from library.models import (
    Contribution,
    Country,
    Document,
    DocumentFile,
    Organisation,
    Person,
    Project,
    Term,
    Topic,
    TopicTree,
)
from mrc_portal.languages import every_column
from mrc_portal.sitemaps import Section, named_in, no_language

PAGES = (
    "library:document_list",
    "library:practice_list",
    "library:topic_list",
    "library:term_list",
)
# Of a publishable record what the sitemap tells.
COLUMNS = [
    "slug",
    "original_language",
    "publish_at",
    "changed_at",
    *every_column("ready"),
]
CHANGED = ("changed_at", "publish_at")

# Gives the keys of those people, or topics and so on, of whom something public is told.
Finder = Callable[[type[models.Model]], models.QuerySet[Any, Any] | None]

_finders: list[Finder] = []


def add_spoken_of(finder: Finder) -> None:
    """Let a room above say which people, organisations, topics and projects its public records
    name. Called once for each finder, in AppConfig.ready()."""
    if finder not in _finders:
        _finders.append(finder)


def _spoken_of(model: type[models.Model], in_documents: Any) -> Q:
    """That a public document has to do with it, or a record of a room above."""
    condition = Q(pk__in=in_documents)
    for finder in _finders:
        if (found := finder(model)) is not None:
            condition |= Q(pk__in=found)
    return condition


def _public() -> Any:
    return Document.objects.published().order_by()


def public_topics() -> models.QuerySet[Topic]:
    """A topic includes what stands below it."""
    through = Document.topics.through._default_manager
    about = through.filter(document__in=_public().values("pk")).values("topic")
    named = set(Topic.objects.filter(_spoken_of(Topic, about)).values_list("pk", flat=True))
    tree = TopicTree()
    above = {it.pk for topic in tree.topics if topic.pk in named for it in tree.above(topic)}
    return Topic.objects.filter(pk__in=named | above).order_by("pk")


def _people() -> models.QuerySet[Person]:
    parts = Contribution.objects.filter(document__in=_public().values("pk"), person__isnull=False)
    return Person.objects.filter(_spoken_of(Person, parts.values("person"))).order_by("pk")


def public_organisations() -> models.QuerySet[Organisation]:
    public = _public().values("pk")
    parts = Contribution.objects.filter(document__in=public, organisation__isnull=False)
    condition = _spoken_of(Organisation, parts.values("organisation"))
    for name in ("publisher", "funder"):
        named = _public().filter(**{f"{name}__isnull": False}).values(name)
        condition |= Q(pk__in=named)
    return Organisation.objects.filter(condition).order_by("pk")


def public_projects() -> models.QuerySet[Project]:
    named = _public().filter(project__isnull=False).values("project")
    return Project.objects.filter(_spoken_of(Project, named)).order_by("pk")


def public_countries() -> models.QuerySet[Country]:
    through = Document.countries.through._default_manager
    about = through.filter(document__in=_public().values("pk")).values("country")
    return Country.objects.filter(pk__in=about).order_by("pk")


def _files() -> models.QuerySet[DocumentFile]:
    files = DocumentFile.objects.visible_to(AnonymousUser()).filter(extension="pdf")
    of_document = [f"document__{name}" for name in (*COLUMNS, *every_column("title"), "issued_on")]
    own = ("short_id", "language", "role", "extension", "added_at", "document_id", "replaced_by_id")
    return files.select_related("document").only(*own, *of_document).order_by("pk")


SECTIONS = [
    Section(
        name="documents",
        records=lambda: Document.objects.published().texts().only(*COLUMNS).order_by("pk"),
        changed=CHANGED,
    ),
    Section(
        name="practices",
        records=lambda: Document.objects.published().practices().only(*COLUMNS).order_by("pk"),
        changed=CHANGED,
    ),
    Section(
        name="files",
        records=_files,
        changed=("added_at", "document__publish_at"),
        languages=no_language,
    ),
    Section(name="topics", records=public_topics, languages=named_in("name")),
    Section(name="people", records=_people, languages=named_in("family_name")),
    Section(name="organisations", records=public_organisations, languages=named_in("name")),
    Section(name="projects", records=public_projects, languages=named_in("title")),
    Section(name="countries", records=public_countries, languages=named_in("name")),
    Section(
        name="glossary",
        records=lambda: Term.objects.order_by("pk"),
        languages=named_in("name"),
    ),
]
