import hashlib
import io
import random
import re
import struct
import zipfile
import zlib
from contextlib import suppress

import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile, TemporaryUploadedFile
from django.utils import translation
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from library import uploads
from library.uploads import (
    download_name,
    inspect_upload,
    safe_original_name,
)
from mrc_portal.transliteration import slug_from_title, transliterate

MEGABYTE = 1024**2
PDF = b"%PDF-1.7\n1 0 obj\n"
WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
EXCEL = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"
MACRO_EXCEL = "application/vnd.ms-excel.sheet.macroEnabled.main+xml"
SLIDES = "application/vnd.openxmlformats-officedocument.presentationml.presentation.main+xml"
OPEN_TEXT = "application/vnd.oasis.opendocument.text"
OLE = bytes.fromhex("d0cf11e0a1b11ae1")


@pytest.fixture(autouse=True)
def english(own_language):
    with translation.override("en"):
        yield


def make_zip(entries, compression=zipfile.ZIP_DEFLATED):
    output = io.BytesIO()
    with zipfile.ZipFile(output, "w", compression) as archive:
        for name, content in entries:
            archive.writestr(name, content)
    return output.getvalue()


def make_office(*more, content_type=WORD, part="word/document.xml"):
    types = f'<Types><Override PartName="/{part}" ContentType="{content_type}"/></Types>'
    return make_zip([("[Content_Types].xml", types), (part, "<document/>"), *more])


def make_odt(*more, kind=OPEN_TEXT):
    return make_zip([("mimetype", kind), ("content.xml", "<office/>"), *more])


def make_picture(picture_format, size=(40, 30)):
    output = io.BytesIO()
    Image.effect_noise(size, 50).save(output, picture_format)
    return output.getvalue()


def make_png_claiming(width, height):
    content = make_picture("PNG")
    header = b"IHDR" + struct.pack(">II", width, height) + content[24:29]
    return content[:12] + header + struct.pack(">I", zlib.crc32(header)) + content[33:]


def inspect(content, name="file.bin", max_bytes=20 * MEGABYTE):
    return inspect_upload(SimpleUploadedFile(name, content, "text/html"), max_bytes=max_bytes)


def refusal(content, **kwargs):
    with pytest.raises(ValidationError) as caught:
        inspect(content, **kwargs)
    return caught.value


# What is accepted


@pytest.mark.parametrize(
    ("content", "extension"),
    [
        (PDF, "pdf"),
        (b"\xef\xbb\xbf\r\n" + PDF, "pdf"),
        (b"HTTP/1.1 200 OK\r\n\r\n" + PDF, "pdf"),
        (b"%PDF-1.7\n<html><script>alert(1)</script>", "pdf"),  # a PDF, and served as one
        (make_office(), "docx"),
        (make_office(content_type=EXCEL, part="xl/workbook.xml"), "xlsx"),
        (make_odt(), "odt"),
        (make_picture("JPEG"), "jpg"),
        (make_picture("PNG"), "png"),
    ],
)
def test_content_decides_what_a_file_is(content, extension):
    upload = inspect(content, name="invoice.exe")

    assert upload.extension == extension
    assert upload.media_type == uploads.MEDIA_TYPES[extension]
    assert upload.size == len(content)
    assert upload.sha256 == hashlib.sha256(content).hexdigest()


def test_large_upload_lying_on_disk_is_inspected_and_left_at_its_beginning():
    content = make_office(("word/media/picture.bin", random.Random(1).randbytes(3 * MEGABYTE)))
    with TemporaryUploadedFile("a.docx", "", len(content), None) as file:
        file.write(content)

        upload = inspect_upload(file, max_bytes=20 * MEGABYTE)

        assert upload.extension == "docx"
        assert file.tell() == 0
        assert hashlib.sha256(file.read()).hexdigest() == upload.sha256


