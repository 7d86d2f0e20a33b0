"""No request may fill the disk: the body of one is measured before it is read."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.core.files.uploadhandler import FileUploadHandler

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
