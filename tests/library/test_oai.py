"""OAI-PMH 2.0 as a harvester meets it; every answer is held against the schemas."""

import threading
import time
from datetime import UTC, date, datetime, timedelta
from unittest.mock import patch

import pytest
from django.db import OperationalError, connection, transaction
from django.test import Client
from django.utils import timezone
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from library.formats import dublin_core, mods
from library.models import Document, Kind
from library.models.harvest import OaiItem
from library.oai import answers
from library.oai.protocol import read_token, utc_second
from library.oai.views import REQUESTS
from mrc_portal.publishing import Status, withdraw
from mrc_portal.search.models import OutboxLine
from tests.factories import (
    make_document,
    make_draft,
    make_file,
    make_organisation,
    make_person,
    make_relation,
    make_topic,
    make_trilingual_document,
)
from tests.library.schemas import assert_valid
from tests.library.test_dublin_core import make_full_document

IN = {
    "o": answers.NAMESPACE,
    "dc": dublin_core.DC,
    "oai_dc": dublin_core.NAMESPACE,
    "m": mods.NAMESPACE,
    "i": answers.IDENTIFIER,
}
SCHEMAS = {
    dublin_core.NAMESPACE: "oai_dc",
    mods.NAMESPACE: "mods-3-8",
    answers.IDENTIFIER: "oai-identifier",
}


pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def no_limit():
    REQUESTS.forget()


def checked(response):
    """The answer, once it and everything in it has been found valid."""
    assert response.status_code == 200
    assert response["Content-Type"] == "text/xml; charset=utf-8"
    root = etree.fromstring(response.content)
    assert_valid(root, "OAI-PMH")
    for path in ("o:metadata", "o:description", "o:setDescription"):
        for parent in root.iterfind(f".//{path}", IN):
            [child] = parent
            assert_valid(child, SCHEMAS[etree.QName(child).namespace])
    return root


def ask(client, verb, **arguments):
    arguments = {name.rstrip("_"): value for name, value in arguments.items()}
    return checked(client.get("/oai", {"verb": verb} | arguments))


def ask_list(client, verb="ListIdentifiers", prefix="oai_dc", **arguments):
    return ask(client, verb, metadataPrefix=prefix, **arguments)


def error_of(root):
    [error] = root.findall("o:error", IN)
    return error.get("code")


def texts(root, path):
    return [it.text for it in root.iterfind(path, IN)]


def id_of(document):
    return f"oai:{answers.NO_REPOSITORY}:{document.short_id}"


def ids(root):
    return texts(root, ".//o:header/o:identifier")


def statuses(root):
    return {
        it.find("o:identifier", IN).text: it.get("status")
        for it in root.iterfind(".//o:header", IN)
    }


def datestamp(client, document):
    root = ask(client, "GetRecord", identifier=id_of(document), metadataPrefix="oai_dc")
    return OaiItem.objects.get(document_pk=document.pk).datestamp, root.find(".//o:header", IN).get(
        "status"
    )


# The six verbs


def test_identify(client, settings):
    settings.SITE_URL = "https://mrc.example"
    settings.CONTACT_EMAIL = "library@mrc.example"
    document = make_document()
    Document.objects.update(changed_at=datetime(2014, 3, 1, 12, 30, 15, 999, tzinfo=UTC))

    root = ask(client, "Identify")

    assert texts(root, ".//o:baseURL") == ["https://mrc.example/oai"]
    assert texts(root, ".//o:adminEmail") == ["library@mrc.example"]
    assert texts(root, ".//o:deletedRecord") == ["persistent"]
    assert texts(root, ".//o:granularity") == ["YYYY-MM-DDThh:mm:ssZ"]
    assert texts(root, ".//o:earliestDatestamp") == ["2014-03-01T12:30:15Z"]
    assert texts(root, ".//i:sampleIdentifier") == [f"oai:mrc.example:{document.short_id}"]


def test_identify_of_an_empty_portal_without_a_name(client, db):
    root = ask(client, "Identify")

    assert texts(root, ".//o:adminEmail") == [f"postmaster@{answers.NO_REPOSITORY}"]
    assert texts(root, ".//o:earliestDatestamp") == texts(root, "o:responseDate")


