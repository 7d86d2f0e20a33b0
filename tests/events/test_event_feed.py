"""The feed of events, read back as XML and held against RFC 4287."""

from datetime import timedelta
from unittest.mock import patch
from xml.etree import ElementTree as ET

import pytest
from django.urls import reverse
from django.utils import timezone, translation

from events.models import DatePrecision, Event, Happening
from mrc_portal.languages import LANGUAGE_CODES
from tests import factories

pytestmark = pytest.mark.django_db

ATOM = "{http://www.w3.org/2005/Atom}"
LANG = "{http://www.w3.org/XML/1998/namespace}lang"


def feed_of(client, query="", language="ru"):
    with translation.override(language):
        address = reverse("events:event_feed") + query
    response = client.get(address)
    assert response.status_code == 200
    assert response["Content-Type"] == "application/atom+xml; charset=utf-8"
    return ET.fromstring(response.content)


def text_of(element, name):
    return element.findtext(f"{ATOM}{name}")


@pytest.mark.parametrize("language", LANGUAGE_CODES)
def test_a_feed_has_what_the_standard_requires(client, language):
    event = factories.make_trilingual_event(kind="seminar")

    feed = feed_of(client, "?kind=seminar&kind=nonsense", language)

    assert feed.get(LANG) == language
    links = {link.get("rel"): link.get("href") for link in feed.findall(f"{ATOM}link")}
    site = f"http://testserver/{language}"
    assert links == {
        "self": f"{site}/events.atom?kind=seminar",
        "alternate": f"{site}/events/?kind=seminar",
    }
    for name in ("id", "title", "updated"):
        assert text_of(feed, name), name
    assert feed.find(f"{ATOM}author/{ATOM}name").text
    (entry,) = feed.findall(f"{ATOM}entry")
    assert text_of(entry, "id") == f"http://testserver/e/{event.short_id}"
    assert text_of(entry, "title") == getattr(event, f"title_{language}")
    assert text_of(entry, "updated") == event.changed_at.isoformat()
    assert text_of(entry, "published") == event.publish_at.isoformat()
    assert entry.find(f"{ATOM}link").get("href") == f"{site}/events/{event.slug}/"
    assert entry.find(f"{ATOM}category").get("term")
    assert entry.get(LANG) == language


def test_an_invented_event_says_so(client):
    factories.make_event(is_demonstration=True)

    (entry,) = feed_of(client).findall(f"{ATOM}entry")

    mark = "Демонстрационная запись"
    assert entry.findtext(f"{ATOM}title").startswith(mark)
    assert mark in [it.get("term") for it in entry.findall(f"{ATOM}category")]


def test_an_entry_in_another_language_says_so(client):
    factories.make_event()

    feed = feed_of(client, language="en")

    assert feed.get(LANG) == "en"
    assert feed.find(f"{ATOM}entry").get(LANG) == "ru"


def test_what_was_changed_last_comes_first(client):
    first, second = factories.make_event(), factories.make_event()
    now = timezone.now() + timedelta(minutes=1)
    with patch("django.utils.timezone.now", lambda: now):
        first.save()

    ids = [text_of(entry, "id")[-7:] for entry in feed_of(client).findall(f"{ATOM}entry")]

    assert ids == [first.short_id, second.short_id]


def test_a_scheduled_event_is_new_when_it_appears(client):
    moment = timezone.now() + timedelta(hours=1)
    factories.make_planned_event(publish_at=moment)
    after = moment + timedelta(seconds=1)

    assert feed_of(client).findall(f"{ATOM}entry") == []
    with patch("django.utils.timezone.now", lambda: after):
        (entry,) = feed_of(client).findall(f"{ATOM}entry")
    assert text_of(entry, "updated") == moment.isoformat()


def test_that_an_event_is_off_stands_first(client):
    event = factories.make_planned_event(title_ru="Встреча", happening_reason_ru="Дождь")

    event.happening, event.date_precision = Happening.POSTPONED, DatePrecision.UNKNOWN
    event.full_clean()
    event.save()

    (entry,) = feed_of(client).findall(f"{ATOM}entry")
    title, summary = text_of(entry, "title"), text_of(entry, "summary")
    assert title.endswith("Встреча")
    assert title != "Встреча"
    assert summary.startswith(f"<p>{title.removesuffix('Встреча')}Дождь<br>")
    assert event.formerly in summary


def test_an_empty_feed_is_not_new_at_every_request(client):
    first = client.get(reverse("events:event_feed"))
    second = client.get(reverse("events:event_feed"), headers={"if-none-match": first["ETag"]})

    assert second.status_code == 304


def test_any_text_is_well_formed_and_escaped(client):
    event = factories.make_event()
    hostile = "<b>&amp;\x01\x0b\ufffe\r\n]]></summary>"
    Event.objects.filter(pk=event.pk).update(title_ru=hostile, summary_ru=hostile)

    (entry,) = feed_of(client).findall(f"{ATOM}entry")

    assert text_of(entry, "title").startswith("<b>&amp;")
    assert "<b>" not in text_of(entry, "summary")
    assert "&lt;b&gt;" in text_of(entry, "summary")


def test_of_very_many_events_the_feed_has_the_latest(client, monkeypatch):
    monkeypatch.setattr("events.feeds.MOST_ENTRIES", 2)
    for _number in range(3):
        factories.make_event()

    assert len(feed_of(client).findall(f"{ATOM}entry")) == 2
