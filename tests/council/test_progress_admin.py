"""Editors report on rows, judge evidence and correct, through the addresses of the admin."""

from datetime import date, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone, translation

from council.models import Assessment, Evidence, ProgressUpdate, RowKind
from council.moderation import reject
from council.schedule import ScheduleState
from mrc_portal.admin_site import change_url
from mrc_portal.languages import LANGUAGE_CODES
from mrc_portal.publishing import Status, withdraw
from mrc_portal.roles import CONTRIBUTORS
from tests import factories
from tests.editing import said, sent

pytestmark = pytest.mark.django_db

DUE = "admin:council_progressupdate_due"


def today(days=0):
    return timezone.localdate() + timedelta(days=days)


def report_url(row, **query):
    return reverse("admin:council_progressupdate_report", args=[row.pk], query=query)


def report(client, row, query=(), **data):
    """Send the report form of a row as a browser would, with what is typed into it."""
    address = report_url(row, **dict(query))
    return client.post(address, sent(client.get(address).context["form"]) | data)


def errors_of(response):
    assert response.status_code == 200
    return list(response.context["form"].errors)


def states_of(response):
    return [row.schedule.state for row in response.context["page"]]


def make_running_plan(**fields):
    return factories.make_plan(
        starts_on=today(-400), ends_on=today(400), **{"title_ru": "Идущий план"} | fields
    )


@pytest.fixture
def stage():
    return factories.make_stage(make_running_plan())


def make_rows_of_every_state(stage):
    """A row of each state that calls for a report, and one that is on time."""
    overdue = factories.make_activity(stage, latest=today(-10), title_ru="просрочено")
    factories.make_update(overdue, as_of=today(-20))
    missed = factories.make_activity(
        stage, timeline_kind="recurring", recurrence="month", title_ru="пропущено"
    )
    unreported = factories.make_activity(stage, latest=today(-10), title_ru="никто не сообщил")
    stale = factories.make_activity(stage, timeline_kind="permanent", title_ru="давно тихо")
    soon = factories.make_activity(stage, latest=today(5), title_ru="скоро срок")
    on_time = factories.make_activity(stage, latest=today(100), title_ru="в срок")
    factories.make_update(on_time, as_of=today(-1))
    return [overdue, missed, unreported, stale, soon, on_time]


# What is due


@pytest.mark.parametrize("language", LANGUAGE_CODES)
def test_what_is_due_stands_worst_first_with_its_reason(client, editor, stage, language):
    rows = make_rows_of_every_state(stage)
    with translation.override(language):
        page = client.get(reverse(DUE))
        report_urls = [report_url(row) for row in rows]

    assert [row.activity for row in page.context["page"]] == rows[:-1]
    assert states_of(page) == [
        ScheduleState.OVERDUE,
        ScheduleState.MISSED,
        ScheduleState.UNREPORTED,
        ScheduleState.STALE,
        ScheduleState.DUE_SOON,
    ]
    assert [url in page.text for url in report_urls] == [True] * 5 + [False]
    with translation.override(language):
        for row in page.context["page"]:
            assert row.schedule.explain() in page.text.replace("&quot;", '"')


def test_what_is_due_can_be_narrowed(client, editor, stage):
    rows = make_rows_of_every_state(stage)
    responsible = factories.make_responsible(rows[2])
    other = factories.make_activity(
        factories.make_stage(make_running_plan()), latest=today(-3), title_ru="из другого плана"
    )

    def shown(**query):
        return [row.activity for row in client.get(reverse(DUE), query).context["page"]]

    assert shown(plan=other.stage.plan.pk) == [other]
    assert shown(organisation=responsible.organisation.pk) == [rows[2]]
    assert shown(state="stale") == [rows[3]]
    assert shown(q="СКОРО") == [rows[4]]
    assert len(shown(state="all")) == 7
    assert len(shown(state="nonsense", plan="x", organisation="-1", page="zz")) == 6