def test_formats_of_the_portal_and_of_a_record(client):
    document = make_document()

    everywhere = ask(client, "ListMetadataFormats")
    of_it = ask(client, "ListMetadataFormats", identifier=id_of(document))

    assert texts(everywhere, ".//o:metadataPrefix") == ["oai_dc", "mods"]
    assert texts(of_it, ".//o:metadataPrefix") == ["oai_dc", "mods"]


def test_sets_are_named_in_every_language(client):
    above = make_topic(slug="work", name_ru="Труд", name_ky="Эмгек", name_en="Work")
    make_topic(slug="contracts", name_ru="Договоры", parent=above)

    root = ask(client, "ListSets")

    specs = texts(root, ".//o:setSpec")
    assert {"kind:policy_brief", "language:ky", "topic:work", "topic:work:contracts"} <= set(specs)
    assert len(specs) == len(set(specs))
    described = root.find(".//o:set[o:setSpec='topic:work']", IN)
    assert texts(described, "o:setName") == ["Work"]
    assert sorted(texts(described, ".//dc:title")) == ["Work", "Труд", "Эмгек"]


@pytest.mark.parametrize("prefix", ["oai_dc", "mods"])
def test_a_record_with_everything_and_a_list_of_it(client, prefix):
    document = make_full_document()
    make_file(document, language="ru")
    make_relation(document, make_document())

    one = ask(client, "GetRecord", identifier=id_of(document), metadataPrefix=prefix)
    many = ask_list(client, "ListRecords", prefix)

    assert ids(one) == [id_of(document)]
    assert len(ids(many)) == 2
    [record] = [it for it in many.iterfind(".//o:record", IN) if ids(it) == [id_of(document)]]
    # Parsed both, as their namespaces are declared elsewhere.
    assert etree.tostring(record, method="c14n", exclusive=True) == etree.tostring(
        one.find(".//o:record", IN), method="c14n", exclusive=True
    )


def test_a_form_that_is_posted_is_a_question_too(client):
    document = make_document()

    root = checked(client.post("/oai", {"verb": "ListIdentifiers", "metadataPrefix": "mods"}))

    assert ids(root) == [id_of(document)]
    assert client.put("/oai").status_code == 405


def test_nothing_that_is_not_public_is_told(client):
    later = timezone.now() + timedelta(days=1)
    hidden = [
        make_draft(),
        make_draft(status=Status.IN_REVIEW),
        make_document(publish_at=later),
        make_trilingual_document(ready_ru=False, ready_ky=False),
    ]
    [*never, half] = hidden

    for verb in ("ListRecords", "ListIdentifiers"):
        assert ids(ask_list(client, verb)) == [id_of(half)]
    for document in never:
        root = ask(client, "GetRecord", identifier=id_of(document), metadataPrefix="oai_dc")
        assert error_of(root) == "idDoesNotExist"
    record = etree.tostring(ask_list(client, "ListRecords", "mods"), encoding="unicode")
    assert half.title_en in record
    assert half.title_ru not in record


