"""Makes PDFs from Typst templates: the same input gives the same bytes."""

from __future__ import annotations

import datetime
import re
from collections.abc import Mapping
from pathlib import Path

import typst
from django.utils import timezone

# PDF/UA wants a shape for every sign, and an emoji has none in our fonts.
UNDISPLAYED = re.compile(r'the text `"(.+?)"` could not be displayed', re.DOTALL)
ESCAPED = re.compile(r"\\(?:u\{([0-9a-f]+)\}|(.))")
NO_SHAPE = "?"
# Typst names one sign at a time; a text in another script altogether has hundreds.
MOST_ATTEMPTS = 8
# Everything but Latin, Cyrillic and their punctuation.
UNSURE = re.compile("[^\\s -~\u00a0-\u024f\u0400-\u04ff\u2010-\u2027\u2030-\u203a\u20ac\u2116]")


def typeset(template: Path, inputs: Mapping[str, str], day: datetime.date | None = None) -> bytes:
    """A tagged PDF (PDF/UA-1) of the template; it reads the inputs as sys.inputs.

    Texts of people are handed over as inputs and never become markup. `day` is written into the
    file as its date, today unless told. Only the fonts that Typst brings are used: they have ө ү ң,
    and what they lack, such as an emoji, becomes a question mark. Where they lack much, everything
    but Latin and Cyrillic does.
    Raises typst.TypstError when the template cannot be set.
    """
    noon = datetime.datetime.combine(
        day or timezone.localdate(), datetime.time(12), tzinfo=timezone.get_current_timezone()
    )
    inputs = dict(inputs)
    attempts = 0
    while True:
        attempts += 1
        try:
            return typst.compile(
                str(template),
                root=str(template.parent),
                sys_inputs=inputs,
                ignore_system_fonts=True,
                pdf_standards=["ua-1"],
                timestamp=int(noon.timestamp()),
            )
        except typst.TypstError as error:
            if not (found := UNDISPLAYED.search(str(error))):
                raise
            signs = ESCAPED.sub(lambda it: chr(int(it[1], 16)) if it[1] else it[2], found[1])
            if UNSURE.search(signs) and attempts < MOST_ATTEMPTS:
                shown = {name: text.replace(signs, NO_SHAPE) for name, text in inputs.items()}
            else:  # or blamed is a neighbour of what has no shape, even a space
                shown = {name: UNSURE.sub(NO_SHAPE, text) for name, text in inputs.items()}
            if shown == inputs:
                raise
            inputs = shown