def test_only_public_plans_that_are_tracked_call_for_reports(client, editor):
    past = {"latest": today(-10)}
    shown = factories.make_activity(factories.make_stage(make_running_plan()), **past)
    for fields in (
        {"status": Status.DRAFT, "publish_at": None},
        {"publish_at": timezone.now() + timedelta(days=1)},
        {"tracking_ended_on": today(-1)},
    ):
        factories.make_activity(factories.make_stage(make_running_plan(**fields)), **past)

    page = client.get(reverse(DUE))

    assert [row.activity for row in page.context["page"]] == [shown]


def test_a_long_list_has_pages_and_costs_as_many_queries(
    client, editor, stage, django_assert_max_num_queries
):
    def count(number):
        for _number in range(number):
            factories.make_responsible(factories.make_activity(stage, latest=today(-10)))
        client.get(reverse(DUE))
        with django_assert_max_num_queries(25) as queries:
            page = client.get(reverse(DUE))
        return len(queries), page

    few, _page = count(2)
    many, page = count(60)
    assert (many, len(page.context["page"])) == (few, 50)
    assert len(client.get(reverse(DUE), {"page": 2}).context["page"]) == 12


def test_the_start_page_shows_the_worst_rows_and_costs_as_many_queries(
    client, editor, stage, django_assert_max_num_queries
):
    make_rows_of_every_state(stage)

    def index():
        client.get(reverse("admin:index"))
        with django_assert_max_num_queries(200) as queries:
            page = client.get(reverse("admin:index"))
        lists = {work.url: work for work in page.context["work_lists"]}
        return len(queries), lists[reverse(DUE)]

    few, work = index()
    assert [item.title for item in work.items][:2] == ["просрочено", "пропущено"]
    assert (work.total, bool(work.items[0].note)) == (5, True)
    for _number in range(30):
        factories.make_responsible(factories.make_activity(stage, latest=today(-10)))
    assert index()[0] == few


# An editor's report


def test_an_editor_reports_with_two_choices_and_a_sentence(client, editor, stage):
    row = factories.make_activity(stage, latest=today(-10))

    response = report(client, row, status="in_progress", text_ru="Проект готов.")

    update = ProgressUpdate.objects.get()
    assert response.url == reverse(DUE)
    assert (update.activity, update.as_of, update.status) == (row, today(), "in_progress")
    assert (update.text_ru, update.moderation) == ("Проект готов.", "accepted")
    assert (update.created_by, update.moderated_by) == (editor, editor)
    assert states_of(client.get(reverse(DUE))) == [ScheduleState.OVERDUE]


@pytest.mark.parametrize("language", LANGUAGE_CODES)
def test_the_form_asks_in_the_language_one_works_in(client, editor, stage, language):
    row = factories.make_activity(stage)
    with translation.override(language):
        page = client.get(report_url(row))
        own = page.context["form"].own["text"].name

    assert own == f"text_{language}"
    assert page.text.index(f'name="text_{language}"') < page.text.index("<details")


@pytest.mark.parametrize(("words", "is_told"), [("до 30 июня 2025", False), ("до июля", True)])
def test_a_timeline_is_read_aloud_only_where_the_words_differ(
    client, editor, stage, words, is_told
):
    row = factories.make_activity(stage, latest=date(2025, 6, 30), timeline_text_ru=words)

    assert ("(до 30 июня 2025)" in client.get(report_url(row)).text) == is_told


def test_evidence_is_chosen_among_public_records_or_is_an_address(client, editor, stage):
    row = factories.make_activity(stage)
    document, event, release = (
        factories.make_document(),
        factories.make_event(),
        factories.make_press_release(),
    )
    links = "https://example.org/order Приказ № 5\r\n\r\n https://example.org/2 "

    report(
        client,
        row,
        status="done",
        documents=[document.pk],
        events=[event.pk],
        releases=[release.pk],
        links=links,
    )

    pieces = ProgressUpdate.objects.get().evidence.all()
    assert [(it.document, it.event, it.release, it.url, it.title_ru or "") for it in pieces] == [
        (document, None, None, "", ""),
        (None, event, None, "", ""),
        (None, None, release, "", ""),
        (None, None, None, "https://example.org/order", "Приказ № 5"),
        (None, None, None, "https://example.org/2", ""),
    ]


