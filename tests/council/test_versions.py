"""Published versions of a plan, and what differs between two of them."""

import gzip
from contextlib import suppress
from datetime import date, timedelta
from threading import Thread

import pytest
from django.core.exceptions import ValidationError
from django.db import connections
from django.urls import reverse
from django.utils import timezone, translation
from hypothesis import given
from hypothesis import strategies as st

from council.models import Activity, ExtraCell, Goal, Plan, PlanVersion, RowKind
from council.versions import compare, present_lines, publish_version, word_changes
from mrc_portal.languages import LANGUAGE_CODES
from mrc_portal.publishing import withdraw
from tests import factories
from tests.council.furnished import SECRET, furnished_plan, long_plan

DAY = date(2025, 1, 20)


def publish(plan, text="", **fields):
    return publish_version(plan, None, DAY, {"ru": text}, **fields)


def reword(row, **fields):
    type(row).objects.filter(pk=row.pk).update(**fields)


def line(key, stage="1", parent="", kind="activity", **cells):
    return {"key": key, "stage": stage, "parent": parent, "line": kind, **cells}


def told(diff):
    """Changes in short: +added, -removed, ~changed cells, ^moved."""
    return [
        f"{'+' * it.is_added}{'-' * it.is_removed}{'^' * it.is_moved}{'~' * bool(it.cells)}"
        f"{it.line['key']}"
        for it in diff.changes
    ]


# Publishing


def test_versions_are_numbered_one_after_the_other(db):
    plan = factories.make_plan()
    row = factories.make_activity(factories.make_stage(plan))
    editor = factories.make_user()

    first = publish_version(plan, editor, DAY, {"ru": "Первая", "en": " "}, precision="month")
    reword(row, number="7")
    second = publish_version(plan, None, DAY + timedelta(days=1), {})

    assert [first.number, second.number] == [1, 2]
    assert (first.text_ru, first.text_en or "") == ("Первая", "")
    assert (first.made_on, first.made_precision) == (DAY, "month")
    assert [first.created_by, second.created_by] == [editor, None]
    assert second.content["lines"][1]["number"] == "7"
    assert first.content["columns"] == list(first.content["lines"][0])


def test_numbers_of_each_plan_begin_with_one(db):
    plans = [factories.make_plan(), factories.make_plan()]
    for plan in plans:
        factories.make_stage(plan)

    assert [publish(plan).number for plan in plans] == [1, 1]


def test_what_has_not_changed_is_no_new_version(db):
    plan = furnished_plan()
    publish(plan)

    with pytest.raises(ValidationError, match="1"):
        publish(plan)
    # A report is no change of the plan.
    factories.make_update(plan.parts["image"])
    with pytest.raises(ValidationError):
        publish(plan)
    assert plan.versions.count() == 1


@pytest.mark.parametrize("made_on", [date(1013, 1, 1), date(2199, 1, 1)])
def test_an_impossible_day_is_refused(db, made_on):
    plan = factories.make_plan()
    factories.make_stage(plan)

    with pytest.raises(ValidationError) as error:
        publish_version(plan, None, made_on, {})

    assert set(error.value.message_dict) == {"made_on"}
    assert not plan.versions.exists()


def test_an_empty_plan_has_nothing_to_publish(db):
    with pytest.raises(ValidationError):
        publish(factories.make_plan())


def test_a_version_never_changes_though_the_plan_does(client, db):
    plan = furnished_plan()
    version = publish(plan)
    address = version.get_absolute_url()
    frozen, before = version.content, client.get(address)

    Activity.objects.filter(stage__plan=plan).update(title_ru="Другое", inferred_number="99")
    Goal.objects.filter(stage__plan=plan).delete()
    ExtraCell.objects.filter(activity__stage__plan=plan).delete()
    plan.parts["campaign"].resources.all().delete()
    plan.parts["campaign"].delete()
    after = client.get(address)

    version.refresh_from_db()
    assert version.content == frozen
    assert "Первое заседание" in after.text and "Другое" not in after.text
    assert "Утверждение плана" in after.text and "число посетителей" in after.text
    words = [
        [(line.row.activity.title_ru, line.cells) for stage in stages for line in stage.lines]
        for stages in (page.context["table"].stages for page in (before, after))
    ]
    assert words[0] == words[1]


