import hashlib
import io
import os
import struct
import subprocess
import sys
import textwrap
import time
import zlib
from pathlib import Path

import pytest
import typst
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from library import pdf, pdf_worker
from library.pdf import (
    OutlineItem,
    PageUnavailable,
    PdfReaderBroken,
    PdfRefused,
    without_running_lines,
)
from library.pdf_worker import Line, clean_line, join_lines

A_SENTENCE = "The council met in Bishkek and agreed on a plan."
PAGE = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]>>"
FONT = b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>"

# Builders. A PDF is a list of numbered objects; the first is its catalogue.


def make_pdf(*objects, trailer=b""):
    output = bytearray(b"%PDF-1.7\n")
    offsets = []
    for number, content in enumerate(objects, start=1):
        offsets.append(len(output))
        output += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    start = len(output)
    output += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    output += b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    output += b"trailer\n<</Size %d/Root 1 0 R%s>>\n" % (len(objects) + 1, trailer)
    return bytes(output + b"startxref\n%d\n%%%%EOF\n" % start)


def make_stream(content, entries=b""):
    return b"<<%s/Length %d>>\nstream\n%s\nendstream" % (entries, len(content), content)


def show(text, top=700):
    return b"BT /F 12 Tf 50 %d Td (%s) Tj ET\n" % (top, text.encode())


def make_page_pdf(stream, catalogue=b"", box=b"0 0 595 842", trailer=b""):
    """One page with a given content stream."""
    return make_pdf(
        b"<</Type/Catalog/Pages 2 0 R%s>>" % catalogue,
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[%s]/Contents 4 0 R/Resources<</Font<</F 5 0 R>>>>>>"
        % box,
        stream,
        FONT,
        trailer=trailer,
    )


def make_text_pdf(text=A_SENTENCE, **kwargs):
    return make_page_pdf(make_stream(show(text)), **kwargs)


def make_pages_pdf(count, claimed=None):
    kids = b"3 0 R " * count
    pages = b"<</Type/Pages/Kids[%s]/Count %d>>" % (kids, count if claimed is None else claimed)
    return make_pdf(b"<</Type/Catalog/Pages 2 0 R>>", pages, PAGE)


def rc4(key, data):
    box = list(range(256))
    j = 0
    for i in range(256):
        j = (j + box[i] + key[i % len(key)]) % 256
        box[i], box[j] = box[j], box[i]
    i = j = 0
    output = bytearray()
    for byte in data:
        i = (i + 1) % 256
        j = (j + box[i]) % 256
        box[i], box[j] = box[j], box[i]
        output.append(byte ^ box[(box[i] + box[j]) % 256])
    return bytes(output)


def make_encrypted_pdf(password=b""):
    """ISO 32000, 7.6.3: standard handler, revision 2, 40 bits."""
    padding = bytes.fromhex("28bf4e5e4e758a4164004e56fffa01082e2e00b6d0683e802f0ca9fe6453697a")
    owner, identifier, rights = b"o" * 32, b"i" * 16, -4
    padded = (password + padding)[:32]
    key = hashlib.md5(
        padded + owner + struct.pack("<i", rights) + identifier, usedforsecurity=False
    ).digest()[:5]
    content_key = hashlib.md5(key + bytes([4, 0, 0, 0, 0]), usedforsecurity=False).digest()[:10]
    encrypt = b"/Encrypt<</Filter/Standard/V 1/R 2/P %d/O<%s>/U<%s>>>/ID[<%s><%s>]" % (
        rights,
        owner.hex().encode(),
        rc4(key, padding).hex().encode(),
        identifier.hex().encode(),
        identifier.hex().encode(),
    )
    return make_page_pdf(make_stream(rc4(content_key, show(A_SENTENCE))), trailer=encrypt)


@pytest.fixture(autouse=True)
def english(own_language):
    with translation.override("en"):
        yield


@pytest.fixture
def saved(tmp_path):
    """Save bytes as a file and return its path."""

    def save(content):
        path = tmp_path / "upload.pdf"
        path.write_bytes(content)
        return path

    return save


@pytest.fixture
def read(saved):
    def read(content, max_pages=5000, timeout=20):
        return pdf.read_pdf(saved(content), max_pages=max_pages, timeout=timeout)

    return read


@pytest.fixture
def draw(saved):
    def draw(content, number=1, width=400):
        return Image.open(io.BytesIO(pdf.render_page(saved(content), number, width, timeout=20)))

    return draw


