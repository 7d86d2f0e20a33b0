"""No release is anywhere before its second: neither scheduled nor under embargo, in review or
withdrawn; and from that second on it is everywhere. By the clock alone."""

from datetime import UTC, datetime, timedelta
from unittest.mock import patch

import pytest
from django.urls import reverse
from django.utils import timezone, translation
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from events import press
from events.models import PressRelease, ReleaseBoilerplate
from events.search import PressReleaseSource
from mrc_portal.languages import LANGUAGE_CODES
from mrc_portal.publishing import Status
from tests import factories

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("own_folder", "search_index")]

SECRET = "Ещётайна"
NOON = datetime(2026, 11, 21, 6, 0, tzinfo=UTC)  # in Bishkek
SECOND = timedelta(seconds=1)

moments = st.timedeltas(timedelta(days=-400), timedelta(days=400)).map(
    lambda distance: NOON + timedelta(seconds=int(distance.total_seconds()))
)


@pytest.fixture
def own_folder(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def furnished(django_capture_on_commit_callbacks):
    """A release with all that may name it."""

    def make(**fields):
        with django_capture_on_commit_callbacks(execute=True):
            titles = {f"title_{code}": f"{SECRET} {code}" for code in LANGUAGE_CODES}
            release = factories.make_trilingual_press_release(
                **titles,
                summary_ru=f"{SECRET} в кратком изложении",
                slug="release",
                events=[factories.make_event(slug="event")],
                documents=[factories.make_document(slug="document")],
                organisations=[factories.make_organisation(slug="organisation")],
                topics=[factories.make_topic(slug="topic")],
                project=factories.make_project(slug="project"),
                **fields,
            )
            ReleaseBoilerplate.objects.create(
                release=release, boilerplate=factories.make_boilerplate()
            )
            press.settle(release)
        return release

    return make


def places_of(release, language="ru"):
    """Addresses that name a public release, and its own ones."""
    with translation.override(language):
        listings = [
            reverse("home"),
            reverse("events:press_list"),
            reverse("events:press_list") + "?year=2013",
            reverse("events:press_list") + f"?language={language}",
            reverse("events:press_feed"),
            reverse("events:event_detail", args=["event"]),
            reverse("library:document_detail", args=["document"]),
            reverse("library:organisation_detail", args=["organisation"]),
            reverse("library:project_detail", args=["project"]),
            reverse("library:topic_detail", args=["topic"]),
        ]
        own = [
            reverse("events:press_release_detail", args=["release"]),
            reverse("events:press_release_text", args=["release"]),
            release.get_permanent_path(),
            reverse("letterhead", args=[release.short_id, language]),
        ]
    return listings, own


def assert_seen(client, release, is_seen, languages=LANGUAGE_CODES):
    """Everywhere or nowhere, as a reader finds out by opening all addresses."""
    for language in languages:
        listings, own = places_of(release, language)
        for address in listings:
            page = client.get(address)
            assert page.status_code == 200, address
            assert (SECRET in page.text) is is_seen, address
        for address in own:
            page = client.get(address, follow=True)
            for close in page._resource_closers:
                close()
            assert page.status_code == (200 if is_seen else 404), address
            # The page of an error repeats no more than the address that was asked for.
            assert is_seen or SECRET not in page.text, address


def put(release, **columns):
    """Give the release another state, past its rules."""
    columns["withdrawn_at"] = NOON if columns["status"] == Status.WITHDRAWN else None
    PressRelease.objects.filter(pk=release.pk).update(**columns)
    release.refresh_from_db()


@given(
    status=st.sampled_from(list(Status)),
    publish_at=moments,
    embargo_until=st.none() | moments,
    distance=st.sampled_from([-SECOND, timedelta(0), SECOND])
    | st.timedeltas(timedelta(days=-300), timedelta(days=300)),
)
@example(status=Status.PUBLISHED, publish_at=NOON, embargo_until=None, distance=-SECOND)
@example(status=Status.PUBLISHED, publish_at=NOON, embargo_until=None, distance=0 * SECOND)
@example(status=Status.PUBLISHED, publish_at=NOON, embargo_until=NOON + SECOND, distance=-SECOND)
@example(status=Status.PUBLISHED, publish_at=NOON, embargo_until=NOON + SECOND, distance=0 * SECOND)
@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_it_is_nowhere_before_its_second_and_everywhere_after(
    client, furnished, status, publish_at, embargo_until, distance
):
    release = PressRelease.objects.filter(slug="release").first() or furnished()
    begins = max(publish_at, embargo_until or publish_at)
    now = begins + distance

    put(release, status=status, publish_at=publish_at, embargo_until=embargo_until)

    with patch.object(timezone, "now", lambda: now):
        is_public = status == Status.PUBLISHED and now >= begins
        assert release.is_published is is_public
        assert list(PressRelease.objects.published()) == ([release] if is_public else [])
        is_scheduled = status == Status.PUBLISHED and now < begins
        assert release.is_scheduled is is_scheduled
        assert list(PressRelease.objects.scheduled()) == ([release] if is_scheduled else [])
        entries = list(PressReleaseSource().entries([f"release-{release.pk}"]))
        assert [entry.visible_from for entry in entries] == (
            [begins] if status == Status.PUBLISHED else []
        )
        if status != Status.WITHDRAWN:
            assert_seen(client, release, is_public, languages=["ru"])


@pytest.mark.parametrize("language", LANGUAGE_CODES)
@pytest.mark.parametrize(
    ("publish_at", "embargo_until"),
    [(NOON, None), (NOON - timedelta(days=9), NOON), (NOON, NOON - timedelta(hours=2))],
    ids=["scheduled", "embargo", "embargo shorter"],
)
def test_at_its_second_it_appears_in_every_language_and_in_the_search(
    client, furnished, publish_at, embargo_until, language
):
    release = furnished(publish_at=publish_at, embargo_until=embargo_until)

    for now, is_seen in ((NOON - SECOND, False), (NOON, True), (NOON + SECOND, True)):
        with patch.object(timezone, "now", lambda now=now: now):
            assert_seen(client, release, is_seen, languages=[language])
            found = client.get(f"/{language}/search/", {"q": SECRET})
            assert (release.get_absolute_url()[3:] in found.text) is is_seen


def test_what_was_withdrawn_is_in_no_list_and_says_why_at_its_own_addresses(client, furnished):
    release = furnished()
    put(release, status=Status.WITHDRAWN)
    listings, own = places_of(release)

    for address in listings:
        assert SECRET not in client.get(address).text
    for address in own:
        assert client.get(address, follow=True).status_code == 410
