"""Events and press releases beside the documents, organisations, projects and topics that they are
about: what readers see of them, and at what cost."""

from datetime import date, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from events.mentions import MOST_MENTIONS
from events.models import EventMaterial, EventOrganisation
from mrc_portal.publishing import withdraw
from mrc_portal.roles import EDITORS
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def beside():
    """A document, an organisation, a project and a topic (with one below it), as their pages."""
    topic = factories.make_topic(slug="topic")
    return {
        "document": factories.make_document(slug="document"),
        "organisation": factories.make_organisation(slug="organisation"),
        "project": factories.make_project(slug="project"),
        "topic": topic,
        "below": factories.make_topic(slug="below", parent=topic),
    }


def pages(beside):
    return [
        beside[name].get_absolute_url() for name in ("document", "organisation", "project", "topic")
    ]


def make_event(beside, **fields):
    event = factories.make_trilingual_event(
        project=beside["project"], topics=[beside["below"]], **fields
    )
    EventMaterial.objects.create(event=event, document=beside["document"])
    EventOrganisation.objects.create(event=event, organisation=beside["organisation"])
    # A second part of the same one must not list the event twice.
    EventOrganisation.objects.create(event=event, organisation=beside["organisation"], role="host")
    return event


def make_release(beside, **fields):
    return factories.make_trilingual_press_release(
        project=beside["project"],
        topics=[beside["topic"], beside["below"]],
        documents=[beside["document"]],
        organisations=[beside["organisation"]],
        **fields,
    )


def told(client, address):
    """The addresses under each heading, in order."""
    mentions = client.get(address).context["mentions"]
    return [[item.url for item in group.items] for group in mentions]


def test_readers_see_public_events_and_releases_newest_first(client, beside):
    older = make_event(beside, starts_on=date(2012, 9, 13))
    newer = make_event(beside, starts_on=date(2013, 3, 26))
    to_come = make_event(beside, starts_on=None, date_precision="unknown", happening="planned")
    first = make_release(beside, dateline_on=date(2012, 9, 5))
    second = make_release(beside, first_issued_on=date(2013, 3, 25), dateline_on=None)
    factories.make_event()  # about something else
    factories.make_press_release()

    for address in pages(beside):
        assert told(client, address) == [
            [it.get_absolute_url() for it in (to_come, newer, older)],
            [it.get_absolute_url() for it in (second, first)],
        ], address
        assert newer.when in client.get(address).text


def test_a_topic_includes_what_stands_below_it_and_not_above(client, beside):
    event = factories.make_event(topics=[beside["topic"]])

    assert told(client, beside["topic"].get_absolute_url()) == [[event.get_absolute_url()]]
    assert told(client, beside["below"].get_absolute_url()) == []


def test_a_report_on_feedback_leads_to_its_event(client, beside):
    event = factories.make_event(feedback_document=beside["document"])

    assert told(client, pages(beside)[0]) == [[event.get_absolute_url()]]


@pytest.mark.parametrize(
    "hidden",
    [
        {"status": "draft", "publish_at": None},
        {"status": "in_review", "publish_at": None},
        {"publish_at": timezone.now() + timedelta(days=1)},
    ],
)
def test_nothing_that_is_not_public_stands_beside_a_record(client, beside, hidden):
    make_event(beside, **hidden)
    make_release(beside, **hidden)
    make_release(beside, embargo_until=timezone.now() + timedelta(days=1))
    withdraw(make_event(beside), None, {"ru": "Ошибка"})

    for address in pages(beside):
        assert told(client, address) == [], address


def test_staff_see_what_is_being_prepared_with_its_state(client, beside):
    draft = make_event(beside, status="draft", publish_at=None)
    client.force_login(factories.make_user(EDITORS))

    (group,) = client.get(pages(beside)[0]).context["mentions"]

    assert [item.url for item in group.items] == [draft.get_absolute_url()]
    assert group.items[0].note.count(",") == 2  # kind, day and state


def test_a_cancelled_event_says_so_beside_everything_at_once(client, beside):
    make_event(beside, happening="cancelled", happening_reason_ru="Карантин <в городе>")

    for address in pages(beside):
        page = client.get(address.replace("/ru/", "/ky/"))
        assert '<span lang="ru">Карантин &lt;в городе&gt;</span>' in page.text, address


def test_a_title_in_another_language_is_marked(client, beside):
    EventMaterial.objects.create(
        event=factories.make_event(title_ru="Только по-русски"), document=beside["document"]
    )

    page = client.get(pages(beside)[0].replace("/ru/", "/en/"))

    assert '<span lang="ru">Только по-русски</span>' in page.text


def test_of_many_the_newest_are_told_with_a_way_to_all(client, beside):
    for number in range(MOST_MENTIONS + 3):
        make_event(beside, starts_on=date(2013, 1, 1) + timedelta(days=number))
        make_release(beside, dateline_on=date(2013, 1, 1) + timedelta(days=number))

    for name, address in zip(
        ("document", "organisation", "project", "topic"), pages(beside), strict=True
    ):
        events, releases = client.get(address).context["mentions"]
        assert len(events.items) == len(releases.items) == MOST_MENTIONS
        if name == "document":
            continue
        for group in (events, releases):
            assert client.get(group.more_url).status_code == 200, group.more_url
        assert client.get(events.more_url.replace("&", "&when=past&")).status_code == 200
    few = factories.make_project()
    factories.make_event(project=few)
    (group,) = client.get(few.get_absolute_url()).context["mentions"]
    assert group.more_url == ""


def test_the_fullest_pages_stay_within_their_queries(client, beside, django_assert_max_num_queries):
    document = beside["document"]
    document.publisher = beside["organisation"]
    document.project = beside["project"]
    document.kind = "best_practice"
    document.save()
    document.topics.add(beside["topic"], beside["below"])
    document.countries.add(factories.get_country("KG"), factories.get_country("NP"))
    factories.make_practice(document=document)
    factories.make_contribution(document)
    factories.make_contribution(document, organisation=beside["organisation"])
    factories.make_file(document)
    factories.make_recommendation(document)
    factories.make_change_note(document)
    factories.make_relation(factories.make_document(), document)
    for _number in range(12):
        make_event(beside)
        make_release(beside)

    for address in pages(beside):
        with django_assert_max_num_queries(8):
            assert client.get(address).context["mentions"]
    with django_assert_max_num_queries(8):
        client.get(reverse("library:topic_detail", args=["below"]))
