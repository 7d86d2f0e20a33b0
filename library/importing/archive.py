"""The files that come with a list of documents: a ZIP archive, or a folder of the server.

Nothing in an archive is trusted: not its names, its sizes or its sums. It is never unpacked as a
whole and never into a place that it names; only files that the list names are taken out of it, one
at a time, and no further than MAX_UPLOAD_MB.
"""

from __future__ import annotations

import os
import re
import stat
import struct
import unicodedata
import zipfile
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import IO

from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from library.uploads import (
    CANNOT_UNPACK,
    MAX_PACKING_RATIO,
    SMALL_ENTRY_BYTES,
    refuse_long_directory,
    too_large,
)
from mrc_portal.languages import fold

MAX_ENTRIES = 20_000
MAX_DIRECTORY_BYTES = 8 * 1024**2
MAX_TOTAL_BYTES = 8 * 1024**3
MAX_NAME_LENGTH = 1_000
CHUNK_BYTES = 65_536

# What systems put into archives by themselves.
JUNK = re.compile(
    r"(?:^|/)(?:__MACOSX/|\.DS_Store$|Thumbs\.db$|desktop\.ini$|\._|~\$)", re.IGNORECASE
)
UTF8_FLAG = 0x800
UNICODE_PATH = 0x7075  # extra field of Info-ZIP; APPNOTE 4.6.9
RUSSIAN_NAME = re.compile(r"[а-яёА-ЯЁ№«»\u0000-\u007f]*")


class BadArchive(ValueError):
    """The archive cannot be used, in words for the editor."""


class NoSuchFile(ValueError):
    """No file has this name, or several have, in words for the editor."""


@dataclass(frozen=True)
class FoundFile:
    """A file that waits to be taken out. Its size is a claim."""

    name: str  # with folders, parted by /
    size: int  # bytes
    open: Callable[[], AbstractContextManager[IO[bytes]]]

    def copy_to(self, path: Path) -> None:
        """Raises ValueError, in words for the editor; then nothing lies at the path."""
        limit = settings.MAX_UPLOAD_MB * 1024 * 1024
        if self.size > limit:
            raise _told(too_large(self.size, limit))
        written = 0
        try:
            with self.open() as packed, path.open("wb") as copy:
                while chunk := packed.read(CHUNK_BYTES):
                    written += len(chunk)
                    if written > limit:
                        raise _told(too_large(written, limit))
                    copy.write(chunk)
        except (*CANNOT_UNPACK, OSError) as error:
            path.unlink(missing_ok=True)
            raise ValueError(_("This file cannot be taken out: it is damaged.")) from error
        except ValueError:
            path.unlink(missing_ok=True)
            raise


def _told(error: ValidationError) -> ValueError:
    return ValueError(" ".join(error.messages))


class Files:
    """Files by the names that a list may call them."""

    def __init__(self, found: Iterator[FoundFile]) -> None:
        self.found: dict[str, FoundFile] = {}
        self._by_path: dict[str, list[FoundFile]] = defaultdict(list)
        self._by_name: dict[str, list[FoundFile]] = defaultdict(list)
        for file in found:
            if file.name in self.found:
                raise BadArchive(
                    _("Two files of the archive have the same name: %(name)s.")
                    % {"name": file.name}
                )
            self.found[file.name] = file
            self._by_path[_key(file.name)].append(file)
            self._by_name[_key(file.name.rpartition("/")[2])].append(file)

    def find(self, name: str) -> FoundFile:
        """By its path, or the end of it. Raises NoSuchFile."""
        wanted = _key(name)
        found = self._by_path.get(wanted) or [
            file
            for file in self._by_name.get(wanted.rpartition("/")[2], ())
            if f"/{_key(file.name)}".endswith(f"/{wanted}")
        ]
        if len(found) > 1:
            exact = [file for file in found if file.name == name.strip()]
            if len(exact) != 1:
                raise NoSuchFile(
                    _("Several files are called “%(name)s”: %(files)s. Write the folder too.")
                    % {"name": name, "files": ", ".join(file.name for file in found[:5])}
                )
            return exact[0]
        if not found:
            raise NoSuchFile(_("There is no file “%(name)s”.") % {"name": name[:200]})
        return found[0]


