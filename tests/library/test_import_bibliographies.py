"""What Zotero and others export opens as drafts, with the files that lie beside it."""

from __future__ import annotations

import json

import pytest

from library.importing import jobs
from library.models import Document, Kind
from tests.factories import make_pdf, make_topic
from tests.library.imports import carry_out, import_now, problems, rows, upload, zip_of

pytestmark = pytest.mark.django_db

RIS = """TY  - RPRT
TI  - Предвыездная подготовка
AU  - Асанова, Айгүл
AU  - Всемирный банк
A2  - Smith, John
DA  - 2013/05/20/
PY  - 2013
LA  - ru-RU
AB  - Первая строка.
PB  - Тянь-Шаньский центр
CY  - Бишкек
T2  - Записки
SN  - 978-9967-00-000-0
DO  - https://doi.org/10.1234/ABC
UR  - https://example.org/a
SP  - 24
KW  - трудовые права
KW  - неизвестное слово
L1  - files/12/Отчёт.pdf
L1  - files/13/приложение.docx
L1  - files/14/snapshot.html
ER  -

TY  - BILL
TI  - Кетүү алдындагы даярдык жөнүндө мыйзам
PY  - 2014
ER  -
"""

BIBTEX = r"""
@techreport{asanova2013,
  title = {The {ILO} and {\'e}migr{\'e}s: 50\% of migrants --- caf{\"u}},
  author = {Asanova, A{\"i}da and {World Bank and {IMF}} and Jan van der Berg},
  institution = {Tian Shan Policy Center \& Partners},
  year = 2013, month = may, language = {english},
  doi = {10.1234/tex},
  file = {Full\: text:files/1/a b.pdf:application/pdf;Snapshot:files/2/s.html:text/html},
}
@book{same, title = {Первая}, year = {2012--2014}}
@book{same, title = {Вторая}, langid = {kyrgyz}, date = {2013-05}}
"""

CSL = [
    {
        "id": "x",
        "type": "legislation",
        "title": "The <i>Act</i> on migration",
        "language": "en-GB",
        "author": [
            {"family": "Berg", "given": "Jan", "non-dropping-particle": "van der"},
            {"literal": "Ministry of Labour, Kyrgyz Republic"},
        ],
        "issued": {"date-parts": [[2012], [2014]]},
        "abstract": "<p>One.</p><p>Two &amp; three.</p>",
        "number-of-pages": "24",
    },
    {"id": "y", "type": "report", "title": "Без даты", "issued": {"literal": "давно"}},
]