# Errors


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("", "badVerb"),
        ("verb=Nonsense", "badVerb"),
        ("verb=Identify&verb=Identify", "badVerb"),
        ("verb=identify", "badVerb"),
        ("verb=Identify&metadataPrefix=oai_dc", "badArgument"),
        ("verb=Identify&nonsense=1", "badArgument"),
        ("verb=ListRecords", "badArgument"),
        ("verb=GetRecord&metadataPrefix=oai_dc", "badArgument"),
        ("verb=GetRecord&identifier=oai:mrc.localhost:2", "badArgument"),
        ("verb=ListRecords&metadataPrefix=oai_dc&metadataPrefix=oai_dc", "badArgument"),
        ("verb=ListRecords&metadataPrefix=oai_dc&from=2013&until=2014", "badArgument"),
        ("verb=ListRecords&metadataPrefix=oai_dc&from=2013-02-30", "badArgument"),
        ("verb=ListRecords&metadataPrefix=oai_dc&from=2013-02-03T04:05Z", "badArgument"),
        ("verb=ListRecords&metadataPrefix=oai_dc&from=2013-02-03T04:05:06", "badArgument"),
        ("verb=ListRecords&metadataPrefix=oai_dc&from=", "badArgument"),
        (
            "verb=ListRecords&metadataPrefix=oai_dc&from=2013-02-03&until=2013-02-04T00:00:00Z",
            "badArgument",
        ),
        ("verb=ListRecords&metadataPrefix=oai_dc&from=2014-01-01&until=2013-01-01", "badArgument"),
        ("verb=ListRecords&metadataPrefix=oai_dc&set=kind::x", "badArgument"),
        ("verb=ListRecords&metadataPrefix=oai_dc&set=", "badArgument"),
        ("verb=ListRecords&metadataPrefix=a%20b", "badArgument"),
        ("verb=ListRecords&metadataPrefix=oai_dc&resumptionToken=x", "badArgument"),
        ("verb=GetRecord&metadataPrefix=oai_dc&identifier=a%00b", "badArgument"),
        ("verb=ListRecords&resumptionToken=%01", "badArgument"),
        ("verb=ListRecords&metadataPrefix=marc21", "cannotDisseminateFormat"),
        ("verb=ListIdentifiers&metadataPrefix=marc21", "cannotDisseminateFormat"),
        ("verb=GetRecord&metadataPrefix=oai_dc&identifier=nonsense", "idDoesNotExist"),
        ("verb=GetRecord&metadataPrefix=oai_dc&identifier=oai:mrc.localhost:", "idDoesNotExist"),
        ("verb=ListMetadataFormats&identifier=nonsense", "idDoesNotExist"),
        ("verb=ListRecords&metadataPrefix=oai_dc&set=kind:nonsense", "noRecordsMatch"),
        ("verb=ListRecords&metadataPrefix=oai_dc&set=KIND", "noRecordsMatch"),
        ("verb=ListRecords&metadataPrefix=oai_dc&set=kind:letter", "noRecordsMatch"),
        ("verb=ListRecords&metadataPrefix=oai_dc&until=1999-01-01", "noRecordsMatch"),
        ("verb=ListRecords&metadataPrefix=oai_dc&from=2999-01-01", "noRecordsMatch"),
        ("verb=ListRecords&resumptionToken=", "badResumptionToken"),
        ("verb=ListRecords&resumptionToken=nonsense", "badResumptionToken"),
        ("verb=ListSets&resumptionToken=nonsense", "badResumptionToken"),
    ],
)
def test_errors(client, query, code):
    make_document()

    for response in (
        client.get(f"/oai?{query}"),
        client.post("/oai", query, content_type="application/x-www-form-urlencoded"),
    ):
        root = checked(response)
        assert error_of(root) == code
        arguments = root.find("o:request", IN).attrib
        assert bool(arguments) == (code not in {"badVerb", "badArgument"})


def test_the_end_of_time_is_a_date_too(client):
    document = make_document()

    assert ids(ask_list(client, until="9999-12-31")) == [id_of(document)]
    assert ids(ask_list(client, from_="0001-01-01")) == [id_of(document)]


def test_an_argument_in_address_and_form_is_given_twice(client, db):
    response = client.post("/oai?verb=ListRecords&metadataPrefix=mods", {"metadataPrefix": "mods"})

    assert error_of(checked(response)) == "badArgument"


def test_a_format_that_is_not_there_is_said_of_a_record_that_is(client):
    document = make_document()

    root = ask(client, "GetRecord", identifier=id_of(document), metadataPrefix="marc21")

    assert error_of(root) == "cannotDisseminateFormat"


@settings(max_examples=30)
@given(
    st.dictionaries(
        st.sampled_from(
            ["metadataPrefix", "identifier", "from", "until", "set", "resumptionToken"]
        ),
        st.one_of(st.text(max_size=20), st.sampled_from(["oai_dc", "2013-01-01", "kind"])),
        max_size=3,
    ),
    st.sampled_from(
        [
            "Identify",
            "ListRecords",
            "ListIdentifiers",
            "GetRecord",
            "ListSets",
            "ListMetadataFormats",
        ]
    ),
)
def test_whatever_is_asked_the_answer_is_valid(arguments, verb):
    REQUESTS.forget()
    checked(Client().get("/oai", {"verb": verb} | arguments))


