"""A folder in the form of BagIt 1.0 (RFC 8493), written so that it never looks complete before it
is, and believed only after every byte has been checked.

Written by ourselves: the library `bagit` makes a bag of files that lie there already, in place,
reads each of them again, and leaves half a bag when it is killed. The tests check ours with it."""

from __future__ import annotations

import fcntl
import hashlib
import os
import re
import stat
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

ALGORITHMS = ("sha256", "sha512")
DECLARATION = "bagit.txt"
INFO = "bag-info.txt"
PAYLOAD = "data"
MANIFESTS = tuple(f"manifest-{name}.txt" for name in ALGORITHMS)
TAG_MANIFESTS = tuple(f"tagmanifest-{name}.txt" for name in ALGORITHMS)
TAG_FILES = (DECLARATION, INFO, *MANIFESTS)
# Lies in the folder until the bag is complete, and says that it is ours.
MARK = "unfinished.txt"
MARK_TEXT = "This export has not been completed. manage.py export_portal --renew goes on with it.\n"
DECLARED = "BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"

CHUNK = 1024 * 1024
MAX_NAME = 400
MAX_TAG_FILE_BYTES = 512 * 1024 * 1024
MOST_PROBLEMS = 20
# Parts of a path that mean the same on every system. None begins with a full stop or a hyphen.
_SAFE_PART = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,199}", re.ASCII)


class BadBag(Exception):
    """The folder is not what it should be. `problems` say why, a sentence each."""

    def __init__(self, *problems: str) -> None:
        super().__init__("; ".join(problems))
        self.problems = list(problems)


class FolderTaken(Exception):
    """The export may not write there. The message says why."""


@dataclass(frozen=True)
class Payload:
    """A file of the bag: its size in bytes, and its digests by algorithm."""

    size: int
    digests: dict[str, str]


def is_safe_name(name: str) -> bool:
    """Whether a path stays within its folder, and needs no escaping in a manifest."""
    parts = name.split("/")
    return len(name) <= MAX_NAME and all(_SAFE_PART.fullmatch(part) for part in parts)


class _Digester:
    def __init__(self) -> None:
        self._digests = {name: hashlib.new(name) for name in ALGORITHMS}
        self._size = 0

    def add(self, chunk: bytes) -> None:
        self._size += len(chunk)
        for digest in self._digests.values():
            digest.update(chunk)

    def payload(self) -> Payload:
        return Payload(self._size, {name: it.hexdigest() for name, it in self._digests.items()})


def examine(file: BinaryIO) -> Payload:
    """Size and digests of what is left to read."""
    digester = _Digester()
    while chunk := file.read(CHUNK):
        digester.add(chunk)
    return digester.payload()


# Writing


