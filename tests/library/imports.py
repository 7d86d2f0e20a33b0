"""Files to import, and the way an editor takes with them."""

from __future__ import annotations

import csv
import io
import zipfile
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from openpyxl import Workbook

from library.importing import jobs
from library.models import ImportJob

FORM = "admin:library_document_import"


def xlsx(*rows: Any, sheet: str = "Documents", prepare: Any = None) -> bytes:
    workbook = Workbook()
    worksheet = workbook.active
    worksheet.title = sheet
    for row in rows:
        worksheet.append(row)
    if prepare:
        prepare(workbook)
    buffer = io.BytesIO()
    workbook.save(buffer)
    return buffer.getvalue()


def csv_of(*rows: Any, delimiter: str = ",", encoding: str = "utf-8") -> bytes:
    buffer = io.StringIO(newline="")
    csv.writer(buffer, delimiter=delimiter).writerows(rows)
    return buffer.getvalue().encode(encoding)


def zip_of(files: dict[str, bytes], **options: Any) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content, **options)
    return buffer.getvalue()


def upload(
    client: Client, content: bytes, files: Any = None, name: str = "list.xlsx", **fields: Any
) -> ImportJob:
    """Send the form; returns the import, which has been looked at."""
    data: dict[str, Any] = {"sheet": SimpleUploadedFile(name, content), "language": "ru"}
    if files is not None:
        packed = zip_of(files) if isinstance(files, dict) else files
        data["archive"] = SimpleUploadedFile("files.zip", packed)
    response = client.post(reverse(FORM), data | fields)
    assert response.status_code == 302, response.context["form"].errors
    return ImportJob.objects.get(key=response["Location"].rstrip("/").rpartition("/")[2])


def page_of(client: Client, job: ImportJob, **query: Any) -> Any:
    return client.get(reverse("admin:library_document_import_job", args=[job.key]), query)


def carry_out(client: Client, job: ImportJob) -> ImportJob:
    address = reverse("admin:library_document_import_job", args=[job.key])
    response = client.post(address, {"_carry_out": "1", "fingerprint": job.fingerprint})
    assert response.status_code == 302
    job.refresh_from_db()
    return job


def import_now(client: Client, *args: Any, **fields: Any) -> ImportJob:
    job = upload(client, *args, **fields)
    assert job.state == "ready", problems(job)
    return carry_out(client, job)


def problems(job: ImportJob) -> list[tuple[str, str]]:
    """Places and messages, as the editor sees them."""
    preview = jobs.read_preview(job)
    assert preview is not None
    return [(it["place"], it["message"]) for it in preview.problems]


def rows(job: ImportJob) -> list[dict[str, Any]]:
    preview = jobs.read_preview(job)
    assert preview is not None
    return preview.rows
