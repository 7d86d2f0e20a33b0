"""The PDF of a press release: what is printed, when it is made and remade, who gets it."""

import hashlib
import json
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from unittest.mock import patch

import pypdfium2  # type: ignore[import-untyped]
import pytest
import typst
from django.conf import settings as django_settings
from django.db import transaction
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from events import press
from events.models import Letterhead, PressRelease, ReleaseBoilerplate
from library.files import remove_files_on_failure
from mrc_portal.languages import LANGUAGE_CODES
from mrc_portal.prose import prose_lines, prose_xml
from mrc_portal.publishing import withdraw
from mrc_portal.typesetting import typeset
from tests import factories
from tests.feeds import read_feed

pytestmark = pytest.mark.django_db

RICH = (
    "<p>Первый <strong>жирный</strong> и <em>наклонный</em>,<br>с&nbsp;разрывом.</p><p></p>"
    "<h3>Раньше</h3><ul><li><p>один</p><ol start='3'><li><p>вложенный</p></li></ol></li></ul>"
    "<blockquote><p>Слова</p></blockquote>"
    '<p><a href="https://example.org/?a=1&amp;b=2">Ссылка</a> <a href="/ru/about/">сюда</a></p>'
    '<table><tbody><tr><th colspan="2">Год</th></tr><tr><td rowspan="2">2012</td><td>5</td></tr>'
    "<tr><td>6</td><td>лишняя</td></tr></tbody></table>"
)


