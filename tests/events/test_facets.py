"""A facet of events is an entry of FACETS in events/facets.py. Whoever adds one gives the first
event below a value of it."""

from dataclasses import replace
from datetime import date

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.urls import reverse

from events.facets import FACETS
from events.models import Event
from mrc_portal.alerts.followed import followed
from mrc_portal.templatetags.portal_tags import FACET_LABELS
from tests import factories

EVERY_FACET = pytest.mark.parametrize("facet", FACETS, ids=[it.name for it in FACETS])


@pytest.fixture
def two_events(db):
    """One that has a value of every facet, and one that shares none of them."""
    event = factories.make_event(
        kind="seminar", starts_on=date(2012, 3, 1), project=factories.make_project()
    )
    event.organisations.create(organisation=factories.make_organisation())
    return event, factories.make_event(kind="training", starts_on=date(2014, 3, 1))


def test_a_facet_without_a_heading_says_where_it_goes(monkeypatch):
    monkeypatch.delitem(FACET_LABELS, "year")

    with pytest.raises(ImproperlyConfigured, match="FACET_LABELS"):
        replace(FACETS[0], name="year")


@EVERY_FACET
def test_a_choice_is_offered_counted_and_found_alike_everywhere(client, two_events, facet):
    event, other = two_events
    values_of = Event.objects.annotate(value=facet.values).values_list("value", flat=True)
    (value,) = values_of.filter(pk=event.pk)
    assert value, f"give the first event of this test a value of {facet.name!r}"
    assert value not in values_of.filter(pk=other.pk)
    choice = {facet.name: str(value)}

    whole = client.get(reverse("events:event_list")).context["listing"]
    page = client.get(reverse("events:event_list"), choice).context
    calendar = client.get(reverse("events:event_list_calendar"), choice).text
    feed = client.get(reverse("events:event_feed"), choice).text
    items = client.get("/api/v1/events", choice).json()["items"]
    letters = followed("events", page["filters"].data)

    (offered,) = (it for it in whole.facets if it.name == facet.name)
    assert [it.count for it in offered.choices if f"{facet.name}={value}" in it.query] == [1]
    assert page["listing"].events == [event]
    (chosen,) = (it for group in page["listing"].facets for it in group.chosen)
    assert str(chosen.label)
    assert page["filters"].chosen == {facet.name: (str(value),)}
    for file in (calendar, feed):
        assert (event.short_id in file, other.short_id in file) == (True, False)
    assert [it["id"] for it in items] == [event.short_id]
    assert str(chosen.label) in letters.title


@EVERY_FACET
def test_a_value_that_does_not_exist_is_passed_over(client, two_events, facet):
    listing = client.get(reverse("events:event_list"), {facet.name: "nonsense"})

    assert len(listing.context["listing"].events) == 2