@pytest.mark.django_db(transaction=True)
def test_of_two_who_publish_at_once_one_finds_the_version_of_the_other():
    plan = factories.make_plan()
    factories.make_stage(plan)

    def run():
        with suppress(ValidationError):
            publish_version(Plan.objects.get(pk=plan.pk), None, DAY, {})
        connections.close_all()

    threads = [Thread(target=run) for _number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert list(plan.versions.values_list("number", flat=True)) == [1]


@pytest.mark.django_db(transaction=True)
def test_versions_published_at_once_have_different_numbers():
    plan = factories.make_plan()
    rows = [factories.make_activity(factories.make_stage(plan)) for _number in range(3)]
    publish(plan)

    def run(row):
        reword(row, number="new")
        with suppress(ValidationError):  # another thread has published this change, too
            publish_version(Plan.objects.get(pk=plan.pk), None, DAY, {})
        connections.close_all()

    threads = [Thread(target=run, args=[row]) for row in rows]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    numbers = sorted(plan.versions.values_list("number", flat=True))
    assert numbers == list(range(1, len(numbers) + 1)) and len(numbers) >= 2
    last = plan.versions.get(number=numbers[-1])
    assert compare(last.content["lines"], present_lines(plan)).is_empty


def test_what_breaks_on_the_way_publishes_nothing(db, monkeypatch):
    plan = factories.make_plan()
    factories.make_stage(plan)

    def fail(*args, **kwargs):
        raise RuntimeError("the disk is full")

    monkeypatch.setattr(PlanVersion, "save", fail)
    with pytest.raises(RuntimeError):
        publish(plan)

    assert not plan.versions.exists()


# What differs


def test_equal_lines_do_not_differ():
    lines = [line("a", title_ru="А"), line("b")]

    assert compare(lines, [dict(it) for it in lines]).is_empty


def test_lines_are_added_removed_and_changed():
    older = [line("a", title_ru="А"), line("b", title_ru="Б"), line("c")]
    newer = [line("a", title_ru="А", number="1"), line("d"), line("c")]

    diff = compare(older, newer)

    assert told(diff) == ["~a", "-b", "+d"]
    assert (diff.added, diff.removed, diff.moved, diff.reworded) == (1, 1, 0, 1)
    (cell,) = diff.changes[0].cells
    assert (cell.column.name, cell.old, cell.new) == ("number", "", "1")


def test_a_line_that_was_put_in_moves_no_other():
    older = [line(key) for key in "abcdef"]
    newer = [line(key) for key in "abxcdef"]

    assert told(compare(older, newer)) == ["+x"]
    assert told(compare(newer, older)) == ["-x"]


def test_as_few_lines_as_possible_are_said_to_have_moved():
    older = [line(key) for key in "abcdef"]

    assert told(compare(older, [line(key) for key in "bcdefa"])) == ["^a"]
    assert told(compare(older, [line(key) for key in "fabcde"])) == ["^f"]
    assert len(compare(older, [line(key) for key in "fedcba"]).changes) == 5


def test_a_line_under_another_one_or_in_another_stage_has_moved():
    older = [line("a"), line("b"), line("c", parent="a"), line("d")]
    newer = [line("a"), line("b"), line("c", parent="b"), line("d", stage="2")]

    assert told(compare(older, newer)) == ["^c", "^d"]


def test_goals_and_rows_are_two_orders():
    older = [line("g", kind="goal"), line("a")]
    newer = [line("a"), line("g", kind="goal")]

    assert compare(older, newer).is_empty


def test_removed_lines_stand_where_they_stood():
    older = [line(key) for key in "abcd"]

    assert told(compare(older, [line("c")])) == ["-a", "-b", "-d"]
    assert told(compare(older, [line("a", number="1"), line("d", number="4")])) == [
        "~a",
        "-b",
        "-c",
        "~d",
    ]


def test_columns_that_one_side_does_not_know_are_empty_there():
    older = [line("a", gone_ru="было")]
    newer = [line("a", other_1_ru="стало", other_1_ky="")]

    (change,) = compare(older, newer).changes

    assert {(it.column.name, it.old, it.new) for it in change.cells} == {
        ("gone_ru", "было", ""),
        ("other_1_ru", "", "стало"),
    }
    assert not compare([line("a")], [line("a", number="")]).changes


def test_what_the_clock_changes_is_no_difference():
    assert compare([line("a", schedule="on_time")], [line("a", schedule="overdue")]).is_empty


def test_words_in_other_languages_can_be_left_out():
    older, newer = [line("a", title_ky="А", title_ru="А")], [line("a", title_ky="Б", title_ru="А")]

    assert compare(older, newer, {"ru"}).is_empty
    assert told(compare(older, newer)) == ["~a"]


KEYS = st.lists(st.sampled_from("abcdefgh"), unique=True)


@given(KEYS, KEYS)
def test_a_diff_names_exactly_what_came_and_went(before, after):
    older, newer = [line(key) for key in before], [line(key) for key in after]

    diff = compare(older, newer)

    assert {it.line["key"] for it in diff.changes if it.is_added} == {*after} - {*before}
    assert {it.line["key"] for it in diff.changes if it.is_removed} == {*before} - {*after}
    moved = {it.line["key"] for it in diff.changes if it.is_moved}
    stayed = [key for key in after if key in before and key not in moved]
    assert stayed == [key for key in before if key in stayed]


def spell(pieces):
    return "".join(
        f"[-{it.text}-]" if it.is_old else f"[+{it.text}+]" if it.is_new else it.text
        for it in pieces
    )


def test_words_that_changed_are_told_among_those_that_stayed():
    found = word_changes("Провести первую встречу совета", "Провести вторую встречу совета")

    assert spell(found) == "Провести [-первую -][+вторую +]встречу совета"


def test_numbers_are_told_as_a_whole():
    assert spell(word_changes("USD 5,000 a year", "USD 5,500 a year")) == (
        "USD [-5,000 -][+5,500 +]a year"
    )
    assert spell(word_changes("400 000 сомов в год", "300 000 сомов в год")) == (
        "[-400 000 -][+300 000 +]сомов в год"
    )


def test_wholly_other_texts_stand_one_after_the_other():
    assert spell(word_changes("до 15 мая", "раз в квартал и чаще")) == (
        "[-до 15 мая-][+раз в квартал и чаще+]"
    )
    assert spell(word_changes("", "новое")) == "[+новое+]"
    assert spell(word_changes("старое", "")) == "[-старое-]"


def test_of_long_passages_that_stayed_only_the_neighbours_are_told():
    words = " ".join(f"слово{number}" for number in range(150))

    found = spell(word_changes(f"{words} конец", f"{words} начало"))

    assert found.endswith("слово149 [-конец-][+начало+]") and found.startswith("… слово130")


@given(st.text(max_size=200), st.text(max_size=200))
def test_nothing_is_lost_of_either_text(old, new):
    pieces = word_changes(old, new)

    assert "".join(it.text for it in pieces if not it.is_new) == old
    assert "".join(it.text for it in pieces if not it.is_old) == new


# Pages


def address_of(name, plan, *args, language="ru"):
    with translation.override(language):
        return reverse(f"council:{name}", args=[plan.slug, *args])


def get(client, name, plan, *args, query="", language="ru"):
    return client.get(address_of(name, plan, *args, language=language) + query)


@pytest.fixture
def versions(db):
    """A plan with two versions, changed since."""
    plan = furnished_plan(title_en="Plan", ready_en=True)
    publish(plan, "Первая")
    reword(plan.parts["meeting"], title_ru="Второе заседание", timeline_text_ru="до 20 мая")
    factories.make_activity(plan.numbered[0], title_ru="Новая строка")
    publish(plan, "Вторая")
    reword(plan.parts["image"], parent=None)
    return plan


def test_the_list_names_the_newest_first_with_what_each_changed(client, versions):
    page = get(client, "plan_versions", versions)

    steps = page.context["steps"]
    assert [step.version.number for step in steps] == [2, 1]
    assert (steps[0].diff.added, steps[0].diff.reworded) == (1, 1)
    assert steps[1].diff is None
    assert page.context["since"].moved == 1
    assert "Первая" in page.text and "Вторая" in page.text
    for query in ("?from=1&amp;to=2", "?from=2&amp;to=now"):
        assert address_of("plan_changes", versions) + query in page.text


def test_a_plan_without_versions_says_so(client, db):
    plan = furnished_plan()

    for name in ("plan_versions", "plan_changes"):
        page = get(client, name, plan)
        assert page.status_code == 200
        assert address_of("plan_table", plan) in page.text
    assert get(client, "plan_version", plan, 1).status_code == 404


def test_a_long_list_of_versions_is_paged_and_each_is_compared(client, db):
    plan = factories.make_plan()
    row = factories.make_activity(factories.make_stage(plan))
    for number in range(12):
        reword(row, number=str(number))
        publish(plan)

    first, second = (get(client, "plan_versions", plan, query=f"?page={it}") for it in (1, 2))

    assert [step.version.number for step in first.context["steps"]] == list(range(12, 2, -1))
    assert [step.before for step in first.context["steps"]] == list(range(11, 1, -1))
    assert [(it.version.number, it.before) for it in second.context["steps"]] == [(2, 1), (1, None)]
    assert second.context["since"] is None


def test_a_version_shows_every_cell_and_hole(client, versions):
    plan = versions
    page = get(client, "plan_version", plan, 1)

    first, second, third = page.context["table"].stages
    assert [stage.stage.number for stage in (first, second, third)] == [1, 2, 3]
    assert [goal.is_gap for goal in first.goals] == [True, False]
    gap, campaign, meeting = first.lines[:3]
    assert (gap.row.activity.kind, gap.row.activity.number) == (RowKind.GAP, "1–3")
    assert gap.is_bare and not meeting.is_bare
    assert campaign.row.activity.is_lost_before and campaign.cells[0].is_lost
    assert [str(cell.text) for cell in meeting.cells] == [
        "до 15 мая",
        "НСМ",
        "5 000 долл. США",
        "Утверждённый план",
    ]
    assert meeting.row.activity.timeline == plan.parts["meeting"].timeline
    # A column of the plan's own, and a heading that is not printed.
    assert second.headings[-1].label == "Показатель" and second.headings[-2].is_unnamed
    cells = {line.row.activity.number: line.cells[-1] for line in second.lines if line.cells}
    assert cells["4.2"].text == "число посетителей" and cells["4.3"].is_lost
    assert [line.indent for line in second.lines] == [0, 0, 1, 0, 0]
    assert not third.lines and not third.goals


def test_rows_that_are_still_there_are_linked(client, versions):
    plan, gone = versions, versions.parts["suggested"]
    gone.delete()

    page = get(client, "plan_version", plan, 1)

    assert "Список подписантов" in page.text
    assert plan.parts["meeting"].short_id in page.text and gone.short_id not in page.text


def test_a_long_version_is_paged_and_says_what_goes_on(client, db):
    plan = long_plan(60)
    publish(plan)

    pages = [get(client, "plan_version", plan, 1, query=f"?page={it}") for it in (1, 2, 3, 4)]

    seen = [key for page in pages for key in page.context["table"].keys]
    assert seen == [row.short_id for row in plan.rows]
    assert [page.context["table"].stages[0].is_continued for page in pages] == [
        False,
        True,
        True,
        True,
    ]


def test_texts_are_in_the_language_of_the_reader_or_marked(client, db):
    plan = factories.make_trilingual_plan()
    stage = factories.make_stage(plan, title_ru="Первый этап", title_en="The first stage")
    factories.make_activity(stage, title_ru="Собрать вопросы", timeline_text_ru="до 1 мая")
    publish(plan, "Первая")

    page = get(client, "plan_version", plan, 1, language="en")

    assert "The first stage" in page.text
    assert '<span lang="ru">Собрать вопросы</span>' in page.text
    assert '<div class="lede" lang="ru">' in page.text


@pytest.mark.parametrize("number", [3, 99, 0, 10**9, 10**30])
def test_an_unknown_version_is_not_found(client, versions, number):
    assert get(client, "plan_version", versions, number).status_code == 404
    assert get(client, "plan_changes", versions, query=f"?from={number}").status_code == 404


@pytest.mark.parametrize(
    ("query", "older", "newer"),
    [
        ("", 1, 2),
        ("?from=1&to=2", 1, 2),
        ("?from=2&to=1", 1, 2),
        ("?from=1&to=now", 1, None),
        ("?from=1", 1, None),
        ("?from=1&to=", 1, None),
        ("?to=now", 2, None),
        ("?to=2", 1, 2),
        ("?to=1", 1, 1),
        ("?from=2&to=2", 2, 2),
        ("?from=x&to=%00", 1, 2),
        ("?from=%C2%B2&to=1.5", 1, 2),
    ],
)
def test_the_address_says_what_is_compared(client, versions, query, older, newer):
    page = get(client, "plan_changes", versions, query=query)

    assert page.context["older"].number == older
    assert (page.context["newer"].number if page.context["newer"] else None) == newer


def test_the_only_version_is_compared_with_the_plan_as_it_stands(client, db):
    plan = furnished_plan()
    publish(plan)

    page = get(client, "plan_changes", plan)

    assert page.context["newer"] is None and page.context["diff"].is_empty


def test_changes_are_told_word_by_word_with_readings(client, versions):
    page = get(client, "plan_changes", versions, query="?from=1&to=2")

    by_name = {str(it.name): it for it in page.context["changes"]}
    meeting, new = by_name["5 Второе заседание"], by_name["Новая строка"]
    assert new.change.is_added
    cells = {cell.language: spell(cell.pieces) for cell in meeting.cells}
    assert any("[-15 -][+20 +]" in spell(cell.pieces) for cell in meeting.cells)
    assert set(cells) == {"ru"}
    assert "<del>" in page.text and "<ins>" in page.text
    assert 'content="noindex"' in page.text


def test_codes_amounts_and_organisations_are_told_in_words(client, db):
    plan = factories.make_plan()
    stage = factories.make_stage(plan)
    row = factories.make_activity(stage, title_ru="Сайт", latest=date(2025, 5, 15))
    centre = factories.make_organisation(slug="centre", name_ru="Центр политики")
    publish(plan)
    reword(row, latest=date(2025, 6, 30), kind="step", is_timeline_lost=True, is_lost_before=True)
    reword(stage, table_state="pending", pending_on_organisation=centre)
    factories.make_responsible(row, organisation=centre, is_yet_to_exist=True)
    factories.make_resource(row, amount=10000, currency="")

    page = get(client, "plan_changes", plan, query="?from=1&to=now")

    stage_told, row_told = page.context["changes"]
    cells = [spell(cell.pieces) for cell in row_told.cells]
    assert any("15" in cell and "30" in cell for cell in cells)  # the reading
    assert any(cell.startswith("[+Центр политики (") for cell in cells)
    assert any("10 000" in cell.replace("\xa0", " ") for cell in cells)
    assert f"[-{RowKind.ACTIVITY.label}-][+{RowKind.STEP.label}+]" in cells
    assert any("Центр политики" in spell(cell.pieces) for cell in stage_told.cells)
    assert not any(code in "".join(cells) for code in ("centre", "2025-06-30", "_"))


def test_a_moved_row_says_where_it_stood(client, versions):
    page = get(client, "plan_changes", versions, query="?from=2&to=now")

    (it,) = page.context["changes"]
    assert it.change.is_moved and not it.cells
    assert it.old_place == "4 Связи с общественностью" and "II" in it.new_place


def test_drafts_of_a_translation_are_no_change_for_readers(client, versions):
    plan = versions
    reword(plan.parts["done"], title_ky="Жашыруун", title_en="Website")

    page = get(client, "plan_changes", plan, query="?from=2&to=now")

    done = next(it for it in page.context["changes"] if "Сайт" in it.name)
    assert done.other_languages == ["en"] and not done.cells
    assert "Жашыруун" not in page.text


def test_hostile_words_stay_text(client, db):
    hostile = "</del><script>alert(1)</script>"
    plan = factories.make_plan()
    row = factories.make_activity(factories.make_stage(plan), title_ru=hostile)
    publish(plan, hostile)
    reword(row, title_ru=f"{hostile} {hostile}", note_ru=hostile)

    for name, args in (("plan_versions", []), ("plan_version", [1]), ("plan_changes", [])):
        assert "<script" not in get(client, name, plan, *args).text


@pytest.mark.parametrize("rows", [1, 200])
def test_pages_of_versions_are_small_and_ask_little(
    client, db, django_assert_max_num_queries, rows
):
    plan = long_plan(rows)
    publish(plan)
    Activity.objects.filter(stage__plan=plan).update(note_ru="Новое", responsible_text_ru="Все")
    publish(plan)
    Activity.objects.filter(stage__plan=plan, kind=RowKind.ACTIVITY).update(title_ru="Иначе")
    plan.rows[-1].responsibles.all().delete()

    for name, args, query in (
        ("plan_versions", [], ""),
        ("plan_version", [1], ""),
        ("plan_version", [1], "?page=3"),
        ("plan_changes", [], "?from=1&to=2"),
        ("plan_changes", [], "?from=1&to=now"),
        ("plan_changes", [], "?from=1&to=now&page=2"),
        ("plan_changes", [], "?from=1&to=now&page=999999"),
        ("plan_changes", [], "?to=2"),
    ):
        with django_assert_max_num_queries(8):
            page = get(client, name, plan, *args, query=query)
        assert len(gzip.compress(page.content)) <= 10_240, (name, query)


def test_pages_of_changes_bring_every_change_once(client, db):
    plan = long_plan(60)
    publish(plan)
    Activity.objects.filter(stage__plan=plan).update(title_ru="Иначе")

    first = get(client, "plan_changes", plan)
    pages = [
        get(client, "plan_changes", plan, query=f"?page={number}")
        for number in range(1, first.context["leaf"].pages + 1)
    ]

    keys = [it.change.line["key"] for page in pages for it in page.context["changes"]]
    assert keys == [row.short_id for row in plan.rows] and len(pages) > 1
    assert pages[0].context["leaf"].first == 1
    assert pages[-1].context["leaf"].last == 60


ADDRESSES = [("plan_versions", []), ("plan_version", [1]), ("plan_changes", [])]


def test_versions_of_a_draft_are_hidden_from_readers(client, admin_client, db):
    plan = furnished_plan(status="draft", publish_at=None)
    publish(plan, SECRET)

    for name, args in ADDRESSES:
        for query in ("", "?from=1"):
            page = get(client, name, plan, *args, query=query)
            assert page.status_code == 404 and SECRET not in page.text
        assert get(admin_client, name, plan, *args).status_code == 200


def test_a_scheduled_plan_has_no_public_version(client, db):
    plan = furnished_plan(publish_at=timezone.now() + timedelta(days=1))
    publish(plan)

    assert [get(client, name, plan, *args).status_code for name, args in ADDRESSES] == [404] * 3


def test_versions_of_a_withdrawn_plan_say_why(client, db):
    plan = furnished_plan()
    publish(plan)
    withdraw(plan, None, {"ru": "Ошибка."})

    for name, args in ADDRESSES:
        page = get(client, name, plan, *args)
        assert page.status_code == 410 and "Ошибка." in page.text


@pytest.mark.parametrize("language", LANGUAGE_CODES)
def test_the_pages_open_in_every_language(client, versions, language):
    for name, args in ADDRESSES:
        assert get(client, name, versions, *args, language=language).status_code == 200