@pytest.fixture(autouse=True)
def here_and_now(monkeypatch, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "files"
    monkeypatch.setattr(jobs, "start", jobs.run)


def names(document):
    return [str(it) for it in document.contributions.all()]


def test_ris_opens_as_drafts_with_its_attachments(client, editor):
    topic = make_topic(name_ru="Трудовые права")
    pdf = make_pdf("Полный текст")

    job = import_now(
        client, RIS.encode(), {"Библиотека/files/12/Отчёт.pdf": pdf}, name="library.ris"
    )

    report, law = Document.objects.order_by("pk")
    assert {it.status for it in (report, law)} == {"draft"}
    assert report.title_ru == "Предвыездная подготовка"
    assert (report.kind, law.kind) == (Kind.RESEARCH_REPORT, Kind.LEGISLATION)
    assert names(report) == ["Айгүл Асанова", "Всемирный банк", "John Smith"]
    assert [it.role for it in report.contributions.all()] == ["author", "author", "editor"]
    assert report.contributions.all()[1].organisation
    assert report.issued.iso == "2013-05-20"
    assert (report.isbn, report.doi) == ("9789967000000", "10.1234/ABC")
    assert (report.page_total, report.source_url) == (24, "https://example.org/a")
    assert str(report.publisher) == "Тянь-Шаньский центр"
    assert (report.place_ru, report.series_ru) == ("Бишкек", "Записки")
    assert list(report.topics.all()) == [topic]
    assert report.files.get().file.open().read() == pdf
    assert (law.original_language, law.title_ky) == (
        "ky",
        "Кетүү алдындагы даярдык жөнүндө мыйзам",
    )
    told = "\n".join(jobs.read_preview(job).notes)
    assert "неизвестное слово" in told
    assert "приложение.docx" in told
    assert "snapshot" not in told


def test_bibtex_is_decoded_and_its_names_are_split_as_given(client, editor):
    pdf = make_pdf("Full text")

    import_now(client, BIBTEX.encode(), {"My Library/files/1/a b.pdf": pdf}, name="library.bib")

    report, first, second = Document.objects.order_by("pk")
    assert report.title_en == "The ILO and émigrés: 50% of migrants — cafü"
    assert report.contributions.all()[0].person.family_name_en == "Asanova"
    assert names(report) == ["Aïda Asanova", "World Bank and IMF", "Jan van der Berg"]
    assert report.contributions.all()[2].person.family_name_en == "van der Berg"
    assert str(report.publisher) == "Tian Shan Policy Center & Partners"
    assert (report.issued.iso, report.issued_precision) == ("2013-05", "month")
    assert report.original_language == "en"
    assert report.files.get().file.open().read() == pdf
    assert (first.title_ru, str(first.issued)) == ("Первая", "2012–2014")
    assert (second.title_ky, second.issued.iso) == ("Вторая", "2013-05")


def test_csl_json_opens_as_drafts(client, editor):
    import_now(client, json.dumps(CSL).encode(), name="library.json")

    law, report = Document.objects.order_by("pk")
    assert law.title_en == "The Act on migration"
    assert law.summary_en == "One.\n\nTwo & three."
    assert names(law) == ["Jan van der Berg", "Ministry of Labour, Kyrgyz Republic"]
    assert (str(law.issued), law.page_total) == ("2012–2014", 24)
    assert (report.kind, report.issued) == (Kind.RESEARCH_REPORT, None)


@pytest.mark.parametrize(
    ("name", "content"),
    [("a.ris", RIS), ("a.bib", BIBTEX), ("a.json", json.dumps(CSL))],
)
def test_the_same_bibliography_twice_changes_nothing(client, editor, name, content):
    import_now(client, content.encode(), name=name)

    again = upload(client, content.encode(), name=name)

    assert {row["state"] for row in rows(again)} == {"unchanged"}


def test_a_whole_export_of_zotero_is_one_archive(client, editor):
    pdf = make_pdf("Полный текст")
    export = zip_of(
        {"Библиотека/Библиотека.ris": RIS.encode(), "Библиотека/files/12/Отчёт.pdf": pdf}
    )

    job = import_now(client, export, name="Библиотека.zip")

    assert job.state == "done"
    assert Document.objects.count() == 2
    assert Document.objects.order_by("pk").first().files.count() == 1


def test_the_same_work_twice_in_a_list_is_taken_once(client, editor):
    job = upload(client, (RIS + RIS).encode(), name="library.ris")

    assert len(rows(job)) == 2
    assert len(jobs.read_preview(job).notes) >= 2
    assert carry_out(client, job).state == "done"


BROKEN = {
    "cut off": ("a.ris", b"TY  - RPRT\r\nTI  - No end\r\n"),
    "nothing in it": ("a.ris", b"TY  - \r\n"),
    "never closed": ("a.bib", b"@book{a, title = {never closed\n@book{b, title={x}}"),
    "no entries": ("a.bib", b"% nothing"),
    "deep": ("a.bib", b"@book{a, title = " + b"{" * 3000 + b"x" + b"}" * 3000 + b"}"),
    "no JSON": ("a.json", b"[{"),
    "another JSON": ("a.json", b'{"items": 5}'),
    "numbers": ("a.json", b"[1, 2]"),
    "deep JSON": ("a.json", b"[" * 100_000),
    "odd values": ("a.json", b'[{"title": ["x"], "author": 5, "issued": {"date-parts": 7}}]'),
    "no text": ("a.ris", bytes(range(256)) * 10),
    "a program": ("a.bib", b"MZ" + bytes(200)),
    "a page": ("a.bib", b"<!DOCTYPE html><p>x"),
    "empty archive": ("a.zip", zip_of({})),
    "an archive without a list": ("a.zip", zip_of({"a.pdf": b"%PDF-1.7"})),
    "an archive with two lists": ("a.zip", zip_of({"a.ris": b"x", "b.ris": b"x"})),
}


@pytest.mark.parametrize(("name", "content"), BROKEN.values(), ids=BROKEN.keys())
def test_a_broken_list_gets_a_clear_error(client, editor, name, content):
    job = upload(client, content, name=name)

    assert job.state == "faulty", job.outcome
    assert all(message for _place, message in problems(job))
    assert not Document.objects.exists()