def _key(name: str) -> str:
    """What two ways of writing the same name have in common."""
    name = unicodedata.normalize("NFC", name.strip()).replace("\\", "/")
    return re.sub(r"/+", "/", fold(name)).removeprefix("./").strip("/")


# Folders


def open_folder(path: Path) -> Files:
    """Links are not followed: what lies elsewhere is not part of the folder."""

    def found() -> Iterator[FoundFile]:
        for folder, _folders, names in os.walk(path, followlinks=False):
            for name in sorted(names):
                file = Path(folder, name)
                shown = file.relative_to(path).as_posix()
                if file.is_symlink() or not file.is_file() or JUNK.search(shown):
                    continue
                yield FoundFile(shown, file.stat().st_size, _opener(file))

    return Files(found())


def _opener(path: Path) -> Callable[[], AbstractContextManager[IO[bytes]]]:
    return lambda: path.open("rb")


# Archives


def open_archive(path: Path) -> Files:
    """Raises BadArchive for one that is damaged or dangerous. It stays open as long as the files
    are needed."""
    try:
        with path.open("rb") as file:
            refuse_long_directory(file, MAX_ENTRIES, MAX_DIRECTORY_BYTES)
        archive = zipfile.ZipFile(path)
        return Files(_entries(archive))
    except CANNOT_UNPACK as error:
        raise _damaged() from error
    except ValidationError as error:
        if error.code == "unsafe":
            raise _too_many() from error
        raise _damaged() from error


def _damaged() -> BadArchive:
    return BadArchive(_("This is no ZIP archive, or it is damaged. Pack the files anew."))


def _too_many() -> BadArchive:
    return BadArchive(
        _(
            "The archive is too large to be unpacked here: pack the files into several, or give "
            "them to the command import_documents as a folder."
        )
    )


def _entries(archive: zipfile.ZipFile) -> Iterator[FoundFile]:
    room = MAX_TOTAL_BYTES
    for entry in archive.infolist():
        if entry.is_dir():
            continue
        name = entry_name(entry)
        if JUNK.search(name):
            continue
        _refuse_dangerous(entry, name)
        room -= entry.file_size
        if room < 0:
            raise _too_many()
        yield FoundFile(name, entry.file_size, partial(archive.open, entry))


def _refuse_dangerous(entry: zipfile.ZipInfo, name: str) -> None:
    parts = name.split("/")
    is_link = stat.S_ISLNK(entry.external_attr >> 16)
    leads_out = ".." in parts or not parts[0] or re.search(r"[:\0]", name)
    if leads_out or is_link or len(name) > MAX_NAME_LENGTH:
        raise BadArchive(
            _("The archive is built in a way that could harm a computer: %(name)s.")
            % {"name": name[:200]}
        )
    if entry.flag_bits & 1:
        raise BadArchive(_("The archive is protected by a password. Pack it without one."))
    ratio = entry.file_size / max(entry.compress_size, 1)
    if entry.file_size > SMALL_ENTRY_BYTES and ratio > MAX_PACKING_RATIO:
        raise BadArchive(
            _("A file of the archive unpacks to far more than any document: %(name)s.")
            % {"name": name[:200]}
        )


def entry_name(entry: zipfile.ZipInfo) -> str:
    """As its packer meant it. Without the mark of UTF-8 a name is in the letters of the packer's
    system: in Kyrgyzstan those of Russian DOS (866) or Windows (1251)."""
    name = entry.orig_filename
    if not entry.flag_bits & UTF8_FLAG:
        name = _unicode_path(entry.extra) or _guessed(name.encode("cp437"))
    return unicodedata.normalize("NFC", name).replace("\\", "/").removeprefix("./")


def _guessed(raw: bytes) -> str:
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        pass
    for encoding in ("cp866", "cp1251"):
        name = raw.decode(encoding, "replace")
        if RUSSIAN_NAME.fullmatch(name):
            return name
    return raw.decode("cp437")


def _unicode_path(extra: bytes) -> str:
    """The name that Info-ZIP puts beside the one of the packer's system; "" if there is none."""
    while len(extra) >= 4:
        kind, length = struct.unpack_from("<HH", extra)
        if kind == UNICODE_PATH and length > 5:
            return extra[9 : 4 + length].decode("utf-8", "replace")
        extra = extra[4 + length :]
    return ""
