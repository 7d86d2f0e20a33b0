"""The page of a row: what was printed and read, what was reported, and why it stands so."""

import re
from datetime import date

import pytest
from django.urls import reverse
from django.utils import translation

from council.models import Origin, ProgressStatus, RowKind
from council.schedule import ScheduleState
from council.timelines import TimelineKind
from mrc_portal.publishing import Status
from tests import factories
from tests.council.furnished import furnished_plan

pytestmark = pytest.mark.django_db

TODAY = date(2026, 2, 1)


@pytest.fixture
def today(monkeypatch):
    """1 February 2026."""
    monkeypatch.setattr("council.models.plans.timezone.localdate", lambda: TODAY)
    return TODAY


def page_of(client, row, query=""):
    page = client.get(row.get_absolute_url() + query)
    assert page.status_code == 200
    return page


def test_cells_stand_as_printed_beside_their_reading(client):
    plan = furnished_plan()

    page = page_of(client, plan.parts["meeting"])

    timeline, responsible, resources, result = page.context["cells"]
    assert timeline.printed == "до 15 мая"
    assert [it.label for it in timeline.readings] == [str(plan.parts["meeting"].timeline)]
    assert responsible.printed == "НСМ"
    (named,) = responsible.readings
    assert named.label == "Национальный совет"
    assert named.url == reverse("council:plan_organisation", args=[plan.slug, "ncm"])
    assert named.note  # it did not exist yet
    assert resources.printed == "5 000 долл. США"
    assert len(resources.readings) == 1
    assert (result.printed, result.readings, result.translation) == ("Утверждённый план", [], None)


def test_a_misprint_and_lost_words_are_shown_as_they_were_printed(client):
    plan = furnished_plan()

    page = page_of(client, plan.parts["meeting"]).text
    assert "<h1>Первое заседание" in page
    assert re.search(r"<cite>Первое заседенье</cite>", page)
    page = page_of(client, plan.parts["campaign"]).text
    assert "<h1>… информационная кампания</h1>" in page
    assert "<cite" not in page  # the title is as printed


def test_in_another_language_the_printed_words_stand_beside_their_translation(client):
    plan = factories.make_trilingual_plan(original_language="en")
    row = factories.make_activity(
        factories.make_stage(plan),
        title_ru="Первое заседание совета",
        title_en="First Meeting of the Council",
        timeline_text_en="By May 15",
        timeline_text_ru="до 15 мая",
        latest=date(2025, 5, 15),
        expected_result_en="Approved Plan",
    )

    page = page_of(client, row)

    assert '<cite lang="en">First Meeting of the Council</cite>' in page.text
    timeline, *_others, result = page.context["cells"]
    assert (timeline.printed, timeline.printed.language) == ("By May 15", "en")
    assert timeline.translation == "до 15 мая"
    assert result.translation is None
    assert '<span lang="en">By May 15</span>' in page.text


@pytest.mark.parametrize("joined", ["USD 5,000; KGS 300,000", "USD 5,000, KGS 300,000"])
def test_a_translation_that_says_what_was_read_is_not_told_twice(client, joined):
    row = factories.make_activity(
        factories.make_stage(factories.make_trilingual_plan(original_language="ru")),
        title_en="Meeting",
        resources_text_ru="5 000 долл. США; 300 000 сомов",
        resources_text_en=joined,
    )
    for amount, currency in ((5000, "USD"), (300000, "KGS")):
        factories.make_resource(activity=row, amount=amount, currency=currency)

    with translation.override("en"):
        cells = page_of(client, row).context["cells"]

    (resources,) = [cell for cell in cells if cell.printed.startswith("5 000")]
    assert resources.translation is None
    assert len(resources.readings) == 2


def test_empty_and_lost_cells_are_told_apart(client):
    plan = furnished_plan()

    page = page_of(client, plan.parts["campaign"])

    assert [(cell.printed.text, cell.is_lost) for cell in page.context["cells"]] == [
        ("", True),
        ("", False),
        ("10 000", False),
        ("", False),
    ]


def test_cells_of_further_columns_stand_under_their_heading(client):
    plan = furnished_plan()

    cells = page_of(client, plan.parts["done"]).context["cells"]

    assert (cells[-1].heading.label, cells[-1].printed) == ("Показатель", "число посетителей")
    assert [it.heading.is_lost for it in cells] == [True, False, False, False]
    assert [it.heading.is_unnamed for it in cells] == [False, False, True, False]
    assert page_of(client, plan.parts["cancelled"]).context["cells"][-1].is_lost
    assert not page_of(client, plan.parts["image"]).context["cells"][-1].is_lost