@pytest.mark.parametrize(
    ("data", "field"),
    [
        ({"status": ""}, "status"),
        ({"status": "finished"}, "status"),
        ({"status": "done"}, "evidence_waiver_ru"),
        ({"status": "done", "evidence_waiver_ru": "   "}, "evidence_waiver_ru"),
        ({"as_of": ""}, "as_of"),
        ({"as_of": "2199-01-01"}, "as_of"),
        ({"as_of": "0025-03-01"}, "as_of"),
        ({"percent": "101"}, "percent"),
        ({"percent": "-1"}, "percent"),
        ({"links": "javascript:alert(1)"}, "links"),
        ({"links": "ftp://example.org/"}, "links"),
        ({"links": "https://example.org/" + "x" * 500}, "links"),
        ({"links": "https://example.org/ " + "x" * 301}, "links"),
        ({"links": "\n".join(f"https://example.org/{n}" for n in range(21))}, "__all__"),
        ({"documents": ["99999"]}, "documents"),
        ({"documents": ["x"]}, "documents"),
        ({"corrects": "99999"}, "corrects"),
        ({"reported_by": "99999"}, "reported_by"),
    ],
)
def test_what_makes_no_sense_in_a_report_stands_at_its_field(client, editor, stage, data, field):
    row = factories.make_activity(stage)

    response = report(client, row, **{"status": "in_progress"} | data)

    assert field in errors_of(response)
    assert not ProgressUpdate.objects.exists()


def test_done_goes_with_a_reason_instead_of_evidence(client, editor, stage):
    row = factories.make_activity(stage)

    report(client, row, status="done", evidence_waiver_ru="Протокол не вели.")

    assert ProgressUpdate.objects.get().is_accepted


def test_drafts_are_no_evidence(client, editor, stage):
    row = factories.make_activity(stage)
    drafts = {
        "documents": factories.make_draft(),
        "events": factories.make_event(status=Status.DRAFT, publish_at=None),
        "releases": factories.make_press_release(status=Status.DRAFT, publish_at=None),
    }

    for name, record in drafts.items():
        response = report(client, row, status="done", **{name: [record.pk]})
        assert name in errors_of(response)
        assert record.title_ru not in response.text
    assert not Evidence.objects.exists()


@pytest.mark.parametrize("key", ["9" * 40, "x", "-1", "٣"])
def test_a_forged_piece_of_evidence_is_refused(client, editor, stage, key):
    row = factories.make_activity(stage)

    response = report(client, row, status="in_progress", documents=[key])

    assert errors_of(response) == ["documents"]
    assert not ProgressUpdate.objects.exists()


def test_a_report_has_an_end(client, editor, stage):
    row = factories.make_activity(stage)

    response = report(client, row, status="in_progress", text_ru="о" * 10_001)
    assert errors_of(response) == ["text_ru"]

    report(client, row, status="in_progress", text_ru="о" * 10_000)
    assert ProgressUpdate.objects.count() == 1


def test_the_button_pressed_twice_sends_one_report(client, editor, stage):
    row = factories.make_activity(stage)

    report(client, row, status="in_progress", text_ru="Готово наполовину.")
    response = report(client, row, status="in_progress", text_ru="Готово наполовину.")

    assert errors_of(response) == ["__all__"]
    assert ProgressUpdate.objects.count() == 1


