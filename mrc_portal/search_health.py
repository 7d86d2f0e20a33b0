"""What is wrong with the search index, in the words of whoever runs the portal."""

from __future__ import annotations

from django.utils.translation import gettext, ngettext

from mrc_portal.faults import Trouble
from mrc_portal.search import storage, upkeep


def find_trouble(status: upkeep.Status) -> Trouble | None:
    """What to tell of this status; None when all is well."""
    if status.state == upkeep.OK:
        return None
    return Trouble(_problem(status), _advice(status))


def _problem(status: upkeep.Status) -> str:
    if status.state == upkeep.MISSING:
        return gettext("There is no search index: lists come from the database meanwhile.")
    if status.state == upkeep.UNREADABLE:
        return gettext("The search index cannot be read: lists come from the database meanwhile.")
    if status.state == upkeep.UNWRITABLE:
        return gettext("The search index answers, but new changes cannot be written to it.")
    if failed := len(status.failed):
        return ngettext(
            "%(count)s record could not be brought into the search index.",
            "%(count)s records could not be brought into the search index.",
            failed,
        ) % {"count": failed}
    return gettext("Changes have been waiting for the search index for more than half a minute.")


def _advice(status: upkeep.Status) -> str:
    if status.obstacle == storage.FULL:
        return gettext(
            "The disk of the search index is full, or its quota is used up. Make room on it: search"
            " then recovers by itself within a minute or two."
        )
    if status.obstacle == storage.FORBIDDEN:
        return gettext(
            "The portal may not write to the folder of the search index, or something else is in"
            " its place. Give the folder to the user that the portal runs as: search then recovers"
            " by itself within a minute or two."
        )
    if status.failed:
        return gettext(
            "The log of the server names them and says why. They are tried again by themselves."
        )
    if status.state == upkeep.BEHIND:
        return gettext("If this stays, look into the log of the server: it says what is wrong.")
    return gettext(
        "The index is being built anew by itself. If this stays for longer than that takes, run"
        " “manage.py check_search” on the server."
    )