def test_a_flood_of_requests_is_told_to_come_again(client, db):
    with patch.object(REQUESTS, "most", 2):
        answered = [client.get("/oai?verb=Identify") for _number in range(3)]

    assert [it.status_code for it in answered] == [200, 200, 429]
    assert int(answered[2]["Retry-After"]) > 0


# Deleted records


def test_what_was_withdrawn_stays_as_deleted(client):
    topic = make_topic(slug="work")
    document = make_document(topics=[topic])
    assert statuses(ask_list(client, set="topic:work")) == {id_of(document): None}

    withdraw(document, None, {"ru": "Ошибка в расчётах."})

    for verb in ("ListIdentifiers", "ListRecords"):
        root = ask_list(client, verb, set="topic:work")
        assert statuses(root) == {id_of(document): "deleted"}
        assert root.find(".//o:metadata", IN) is None
    one = ask(client, "GetRecord", identifier=id_of(document), metadataPrefix="mods")
    assert statuses(one) == {id_of(document): "deleted"}
    formats = ask(client, "ListMetadataFormats", identifier=id_of(document))
    assert error_of(formats) == "noMetadataFormats"


@pytest.mark.parametrize("was_harvested", [True, False])
@pytest.mark.parametrize("way", ["deleted", "drafted", "withdrawn"])
def test_what_was_public_once_stays_as_deleted(client, was_harvested, way):
    make_document()
    ask(client, "Identify")  # harvesters have been here before
    document = make_document()
    identifier = id_of(document)
    if was_harvested:
        assert identifier in ids(ask_list(client))

    if way == "deleted":
        document.delete()
    elif way == "drafted":
        document.status = Status.DRAFT
        document.save()
    else:
        withdraw(document, None, {"ru": "Ошибка."})

    root = ask_list(client)
    assert statuses(root)[identifier] == "deleted"
    assert ids(root)[-1] == identifier


def test_what_was_never_public_leaves_no_trace(client):
    ask(client, "Identify")
    draft = make_draft()
    scheduled = make_document(publish_at=timezone.now() + timedelta(days=1))
    ask(client, "Identify")

    draft.delete()
    scheduled.delete()

    assert error_of(ask_list(client)) == "noRecordsMatch"
    assert not OaiItem.objects.exists()


def test_what_is_published_again_is_told_again(client):
    document = make_document()
    withdraw(document, None, {"ru": "Ошибка."})
    assert statuses(ask_list(client)) == {id_of(document): "deleted"}

    document.status = Status.PUBLISHED
    document.withdrawn_at = None
    document.save()

    assert statuses(ask_list(client)) == {id_of(document): None}


@pytest.mark.parametrize("comes_between", ["harvester", "comparison", "nobody"])
def test_what_is_brought_back_under_its_address_goes_on_as_before(client, comes_between):
    """A new row with the permanent identifier of one that was deleted: imports do so."""
    document = make_document()
    identifier, short_id = id_of(document), document.short_id
    assert ids(ask_list(client)) == [identifier]
    document.delete()
    if comes_between == "harvester":
        assert statuses(ask_list(client)) == {identifier: "deleted"}

    make_document(short_id=short_id)
    if comes_between == "comparison":
        OutboxLine.objects.all().delete()

    assert statuses(ask_list(client)) == {identifier: None}
    Document.objects.get().delete()
    assert statuses(ask_list(client)) == {identifier: "deleted"}


def test_the_first_harvester_is_not_told_twice_of_what_came_back(client):
    short_id = make_document().short_id
    Document.objects.get().delete()
    document = make_document(short_id=short_id)

    assert statuses(ask_list(client)) == {id_of(document): None}

    document.delete()
    assert statuses(ask_list(client)) == {f"oai:{answers.NO_REPOSITORY}:{short_id}": "deleted"}


def test_what_was_withdrawn_a_moment_ago_is_not_told(client):
    """Between taking up what has changed and reading the documents."""
    document = make_document()
    ask(client, "Identify")
    Document.objects.update(status=Status.WITHDRAWN, withdrawn_at=timezone.now())  # no outbox line

    assert statuses(ask_list(client, "ListRecords")) == {id_of(document): "deleted"}