def test_headings_and_archives_are_not_reported_on(client, editor, stage):
    heading = factories.make_activity(stage, kind=RowKind.HEADING)
    proposed = factories.make_activity(stage, origin="proposed")
    archived = factories.make_activity(
        factories.make_stage(make_running_plan(tracking_ended_on=today(-1)))
    )

    for row in (heading, proposed):
        assert client.get(report_url(row)).status_code == 404
        assert client.post(report_url(row), {"status": "done"}).status_code == 404
    data = {"status": "in_progress", "as_of": today(-2).isoformat()}
    assert client.post(report_url(archived), data).url == change_url(archived)
    assert not ProgressUpdate.objects.exists()


def test_a_report_begins_from_a_row(client, editor):
    assert client.get(reverse("admin:council_progressupdate_add")).url == reverse(DUE)
    assert client.get(reverse("admin:council_progressupdate_report", args=[999])).status_code == 404


def test_a_contributors_report_waits_for_an_editor(client, stage):
    client.force_login(factories.make_user(CONTRIBUTORS))
    row = factories.make_activity(stage)

    report(client, row, status="in_progress", text_ru="Идёт.", moderation="accepted")

    update = ProgressUpdate.objects.get()
    assert (update.moderation, update.moderated_at) == ("waiting", None)


def test_a_refused_report_is_not_written_twice(client, stage):
    sender = factories.make_user(CONTRIBUTORS)
    client.force_login(sender)
    row = factories.make_activity(stage)
    link = "https://example.org/ Приказ"
    report(client, row, status="done", text_ru="Готово.", links=link)
    reject(ProgressUpdate.objects.get(), factories.make_user(), "Это проект приказа.")

    page = client.get(report_url(row))

    assert "Это проект приказа." in page.text
    form = page.context["form"]
    assert [form[name].value() for name in ("text_ru", "status", "links", "corrects")] == [
        "Готово.",
        "done",
        link,
        None,
    ]
    report(client, row, status="in_progress")
    again = ProgressUpdate.objects.latest("pk")
    assert (again.moderation, again.text_ru, again.corrects) == ("waiting", "Готово.", None)
    # A correction that was refused is still one.
    right = factories.make_update(row, text_ru="Идёт.")
    wrong = factories.make_update(row, corrects=right, moderation="waiting", created_by=sender)
    reject(wrong, factories.make_user(), "Не то.")
    assert client.get(report_url(row)).context["form"]["corrects"].value() == right.pk
    wrong.delete()
    # The next report is a new one, and what was refused is no concern of others.
    assert client.get(report_url(row)).context["refused"] is None
    again.delete()
    client.force_login(factories.make_user(CONTRIBUTORS))
    page = client.get(report_url(row))
    assert "Это проект приказа." not in page.text
    assert not page.context["form"]["text_ru"].value()


# On record


def test_a_report_is_never_changed_or_deleted(client, editor):
    update = factories.make_update(text_ru="Как было")
    before = ProgressUpdate.objects.values().get()
    admin = factories.make_user("Administrators", is_superuser=True)

    for user in (editor, admin):
        client.force_login(user)
        page = client.get(change_url(update))
        assert page.status_code == 200
        assert 'name="text_ru"' not in page.text
        assert client.post(change_url(update), {"text_ru": "Иначе"}).status_code == 403
        address = reverse("admin:council_progressupdate_delete", args=[update.pk])
        assert client.post(address, {"post": "yes"}).status_code == 403
        changelist = reverse("admin:council_progressupdate_changelist")
        client.post(changelist, {"action": "delete_selected", "_selected_action": [update.pk]})

    assert ProgressUpdate.objects.values().get() == before


def test_words_in_other_languages_are_not_left_behind_by_a_correction(client, editor, stage):
    row = factories.make_activity(stage)
    words = {"text_ru": "Помешали праздники.", "text_en": "Holidays delayed us.", "text_ky": ""}
    wrong = factories.make_update(row, status="in_progress", as_of=today(-3), **words)
    address = report_url(row, corrects=wrong.pk)
    typed = sent(client.get(address).context["form"]) | {"text_ru": "Задержки не было."}

    asked = client.post(address, typed)

    assert errors_of(asked) == ["text_en"]
    assert not wrong.corrections.exists()
    again = sent(asked.context["form"])
    assert again["text_ru"] == "Задержки не было."
    client.post(address, again)
    assert wrong.corrections.get().text_en == "Holidays delayed us."