@pytest.fixture(autouse=True)
def own_folder(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


def make_settled(**fields):
    """A public release in three languages with its PDFs."""
    release = factories.make_trilingual_press_release(**fields)
    assert press.settle(release) == []
    return release


def stored_files():
    return [path for path in Path(django_settings.MEDIA_ROOT).rglob("*") if path.is_file()]


def read(client, release, language="ru", **options):
    response = client.get(f"/p/{release.short_id}/{language}.pdf", **options)
    content = b"".join(response) if response.status_code == 200 else b""
    for close in response._resource_closers:
        close()
    return response, content


def text_of(pdf):
    pages = [page.get_textpage().get_text_range() for page in pypdfium2.PdfDocument(pdf)]
    return " ".join("\n".join(pages).replace("￾\r\n", "").split())


def test_a_pdf_in_each_language_with_its_letters_and_its_metadata(client):
    titles = {
        "ky": "Өкмөт үчүн кеңеш: тегерек стол өңүндө",
        "ru": "Круглый стол обсудит ещё один вопрос",
        "en": "Round table on “best practice”",
    }
    contact = factories.make_contact(role_ky="Басма сөз кызматы", role_en="Press office")
    release = factories.make_trilingual_press_release(
        contact=contact,
        body_ru=RICH,
        dateline_place_ky="Бишкек",
        **{f"title_{code}": title for code, title in titles.items()},
    )
    boilerplate = factories.make_boilerplate("Абзац первый.\n\nАбзац второй.")
    ReleaseBoilerplate.objects.create(release=release, boilerplate=boilerplate)

    press.settle(release)

    datelines = {"ky": "2013-жылдын 25-марты.", "ru": "25 марта 2013", "en": "25 March 2013."}
    roles = {"ky": "Басма сөз кызматы", "ru": "Сектор миграции", "en": "Press office"}
    for code in LANGUAGE_CODES:
        response, pdf = read(client, release, code)
        letterhead = Letterhead.objects.get(release=release, language=code)
        document = pypdfium2.PdfDocument(pdf)
        text = text_of(pdf)
        assert response["Content-Type"] == "application/pdf"
        assert titles[code] in text
        assert datelines[code] in text
        assert roles[code] in text
        assert "press@mrc.example" in text
        assert "Абзац второй." in text
        assert release.get_permanent_path() in text
        assert document.get_metadata_dict()["Title"] == titles[code]
        assert document.get_metadata_dict()["Author"]
        assert document.get_metadata_dict()["CreationDate"].startswith("D:20130325")
        assert f"/Lang({code})".encode() in pdf
        assert b"pdfuaid" in pdf
        assert letterhead.sha256 == hashlib.sha256(pdf).hexdigest()
        assert letterhead.size == len(pdf)
        assert letterhead.page_count == len(document)
    russian = text_of(read(client, release)[1])
    for words in ("с разрывом", "вложенный", "Слова", "Ссылка", "2012", "лишняя"):
        assert words in russian


def test_what_is_typed_never_becomes_markup(client):
    typed = '#strong[x] $y$ *z* `w` \\ _v_ <b> & "'
    body = f"<p>{typed.replace('&', '&amp;').replace('<b>', '&lt;b&gt;')}</p>"

    release = make_settled(title_ru=f"А {typed}\x0b", body_ru=body)

    text = text_of(read(client, release)[1])
    assert text.count(" ".join(typed.split())) == 2


def test_the_pages_are_counted_as_a_reader_counts_them(client):
    release = make_settled(body_ru="<p>Слово за слово.</p>" * 900)

    pdf = read(client, release)[1]

    counted = release.letterheads.get(language="ru").page_count
    assert counted == len(pypdfium2.PdfDocument(pdf)) > 10


def html_trees():
    texts = st.text(st.characters(blacklist_categories=["Cs"]), max_size=12).map(
        lambda text: text.replace("&", "&amp;").replace("<", "&lt;")
    )
    blocks = st.sampled_from(["p", "h2", "h3", "ul", "ol", "li", "blockquote", "table", "tr", "td"])
    spans = st.sampled_from(["strong", "em", "a", "th", "br", "tbody"])
    sizes = st.sampled_from(["", ' colspan="3"', ' rowspan="9"', ' href="/x"', ' start="7"'])
    return st.recursive(
        texts,
        lambda inner: st.builds(
            lambda tag, more, parts: f"<{tag}{more}>{''.join(parts)}</{tag}>",
            blocks | spans,
            sizes,
            st.lists(inner, max_size=4),
        ),
        max_leaves=12,
    )


@given(html=html_trees())
@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_whatever_the_editor_lets_through_can_be_printed(html):
    cleaned = PressRelease._meta.get_field("body_ru").sanitize(html)
    names = ("title", "author", "center", "portal", "word", "contact_word", "address_word")
    inputs = {name: name for name in names} | {
        "lang": "ky",
        "year": "2013",
        "month": "3",
        "day": "25",
        "body": prose_xml(cleaned, "https://mrc.example", opening="Бишкек."),
        "boilerplates": json.dumps([]),
        "contact": json.dumps([]),
        "address": "/p/abc",
        "demo": "",
        "mark": "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 1 1'/>",
    }

    pdf = typeset(press.TEMPLATE, inputs)

    assert pdf.startswith(b"%PDF")
    assert "Бишкек." in prose_lines(cleaned, opening="Бишкек.")


def test_paper_and_plain_text_say_what_was_corrected(client):
    release = make_settled()
    press.note_correction(release, {"ru": "Название\nи #день", "ky": "Аталышы"})

    press.settle(release)

    for language, said in {"ru": "Название и #день", "ky": "Аталышы", "en": "Название"}.items():
        paper = text_of(read(client, release, language)[1])
        text = client.get(f"/{language}/press/{release.slug}/text/").text
        [line] = press.corrections(release.version_for(language))
        assert said in " ".join(line.split())
        assert " ".join(line.split()) in paper
        assert line in text


def test_plain_text_keeps_paragraphs_lists_and_addresses():
    assert prose_lines(RICH, "https://mrc.example", opening="Бишкек.") == (
        "Бишкек. Первый жирный и наклонный,\nс разрывом.\n\n"
        "Раньше\n\n– один\n  3. вложенный\n\nСлова\n\n"
        "Ссылка (https://example.org/?a=1&b=2) сюда (https://mrc.example/ru/about/)\n\n"
        "Год\n2012 | 5\n6 | лишняя"
    )


def test_how_the_source_breaks_its_lines_changes_nothing():
    loose = "\n<p>Один,\nдва</p>\n\n<ul>\n  <li>\n<p>три</p>\n</li>\n</ul>\n"

    assert prose_lines(loose, opening="Ош.") == "Ош. Один, два\n\n– три"
    assert ">\n" not in prose_xml(loose, opening="Ош.")


def test_texts_nested_beyond_reason_are_flattened():
    deep = "<blockquote>" * 3000 + "дно" + "</blockquote>" * 3000

    assert prose_lines(deep) == "дно"


def test_it_is_not_made_again_until_something_printed_changes(
    client, django_capture_on_commit_callbacks
):
    release = make_settled()
    before = {it.language: it for it in release.letterheads.all()}

    release.summary_ru = "Не печатается"
    release.save()
    press.settle(release)
    assert {it.pk for it in release.letterheads.all()} == {it.pk for it in before.values()}

    release.body_ru = "<p>Исправлено.</p>"
    release.save()
    with django_capture_on_commit_callbacks(execute=True):
        press.settle(release)

    old = release.letterheads.get(language="ru", replaced_at__isnull=False)
    assert (old.pk, old.sha256, old.file.name) == (before["ru"].pk, before["ru"].sha256, "")
    assert "Исправлено." in text_of(read(client, release)[1])
    assert release.letterheads.filter(language="ky").get() == before["ky"]
    assert len(stored_files()) == 3


def test_what_changes_around_a_public_release_leaves_its_pdf_alone():
    contact = factories.make_contact()
    release = make_settled(contact=contact)
    before = set(release.letterheads.values_list("pk", flat=True))
    contact.role_ru = "Другой сектор"
    contact.save()

    press.settle(release, only_missing=True)

    assert set(release.letterheads.values_list("pk", flat=True)) == before


def test_a_further_language_and_lost_bytes_are_made_up_for():
    release = make_settled(title_en="", ready_en=False)
    assert sorted(it.language for it in release.letterheads.all()) == ["ky", "ru"]

    release.title_en, release.ready_en = "At last", True
    release.save()
    Path(release.letterheads.get(language="ky").file.path).unlink()
    press.settle(release, only_missing=True)

    current = release.letterheads.filter(replaced_at__isnull=True)
    assert sorted(it.language for it in current) == ["en", "ky", "ru"]
    assert len(stored_files()) == 3


def test_caches_ask_each_time_and_viewers_may_ask_for_pieces(client):
    release = make_settled()
    response, pdf = read(client, release)
    sha256 = release.letterheads.get(language="ru").sha256

    assert response["ETag"] == f'"{sha256}"'
    assert response["Cache-Control"] == "public, max-age=0"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert read(client, release, HTTP_IF_NONE_MATCH=f'"{sha256}"')[0].status_code == 304
    piece = client.get(f"/p/{release.short_id}/ru.pdf", HTTP_RANGE="bytes=0-3")
    assert piece.status_code == 206
    assert b"".join(piece.streaming_content) == pdf[:4]


def test_who_gets_no_pdf(client):
    tomorrow = timezone.now() + timedelta(days=1)
    public = make_settled(title_en="", ready_en=False)
    scheduled = make_settled(publish_at=tomorrow)
    embargoed = make_settled(embargo_until=tomorrow)
    taken_back = make_settled()
    taken_back.ready_ru = False
    taken_back.save()
    gone = make_settled()
    withdraw(gone, None, {"ru": "Ошибка в дате"})

    assert scheduled.letterheads.count() == embargoed.letterheads.count() == 3
    for release, language in (
        (public, "en"),
        (public, "de"),
        (public, "ru\x00"),
        (scheduled, "ru"),
        (embargoed, "ru"),
        (taken_back, "ru"),
    ):
        assert client.get(f"/p/{release.short_id}/{language}.pdf").status_code == 404
    assert client.get("/p/2222222/ru.pdf").status_code == 404
    withdrawn = client.get(f"/p/{gone.short_id}/ru.pdf", HTTP_ACCEPT_LANGUAGE="ru")
    assert withdrawn.status_code == 410
    assert "Ошибка в дате" in withdrawn.text
    client.force_login(factories.make_user())
    assert read(client, scheduled)[0]["Cache-Control"] == "private, no-cache"


def test_missing_bytes_are_not_found_and_logged(client, caplog):
    release = make_settled()
    Path(release.letterheads.get(language="ru").file.path).unlink()

    assert client.get(f"/p/{release.short_id}/ru.pdf").status_code == 404
    assert release.short_id in caplog.text


def test_what_is_rolled_back_leaves_no_file():
    release = factories.make_trilingual_press_release()

    with (
        pytest.raises(RuntimeError),
        remove_files_on_failure(),
        transaction.atomic(),
    ):
        press.settle(release)
        assert len(stored_files()) == 3
        raise RuntimeError("the connection is lost")

    assert stored_files() == []
    assert not Letterhead.objects.exists()


def test_a_pdf_that_cannot_be_set_is_told_and_no_wrong_one_is_served(client, caplog):
    release = make_settled()
    release.title_ru = "Исправленное название"
    release.save()

    with patch.object(press, "typeset", side_effect=typst.TypstError("no font")):
        assert press.settle(release) == ["ru"]
    assert client.get(f"/p/{release.short_id}/ru.pdf").status_code == 404
    assert read(client, release, "ky")[0].status_code == 200
    assert client.get(release.get_absolute_url()).status_code == 200

    assert press.settle(release, only_missing=True) == []
    assert "Исправленное название" in text_of(read(client, release)[1])


def test_an_invented_release_says_so_on_paper(client):
    release = make_settled(is_demonstration=True)
    plain = make_settled()

    assert len(text_of(read(client, release)[1])) > len(text_of(read(client, plain)[1])) + 10


def test_a_deleted_release_takes_its_bytes_along(django_capture_on_commit_callbacks):
    release = make_settled(publish_at=timezone.now() + timedelta(days=1))

    with django_capture_on_commit_callbacks(execute=True):
        press.delete_release(release)

    assert stored_files() == []
    assert not PressRelease.objects.exists()


def test_the_same_text_gives_the_same_bytes():
    first, second = BytesIO(), BytesIO()
    release = make_settled()
    for target in (first, second):
        letterhead = release.letterheads.get(language="ru", replaced_at__isnull=True)
        target.write(Path(letterhead.file.path).read_bytes())
        Path(letterhead.file.path).unlink()
        press.make_letterheads(release)

    assert first.getvalue() == second.getvalue()


def test_the_feed_names_the_pdf_of_its_language(client):
    release = make_settled(title_en="In English", ready_en=True)
    letterhead = release.letterheads.get(language="ru")

    (entry,) = read_feed(client, "/ru/press.atom").entries

    (enclosure,) = entry.enclosures
    assert enclosure.href == f"http://testserver/p/{release.short_id}/ru.pdf"
    assert (enclosure.type, enclosure.length) == ("application/pdf", str(letterhead.size))
    assert [tag.term for tag in entry.tags] == ["Пресс-релиз"]
    (english,) = read_feed(client, "/en/press.atom").entries
    assert english.enclosures[0].href.endswith("/en.pdf")
