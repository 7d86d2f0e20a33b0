"""Archives of files, of every packer and of those who mean harm."""

from __future__ import annotations

import io
import stat
import struct
import zipfile
import zlib

import pytest
from django.utils import translation

from library.importing import archive
from library.importing.archive import BadArchive, NoSuchFile, open_archive, open_folder
from library.importing.lists import list_within
from library.importing.shelf import Shelf
from library.spreadsheets import Unreadable
from tests.factories import make_pdf
from tests.library.imports import zip_of


def opened(tmp_path, content):
    path = tmp_path / "files.zip"
    path.write_bytes(content)
    return open_archive(path)


def entry(name, **fields):
    info = zipfile.ZipInfo(name)
    for field, value in fields.items():
        setattr(info, field, value)
    return info


def zip_with(*entries):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as packed:
        for info, content in entries:
            packed.writestr(info, content, zipfile.ZIP_DEFLATED)
    return buffer.getvalue()


def zip_in(encoding, name, content=b"x"):
    """As DOS packed it: the name in the letters of its system, and no mark of UTF-8."""
    raw = name.encode(encoding)
    placeholder = "n" * len(raw)
    return zip_of({placeholder: content}).replace(placeholder.encode(), raw)


@pytest.mark.parametrize("encoding", ["cp866", "cp1251", "utf-8"])
def test_cyrillic_names_are_read_whatever_system_packed_them(tmp_path, encoding):
    name = (
        "Отчёты/Предвыездная подготовка №1.pdf" if encoding != "cp866" else "Отчеты/Подготовка.pdf"
    )

    files = opened(tmp_path, zip_in(encoding, name))

    assert list(files.found) == [name]


def test_a_name_beside_that_of_the_system_counts_more(tmp_path):
    name = "Кетүү алдындагы даярдык.pdf"
    encoded = name.encode()
    extra = struct.pack("<HHBL", 0x7075, 5 + len(encoded), 1, zlib.crc32(b"plain.pdf")) + encoded

    files = opened(tmp_path, zip_with((entry("plain.pdf", extra=extra), b"x")))

    assert list(files.found) == [name]


def test_a_file_is_found_by_any_way_of_writing_its_name(tmp_path):
    files = opened(tmp_path, zip_of({"Папка/Отчёт Й.PDF": b"1", "b/Ү.pdf": b"2", "a\\c.pdf": b"3"}))

    for name in ("отчет й.pdf", "папка\\Отчёт Й.pdf", "./Папка/Отчёт Й.pdf"):
        assert files.find(name).name == "Папка/Отчёт Й.PDF"
    assert files.find("у.pdf").name == "b/Ү.pdf"
    assert files.find("a/c.pdf").name == "a/c.pdf"


def test_a_name_that_several_files_have_is_refused_unless_the_folder_is_given(tmp_path):
    files = opened(tmp_path, zip_of({"a/1.pdf": b"1", "b/1.pdf": b"2"}))

    with pytest.raises(NoSuchFile, match=r"a/1\.pdf.*b/1\.pdf"):
        files.find("1.pdf")
    assert files.find("b/1.pdf").name == "b/1.pdf"
    with pytest.raises(NoSuchFile):
        files.find("/1.pdf/../../etc/passwd")


LINK = stat.S_IFLNK << 16
HOSTILE = {
    "leads out": zip_with((entry("../evil.pdf"), b"x")),
    "leads out of a folder": zip_with((entry("a/../../evil.pdf"), b"x")),
    "backslashes": zip_with((entry("..\\evil.pdf"), b"x")),
    "absolute": zip_with((entry("/etc/evil.pdf"), b"x")),
    "a drive": zip_with((entry("C:/evil.pdf"), b"x")),
    "a link": zip_with((entry("link.pdf", external_attr=LINK), b"/etc/passwd")),
    "a bomb": zip_of({"bomb.pdf": bytes(20 * 1024**2)}),
    "a name twice": zip_with((entry("a.pdf"), b"1"), (entry("./a.pdf"), b"2")),
    "a very long name": zip_with((entry("a/" * 600 + "b.pdf"), b"x")),
    "no archive": b"PK\x03\x04 and then nothing",
    "empty": b"",
}


