"""The portal as a whole: languages, cookies, headers, errors, health."""

import gzip
import os
import re
import subprocess
import sys
from datetime import UTC, datetime

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client, override_settings
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.formats import localize
from django.utils.translation import gettext as _

from mrc_portal import dates
from mrc_portal.dates import PartialDate
from mrc_portal.languages import LANGUAGE_CODES, Wording, best_language, fold, sort_key
from mrc_portal.roles import ADMINISTRATORS, NAMES
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("headers", "cookie", "language"),
    [
        ({}, None, "ru"),
        ({"accept-language": "ky-KG,ky;q=0.9,ru;q=0.8"}, None, "ky"),
        ({"accept-language": "de,en;q=0.5"}, None, "en"),
        ({"accept-language": "de"}, None, "ru"),
        ({"accept-language": "en"}, "ky", "ky"),
        ({"accept-language": "en"}, "nonsense", "en"),
        ({"accept-language": "\x00" * 50 + ",;q=x"}, None, "ru"),
    ],
)
def test_the_bare_address_picks_by_cookie_then_browser_then_russian(headers, cookie, language):
    client = Client()
    if cookie:
        client.cookies["django_language"] = cookie

    response = client.get("/", headers=headers)

    assert response.url == f"/{language}/"
    assert {"Accept-Language", "Cookie"} <= set(response["Vary"].split(", "))


def test_choosing_a_language_stays_on_the_page_and_is_remembered(client):
    response = client.get("/language/ky/", {"next": "/ky/library/?q=adal&kind=review"})

    assert response.url == "/ky/library/?q=adal&kind=review"
    assert client.cookies["django_language"].value == "ky"
    assert client.cookies["django_language"]["httponly"]
    assert client.get("/").url == "/ky/"


@pytest.mark.parametrize(
    "target",
    [
        "https://evil.example/",
        "//evil.example/",
        "/\\evil.example",
        "javascript:alert(1)",
        "\x00",
        "/ru/\r\nSet-Cookie: x=y",
        "",
    ],
)
def test_choosing_a_language_never_leads_away(client, target):
    response = client.get("/language/en/", {"next": target})

    assert response.status_code == 302
    assert response.url.startswith("/")
    assert not response.url.startswith(("//", "/\\"))
    assert "x" not in client.cookies
    assert client.get("/language/de/").status_code == 404


def test_the_switcher_keeps_the_page_and_its_query(client):
    page = client.get("/ru/library/", {"kind": "review", "q": "права"}).text

    for code in LANGUAGE_CODES:
        assert f'hreflang="{code}"' in page
    assert "next=%2Fky%2Flibrary%2F%3Fkind%3Dreview" in page


