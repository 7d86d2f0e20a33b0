from datetime import UTC, datetime
from typing import Any

import pytest
from django.test import RequestFactory

from library.downloads import serve_file

CONTENT = bytes(range(256)) * 1000
ETAG = '"abc123"'
CHANGED = "Thu, 14 Nov 2013 10:00:00 GMT"


@pytest.fixture
def serve(tmp_path):
    """Serve a file of 256,000 bytes; keyword arguments change the call, `method` the request."""
    path = tmp_path / "stored"
    path.write_bytes(CONTENT)
    served = []

    def serve(headers=None, method="GET", **changes):
        arguments: dict[str, Any] = {
            "media_type": "application/pdf",
            "filename": "prava-migrantov-2013-ru.pdf",
            "etag": "abc123",
            "last_modified": datetime(2013, 11, 14, 10, 0, 0, 500, tzinfo=UTC),
        }
        request = RequestFactory().generic(method, "/", headers=headers or {})
        served.append(serve_file(request, path, **(arguments | changes)))
        return served[-1]

    yield serve
    for response in served:
        response.close()


def body(response):
    return b"".join(response) if response.streaming else response.content


def test_whole_file_is_streamed_with_everything_a_browser_needs(serve):
    response = serve(max_age=3600)

    assert response.status_code == 200
    assert response.streaming
    assert body(response) == CONTENT
    assert dict(response.headers) == {
        "Accept-Ranges": "bytes",
        "Cache-Control": "public, max-age=3600",
        "Content-Disposition": 'inline; filename="prava-migrantov-2013-ru.pdf"',
        "Content-Length": "256000",
        "Content-Security-Policy": (
            "default-src 'none'; object-src 'self'; style-src 'unsafe-inline'; "
            "base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
        ),
        "Content-Type": "application/pdf",
        "ETag": ETAG,
        "Last-Modified": CHANGED,
        "X-Content-Type-Options": "nosniff",
    }


def test_without_an_age_no_shared_cache_keeps_the_file(serve):
    assert serve()["Cache-Control"] == "private, no-cache"


@pytest.mark.parametrize(
    ("media_type", "inline", "disposition"),
    [
        ("application/pdf", True, "inline"),
        ("image/jpeg", True, "inline"),
        ("image/png", True, "inline"),
        ("image/webp", True, "inline"),
        ("application/pdf", False, "attachment"),
        ("application/vnd.oasis.opendocument.text", True, "attachment"),
        ("text/html", True, "attachment"),
        ("image/svg+xml", True, "attachment"),
    ],
)
def test_only_pdf_and_pictures_are_shown_in_the_browser(serve, media_type, inline, disposition):
    for headers in ({}, {"Range": "bytes=0-9"}):
        response = serve(headers, media_type=media_type, inline=inline)

        assert response["Content-Disposition"].partition(";")[0] == disposition
        assert response["X-Content-Type-Options"] == "nosniff"
        assert ("sandbox" in response["Content-Security-Policy"]) == (
            media_type != "application/pdf"
        )


def test_names_in_cyrillic_travel_in_the_encoding_of_rfc_5987(serve):
    response = serve(filename="отчёт.pdf")

    assert response["Content-Disposition"] == (
        "inline; filename*=utf-8''%D0%BE%D1%82%D1%87%D1%91%D1%82.pdf"
    )


def test_head_says_what_get_would_say_without_the_bytes(serve):
    head, get = serve(method="HEAD"), serve()

    assert head.content == b""
    assert dict(head.headers) == dict(get.headers)


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"If-None-Match": ETAG}, 304),
        ({"If-None-Match": f'"other", W/{ETAG}'}, 304),
        ({"If-None-Match": "*"}, 304),
        ({"If-None-Match": ETAG, "Range": "bytes=0-9"}, 304),
        ({"If-Modified-Since": CHANGED}, 304),
        ({"If-None-Match": '"other"', "If-Modified-Since": CHANGED}, 200),
        ({"If-Modified-Since": "Wed, 13 Nov 2013 10:00:00 GMT"}, 200),
        ({"If-Modified-Since": "nonsense"}, 200),
        ({"If-Match": '"other"'}, 412),
    ],
)
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_file_that_the_reader_has_is_not_sent_again(serve, headers, status, method):
    response = serve(headers, method=method, max_age=60)

    assert response.status_code == status
    if status == 304:
        assert body(response) == b""
        assert response["ETag"] == ETAG
        assert response["Cache-Control"] == "public, max-age=60"


@pytest.mark.parametrize(
    ("asked", "first", "last"),
    [
        ("bytes=0-0", 0, 0),
        ("bytes=0-99", 0, 99),
        ("Bytes= 100-199 ", 100, 199),
        ("bytes=70000-200000", 70_000, 200_000),
        ("bytes=255999-", 255_999, 255_999),
        ("bytes=255990-999999999", 255_990, 255_999),
        ("bytes=-1", 255_999, 255_999),
        ("bytes=-999999", 0, 255_999),
        ("bytes=0-", 0, 255_999),
    ],
)
def test_range_is_sent_alone(serve, asked, first, last):
    response = serve({"Range": asked})

    assert response.status_code == 206
    assert response["Content-Range"] == f"bytes {first}-{last}/256000"
    assert response["Content-Length"] == str(last - first + 1)
    assert response["ETag"] == ETAG
    assert body(response) == CONTENT[first : last + 1]


@pytest.mark.parametrize("asked", ["bytes=256000-", "bytes=999999-1000000", "bytes=-0"])
def test_range_beyond_the_end_is_refused_with_the_length(serve, asked):
    response = serve({"Range": asked}, max_age=3600)

    assert response.status_code == 416
    assert response["Content-Range"] == "bytes */256000"
    assert response["Cache-Control"] == "no-store"
    assert body(response) == b""


@pytest.mark.parametrize(
    "asked",
    [
        "bytes=0-9,20-29",
        "bytes=9-0",
        "bytes=-",
        "bytes=a-b",
        "bytes=--5",
        "bytes=٠-٩",
        "pages=1-2",
        "bytes=" + "9" * 5000 + "-",
        "",
    ],
)
def test_several_ranges_or_nonsense_get_the_whole_file(serve, asked):
    response = serve({"Range": asked})

    assert response.status_code == 200
    assert body(response) == CONTENT


@pytest.mark.parametrize(
    ("condition", "status"),
    [
        (ETAG, 206),
        (CHANGED, 206),
        ('"other"', 200),
        (f"W/{ETAG}", 200),
        ("Wed, 13 Nov 2013 10:00:00 GMT", 200),
    ],
)
def test_range_of_a_file_that_has_changed_is_the_whole_file(serve, condition, status):
    response = serve({"Range": "bytes=0-9", "If-Range": condition})

    assert response.status_code == status
    assert body(response) == (CONTENT[:10] if status == 206 else CONTENT)


def test_range_means_nothing_to_head(serve):
    response = serve({"Range": "bytes=0-9"}, method="HEAD")

    assert (response.status_code, response["Content-Length"]) == (200, "256000")


def test_missing_file_is_for_the_view_to_answer(tmp_path):
    with pytest.raises(FileNotFoundError):
        serve_file(
            RequestFactory().get("/"),
            tmp_path / "nothing",
            media_type="application/pdf",
            filename="a.pdf",
            etag="a",
            last_modified=datetime(2013, 11, 14, tzinfo=UTC),
        )