def test_spreadsheet_inside_a_text_document_is_accepted():
    sheet = make_office(content_type=EXCEL, part="xl/workbook.xml")

    assert inspect(make_office(("word/embeddings/sheet1.xlsx", sheet))).extension == "docx"


# What is refused


def test_too_large_file_is_refused_with_both_sizes():
    error = refusal(PDF + bytes(3 * MEGABYTE), max_bytes=2 * MEGABYTE)

    assert error.code == "too_large"
    assert error.messages == ["The file has 3.0\xa0MB; at most 2.0\xa0MB are accepted."]


def test_size_is_counted_and_not_believed():
    file = SimpleUploadedFile("a.pdf", PDF + bytes(3 * MEGABYTE))
    file.size = 10

    with pytest.raises(ValidationError, match="at most"):
        inspect_upload(file, max_bytes=2 * MEGABYTE)


def test_empty_file_is_refused():
    assert refusal(b"").code == "empty"


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"<!DOCTYPE html><p>Report", "web page (HTML)"),
        (b"\xef\xbb\xbf \n<HTML><body>", "web page (HTML)"),
        (b"<html><!-- " + PDF + b" -->", "web page (HTML)"),
        (b"<?xml version='1.0'?><!-- x --><svg onload='alert(1)'/>", "SVG drawing"),
        (b"<?xml version='1.0'?><rss/>", "XML file"),
        (b"<" + b"<!---->" * 500, "XML file"),
        (b"MZ\x90\0" + bytes(200) + PDF, "Windows program"),
        (b"\x7fELF\2\1\1", "program"),
        (b"#!/bin/sh\nrm -rf /", "program"),
        (b"{\\rtf1\\ansi", "rich text (RTF)"),
        (b"AT&TFORM\0\0\0\0DJVM", "DjVu book"),
        (b"Rar!\x1a\x07", "packed archive"),
        (make_zip([("readme.txt", "hello")]), "packed archive"),
        (make_zip([("mimetype", "application/epub+zip")]), "electronic book (EPUB)"),
        (make_odt(kind="application/vnd.oasis.opendocument.spreadsheet"), "another OpenDocument"),
        (make_office(content_type=SLIDES, part="ppt/presentation.xml"), "PowerPoint presentation"),
        (make_office(part="other.xml", content_type="text/plain"), "another Office file"),
        (make_picture("GIF"), "GIF picture"),
        (make_picture("BMP"), "BMP picture"),
        (make_picture("TIFF"), "TIFF picture"),
        (make_picture("WEBP"), "WebP picture"),
        (b"\0\0\0\x18ftypheic\0\0\0\0", "HEIC or AVIF picture"),
        (b"\0\0\0\x18ftypmp42\0\0\0\0", "video"),
        ("Имя;Возраст\n".encode() * 500, "plain text"),
        (b"\x01\x02\xff\xfe\x03" * 50, "unknown"),
    ],
)
def test_other_kinds_are_refused_by_name(content, kind):
    error = refusal(content, name="report.pdf")

    assert error.code == "wrong_kind"
    assert f"are not accepted: {kind}" in error.messages[0]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (OLE + bytes(5000), "old_office"),
        (OLE + bytes(70_001) + "EncryptedPackage".encode("utf-16-le") + bytes(90), "encrypted"),
        (make_odt(("META-INF/manifest.xml", "<manifest:encryption-data/>")), "encrypted"),
        (make_office(content_type=MACRO_EXCEL, part="xl/workbook.xml"), "macros"),
        (make_office(("xl/vbaProject.bin", b"macro"), content_type=EXCEL), "macros"),
        (make_odt(("Basic/Standard/Module1.xml", "<script/>")), "macros"),
    ],
)
def test_documents_that_need_a_password_or_run_programs_are_refused(content, code):
    assert refusal(content, name="sheet.xlsx").code == code