@pytest.fixture(autouse=True)
def workers(monkeypatch, tmp_path_factory):
    """Whatever a test does, its workers are gone at the end and leave no file behind."""
    started = []
    popen = subprocess.Popen

    def note_and_start(*args, **kwargs):
        started.append(popen(*args, **kwargs))
        return started[-1]

    temporary = tmp_path_factory.mktemp("temporary")
    monkeypatch.setenv("TMPDIR", str(temporary))
    monkeypatch.setattr(pdf.subprocess, "Popen", note_and_start)
    yield started
    assert all(worker.returncode is not None for worker in started)
    assert list(temporary.iterdir()) == []


@pytest.fixture
def pretend(monkeypatch, tmp_path):
    """Put another script in the place of the worker."""

    def replace(script):
        path = tmp_path / "worker.py"
        path.write_text("import os, signal, sys, time\n" + textwrap.dedent(script))
        monkeypatch.setattr(pdf, "WORKER", path)

    return replace


# What is read


@pytest.fixture(scope="module")
def kyrgyz_report():
    return typst.compile(
        """
        #set document(title: "Өңүттөр")
        #set page(paper: "a6")
        #set text(font: "Libertinus Serif", lang: "ky", size: 11pt, hyphenate: false)
        = Көйгөйлөр
        Кыргыз Республикасынын Өкмөтү эмгек мигранттарынын укуктарын коргоо боюнча кеңешти түздү.

        Кеңештин биринчи жыйыны Бишкек шаарында өттү.
        #pagebreak()
        == Сунуштар
        Үй-бүлө мүчөлөрүнө жардам көрсөтүү үчүн атайын үлгү иштелип чыксын, деп чечилди.
        """.encode()
    )


def test_kyrgyz_letters_paragraphs_and_outline_come_out_whole(read, kyrgyz_report):
    reading = read(kyrgyz_report)

    assert reading.state == "text"
    assert reading.reason == ""
    assert reading.title == "Өңүттөр"
    assert reading.page_count == 2
    assert reading.outline == [OutlineItem("Көйгөйлөр", 1, 1), OutlineItem("Сунуштар", 2, 2)]
    assert reading.pages[0].split("\n\n") == [
        "Көйгөйлөр",
        "Кыргыз Республикасынын Өкмөтү эмгек мигранттарынын укуктарын коргоо боюнча кеңешти түздү.",
        "Кеңештин биринчи жыйыны Бишкек шаарында өттү.",
    ]


def test_a_page_is_drawn_on_white(draw, kyrgyz_report):
    picture = draw(kyrgyz_report, number=2, width=300)

    assert picture.format == "WEBP"
    assert picture.size == (300, 423)
    assert min(picture.convert("RGB").getpixel((0, 0))) > 250


def test_pages_without_text_need_recognition(read):
    reading = read(make_pages_pdf(3))

    assert (reading.page_count, reading.pages) == (3, ["", "", ""])
    assert reading.state == "needs_ocr"


@pytest.mark.parametrize(
    ("pages", "state"),
    [
        (["a text of more than twenty letters"] * 2 + [""], "text"),
        (["a text of more than twenty letters"] + [""] * 9, "needs_ocr"),
        (["12"] * 5, "needs_ocr"),
        (["\ufffd\uf0b7" * 20 + "readable letters"], "unreadable"),
        (["• \uf0b7 a text with bullets of a symbol font"], "text"),
    ],
)
def test_state_follows_from_what_the_pages_say(pages, state):
    reading = pdf.PdfReading(page_count=len(pages), pages=pages)

    pdf.judge_text(reading)

    assert reading.state == state


@pytest.mark.parametrize("meaning", [b"0000", b"e000", b"fffd"])
def test_letters_that_the_font_does_not_name_are_unreadable(read, meaning):
    mapping = b"""/CIDInit /ProcSet findresource begin 12 dict begin begincmap
        1 begincodespacerange <0000> <ffff> endcodespacerange
        60 beginbfchar %s endbfchar endcmap end end""" % (
        b" ".join(b"<%04x> <%s>" % (code, meaning) for code in range(60))
    )
    shown = b"BT /F 12 Tf 50 700 Td <%s> Tj ET" % b"".join(b"%04x" % code for code in range(1, 60))
    font = b"/Type/Font/Subtype/Type0/BaseFont/X/Encoding/Identity-H/DescendantFonts[6 0 R]"
    descendant = b"/Type/Font/Subtype/CIDFontType2/BaseFont/X/DW 500/CIDSystemInfo"
    content = make_pdf(
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        PAGE[:-2] + b"/Contents 4 0 R/Resources<</Font<</F 5 0 R>>>>>>",
        make_stream(shown),
        b"<<%s/ToUnicode 7 0 R>>" % font,
        b"<<%s<</Registry(Adobe)/Ordering(Identity)/Supplement 0>>>>" % descendant,
        make_stream(mapping),
    )

    reading = read(content)

    assert (reading.state, reading.reason) == ("unreadable", "garbled")


