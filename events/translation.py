"""Which fields exist in three languages, and whose every change is kept.

Histories are registered here, after the languages, so that they know the language columns. Answers
have none: nothing may tell when or in which order they came."""

from modeltranslation.translator import TranslationOptions, register
from simple_history import register as keep_history

from events.models import (
    AgendaItem,
    Boilerplate,
    BoilerplateVersion,
    Event,
    EventMaterial,
    EventOrganisation,
    EventOutcome,
    EventPerson,
    EventSeries,
    PressContact,
    PressRelease,
    Question,
    Questionnaire,
    ReleaseBoilerplate,
    ReleaseChange,
)
from events.models.events import EVENT_TEXTS
from events.models.press import RELEASE_TEXTS


@register(Event)
class EventTranslation(TranslationOptions):
    fields = (*EVENT_TEXTS, "happening_reason", "withdrawn_reason")


@register(EventSeries)
class EventSeriesTranslation(TranslationOptions):
    fields = ("name", "description")


@register(EventPerson)
class EventPersonTranslation(TranslationOptions):
    fields = ("affiliation",)


@register(AgendaItem)
class AgendaItemTranslation(TranslationOptions):
    fields = ("title", "text", "led_by")


@register(EventMaterial)
class EventMaterialTranslation(TranslationOptions):
    fields = ("title",)


@register(EventOutcome)
class EventOutcomeTranslation(TranslationOptions):
    fields = ("text", "responsible")


@register(PressRelease)
class PressReleaseTranslation(TranslationOptions):
    fields = (*RELEASE_TEXTS, "withdrawn_reason")


@register(PressContact)
class PressContactTranslation(TranslationOptions):
    fields = ("role",)


@register(Boilerplate)
class BoilerplateTranslation(TranslationOptions):
    fields = ("heading",)


@register(BoilerplateVersion)
class BoilerplateVersionTranslation(TranslationOptions):
    fields = ("heading", "text")


@register(ReleaseChange)
class ReleaseChangeTranslation(TranslationOptions):
    fields = ("text",)


@register(Questionnaire)
class QuestionnaireTranslation(TranslationOptions):
    fields = ("intro",)


@register(Question)
class QuestionTranslation(TranslationOptions):
    fields = ("text", "help", "options", "low_label", "high_label", "paraphrase")


keep_history(Event, app="events", m2m_fields=["topics"])
keep_history(
    PressRelease,
    app="events",
    m2m_fields=["organisations", "events", "documents", "topics"],
    excluded_fields=["private_key"],
)
for model in (
    AgendaItem,
    Boilerplate,
    BoilerplateVersion,
    EventMaterial,
    EventOrganisation,
    EventOutcome,
    EventPerson,
    EventSeries,
    PressContact,
    Question,
    ReleaseBoilerplate,
    ReleaseChange,
):
    keep_history(model, app="events")
# Its count of forms would tell when answers came.
keep_history(Questionnaire, app="events", excluded_fields=["form_count"])
