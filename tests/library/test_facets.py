"""A facet of documents is an entry of FACETS in library/facets.py. What else it wants it says at
the start; whoever adds one gives the first document below a value of it."""

from dataclasses import replace

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.http import QueryDict
from django.urls import reverse

from library.facets import FACETS
from library.filters import DocumentFilter
from library.models import Document, Kind, TopicTree
from mrc_portal.templatetags.portal_tags import FACET_LABELS
from tests import factories

EVERY_FACET = pytest.mark.parametrize("facet", FACETS, ids=[it.name for it in FACETS])


@pytest.fixture
def two_documents(db, search_index, committed):
    """One that has a value of every facet, and one that shares none of them."""
    with committed():
        document = factories.make_document(
            kind=Kind.REVIEW,
            topics=[factories.make_topic()],
            countries=[factories.get_country("PH")],
            project=factories.make_project(),
        )
        other = factories.make_document(
            kind=Kind.LETTER,
            issued_on=None,
            original_language="ky",
            ready_ru=False,
            title_ky="Кат",
            ready_ky=True,
        )
    return document, other


def test_a_facet_that_the_index_does_not_know_says_where_to_name_it():
    with pytest.raises(ImproperlyConfigured, match=r"schema\.py"):
        replace(FACETS[0], name="money")  # has a heading


def test_a_facet_without_a_heading_says_where_it_goes(monkeypatch):
    monkeypatch.delitem(FACET_LABELS, "year")

    with pytest.raises(ImproperlyConfigured, match="FACET_LABELS"):
        replace(FACETS[0], name="year")


@EVERY_FACET
def test_a_choice_is_offered_counted_and_found_alike_everywhere(client, two_documents, facet):
    document, other = two_documents
    values = list(facet.values(document, TopicTree()))
    assert values, f"give the first document of this test a value of {facet.name!r}"
    assert not set(values) & set(facet.values(other, TopicTree()))
    choice = {facet.name: values[0]}

    whole = client.get(reverse("library:document_list")).context["listing"]
    listing = client.get(reverse("library:document_list"), choice).context["listing"]
    from_database = DocumentFilter(
        QueryDict(f"{facet.name}={values[0]}"), queryset=Document.objects.published()
    )
    items = client.get("/api/v1/documents", choice).json()["items"]
    feed = client.get(reverse("library:document_feed"), choice).text

    (offered,) = (it for it in whole.facets if it.name == facet.name)
    assert [it.count for it in offered.choices if f"{facet.name}={values[0]}" in it.query] == [1]
    assert [row.record for row in listing.rows] == [document]
    assert [it.label for it in listing.facets if it.chosen for it in it.chosen] != []
    assert list(from_database.qs) == [document]
    assert from_database.chosen == {facet.name: (values[0],)}
    assert [it["id"] for it in items] == [document.short_id]
    assert (document.short_id in feed, other.short_id in feed) == (True, False)


@EVERY_FACET
def test_a_value_that_does_not_exist_is_passed_over(client, two_documents, facet):
    listing = client.get(reverse("library:document_list"), {facet.name: "nonsense"})

    assert len(listing.context["listing"].rows) == 2
