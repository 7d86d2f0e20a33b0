"""Forms of the editors' own pages: the language one works in first, the others on demand."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.admin.widgets import AutocompleteMixin, AutocompleteSelect
from django.core.validators import MaxLengthValidator
from django.forms.boundfield import BoundField

from mrc_portal.languages import LANGUAGE_CODES, OWN_NAMES, current_language, localized

# Of a text without a limit of its own: four pages.
MAX_LETTERS = 10_000


class DayInput(forms.DateInput):
    """The browser's own calendar."""

    input_type = "date"

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__(attrs, format="%Y-%m-%d")


def is_key(text: str) -> bool:
    """Whether it can be the key of a record; longer numbers overflow the database."""
    return text.isascii() and text.isdecimal() and len(text) < 19


def key_in(text: str | None) -> int:
    """The key in an address or on a button; 0, which no record has, if there is none."""
    return int(text) if text and is_key(text) else 0


class NumbersOnly(AutocompleteMixin):
    """Shows a refused form again even if somebody has forged what was chosen."""

    def optgroups(self, name: Any, value: Any, attr: Any = None) -> Any:
        return super().optgroups(name, [it for it in value if not it or is_key(it)], attr)


class Choice(NumbersOnly, AutocompleteSelect):
    """One record, found by typing."""


class WordedForm(forms.BaseForm):
    """Knows which of its fields exist in three languages."""

    # Without their languages, each with a label.
    WORDED: dict[str, Any] = {}
    ROWS = 3

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, label in self.WORDED.items():
            for code in LANGUAGE_CODES:
                field = self.fields[localized(name, code)]
                is_own = code == current_language()
                field.label = label if is_own else f"{label} ({OWN_NAMES[code]})"
                field.required = False
                field.widget.attrs |= {"lang": code}
                if isinstance(field, forms.CharField) and field.max_length is None:
                    field.max_length = MAX_LETTERS
                    field.validators.append(MaxLengthValidator(MAX_LETTERS))
                if isinstance(field.widget, forms.Textarea):
                    field.widget.attrs |= {"rows": self.ROWS, "class": "vLargeTextField"}
                else:
                    field.widget.attrs |= {"class": "vTextField"}

    @property
    def own(self) -> dict[str, BoundField]:
        """The fields in the language that one works in, by name."""
        return {name: self[localized(name, current_language())] for name in self.WORDED}

    @property
    def in_other_languages(self) -> list[BoundField]:
        return [
            self[localized(name, code)]
            for code in LANGUAGE_CODES
            if code != current_language()
            for name in self.WORDED
        ]

    @property
    def is_worded_elsewhere(self) -> bool:
        """Whether the other languages have something to show at once."""
        return any(field.value() or field.errors for field in self.in_other_languages)
