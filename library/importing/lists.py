"""A list of documents, whatever it is written in: a spreadsheet or a bibliography."""

from __future__ import annotations

import zipfile
from pathlib import PurePosixPath
from tempfile import SpooledTemporaryFile
from typing import IO

from django.core.exceptions import ValidationError
from django.core.files.base import File
from django.utils.translation import gettext as _

from library.importing.archive import CHUNK_BYTES, MAX_DIRECTORY_BYTES, MAX_ENTRIES, Files
from library.importing.bibliographies import bibliography_kind, read_bibliography
from library.importing.sheets import MAX_FILE_BYTES, read_sheet
from library.spreadsheets import Sheet, Unreadable, decode
from library.uploads import CANNOT_UNPACK, refuse_long_directory

LIST_SUFFIXES = (".xlsx", ".csv", ".ris", ".bib", ".json")
MEMORY_BYTES = 1024**2


def is_archive(content: IO[bytes], name: str) -> bool:
    """Whether this is a ZIP archive that is no workbook: a list together with its files."""
    is_zip = content.read(4) == b"PK\3\4"
    try:
        if is_zip:
            refuse_long_directory(content, MAX_ENTRIES, MAX_DIRECTORY_BYTES)
            with zipfile.ZipFile(content) as archive:
                names = set(archive.namelist())
            return not names & {"[Content_Types].xml", "mimetype"}
    except (zipfile.BadZipFile, ValidationError, ValueError):
        pass  # whoever opens it says what is wrong with it
    finally:
        content.seek(0)
    return name.lower().endswith(".zip")


def read_list(file: File, language: str, files: Files | None = None) -> Sheet:
    """The rows of a list by its content. Raises Unreadable.

    `language` is that of entries of a bibliography whose own cannot be told; `files` are those
    that came with it."""
    head = file.read(4096)
    file.seek(0)
    kind = bibliography_kind(head, file.name or "")
    if kind is None:
        return read_sheet(file)
    content = file.read(MAX_FILE_BYTES + 1)
    if len(content) > MAX_FILE_BYTES:
        raise Unreadable.because(_("This list is too long."))
    text, notes = decode(content)
    sheet = read_bibliography(kind, text, language, files)
    sheet.notes = [*notes, *sheet.notes]
    return sheet


def list_within(files: Files, language: str) -> Sheet:
    """The one list that lies in an archive among the files it names. Raises Unreadable."""
    lists = [
        file
        for name, file in files.found.items()
        if PurePosixPath(name).suffix.lower() in LIST_SUFFIXES
    ]
    bibliographies = [it for it in lists if not it.name.lower().endswith((".xlsx", ".csv"))]
    found = bibliographies if len(bibliographies) == 1 else lists
    if len(found) != 1:
        raise Unreadable.because(
            _(
                "The archive must hold exactly one list: a spreadsheet (.xlsx, .csv) or a "
                "bibliography (.ris, .bib, .json). Or choose the list as a file of its own."
            )
        )
    (only,) = found
    del files.found[only.name]  # it is not one of the documents' files
    with SpooledTemporaryFile(MEMORY_BYTES) as copy:
        try:
            with only.open() as packed:
                while (chunk := packed.read(CHUNK_BYTES)) and copy.tell() <= MAX_FILE_BYTES:
                    copy.write(chunk)
        except (*CANNOT_UNPACK, OSError) as error:
            raise Unreadable.because(_("This file cannot be taken out: it is damaged.")) from error
        copy.seek(0)
        return read_list(File(copy, only.name), language, files)
