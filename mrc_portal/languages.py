"""Languages of the portal: which one a reader gets when the wanted one is not there,
how foreign words are marked, how letters are folded and sorted."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Self

from django.conf import settings
from django.db import models
from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from modeltranslation.manager import MultilingualQuerySet

from mrc_portal.search.analysis import FOLDED, LOOKALIKES

if TYPE_CHECKING:
    from mrc_portal.publishing import Publishable

LANGUAGE_CODES: tuple[str, ...] = tuple(code for code, _name in settings.LANGUAGES)

# What languages call themselves; never translated.
OWN_NAMES = {"ky": "Кыргызча", "ru": "Русский", "en": "English"}

# Whom a reader understands best when the wanted language is missing, best first.
FALLBACKS = {"ky": ("ru", "en"), "ru": ("ky", "en"), "en": ("ru", "ky")}


def language_choices() -> list[tuple[str, str | Promise]]:
    """The portal's languages as choices of a model field."""
    return list(settings.LANGUAGES)


def current_language() -> str:
    """The language of the page being made; Russian outside of a request."""
    language = get_language()
    return language if language in LANGUAGE_CODES else settings.LANGUAGE_CODE


def best_language(wanted: str, available: Iterable[str], original: str = "") -> str | None:
    """The language to show: the wanted one, else the original, else the nearest. None if none."""
    available = set(available)
    for language in (wanted, original, *FALLBACKS[wanted]):
        if language in available:
            return language
    return None


def localized(field: str, language: str) -> str:
    """The name of a translated field's column: localized("title", "ky") is "title_ky"."""
    return f"{field}_{language}"


def every_column(*fields: str) -> list[str]:
    """The columns of translated fields in all languages: "title_ky", "title_ru", "title_en"."""
    return [localized(field, code) for field in fields for code in LANGUAGE_CODES]


def is_worded(record: models.Model, field: str) -> bool:
    """Whether a translated field has a text in any language."""
    return any(getattr(record, column) for column in every_column(field))


class Wording(str):
    """A short text in a known language; in a template it marks itself when it is foreign.

    A string, since templates turn anything else into one before they ask for its HTML.
    """

    language: str

    def __new__(cls, text: str, language: str) -> Self:
        wording = super().__new__(cls, text)
        wording.language = language
        return wording

    @property
    def text(self) -> str:
        """Without the mark: for attributes, and for places that mark the language themselves."""
        return str(self)

    def __html__(self) -> SafeString:
        if self.language == current_language():
            return format_html("{}", self.text)
        return format_html('<span lang="{}">{}</span>', self.language, self.text)


def wording(record: models.Model, field: str, wanted: str = "") -> Wording:
    """A translated field of a record that has no readiness of its own (a topic, a name), in the
    language of the page or in the one named, else in the nearest that has it."""
    wanted = wanted or current_language()
    for language in (wanted, *FALLBACKS[wanted]):
        if text := getattr(record, localized(field, language)):
            return Wording(text, language)
    return Wording("", wanted)


def wordings(record: models.Model, field: str) -> list[Wording]:
    """A translated field in every language that has it."""
    texts = ((getattr(record, localized(field, code)), code) for code in LANGUAGE_CODES)
    return [Wording(text, code) for text, code in texts if text]


def columns_of(rows: models.QuerySet[Any], *names: str) -> models.QuerySet[Any, Any]:
    """values_list() with its columns in this very order, which a union needs: modeltranslation
    shuffles them."""
    if isinstance(rows, MultilingualQuerySet):
        rows = rows.rewrite(False)
    return rows.order_by().values_list(*names)


class LanguageVersion:
    """A publishable record as it reads in one language: version.title is its title there."""

    def __init__(self, record: Publishable, language: str) -> None:
        self.record = record
        self.language = language

    def __getattr__(self, field: str) -> Any:
        # Only translated fields; everything else is asked of the record itself.
        if field.startswith("_"):
            raise AttributeError(field)
        return getattr(self.record, localized(field, self.language))

    @property
    def is_original(self) -> bool:
        return self.language == self.record.original_language

    @property
    def is_foreign(self) -> bool:
        """Whether the text is not in the language of the page around it."""
        return self.language != current_language()


def fold(text: str) -> str:
    """Lower case with ө ү ң ё as people type them who lack the keys: о у н е."""
    return text.lower().translate(LOOKALIKES).translate(FOLDED)


_ALPHABET = {
    letter: place for place, letter in enumerate("абвгдеёжзийклмнңоөпрстуүфхцчшщъыьэюя", start=1)
}


def sort_key(text: str) -> tuple[tuple[int, int | str], ...]:
    """A key that sorts as the Kyrgyz and Russian alphabets do: ң after н, ө after о, ү after у."""
    return tuple(
        (2, _ALPHABET[letter]) if letter in _ALPHABET else (1, letter)
        for letter in re.sub(r"[^\w\s]", "", text.lower())
    )
