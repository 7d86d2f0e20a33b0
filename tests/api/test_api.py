"""The JSON API as a program uses it: lists in pages, filters, what is never told, errors."""

from datetime import date, timedelta

import pytest
from django.test import Client
from django.utils import timezone

from library.models import Kind
from mrc_portal.api import views
from mrc_portal.api.resources import encode
from mrc_portal.publishing import withdraw
from mrc_portal.search import SearchUnavailable
from tests import factories

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("search_index", "own_folder")]

API = "/api/v1/"
SITE = "http://testserver"


@pytest.fixture
def own_folder(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "files"
    views.requests_limit.forget()


def get(client, path, **query):
    response = client.get(path if path.startswith("/") else API + path, query)
    assert response.status_code == 200, response.text
    assert response["Content-Type"] == "application/json"
    return response.json()


def ids(client, path, **query):
    return [
        it.get("id") or it.get("key") or it["code"] for it in get(client, path, **query)["items"]
    ]


def leaf_through(client, path):
    """All ids, page by page."""
    found = []
    while path:
        page = get(client, path)
        found.append([it["id"] for it in page["items"]])
        path = (page["links"]["next"] or "").removeprefix(SITE)
    return found


def days_ago(number):
    return timezone.now() - timedelta(days=number)


# Lists


def test_a_list_comes_in_pages_that_new_and_withdrawn_records_do_not_disturb(client):
    ten = [factories.make_document(publish_at=days_ago(number)) for number in range(1, 11)]
    same_moment = days_ago(20)
    ten += [factories.make_document(publish_at=same_moment) for _number in range(4)]
    expected = [it.short_id for it in ten[:10]] + [it.short_id for it in reversed(ten[10:])]

    assert leaf_through(client, f"{API}documents?limit=3") == [
        expected[start : start + 3] for start in range(0, 14, 3)
    ]
    first = get(client, "documents", limit=3)
    new = factories.make_document(publish_at=timezone.now())
    withdraw(ten[1], None, {"ru": "Данные были неверны."})
    rest = leaf_through(client, first["links"]["next"].removeprefix(SITE))
    assert [it for page in rest for it in page] == expected[3:]
    assert ids(client, "documents", limit=3) == [new.short_id, expected[0], expected[2]]


def test_links_keep_what_was_asked_for(client):
    for _number in range(3):
        factories.make_document(kind=Kind.REVIEW)
    address = f"{API}documents?kind=review&kind=guide&lang=ky&limit=2"

    response = client.get(address)

    links = response.json()["links"]
    assert links["self"] == SITE + address
    assert links["next"].startswith(f"{SITE}{address}&cursor=")
    assert response["Link"] == f'<{links["next"]}>; rel="next"'
    last = get(client, links["next"].removeprefix(SITE))
    assert len(last["items"]) == 1
    assert last["links"]["next"] is None


def test_the_index_leads_to_every_list(client):
    lists = get(client, "")["lists"]

    assert {"documents", "practices", "events", "releases", "plans", "terms"} <= set(lists)
    assert {"topics", "organisations", "countries"} <= set(lists)
    for url in lists.values():
        get(client, url.removeprefix(SITE))


# What stands in them


def test_texts_come_in_the_languages_that_are_ready_and_addresses_in_the_one_asked_for(client):
    topic = factories.make_topic(slug="rights")
    organisation = factories.make_organisation(slug="centre")
    document = factories.make_document(
        title_ky="Долбоор",
        title_en="A report",
        ready_en=True,
        topics=[topic],
        publisher=organisation,
    )

    (found,) = get(client, "documents", lang="ky")["items"]

    assert found["title"] == {"en": "A report", "ru": document.title_ru}
    assert found["pages"] == {
        code: f"{SITE}/{code}/library/{document.slug}/" for code in ("en", "ru")
    }
    assert found["url"] == SITE + document.get_permanent_path()
    (named,) = get(client, "organisations", lang="ky")["items"]
    assert named["url"] == f"{SITE}/ky/organisations/centre/"
    assert get(client, "topics/rights")["url"] == f"{SITE}/ru/topics/rights/"


def test_practices_are_a_list_of_their_own(client):
    area = factories.make_area(slug="pay")
    practice = factories.make_practice(areas=[area], mechanism_ru="Залог.")
    factories.make_practice()
    document = factories.make_document()

    assert ids(client, "documents") == [document.short_id]
    (found,) = get(client, "practices", area="pay")["items"]
    assert found["id"] == practice.document.short_id
    assert found["practice"]["mechanism"] == {"ru": "Залог."}


def test_the_glossary_is_told_without_the_names_that_only_help_to_find(client):
    factories.make_term(
        slug="own", name_ru="Нелегальность", synonyms_ru="Слово", search_names_ru="Жаргон"
    )

    found = get(client, "terms/own")

    assert found["names"]["ru"]["synonyms"] == ["Слово"]
    assert "Жаргон" not in str(found)
    assert ids(client, "terms", q="нелегальность") == ["own"]


def test_rows_of_a_plan_stand_in_its_order_as_on_a_day(client):
    plan = factories.make_plan(slug="plan", starts_on=date(2025, 1, 1))
    stage = factories.make_stage(plan)
    heading = factories.make_activity(stage, kind="heading", position=1)
    row = factories.make_activity(stage, parent=heading, position=2, title_ru="Закон о визах")
    last = factories.make_activity(stage, position=3)
    factories.make_update(row, status="done", as_of=date(2025, 6, 1))
    rows = f"plans/{plan.short_id}/rows"

    found = get(client, rows)["items"]

    assert [it["id"] for it in found] == [heading.short_id, row.short_id, last.short_id]
    assert found[1]["parent"] == heading.short_id
    assert found[1]["status"] == "done"
    assert found[1]["reported_on"] == "2025-06-01"
    assert found[0]["status"] is None
    assert get(client, f"plans/{plan.short_id}")["rows"] == f"{SITE}{API}{rows}"
    assert leaf_through(client, f"{API}{rows}?limit=1") == [[it["id"]] for it in found]
    early = get(client, f"{rows}/{row.short_id}", on="2025-05-31")
    assert (early["as_of"], early["status"]) == ("2025-05-31", "no_information")
    assert ids(client, rows, q="визах") == [row.short_id]
    assert ids(client, rows, status="done") == [row.short_id]
    assert client.get(f"{API}{rows}", {"on": "1812-01-01"}).status_code == 404


def test_words_of_rows_in_a_language_that_is_not_public_are_not_told(client):
    plan = factories.make_plan()
    row = factories.make_activity(factories.make_stage(plan), title_en="A draft")

    (found,) = get(client, f"plans/{plan.short_id}/rows")["items"]

    assert found["title"] == {"ru": row.title_ru}
    assert set(found["pages"]) == {"ru"}


# Filters


def test_filters_are_those_of_the_page(client, committed):
    above = factories.make_topic(slug="above")
    below = factories.make_topic(slug="below", parent=above)
    project = factories.make_project(slug="own")
    with committed():
        document = factories.make_document(
            title_ru="Обзор переводов",
            kind=Kind.REVIEW,
            issued_on=date(2012, 3, 1),
            topics=[below],
            countries=[factories.get_country("PH")],
            project=project,
            title_ky="Баяндама",
            ready_ky=True,
        )
        factories.make_file(document, pages=["О пенсиях."])
        other = factories.make_document(title_ru="Записка")

    for query in (
        {"kind": "review"},
        {"topic": "above"},
        {"topic": ["nothing", "below"]},
        {"country": "PH"},
        {"language": "ky"},
        {"year": "2012"},
        {"project": "own"},
        {"q": "пенсия"},
        {"q": "перевод", "kind": ["review", "guide"], "topic": "above"},
    ):
        assert ids(client, "documents", **query) == [document.short_id], query
    assert set(ids(client, "documents", kind=["review", "policy_brief"])) == {
        document.short_id,
        other.short_id,
    }
    for query in ({"topic": "nothing"}, {"country": "KZ"}, {"q": "ъъъъъ"}, {"year": "1999"}):
        assert ids(client, "documents", **query) == [], query


def test_without_the_index_the_database_finds_words(client, monkeypatch):
    def fail(query):
        raise SearchUnavailable("gone")

    monkeypatch.setattr("mrc_portal.search.search", fail)
    document = factories.make_document(title_ru="Обзор переводов")

    assert ids(client, "documents", q="переводов") == [document.short_id]


def test_events_and_releases_are_filtered_like_their_lists(client):
    organisation = factories.make_organisation(slug="centre")
    event = factories.make_event(kind="seminar", starts_on=date(2012, 3, 1))
    event.organisations.create(organisation=organisation)
    factories.make_event()
    release = factories.make_trilingual_press_release(dateline_on=date(2012, 3, 1))
    factories.make_press_release()

    for query in ({"kind": "seminar"}, {"year": "2012"}, {"organisation": "centre"}):
        assert ids(client, "events", **query) == [event.short_id], query
    for query in ({"year": "2012"}, {"language": "ky"}):
        assert ids(client, "releases", **query) == [release.short_id], query


# What is never told


def test_hidden_records_are_in_no_list_and_at_no_address(client):
    tomorrow = timezone.now() + timedelta(days=1)
    hidden = []
    for path, make in (
        ("documents", factories.make_document),
        ("events", factories.make_event),
        ("releases", factories.make_press_release),
        ("plans", factories.make_plan),
    ):
        withdrawn = make()
        withdraw(withdrawn, None, {"ru": "Данные были неверны."})
        records = [withdrawn, make(status="draft", publish_at=None), make(publish_at=tomorrow)]
        hidden += [(path, it.short_id) for it in records]
    embargoed = factories.make_press_release(embargo_until=tomorrow)
    hidden.append(("releases", embargoed.short_id))
    draft = factories.make_draft(
        topics=[factories.make_topic()],
        publisher=factories.make_organisation(),
        countries=[factories.get_country("KZ")],
    )
    plan = factories.make_plan(status="draft", publish_at=None)
    factories.make_activity(factories.make_stage(plan))

    for path in (
        "documents",
        "events",
        "releases",
        "plans",
        "topics",
        "organisations",
        "countries",
    ):
        assert ids(client, path) == []
    for path, key in hidden:
        assert client.get(f"{API}{path}/{key}").status_code == 404
    assert client.get(f"{API}plans/{plan.short_id}/rows").status_code == 404
    assert client.get(f"{API}topics/{draft.topics.get().slug}").status_code == 404


def test_what_a_public_record_names_is_told_only_if_it_is_public(client):
    document = factories.make_document()
    factories.make_relation(document, factories.make_draft())
    factories.make_file(document, language="ky")
    release = factories.make_press_release(
        documents=[document, factories.make_draft()],
        events=[factories.make_event(status="draft", publish_at=None)],
    )

    found = get(client, f"documents/{document.short_id}")
    assert (found["relations"], found["files"]) == ([], [])
    told = get(client, f"releases/{release.short_id}")
    assert told["events"] == []
    assert [it["url"] for it in told["documents"]] == [SITE + document.get_permanent_path()]


def test_the_staff_get_no_more_than_others(admin_client):
    draft = factories.make_draft()

    assert ids(admin_client, "documents") == []
    assert admin_client.get(f"{API}documents/{draft.short_id}").status_code == 404


# Errors, headers, limits


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("nothing", 404),
        ("documents/", 404),
        ("documents/zzzzzzz", 404),
        ("documents/%00", 404),
        ("plans/zzzzzzz/rows", 404),
        ("plans/%00/rows", 404),
        ("plans/zzzzzzz/rows/%00", 404),
        ("documents?kind=nonsense", 400),
        ("documents?foo=1", 400),
        ("documents?q=" + "x" * 201, 400),
        ("documents?limit=0", 400),
        ("documents?limit=101", 400),
        ("documents?limit=1&limit=2", 400),
        ("documents?limit=٣", 400),
        ("documents?lang=de", 400),
        ("documents?year=13", 400),
        ("documents?country=ph", 400),
        ("documents?" + "&".join(f"topic=t{number}" for number in range(21)), 400),
        ("documents?cursor=!", 400),
        ("documents?cursor=abc", 404),
        (f"documents?cursor={encode([])}", 404),
        (f"documents?cursor={encode([1])}", 404),
        (f"documents?cursor={encode(['2013-01-01', 1])}", 404),
        (f"documents?cursor={encode(['0001-01-01T00:00:00+14:00', 1])}", 404),
        (f"documents?cursor={encode(['2013-01-01T00:00:00+00:00', 2**70])}", 404),
        (f"documents?cursor={encode([True])}", 404),
        (f"documents?cursor={encode([{'a': 1}])}", 404),
        (f"terms?cursor={encode([1, 2])}", 404),
        (f"terms?cursor={encode(['1'])}", 404),
        ("plans/zzzzzzz/rows?on=2013-02-30", 400),
    ],
)
def test_whatever_is_wrong_is_said_as_a_problem(client, path, status):
    """RFC 9457."""
    response = client.get(API + path)

    assert response.status_code == status
    assert response["Content-Type"] == "application/problem+json"
    problem = response.json()
    assert problem["status"] == status
    assert problem["type"] == "about:blank"
    assert problem["title"]
    assert problem["detail"]
    assert response["Access-Control-Allow-Origin"] == "*"


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_nothing_can_be_written(method):
    response = getattr(Client(enforce_csrf_checks=True), method)(f"{API}documents")

    assert response.status_code == 405
    assert response["Allow"] == "GET, HEAD, OPTIONS"
    assert response.json()["status"] == 405


