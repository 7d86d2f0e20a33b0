"""What an uploaded file really is, and safe names for files and addresses.

A file is what its bytes say: its name and the type that a browser sends along are only claims.
"""

from __future__ import annotations

import codecs
import hashlib
import re
import stat
import struct
import unicodedata
import zipfile
import zlib
from dataclasses import dataclass
from tempfile import SpooledTemporaryFile
from typing import IO
from xml.etree import ElementTree

from django.core.exceptions import ValidationError
from django.core.files.base import File
from django.template.defaultfilters import filesizeformat
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from PIL import Image

from mrc_portal.transliteration import slug_from_title

HEAD_BYTES = 4096
MAX_PDF_OFFSET = 1024  # how late in its file a PDF may begin, for pdfium and for Acrobat
MAX_PICTURE_PIXELS = 50_000_000

# Office documents are ZIP archives. Honest ones stay far below these limits.
MAX_UNPACKED_BYTES = 300 * 1024**2
MAX_PACKING_RATIO = 200
SMALL_ENTRY_BYTES = 1024**2  # below this, any ratio is harmless
MAX_ARCHIVE_ENTRIES = 5_000
MAX_DIRECTORY_BYTES = 2 * 1024**2
MAX_ARCHIVE_DEPTH = 2  # a spreadsheet inside a text document, and no further
MAX_PATH_PARTS = 16
MAX_XML_BYTES = 4 * 1024**2
# What reading a damaged archive raises. A password is a RuntimeError, and so is an unusual way of
# packing (NotImplementedError).
CANNOT_UNPACK = (zipfile.BadZipFile, zlib.error, struct.error, EOFError, RuntimeError)

MAX_ORIGINAL_NAME_LENGTH = 150
MAX_DOWNLOAD_NAME_LENGTH = 100

MEDIA_TYPES = {
    "pdf": "application/pdf",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "odt": "application/vnd.oasis.opendocument.text",
    "jpg": "image/jpeg",
    "png": "image/png",
}

OFFICE_PARTS = {
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml": "docx",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml": "xlsx",
}

# How other files begin, and what to call them.
HTML_TAG = re.compile(
    rb"<(?:!doctype\s+html|html|head|body|script|title|iframe|div|p|a|img)\b", re.IGNORECASE
)
OTHER_KINDS: tuple[tuple[re.Pattern[bytes], Promise], ...] = tuple(
    (re.compile(beginning, re.DOTALL), name)
    for beginning, name in (
        (rb"MZ", gettext_lazy("Windows program")),
        (rb"\x7fELF|\xca\xfe\xba\xbe|[\xce\xcf]\xfa\xed\xfe|#!", gettext_lazy("program")),
        (rb"\{\\rtf", gettext_lazy("rich text (RTF)")),
        (rb"AT&TFORM", gettext_lazy("DjVu book")),
        (rb"Rar!|7z\xbc\xaf\x27\x1c|\x1f\x8b|BZh|\xfd7zXZ", gettext_lazy("packed archive")),
        (rb"GIF8", gettext_lazy("GIF picture")),
        (rb"RIFF....WEBP", gettext_lazy("WebP picture")),
        (rb"II\*\0|MM\0\*", gettext_lazy("TIFF picture")),
        (rb"BM.{8}....\x28\0\0\0", gettext_lazy("BMP picture")),
        (rb"....ftyp(?:hei|hev|mif|avi)", gettext_lazy("HEIC or AVIF picture")),
        (rb"....ftyp|\x1aE\xdf\xa3|RIFF....AVI ", gettext_lazy("video")),
        (rb"ID3|\xff[\xfb\xf3\xf2]|OggS|fLaC|RIFF....WAVE", gettext_lazy("sound recording")),
    )
)
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"  # Office 97-2003, and the wrapping of encrypted files
ENCRYPTED_OFFICE = "EncryptedPackage".encode("utf-16-le")


@dataclass(frozen=True)
class Upload:
    """An accepted file. The extension has no dot and belongs to the content, not to the name."""

    media_type: str
    extension: str
    size: int  # bytes
    sha256: str