@pytest.mark.parametrize("path", ["/ru/", "/ky/library/", "/en/practices/", "/ru/nowhere/"])
def test_readers_get_no_cookie_and_strict_headers(client, path):
    response = client.get(path)

    assert not response.cookies
    policy = response["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "unsafe" not in policy
    assert "nonce" not in policy
    assert "script-src 'self'" in policy
    assert "frame-ancestors 'none'" in policy
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Referrer-Policy"] == "same-origin"
    # One file of ours, in pages with a large search form, and data that no browser runs.
    data, ours = '<script type="application/ld+json">', '<script src="/static/js/suggest.js" defer>'
    assert "<script" not in response.text.replace(ours, "").replace(data, "")
    assert "style=" not in response.text


def test_https_is_the_default_and_complete():
    code = (
        "import django; django.setup()\n"
        "from django.test import Client\n"
        "plain = Client().get('/ru/', headers={'host': 'localhost'})\n"
        "assert plain.status_code == 301 and plain.url.startswith('https://'), plain\n"
        "page = Client().get('/language/ky/', secure=True, headers={'host': 'localhost'})\n"
        "assert 'max-age=31536000' in page['Strict-Transport-Security']\n"
        "assert page.cookies['django_language']['secure']\n"
        "from django.conf import settings as s\n"
        "assert s.SESSION_COOKIE_SECURE and s.CSRF_COOKIE_SECURE and not s.DEBUG\n"
    )
    environment = {k: v for k, v in os.environ.items() if k not in ("MRC_HTTPS", "DATABASE_URL")}

    subprocess.run([sys.executable, "-c", code], env=environment, check=True, timeout=60)


@pytest.mark.parametrize("language", LANGUAGE_CODES)
def test_errors_speak_the_language_of_the_address(client, language):
    page = client.get(f"/{language}/nowhere/")

    assert page.status_code == 404
    assert f'<html lang="{language}">' in page.text


def test_a_form_that_is_too_large_is_told_so(client, settings):
    settings.MAX_UPLOAD_MB = 0

    page = client.post(
        "/ky/admin/login/", {"file": SimpleUploadedFile("report.pdf", b"%PDF-" * 100)}
    )

    assert page.status_code == 413
    assert '<html lang="ky">' in page.text


def test_a_wrong_host_is_a_plain_bad_request():
    page = Client().get("/ru/", headers={"host": "evil.example"})

    assert page.status_code == 400
    assert '<html lang="ru">' in page.text
    assert "evil.example" not in page.text


def test_a_failure_of_ours_is_told_without_the_database(client, monkeypatch):
    def fail(*args, **kwargs):
        raise RuntimeError("broken")

    monkeypatch.setattr("mrc_portal.views.TopicTree", fail)
    client.raise_request_exception = False
    with override_settings(DEBUG=False):
        page = client.get("/ky/")

    assert page.status_code == 500
    assert '<html lang="ky">' in page.text


@pytest.mark.parametrize("method", ["post", "put", "delete"])
def test_pages_are_only_read(client, method):
    for name in ("home", "library:document_list", "library:practice_list", "healthz"):
        assert getattr(client, method)(reverse(name)).status_code in (403, 405)


def test_the_health_page_names_the_parts(client):
    health = client.get("/healthz").json()

    assert health["database"] == "ok"
    assert health["search"] in ("ok", "missing", "behind", "unreadable")


def test_the_styleguide_is_for_staff(client, admin_client):
    assert client.get("/ru/styleguide/").status_code == 302
    assert admin_client.get("/ru/styleguide/").status_code == 200


def test_a_full_page_of_cyrillic_rows_stays_small(client):
    for number in range(20):
        factories.make_trilingual_document(
            title_ru=f"Права трудящихся-мигрантов и членов их семей за рубежом, том {number}",
            summary_ru="Что говорят законы, что делают консульства и чего не хватает. " * 4,
            topics=[factories.make_topic()],
        )

    for path in ("/ru/", "/ru/library/", "/ky/library/", "/ru/practices/", "/ru/about/"):
        assert len(gzip.compress(client.get(path).content)) <= 10_000, path


def test_the_best_language_is_wanted_then_original_then_nearest():
    assert best_language("ky", ["ky", "ru"], "ru") == "ky"
    assert best_language("ky", ["ru", "en"], "en") == "en"
    assert best_language("ky", ["ru", "en"], "ky") == "ru"
    assert best_language("en", ["ky"], "ru") == "ky"
    assert best_language("en", []) is None


def test_foreign_words_mark_themselves_and_own_ones_do_not():
    with translation.override("ky"):
        assert Wording("Законы <и> права", "ru").__html__() == (
            '<span lang="ru">Законы &lt;и&gt; права</span>'
        )
        assert Wording("Мыйзам", "ky").__html__() == "Мыйзам"


def test_folding_keeps_places_and_never_touches_short_i():
    assert fold("Кеңеш, өмүр, ЁЛКА, Үй, йод") == "кенеш, омур, елка, уй, йод"
    assert len(fold("ӨҮҢЁ")) == 4


def test_kyrgyz_letters_sort_where_their_alphabet_has_them():
    words = ["үй", "уй", "өлкө", "ооба", "нан", "ңак", "пил", "ёлка", "жол", "Ел"]

    assert sorted(words, key=sort_key) == [
        "Ел",
        "ёлка",
        "жол",
        "нан",
        "ңак",
        "ооба",
        "өлкө",
        "пил",
        "уй",
        "үй",
    ]


@pytest.mark.parametrize("language", LANGUAGE_CODES)
@pytest.mark.parametrize("month", range(1, 13))
def test_django_writes_dates_as_the_portal_does(language, month):
    moment = timezone.localtime(datetime(2013, month, 9, 1, 5, 42, tzinfo=UTC))
    with translation.override(language):
        assert localize(moment.date()) == str(PartialDate(moment.date()))
        assert localize(moment) == dates.moment(moment)


@pytest.mark.parametrize("language", ["ky", "ru"])
def test_groups_and_signs_are_named_in_the_language_of_the_admin(client, language):
    person = factories.make_user(ADMINISTRATORS)
    client.force_login(person)
    with translation.override(language):
        form = client.get(reverse("admin:auth_user_add")).text
        people = client.get(reverse("admin:auth_user_changelist")).text
        names = {str(name) for name in NAMES.values()}
        yes = _("Yes")

    offered = re.findall(r'name="groups"[^>]*>\s*([^<]+?)</label>', form)
    assert (set(offered), len(offered)) == (names, len(names))
    assert set(re.findall(r'alt="([^"]*)"></td>', people)) == {yes}
    assert [group.name for group in person.groups.all()] == [ADMINISTRATORS]


def test_a_work_list_over_several_kinds_shows_what_was_touched_last(client):
    for _number in range(9):
        factories.make_document(status="in_review")
    plan = factories.make_plan(status="in_review")
    client.force_login(factories.make_user())

    lists = client.get(reverse("admin:index")).context["work_lists"]

    (waiting,) = [work for work in lists if work.total == 10]
    assert waiting.items[0].title == str(plan)
