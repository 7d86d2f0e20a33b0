"""What `manage.py` warns of before it does anything: settings that are valid and yet not meant."""

from __future__ import annotations

import difflib
import os
import pwd
import stat
from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Warning, register  # noqa: A004

from mrc_portal.variables import VARIABLES

ENVIRONMENT = "environment"
# Read by the tests alone, and no settings of a portal.
OF_TESTS = "MRC_TEST_"
SHORTEST_NAME_TO_COMPARE = 8


@register(ENVIRONMENT)
def check_names_of_variables(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """A variable with a misspelt name does nothing, and nobody would notice."""
    known = [it.name for it in VARIABLES]
    found: list[CheckMessage] = []
    for name in sorted(set(os.environ) - set(known)):
        if name.startswith(OF_TESTS) or not _looks_like_ours(name, known):
            continue
        meant = difflib.get_close_matches(name, known, n=1)
        hint = f"Did you mean {meant[0]}? " if meant else ""
        hint += "docs/operating.md names all there are."
        found.append(Warning(f"Nothing reads the variable {name}.", hint=hint, id="mrc.W001"))
    return found


def _looks_like_ours(name: str, known: list[str]) -> bool:
    is_long = len(name) >= SHORTEST_NAME_TO_COMPARE
    return name.startswith("MRC_") or (
        is_long and bool(difflib.get_close_matches(name, known, n=1, cutoff=0.85))
    )


@register(ENVIRONMENT)
def check_data_folder(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    return list(_troubles_of_folder())


def _troubles_of_folder() -> Iterator[CheckMessage]:
    state = settings.DATA_DIR.stat()
    if os.geteuid() == 0 and state.st_uid != 0:
        yield Warning(
            f"You are root, but the data folder {settings.DATA_DIR} belongs to"
            f" {_name_of(state.st_uid)}: the server may not read what is written now.",
            hint=f"sudo -u {_name_of(state.st_uid)} does the same in the right name;"
            " chown -R mends what was written.",
            id="mrc.W002",
        )
    if state.st_mode & stat.S_IWOTH:
        yield Warning(
            f"Everybody on this machine may write to the data folder {settings.DATA_DIR}.",
            hint=f"chmod 750 {settings.DATA_DIR}",
            id="mrc.W003",
        )


def _name_of(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)


@register(ENVIRONMENT, deploy=True)
def check_public_address(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    found: list[CheckMessage] = []
    if settings.SITE_URL.startswith("https://") and not settings.HTTPS:
        found.append(
            Warning(
                "MRC_SITE_URL begins with https://, but MRC_HTTPS is off: cookies of editors may"
                " go over the network unprotected.",
                hint="On a public server leave MRC_HTTPS out, or set it to 1.",
                id="mrc.W004",
            )
        )
    if settings.SITE_URL.startswith("https://") and settings.DEBUG:
        found.append(
            Warning(
                "MRC_DEBUG is on at a public address: errors show settings to everybody.",
                hint="Leave MRC_DEBUG out.",
                id="mrc.W006",
            )
        )
    if settings.HTTPS and not settings.BEHIND_PROXY:
        found.append(
            Warning(
                "MRC_HTTPS is on without MRC_BEHIND_PROXY: the portal itself speaks plain HTTP, so"
                " a proxy has to stand in front, and all readers share its limits on requests.",
                hint="Set MRC_BEHIND_PROXY=1; on one’s own machine without a proxy, MRC_HTTPS=0.",
                id="mrc.W005",
            )
        )
    return found