def test_three_axes_are_never_mixed(client, today):
    plan = furnished_plan()

    page = page_of(client, plan.parts["meeting"])

    row = page.context["row"]
    assert row.status == ProgressStatus.IN_PROGRESS
    assert row.schedule.state == ScheduleState.OVERDUE
    assert page.context["dossier"].last_entry.assessment.verdict == "partly"
    axes = re.search(r'<dl class="axes">.*?</dl>', page.text, re.DOTALL)[0]
    assert re.findall(r"#s-(\w+)", axes) == ["going", "going", "late"]
    assert row.schedule.explain() in page.text
    assert page.context["rule"]
    assert "notice--late" in page.text


def test_the_log_shows_accepted_reports_newest_first_and_marks_the_corrected(client):
    plan = furnished_plan()

    page = page_of(client, plan.parts["meeting"])

    log = page.context["dossier"].log
    assert [(entry.update.as_of, entry.is_corrected) for entry in log] == [
        (date(2025, 4, 2), False),
        (date(2025, 4, 1), True),
    ]
    assert log[0].correction_of == log[1].update
    assert page.text.index("Помещение согласуется.") < page.text.index("Проведено.")
    assert 'class="is-corrected"' in page.text
    assert "Тайн" not in page.text  # waiting, rejected, and the title of a draft


def test_evidence_is_linked_if_readers_may_see_it(client):
    plan = furnished_plan()
    update = plan.parts["image"].updates.create(
        as_of=date(2025, 6, 1),
        status="in_progress",
        moderation="accepted",
        moderated_at=factories.LONG_AGO,
    )
    records = {
        "document": factories.make_document(title_ru="Явный документ"),
        "event": factories.make_event(title_ru="Явная встреча"),
        "release": factories.make_press_release(title_ru="Явный релиз"),
    }
    for name, record in records.items():
        factories.make_evidence(update, **{name: record})
    factories.make_evidence(update, url="https://example.org/?a=1&b=2")

    page = page_of(client, plan.parts["image"]).text
    assert [r for r in records.values() if f'href="{r.get_absolute_url()}"' not in page] == []
    link = re.search(
        r'<a class="address" href="https://example.org/\?a=1&amp;b=2" rel="([^"]*)"', page
    )
    assert {"nofollow", "noopener"} <= set(link[1].split())

    for record in records.values():
        type(record).objects.filter(pk=record.pk).update(status=Status.DRAFT)
    page = page_of(client, plan.parts["image"])
    proofs = page.context["dossier"].log[0].proofs
    assert [proof.is_public for proof in proofs] == [False, False, False, True]
    assert "Явн" not in page.text
    assert [r for r in records.values() if r.get_absolute_url() in page.text] == []


def test_a_waiver_stands_in_place_of_evidence(client):
    plan = furnished_plan()

    assert "Сайт виден всем." in page_of(client, plan.parts["done"]).text


def test_the_latest_assessment_counts_and_earlier_ones_stay(client):
    plan = furnished_plan()
    update = plan.parts["meeting"].updates.get(as_of=date(2025, 4, 2))
    factories.make_assessment(update, verdict="contradicted", made_on=date(2025, 5, 2))

    entry = page_of(client, plan.parts["meeting"]).context["dossier"].last_entry

    assert [it.verdict for it in entry.assessments] == ["contradicted", "partly"]
    assert entry.assessment.verdict == "contradicted"


def test_the_history_of_a_deadline_begins_with_the_printed_one_and_shows_the_slip(client):
    plan = furnished_plan()
    meeting = plan.parts["meeting"]
    factories.make_deadline_change(
        meeting, decided_on=date(2025, 4, 10), latest=date(2025, 7, 5), reason_ru="Раньше смогли."
    )
    factories.make_deadline_change(
        meeting,
        decided_on=date(2025, 4, 20),
        latest=None,
        timeline_kind=TimelineKind.NONE,
        timeline_text_ru="",
    )

    page = page_of(client, meeting)

    assert [move.slip_days for move in page.context["dossier"].moves] == [61, -10, None]
    history = page.text[page.text.index("до 15 июля") - 2000 :]
    assert (
        history.index("до 15 мая") < history.index("до 15 июля") < history.index("Раньше смогли.")
    )
    decided = page.context["dossier"].moves[0].document
    assert f'href="{decided.get_absolute_url()}"' in page.text
    type(decided).objects.filter(pk=decided.pk).update(status=Status.DRAFT)
    assert decided.title_ru not in page_of(client, meeting).text


