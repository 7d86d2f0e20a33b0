"""What goes along when the portal is taken out, what stays, and what has to be asked for."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.conf import settings
from django.db import models

# Apps whose models go along, unless they are named below: a new model does so by itself.
OWN = ("mrc_portal", *settings.ROOMS)

# Models that never go along, and why.
STAYS = {
    "search.OutboxLine": "what the indexes of this database have still to read",
    "alerts.Request": "readers who have not confirmed their address",
    "mrc_portal.ContentVersion": "what this database counts of its own changes",
    "library.ImportJob": "work that is under way, in a folder of this server",
    "sessions.Session": "who is logged in here",
    "admin.LogEntry": "the histories say who changed what, and outlive it",
    "contenttypes.ContentType": "made by the migrations",
    "auth.Permission": "made by the migrations",
    # People and their roles are written by accounts.py.
    "auth.Group": "by name, see accounts.py",
    "auth.Group_permissions": "by name, see accounts.py",
    "auth.User": "in part, see accounts.py",
    "auth.User_groups": "by name, see accounts.py",
    "auth.User_user_permissions": "by name, see accounts.py",
}

# Models that go along only when asked for. Appearances tell subscribers' letters what is news.
OF_SUBSCRIBERS = ("alerts.Subscriber", "alerts.Subscription", "alerts.Appearance", "alerts.Watch")
# Between two exports the difference of two tallies would tell what one person has answered.
OF_ANSWERS = ("events.Tally", "events.OpenAnswer", "events.AccessCode")

# Columns that say something of this server alone, and what is written instead.
BLANK: dict[str, dict[str, Any]] = {
    "library.OaiProgress": {"position": None, "compared_to": None},
}
BLANK_WITHOUT_ANSWERS: dict[str, dict[str, Any]] = {"events.Questionnaire": {"form_count": 0}}

# Models that are filled before anybody has worked on a portal: by migrations, and by its running.
FILLED_UNASKED = (
    "library.Country",
    "library.OaiProgress",
    "alerts.Watch",
    "mrc_portal.MissedWord",
)


@dataclass(frozen=True)
class Companions:
    """What goes along only when asked for."""

    accounts: bool = False  # all of them, with e-mail addresses and digests of passwords
    subscribers: bool = False  # e-mail addresses of readers, and what they follow
    answers: bool = False  # of questionnaires that have no report yet, with unused codes


def all_models() -> Iterator[type[models.Model]]:
    """Every model with a table of its own."""
    for model in apps.get_models(include_auto_created=True):
        if model._meta.managed and not model._meta.proxy and not model._meta.swapped:
            yield model


def goes_along(model: type[models.Model], companions: Companions) -> bool:
    label = model._meta.label
    app = apps.get_app_config(model._meta.app_label)
    if label in STAYS or app.name.partition(".")[0] not in OWN:
        return False
    if label in OF_SUBSCRIBERS:
        return companions.subscribers
    return companions.answers or label not in OF_ANSWERS


def travelling_models(companions: Companions) -> list[type[models.Model]]:
    """What goes along, in the order of the names."""
    found = [model for model in all_models() if goes_along(model, companions)]
    return sorted(found, key=lambda model: model._meta.label_lower)


def blanks(model: type[models.Model], companions: Companions) -> dict[str, Any]:
    """Values that are written instead of what the columns hold."""
    label = model._meta.label
    without_answers = {} if companions.answers else BLANK_WITHOUT_ANSWERS.get(label, {})
    return BLANK.get(label, {}) | without_answers
