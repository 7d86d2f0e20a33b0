"""A library of 2,500 documents, harvested whole by somebody else's harvester."""

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
import sickle.app
from lxml import etree
from requests import Response

from library.models import Contribution, Document, Kind
from library.oai import datestamps
from library.oai.views import REQUESTS
from mrc_portal.publishing import Status
from tests.factories import LONG_AGO, make_person, make_topic
from tests.library.schemas import assert_valid
from tests.library.test_oai import SCHEMAS

COUNT = 2_500
STARTED = datetime(2020, 1, 1, tzinfo=UTC)


@pytest.fixture
def harvester(client, monkeypatch):
    """Sickle, with our own address instead of a network."""

    def get(url, params):
        answer = client.get("/oai", params)
        response = Response()
        response.status_code, response._content = answer.status_code, answer.content
        return response

    REQUESTS.forget()
    monkeypatch.setattr(datestamps, "MOST_SECONDS", 3600)  # however busy the machine is
    monkeypatch.setattr(sickle.app.requests, "get", get)
    return sickle.app.Sickle("http://testserver/oai")


@pytest.fixture
def library(db):
    """Half of it letters, a tenth about work, a fifth in Kyrgyz too, changed second by second."""
    topic = make_topic(slug="work")
    author = make_person()
    documents = Document.objects.bulk_create(
        Document(
            title_ru=f"Документ {number}",
            title_ky=f"Документ {number}",
            slug=f"large-{number}",
            kind=Kind.LETTER if number % 2 else Kind.GUIDE,
            status=Status.PUBLISHED,
            publish_at=LONG_AGO,
            original_language="ru",
            ready_ru=True,
            ready_ky=number % 5 == 0,
        )
        for number in range(COUNT)
    )
    Contribution.objects.bulk_create(Contribution(document=it, person=author) for it in documents)
    Document.topics.through.objects.bulk_create(
        Document.topics.through(document=it, topic=topic) for it in documents[::10]
    )
    for number, document in enumerate(documents):
        document.changed_at = STARTED + timedelta(seconds=number)
    Document._base_manager.bulk_update(documents, ["changed_at"], batch_size=500)
    return documents


def test_everything_comes_once_and_valid_and_as_it_was_chosen(harvester, library):
    """One test, as it takes long to make so many documents."""
    for prefix in ("oai_dc", "mods"):
        seen = Counter()
        for number, record in enumerate(harvester.ListRecords(metadataPrefix=prefix)):
            seen[record.header.identifier] += 1
            assert not record.deleted
            if number % 100 == 0:  # all are made alike
                [metadata] = record.xml.find("{*}metadata")
                assert_valid(metadata, SCHEMAS[etree.QName(metadata).namespace])
        assert len(seen) == COUNT
        assert set(seen.values()) == {1}

    def count(**choice):
        return sum(1 for _header in harvester.ListIdentifiers(metadataPrefix="oai_dc", **choice))

    early = {"from": "2020-01-01T00:10:00Z", "until": "2020-01-01T00:19:59Z"}
    assert count(set="kind:letter") == COUNT / 2
    assert count(set="topic:work") == COUNT / 10
    assert count(set="language:ky") == COUNT / 5
    assert count(**early) == 600
    assert count(set="kind:letter", **early) == 300
    assert count(**{"from": "2020-01-01", "until": "2020-01-01"}) == COUNT
    assert len([it.setSpec for it in harvester.ListSets()]) > 15
    assert [it.metadataPrefix for it in harvester.ListMetadataFormats()] == ["oai_dc", "mods"]
    assert harvester.Identify().deletedRecord == "persistent"
