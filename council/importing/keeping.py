"""An uploaded file between the dry run and the decision: kept for an hour, named by a signature."""

from __future__ import annotations

import hashlib
import os
import time
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core import signing
from django.core.files.base import File
from django.core.files.temp import NamedTemporaryFile

from council.importing.work import Options

KEPT_SECONDS = 3600
SALT = "council.importing"


class Expired(Exception):
    """The reference is too old, belongs to somebody else, or its file is gone."""


@dataclass(frozen=True)
class Reference:
    """What an editor has looked at: a file, how it was read, and the plan as it was then."""

    plan: int
    user: int
    digest: str
    fingerprint: str
    options: Options

    def sign(self) -> str:
        return signing.dumps(asdict(self), salt=SALT, compress=True)


def read_reference(token: str, *, plan: int, user: int) -> Reference:
    """Raises Expired."""
    try:
        values: dict[str, Any] = signing.loads(token, salt=SALT, max_age=KEPT_SECONDS)
    except signing.BadSignature as error:
        raise Expired from error
    reference = Reference(**values | {"options": Options(**values["options"])})
    if (reference.plan, reference.user) != (plan, user):
        raise Expired
    return reference


def keep(file: File) -> str:
    """Put a file away; its digest leads back to it. What is older than an hour is thrown away."""
    folder = _folder()
    folder.mkdir(parents=True, exist_ok=True)
    _throw_away_old(folder)
    digest = hashlib.sha256()
    with NamedTemporaryFile(dir=folder, prefix=".", delete=False) as kept:
        for chunk in file.chunks():
            digest.update(chunk)
            kept.write(chunk)
    # Whoever opens the name sees a whole file.
    os.replace(kept.name, folder / digest.hexdigest())
    return digest.hexdigest()


def open_kept(reference: Reference) -> File:
    """Raises Expired."""
    try:
        return File((_folder() / reference.digest).open("rb"))
    except FileNotFoundError as error:
        raise Expired from error


def _folder() -> Path:
    return Path(settings.CACHE_DIR) / "imports"


def _throw_away_old(folder: Path) -> None:
    oldest = time.time() - KEPT_SECONDS
    for path in folder.iterdir():
        with suppress(FileNotFoundError):  # somebody else has just done it
            if path.stat().st_mtime < oldest:
                path.unlink()
