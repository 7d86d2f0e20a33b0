"""The library's public pages, through their addresses: every kind of page in three languages, for a
reader and for an editor, and nothing of a draft at any of them."""

import re
from datetime import timedelta
from unittest.mock import patch

import pytest
from django.core.cache import cache
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.html import strip_tags

from library.models import Country, Document, Role
from mrc_portal.languages import LANGUAGE_CODES
from mrc_portal.publishing import withdraw
from mrc_portal.roles import EDITORS
from tests import factories
from tests.library.pictures import picture_url

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("search_index", "own_folder")]

SECRET = "Ещётайна"


def get(client, address, **options):
    """Get a page; if it is a file, close that (closing the response as a whole
    would close the database too)."""
    response = client.get(address, **options)
    for close in response._resource_closers:
        close()
    return response


@pytest.fixture
def own_folder(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "files"
    settings.CACHE_DIR = tmp_path / "cache"


@pytest.fixture
def editor_client(client_of):
    return client_of(factories.make_user(EDITORS))


@pytest.fixture
def client_of():
    from django.test import Client

    def make(user):
        client = Client()
        client.force_login(user)
        return client

    return make


@pytest.fixture
def furnished(django_capture_on_commit_callbacks):
    """A document with everything around it, found by the search as well."""

    def make(**fields):
        with django_capture_on_commit_callbacks(execute=True):
            make_it = factories.make_trilingual_document
            document = make_it(
                title_ru=SECRET,
                summary_ru=f"{SECRET} в кратком изложении",
                topics=[factories.make_topic(slug="topic")],
                countries=[Country.objects.get(code="NP")],
                publisher=factories.make_organisation(slug="organisation"),
                project=factories.make_project(slug="project"),
                slug="document",
                kind="best_practice",
                **fields,
            )
            person = factories.make_person(slug="person")
            factories.make_contribution(document, person=person)
            factories.make_practice(
                document=document, areas=[factories.make_area(slug="area")], mechanism_ru=SECRET
            )
            factories.make_recommendation(document, text_ru=SECRET)
            pdf = factories.make_pdf(f"{SECRET} на странице")
            factories.make_file(document, content=pdf, pages=[f"{SECRET} на странице"])
            other = factories.make_document(slug="other")
            factories.make_relation(other, document)
        return document

    return make


def pages_of(document):
    """Addresses where something of the document stands, by name, in the active language."""
    file = document.files.get()
    return {
        "home": reverse("home"),
        "list": reverse("library:document_list"),
        "search": reverse("library:document_list") + f"?q={SECRET}",
        "practices": reverse("library:practice_list"),
        "compare": reverse("library:practice_compare") + "?practice=document&practice=document",
        "topic": reverse("library:topic_detail", args=["topic"]),
        "organisation": reverse("library:organisation_detail", args=["organisation"]),
        "project": reverse("library:project_detail", args=["project"]),
        "country": reverse("library:country_detail", args=["np"]),
        "related": reverse("library:document_detail", args=["other"]),
        "person": reverse("library:person_detail", args=["person"]),
        "document": reverse("library:document_detail", args=["document"]),
        "page": file.get_reading_url(1),
        "download": file.get_absolute_url(),
        "picture": picture_url(file),
        "permanent": document.get_permanent_path(),
    }


OWN_ADDRESSES = ("person", "document", "page", "download", "picture", "permanent")


@pytest.mark.parametrize("language", LANGUAGE_CODES)
def test_every_page_opens_for_readers_and_editors(client, editor_client, furnished, language):
    document = furnished()
    with translation.override(language):
        addresses = pages_of(document)
        extra = {name: reverse(name) for name in ("about", "accessibility", "library:topic_list")}

    for name, address in (addresses | extra).items():
        for visitor in (client, editor_client):
            page = get(visitor, address, follow=True)
            assert page.status_code == 200, name
            if page["Content-Type"].startswith("text/html"):
                expected = "ru" if name == "permanent" else language
                assert f'<html lang="{expected}">' in page.text, name


def test_what_readers_find_of_a_public_document(client, furnished):
    document = furnished()

    addresses = pages_of(document)
    del addresses["home"]  # lists documents, and this one stands in the matrix of best practices
    for name, address in addresses.items():
        page = get(client, address, follow=True)
        if page["Content-Type"].startswith("text/html"):
            assert SECRET in page.text, name


@pytest.mark.parametrize(
    "state",
    [
        {"status": "draft", "publish_at": None},
        {"status": "in_review", "publish_at": None},
        {"publish_at": timezone.now() + timedelta(days=1)},
    ],
    ids=["draft", "in review", "scheduled"],
)
def test_nothing_of_a_draft_is_at_any_address(client, editor_client, furnished, state):
    document = furnished(**state)

    for name, address in pages_of(document).items():
        page = get(client, address, follow=True)
        if name in OWN_ADDRESSES:
            assert page.status_code == 404, name
        else:
            assert page.status_code == 200, name
            # A search repeats what was typed; what it lists has a test of its own.
            assert name == "search" or SECRET not in page.text, name
        assert document.title_en not in page.text

    for name in ("document", "page", "download", "picture"):
        assert get(editor_client, pages_of(document)[name]).status_code == 200, name


def test_a_search_lists_no_draft(client, furnished):
    furnished(status="draft", publish_at=None)

    page = client.get(reverse("library:document_list"), {"q": SECRET})

    assert page.context["listing"].rows == []
    assert page.context["listing"].total == 0


def test_a_withdrawn_document_says_why_and_its_files_are_gone(
    client, furnished, django_capture_on_commit_callbacks
):
    document = furnished()
    addresses = pages_of(document)
    with django_capture_on_commit_callbacks(execute=True):
        withdraw(document, None, {"ru": "Неверная таблица"})

    gone = client.get(addresses["document"])
    assert gone.status_code == 410
    assert "Неверная таблица" in gone.text
    assert client.get(addresses["permanent"], follow=True).status_code == 410
    for name in ("page", "download", "picture", "person"):
        assert client.get(addresses[name]).status_code == 404, name
    for name in ("list", "search", "practices", "topic", "country"):
        assert document.title_en not in client.get(addresses[name]).text
        assert "листовка" not in client.get(addresses[name]).text
    # In Kyrgyz the reason is given in the language that it is known in.
    kyrgyz = client.get(addresses["document"].replace("/ru/", "/ky/"))
    assert kyrgyz.status_code == 410
    assert 'lang="ru"' in kyrgyz.text


def test_a_scheduled_document_appears_by_the_clock_alone(
    client, django_capture_on_commit_callbacks
):
    moment = timezone.now() + timedelta(hours=1)
    with django_capture_on_commit_callbacks(execute=True):
        document = factories.make_document(title_ru="Заговорившее", publish_at=moment)
    found = reverse("library:document_list") + "?q=Заговорившее"

    with patch("django.utils.timezone.now", lambda: moment - timedelta(seconds=1)):
        assert client.get(document.get_absolute_url()).status_code == 404
        assert client.get(found).context["listing"].total == 0
    with patch("django.utils.timezone.now", lambda: moment + timedelta(seconds=1)):
        assert client.get(document.get_absolute_url()).status_code == 200
        assert client.get(found).context["listing"].total == 1


def test_a_missing_language_is_replaced_said_and_not_claimed(client):
    document = factories.make_document(
        title_ky="Жашыруун", title_en="Ready", ready_en=True, ready_ky=False
    )

    address = document.get_absolute_url()

    page = client.get(address.replace("/ru/", "/ky/")).text

    assert "Жашыруун" not in page
    assert f'<h1 lang="ru">{document.title_ru}</h1>' in page
    assert f'rel="canonical" href="http://testserver{address}"' in page
    assert "hreflang" not in page.split("</head>")[0]
    own = client.get(address).text.split("</head>")[0]
    assert [code for code in LANGUAGE_CODES if f'hreflang="{code}"' in own] == ["ru", "en"]


def test_a_file_in_a_language_that_is_not_ready_stays_hidden(client):
    document = factories.make_document(title_ky="Аталышы", ready_ky=False)
    hidden = factories.make_file(document, language="ky")

    assert client.get(hidden.get_absolute_url()).status_code == 404
    assert hidden.short_id not in client.get(document.get_absolute_url()).text
    assert client.get(hidden.get_reading_url(1)).status_code == 404


def test_a_preview_shows_the_unready_version_at_the_final_address(editor_client):
    draft = factories.make_draft(title_ky="Каралама", ready_ky=False)

    page = editor_client.get(draft.get_absolute_url().replace("/ru/", "/ky/"))

    assert "<h1>Каралама</h1>" in page.text
    assert reverse("admin:library_document_change", args=[draft.pk])[3:] in page.text


def test_editors_see_what_readers_are_told_of_a_withdrawn_record(editor_client):
    document = factories.make_document()
    withdraw(document, None, {"ru": "Неверная таблица"})

    assert "Неверная таблица" in editor_client.get(document.get_absolute_url()).text


def test_editors_learn_which_files_readers_do_not_get_yet(editor_client):
    document = factories.make_document(ready_ky=False)
    hidden = factories.make_file(document, language="ky")
    factories.make_file(document, language="ru")

    files = editor_client.get(document.get_absolute_url()).context["files"]

    assert [file.waits_for_version for file in files] == [file == hidden for file in files]
    assert len(files) == 2
    assert not hidden.is_public


def test_the_reading_view_calls_other_files_by_what_they_have(client):
    document = factories.make_document(title_ky="Бүтүмдөр", ready_ky=True)
    read = factories.make_file(document)
    for fields in (
        {"language": "ky"},
        {"language": "", "role": Role.ANNEX},
        {"language": "", "role": Role.ANNEX, "label_ru": "Таблицы"},
    ):
        factories.make_file(document, **fields)

    page = client.get(read.get_reading_url(1)).text

    (listed,) = re.findall(r'<p class="tongues">(.*?)</p>', page)
    assert [strip_tags(it) for it in listed.split("</a>")] == [
        "Кыргызча, 2 страницы",
        "Приложение, 2 страницы",
        "Таблицы, приложение, 2 страницы",
        "",
    ]


def test_the_reading_view_has_text_neighbours_and_the_way_into_the_pdf(client):
    document = factories.make_document()
    file = factories.make_file(document, pages=["Первая", "<b>Вторая</b>", "Третья"])

    page = client.get(file.get_reading_url(2)).text

    assert "&lt;b&gt;Вторая" in page
    assert f"{file.get_absolute_url()}#page=2" in page
    assert file.get_reading_url(1) in page
    assert file.get_reading_url(3) in page
    for number, status in ((0, 404), (4, 404), (10**12, 404)):
        assert client.get(file.get_reading_url(number)).status_code == status
    form = reverse("library:choose_page", args=[document.slug, file.short_id])
    assert client.get(form, {"page": "99"}).url == file.get_reading_url(3)
    assert client.get(form, {"page": "x"}).url == file.get_reading_url(1)
    assert client.get(form, {"page": "9" * 5000}).url == file.get_reading_url(3)


def test_originals_come_back_byte_for_byte_with_ranges_and_safe_headers(client):
    pdf = factories.make_pdf("Байт в байт")
    file = factories.make_file(factories.make_document(), content=pdf)

    whole = client.get(file.get_absolute_url())
    part = client.get(file.get_absolute_url(), headers={"range": "bytes=5-9"})

    assert b"".join(whole.streaming_content) == pdf
    assert whole["X-Content-Type-Options"] == "nosniff"
    assert file.download_name in whole["Content-Disposition"]
    assert part.status_code == 206
    assert b"".join(part.streaming_content) == pdf[5:10]
    again = get(client, file.get_absolute_url(), headers={"if-none-match": whole["ETag"]})
    assert again.status_code == 304
    wrong_name = client.get(f"/files/{file.short_id}/anything.pdf")
    assert wrong_name.url == file.get_absolute_url()


def test_a_page_picture_is_drawn_once_and_only_in_known_sizes(client, settings):
    file = factories.make_file(factories.make_document(), content=factories.make_pdf("Обложка"))
    file.page_count = 1
    file.save()

    picture = get(client, picture_url(file))
    assert picture["Content-Type"] == "image/webp"
    with patch("library.files.render_page", side_effect=AssertionError("drawn twice")):
        assert get(client, picture_url(file)).status_code == 200
    assert client.get(picture_url(file, width=321)).status_code == 404
    assert client.get(picture_url(file, page=2)).status_code == 404


def test_filters_narrow_and_nonsense_is_ignored(client, django_capture_on_commit_callbacks):
    topic = factories.make_topic(slug="above")
    below = factories.make_topic(slug="below", parent=topic)
    with django_capture_on_commit_callbacks(execute=True):
        wanted = factories.make_document(
            kind="review", topics=[below], countries=[factories.get_country("KG")]
        )
        other = factories.make_document(kind="guide", issued_on="2014-01-01")
    address = reverse("library:document_list")

    def found(query):
        return {row.record for row in client.get(address + query).context["listing"].rows}

    for query in ("?kind=review", "?topic=above", "?topic=below", "?country=KG", "?year=2013"):
        assert found(query) == {wanted}, query
    assert found("?kind=review&kind=guide") == {wanted, other}
    assert found("?kind=review&year=2014") == set()
    nonsense = "?kind=x&topic=x&country=xx&year=abcd&language=de&project=x&sort=x&page=x&x=y"
    assert found(nonsense) == {wanted, other}
    assert found("?page=999") == {wanted, other}
    assert found("?page=" + "9" * 5000) == {wanted, other}  # more digits than int() takes
    assert found("?topic=%00&country=%00&q=%00") == {wanted, other}


def test_without_an_index_the_database_answers_and_says_so(client, monkeypatch):
    from mrc_portal.search import SearchUnavailable

    def fail(query):
        raise SearchUnavailable("gone")

    monkeypatch.setattr("mrc_portal.search.search", fail)
    wanted = factories.make_document(title_ru="Сезонный труд", kind="review")
    factories.make_document()

    page = client.get(reverse("library:document_list"), {"q": "СЕЗОННЫЙ", "kind": "review"})

    assert [row.record for row in page.context["listing"].rows] == [wanted]
    assert page.context["listing"].is_search_down


@pytest.mark.parametrize("rows", [1, 20])
def test_queries_do_not_grow_with_the_rows(
    client, django_assert_max_num_queries, django_capture_on_commit_callbacks, rows
):
    topic = factories.make_topic(slug="topic")
    with django_capture_on_commit_callbacks(execute=True):
        for number in range(rows):
            document = factories.make_trilingual_document(
                slug=f"row-{number}",
                topics=[topic],
                countries=[factories.get_country("KG")],
                project=factories.make_project(),
                publisher=factories.make_organisation(),
                kind="best_practice",
            )
            factories.make_contribution(document)
            factories.make_file(document)
            factories.make_practice(document=document)
    cache.clear()
    addresses = [
        reverse("home"),
        reverse("library:document_list"),
        reverse("library:document_list") + "?q=договор",
        reverse("library:document_detail", args=["row-0"]),
        reverse("library:practice_list"),
        reverse("library:practice_compare") + "?practice=row-0",
        reverse("library:topic_detail", args=["topic"]),
        reverse("library:country_detail", args=["kg"]),
    ]
    for address in addresses:
        with django_assert_max_num_queries(8):
            assert client.get(address).status_code == 200


def test_a_comparison_takes_two_to_four_and_forgives_the_rest(client):
    practices = [factories.make_practice() for _number in range(5)]
    slugs = [practice.document.slug for practice in practices]
    address = reverse("library:practice_compare")

    assert client.get(address).status_code == 200
    page = client.get(address, {"practice": [*slugs, "unknown", slugs[0]]})
    assert [row.document.slug for row in page.context["chosen"]] == slugs[:4]
    assert page.context["left_out"] == slugs[4:]


def test_the_library_of_an_empty_portal_opens(client):
    Document.objects.all().delete()

    for name in ("home", "library:document_list", "library:practice_list", "library:topic_list"):
        assert client.get(reverse(name)).status_code == 200
