"""A text of an event or of a press release that exists in each language is a field of the model and
a line in EVENT_TEXTS (events/models/events.py) or RELEASE_TEXTS (events/models/press.py). Whoever
adds one is told here where it does not arrive."""

from datetime import date

import pytest
from django.urls import reverse
from modeltranslation.translator import translator

from events.models import Event, PressRelease
from events.models.events import EVENT_TEXTS
from events.models.press import RELEASE_TEXTS
from mrc_portal.languages import every_column, localized
from tests import factories

pytestmark = pytest.mark.django_db

WORD = "Зимородок"
# Model, its texts, what makes one, its list in the API, its page.
EVENTS = (Event, EVENT_TEXTS, factories.make_event, "events", "events/event_detail.html")
RELEASES = (
    PressRelease,
    RELEASE_TEXTS,
    factories.make_press_release,
    "releases",
    "events/press_release_detail.html",
)
# Of what is off only: shown and found in tests of its own.
APART = {Event: {"happening_reason", "withdrawn_reason"}, PressRelease: {"withdrawn_reason"}}

both = pytest.mark.parametrize("kind", [EVENTS, RELEASES], ids=["event", "release"])


def records_with_the_word(kind, **fields):
    """A record for each text, in whose Russian version that text, and no other, has the word."""
    model, names, make, *_rest = kind
    if model is Event:  # how to attend is said before it only
        fields |= {"starts_on": date(2099, 1, 1), "happening": "planned"}
    else:  # with a text it does not show its summary
        fields |= {"body_ru": ""}
    return {name: make(**fields | {localized(name, "ru"): WORD}) for name in names}


@both
def test_every_translated_field_is_among_the_texts(kind):
    model, names, *_rest = kind
    fields = set(translator.get_options_for_model(model).fields)

    assert fields - APART[model] == set(names), "a line in EVENT_TEXTS or RELEASE_TEXTS"


@both
def test_texts_are_written_in_every_language_and_their_history_kept(client, kind):
    model, names, *_rest = kind
    client.force_login(factories.make_user())
    columns = set(every_column(*names))

    address = reverse(f"admin:events_{model._meta.model_name}_add")
    form = client.get(address).context["adminform"].form

    assert columns - set(form.fields) == set(), "not in the form of events/admin/"
    kept = {field.name for field in model.history.model._meta.fields}
    assert columns - kept == set(), "not in events/translation.py"


@both
def test_texts_are_shown_and_found(client, search_index, committed, kind):
    *_model, template = kind
    with committed():
        records = records_with_the_word(kind)

    shown = {name: client.get(it.get_absolute_url()).text for name, it in records.items()}
    found = client.get(reverse("search"), {"q": WORD}).context["listing"]

    missing = [name for name, page in shown.items() if WORD not in page.partition("<body")[2]]
    assert missing == [], f"give it a place in templates/{template}"
    assert {row.record for row in found.rows} == set(records.values())


@both
def test_texts_are_in_the_api(client, kind):
    _model, names, _make, resource, _template = kind
    records = records_with_the_word(kind)

    items = {it["id"]: it for it in client.get(f"/api/v1/{resource}").json()["items"]}

    for name in names:
        assert WORD in items[records[name].short_id][name]["ru"], f"{name}: not in events/api.py"


@both
def test_texts_of_a_version_that_is_not_ready_are_told_nobody(
    client, search_index, committed, kind
):
    _model, _names, _make, resource, _template = kind
    with committed():
        records = records_with_the_word(
            kind, original_language="ky", title_ky="Кыргызча", ready_ky=True, ready_ru=False
        )

    for name, record in records.items():
        assert WORD not in client.get(record.get_absolute_url()).text, name
    assert WORD not in client.get(f"/api/v1/{resource}").text
    assert client.get(reverse("search"), {"q": WORD}).context["listing"].rows == []
