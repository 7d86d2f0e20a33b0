"""Reads one PDF for library/pdf.py, in a process of its own that may be lost.

Started as a script with the PDF as standard input; answers in lines of JSON. Every picture of a
page pays for its start, so it imports no Django, only the bare bindings of pdfium, and little else.
"""

from __future__ import annotations

import binascii
import ctypes
import functools
import io
import json
import math
import os
import re
import resource
import sys
import unicodedata
from itertools import pairwise
from typing import Any, NamedTuple

MAX_PAGE_CHARACTERS = 100_000
MAX_OUTLINE_ITEMS = 2_000
MAX_OUTLINE_LEVEL = 8
MAX_TITLE_CHARACTERS = 300
MAX_PICTURE_PIXELS = 8_000_000
MAX_PICTURE_SIDE = 16_383  # the format's own limit
WEBP_QUALITY = 80
MAX_COMPOUNDS = 20_000

# What pdfium writes for a hyphen at the end of a line, dropping the line break after it.
LINE_END_HYPHEN = "\ufffe"
BROKEN_WORD = re.compile("\\w[-\u2010\u00ad]$")

# PostgreSQL refuses NUL; UTF-8 refuses lone surrogates; the rest is invisible or means nothing.
UNSTORABLE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff"
    "\ud800-\udfff\ufdd0-\ufdef\ufff0-\ufffc\ufffe\uffff"
    + "".join(chr((plane << 16) + end) for plane in range(1, 17) for end in (0xFFFE, 0xFFFF))
    + "]"
)
LAST_WORD = re.compile(r"\w*$")
FIRST_LETTERS = re.compile(r"\w{0,4}")
DOT_LEADERS = re.compile(r" ?(?:[.…] ?){5,}")
LIGATURES = re.compile("[\ufb00-\ufb06]")
BULLET = re.compile(r"[•▪●◦‣∙·■□➢✓\uf0b7\uf0a7–—-]\s")
NUMBERED = re.compile(r"(?:\d{1,3}|\w)[.)]\s")
SENTENCE_ENDS = (".", "!", "?", ":", ";", "…", "»", "”")


class Line(NamedTuple):
    """One line of print; lengths in points, upwards from the foot of the page."""

    text: str
    left: float
    right: float
    first_foot: float
    last_foot: float  # differs from first_foot when pdfium has joined lines at a hyphen
    height: float


def clean_line(text: str) -> str:
    """One line without characters that cannot be stored, composed, with single spaces."""
    text = " ".join(text.split())
    if not text.isprintable():  # seldom, and much faster to find out than to replace
        text = " ".join(UNSTORABLE.sub("", text).split())
    if has_dot_leaders(text):
        text = DOT_LEADERS.sub(" … ", text).strip()
    text = LIGATURES.sub(lambda match: unicodedata.normalize("NFKC", match[0]), text)
    return unicodedata.normalize("NFC", text)


def has_dot_leaders(text: str) -> bool:
    """Is this a line of a table of contents: a heading, dots and the number of a page?"""
    return "....." in text or ". . . . ." in text


def clean_text(text: str) -> str:
    """Paragraphs parted by an empty line, each of them one clean line."""
    return "\n\n".join(filter(None, map(clean_line, text.split("\n\n"))))[:MAX_PAGE_CHARACTERS]


def note_compounds(text: str, compounds: set[tuple[str, str]]) -> None:
    """Remember words with a hyphen of their own ("иш-чара"), seen in the middle of a line."""
    end = text.find("-")
    while end >= 0 and len(compounds) < MAX_COMPOUNDS:
        pair = compound_key(text[:end], text[end + 1 :])
        if all(pair):
            compounds.add(pair)
        end = text.find("-", end + 1)


def compound_key(before: str, after: str) -> tuple[str, str]:
    """The word before the hyphen and the stem of the one after, which may be inflected."""
    return (
        LAST_WORD.findall(before[-30:])[0].lower(),
        FIRST_LETTERS.findall(after[:4])[0].lower(),
    )


def join_hyphens(text: str, compounds: set[tuple[str, str]]) -> str:
    """Mend words broken between lines. A hyphen stays where the document itself writes one."""
    first, *rest = text.split(LINE_END_HYPHEN)
    parts = [first]
    for part in rest:
        before = parts[-1]
        after = part.lstrip()
        key = compound_key(before, after)
        if not all(key):
            parts.append("\ufffd" + part)  # pdfium writes the same for a letter without a meaning
        elif key[0].isalpha() and after[0].islower() and key not in compounds:
            parts.append(after)
        else:
            parts.append("-" + after)
    return "".join(parts)


