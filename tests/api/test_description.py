"""The description of the API is valid OpenAPI, and what the API answers agrees with it: proven by
schemathesis, which makes up requests of its own, and by every item of a furnished portal."""

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections
from hypothesis import HealthCheck, given, settings
from hypothesis.errors import Unsatisfiable
from jsonschema import Draft202012Validator, FormatChecker
from openapi_spec_validator import OpenAPIV31SpecValidator
from schemathesis import GenerationMode

from mrc_portal.api import views
from mrc_portal.api.resources import resources
from tests import factories

pytestmark = pytest.mark.django_db

ADDRESS = "/api/v1/openapi.json"
EXAMPLES = 8  # of each way to ask


@pytest.fixture(autouse=True)
def no_limit(settings, tmp_path, monkeypatch):
    settings.MEDIA_ROOT = tmp_path / "files"
    settings.SEARCH_DIR = tmp_path / "search"
    settings.ALLOWED_HOSTS = ["*"]
    monkeypatch.setattr(views.requests_limit, "most", 10**9)
    # The server's own way in closes connections before each request; django.test.Client does not.
    request_started.disconnect(close_old_connections)
    request_finished.disconnect(close_old_connections)
    yield
    request_started.connect(close_old_connections)


@pytest.fixture
def described(client):
    return client.get(ADDRESS).json()


@pytest.fixture
def full():
    """A portal with something of every kind, and in it whatever a record may lack or have."""
    topic = factories.make_topic(slug="rights")
    factories.make_topic(parent=topic)
    country = factories.get_country("PH")
    organisation = factories.make_organisation(country=country, website="https://mrc.example/")
    project = factories.make_project(lead=organisation, funder=organisation)
    bare = factories.make_document()
    document = factories.make_trilingual_document(
        topics=[topic],
        countries=[country],
        publisher=organisation,
        funder=organisation,
        project=project,
        licence="CC-BY-4.0",
        source_url="https://mrc.example/old.pdf",
        source_seen_year=2013,
        issued_precision="month",
        body_ru="<p>Текст</p>",
    )
    factories.make_contribution(document)
    factories.make_contribution(document, organisation=organisation)
    factories.make_file(document)
    factories.make_file(document, language="", role="annex", label_ru="Таблицы")
    factories.make_recommendation(document)
    factories.make_relation(document, bare)
    factories.make_practice(mechanism_ru="Залог.")
    factories.make_event(date_precision="unknown", starts_on=None, happening="proposed")
    event = factories.make_trilingual_event(topics=[topic], project=project)
    event.organisations.create(organisation=organisation)
    factories.make_event(happening="cancelled", happening_reason_ru="Дождь")
    factories.make_press_release(
        organisations=[organisation], events=[event], documents=[document], topics=[topic]
    )
    plan = factories.make_trilingual_plan(topics=[topic])
    stage = factories.make_stage(plan)
    row = factories.make_activity(stage)
    factories.make_activity(stage, parent=row, kind="step")
    factories.make_responsible(row, organisation=organisation)
    factories.make_resource(row)
    factories.make_assessment(factories.make_update(row))
    factories.make_activity(stage, kind="gap", title_ru="")
    factories.make_term(definition_ru="Толкование.")
    return {"plan": plan.short_id}


def test_the_description_is_valid_openapi(described):
    OpenAPIV31SpecValidator(described).validate()

    assert described["openapi"].startswith("3.1.")
    assert described["servers"] == [{"url": "http://testserver"}]
    assert len(described["paths"]) == 1 + 2 * len(resources())


def test_every_item_is_as_described(client, described, full):
    seen = set()
    for resource in resources():
        address = "/api/v1/" + resource.path.replace("{plan}", full["plan"])
        validator = Draft202012Validator(
            described["components"]["schemas"][resource.name],
            format_checker=FormatChecker(["uri", "date-time", "date"]),
        )
        items = client.get(f"{address}?limit=100").json()["items"]
        for found in items:
            validator.validate(found)
            key = found.get("id") or found.get("key") or found["code"]
            assert client.get(f"{address}/{key}").json() == found
        if items:
            seen.add(resource.name)

    assert seen == {resource.name for resource in resources()}


@pytest.mark.parametrize("mode", list(GenerationMode))
@pytest.mark.parametrize("path", [None, *(it.path for it in resources())])
def test_answers_agree_with_the_description(full, path, mode):
    """Made-up requests that keep to the description get what it promises; others are refused."""
    api = schemathesis.openapi.from_wsgi(ADDRESS, get_wsgi_application())
    wanted = {f"/api/v1/{path}", f"/api/v1/{path}/{{key}}"} if path else {"/api/v1/"}
    operations = [it.ok() for it in api.get_all_operations()]
    asked = 0
    for operation in operations:
        if operation.path not in wanted:
            continue

        @given(case=operation.as_strategy(generation_mode=mode))
        @settings(
            max_examples=EXAMPLES,
            derandomize=True,
            database=None,
            suppress_health_check=list(HealthCheck),
        )
        def ask(case):
            nonlocal asked
            if "plan" in case.path_parameters and asked % 2:
                case.path_parameters["plan"] = full["plan"]
            case.call_and_validate()
            asked += 1

        try:
            ask()
        except Unsatisfiable:
            assert mode == GenerationMode.NEGATIVE  # nothing in the request can be wrong
    assert asked or mode == GenerationMode.NEGATIVE