def test_a_correction_keeps_evidence_that_is_no_longer_public(client, editor, stage):
    row = factories.make_activity(stage)
    wrong = factories.make_update(row, status="done", text_ru="Готово.", as_of=today(-3))
    document = factories.make_evidence(wrong).document
    factories.make_document(title_ru="Другой черновик", status="draft")
    withdraw(document, None, {"ru": "Ошибки в таблицах."})
    form = client.get(report_url(row, corrects=wrong.pk))
    assert document.title_ru not in form.text
    assert "Другой черновик" not in form.text

    report(client, row, {"corrects": wrong.pk}.items(), text_ru="Готово в мае.")

    (right,) = ProgressUpdate.objects.in_force()
    assert [it.document for it in right.evidence.all()] == [document]
    assert (right.corrects, right.text_ru) == (wrong, "Готово в мае.")


def test_a_report_is_corrected_by_a_new_one_that_begins_as_it(client, editor, stage):
    row = factories.make_activity(stage)
    wrong = factories.make_update(
        row,
        status="done",
        percent=90,
        text_ru="Готово.",
        as_of=today(-3),
        reported_by=factories.make_organisation(),
    )
    piece = factories.make_evidence(wrong)
    factories.make_evidence(wrong, url="https://example.org/", title_ru="Приказ", position=1)
    link = report_url(row, corrects=wrong.pk)
    assert link.replace("&", "&amp;") in client.get(change_url(wrong)).text

    response = report(client, row, {"corrects": wrong.pk}.items(), status="in_progress")

    assert response.url == reverse(DUE)
    (right,) = ProgressUpdate.objects.in_force()
    assert (right.corrects, right.status, right.percent) == (wrong, "in_progress", 90)
    assert (right.text_ru, right.as_of, right.reported_by) == (
        "Готово.",
        today(-3),
        wrong.reported_by,
    )
    assert {(it.document, it.url) for it in right.evidence.all()} == {
        (piece.document, ""),
        (None, "https://example.org/"),
    }
    assert link.replace("&", "&amp;") not in client.get(change_url(wrong)).text
    # What is corrected already is not corrected again.
    again = report(client, row, text_ru="Ещё раз.", status="in_progress", corrects=wrong.pk)
    assert "corrects" in errors_of(again)


# Judgements


def assess(client, update, **data):
    address = reverse("admin:council_progressupdate_assess", args=[update.pk])
    return client.post(address, sent(client.get(address).context["form"]) | data)


def test_assessments_are_added_and_none_is_changed(client, editor):
    update = factories.make_update(status="done", evidence_waiver_ru="Нет.", as_of=today(-5))

    assess(client, update, verdict="not_shown", note_ru="Нет протокола.")
    assess(client, update, verdict="confirmed", made_on=today().isoformat())

    found = [(it.verdict, it.created_by, it.made_on) for it in update.assessments.all()]
    assert found == [("not_shown", editor, today()), ("confirmed", editor, today())]
    assert "Нет протокола." in client.get(change_url(update)).text
    data = {"assessments-TOTAL_FORMS": "2", "assessments-0-verdict": "partly"}
    assert client.post(change_url(update), data).status_code == 403


@pytest.mark.parametrize(
    ("data", "field"),
    [
        ({}, "verdict"),
        ({"verdict": "perhaps"}, "verdict"),
        ({"verdict": "confirmed", "made_on": "2199-01-01"}, "made_on"),
        ({"verdict": "confirmed", "made_on": "2013-01-01"}, "made_on"),
        ({"verdict": "confirmed", "made_on": ""}, "made_on"),
    ],
)
def test_what_makes_no_sense_in_an_assessment_stands_at_its_field(client, editor, data, field):
    update = factories.make_update()

    assert errors_of(assess(client, update, **data)) == [field]
    assert not Assessment.objects.exists()


