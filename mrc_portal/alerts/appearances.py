"""Notices what has become public, by comparing what is public with what was."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from itertools import islice

from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone

from mrc_portal.alerts.followed import Kind, kinds
from mrc_portal.alerts.models import Appearance, Watch
from mrc_portal.languages import LANGUAGE_CODES, localized

ROWS_AT_ONCE = 2000
THE_ONE = 1
LONG_AGO = datetime.datetime(2013, 1, 1, tzinfo=datetime.UTC)
MOMENT = datetime.timedelta(microseconds=1)


def note_appearances() -> datetime.datetime:
    """Note what readers can see now and could not at the last look; returns the moment of this one.

    Everything that is noted ever after bears a later moment: whoever is told of all that was noted
    up to here misses nothing and is told nothing twice. Looks take turns for that, and their
    moments rise, whatever the clocks of several hosts say."""
    Watch.objects.get_or_create(pk=THE_ONE, defaults={"looked_at": LONG_AGO})
    with transaction.atomic():
        watch = Watch.objects.select_for_update().get(pk=THE_ONE)
        watch.looked_at = max(timezone.now(), watch.looked_at + MOMENT)
        for kind in kinds():
            found = _unnoted(kind, watch.looked_at)
            while some := list(islice(found, ROWS_AT_ONCE)):
                Appearance.objects.bulk_create(some)
        watch.save()
        return watch.looked_at


def is_first_look() -> bool:
    """Whether nothing was ever noted: then everything there is would be news."""
    return not Watch.objects.exists()


def _unnoted(kind: Kind, moment: datetime.datetime) -> Iterator[Appearance]:
    noted = Appearance.objects.filter(kind=kind.name, record=OuterRef("pk"))
    for language in LANGUAGE_CODES if kind.has_versions else [""]:
        public = kind.public().filter(~Exists(noted.filter(language=language))).order_by()
        if kind.has_versions:
            public = public.filter(**{localized("ready", language): True})
        for pk in list(public.values_list("pk", flat=True)):
            yield Appearance(kind=kind.name, record=pk, language=language, noted_at=moment)