# Datestamps


def touch_title(document):
    document.title_ru = "Другое название"
    document.save()


def touch_readiness(document):
    document.ready_ky = False
    document.save()


def touch_file(document):
    make_file(document, language="ru")


def touch_files_role(document):
    file = document.files.get()
    file.replaced_by = make_file(document, language="ky")
    file.save()


def touch_authors_name(document):
    author = document.contributions.get().person
    author.family_name_en = "Asanbaeva"
    author.save()


def touch_authors(document):
    document.contributions.all().delete()


def touch_publishers_name(document):
    document.publisher.name_en = "Institute"
    document.publisher.save()


def touch_funders_name(document):
    document.funder.name_en = "Fund"
    document.funder.save()


def touch_topics(document):
    document.topics.clear()


def touch_topics_name(document):
    topic = document.topics.get()
    topic.name_ky = "Эмгек укугу"
    topic.save()


def touch_tree(document):
    topic = document.topics.get()
    topic.parent = make_topic()
    topic.save()


def touch_relation(document):
    make_relation(document, make_document())


def touch_related(document):
    withdraw(document.relations.get().target, None, {"ru": "Ошибка."})


@pytest.mark.parametrize(
    "change", [it for name, it in list(globals().items()) if name.startswith("touch_")]
)
def test_whatever_is_harvested_changes_the_datestamp(client, change):
    document = make_full_document(funder=make_organisation(name_ru="Фонд"))
    make_file(document, language="ky")
    make_relation(document, make_document())
    before, _status = datestamp(client, document)
    again, _status = datestamp(client, document)

    change(document)

    after, _status = datestamp(client, document)
    assert before == again < after


def test_what_is_not_harvested_leaves_the_datestamp(client):
    document = make_full_document()
    before, _status = datestamp(client, document)

    document.save()
    document.body_ru = "<p>Текст</p>"
    document.save()
    make_person()

    after, _status = datestamp(client, document)
    assert before == after


def test_a_scheduled_document_gets_the_moment_at_which_it_appears(client):
    other = make_document()
    to_come = make_document(publish_at=timezone.now() + timedelta(hours=1))
    make_relation(other, to_come)
    first, _status = datestamp(client, other)
    assert ids(ask_list(client)) == [id_of(other)]

    later = timezone.now() + timedelta(hours=2)
    with patch("django.utils.timezone.now", return_value=later):
        root = ask_list(client)
        second, _status = datestamp(client, other)

    assert set(ids(root)) == {id_of(other), id_of(to_come)}
    item = OaiItem.objects.get(document_pk=to_come.pk)
    assert item.datestamp == to_come.publish_at
    assert first < second  # it relates to a document that can be opened now


def test_a_lost_position_costs_no_harvester_anything(client):
    """The outbox is kept for some days; a restored backup has another one."""
    kept, changed, gone = make_document(), make_document(), make_document()
    before = {it: datestamp(client, it)[0] for it in (kept, changed)}

    touch_title(changed)
    identifier = id_of(gone)
    gone.delete()
    OutboxLine.objects.all().delete()

    root = ask_list(client)
    assert statuses(root) == {id_of(kept): None, id_of(changed): None, identifier: "deleted"}
    assert datestamp(client, kept)[0] == before[kept]
    assert datestamp(client, changed)[0] > before[changed]


def test_the_first_harvest_finds_the_documents_as_old_as_they_are(client):
    old, new = make_document(), make_document()
    Document.objects.filter(pk=old.pk).update(changed_at=datetime(2014, 5, 6, 7, tzinfo=UTC))

    until = ask_list(client, until="2014-05-06")
    since = ask_list(client, from_="2014-05-07")

    assert ids(until) == [id_of(old)]
    assert ids(since) == [id_of(new)]
    assert ids(ask_list(client, from_="2014-05-06T07:00:00Z", until="2014-05-06T07:00:00Z")) == [
        id_of(old)
    ]


# Sets