# How lines become paragraphs


def make_lines(*rows):
    """Lines of 10-point print from (text, left edge, foot); a letter is 5 points wide."""
    return [Line(text, left, left + 5 * len(text), foot, foot, 11) for text, left, foot in rows]


def joined(*rows):
    return join_lines(make_lines(*rows), set())


def test_lines_of_a_paragraph_are_joined_and_a_gap_parts_paragraphs():
    text = joined(
        ("The first line of one paragraph goes on", 50, 700),
        ("to the second line and ends with this.", 50, 686),
        ("After a gap another paragraph begins", 50, 660),
        ("and goes on", 50, 646),
    )

    assert text == (
        "The first line of one paragraph goes on to the second line and ends with this.\n\n"
        "After a gap another paragraph begins and goes on"
    )


def test_an_indent_or_a_short_last_line_parts_paragraphs():
    text = joined(
        ("A paragraph that fills its line to the end of it.", 50, 700),
        ("An indented one follows it and it goes on a lot", 65, 686),
        ("until here.", 50, 672),
        ("One more, without any indent, at the margin again", 50, 658),
    )

    assert text.split("\n\n") == [
        "A paragraph that fills its line to the end of it.",
        "An indented one follows it and it goes on a lot until here.",
        "One more, without any indent, at the margin again",
    ]


def test_cells_of_one_line_stay_together_and_bullets_apart():
    assert joined(("Cell", 50, 700), ("another", 200, 700)) == "Cell another"
    assert joined(("Needed are:", 50, 700), ("• money", 50, 686), ("• time", 50, 672)) == (
        "Needed are:\n\n• money\n\n• time"
    )


def test_table_of_contents_keeps_its_lines_and_loses_its_dots():
    assert (
        joined(
            ("1 Who leaves . . . . . . . . . . 3", 50, 700),
            ("2 Who returns .................. 12", 50, 686),
            ("and why", 50, 672),
        )
        == "1 Who leaves … 3\n\n2 Who returns … 12\n\nand why"
    )


def test_a_sentence_goes_on_in_the_next_column():
    assert joined(("The end of a column and", 50, 100), ("the next one", 300, 700)) == (
        "The end of a column and the next one"
    )


@pytest.mark.parametrize(
    ("first", "second", "text"),
    [
        ("обязатель-", "ной части", "обязательной части"),
        ("обязатель\u00ad", "ной части", "обязательной части"),
        ("обязатель\ufffeной части", "и всё", "обязательной части и всё"),
        ("в 2012-", "2013 годах", "в 2012-2013 годах"),
        ("горы Тянь-", "Шань", "горы Тянь-Шань"),
        ("иш-чара жана иш-", "чаралардын", "иш-чара жана иш-чаралардын"),
        ("это –", "важно", "это – важно"),
        ("от 5 -", "10 человек", "от 5 - 10 человек"),
    ],
)
def test_words_broken_between_lines_are_mended(first, second, text):
    assert joined((first, 50, 700), (second, 50, 686)) == text


@given(st.text(st.characters(codec=None), max_size=200))
def test_clean_lines_can_be_stored_and_are_clean(text):
    cleaned = clean_line(text)

    assert "\0" not in cleaned
    assert cleaned == cleaned.strip()
    assert cleaned.encode().decode() == cleaned
    assert clean_line(cleaned) == cleaned


def test_invisible_characters_go_and_ligatures_and_accents_become_letters():
    assert clean_line("\ufb01n\u00adal\u200b\x00  \u00a0\u202etext\ud800 и\u0306") == "final text й"


# What is refused


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "empty"),
        (b"<!doctype html><title>Report</title>" + b" " * 2000 + b"%PDF-1.7", "not_pdf"),
        (b"%PDF-1.7\n" + bytes(range(256)) * 20, "damaged"),
        (make_text_pdf()[:300], "damaged"),
        (make_pages_pdf(0), "no_pages"),
        (make_encrypted_pdf(password=b"secret"), "encrypted"),
    ],
)
def test_what_cannot_be_opened_is_refused(read, content, code):
    with pytest.raises(PdfRefused) as refusal:
        read(content)

    assert refusal.value.code == code
    assert refusal.value.messages == [str(refusal.value)] == [str(pdf.REFUSALS[code])]