def begins_paragraph(lines: list[Line], index: int, leading: float) -> bool:
    """Does a paragraph begin with this line, judging by where it and its neighbours stand?"""
    before, line = lines[index - 1], lines[index]
    height = max(before.height, line.height)
    step = before.last_foot - line.first_foot
    if abs(step) < 0.4 * height:
        return False  # still the same line of print: the next cell of a table, say
    ended = before.text.endswith(SENTENCE_ENDS)
    if step < 0:  # up the page: the next column
        return ended or not line.text[:1].islower()
    is_heading = abs(before.height - line.height) > 0.2 * height
    is_item = BULLET.match(line.text) or has_dot_leaders(before.text)
    if is_heading or is_item or step > 1.25 * leading:
        return True
    if not ended:
        return False
    if line.left - before.left > 0.8 * height or NUMBERED.match(line.text):
        return True
    # Did the line before stop early, when this line's first word would have fitted on it?
    neighbours = lines[max(index - 3, 0) : index + 3]
    margin = max(
        (near.right for near in neighbours if abs(near.left - line.left) < 3 * height),
        default=line.right,
    )
    letter = (line.right - line.left) / len(line.text)
    word = line.text.find(" ") % (len(line.text) + 1)
    return before.right + (word + 1) * letter < margin - 0.5 * height


