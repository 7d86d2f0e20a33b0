"""Which fields exist in three languages, and whose every change is kept.

Histories are registered here, after the languages, so that they know the language columns."""

from modeltranslation.translator import TranslationOptions, register
from simple_history import register as keep_history

from council.models import (
    Activity,
    Assessment,
    Body,
    DeadlineChange,
    Evidence,
    ExtraCell,
    Goal,
    Letter,
    LetterTask,
    LetterVersion,
    Membership,
    Plan,
    PlanVersion,
    ProgressUpdate,
    Reporter,
    Resource,
    Responsible,
    Signatory,
    Stage,
    StageColumn,
)
from council.models.plans import ROW_TEXTS


@register(Plan)
class PlanTranslation(TranslationOptions):
    fields = ("title", "summary", "body", "reference_strategy", "note", "withdrawn_reason")


@register(Stage)
class StageTranslation(TranslationOptions):
    fields = ("title", "timeline_text", "note")


@register(StageColumn)
class StageColumnTranslation(TranslationOptions):
    fields = ("heading",)


@register(Goal)
class GoalTranslation(TranslationOptions):
    fields = ("title", "note")


@register(Activity)
class ActivityTranslation(TranslationOptions):
    fields = ROW_TEXTS


@register(ExtraCell)
class ExtraCellTranslation(TranslationOptions):
    fields = ("text",)


@register(DeadlineChange)
class DeadlineChangeTranslation(TranslationOptions):
    fields = ("timeline_text", "reason")


@register(PlanVersion)
class PlanVersionTranslation(TranslationOptions):
    fields = ("text",)


@register(ProgressUpdate)
class ProgressUpdateTranslation(TranslationOptions):
    fields = ("text", "evidence_waiver")


@register(Evidence)
class EvidenceTranslation(TranslationOptions):
    fields = ("title",)


@register(Assessment)
class AssessmentTranslation(TranslationOptions):
    fields = ("note",)


@register(Body)
class BodyTranslation(TranslationOptions):
    fields = ("title", "summary", "body", "tasks", "note", "withdrawn_reason")


@register(Membership)
class MembershipTranslation(TranslationOptions):
    fields = ("office",)


@register(Letter)
class LetterTranslation(TranslationOptions):
    fields = (
        "title",
        "summary",
        "addressee",
        "body",
        "answer",
        "open_questions",
        "note",
        "withdrawn_reason",
    )


@register(LetterVersion)
class LetterVersionTranslation(TranslationOptions):
    fields = ("text", "note")


@register(LetterTask)
class LetterTaskTranslation(TranslationOptions):
    fields = ("who", "task")


@register(Signatory)
class SignatoryTranslation(TranslationOptions):
    fields = ("office",)


keep_history(Plan, app="council", m2m_fields=["events", "topics"])
keep_history(Body, app="council", m2m_fields=["meetings", "topics"])
for model in (
    Activity,
    Assessment,
    DeadlineChange,
    Evidence,
    ExtraCell,
    Goal,
    Letter,
    LetterTask,
    LetterVersion,
    Membership,
    ProgressUpdate,
    Reporter,
    Resource,
    Responsible,
    Signatory,
    Stage,
    StageColumn,
):
    keep_history(model, app="council")