def test_an_assessment_is_recorded_once_however_often_the_button_is_pressed(client, editor):
    update = factories.make_update()

    assess(client, update, verdict="confirmed", note_ru="Есть протокол.")
    again = assess(client, update, verdict="confirmed", note_ru="Есть протокол.")

    assert errors_of(again) == ["__all__"]
    assert update.assessments.count() == 1


def test_the_picture_of_an_archive_is_judged_no_more(client, editor):
    plan = factories.make_plan(tracking_ended_on=today(-1))
    row = factories.make_activity(factories.make_stage(plan))
    update = factories.make_update(row, as_of=today(-5))

    assert errors_of(assess(client, update, verdict="contradicted", made_on=today(-2))) == [
        "__all__"
    ]
    assert not Assessment.objects.exists()


def test_only_accepted_reports_are_judged(client, editor):
    waiting = factories.make_update(moderation="waiting")

    address = reverse("admin:council_progressupdate_assess", args=[waiting.pk])
    assert client.get(address).status_code == 404
    assert client.post(address, {"verdict": "confirmed"}).status_code == 404


# The start page


def test_the_start_page_has_what_waits_and_what_nobody_judged(client, editor, stage):
    waiting = factories.make_update(factories.make_activity(stage), moderation="waiting")
    done = factories.make_update(
        factories.make_activity(stage), status="done", evidence_waiver_ru="Нет."
    )
    judged = factories.make_update(
        factories.make_activity(stage), status="done", evidence_waiver_ru="Нет."
    )
    factories.make_assessment(judged)

    lists = client.get(reverse("admin:index")).context["work_lists"]

    urls = [[item.url for item in work.items] for work in lists]
    assert urls[0] == [change_url(waiting)]
    assert [change_url(done)] in urls


@pytest.mark.parametrize("language", LANGUAGE_CODES)
def test_the_pages_open_in_every_language_and_load_nothing_from_elsewhere(
    client, editor, stage, language
):
    update = factories.make_update(factories.make_activity(stage), text_ru="Идёт.")
    factories.make_evidence(update)
    factories.make_assessment(update)
    with translation.override(language):
        names = ("changelist", "due", "own")
        paths = [reverse(f"admin:council_progressupdate_{name}") for name in names]
        paths += [
            report_url(update.activity),
            change_url(update),
            reverse("admin:council_progressupdate_assess", args=[update.pk]),
            reverse("admin:council_reporter_changelist"),
            reverse("admin:council_reporter_add"),
        ]

    for path in paths:
        page = client.get(path)
        assert page.status_code == 200, path
        assert f'lang="{language}"' in page.text
        for scheme in ("http://", "https://", "//"):
            for attribute in ('src="', 'href="'):
                assert attribute + scheme not in page.text, path


def test_the_list_of_reports_finds_and_costs_as_many_queries(
    client, editor, stage, django_assert_max_num_queries
):
    address = reverse("admin:council_progressupdate_changelist")
    wanted = factories.make_update(factories.make_activity(stage), text_ru="Проект ПОСТАНОВЛЕНИЯ")

    def count(number):
        for _number in range(number):
            organisation = factories.make_organisation()
            factories.make_update(factories.make_activity(stage), reported_by=organisation)
        client.get(address)
        with django_assert_max_num_queries(25) as queries:
            client.get(address)
        return len(queries)

    assert count(2) == count(20)
    found = client.get(address, {"q": "постановления"}).context["cl"].result_list
    assert list(found) == [wanted]


def test_an_earlier_day_is_told_as_reported(client, editor, stage):
    row = factories.make_activity(stage, latest=today(-10))

    response = report(client, row, status="done", links="https://example.org/", as_of=today(-12))

    assert str(row) in said(response)
    assert ProgressUpdate.objects.get().as_of == today(-12)
    assert date(2013, 1, 1) < today()