def join_lines(lines: list[Line], compounds: set[tuple[str, str]]) -> str:
    """The text of a page: paragraphs parted by an empty line, words mended."""
    for line in lines:
        note_compounds(line.text, compounds)
    steps = sorted(
        step
        for before, line in pairwise(lines)
        if (step := before.last_foot - line.first_foot) > 0.4 * line.height
    )
    leading = steps[len(steps) // 2] if steps else math.inf
    pieces: list[str] = []
    for index, line in enumerate(lines):
        text = line.text
        if index:
            if begins_paragraph(lines, index, leading):
                pieces.append("\n\n")
            elif BROKEN_WORD.search(pieces[-1][-2:]) and text[:1].isalnum():
                pieces[-1] = pieces[-1][:-1] + LINE_END_HYPHEN
            else:
                pieces.append(" ")
        pieces.append(text)
    return clean_text(join_hyphens("".join(pieces), compounds))


# pdfium. The bindings are imported late, so that the site can use the functions above without them.


def read_utf16(read: Any) -> str:
    """What a pdfium function says that fills a buffer with UTF-16 and returns its size in bytes."""
    size = read(None, 0)
    if size <= 2 or size > 1_000_000:
        return ""
    buffer = ctypes.create_string_buffer(size)
    read(buffer, size)
    return clean_line(buffer.raw[: size - 2].decode("utf-16-le", "replace"))[:MAX_TITLE_CHARACTERS]


def read_lines(pdfium: Any, text_page: Any) -> list[Line]:
    count = min(pdfium.FPDFText_CountChars(text_page), 2 * MAX_PAGE_CHARACTERS)
    if count <= 0:
        return []
    buffer = (ctypes.c_ushort * (count + 1))()
    written = pdfium.FPDFText_GetText(text_page, 0, count, buffer)
    text = bytes(buffer)[: 2 * (written - 1)].decode("utf-16-le", "surrogatepass")

    first, last = pdfium.FS_RECTF(), pdfium.FS_RECTF()
    char_index = pdfium.FPDFText_GetCharIndexFromTextIndex
    loose_box = pdfium.FPDFText_GetLooseCharBox
    lines = []
    position = 0
    for raw in text.split("\r\n"):
        line = raw.strip()
        if line:
            start = position + raw.index(line[0])
            loose_box(text_page, char_index(text_page, start), first)
            loose_box(text_page, char_index(text_page, start + len(line) - 1), last)
            height = abs(first.top - first.bottom)
            lines.append(Line(line, first.left, last.right, first.bottom, last.bottom, height))
        position += len(raw) + 2
    return lines


def read_page(
    pdfium: Any, document: Any, index: int, compounds: set[tuple[str, str]]
) -> str | None:
    """The text of a page, or None when the page is too damaged to be opened."""
    page = pdfium.FPDF_LoadPage(document, index)
    if not page:
        return None
    text_page = pdfium.FPDFText_LoadPage(page)
    text = join_lines(read_lines(pdfium, text_page), compounds) if text_page else None
    pdfium.FPDFText_ClosePage(text_page)
    pdfium.FPDF_ClosePage(page)
    return text


def read_outline(pdfium: Any, document: Any) -> list[tuple[str, int, int]]:
    """Title, page and level, both from 1, of each heading that leads to a page."""
    items: list[tuple[str, int, int]] = []
    seen: set[int] = set()  # a hostile outline can run in circles
    waiting = [(pdfium.FPDFBookmark_GetFirstChild(document, None), 1)]
    while waiting and len(seen) < MAX_OUTLINE_ITEMS:
        bookmark, level = waiting.pop()
        address = ctypes.cast(bookmark, ctypes.c_void_p).value
        if address is None or address in seen:
            continue
        seen.add(address)
        title = read_utf16(functools.partial(pdfium.FPDFBookmark_GetTitle, bookmark))
        target = pdfium.FPDFBookmark_GetDest(document, bookmark)
        if not target:
            action = pdfium.FPDFBookmark_GetAction(bookmark)
            if action and pdfium.FPDFAction_GetType(action) == pdfium.PDFACTION_GOTO:
                target = pdfium.FPDFAction_GetDest(document, action)
        index = pdfium.FPDFDest_GetDestPageIndex(document, target) if target else -1
        if title and index >= 0:
            items.append((title, index + 1, level))
        waiting.append((pdfium.FPDFBookmark_GetNextSibling(document, bookmark), level))
        if level < MAX_OUTLINE_LEVEL:
            waiting.append((pdfium.FPDFBookmark_GetFirstChild(document, bookmark), level + 1))
    return items


def draw_page(pdfium: Any, document: Any, index: int, width: int) -> bytes | None:
    """The page as WebP on white, or None when it has no size or cannot be opened."""
    page = pdfium.FPDF_LoadPage(document, index)
    if not page:
        return None
    page_width = pdfium.FPDF_GetPageWidthF(page)
    page_height = pdfium.FPDF_GetPageHeightF(page)
    if not (0 < page_width < math.inf and 0 < page_height < math.inf):
        return None
    ratio = page_height / page_width
    width = int(min(width, math.sqrt(MAX_PICTURE_PIXELS / ratio), MAX_PICTURE_SIDE / ratio))
    width = min(max(width, 1), MAX_PICTURE_SIDE)
    height = min(max(round(width * ratio), 1), MAX_PICTURE_SIDE)

    from PIL import Image

    bitmap = pdfium.FPDFBitmap_CreateEx(width, height, pdfium.FPDFBitmap_BGRx, None, 0)
    pdfium.FPDFBitmap_FillRect(bitmap, 0, 0, width, height, 0xFFFFFFFF)
    flags = pdfium.FPDF_ANNOT | pdfium.FPDF_RENDER_LIMITEDIMAGECACHE
    pdfium.FPDF_RenderPageBitmap(bitmap, page, 0, 0, width, height, 0, flags)
    stride = pdfium.FPDFBitmap_GetStride(bitmap)
    pixels = ctypes.string_at(pdfium.FPDFBitmap_GetBuffer(bitmap), stride * height)
    picture = Image.frombuffer("RGB", (width, height), pixels, "raw", "BGRX", stride, 1)
    output = io.BytesIO()
    picture.save(output, "WEBP", quality=WEBP_QUALITY)
    return output.getvalue()


def send(**message: Any) -> None:
    sys.stdout.buffer.write(json.dumps(message, ensure_ascii=False).encode() + b"\n")
    sys.stdout.flush()  # so that it is known even if the next page kills us


def limit_resources(memory_bytes: int, cpu_seconds: int) -> None:
    """From here on: no more memory or time than this, no file written, no core dumped."""
    for limit, value in (
        (resource.RLIMIT_AS, memory_bytes),
        (resource.RLIMIT_CPU, cpu_seconds),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(limit, (value, value))


def open_document(pdfium: Any, max_pages: int) -> Any:
    """The document, or None after the parent has been told why it is refused."""
    document = pdfium.FPDF_LoadDocument(b"/dev/fd/0", None)
    if not document:
        locked = (pdfium.FPDF_ERR_PASSWORD, pdfium.FPDF_ERR_SECURITY)
        send(refused="encrypted" if pdfium.FPDF_GetLastError() in locked else "damaged")
        return None
    count = pdfium.FPDF_GetPageCount(document)
    if count < 1:
        send(refused="no_pages")
    elif count > max_pages:
        send(refused="too_many_pages", page_count=count)
    else:
        title = read_utf16(functools.partial(pdfium.FPDF_GetMetaText, document, b"Title"))
        send(page_count=count, title=title)
        return document
    return None


def main(task: str, memory_bytes: str, cpu_seconds: str, max_pages: str, *numbers: str) -> None:
    limit_resources(int(memory_bytes), int(cpu_seconds))
    import pypdfium2_raw as pdfium  # type: ignore[import-untyped]

    pdfium.FPDF_InitLibrary()
    send(ready=True)
    try:
        document = open_document(pdfium, int(max_pages))
        if document and task == "read":
            compounds: set[tuple[str, str]] = set()
            for index in range(pdfium.FPDF_GetPageCount(document)):
                send(page=index + 1, text=read_page(pdfium, document, index, compounds))
            send(outline=read_outline(pdfium, document))
        elif document and task == "draw":
            number, width = map(int, numbers)
            picture = draw_page(pdfium, document, number - 1, width)
            send(webp=binascii.b2a_base64(picture).decode() if picture else None)
        send(done=True)
    except MemoryError:
        send(failed="memory")
    os._exit(0)  # a damaged document is not worth taking down in good order


if __name__ == "__main__":
    main(*sys.argv[1:])
