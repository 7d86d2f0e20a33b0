"""The library's models, split by subject."""

from library.models.documents import (
    BestPractice,
    ChangeNote,
    Contribution,
    Document,
    DocumentQuerySet,
    DocumentRelation,
    Kind,
    Recommendation,
    Relation,
)
from library.models.files import DocumentFile, FilePage, Role, TextState
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
    "Kind",
    "NamedByConsent",
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
