"""Sends a stored file: in pieces when asked for pieces, and never as anything but itself."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import cast

from django.http import (
    FileResponse,
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    StreamingHttpResponse,
)
from django.utils.cache import get_conditional_response
from django.utils.http import content_disposition_header, http_date, quote_etag

CHUNK_BYTES = 64 * 1024

# Only these are shown in the browser; everything else is saved. WebP is drawn by ourselves.
SHOWN_MEDIA_TYPES = frozenset({"application/pdf", "image/jpeg", "image/png", "image/webp"})

# Nothing is loaded, run or sent. The styles are those of the browser's own page around a picture.
CONTENT_POLICY = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
# No viewer runs a PDF as part of our site, yet some put themselves under the policy of the PDF.
# Safari shows an empty page under `sandbox`, refuses to load the PDF without `object-src`, and
# without inline styles shows it as small as a stamp, as Chrome did before 2020:
# https://github.com/adobe/aem-core-wcm-components/issues/2839
# https://github.com/humhub/humhub/issues/3945
# https://github.com/directus/directus/issues/23130
# https://github.com/rust-lang/www.rust-lang.org/issues/942
PDF_POLICY = (
    "default-src 'none'; object-src 'self'; style-src 'unsafe-inline'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
)

ONE_RANGE = re.compile(r"bytes=[ \t]*([0-9]{0,18})-([0-9]{0,18})[ \t]*", re.IGNORECASE)


def serve_file(
    request: HttpRequest,
    path: Path | str,
    *,
    media_type: str,
    filename: str,
    etag: str,
    last_modified: datetime,
    inline: bool = True,
    max_age: int | None = None,
) -> HttpResponseBase:
    """Answer GET or HEAD with the file, with the range asked for, or with "not modified".

    `etag` is the bare value, such as the SHA-256 of the content. With `max_age`, any cache may keep
    the answer for so many seconds; without, it is for this reader alone and checked each time.
    Raises FileNotFoundError.
    """
    size = os.stat(path).st_size
    is_shown = inline and media_type in SHOWN_MEDIA_TYPES
    policy = PDF_POLICY if media_type == "application/pdf" else CONTENT_POLICY
    headers = {
        "Accept-Ranges": "bytes",
        "Cache-Control": "private, no-cache" if max_age is None else f"public, max-age={max_age}",
        "Content-Disposition": content_disposition_header(not is_shown, filename) or "attachment",
        "Content-Security-Policy": policy,
        "ETag": quote_etag(etag),
        "Last-Modified": http_date(last_modified.timestamp()),
        "X-Content-Type-Options": "nosniff",
    }
    empty = HttpResponse(content_type=media_type, headers=headers)
    conditional = get_conditional_response(
        request, headers["ETag"], int(last_modified.timestamp()), empty
    )
    if conditional is not empty:
        return cast("HttpResponseBase", conditional)
    if request.method == "HEAD":
        empty.headers["Content-Length"] = str(size)
        return empty

    wanted = requested_range(request, size, headers)
    if wanted is None:
        # FileResponse lets the server send the file itself, and closes it.
        return FileResponse(
            open(path, "rb"),
            as_attachment=not is_shown,
            filename=filename,
            content_type=media_type,
            headers=headers,
        )
    if not wanted:
        nothing = {"Content-Range": f"bytes */{size}", "Cache-Control": "no-store"}
        return HttpResponse(status=416, content_type=media_type, headers=headers | nothing)
    headers["Content-Range"] = f"bytes {wanted.start}-{wanted.stop - 1}/{size}"
    headers["Content-Length"] = str(len(wanted))
    pieces = read_range(path, wanted)
    return StreamingHttpResponse(pieces, status=206, content_type=media_type, headers=headers)


def requested_range(request: HttpRequest, size: int, headers: dict[str, str]) -> range | None:
    """The bytes asked for: None means all of them, an empty range that there are none such.

    Several ranges at once get the whole file, as RFC 9110 (14.2) allows; no PDF viewer asks so.
    """
    match = ONE_RANGE.fullmatch(request.headers.get("Range", ""))
    condition = request.headers.get("If-Range")
    is_same = condition in (None, headers["ETag"], headers["Last-Modified"])
    if not match or not is_same:
        return None
    first, last = match.groups()
    if not first:
        return range(max(size - int(last), 0), size) if last else None
    if last and int(last) < int(first):
        return None
    return range(int(first), min(int(last) + 1, size) if last else size)


def read_range(path: Path | str, wanted: range) -> Iterator[bytes]:
    with open(path, "rb") as file:
        file.seek(wanted.start)
        remaining = len(wanted)
        while remaining and (chunk := file.read(min(CHUNK_BYTES, remaining))):
            remaining -= len(chunk)
            yield chunk
