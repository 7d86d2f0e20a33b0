from __future__ import annotations

import datetime
from collections.abc import Iterator
from typing import Any

import pytest
from django.core import signing
from django.test import Client
from django.utils import timezone

from mrc_portal.alerts import views
from tests.alerts.readers import SITE, Clock


@pytest.fixture(autouse=True)
def alerts_are_on(settings: Any) -> None:
    """Letters go into mail.outbox, when a test calls send_alerts()."""
    settings.ALERTS_ON = True
    settings.ALERTS_INLINE = True
    settings.SITE_URL = SITE
    settings.DEFAULT_FROM_EMAIL = "Центр <news@mrc.example>"
    views.forms_limit.forget()


@pytest.fixture
def clock(monkeypatch: Any) -> Clock:
    """Wednesday noon in Bishkek, until the test moves it."""
    its = Clock(datetime.datetime(2026, 11, 18, 6, 0, tzinfo=datetime.UTC))
    monkeypatch.setattr(timezone, "now", lambda: its.now)
    monkeypatch.setattr(signing, "time", its)
    return its


@pytest.fixture
def reader() -> Iterator[Client]:
    """A browser without cookies, from which every form is taken that needs no token; afterwards it
    still has no cookie."""
    client = Client(enforce_csrf_checks=True)
    yield client
    assert not client.cookies
