"""No request may fill the disk: the body of one is measured before it is read, and what has arrived
when the server is killed does not stay."""

from __future__ import annotations

import shutil
from tempfile import NamedTemporaryFile
from typing import Any

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.core.files.uploadedfile import TemporaryUploadedFile, UploadedFile
from django.core.files.uploadhandler import FileUploadHandler, TemporaryFileUploadHandler

# A form with the largest file in each of three languages, and something to spare.
FILES_IN_A_REQUEST = 4


class UploadLimit(FileUploadHandler):
    """Refuses a request that is too large as a whole. The next handlers take what is not."""

    def handle_raw_input(
        self,
        input_data: Any,
        META: dict[str, str],  # noqa: N803, named by Django
        content_length: int,
        boundary: Any,
        encoding: str | None = None,
    ) -> None:
        if content_length > FILES_IN_A_REQUEST * settings.MAX_UPLOAD_MB * 1024 * 1024:
            raise RequestDataTooBig

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes:
        return raw_data

    def file_complete(self, file_size: int) -> None:
        return None


class ArrivingFile(TemporaryUploadedFile):
    def __init__(self, name: str, *args: Any) -> None:
        # Not by FILE_UPLOAD_TEMP_DIR: Django wants that to be there before anything is prepared.
        settings.ARRIVING_DIR.mkdir(mode=0o700, parents=True, exist_ok=True)
        file = NamedTemporaryFile(suffix=".upload", dir=settings.ARRIVING_DIR)  # noqa: SIM115, closed with the request
        UploadedFile.__init__(self, file, name, *args)


class OwnFolder(TemporaryFileUploadHandler):
    """Large files arrive in the data folder, where nobody else reads and where leftovers are known
    for what they are."""

    file: TemporaryUploadedFile

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        FileUploadHandler.new_file(self, *args, **kwargs)
        about = self.content_type, 0, self.charset, self.content_type_extra
        self.file = ArrivingFile(self.file_name or "", *about)


def remove_half_arrived() -> None:
    """Remove what a killed server has left. Only while none serves."""
    shutil.rmtree(settings.ARRIVING_DIR, ignore_errors=True)