def test_too_many_pages_are_refused_with_their_number(read):
    with pytest.raises(PdfRefused) as refusal:
        read(make_pages_pdf(20_000))

    assert refusal.value.code == "too_many_pages"
    assert str(refusal.value) == "This PDF has 20000 pages; at most 5000 are accepted."


def test_pdf_that_anyone_may_open_is_read_although_encrypted(read):
    assert read(make_encrypted_pdf()).pages == [A_SENTENCE]


def test_pages_that_are_claimed_but_missing_are_named(read):
    reading = read(make_pages_pdf(1, claimed=3))

    assert reading.page_count == 3
    assert reading.pages == ["", "", ""]
    assert reading.damaged_pages == [2, 3]


def test_page_tree_that_is_too_deep_or_runs_in_circles_is_refused(read):
    depth = 3000
    levels = [b"<</Type/Pages/Kids[%d 0 R]/Count 1>>" % (level + 3) for level in range(depth)]
    deep = make_pdf(b"<</Type/Catalog/Pages 2 0 R>>", *levels, PAGE)
    circle = make_pdf(
        b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Kids[2 0 R 2 0 R]/Count 2>>"
    )

    for content in (deep, circle):
        with pytest.raises(PdfRefused, match="damaged"):
            read(content)


def test_outline_that_runs_in_circles_is_read_once(read):
    content = make_pdf(
        b"<</Type/Catalog/Pages 2 0 R/Outlines 4 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        PAGE,
        b"<</First 5 0 R/Last 6 0 R/Count 2>>",
        b"<</Title(One)/Dest[3 0 R/Fit]/Next 6 0 R/First 4 0 R>>",
        b"<</Title(Two)/Dest[3 0 R/Fit]/Next 5 0 R/First 5 0 R>>",
    )

    titles = [item.title for item in read(content).outline]

    assert titles == ["One", "Two"]


@pytest.mark.parametrize(
    "action",
    [
        b"/OpenAction<</S/JavaScript/JS(app.alert\\(1\\))>>",
        b"/OpenAction<</S/Launch/F(/bin/sh)>>",
        b"/OpenAction<</S/URI/URI(http://127.0.0.1:9/)>>",
    ],
)
def test_pdf_with_actions_is_read_and_nothing_happens(read, action):
    assert read(make_text_pdf(catalogue=action)).pages == [A_SENTENCE]


# What is kept although its text cannot be read


def test_page_that_swells_is_kept_with_its_page_count(read, draw, monkeypatch):
    monkeypatch.setattr(pdf, "WORKER_MEMORY_BYTES", 160 * 1024**2)
    swelling = zlib.compress(bytes(120_000_000), level=1)
    content = make_page_pdf(make_stream(swelling, b"/Filter/FlateDecode"))

    reading = read(content)

    assert (reading.page_count, reading.state) == (1, "unreadable")
    assert reading.reason in {"crash", "memory"}
    with pytest.raises(PageUnavailable):
        draw(content)


STARTED = "print('{\"ready\": true}', flush=True)\n"
COUNTED = STARTED + 'print(\'{"page_count": 2, "title": ""}\', flush=True)\n'
FIRST_PAGE = COUNTED + 'print(\'{"page": 1, "text": "One"}\', flush=True)\n'


@pytest.mark.parametrize(
    ("script", "reason"),
    [
        ("time.sleep(60)", "timeout"),
        ("os.kill(os.getpid(), signal.SIGSEGV)", "crash"),
        ('print(\'{"failed": "memory"}\')', "memory"),
        ("print('[' * 100_000)", "crash"),
        ("while True: print('x' * 1_000_000, end='')", "crash"),
        ('while True: print(\'{"page": 2, "text": "x"}\')', "too_much_text"),
        ("while True: print('{\"more\": 1}')", "timeout"),
    ],
)
def test_what_was_read_before_the_worker_failed_is_kept(read, pretend, script, reason):
    pretend(FIRST_PAGE + script)

    reading = read(make_text_pdf(), timeout=1 if reason == "timeout" else 20)

    assert (reading.page_count, reading.state, reading.reason) == (2, "unreadable", reason)
    assert reading.pages[0] == "One"
    assert len(reading.pages) <= reading.page_count