def test_pages_of_others_may_ask_with_a_condition(client):
    response = client.options(
        f"{API}documents",
        headers={"origin": "https://else.example", "access-control-request-method": "GET"},
    )

    assert response.status_code == 204
    assert response["Access-Control-Allow-Origin"] == "*"
    assert "If-None-Match" in response["Access-Control-Allow-Headers"]


def test_what_has_not_changed_is_not_sent_again(client):
    document = factories.make_document()
    for path in ("documents", f"documents/{document.short_id}", "openapi.json"):
        first = client.get(API + path)
        again = client.get(API + path, headers={"if-none-match": first["ETag"]})
        assert again.status_code == 304
        assert again["Access-Control-Allow-Origin"] == "*"
        assert not first.cookies
        assert first["X-Robots-Tag"] == "noindex"
        head = client.head(API + path)
        assert (head.status_code, head.content) == (200, b"")
    assert "Last-Modified" in client.get(f"{API}documents/{document.short_id}")


def test_floods_are_told_when_to_come_again(client, monkeypatch):
    monkeypatch.setattr(views.requests_limit, "most", 2)

    answers = [client.get(f"{API}terms") for _number in range(3)]

    assert [it.status_code for it in answers] == [200, 200, 429]
    assert answers[2]["Content-Type"] == "application/problem+json"
    assert 0 < int(answers[2]["Retry-After"]) <= 600
    assert answers[2]["Access-Control-Allow-Origin"] == "*"
    assert client.get(f"{API}terms", REMOTE_ADDR="198.51.100.7").status_code == 200
    views.requests_limit.forget()