def test_sets_hold_what_is_below_them(client):
    above = make_topic(slug="work")
    below = make_topic(slug="contracts", parent=above)
    alike = make_topic(slug="work-permits")
    letter = make_document(kind=Kind.LETTER, topics=[below])
    report = make_trilingual_document(kind=Kind.STATISTICS, topics=[alike])
    make_file(report, language="ky")

    for spec, wanted in {
        "kind": {letter, report},
        "kind:letter": {letter},
        "topic": {letter, report},
        "topic:work": {letter},
        "topic:work:contracts": {letter},
        "topic:work-permits": {report},
        "language:ky": {report},
        "language:ru": {letter},
    }.items():
        assert set(ids(ask_list(client, set=spec))) == {id_of(it) for it in wanted}, spec
    assert error_of(ask_list(client, set="language:en")) == "noRecordsMatch"


# Long lists


@pytest.fixture
def short_pages():
    with (
        patch.object(answers, "RECORDS_ON_A_PAGE", 3),
        patch.object(answers, "HEADERS_ON_A_PAGE", 3),
    ):
        yield


def pages(client, verb="ListIdentifiers", between=lambda: None, **arguments):
    """Every page of a list, and what happens between them."""
    root = ask_list(client, verb, **arguments)
    yield root
    while token := root.findtext(".//o:resumptionToken", None, IN):
        between()
        root = ask(client, verb, resumptionToken=token)
        yield root


@pytest.mark.parametrize("verb", ["ListIdentifiers", "ListRecords"])
def test_a_long_list_comes_in_pages(client, short_pages, verb):
    documents = [make_document() for _number in range(7)]

    harvested = list(pages(client, verb))

    assert [len(ids(it)) for it in harvested] == [3, 3, 1]
    assert [it for page in harvested for it in ids(page)] == [id_of(it) for it in documents]
    tokens = [it.find(".//o:resumptionToken", IN) for it in harvested]
    assert [(it.get("cursor"), it.get("completeListSize")) for it in tokens] == [
        ("0", "7"),
        ("3", "7"),
        ("6", "7"),
    ]
    assert tokens[2].text is None


def test_a_list_of_exactly_one_page_has_no_token(client, short_pages):
    for _number in range(3):
        make_document()

    [page] = pages(client)

    assert page.find(".//o:resumptionToken", IN) is None


def test_what_changes_between_pages_is_neither_lost_nor_doubled(client, short_pages):
    documents = [make_document() for _number in range(8)]
    told_early, told_late, gone = documents[1], documents[6], documents[7]
    waiting = iter([told_early, told_late, gone])

    def change():
        document = next(waiting, None)
        if document is gone:
            document.delete()
        elif document is not None:
            document.title_ru = "Новое название"
            document.save()
            make_document()

    early_id, gone_id = id_of(told_early), id_of(gone)
    harvested = list(pages(client, between=change))

    told = [it for page in harvested for it in ids(page)]
    known = {}
    for page in harvested:
        known |= statuses(page)
    # Once as it was and once as it is; all others, those that came later too, once.
    twice = {it for it in told if told.count(it) > 1}
    assert twice == {early_id, gone_id}
    assert len(told) == len(set(told)) + 2 == 12
    assert known[gone_id] == "deleted"
    current = Document.objects.published()
    assert {name for name, status in known.items() if not status} == {id_of(it) for it in current}


def test_a_second_harvest_brings_what_changed_since_the_first(client, short_pages):
    """By the rule of harvesters: from is the date of the last answer."""
    documents = [make_document() for _number in range(4)]
    OaiItem.objects.update(datestamp=datetime(2020, 1, 1, tzinfo=UTC))
    first = list(pages(client))
    OaiItem.objects.update(datestamp=datetime(2020, 1, 1, tzinfo=UTC))
    since = first[-1].findtext("o:responseDate", None, IN)

    touch_title(documents[2])

    assert ids(ask_list(client, from_=since)) == [id_of(documents[2])]


