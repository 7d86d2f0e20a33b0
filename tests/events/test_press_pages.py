"""The press room as readers and journalists find it: list, release, text, feed, private link."""

import json
import re
from datetime import UTC, date, datetime, timedelta
from unittest.mock import patch
from xml.etree import ElementTree as ET

import pytest
from django.db import models
from django.urls import reverse
from django.utils import timezone, translation

from events import press
from events.models import PressContact, PressRelease, ReleaseBoilerplate, ReleaseChange
from mrc_portal.languages import LANGUAGE_CODES
from mrc_portal.publishing import remember_slug, withdraw
from mrc_portal.roles import CONTRIBUTORS
from tests import factories
from tests.feeds import read_feed, titles

pytestmark = pytest.mark.django_db

ATOM = "{http://www.w3.org/2005/Atom}"


@pytest.fixture(autouse=True)
def own_folder(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


def titles_in(page):
    """The releases of a list, in its order."""
    listing = page.context["listing"]
    return [str(release) for _year, releases in listing.years for release in releases]


def article_of(page):
    """The piece for copying, without its tags."""
    article = re.search(r"<article class=\"release\".*?</article>", page.text, re.DOTALL)[0]
    return " ".join(re.sub(r"<[^>]+>", " ", article).split())


def make_furnished(**fields):
    """A release with everything around it."""
    contact = factories.make_contact(
        organisation=factories.make_organisation(), phone="+996 312 000000"
    )
    release = factories.make_trilingual_press_release(
        contact=contact,
        events=[factories.make_trilingual_event() for _ in range(3)],
        documents=[factories.make_trilingual_document() for _ in range(3)],
        organisations=[factories.make_organisation() for _ in range(3)],
        topics=[factories.make_topic() for _ in range(3)],
        project=factories.make_project(),
        **fields,
    )
    for number in range(3):
        boilerplate = factories.make_boilerplate(f"Постоянный текст {number}")
        ReleaseBoilerplate.objects.create(release=release, boilerplate=boilerplate)
        ReleaseChange.objects.create(
            release=release, made_on=date(2013, 4, number + 1), text_ru=f"Правка {number}"
        )
    press.settle(release)
    return release


# The list


def test_the_list_goes_by_year_newest_first(client):
    # Entered today and issued long ago: listed by the day it was issued.
    old = factories.make_press_release(
        first_issued_on=date(2009, 1, 2), dateline_on=date(2009, 1, 2), publish_at=timezone.now()
    )
    undated = factories.make_press_release(dateline_on=None, dateline_place_ru="")
    march = factories.make_press_release(dateline_on=date(2013, 3, 1))
    later = factories.make_press_release(dateline_on=date(2014, 3, 1))

    page = client.get("/ru/press/")

    assert [year for year, _releases in page.context["listing"].years] == [2014, 2013, 2009]
    assert titles_in(page) == [str(later), str(undated), str(march), str(old)]
    assert page.text.count("<time ") == 4


@pytest.mark.parametrize(
    "days",
    [
        {"first_issued_on": date(2009, 1, 2)},
        {"dateline_on": date(2010, 1, 2)},
        # Already the next year in Bishkek.
        {"dateline_on": None, "publish_at": datetime(2013, 12, 31, 20, tzinfo=UTC)},
    ],
)
def test_the_day_of_a_row_and_of_an_object_agree(days):
    release = factories.make_press_release(**days)

    assert PressRelease.objects.with_issue_day().get().issue_day == release.issued_on


def test_filters_by_year_and_language_are_counted_without_themselves(client):
    russian = factories.make_press_release(dateline_on=date(2013, 1, 1))
    trilingual = factories.make_trilingual_press_release(dateline_on=date(2014, 1, 1))
    factories.make_press_release(ready_ky=False, title_ky="Даяр эмес", status="draft")

    def found(query):
        page = client.get(f"/ru/press/?{query}")
        counts = {
            facet.name: {choice.query: choice.count for choice in facet.choices}
            for facet in page.context["listing"].facets
        }
        return titles_in(page), {name: list(found.values()) for name, found in counts.items()}

    assert found("") == (
        [str(trilingual), str(russian)],
        {"year": [1, 1], "language": [1, 2, 1]},
    )
    assert found("year=2013")[0] == [str(russian)]
    assert found("language=ky")[0] == [str(trilingual)]
    assert found("year=2013&language=ky")[0] == []
    assert found("year=2013&year=2014")[0] == [str(trilingual), str(russian)]
    assert found("year=2013")[1] == {"year": [1, 1], "language": [1]}


@pytest.mark.parametrize(
    "query",
    [
        "year=abc&language=de&page=x",
        "year=99999&page=-1",
        "year=0000",
        "page=99999999999999999999",
        "language=%00&year=%00",
        "year=" + "&year=".join(str(year) for year in range(1000, 1200)),
    ],
)
def test_any_query_gives_a_page(client, query):
    release = factories.make_press_release()

    page = client.get(f"/ru/press/?{query}")

    assert page.status_code == 200
    assert str(release) in page.text or "year=" in query


def test_long_lists_have_pages_that_keep_the_filters(client):
    for number in range(23):
        factories.make_press_release(dateline_on=date(2013, 1, number + 1))

    first, last = client.get("/ru/press/?year=2013"), client.get("/ru/press/?year=2013&page=9")

    assert len(titles_in(first)) == 20
    assert len(titles_in(last)) == 3
    assert "year=2013&amp;page=2" in first.text
    assert not set(titles_in(first)) & set(titles_in(last))


def test_an_empty_room_and_an_empty_choice_say_so(client):
    assert 'class="notice"' in client.get("/ru/press/").text
    factories.make_press_release()

    page = client.get("/ru/press/?year=1999")

    assert titles_in(page) == []
    assert '<div class="prose"><h2>' in page.text
    assert 'href="/ru/press.atom?year=1999"' in page.text


@pytest.mark.parametrize("state", ["postponed", "cancelled"])
def test_what_becomes_of_an_event_stands_at_once_wherever_its_release_is(client, state):
    event = factories.make_planned_event()
    release = factories.make_press_release(events=[event])
    addresses = [
        "/ru/press/",
        "/ru/press.atom",
        release.get_absolute_url(),
        release.get_absolute_url() + "text/",
    ]
    assert not any("Зал закрыт" in client.get(address).text for address in addresses)

    event.happening, event.happening_reason_ru = state, "Зал закрыт"
    event.save()

    for address in addresses:
        assert "Зал закрыт" in client.get(address).text, address


# A release


@pytest.mark.parametrize(
    ("language", "dateline"),
    [
        ("ky", "Бишкек, 2013-жылдын 25-марты."),
        ("ru", "Бишкек, 25 марта 2013"),
        ("en", "Bishkek, 25 March 2013."),
    ],
)
def test_the_text_to_copy_is_one_piece_without_words_of_the_page(client, language, dateline):
    places = {"dateline_place_ky": "Бишкек", "dateline_place_en": "Bishkek"}
    release = factories.make_trilingual_press_release(**places)
    boilerplate = factories.make_boilerplate(
        "Центр изучает политику.", heading_ru="О центре", heading_ky="Борбор", heading_en="About"
    )
    version = boilerplate.latest
    version.text_ky, version.text_en = "Борбор изилдейт.", "The center studies."
    version.save()
    ReleaseBoilerplate.objects.create(release=release, boilerplate=boilerplate)

    page = client.get(f"/{language}/press/{release.slug}/")

    with translation.override(language):
        shown = release.shown
    headings = {"ky": "Борбор.", "ru": "О центре.", "en": "About."}
    article = article_of(page)
    assert article.startswith(f"{shown.title} {dateline}")
    body = re.sub(r"<[^>]+>", "", shown.body)
    text = getattr(version, f"text_{language}")
    assert article.endswith(f"{body} {headings[language]} {text}")
    assert f'<article class="release" lang="{language}">' in page.text


def test_the_dateline_stands_before_any_kind_of_text(client):
    for body in ("<h2>Сразу раздел</h2>", "<ul><li><p>Список</p></li></ul>", ""):
        release = factories.make_press_release(body_ru=body, summary_ru="<b>Кратко</b>")
        page = client.get(release.get_absolute_url())
        assert '<span class="dateline">Бишкек, 25 марта 2013' in page.text
        assert "<b>Кратко" not in page.text


def test_hostile_texts_stay_texts(client):
    hostile = '</script><script>alert(1)</script>"&'
    release = factories.make_press_release(
        title_ru=hostile,
        summary_ru=hostile,
        dateline_place_ru=hostile,
        contact=factories.make_contact(role_ru=hostile),
    )
    ReleaseChange.objects.create(release=release, made_on=date(2013, 4, 1), text_ru=hostile)
    boilerplate = factories.make_boilerplate(hostile, heading_ru=hostile)
    ReleaseBoilerplate.objects.create(release=release, boilerplate=boilerplate)

    page = client.get(release.get_absolute_url())
    data = re.search(r'<script type="application/ld\+json">(.*?)</script>', page.text)[1]

    assert "<script>alert" not in page.text
    assert json.loads(data)["headline"] == hostile
    assert hostile in client.get(release.get_absolute_url() + "text/").text
    ET.fromstring(client.get("/ru/press.atom").content)
    assert client.get("/ru/press/").text.count("<script") == 0


def test_another_language_stands_in_with_a_notice_and_claims_nothing(client):
    release = factories.make_press_release()

    own = client.get(release.get_absolute_url())
    page = client.get(f"/en/press/{release.slug}/")

    russian = f"http://testserver/ru/press/{release.slug}/"
    for shown in (own, page):
        assert f'<link rel="canonical" href="{russian}">' in shown.text
        assert f'<meta property="og:url" content="{russian}">' in shown.text
    assert f'hreflang="ru" href="{russian}"' in own.text
    assert '<link rel="alternate" hreflang=' not in page.text
    assert 'class="notice"' in page.text
    assert '<article class="release" lang="ru">' in page.text


def test_only_the_office_is_told_of_whom_the_press_may_ask(client):
    texts = (models.CharField, models.TextField)
    fields = [it.name for it in PressContact._meta.get_fields() if isinstance(it, texts)]
    own = [it.name for it in PressRelease._meta.get_fields() if "contact" in it.name]
    contact = factories.make_contact(role_ru="Пресс-служба", email="press@mrc.example")
    release = factories.make_press_release(contact=contact)

    page = client.get(release.get_absolute_url())

    assert fields == ["role", "role_ky", "role_ru", "role_en", "email", "phone"]
    assert own == ["contact"]
    assert page.context["contact"] == [
        {"text": "Пресс-служба"},
        {"text": "press@mrc.example", "href": "mailto:press@mrc.example"},
    ]
    nobody = client.get(factories.make_press_release().get_absolute_url())
    assert "release-contact" not in nobody.text


def test_corrections_and_the_first_issue_are_told(client):
    release = factories.make_press_release(
        first_issued_on=date(2013, 3, 25), publish_at=datetime(2026, 1, 5, tzinfo=UTC)
    )
    ReleaseChange.objects.create(release=release, made_on=date(2026, 1, 6), text_ky="Күнү оңдолду")

    page = client.get(release.get_absolute_url())

    assert 'href="#corrections"' in page.text
    assert 'id="corrections"' in page.text
    assert '<span lang="ky">Күнү оңдолду</span>' in page.text
    assert "5 января 2026" in page.text
    assert "6 января 2026" in page.text


def test_an_embargo_that_is_over_is_not_mentioned(client):
    release = factories.make_press_release(embargo_until=datetime(2014, 5, 4, tzinfo=UTC))

    page = client.get(release.get_absolute_url())

    assert page.status_code == 200
    assert "4 мая" not in page.text
    assert "embargo" not in page.text


def test_what_is_beside_it_and_not_public_stays_hidden(client):
    shown = factories.make_document()
    draft = factories.make_draft()
    event = factories.make_event()
    planned = factories.make_event(status="draft", publish_at=None)
    release = factories.make_press_release(documents=[shown, draft], events=[event, planned])

    page = client.get(release.get_absolute_url())

    assert shown.title_ru in page.text
    assert event.title_ru in page.text
    assert draft.title_ru not in page.text
    assert planned.title_ru not in page.text


def test_each_pdf_is_offered_with_language_pages_and_size(client):
    release = make_furnished(title_en="", ready_en=False)

    page = client.get(release.get_absolute_url())

    assert [it.language for it in page.context["letterheads"]] == ["ky", "ru"]
    assert page.context["without_letterhead"] == ["en"]
    assert f'href="/p/{release.short_id}/ru.pdf"' in page.text
    assert "ru.pdf" in page.text
    assert f"http://testserver/p/{release.short_id}" in page.text


def test_a_preview_says_when_the_pdfs_are_made(admin_client):
    release = factories.make_press_release(status="draft", publish_at=None)

    page = admin_client.get(release.get_absolute_url())

    assert "PDF на бланке появятся" in page.text
    assert "Нет PDF на этих языках" not in page.text


def test_plain_text_says_the_same(client):
    contact = factories.make_contact(role_en="Press office")
    release = factories.make_trilingual_press_release(
        contact=contact,
        dateline_place_en="Bishkek",
        body_en="<p>One &amp; two.</p><ul><li><p>three</p></li></ul>",
    )
    text = client.get(f"/en/press/{release.slug}/text/")

    assert text["Content-Type"] == "text/plain; charset=utf-8"
    assert text["Content-Language"] == "en"
    assert text["X-Content-Type-Options"] == "nosniff"
    parts = text.text.split("\n\n")
    assert parts[:3] == [release.title_en, "Bishkek, 25 March 2013. One & two.", "– three"]
    assert parts[3].splitlines()[1:] == ["Press office", "press@mrc.example"]
    assert f"http://testserver/p/{release.short_id}" in parts[4]
    russian = factories.make_press_release()
    assert client.get(f"/en/press/{russian.slug}/text/")["Content-Language"] == "ru"


def test_staff_preview_a_draft_with_the_latest_standing_texts(client):
    draft = factories.make_press_release(status="draft", publish_at=None, ready_ru=False)
    ReleaseBoilerplate.objects.create(release=draft, boilerplate=factories.make_boilerplate())
    addresses = [draft.get_absolute_url(), draft.get_absolute_url() + "text/"]
    assert [client.get(address).status_code for address in addresses] == [404, 404]

    client.force_login(factories.make_user(CONTRIBUTORS))

    for address in addresses:
        page = client.get(address)
        assert page.status_code == 200
        assert "Центр изучает политику." in page.text
    assert "application/ld+json" not in client.get(addresses[0]).text


def test_a_withdrawn_release_says_why_and_a_former_address_leads_on(client):
    release = factories.make_press_release(slug="new")
    remember_slug(release, "old")
    assert client.get("/ru/press/old/").url == "/ru/press/new/"
    permanent = client.get(release.get_permanent_path(), HTTP_ACCEPT_LANGUAGE="ky")
    assert permanent.url == "/ky/press/new/"

    withdraw(release, None, {"ru": "Дата неверна"})

    for address in ("/ru/press/new/", "/ru/press/new/text/"):
        page = client.get(address)
        assert page.status_code == 410
        assert "Дата неверна" in page.text
    assert client.get("/ru/press/").context["listing"].total == 0
    assert "Дата неверна" not in client.get("/ru/press.atom").text


# What it costs


def test_queries_do_not_grow_with_the_rows(client, django_assert_max_num_queries):
    releases = [make_furnished() for _ in range(4)]
    for _ in range(20):
        factories.make_press_release()
    own = releases[0].get_absolute_url()

    for address, most in (
        ("/ru/press/", 5),
        ("/ru/press/?year=2013&language=ky", 5),
        ("/ru/press.atom", 8),
        (own, 8),
        (own + "text/", 8),
        (f"/ky/press-embargo/{releases[0].private_key}/", 8),
        (f"/p/{releases[0].short_id}/ru.pdf", 2),
    ):
        with django_assert_max_num_queries(most):
            response = client.get(address)
        for close in response._resource_closers:
            close()


# The feed


def test_the_feed_brings_what_is_ready_in_its_language(client):
    contact = factories.make_contact()
    older = factories.make_trilingual_press_release(dateline_on=date(2013, 1, 1), contact=contact)
    newer = factories.make_trilingual_press_release(summary_en="In short\x0b")
    factories.make_press_release(title_en="Not ready")

    response = client.get("/en/press.atom")
    feed = ET.fromstring(response.content)
    entries = feed.findall(f"{ATOM}entry")

    assert response["Content-Type"] == "application/atom+xml; charset=utf-8"
    assert feed.get("{http://www.w3.org/XML/1998/namespace}lang") == "en"
    assert [entry.findtext(f"{ATOM}title") for entry in entries] == [newer.title_en, older.title_en]
    entry = entries[0]
    assert entry.findtext(f"{ATOM}id") == f"http://testserver{newer.get_permanent_path()}"
    link = entry.find(f"{ATOM}link").get("href")
    assert link == f"http://testserver/en/press/{newer.slug}/"
    assert entry.findtext(f"{ATOM}summary") == "<p>In short</p>"
    assert entry.find(f"{ATOM}content").get("type") == "html"
    assert "A round table will be held" in entry.findtext(f"{ATOM}content")
    assert "25 March 2013." in entry.findtext(f"{ATOM}content")
    assert len(client.get("/ky/press.atom").text.split("<entry")) == 3


def test_the_feed_of_a_choice_has_what_the_list_has(client):
    factories.make_press_release(title_ru="Прошлый год", dateline_on=date(2012, 5, 1))
    factories.make_press_release(title_ru="Этот год", dateline_on=date(2013, 5, 1))

    page = client.get("/ru/press/?year=2013").text

    assert 'href="/ru/press.atom?year=2013"' in page
    feed = read_feed(client, "/ru/press.atom?year=2013&nonsense=1")
    assert [entry.title for entry in feed.entries] == ["Этот год"]
    assert feed.feed.id == "http://testserver/ru/press.atom?year=2013"
    assert titles(client, "/ru/press.atom?year=1990") == []


def test_the_feed_has_thirty_entries_at_most(client):
    for _ in range(33):
        factories.make_press_release()

    assert client.get("/ru/press.atom").text.count("<entry") == 30


def test_an_entry_is_new_again_only_when_readers_see_something_new(client):
    release = factories.make_trilingual_press_release(publish_at=timezone.now() - timedelta(days=9))

    def updated():
        feed = ET.fromstring(client.get("/ru/press.atom").content)
        return datetime.fromisoformat(feed.find(f"{ATOM}entry").findtext(f"{ATOM}updated"))

    first = updated()
    assert abs(first - release.publish_at) < timedelta(seconds=1)

    release.review_remark = "Никто не видит"
    release.save()
    assert updated() == first

    press.note_correction(release, {"ru": "Исправлена дата"})
    second = updated()
    assert second > first
    assert "Исправлена дата" in client.get("/ru/press.atom").text

    with patch.object(timezone, "now", lambda: second + timedelta(hours=1)):
        event = factories.make_event(happening="cancelled", happening_reason_ru="Карантин")
        release.events.add(event)
    assert updated() > second


def test_a_release_of_long_ago_under_embargo_is_dated_by_its_end(client):
    end = timezone.now() - timedelta(hours=1)
    factories.make_press_release(embargo_until=end)

    feed = ET.fromstring(client.get("/ru/press.atom").content)

    published = feed.find(f"{ATOM}entry").findtext(f"{ATOM}published")
    assert abs(datetime.fromisoformat(published) - end) < timedelta(seconds=1)


# The private link


def private_url(release, language="ru"):
    return f"/{language}/press-embargo/{release.private_key}/"


def test_the_private_link_shows_the_text_with_the_embargo_above_and_below(client):
    end = timezone.now() + timedelta(days=1)
    release = factories.make_trilingual_press_release(embargo_until=end, slug="secret-slug")
    press.settle(release)

    for language in LANGUAGE_CODES:
        page = client.get(private_url(release, language))
        line = press.embargo_line(release, language)
        assert page.status_code == 200
        assert page.text.count(f'<p class="embargo">{line}</p>') == 2
        assert f"{timezone.localtime(end):%H:%M}" in line
        assert page["X-Robots-Tag"] == "noindex, nofollow"
        assert page["Cache-Control"] == "no-store"
        assert page["Referrer-Policy"] == "no-referrer"
        assert "secret-slug" not in page.text
        assert release.short_id not in page.text
        for tell_tale in ('rel="canonical"', 'rel="alternate"', "og:", "ld+json"):
            assert tell_tale not in page.text
        assert getattr(release, f"title_{language}") in article_of(page)


def test_after_the_embargo_the_private_link_leads_to_the_page(client):
    end = timezone.now() + timedelta(days=1)
    release = factories.make_press_release(embargo_until=end)

    with patch.object(timezone, "now", lambda: end):
        response = client.get(private_url(release))

    assert response.status_code == 302
    assert response.url == release.get_absolute_url()
    assert response["Cache-Control"] == "no-store"


def test_nothing_else_can_be_read_by_a_private_link(client):
    tomorrow = timezone.now() + timedelta(days=1)
    hidden = [
        factories.make_press_release(status="draft", publish_at=None, embargo_until=tomorrow),
        factories.make_press_release(status="in_review", publish_at=None, embargo_until=tomorrow),
        factories.make_press_release(publish_at=tomorrow),
        factories.make_press_release(
            publish_at=tomorrow, embargo_until=timezone.now() - timedelta(days=1)
        ),
    ]
    for release in hidden:
        assert client.get(private_url(release)).status_code == 404
    assert client.get("/ru/press-embargo/x/").status_code == 404
    assert client.get("/ru/press-embargo/%00/").status_code == 404

    released = factories.make_press_release()
    assert client.get(private_url(released)).url == released.get_absolute_url()
    withdraw(released, None, {"ru": "Ошибка"})
    assert client.get(private_url(released), follow=True).status_code == 410


def test_a_new_private_link_kills_the_old_one(client):
    release = factories.make_press_release(embargo_until=timezone.now() + timedelta(days=1))
    old = private_url(release)
    history = release.history.count()

    press.renew_private_key(release)

    assert client.get(old).status_code == 404
    assert client.get(private_url(release)).status_code == 200
    assert release.history.count() == history
    assert reverse("events:private_release", args=[release.private_key]) != old
