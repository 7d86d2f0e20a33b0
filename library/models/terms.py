"""The glossary: what one idea is called in each language."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Self

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from modeltranslation.manager import MultilingualManager

from mrc_portal.filters import MOST_WORDS
from mrc_portal.languages import (
    FALLBACKS,
    LANGUAGE_CODES,
    Wording,
    columns_of,
    current_language,
    every_column,
    fold,
    localized,
    wording,
)
from mrc_portal.search.analysis import LOOKALIKES, WORD, clean

MAX_NAME_LENGTH = 120
MAX_NAMES = 20  # of one kind, in one language
MAX_DEFINITION_LENGTH = 400
# Lists of names, one per line, from what readers are shown to what only helps them to find.
NAME_LISTS = ("abbreviations", "synonyms", "search_names")


class Section(models.TextChoices):
    RIGHTS = "rights", _("migration and rights")
    LIBRARY = "library", _("library and documents")
    EVENTS = "events", _("events and the action plan")
    COUNTRIES = "countries", _("countries")


@dataclass(frozen=True)
class TermNames:
    """What readers are shown of a term in one language. Without a name, nothing is stated."""

    language: str
    name: str
    abbreviations: list[str]
    synonyms: list[str]
    definition: str


class TermQuerySet(models.QuerySet["Term"]):
    def matching(self, words: str) -> Self:
        """Every word somewhere in a name, in whatever language and however it is spelt."""
        terms = self
        for word in words.replace("\x00", " ").split()[:MOST_WORDS]:
            match = Q()
            for column in every_column("name", *NAME_LISTS):
                match |= Q(**{f"{column}__matches": word})
            terms = terms.filter(match)
        return terms


class Term(models.Model):
    """One idea with its names. It is public, and known to search, as soon as it is saved.

    Changes past its history, such as QuerySet.update(), reach searches with the next saved one:
    see library.glossary.TermGlossary.stamp().
    """

    name = models.CharField(_("preferred name"), max_length=MAX_NAME_LENGTH)
    abbreviations = models.TextField(_("abbreviations"), blank=True, help_text=_("One per line."))
    synonyms = models.TextField(
        _("other names"),
        blank=True,
        help_text=_("Names that may be used as well, one per line."),
    )
    search_names = models.TextField(
        _("also searched"),
        blank=True,
        help_text=_(
            "Names that people type and sources use, but that the portal does not recommend, one "
            "per line. Search knows them; the glossary does not show them."
        ),
    )
    definition = models.TextField(
        _("definition"),
        blank=True,
        max_length=MAX_DEFINITION_LENGTH,
        help_text=_("One or two plain sentences."),
    )
    section = models.CharField(_("section"), max_length=20, choices=Section, default=Section.RIGHTS)
    note = models.TextField(
        _("note for editors"), blank=True, help_text=_("Readers do not see it.")
    )
    slug = models.SlugField(_("address"), max_length=100, unique=True)

    objects = MultilingualManager.from_queryset(TermQuerySet)()

    class Meta:
        verbose_name = _("term")
        verbose_name_plural = _("glossary")
        ordering = ["slug"]

    def __str__(self) -> str:
        return str(self.label) or self.slug

    def get_absolute_url(self) -> str:
        return reverse("library:term_detail", args=[self.slug])

    @property
    def label(self) -> Wording:
        return wording(self, "name")

    @property
    def meaning(self) -> Wording:
        return wording(self, "definition")

    @property
    def own_names(self) -> TermNames:
        """In the language of the page."""
        return self.texts_in(current_language())

    @property
    def other_names(self) -> list[TermNames]:
        """In the other languages, the one that the reader understands best first."""
        return [self.texts_in(code) for code in FALLBACKS[current_language()]]

    @property
    def search_words(self) -> str:
        """What to type to find the term: its name, without what would be an instruction."""
        return " ".join(word.strip('"«»„“”*-−') for word in self.label.split())

    def texts_in(self, language: str) -> TermNames:
        return TermNames(
            language,
            getattr(self, localized("name", language)) or "",
            self._lines("abbreviations", language),
            self._lines("synonyms", language),
            getattr(self, localized("definition", language)) or "",
        )

    def all_names(self, language: str) -> tuple[str, ...]:
        """Everything that search may know the term by, the preferred name first."""
        columns = (localized(field, language) for field in ("name", *NAME_LISTS))
        return names_in(getattr(self, column) for column in columns)

    def namesakes(self) -> list[Term]:
        """Other terms with one of its names in the same language, as search sees them."""
        own = {code: set(map(fold, self.all_names(code))) for code in LANGUAGE_CODES}
        return [
            other
            for other in Term.objects.exclude(pk=self.pk)
            if any(own[code].intersection(map(fold, other.all_names(code))) for code in own)
        ]

    def clean(self) -> None:
        """Tidy the names. Raises ValidationError, also when the same term is there already."""
        super().clean()
        errors: dict[str, list[str]] = {}
        for code in LANGUAGE_CODES:
            for column, message in self._tidy(code):
                errors.setdefault(column, []).append(message)
        if errors:
            raise ValidationError(errors)
        others = columns_of(Term.objects.exclude(pk=self.pk), *every_column("name"))
        for names in others:
            if self._is_called(names):
                text = _("The glossary has this term already: %(term)s.")
                raise ValidationError(text, params={"term": ", ".join(filter(None, names))})

    def _tidy(self, language: str) -> Iterator[tuple[str, str]]:
        """Mend the names in one language; yields what is wrong with them, by column."""
        column = localized("name", language)
        name = _tidied(getattr(self, column) or "", language)
        setattr(self, column, name)
        if name and not WORD.search(name):
            yield column, str(_("A name has letters."))
        seen = {name.lower()}
        for field in NAME_LISTS:
            column = localized(field, language)
            lines = [_tidied(it, language) for it in (getattr(self, column) or "").splitlines()]
            lines = [it for it in dict.fromkeys(lines) if it and it.lower() not in seen]
            setattr(self, column, "\n".join(lines))
            seen.update(it.lower() for it in lines)
            if not all(WORD.search(it) for it in lines):
                yield column, str(_("A name has letters."))
            if any(len(it) > MAX_NAME_LENGTH for it in lines):
                text = ngettext(
                    "A name has at most %(most)d letter.",
                    "A name has at most %(most)d letters.",
                    MAX_NAME_LENGTH,
                )
                yield column, text % {"most": MAX_NAME_LENGTH}
            if len(lines) > MAX_NAMES:
                text = ngettext(
                    "There may be at most %(most)d name.",
                    "There may be at most %(most)d names.",
                    MAX_NAMES,
                )
                yield column, text % {"most": MAX_NAMES}
        column = localized("definition", language)
        setattr(self, column, clean(getattr(self, column) or ""))
        if len(getattr(self, column)) > MAX_DEFINITION_LENGTH:
            text = ngettext(
                "A definition has at most %(most)d letter.",
                "A definition has at most %(most)d letters.",
                MAX_DEFINITION_LENGTH,
            )
            yield column, text % {"most": MAX_DEFINITION_LENGTH}
        if not name and (len(seen) > 1 or getattr(self, column)):
            yield localized("name", language), str(_("Write the preferred name first."))

    def _is_called(self, names: tuple[str | None, ...]) -> bool:
        """Whether no language tells it from the term with these names, in order of languages."""
        own = [getattr(self, column) for column in every_column("name")]
        pairs = [(one, two) for one, two in zip(own, names, strict=True) if one and two]
        return bool(pairs) and all(one.lower() == two.lower() for one, two in pairs)

    def _lines(self, field: str, language: str) -> list[str]:
        return (getattr(self, localized(field, language)) or "").splitlines()


def names_in(texts: Iterable[str | None]) -> tuple[str, ...]:
    """The names in texts of one name a line, each once."""
    lines = (line for text in texts for line in (text or "").splitlines())
    return tuple(dict.fromkeys(filter(None, lines)))


def _tidied(name: str, language: str) -> str:
    """Letters composed, gaps of one blank; Kyrgyz letters instead of those that look like them."""
    name = clean(name)
    return name.translate(LOOKALIKES) if language == "ky" else name
