"""Which fields exist in three languages, and whose every change is kept.

Histories are registered here, after the languages, so that they know the language columns."""

from modeltranslation.translator import TranslationOptions, register
from simple_history import register as keep_history

from library.models import (
    BestPractice,
    ChangeNote,
    Contribution,
    Country,
    Document,
    DocumentFile,
    DocumentRelation,
    Organisation,
    Person,
    Project,
    Recommendation,
    RightsArea,
    Term,
    Topic,
)
from library.models.documents import PRACTICE_TEXTS, TEXTS


@register(Document)
class DocumentTranslation(TranslationOptions):
    fields = (*(it.name for it in TEXTS), "withdrawn_reason")


@register(BestPractice)
class BestPracticeTranslation(TranslationOptions):
    fields = ("since", *PRACTICE_TEXTS)


@register(Recommendation)
class RecommendationTranslation(TranslationOptions):
    fields = ("text",)


@register(ChangeNote)
class ChangeNoteTranslation(TranslationOptions):
    fields = ("text",)


@register(DocumentFile)
class DocumentFileTranslation(TranslationOptions):
    fields = ("label",)


@register(Organisation)
class OrganisationTranslation(TranslationOptions):
    fields = ("name", "abbreviation", "description")


@register(Person)
class PersonTranslation(TranslationOptions):
    fields = ("family_name", "given_names")


@register(Topic)
class TopicTranslation(TranslationOptions):
    fields = ("name", "description")


@register(Term)
class TermTranslation(TranslationOptions):
    fields = ("name", "abbreviations", "synonyms", "search_names", "definition")


@register(RightsArea)
class RightsAreaTranslation(TranslationOptions):
    fields = ("name",)


@register(Country)
class CountryTranslation(TranslationOptions):
    fields = ("name",)


@register(Project)
class ProjectTranslation(TranslationOptions):
    fields = ("title", "description", "goal")


keep_history(Document, app="library", m2m_fields=["topics", "countries"])
keep_history(BestPractice, app="library", m2m_fields=["areas"])
for model in (
    ChangeNote,
    Contribution,
    DocumentFile,
    DocumentRelation,
    Organisation,
    Person,
    Project,
    Recommendation,
    Term,
    Topic,
):
    keep_history(model, app="library")
