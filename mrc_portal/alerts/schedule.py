"""When letters go out: in the morning, Bishkek time."""

from __future__ import annotations

import datetime

from django.utils import timezone

from mrc_portal.alerts.models import Frequency

HOUR = 8
MONDAY = 0


def next_letter(frequency: str, after: datetime.datetime) -> datetime.datetime:
    """The first moment after this one at which a letter of this frequency is due."""
    local = timezone.localtime(after)
    moment = local.replace(hour=HOUR, minute=0, second=0, microsecond=0)
    if moment <= local:
        moment += datetime.timedelta(days=1)
    if frequency == Frequency.WEEKLY:
        moment += datetime.timedelta(days=(MONDAY - moment.weekday()) % 7)
    return moment
