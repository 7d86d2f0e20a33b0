"""Forms of the editors' own pages: the language one works in first, the others on demand."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.admin.widgets import AutocompleteMixin, AutocompleteSelect
from django.forms.boundfield import BoundField

from mrc_portal.languages import LANGUAGE_CODES, OWN_NAMES, current_language, localized


class DayInput(forms.DateInput):
    """The browser's own calendar."""

    input_type = "date"

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__(attrs, format="%Y-%m-%d")


class NumbersOnly(AutocompleteMixin):
    """Shows a refused form again even if somebody has forged what was chosen."""

    def optgroups(self, name: Any, value: Any, attr: Any = None) -> Any:
        chosen = [it for it in value if not it or (it.isascii() and it.isdecimal())]
        return super().optgroups(name, chosen, attr)


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
