"""Makes PDFs from Typst templates: the same input gives the same bytes."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from pathlib import Path

import typst
from django.utils import timezone


def typeset(template: Path, inputs: Mapping[str, str], day: datetime.date | None = None) -> bytes:
    """A tagged PDF (PDF/UA-1) of the template; it reads the inputs as sys.inputs.

    Texts of people are handed over as inputs and never become markup. `day` is written into the
    file as its date, today unless told. Only the fonts that Typst brings are used: they have ө ү ң.
    Raises typst.TypstError when the template cannot be set.
    """
    noon = datetime.datetime.combine(
        day or timezone.localdate(), datetime.time(12), tzinfo=timezone.get_current_timezone()
    )
    return typst.compile(
        str(template),
        root=str(template.parent),
        sys_inputs=dict(inputs),
        ignore_system_fonts=True,
        pdf_standards=["ua-1"],
        timestamp=int(noon.timestamp()),
    )