@contextmanager
def writing(folder: Path, *, renew: bool) -> Iterator[BagWriter]:
    """Write a bag: complete when the block ends without an exception, and never looking so before.

    Raises FolderTaken when the folder holds something else, or another export is at it."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise FolderTaken(f"{folder}: another export is writing there") from None
        _take(folder, renew=renew)
        writer = BagWriter(folder)
        yield writer
        writer.finish()
    finally:
        os.close(handle)


def _take(folder: Path, *, renew: bool) -> None:
    """Make sure that the folder may be written to, and that it does not look complete any more."""
    names = {entry.name for entry in os.scandir(folder)}
    known = {*TAG_FILES, *TAG_MANIFESTS, MARK, PAYLOAD}
    known |= {f"{name}.new" for name in known}
    if names and not renew:
        raise FolderTaken(f"{folder} is not empty; --renew brings an earlier export up to date")
    is_ours = MARK in names or (folder / PAYLOAD / "portal.json").is_file()
    if names and not (is_ours and names <= known):
        raise FolderTaken(f"{folder} holds something else than an export of a portal")
    for path in _links(folder):
        path.unlink()  # or we should write through it
    (folder / MARK).write_text(MARK_TEXT, encoding="ascii")
    for name in (*TAG_MANIFESTS, *MANIFESTS):
        (folder / name).unlink(missing_ok=True)


def _links(folder: Path) -> Iterator[Path]:
    for entry in os.scandir(folder):
        if entry.is_symlink():
            yield Path(entry.path)
        elif entry.is_dir(follow_symlinks=False):
            yield from _links(Path(entry.path))


class BagWriter:
    """Takes the files of a bag one after the other."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._payload: dict[str, Payload] = {}
        self.info: dict[str, str] = {}  # lines of bag-info.txt

    def write(self, name: str, chunks: Iterable[bytes]) -> Payload:
        """Write one file below data/; what lay there under this name is gone.

        When reading the chunks fails, the file is gone as well."""
        path = self._path(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        digester = _Digester()
        try:
            with path.open("wb") as file:
                for chunk in chunks:
                    digester.add(chunk)
                    file.write(chunk)
        except BaseException:
            path.unlink(missing_ok=True)
            raise
        self._payload[name] = digester.payload()
        return self._payload[name]

    def keep(self, name: str, size: int, sha256: str) -> bool:
        """Take over the file of an earlier export, if it is there and has just these bytes."""
        path = self._path(name)
        if not path.is_file() or path.stat().st_size != size:
            return False
        with path.open("rb") as file:
            payload = examine(file)
        if payload.digests["sha256"] != sha256:
            return False
        self._payload[name] = payload
        return True

    def _path(self, name: str) -> Path:
        if not is_safe_name(name):
            raise ValueError(name)
        return self._folder / PAYLOAD / name

    @property
    def total(self) -> tuple[int, int]:
        """Bytes and files so far."""
        return sum(it.size for it in self._payload.values()), len(self._payload)

    def finish(self) -> None:
        """Remove what belongs to an earlier export, then declare the bag complete."""
        self._remove_others(self._folder / PAYLOAD)
        size, files = self.total
        info = {**self.info, "Payload-Oxum": f"{size}.{files}"}
        lines = "".join(f"{key}: {' '.join(value.split())}\n" for key, value in info.items())
        self._put(DECLARATION, DECLARED)
        self._put(INFO, lines)
        os.sync()  # what the manifests promise has to be there after a power cut as well
        for algorithm in reversed(ALGORITHMS):
            manifest = "".join(
                f"{payload.digests[algorithm]}  {PAYLOAD}/{name}\n"
                for name, payload in sorted(self._payload.items())
            )
            self._put(f"manifest-{algorithm}.txt", manifest)
        tags = {}
        for name in TAG_FILES:
            with (self._folder / name).open("rb") as file:
                tags[name] = examine(file)
        for algorithm in reversed(ALGORITHMS):
            self._put(
                f"tagmanifest-{algorithm}.txt",
                "".join(f"{tags[name].digests[algorithm]}  {name}\n" for name in sorted(tags)),
            )
        (self._folder / MARK).unlink()

    def _remove_others(self, folder: Path) -> None:
        for entry in list(os.scandir(folder)):
            path = Path(entry.path)
            if entry.is_dir(follow_symlinks=False):
                self._remove_others(path)
                if not any(path.iterdir()):
                    path.rmdir()
            elif path.relative_to(self._folder / PAYLOAD).as_posix() not in self._payload:
                path.unlink()

    def _put(self, name: str, text: str) -> None:
        """In one step: there or not, never in part."""
        draft = self._folder / f"{name}.new"
        with draft.open("wb") as file:
            file.write(text.encode())
            file.flush()
            os.fsync(file.fileno())
        draft.replace(self._folder / name)


# Reading


@dataclass(frozen=True)
class Bag:
    """A bag whose every byte has been checked. Names are those below data/."""

    folder: Path
    sha256: dict[str, str] = field(default_factory=dict)

    def names(self, prefix: str) -> list[str]:
        return sorted(name for name in self.sha256 if name.startswith(prefix))

    @contextmanager
    def open(self, name: str) -> Iterator[BinaryIO]:
        # Nobody can have put a link there since the check.
        handle = os.open(self.folder / PAYLOAD / name, os.O_RDONLY | os.O_NOFOLLOW)
        with os.fdopen(handle, "rb") as file:
            yield file


def read_bag(folder: Path) -> Bag:
    """Check a bag as a whole: nothing missing, nothing more, every byte as it was written.

    Raises BadBag."""
    if not folder.is_dir():
        raise BadBag(f"{folder} is no folder")
    files = _files_below(folder)
    if MARK in files:
        raise BadBag("The export was not completed: run export_portal --renew once more")
    tags = {name for name in files if "/" not in name}
    missing = {*TAG_FILES, *TAG_MANIFESTS} - tags
    if missing:
        raise BadBag(*(f"{name} is missing" for name in sorted(missing)))
    strange = tags - {*TAG_FILES, *TAG_MANIFESTS}
    strange |= {name for name in files - tags if not name.startswith(f"{PAYLOAD}/")}
    if strange:
        raise BadBag(*(f"{name} does not belong here" for name in _first(strange)))
    if _read_tag_file(folder / DECLARATION).split() != DECLARED.split():
        raise BadBag("bagit.txt does not declare a bag of version 1.0 in UTF-8")
    found: dict[str, dict[str, str]] = {}
    for algorithm in ALGORITHMS:
        for manifest, listed in (("tagmanifest", set(TAG_FILES)), ("manifest", files - tags)):
            digests = _read_manifest(folder / f"{manifest}-{algorithm}.txt")
            _compare(f"{manifest}-{algorithm}.txt", set(digests), listed)
            for name, digest in digests.items():
                found.setdefault(name, {})[algorithm] = digest
    damaged = []
    for name, digests in sorted(found.items()):
        with (folder / name).open("rb") as file:
            if examine(file).digests != digests:
                damaged.append(f"{name} is not what it was: its checksum differs")
    if damaged:
        raise BadBag(*_first(damaged))
    start = len(PAYLOAD) + 1
    return Bag(folder, {name[start:]: found[name]["sha256"] for name in sorted(files - tags)})


def _files_below(folder: Path, prefix: str = "") -> set[str]:
    """Paths of all files; anything but plain files and folders is refused."""
    found = set()
    for entry in os.scandir(folder):
        name = prefix + entry.name
        mode = entry.stat(follow_symlinks=False).st_mode
        if not is_safe_name(name):
            raise BadBag(f"{name!r}: such a name is not allowed")
        if stat.S_ISDIR(mode):
            found |= _files_below(Path(entry.path), f"{name}/")
        elif stat.S_ISREG(mode):
            found.add(name)
        else:
            raise BadBag(f"{name} is neither a file nor a folder")
    return found


def _read_tag_file(path: Path) -> str:
    if path.stat().st_size > MAX_TAG_FILE_BYTES:
        raise BadBag(f"{path.name} is too large")
    try:
        return path.read_bytes().decode()
    except UnicodeDecodeError:
        raise BadBag(f"{path.name} is not UTF-8") from None


def _read_manifest(path: Path) -> dict[str, str]:
    """Digests by name. RFC 8493, 2.1.3: a digest, blanks, a path."""
    found: dict[str, str] = {}
    for number, line in enumerate(_read_tag_file(path).splitlines(), start=1):
        match = re.fullmatch(r"([0-9A-Fa-f]+)[ \t]+\*?(.+)", line)
        if match is None or not is_safe_name(match[2]) or match[2] in found:
            raise BadBag(f"{path.name}, line {number}: not a checksum and a path of its own")
        found[match[2]] = match[1].lower()
    return found


def _compare(manifest: str, listed: set[str], there: set[str]) -> None:
    problems = [f"{name} is listed in {manifest}, but missing" for name in sorted(listed - there)]
    problems += [f"{name} is not listed in {manifest}" for name in sorted(there - listed)]
    if problems:
        raise BadBag(*_first(problems))


def _first(problems: Iterable[str]) -> list[str]:
    found = sorted(problems)
    more = [f"and {len(found) - MOST_PROBLEMS} more"] if len(found) > MOST_PROBLEMS else []
    return found[:MOST_PROBLEMS] + more