@pytest.mark.parametrize(
    ("script", "code"),
    [
        ("time.sleep(60)", "too_slow"),
        ("os.kill(os.getpid(), signal.SIGSEGV)", "too_heavy"),
    ],
)
def test_pdf_that_fails_the_worker_before_it_is_counted_is_refused(read, pretend, script, code):
    pretend(STARTED + script)

    with pytest.raises(PdfRefused) as refusal:
        read(make_text_pdf(), timeout=1 if code == "too_slow" else 20)

    assert refusal.value.code == code


def test_worker_that_cannot_start_is_not_blamed_on_the_file(read, pretend):
    pretend("import a_module_that_is_not_installed")

    with pytest.raises(PdfReaderBroken):
        read(make_text_pdf())


def test_whatever_the_worker_has_started_dies_with_it(read, pretend, tmp_path):
    pid_file = tmp_path / "pid"
    pretend(
        STARTED
        + f"""
        child = os.fork()
        if child:
            open({str(pid_file)!r}, "w").write(str(child))
        time.sleep(60)
        """.replace("\n        ", "\n")
    )

    with pytest.raises(PdfRefused):
        read(make_text_pdf(), timeout=1)

    state = Path(f"/proc/{pid_file.read_text()}/stat")
    deadline = time.monotonic() + 5
    while state.exists() and state.read_text().split()[2] != "Z":
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_worker_has_no_environment_no_other_files_and_cannot_write(pretend, read, tmp_path):
    script = """
        import json
        sys.path.insert(0, WORKER_FOLDER)
        import pdf_worker
        pdf_worker.limit_resources(2**30, 5)
        try:
            open(TARGET, "w").write("x" * 10_000)
            written = True
        except OSError:
            written = False
        files = sorted(int(name) for name in os.listdir("/dev/fd"))
        print(json.dumps({"ready": True}))
        seen = [written, "PATH" in os.environ, max(files) > 3, os.getcwd()]
        print(json.dumps({"page_count": 1, "title": json.dumps(seen)}))
        print(json.dumps({"page": 1, "text": "A text that is long enough for one."}))
        print(json.dumps({"done": True}))
    """
    pretend(
        f"WORKER_FOLDER = {os.path.dirname(pdf_worker.__file__)!r}\n"
        f"TARGET = {str(tmp_path / 'target')!r}\n" + textwrap.dedent(script)
    )

    with open(os.devnull):
        reading = read(make_text_pdf())

    assert reading.title == '[false, false, false, "/"]'


def test_worker_imports_no_django():
    script = "import sys; from library import pdf_worker; print('django' in sys.modules)"

    answer = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )

    assert answer.stdout == "False\n"


# Pictures


@pytest.mark.parametrize(
    ("box", "width"),
    [
        (b"0 0 9999999 9", 10_000),
        (b"0 0 3 999999", 10_000),
        (b"0 0 14400 14400", 10_000),
        (b"0 0 0 0", 400),
        (b"-5 -5 1e-9 1e-9", 400),
        (b"0 0 595 842", -1),
    ],
)
def test_picture_stays_small_whatever_is_claimed_and_asked(draw, box, width):
    picture = draw(make_text_pdf(box=box), width=width)

    assert picture.width * picture.height <= pdf_worker.MAX_PICTURE_PIXELS
    assert max(picture.size) <= pdf_worker.MAX_PICTURE_SIDE


@pytest.mark.parametrize("number", [0, -1, 2, 2**31])
def test_there_is_no_picture_of_a_page_that_is_not_there(draw, number):
    with pytest.raises(PageUnavailable):
        draw(make_text_pdf(), number=number)


def test_there_is_no_picture_of_what_is_not_a_pdf(draw):
    with pytest.raises(PageUnavailable):
        draw(b"<html>")


def test_titles_above_and_numbers_below_every_page_are_no_part_of_the_text():
    pages = ["Обложка"] + [f"Отчёт, 2013\n\nТекст {n}\n\nС. {n}" for n in range(2, 7)]
    pages.append("Отчёт, 2013\n\nСлово пере-С. 7")

    assert without_running_lines(pages) == [
        "Обложка",
        *(f"Текст {n}" for n in range(2, 7)),
        "Слово пере-",
    ]


@pytest.mark.parametrize(
    "pages",
    [[], [""], ["Раз", "Раз"], ["", "", ""], ["(.*)+\\\\"], ["А\n\nБ", "В\n\nГ", "Д\n\nЕ"]],
)
def test_pages_without_running_lines_stay_as_they_are(pages):
    assert without_running_lines(pages) == pages
