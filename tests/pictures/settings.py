"""The portal's settings, on a day that stays: a picture differs only where the portal does."""

import datetime

from django.utils import timezone

from mrc_portal.settings import *  # noqa: F403

# Stands in links; the port of the throw-away portal is another one each time.
SITE_URL = "https://mrc.example"

# A Monday morning in Bishkek.
NOW = datetime.datetime(2026, 11, 16, 4, 0, tzinfo=datetime.UTC)


def _now() -> datetime.datetime:
    return NOW


timezone.now = _now
