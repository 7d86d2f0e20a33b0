"""The plan as a file to take along: spreadsheet, values, JSON, paper."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass

from django.http import Http404, HttpRequest, HttpResponse
from django.utils.cache import get_conditional_response
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_safe

from council.addresses import of_a_plan
from council.exporting import Export, to_csv, to_json, to_xlsx
from council.lines import lines_of, without_drafts
from council.models import Plan
from council.pages import PictureFrame, frame_of
from council.printing import to_pdf
from library.downloads import PDF_POLICY
from library.uploads import MEDIA_TYPES
from mrc_portal.context_processors import site_url
from mrc_portal.languages import current_language


@dataclass(frozen=True)
class FileFormat:
    media_type: str
    make: Callable[[Export, PictureFrame], bytes]


FORMATS = {
    "xlsx": FileFormat(MEDIA_TYPES["xlsx"], lambda export, _frame: to_xlsx(export)),
    "csv": FileFormat("text/csv; charset=utf-8", lambda export, _frame: to_csv(export)),
    "json": FileFormat("application/json", lambda export, _frame: to_json(export)),
    "pdf": FileFormat(MEDIA_TYPES["pdf"], lambda export, frame: to_pdf(export, frame.version)),
}


@require_safe
@of_a_plan
def plan_file(request: HttpRequest, plan: Plan, file_format: str) -> HttpResponse:
    """The plan on the day that the address asks for; the same columns in every format."""
    if file_format not in FORMATS:
        raise Http404
    frame = frame_of(request, plan)
    address = site_url(request) + plan.get_absolute_url() + frame.at
    lines = without_drafts(lines_of(plan, picture=frame.picture), frame.languages)
    export = Export(frame.picture, lines, frame.version.title, address)
    # Two files made of the same words differ in nothing that a reader sees.
    etag = f'W/"{_digest(export, frame, file_format)}"'
    unchanged = get_conditional_response(request, etag)
    if unchanged is not None:
        return unchanged
    chosen = FORMATS[file_format]
    name = f"{plan.slug}-{frame.day.isoformat()}-{current_language()}.{file_format}"
    headers = {
        "ETag": etag,
        "Content-Disposition": content_disposition_header(file_format != "pdf", name) or "",
        "X-Robots-Tag": "noindex" if frame.on else "all",
    }
    if file_format == "pdf":
        headers["Content-Security-Policy"] = PDF_POLICY
    return HttpResponse(chosen.make(export, frame), content_type=chosen.media_type, headers=headers)


def _digest(export: Export, frame: PictureFrame, file_format: str) -> str:
    """Of everything that the file tells, and of the language in which it does."""
    matter = [
        *(file_format, current_language(), frame.version.language),
        *(export.title, export.address, frame.day.isoformat(), frame.plan.changed_at.isoformat()),
        export.lines,
    ]
    return hashlib.sha256(json.dumps(matter).encode()).hexdigest()
