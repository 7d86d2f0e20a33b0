"""What publishable records of all rooms tell alike. Shapes: mrc_portal/api/schemas.py."""

from __future__ import annotations

import datetime
from collections.abc import Collection
from typing import Any

from django.db import models
from django.utils import translation

from mrc_portal.languages import localized


def publishable(record: Any, site: str) -> dict[str, Any]:
    """The facts of PUBLISHABLE; published_at is the moment from which readers could see it."""
    return {
        "id": record.short_id,
        "url": site + record.get_permanent_path(),
        "pages": pages_of(record, record.ready_languages, site),
        "languages": sorted(record.ready_languages),
        "original_language": record.original_language,
        "is_demonstration": record.is_demonstration,
        "published_at": record.visible_from.isoformat(),
        "changed_at": record.changed_at.isoformat(),
    }


def pages_of(record: Any, languages: Collection[str], site: str) -> dict[str, str]:
    pages = {}
    for code in sorted(languages):
        with translation.override(code):
            pages[code] = site + record.get_absolute_url()
    return pages


def texts(row: models.Model, field: str, languages: Collection[str]) -> dict[str, str]:
    """A translated field in those of the languages that have it: in those that are ready."""
    found = {code: getattr(row, localized(field, code)) for code in sorted(languages)}
    return {code: text for code, text in found.items() if text}


def iso(moment: datetime.date | datetime.time | None) -> str | None:
    return moment.isoformat() if moment else None