@pytest.mark.parametrize("content", HOSTILE.values(), ids=HOSTILE.keys())
def test_a_dangerous_archive_is_refused_as_a_whole(tmp_path, content):
    with pytest.raises(BadArchive):
        opened(tmp_path, content)

    assert [path.name for path in tmp_path.iterdir()] == ["files.zip"]


def test_an_archive_with_a_password_is_refused(tmp_path):
    content = bytearray(zip_of({"a.pdf": b"secret"}))
    for mark, place in ((b"PK\3\4", 6), (b"PK\1\2", 8)):
        content[content.index(mark) + place] |= 1

    with pytest.raises(BadArchive):
        opened(tmp_path, bytes(content))


def test_what_unpacks_to_too_much_in_all_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(archive, "MAX_TOTAL_BYTES", 100)

    with pytest.raises(BadArchive):
        opened(tmp_path, zip_of({"a.pdf": bytes(60), "b.pdf": bytes(60)}))


def test_a_directory_that_would_fill_the_memory_is_not_read(tmp_path, monkeypatch):
    monkeypatch.setattr(archive, "MAX_ENTRIES", 10)

    with pytest.raises(BadArchive):
        opened(tmp_path, zip_of({f"{number}.pdf": b"x" for number in range(11)}))


def test_a_size_that_lies_fills_no_disk(tmp_path, settings):
    settings.MAX_UPLOAD_MB = 1
    content = zip_of({"a.pdf": b"%PDF-" + bytes(range(256)) * 8000})
    content = content.replace(struct.pack("<L", 5 + 256 * 8000), struct.pack("<L", 10))
    file = opened(tmp_path, content).find("a.pdf")

    with pytest.raises(ValueError, match=r"."):
        file.copy_to(tmp_path / "copy")

    assert not (tmp_path / "copy").exists()


def test_a_damaged_file_is_told_of_and_leaves_nothing(tmp_path):
    pdf = make_pdf("Текст")
    content = zip_of({"a.pdf": pdf, "b.pdf": b"MZ program", "c.zip": zip_of({"d.pdf": pdf})})
    middle = content.index(b"a.pdf") + len(pdf) // 4
    content = content[:middle] + bytes(40) + content[middle + 40 :]
    files = opened(tmp_path, content)
    shelf = Shelf(tmp_path / "shelf")

    with translation.override("en"):
        shelved = shelf.take(files.found.values(), lambda: None)

    assert all(shelved[name].problem for name in ("a.pdf", "b.pdf", "c.zip"))
    assert "Windows program" in shelved["b.pdf"].problem
    assert {path.suffix for path in shelf.folder.iterdir()} == {".card"}


def test_a_damaged_list_is_told_of(tmp_path):
    content = zip_of({"list.csv": "\n".join(f"Отчёт {row}" for row in range(2000)).encode()})
    middle = len(content) // 2
    files = opened(tmp_path, content[:middle] + b"\xff" * 40 + content[middle + 40 :])

    with translation.override("en"), pytest.raises(Unreadable) as error:
        list_within(files, "en")

    assert "damaged" in str(error.value.problems[0].message)


def test_files_on_the_shelf_are_read_once(tmp_path, monkeypatch):
    files = opened(tmp_path, zip_of({"a.pdf": make_pdf("Текст"), "b.pdf": make_pdf("Другой")}))
    shelf = Shelf(tmp_path / "shelf")
    first = shelf.take(files.found.values(), lambda: None)
    monkeypatch.setattr("library.importing.shelf.examine", lambda file: pytest.fail("read twice"))

    again = shelf.take(files.found.values(), lambda: None)

    assert again == first
    assert {it.page_count for it in again.values()} == {1}
    found = shelf.examined(again["a.pdf"])
    assert found.original_name == "a.pdf"
    assert "Текст" in found.reading.pages[0]


def test_links_in_a_folder_are_not_followed(tmp_path):
    (tmp_path / "outside.pdf").write_bytes(b"secret")
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "a.pdf").write_bytes(b"x")
    (folder / "link.pdf").symlink_to(tmp_path / "outside.pdf")
    (folder / "up").symlink_to(tmp_path)

    assert list(open_folder(folder).found) == ["a.pdf"]