@pytest.mark.parametrize(
    "name",
    ["../../etc/passwd", "/etc/passwd", "word/../../x", "..\\x", "C:/x", "a\0b", "a/" * 20 + "b"],
)
def test_document_with_names_that_lead_elsewhere_is_refused(name):
    placeholder = "z" * len(name)
    content = make_office((placeholder, b"x")).replace(placeholder.encode(), name.encode())

    assert refusal(content).code == "unsafe"


def test_document_with_a_link_is_refused():
    link = zipfile.ZipInfo("word/link")
    link.external_attr = 0o120777 << 16

    assert refusal(make_office((link, "/etc/passwd"))).code == "unsafe"


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_document_with_two_parts_of_one_name_is_refused():
    assert refusal(make_office(("word/document.xml", "<other/>"))).code == "unsafe"


def test_document_that_swells_is_refused(monkeypatch):
    ratio = make_office(("word/media/1.bin", bytes(4 * MEGABYTE)))
    many = make_office(*((f"word/{number}", "") for number in range(uploads.MAX_ARCHIVE_ENTRIES)))
    assert refusal(ratio).code == "unsafe"
    assert refusal(many).code == "unsafe"

    monkeypatch.setattr(uploads, "MAX_UNPACKED_BYTES", MEGABYTE)
    total = make_office(*((f"word/{number}", bytes(300_000)) for number in range(4)))
    assert refusal(total).code == "unsafe"


def test_archives_inside_archives_share_one_limit_and_end_at_a_depth(monkeypatch):
    sheet = make_office(("xl/data", bytes(600_000)))
    deep = make_office(("word/1", make_office(("word/2", make_office()))))
    assert refusal(deep).code == "unsafe"

    monkeypatch.setattr(uploads, "MAX_UNPACKED_BYTES", MEGABYTE)
    assert refusal(make_office(("word/1", sheet), ("word/2", sheet))).code == "unsafe"


def test_directory_is_measured_before_it_is_read():
    content = bytearray(make_office())
    end = content.rfind(b"PK\5\6")
    struct.pack_into("<L", content, end + 12, 500 * MEGABYTE)

    assert refusal(bytes(content)).code == "unsafe"


def test_entry_that_hides_its_size_is_refused():
    content = make_office(("word/media/1.bin", b"a" * 50_000))
    lie = content.replace(struct.pack("<L", 50_000), struct.pack("<L", 10))

    assert refusal(lie).code == "damaged"


def test_xml_that_swells_when_parsed_is_refused():
    types = '<!DOCTYPE a [<!ENTITY b "cc">]><Types/>'

    assert refusal(make_zip([("[Content_Types].xml", types)])).code == "unsafe"


@pytest.mark.parametrize("content", [make_office(), make_odt(), make_picture("JPEG"), PDF])
@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_damage_never_leads_to_anything_but_a_refusal(content, data):
    start = data.draw(st.integers(0, len(content)))
    junk = data.draw(st.binary(max_size=30))
    damaged = content[:start] + junk + content[start + data.draw(st.integers(0, 40)) :]

    with suppress(ValidationError):
        assert inspect(damaged).size == len(damaged)


def test_truncated_documents_and_pictures_are_refused():
    for content in (
        make_office(),
        make_odt(),
        make_picture("JPEG", (300, 300)),
        make_picture("PNG", (300, 300)),
    ):
        assert refusal(content[: len(content) * 2 // 3]).code == "damaged"


@pytest.mark.filterwarnings("ignore::PIL.Image.DecompressionBombWarning")
@pytest.mark.parametrize("side", [8_000, 10_000, 30_000])
def test_picture_that_would_unpack_to_too_many_pixels_is_refused(side):
    assert refusal(make_png_claiming(side, side)).code == "too_many_pixels"


# Names


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("Отчёт 2013.pdf", "Отчёт 2013.pdf"),
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\Айгүл\\отчёт.docx", "отчёт.docx"),
        ("отчёт\u202efdp.exe", "отчётfdp.exe"),
        ("a\0b\r\nSet-Cookie: c.pdf", "abSet-Cookie: c.pdf"),
        ("  two\t \u00a0spaces .pdf", "two spaces.pdf"),
        ("и\u0306.pdf", "й.pdf"),
        (".htaccess", "htaccess"),
        ("..", "file"),
        ("\u200b/", "file"),
        ("", "file"),
        ("я" * 300 + ".pdf", "я" * 146 + ".pdf"),
        ("a." + "b" * 300, "a." + "b" * 148),
    ],
)
def test_name_as_uploaded_is_made_safe_to_show(name, safe):
    assert safe_original_name(name) == safe