def inspect_upload(file: File, *, max_bytes: int) -> Upload:
    """Say what the file is, going by its content alone. Leaves it at its beginning.

    Raises ValidationError, in words for the person who chose the file. Of a PDF only the beginning
    is looked at: whether it opens is for library/pdf.py to find out.
    """
    if file.size and file.size > max_bytes:
        raise too_large(file.size, max_bytes)
    size = 0
    digest = hashlib.sha256()
    for chunk in file.chunks():  # begins by going to the beginning
        size += len(chunk)
        if size > max_bytes:
            raise too_large(size, max_bytes)
        digest.update(chunk)
    if not size:
        raise ValidationError(_("The file is empty."), code="empty")
    try:
        extension = recognise(file)
    finally:
        file.seek(0)
    return Upload(MEDIA_TYPES[extension], extension, size, digest.hexdigest())


def too_large(size: int, max_bytes: int) -> ValidationError:
    return ValidationError(
        _("The file has %(size)s; at most %(max)s are accepted."),
        code="too_large",
        params={"size": filesizeformat(size), "max": filesizeformat(max_bytes)},
    )


def recognise(file: File) -> str:
    """The extension that belongs to the content. Raises ValidationError when it is not accepted."""
    file.seek(0)
    head = file.read(HEAD_BYTES)
    if head.startswith(b"\xff\xd8\xff"):
        check_picture(file, "JPEG")
        return "jpg"
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        check_picture(file, "PNG")
        return "png"
    if head.startswith(b"PK"):
        return recognise_archive(file)
    if head.startswith(OLE):
        raise refuse_ole(file)
    # Junk before a PDF is allowed by every reader; another kind of file before it is a disguise.
    kind = name_kind(head)
    if b"%PDF-" in head[:MAX_PDF_OFFSET] and (head.startswith(b"%PDF-") or not kind):
        return "pdf"
    raise wrong_kind(kind or (_("plain text") if is_text(head) else _("unknown")))


def name_kind(head: bytes) -> str:
    """What a file that begins like this is called, or nothing."""
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if text.startswith(b"<"):
        if HTML_TAG.search(text):
            return _("web page (HTML)")
        return _("SVG drawing") if b"<svg" in text.lower() else _("XML file")
    for pattern, name in OTHER_KINDS:
        if pattern.match(head):
            return str(name)
    return ""


def is_text(head: bytes) -> bool:
    try:
        codecs.getincrementaldecoder("utf-8")().decode(head)  # the last letter may be cut
    except UnicodeDecodeError:
        return False
    return b"\0" not in head


def wrong_kind(kind: str) -> ValidationError:
    # Translators: the kind is, for example, "web page (HTML)" or "Windows program".
    message = _(
        "Files of this kind are not accepted: %(kind)s. Accepted are PDF, Word (.docx), "
        "Excel (.xlsx), OpenDocument text (.odt), JPEG and PNG."
    )
    return ValidationError(message, code="wrong_kind", params={"kind": kind})


def refuse_ole(file: File) -> ValidationError:
    end = b""
    for chunk in file.chunks():
        if ENCRYPTED_OFFICE in end + chunk:
            return password_protected()
        end = chunk[-len(ENCRYPTED_OFFICE) :]
    return ValidationError(
        _("This is a file of Office 97-2003. Save it as .docx, .xlsx or PDF and try again."),
        code="old_office",
    )


def password_protected() -> ValidationError:
    message = _("This document opens only with a password. Remove the password and try again.")
    return ValidationError(message, code="encrypted")


