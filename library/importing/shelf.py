"""Files of an import between its dry run and its decision: taken out, examined, read.

Each lies on the shelf, a folder of the import, with what was read in it; in memory there is only
what a preview shows. So hundreds of reports take no more memory than one, and the second look at
them costs nothing."""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import NamedTemporaryFile

from django.core.exceptions import ValidationError
from django.core.files.base import File
from django.utils import translation
from django.utils.translation import get_language

from library.files import ExaminedFile, examine
from library.importing.archive import FoundFile
from library.pdf import OutlineItem, PdfReading
from library.uploads import Upload, safe_original_name

# Each PDF is read by a process of its own, which may need up to a gigabyte.
READ_AT_ONCE = 2


@dataclass(frozen=True)
class Shelved:
    """A file that has been looked at; `problem` says why it cannot be kept."""

    name: str  # in the archive
    size: int  # bytes
    sha256: str = ""
    page_count: int | None = None
    state: str = ""
    problem: str = ""


class _OnDisk(File):
    """Known to library.files as a file that need not be copied to be read."""

    def temporary_file_path(self) -> str:
        return str(self.name)


class Shelf:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def take(self, files: Iterable[FoundFile], tell: Callable[[], None]) -> dict[str, Shelved]:
        """Put files on the shelf, those that lie there already for nothing, and say what they are,
        by name. `tell` is called after each."""
        language = get_language()

        def put(file: FoundFile) -> Shelved:
            with translation.override(language):  # a thread begins without one
                return self._known(file) or self._put(file)

        shelved = {}
        with ThreadPoolExecutor(READ_AT_ONCE) as readers:
            for it in readers.map(put, files):
                shelved[it.name] = it
                tell()
        return shelved

    def _card(self, file: FoundFile) -> Path:
        """Where what is known of a file is kept. Names in archives are no names of ours."""
        digest = hashlib.sha256(f"{file.size} {file.name}".encode()).hexdigest()
        return self.folder / f"{digest}.card"

    def _known(self, file: FoundFile) -> Shelved | None:
        try:
            return Shelved(**json.loads(self._card(file).read_text("utf-8")))
        except (FileNotFoundError, ValueError, TypeError):
            return None

    def _put(self, file: FoundFile) -> Shelved:
        with NamedTemporaryFile(dir=self.folder, prefix="new-", delete=False) as draft:
            path = Path(draft.name)
        try:
            file.copy_to(path)
            shelved = self._examine(file, path)
        except ValueError as error:
            shelved = Shelved(file.name, file.size, problem=str(error))
        finally:
            path.unlink(missing_ok=True)
        _write(self._card(file), json.dumps(asdict(shelved)))
        return shelved

    def _examine(self, file: FoundFile, path: Path) -> Shelved:
        with _OnDisk(path.open("rb"), str(path)) as content:
            try:
                found = examine(content)
            except ValidationError as error:
                problem = " ".join(error.messages)
                return Shelved(file.name, path.stat().st_size, problem=problem)
        upload, reading = found.upload, found.reading
        _write(self._reading_of(upload.sha256), json.dumps(asdict(found)))
        path.replace(self.path_of(upload.sha256))
        return Shelved(
            file.name,
            upload.size,
            upload.sha256,
            reading.page_count if reading else None,
            reading.state if reading else "",
        )

    def path_of(self, sha256: str) -> Path:
        """Where the bytes of a shelved file lie."""
        return self.folder / f"{sha256}.bytes"

    def _reading_of(self, sha256: str) -> Path:
        return self.folder / f"{sha256}.reading"

    def examined(self, shelved: Shelved) -> ExaminedFile:
        """What was found in a file, with the text of its pages: to be held one at a time."""
        values = json.loads(self._reading_of(shelved.sha256).read_text("utf-8"))
        reading = values["reading"]
        if reading is not None:
            outline = [OutlineItem(**item) for item in reading.pop("outline")]
            reading = PdfReading(outline=outline, **reading)
        return ExaminedFile(Upload(**values["upload"]), safe_original_name(shelved.name), reading)


def _write(path: Path, text: str) -> None:
    """Whoever finds the file finds it whole."""
    draft = path.with_name(f"new-{secrets.token_hex(8)}")
    draft.write_text(text, "utf-8")
    draft.replace(path)