@given(st.text(st.characters(codec=None)))
def test_any_name_becomes_one_short_printable_line(name):
    safe = safe_original_name(name)

    assert safe.isprintable()
    assert 1 <= len(safe) <= 150
    assert not set("/\\\0\n\u202e") & set(safe)
    assert safe.encode()


@pytest.mark.parametrize(
    ("text", "language", "latin"),
    [
        ("Предвыездная подготовка", "ru", "Predvyezdnaya podgotovka"),
        ("Щёлочь, объект, съезд, жизнь", "ru", "Shchyoloch, obekt, sezd, zhizn"),
        ("Эмгек мигранттарынын жөнөтүүсү", "ky", "Emgek migranttarynyn jonotuusu"),
        ("Өңүт, Ысык-Көл, Жалал-Абад", "ky", "Ongut, Ysyk-Kol, Jalal-Abad"),
        ("Жалал-Абад", "ru", "Zhalal-Abad"),
        ("Café Müller, Łódź", "en", "Cafe Muller, Lodz"),
    ],
)
def test_titles_are_written_in_latin_letters_as_people_do(text, language, latin):
    assert transliterate(text, language) == latin


@pytest.mark.parametrize(
    ("title", "language", "slug"),
    [
        ("«Права мигрантов»: обзор (2013)", "ru", "prava-migrantov-obzor-2013"),
        ("Migrants’ rights & duties", "en", "migrants-rights-duties"),
        ("План на 2027–2028 годы — проект", "ru", "plan-na-2027-2028-gody-proekt"),
        ("移民", "en", "document"),
        ("-- ", "ru", "document"),
        ("слово " * 40, "ru", "-".join(["slovo"] * 13)),
        ("ж" * 200, "ru", "zh" * 40),
    ],
)
def test_slug_comes_from_the_title(title, language, slug):
    assert slug_from_title(title, language) == slug
    assert len(slug) <= 80


@pytest.mark.parametrize(
    ("arguments", "name"),
    [
        (
            ("Предвыездная подготовка", "ru", 2013, "pdf"),
            "predvyezdnaya-podgotovka-2013-ru.pdf",
        ),
        (("Annual report 2013", "en", 2013, "pdf", "summary"), "annual-report-2013-en-summary.pdf"),
        (("Отчёт", "ru", None, "docx", "Annex/1"), "otchyot-ru-annex-1.docx"),
    ],
)
def test_download_name_tells_title_year_language_and_role(arguments, name):
    assert download_name(*arguments) == name


@settings(max_examples=50)
@given(st.text(), st.sampled_from(["ru", "ky", "en"]), st.none() | st.integers(1, 9999), st.text())
def test_any_title_gives_a_plain_short_name(title, language, year, role):
    name = download_name(title, language, year, "docx", role)

    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*\.docx", name)
    assert len(name) <= 100


def test_long_title_is_cut_between_words():
    name = download_name("Положение трудовых мигрантов " * 10, "ru", 2013, "pdf", "annex")

    assert name.endswith("-2013-ru-annex.pdf")
    assert set(name.removesuffix("-2013-ru-annex.pdf").split("-")) == {
        "polozhenie",
        "trudovykh",
        "migrantov",
    }