def check_picture(file: File, picture_format: str) -> None:
    """Raises ValidationError for a picture that is damaged or would unpack to too many pixels."""
    try:
        file.seek(0)
        with Image.open(file, formats=[picture_format]) as picture:
            width, height = picture.size
            if width * height > MAX_PICTURE_PIXELS:
                raise Image.DecompressionBombError
            if picture_format == "JPEG":
                picture.draft("RGB", (1, 1))  # an eighth of the size is enough to find the end
                picture.load()
            else:
                picture.verify()
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise ValidationError(
            _("This picture is too large; at most %(max)d million pixels are accepted."),
            code="too_many_pixels",
            params={"max": MAX_PICTURE_PIXELS // 1_000_000},
        ) from error
    except Exception as error:
        # Damaged pictures raise whatever the damage leads to; Django's ImageField does the same.
        message = _("This picture is damaged and cannot be opened.")
        raise ValidationError(message, code="damaged") from error


# Office documents


def recognise_archive(file: IO[bytes] | File) -> str:
    """The extension of an office document. Raises ValidationError when it is unsafe or another."""
    try:
        refuse_long_directory(file)
        with zipfile.ZipFile(file) as archive:
            check_archive(archive, depth=1, room=MAX_UNPACKED_BYTES)
            return recognise_office(archive)
    except (
        *CANNOT_UNPACK,
        ElementTree.ParseError,
        LookupError,  # an unknown encoding of XML
        ValueError,
    ) as error:
        raise damaged_document() from error


def damaged_document() -> ValidationError:
    message = _("This document is damaged. Open it, save it anew and try again.")
    return ValidationError(message, code="damaged")


def unsafe_document() -> ValidationError:
    message = _("This document is built in a way that could harm a computer that opens it.")
    return ValidationError(message, code="unsafe")


def refuse_long_directory(
    file: IO[bytes] | File,
    max_entries: int = MAX_ARCHIVE_ENTRIES,
    max_bytes: int = MAX_DIRECTORY_BYTES,
) -> None:
    """zipfile reads the whole directory into memory, a hundred times its size: look at it first."""
    end = file.seek(0, 2)
    file.seek(max(end - 65_557, 0))  # the end record and the longest comment after it
    tail = file.read()
    position = tail.rfind(b"PK\5\6")
    if position < 0 or len(tail) < position + 22:
        raise damaged_document()
    entries, directory_bytes = struct.unpack_from("<HL", tail, position + 10)
    is_zip64 = tail[max(position - 20, 0) :].startswith(b"PK\6\7")
    if is_zip64 or entries > max_entries or directory_bytes > max_bytes:
        raise unsafe_document()


def check_archive(archive: zipfile.ZipFile, depth: int, room: int) -> int:
    """Unpack everything once, into nothing; return how many bytes of the room are left.

    Raises ValidationError for what is unsafe.
    """
    entries = archive.infolist()
    names = [entry.orig_filename for entry in entries]
    if (
        depth > MAX_ARCHIVE_DEPTH
        or len(set(names)) < len(names)
        or len(names) > MAX_ARCHIVE_ENTRIES
    ):
        raise unsafe_document()
    room -= sum(entry.file_size for entry in entries)
    if room < 0:
        raise unsafe_document()
    for entry in entries:
        check_entry(entry)
    for entry in entries:
        if not entry.is_dir():
            room = unpack_entry(archive, entry, depth, room)
    return room


def check_entry(entry: zipfile.ZipInfo) -> None:
    """Raises ValidationError when the entry's own description is unsafe."""
    name = entry.orig_filename
    parts = name.split("/")
    leads_out = ".." in parts or not parts[0] or re.search(r"[\\:\0]", name)
    is_link = stat.S_ISLNK(entry.external_attr >> 16)
    ratio = entry.file_size / max(entry.compress_size, 1)
    is_bomb = entry.file_size > SMALL_ENTRY_BYTES and ratio > MAX_PACKING_RATIO
    if leads_out or is_link or is_bomb or len(parts) > MAX_PATH_PARTS:
        raise unsafe_document()
    if entry.flag_bits & 1:
        raise password_protected()
    lowered = name.lower()
    is_basic = lowered.startswith(("basic/", "scripts/")) and not lowered.endswith(
        ("/", "script-lb.xml", "script-lc.xml")
    )
    if lowered.endswith("vbaproject.bin") or is_basic:
        raise has_macros()


def has_macros() -> ValidationError:
    message = _("This document contains macros (programs). Save it without macros and try again.")
    return ValidationError(message, code="macros")


def unpack_entry(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, depth: int, room: int) -> int:
    """Read to the end, which checks the sums; look into an archive that lies inside."""
    with archive.open(entry) as unpacked:
        beginning = unpacked.read(4)
        if beginning != b"PK\3\4":
            while unpacked.read(65_536):
                pass
            return room
        with SpooledTemporaryFile(max_size=SMALL_ENTRY_BYTES) as inner:
            inner.write(beginning)
            while chunk := unpacked.read(65_536):
                inner.write(chunk)
            refuse_long_directory(inner)
            with zipfile.ZipFile(inner) as inner_archive:
                return check_archive(inner_archive, depth + 1, room)


def recognise_office(archive: zipfile.ZipFile) -> str:
    """Raises ValidationError when the archive is not one of the accepted kinds of document."""
    names = set(archive.namelist())
    if "[Content_Types].xml" in names:
        return recognise_ooxml(archive, names)
    kind = read_part(archive, "mimetype").decode("ascii") if "mimetype" in names else ""
    if kind == MEDIA_TYPES["odt"] and "content.xml" in names:
        manifest = "META-INF/manifest.xml"
        if manifest in names and b"encryption-data" in read_part(archive, manifest):
            raise password_protected()
        return "odt"
    if kind.startswith("application/vnd.oasis.opendocument."):
        raise wrong_kind(_("another OpenDocument file"))
    if kind == "application/epub+zip":
        raise wrong_kind(_("electronic book (EPUB)"))
    raise wrong_kind(_("packed archive"))


def recognise_ooxml(archive: zipfile.ZipFile, names: set[str]) -> str:
    types = read_part(archive, "[Content_Types].xml")
    content_types = {
        part.get("ContentType", ""): part.get("PartName", "").lstrip("/")
        for part in ElementTree.fromstring(types)  # noqa: S314 (has no DOCTYPE, see read_part)
    }
    every_type = " ".join(content_types).lower()
    if "macroenabled" in every_type or "macrosheet" in every_type:
        raise has_macros()
    for content_type, extension in OFFICE_PARTS.items():
        if content_types.get(content_type) in names:
            return extension
    if "presentationml" in every_type:
        raise wrong_kind(_("PowerPoint presentation"))
    raise wrong_kind(_("another Office file"))


def read_part(archive: zipfile.ZipFile, name: str) -> bytes:
    if archive.getinfo(name).file_size > MAX_XML_BYTES:
        raise unsafe_document()
    content = archive.read(name)
    if b"<!DOCTYPE" in content or b"<!ENTITY" in content:
        raise unsafe_document()  # office programs write neither; both can swell when parsed
    return content


# Names


def safe_original_name(name: str) -> str:
    """The name a file was uploaded under, fit to be shown: one line, no folders, no tricks."""
    name = unicodedata.normalize("NFC", name).replace("\\", "/").rpartition("/")[2]
    # Control, format (bidi overrides among them), surrogate, private and unassigned characters.
    shown = (letter for letter in name if unicodedata.category(letter)[0] != "C")
    name = " ".join("".join(shown).split()).strip(". ")
    stem, dot, extension = name.rpartition(".")
    if dot and len(extension) <= 10:
        stem = stem[: MAX_ORIGINAL_NAME_LENGTH - len(extension) - 1].rstrip()
        return f"{stem}.{extension}"
    return name[:MAX_ORIGINAL_NAME_LENGTH].rstrip() or "file"


def download_name(
    title: str, language: str, year: int | None, extension: str, role_suffix: str = ""
) -> str:
    """A name that tells a file from its neighbours: predvyezdnaya-podgotovka-2013-ru.pdf."""
    role = re.sub(r"[^a-z0-9]+", "-", role_suffix.lower()).strip("-")[:30]
    ending = "-".join(filter(None, [str(year or ""), language, role]))
    room = MAX_DOWNLOAD_NAME_LENGTH - len(f"-{ending}.{extension}")
    slug = slug_from_title(title, language, room).removesuffix(f"-{year}")
    return f"{slug}-{ending}.{extension}"
