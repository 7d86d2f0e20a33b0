"""Where a record is spoken of: rooms above say it, without the rooms below knowing them.

A room announces with add_mentions() a function that finds what stands beside a record of a room
below it: a document, an organisation, a person, a project, a topic; an event, a press release."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from django.db import models

from mrc_portal.languages import Wording
from mrc_portal.publishing import User


@dataclass(frozen=True)
class Mention:
    """A record of another room, as one line."""

    label: Wording
    url: str
    note: str  # its kind, its day
    warning: str = ""  # such as: cancelled
    reason: Wording | None = None  # of the warning
    is_demonstration: bool = False


@dataclass(frozen=True)
class Mentions:
    """Records of one kind under their heading."""

    title: str
    items: list[Mention]
    more_url: str = ""  # where all of them are, if these are only the newest
    remark: str = ""


# Gets rows of one model, such as a topic with those below it; answers in one query.
Finder = Callable[[list[models.Model], User], Iterable[Mentions]]

_finders: list[Finder] = []


def add_mentions(finder: Finder) -> None:
    """Called once for each finder, in AppConfig.ready()."""
    if finder not in _finders:
        _finders.append(finder)


def mentions_of(user: User, *records: models.Model) -> list[Mentions]:
    """What this person may see beside these records, which are of one model."""
    found = [group for finder in _finders for group in finder(list(records), user)]
    return [group for group in found if group.items]