def test_earlier_days_know_nothing_of_later_reports_and_deadlines(client):
    plan = furnished_plan()

    page = page_of(client, plan.parts["meeting"], "?on=2025-02-01")

    dossier = page.context["dossier"]
    assert (dossier.log, dossier.moves) == ([], [])
    assert page.context["row"].status == ProgressStatus.NO_INFORMATION
    assert "noindex" in page.text
    assert f'{plan.parts["campaign"].get_absolute_url()}?on=2025-02-01"' in page.text


def test_a_row_tells_what_it_stands_under_and_what_stands_under_it(client):
    plan = furnished_plan()

    image = page_of(client, plan.parts["image"]).context["dossier"]
    assert image.above == [plan.parts["heading"]]
    assert [row.activity for row in image.row.children] == [plan.parts["feedback"]]
    assert (image.previous, image.next) == (plan.parts["heading"], plan.parts["feedback"])
    heading = page_of(client, plan.parts["heading"])
    assert heading.context["row"].schedule is None
    assert sum(number for _state, number in heading.context["row"].rollup) == 3
    first = page_of(client, plan.parts["gap"]).context["dossier"]
    assert first.previous is None
    last = page_of(client, plan.parts["cancelled"]).context["dossier"]
    assert (last.previous, last.next) == (plan.parts["done"], None)


def test_children_have_the_states_that_the_table_shows(client):
    plan = furnished_plan()
    table = client.get(reverse("council:plan_table", args=[plan.slug])).context["table"]
    states = {
        line.row.activity.pk: line.row.schedule.state if line.row.schedule else None
        for block in table.blocks
        for line in block.lines
    }

    page = page_of(client, plan.parts["heading"])

    under = list(page.context["row"].below())[1:]
    assert {row.activity.pk: row.schedule.state if row.schedule else None for row in under} == {
        row.activity.pk: states[row.activity.pk] for row in under
    }
    for name, row in plan.parts.items():
        schedule = page_of(client, row).context["row"].schedule
        assert (schedule.state if schedule else None) == states[row.pk], name


@pytest.mark.parametrize("name", ["gap", "undecided", "cancelled", "heading"])
def test_rows_without_a_state_say_so_in_words(client, name):
    plan = furnished_plan()

    page = page_of(client, plan.parts[name])

    assert page.context["row"].schedule is None
    assert page.context["rule"] is None
    assert ('<p class="notice">' in page.text) is (name != "heading")


def test_a_row_that_came_out_of_an_event_leads_to_it(client):
    plan = furnished_plan()
    event = plan.parts["suggested"].origin_outcome.event

    page = page_of(client, plan.parts["suggested"]).text
    assert f'href="{event.get_absolute_url()}"' in page
    assert "При представлении этапа" in page
    assert str(Origin.SUGGESTED.label) in page

    type(event).objects.filter(pk=event.pk).update(status=Status.DRAFT)
    page = page_of(client, plan.parts["suggested"]).text
    assert event.get_absolute_url() not in page
    assert event.title_ru not in page


def test_the_page_costs_the_same_however_much_was_reported(client, django_assert_num_queries):
    plan = factories.make_plan()
    stage = factories.make_stage(plan)
    row = factories.make_activity(stage, latest=date(2025, 6, 30))
    child = row
    for _depth in range(3):
        child = factories.make_activity(stage, parent=child, kind=RowKind.STEP)
        factories.make_update(child)
        factories.make_deadline_change(child)
    for day in range(1, 13):
        update = factories.make_update(
            row, as_of=date(2025, 3, day), reported_by=factories.make_organisation()
        )
        factories.make_evidence(update)
        factories.make_evidence(update, event=factories.make_event())
        factories.make_assessment(update)
        factories.make_responsible(row)
        factories.make_resource(row, position=day)

    for language in ("ky", "ru", "en"):
        with translation.override(language), django_assert_num_queries(8):
            page = page_of(client, row)
    assert len(page.context["dossier"].log) == 12
    assert len(page.context["dossier"].resources) == 12


def test_amounts_come_back_from_the_database_as_they_went_in(client):
    row = factories.make_activity()
    amounts = ["0.05", "5000.00", "9999999999999.99"]
    for place, amount in enumerate(amounts):
        factories.make_resource(row, amount=amount, currency="", position=place)

    resources = page_of(client, row).context["dossier"].resources

    assert [f"{it.amount:.2f}" for it in resources] == amounts


def test_a_report_that_says_nothing_is_not_the_last_one_that_counts(client):
    row = factories.make_activity()
    told = factories.make_update(row, as_of=date(2025, 3, 1))
    factories.make_update(row, as_of=date(2025, 4, 1), status=ProgressStatus.NO_INFORMATION)

    page = page_of(client, row)

    assert page.context["row"].status == ProgressStatus.IN_PROGRESS
    assert page.context["dossier"].last_entry.update == told
    assert len(page.context["dossier"].log) == 2