def test_tokens_are_of_one_verb_and_of_sets_that_exist(client, short_pages):
    topic = make_topic(slug="work")
    documents = [make_document(topics=[topic]) for _number in range(4)]
    root = ask_list(client, set="topic:work")
    token = root.findtext(".//o:resumptionToken", None, IN)

    assert error_of(ask(client, "ListRecords", resumptionToken=token)) == "badResumptionToken"
    assert len(ids(ask(client, "ListIdentifiers", resumptionToken=token))) == 1
    for document in documents:
        document.topics.clear()
    topic.delete()
    assert error_of(ask(client, "ListIdentifiers", resumptionToken=token)) == "badResumptionToken"


def test_tokens_that_were_tampered_with_are_refused(client, short_pages):
    for _number in range(4):
        make_document()
    root = ask_list(client)
    token = root.findtext(".//o:resumptionToken", None, IN)
    assert read_token(token, "ListIdentifiers").told == 3

    for wrong in (token[:-2], token + "A", token + "=", token.swapcase(), "W10", "bnVsbA", "e30"):
        answer = ask(client, "ListIdentifiers", resumptionToken=wrong)
        assert error_of(answer) == "badResumptionToken", wrong


# Cost


def test_a_page_costs_the_same_for_few_and_many(client, django_assert_max_num_queries):
    for _number in range(3):
        make_full_document()
    ask(client, "Identify")
    with django_assert_max_num_queries(16):
        ask_list(client, "ListRecords", "mods")
    for _number in range(9):
        make_full_document(issued_on=date(2012, 1, 1))
    ask(client, "Identify")

    with django_assert_max_num_queries(16):
        assert len(ids(ask_list(client, "ListRecords", "mods"))) == 12


def test_a_huge_first_comparison_is_spread_over_requests(client):
    documents = [make_document() for _number in range(5)]

    with (
        patch("library.oai.datestamps.MOST_SECONDS", -1),
        patch("library.oai.datestamps.DOCUMENTS_AT_ONCE", 2),
    ):
        answers_until_ready = []
        while not answers_until_ready or answers_until_ready[-1].status_code == 503:
            answers_until_ready.append(client.get("/oai?verb=ListIdentifiers&metadataPrefix=mods"))

    assert len(answers_until_ready) > 3
    assert all(int(it["Retry-After"]) > 0 for it in answers_until_ready[:-1])
    assert len(ids(checked(answers_until_ready[-1]))) == len(documents)


def test_a_busy_database_asks_harvesters_for_patience(client):
    with patch("library.oai.views.catch_up", side_effect=OperationalError("database is locked")):
        response = client.get("/oai?verb=Identify")

    assert response.status_code == 503
    assert int(response["Retry-After"]) > 0


# At the same time


@pytest.mark.django_db(transaction=True)
def test_a_change_that_is_committed_late_is_not_missed(client):
    """Saved before a harvester was answered, committed after: by the moment of saving it would
    never be asked for."""
    document = make_document()
    saved, may_commit = threading.Event(), threading.Event()

    def change_slowly():
        with transaction.atomic():
            document.title_ru = "Другое название"
            document.save()
            saved.set()
            may_commit.wait(30)
        connection.close()

    ask_list(client)
    thread = threading.Thread(target=change_slowly)
    thread.start()
    saved.wait(30)
    while utc_second(timezone.now()) <= utc_second(document.changed_at):
        time.sleep(0.05)
    since = ask_list(client).findtext("o:responseDate", None, IN)
    may_commit.set()
    thread.join()

    root = ask_list(client, "ListRecords", from_=since)

    assert texts(root, ".//dc:title") == ["Другое название"]
    assert utc_second(document.changed_at) < since


@pytest.mark.django_db(transaction=True)
def test_harvesters_that_come_at_once_are_told_the_same():
    """All of them find changes to take up; each change gets one datestamp."""
    documents = [make_document() for _number in range(12)]
    told, problems = [], []

    def harvest():
        try:
            told.append(ids(ask_list(Client())))
        except BaseException as problem:  # would be lost with the thread
            problems.append(problem)
        finally:
            connection.close()

    for _round in range(3):
        for document in documents[::2]:
            touch_title(document)
            document.title_ru += f" {document.pk}"
            document.save()
        threads = [threading.Thread(target=harvest) for _number in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    assert not problems
    assert len(told) == 12
    assert all(sorted(it) == sorted(map(id_of, documents)) for it in told)
    assert OaiItem.objects.count() == 12
