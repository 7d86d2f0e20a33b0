"""The library's models, split by subject."""

from library.models.documents import (
    BestPractice,
    ChangeNote,
    Contribution,
    Document,
    DocumentQuerySet,
    DocumentRelation,
    Recommendation,
    Relation,
)
from library.models.files import DocumentFile, FilePage, Role, TextState
from library.models.harvest import HarvestedRecord, HarvestSource, OaiItem, OaiProgress
from library.models.imports import ImportJob, ImportKey, ImportState
from library.models.kinds import Kind
from library.models.people import NamedByConsent, Organisation, Person
from library.models.terms import Section, Term, TermNames, TermQuerySet
from library.models.topics import Country, Project, RightsArea, Topic, TopicTree

__all__ = [
    "BestPractice",
    "ChangeNote",
    "Contribution",
    "Country",
    "Document",
    "DocumentFile",
    "DocumentQuerySet",
    "DocumentRelation",
    "FilePage",
    "HarvestSource",
    "HarvestedRecord",
    "ImportJob",
    "ImportKey",
    "ImportState",
    "Kind",
    "NamedByConsent",
    "OaiItem",
    "OaiProgress",
    "Organisation",
    "Person",
    "Project",
    "Recommendation",
    "Relation",
    "RightsArea",
    "Role",
    "Section",
    "Term",
    "TermNames",
    "TermQuerySet",
    "TextState",
    "Topic",
    "TopicTree",
]
