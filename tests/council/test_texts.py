"""A text of a plan's row that exists in each language is a field of the model and a line in
ROW_TEXTS (council/models/plans.py). Whoever adds one is told here where it does not arrive."""

import pytest
from django.urls import reverse
from modeltranslation.translator import translator

from council.lines import BY_NAME, WORDS
from council.models import Activity
from council.models.plans import ROW_TEXTS
from mrc_portal.languages import every_column, localized
from tests import factories

pytestmark = pytest.mark.django_db

WORD = "Зимородок"


def rows_with_the_word(**fields):
    """A row for each text, in whose Russian version that text, and no other, has the word."""
    stage = factories.make_stage(factories.make_plan(**fields))
    return {
        text: factories.make_activity(stage, **{localized(text, "ru"): WORD}) for text in ROW_TEXTS
    }


def test_every_translated_field_is_among_the_texts():
    fields = set(translator.get_options_for_model(Activity).fields)

    assert fields == set(ROW_TEXTS), "without a line in ROW_TEXTS of council/models/plans.py"


def test_texts_are_written_in_every_language_and_their_history_kept(client):
    client.force_login(factories.make_user())
    address = reverse("admin:council_activity_change", args=[factories.make_activity().pk])
    columns = set(every_column(*ROW_TEXTS))

    form = client.get(address).context["adminform"].form

    assert columns - set(form.fields) == set(), "not in the form of council/admin/plans.py"
    kept = {field.name for field in Activity.history.model._meta.fields}
    assert columns - kept == set(), "not in council/translation.py"


def test_texts_have_columns_in_files():
    """From these, spreadsheets and files of data are written, imports read and versions made."""
    columns = set(every_column(*WORDS))

    assert columns - set(BY_NAME) == set(), "give it a place in COLUMNS of council/lines.py"


def test_texts_are_shown_found_and_taken_along(client, search_index, committed):
    with committed():
        rows = rows_with_the_word()
    plan = next(iter(rows.values())).stage.plan

    shown = {text: client.get(row.get_absolute_url()).text for text, row in rows.items()}
    found = client.get(reverse("search"), {"q": WORD}).context["listing"]
    (block,) = (
        client.get(reverse("council:plan_table", args=[plan.slug]), {"q": WORD})
        .context["table"]
        .blocks
    )
    lines = client.get(f"{plan.get_absolute_url()}plan.json").json()["lines"]
    items = client.get(f"/api/v1/plans/{plan.short_id}/rows").json()["items"]

    assert [text for text, page in shown.items() if WORD not in page.partition("<main")[2]] == [], (
        "give it a place in templates/council/activity_detail.html"
    )
    assert {row.record for row in found.rows} == set(rows.values())
    assert [line.row.activity for line in block.lines] == list(rows.values())
    told = {line["key"]: line for line in lines}
    items = {item["id"]: item for item in items}
    for column, text in WORDS.items():
        key = rows[text].short_id
        assert told[key][localized(column, "ru")] == WORD, text
        assert items[key][text]["ru"] == WORD, text


def test_texts_of_a_version_that_is_not_ready_are_told_nobody(client):
    plan = factories.make_plan(original_language="ky", title_ky="План", ready_ky=True)
    type(plan).objects.update(ready_ru=False)
    stage = factories.make_stage(plan)
    words = {localized(text, "ky"): "Кыргызча" for text in ROW_TEXTS}
    rows = [
        factories.make_activity(stage, **words, **{localized(text, "ru"): WORD})
        for text in ROW_TEXTS
    ]

    for row in rows:
        assert WORD not in client.get(row.get_absolute_url()).text
    for path in ("plan.json", "plan.csv"):
        answer = client.get(f"{plan.get_absolute_url()}{path}")
        assert WORD not in answer.getvalue().decode(), path
    assert WORD not in client.get(f"/api/v1/plans/{plan.short_id}/rows").text