@pytest.mark.parametrize("number", [1, 8])
def test_any_number_of_items_costs_the_same_queries(
    client, committed, django_assert_num_queries, number
):
    topic = factories.make_topic(slug="rights")
    with committed():
        plan = factories.make_plan(topics=[topic])
        stage = factories.make_stage(plan)
        for _number in range(number):
            document = factories.make_document(title_ru="Право", topics=[topic])
            factories.make_contribution(document)
            factories.make_file(document)
            record = factories.make_document(kind=Kind.BEST_PRACTICE, topics=[topic])
            factories.make_practice(document=record)
            factories.make_event(topics=[topic]).organisations.create(
                organisation=factories.make_organisation()
            )
            factories.make_press_release(topics=[topic], documents=[document])
            factories.make_responsible(factories.make_activity(stage))

    client.get(f"{API}documents?q=слово")  # the names of the glossary are read once
    for path, queries in (
        ("documents", 7),
        ("documents?q=право&topic=rights", 8),
        ("practices", 8),
        ("practices?topic=rights", 8),
        ("events?topic=rights", None),
        ("events?kind=roundtable", 3),
        ("releases", 6),
        ("plans", 3),
        (f"plans/{plan.short_id}/rows", 7),
        ("terms", 1),
        ("topics", 3),
        ("organisations", 1),
    ):
        if queries is None:
            assert client.get(API + path).status_code == 400  # the list has no such filter
            continue
        with django_assert_num_queries(queries):
            assert client.get(API + path).status_code == 200
