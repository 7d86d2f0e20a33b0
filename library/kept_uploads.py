"""Files of a form that was refused: kept for a day, so that nobody has to choose them again.

They lie beside the library's files, where every host sees them, and belong to no record. The form
gets a signed name for each and sends it back in place of the file.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from django.conf import settings
from django.core import signing
from django.core.files.uploadedfile import UploadedFile

SECONDS_KEPT = 24 * 60 * 60
SALT = "kept upload"


class KeptUpload(UploadedFile):
    """As if it had just been chosen."""

    def __init__(self, path: Path, name: str) -> None:
        super().__init__(path.open("rb"), name, size=path.stat().st_size)
        self.path = path

    def temporary_file_path(self) -> str:
        return str(self.path)


def keep(upload: UploadedFile, user_pk: int) -> str:
    """Keep an upload. Returns the name by which take() gives it to the same person."""
    _forget_old()
    path = folder() / secrets.token_hex(16)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("xb") as copy:
        for chunk in upload.chunks():  # begins by going to the beginning
            copy.write(chunk)
    return signing.dumps([user_pk, path.name, upload.name], salt=SALT)


def take(token: str, user_pk: int | None) -> KeptUpload | None:
    """The upload of that name; None if it is forged, somebody else's or too old."""
    try:
        owner, name, original_name = signing.loads(token, salt=SALT, max_age=SECONDS_KEPT)
    except signing.BadSignature:
        return None
    try:
        return KeptUpload(folder() / name, original_name) if owner == user_pk else None
    except FileNotFoundError:
        return None


def forget(uploads: Iterable[UploadedFile]) -> None:
    """They are stored with their record now, or kept anew."""
    for upload in uploads:
        if isinstance(upload, KeptUpload):
            upload.path.unlink(missing_ok=True)


def folder() -> Path:
    return Path(settings.MEDIA_ROOT) / "kept"


def _forget_old() -> None:
    oldest = time.time() - SECONDS_KEPT
    for path in folder().glob("*"):
        with suppress(FileNotFoundError):  # stored or forgotten by another process meanwhile
            if path.stat().st_mtime < oldest:
                path.unlink()
