"""Plans, their rows, councils and letters in the search: what is found in which language, from
which second on, how soon a change arrives, and how results look."""

import gzip
from datetime import date, timedelta
from unittest.mock import patch

import pytest
from django.core.cache import cache
from django.urls import reverse
from django.utils import timezone

from council.models import (
    Activity,
    ColumnMeaning,
    Existence,
    ExtraCell,
    Letter,
    LetterState,
    LetterTask,
    LetterVersion,
    Plan,
    PlanVersion,
    StageColumn,
)
from council.moderation import accept
from mrc_portal.languages import LANGUAGE_CODES
from mrc_portal.publishing import withdraw
from mrc_portal.search import Query, search
from tests import factories

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("search_index")]


def keys(words="", **options):
    return {hit.key for hit in search(Query(words, **options)).hits}


def found(client, **query):
    return [row.record for row in client.get(reverse("search"), query).context["listing"].rows]


# What is found


def test_a_plan_is_found_by_everything_its_pages_say_but_for_the_rows(committed):
    with committed():
        plan = factories.make_trilingual_plan(
            summary_ru="Составлен рабочей группой",
            body_en="<p>Drawn up in <b>brainstorming</b>.</p>",
            reference_strategy_ky="Туруктуу өнүктүрүү стратегиясы",
            note_ru="<p>Протокол утерян</p>",
        )
        rce = factories.make_organisation(name_en="Resource Centre for the Elderly")
        stage = factories.make_stage(
            plan,
            title_en="Preparation",
            timeline_text_en="by December",
            note_ru="Пункты утрачены",
            pending_on_organisation=rce,
        )
        factories.make_goal(stage, title_ru="Привлечение доноров", note_ky="Эки катарда")
        StageColumn.objects.create(stage=stage, meaning="timeline", heading_en="Timeframe")
        PlanVersion.objects.create(
            plan=plan, number=1, made_on=date(2013, 1, 20), text_ru="После семинара", content={}
        )

    for words in (
        "рабочей группой",
        "brainstorming",
        "стратегиясы",
        "утерян",
        "preparation",
        "december",
        "утрачены",
        "доноров",
        "эки катарда",
        "timeframe",
        "после семинара",
        "Resource Centre",
        plan.title_ky,
    ):
        assert keys(words) == {f"plan-{plan.pk}"}, words


def test_a_row_is_found_by_everything_its_page_says_in_three_languages(committed):
    with committed():
        stage = factories.make_stage(factories.make_trilingual_plan(original_language="en"))
        row = factories.make_activity(
            stage,
            title_ru="Связи с общественностью",
            title_ky="Коомчулук менен байланыш",
            title_en="Public relations",
            printed_title="Pubic Relation",
            number="4.2",
            timeline_text_en="Once a quarter",
            responsible_text_ru="Секретариат",
            resources_text_ru="десять тысяч",
            expected_result_ky="Ишеним жогорулайт",
            origin_note_en="raised by group I",
            note_ru="Начало строки утрачено",
        )
        column = StageColumn.objects.create(
            stage=stage, meaning=ColumnMeaning.OTHER, heading_ru="Показатель"
        )
        ExtraCell.objects.create(activity=row, column=column, text_ru="Две публикации")
        factories.make_responsible(
            row, organisation=factories.make_organisation(abbreviation_ru="НСМ")
        )
        factories.make_deadline_change(row, reason_ru="Ждали типографию")
        update = factories.make_update(
            row,
            text_ru="Макет готов",
            text_ky="Макет даяр",
            reported_by=factories.make_organisation(name_ru="Обсерватория"),
            evidence_waiver_en="seen by the auditors",
        )
        factories.make_evidence(update, url="https://mrc.example/1", title_ru="Снимок стенда")
        factories.make_assessment(update, note_ru="Снимок подлинный")

    for words in (
        "общественностью",
        "коомчулук",
        "relations",
        "pubic",
        "4.2",
        "quarter",
        "секретариат",
        "десять тысяч",
        "ишеним",
        "raised",
        "начало строки",
        "две публикации",
        "НСМ",
        "типографию",
        "макет готов",
        "макет даяр",
        "обсерватория",
        "auditors",
        "стенда",
        "подлинный",
    ):
        assert f"row-{row.pk}" in keys(words), words
    # The plan itself is not found by the words of its rows, nor a row by those of its plan.
    assert keys("общественностью") == {f"row-{row.pk}"}
    assert keys(stage.plan.title_ru) == {f"plan-{stage.plan.pk}"}


def test_a_body_and_a_letter_are_found_by_everything_their_pages_say(committed):
    with committed():
        body = factories.make_trilingual_body(
            summary_ru="Готовит решения",
            body_en="<p>It meets in <b>spring</b>.</p>",
            tasks_ky="Окутуу",
            note_ru="<p>Список обрывается</p>",
            organisation=factories.make_organisation(abbreviation_en="NCM"),
        )
        factories.make_membership(body, office_ru="глава профсоюза")
        factories.make_membership(
            body, organisation=factories.make_organisation(name_en="Adilet Clinic")
        )
        letter = factories.make_trilingual_letter(
            summary_ru="Просят создать орган",
            addressee_en="President",
            body_ky="<p>Коомдук талкуу</p>",
            answer_ru="Передано в аппарат",
            state=LetterState.ANSWERED,
            open_questions_ru="Кто возглавит список",
            note_en="<p>Draft lost</p>",
        )
        LetterVersion.objects.create(
            letter=letter, number=1, text_ru="<p>Уважаемый господин</p>", note_ru="после семинара"
        )
        LetterTask.objects.create(
            letter=letter,
            who_en="four participants",
            task_ru="дописать обращение",
            organisation=factories.make_organisation(name_en="Wordsmiths"),
        )

    for words in ("решения", "spring", "окутуу", "обрывается", "NCM", "профсоюза", "Adilet"):
        assert keys(words) == {f"body-{body.pk}"}, words
    for words in (
        "создать орган",
        "талкуу",
        "аппарат",
        "возглавит",
        "draft lost",
        "уважаемый",
        "после семинара",
        "participants",
        "обращение",
        "wordsmiths",
    ):
        assert keys(words) == {f"letter-{letter.pk}"}, words


def test_a_version_that_is_not_ready_is_not_found(committed):
    with committed():
        factories.make_plan(title_en="Unready", summary_en="Hidden words")
        factories.make_body(title_ky="Каралама", tasks_ky="Жашыруун")
        factories.make_letter(title_en="Unready", open_questions_en="Hidden words")

    for words in ("unready", "hidden", "каралама", "жашыруун"):
        assert keys(words) == set(), words


def test_words_of_rows_are_not_found_in_a_language_that_is_not_ready(client, committed):
    with committed():
        row = factories.make_activity(
            title_ru="Выставка",
            title_ky="Каралама",
            note_ru="Примечание",
            note_ky="Жашыруун",
            expected_result_ru="Итог",
        )
        # There are no other words: pages show these.
        factories.make_update(row, text_ru="", text_ky="Отчет келди")
        cell = factories.make_deadline_change(row, reason_ru="Снег", reason_ky="Аяз")

    for words in ("каралама", "жашыруун", "аяз"):
        assert keys(words) == set(), words
    for words in ("выставка", "итог", "снег", "келди"):
        assert keys(words) == {f"row-{row.pk}"}, words

    with committed():
        Plan.objects.update(title_ky="План", ready_ky=True)
        cell.activity.stage.plan.refresh_from_db()
        cell.activity.stage.plan.save()
    for words in ("каралама", "жашыруун", "аяз"):
        assert keys(words) == {f"row-{row.pk}"}, words

    # Not ready any more, and the index does not know it yet.
    Plan.objects.update(ready_ky=False)
    page = client.get(reverse("search"), {"q": "жашыруун"})
    assert [found.record for found in page.context["listing"].rows] == [row]
    assert [found.hit.snippets for found in page.context["listing"].rows] == [()]


def test_the_title_of_evidence_is_found_only_where_it_is_shown(committed):
    with committed():
        row = factories.make_activity()
        update = factories.make_update(row)
        draft = factories.make_draft(title_ru="Черновик")
        factories.make_evidence(update, document=draft, title_ru="Улика")

    assert keys("улика") == keys("черновик") == set()


def test_lost_rows_are_no_results(committed):
    with committed():
        stage = factories.make_stage()
        factories.make_activity(stage, kind="gap", number="1.2 … 2.x", note_ru="Утрачено")

    assert keys("утрачено") == set()
    assert keys(filters={"room": ("plan",)}) == {f"plan-{stage.plan.pk}"}


# Who is not found


def test_waiting_and_rejected_reports_are_never_found(committed):
    with committed():
        row = factories.make_activity(title_ru="Выставка")
        update = factories.make_update(
            row,
            text_ru="Проворовались",
            moderation="waiting",
            reported_by=factories.make_organisation(name_ru="Доносчик"),
            evidence_waiver_ru="Молчание",
        )
        factories.make_evidence(update, url="https://mrc.example/1", title_ru="Улика")
        factories.make_assessment(update, note_ru="Осуждение")
        factories.make_update(row, text_ru="Оговор", moderation="rejected", rejection_reason="нет")
    hidden = ("проворовались", "доносчик", "молчание", "улика", "осуждение", "оговор")
    for words in hidden:
        assert keys(words) == set(), words

    with committed():
        accept(update, factories.make_user())
    for words in hidden[:-1]:
        assert keys(words) == {f"row-{row.pk}"}, words


def test_a_person_is_found_only_while_consent_lasts(committed):
    person = factories.make_person(family_name_ru="Бакирова")
    with committed():
        seat = factories.make_membership(person=person)
        signature = factories.make_signatory(
            person=person, state="signed_on_paper", office_ru="Правозащитница"
        )
    assert keys("Бакирова") == keys("правозащитница") == set()

    both = {f"body-{seat.body_id}", f"letter-{signature.letter_id}"}
    with committed():
        for part in (seat, signature):
            part.consent_given_on = date(2013, 3, 1)
            part.save()
    assert keys("Бакирова") == both

    with committed():
        person.family_name_ru = "Осмонова"
        person.save()
    assert keys("Бакирова") == set()
    assert keys("Осмонова") == both

    with committed():
        for part in (seat, signature):
            part.consent_given_on = None
            part.save()
    assert keys("Осмонова") == set()


def test_a_person_who_stepped_back_from_a_letter_is_not_found(committed):
    with committed():
        signature = factories.make_signatory(
            person=factories.make_person(family_name_ru="Бакирова"),
            consent_given_on=date(2013, 3, 1),
            state="agreed",
        )
    assert keys("Бакирова") == {f"letter-{signature.letter_id}"}

    with committed():
        signature.state = "declined"
        signature.save()
    assert keys("Бакирова") == set()


# When


def test_drafts_are_in_no_result_and_rows_go_with_their_plan(committed):
    with committed():
        drafts = {"status": "draft", "publish_at": None}
        factories.make_body(**drafts)
        factories.make_letter(**drafts)
        plan = factories.make_plan(**drafts)
        row = factories.make_activity(factories.make_stage(plan), title_ru="Выставка")
    assert keys() == set()

    with committed():
        plan.status, plan.publish_at = "published", timezone.now()
        plan.save()
    assert keys() == {f"plan-{plan.pk}", f"row-{row.pk}"}

    with committed():
        withdraw(plan, None, {"ru": "Ошибка"})
    assert keys() == set()


def test_a_scheduled_plan_and_its_rows_are_found_from_their_second_on(client, committed):
    moment = timezone.now() + timedelta(hours=1)
    with committed():
        plan = factories.make_plan(title_ru="Заговоривший", publish_at=moment)
        row = factories.make_activity(factories.make_stage(plan), title_ru="Заговорившая")
    both = {f"plan-{plan.pk}", f"row-{row.pk}"}

    with patch("django.utils.timezone.now", lambda: moment - timedelta(seconds=1)):
        assert keys() == set()
        assert found(client) == []
    with patch("django.utils.timezone.now", lambda: moment):
        assert keys() == both
        assert len(found(client)) == 2


def test_what_they_belong_to_changes_them(committed):
    topic = factories.make_topic(slug="topic")
    organisation = factories.make_organisation(name_ru="Прежнее имя")
    with committed():
        plan = factories.make_plan(topics=[topic])
        stage = factories.make_stage(plan, pending_on_organisation=organisation)
        row = factories.make_activity(stage)
        responsible = factories.make_responsible(row, organisation=organisation)
        update = factories.make_update(factories.make_activity(stage), reported_by=organisation)
        body = factories.make_body(organisation=organisation)
        seat = factories.make_membership(organisation=organisation)
        letter = factories.make_letter()
        LetterTask.objects.create(letter=letter, task_ru="Дописать", organisation=organisation)
        signature = factories.make_signatory(organisation=organisation, state="signed_online")
    named = {
        f"plan-{plan.pk}",
        f"row-{row.pk}",
        f"row-{update.activity_id}",
        f"body-{body.pk}",
        f"body-{seat.body_id}",
        f"letter-{letter.pk}",
        f"letter-{signature.letter_id}",
    }

    with committed():
        organisation.name_ru = "Обновлённое имя"
        organisation.save()
        topic.bodies.add(body)  # from the other side
        topic.slug = "renamed"
        topic.save()

    assert keys("Прежнее") == set()
    assert keys("Обновлённое") == named
    about = keys(filters={"topic": ("renamed",)})
    assert about == {
        f"plan-{plan.pk}",
        f"row-{row.pk}",
        f"row-{update.activity_id}",
        f"body-{body.pk}",
    }

    with committed():
        responsible.delete()
        plan.topics.clear()
        signature.state = "invited"
        signature.save()
    assert keys("Обновлённое") == named - {f"row-{row.pk}", f"letter-{signature.letter_id}"}
    assert keys(filters={"topic": ("renamed",)}) == {f"body-{body.pk}"}


def test_a_row_that_moves_to_another_plan_or_is_deleted_arrives_at_once(committed):
    with committed():
        row = factories.make_activity(title_ru="Выставка")
        draft = factories.make_stage(factories.make_plan(status="draft", publish_at=None))
    assert keys("выставка") == {f"row-{row.pk}"}

    with committed():
        row.stage = draft
        row.save()
    assert keys("выставка") == set()

    with committed():
        row.stage = factories.make_stage()
        row.save()
    with committed():
        row.delete()
    assert keys("выставка") == set()


# The search of the whole portal


def test_facets_of_plans_and_bodies(committed):
    above = factories.make_topic(slug="above")
    below = factories.make_topic(slug="below", parent=above)
    with committed():
        plan = factories.make_trilingual_plan(
            topics=[below], starts_on=date(2025, 1, 1), ends_on=date(2026, 12, 31)
        )
        stage = factories.make_stage(plan)
        factories.make_activity(stage, title_ky="Жолугушуу", latest=date(2026, 6, 30))
        factories.make_activity(stage, kind="heading")
        body = factories.make_body(kind="council", founded_on=date(2013, 5, 1))
        body.topics.add(above)
        factories.make_letter(state=LetterState.SENT, sent_on=date(2013, 6, 1))

    facets = search(Query(facets=("room", "kind", "topic", "language", "year"))).facets

    counts = {name: {it.value: it.count for it in values} for name, values in facets.items()}
    assert counts == {
        "room": {"plan": 3, "council": 2},
        "kind": {"plan": 1, "activity": 1, "heading": 1, "council": 1, "letter": 1},
        "topic": {"above": 4, "below": 3},
        "language": {"ru": 5, "ky": 2, "en": 1},
        "year": {"2025": 1, "2026": 2, "2013": 2},
    }


@pytest.fixture
def one_of_each(committed):
    with committed():
        plan = factories.make_trilingual_plan(title_ru="План выставки")
        row = factories.make_activity(
            factories.make_stage(plan, number=2),
            title_ru="Открыть выставку",
            number="4.1",
            timeline_text_ru="раз в квартал",
        )
        factories.make_update(row)
        return [
            plan,
            row,
            factories.make_trilingual_body(
                title_ru="Совет выставки", existence=Existence.PLANNED, founded_on=date(2013, 5, 1)
            ),
            factories.make_trilingual_letter(
                title_ru="Письмо о выставке", state=LetterState.SENT, sent_on=date(2013, 6, 1)
            ),
        ]


@pytest.mark.parametrize("language", LANGUAGE_CODES)
def test_words_find_all_kinds_and_each_says_what_it_is(client, one_of_each, language):
    _plan, _row, body, letter = one_of_each

    page = client.get(f"/{language}/search/", {"q": "выставка"})

    records = [it.record for it in page.context["listing"].rows]
    assert {(type(it), it.pk) for it in records} == {(type(it), it.pk) for it in one_of_each}
    for record in one_of_each:
        address = record.get_absolute_url().replace("/ru/", f"/{language}/")
        assert page.text.count(f'href="{address}"') >= 1
    assert ('<span lang="ru">Открыть выставку</span>' in page.text) == (language != "ru")
    assert "4.1" in page.text
    assert "раз в квартал" in page.text
    assert str(letter.state_sentence) in page.text or language != "ru"
    assert str(body.existence_sentence) in page.text or language != "ru"


def test_sections_are_chosen(client, one_of_each):
    plan, row, body, letter = one_of_each

    assert set(found(client, q="выставка", room="plan")) == {plan, row}
    assert set(found(client, q="выставка", room="council")) == {body, letter}
    facets = client.get(reverse("search"), {"q": "выставка"}).context["listing"].facets
    (rooms,) = [facet for facet in facets if facet.name == "room"]
    assert [choice.count for choice in rooms.choices] == [2, 2]


def test_a_row_is_shown_only_if_the_database_says_that_its_plan_is_public(client, one_of_each):
    # update() sends no signal, so the index does not know.
    Plan.objects.update(publish_at=timezone.now() + timedelta(days=1))
    Letter.objects.update(status="draft")

    page = client.get(reverse("search"), {"q": "выставка"})

    assert [row.record for row in page.context["listing"].rows] == [one_of_each[2]]
    for record in (one_of_each[0], one_of_each[1], one_of_each[3]):
        assert record.title_ru not in page.text


def test_a_passage_of_a_plan_that_is_not_ready_any_more_is_not_shown(client, committed):
    with committed():
        plan = factories.make_trilingual_plan(summary_ky="жашыруун корутунду")
    Plan.objects.update(ready_ky=False)

    page = client.get(reverse("search"), {"q": "жашыруун"})

    assert [row.record for row in page.context["listing"].rows] == [plan]
    assert "корутунду" not in page.text


def test_without_an_index_the_database_lists_them(client, one_of_each, search_is_down):
    plan, row, body, letter = one_of_each
    topic = factories.make_topic(slug="topic")
    plan.topics.add(topic)
    Activity.objects.update(latest=date(2026, 1, 1), timeline_kind="by")
    drafts = {"status": "draft", "publish_at": None, "title_ru": "Выставка"}
    factories.make_body(**drafts)
    factories.make_letter(**drafts)
    draft = factories.make_stage(factories.make_plan(**drafts))
    factories.make_activity(draft, title_ru="Выставка черновая")
    factories.make_activity(row.stage, kind="gap", number="1–3")

    # Newest first: the row by its last report, of 2025.
    assert found(client, q="ВЫСТАВК") == [row, plan, letter, body]
    assert found(client, room="council") == [letter, body]
    assert found(client, room="plan", q="открыть") == [row]
    assert found(client, topic="topic") == [row, plan]
    assert found(client, language="ky") == [plan, letter, body]
    Activity.objects.filter(pk=row.pk).update(title_ky="Каралама")
    assert found(client, q="каралама") == [row]
    Plan.objects.filter(pk=plan.pk).update(ready_ky=False)
    assert found(client, q="каралама") == []
    assert found(client, language="ky") == [letter, body]
    assert found(client, year="2026") == [row, plan]
    assert found(client, year="2013") == [letter, body]
    project = factories.make_project(slug="project")
    assert found(client, project=project.slug) == []


@pytest.mark.parametrize("is_down", [False, True])
def test_nonsense_is_ignored(client, one_of_each, is_down, request):
    if is_down:
        request.getfixturevalue("search_is_down")
    address = reverse("search")

    for query in (
        "?year=0000",
        "?year=9999&year=0001",
        "?room=row&room=body&room=%00",
        "?q=%00&topic=x",
        "?q=" + "а+" * 200,
    ):
        assert client.get(address + query).status_code == 200, query


@pytest.mark.parametrize("rows", [1, 12])
def test_queries_do_not_grow_with_the_rows(client, django_assert_max_num_queries, committed, rows):
    topic = factories.make_topic(slug="topic")
    with committed():
        for _number in range(rows):
            plan = factories.make_trilingual_plan(topics=[topic])
            stage = factories.make_stage(plan)
            factories.make_update(factories.make_activity(stage))
            factories.make_trilingual_body().topics.add(topic)
            factories.make_trilingual_letter()
            project = factories.make_project()
            event = factories.make_trilingual_event(topics=[topic], project=project)
            factories.make_trilingual_press_release(topics=[topic], project=project, events=[event])
            document = factories.make_trilingual_document(topics=[topic], project=project)
            factories.make_contribution(document)
            factories.make_file(document)
    cache.clear()

    seen = set()
    for number in range(1, 3 if rows > 1 else 2):
        with django_assert_max_num_queries(8):
            page = client.get(reverse("search"), {"page": number, "sort": "title"})
        seen |= {type(row.record).__name__ for row in page.context["listing"].rows}
    assert len(seen) >= 4
    with django_assert_max_num_queries(8):
        assert client.get(reverse("search"), {"topic": "topic"}).context["listing"].rows


def test_a_full_page_of_long_rows_stays_small(client, committed):
    plan = factories.make_trilingual_plan(
        title_ru="План действий по защите прав трудящихся-мигрантов и членов их семей"
    )
    stage = factories.make_stage(plan)
    with committed():
        for number in range(25):
            factories.make_activity(
                stage,
                title_ru=f"Разработать рекомендации о поправках в отраслевые программы, {number}",
                timeline_text_ru="с сентября 2025 года, постоянно",
                number=f"3.{number}",
                note_ru="Что говорят законы, что делают консульства и чего не хватает. " * 4,
            )

    for query in ({}, {"q": "консульства"}):
        page = client.get(reverse("search"), query)
        assert len(page.context["listing"].rows) == 20
        assert len(gzip.compress(page.content)) <= 10_000, query


def test_hostile_words_of_a_plan_stay_text(client, committed):
    hostile = '"><script>alert(1)</script>'
    with committed():
        plan = factories.make_plan(title_ru=hostile)
        row = factories.make_activity(
            factories.make_stage(plan), title_ru=hostile, number="<b>", timeline_text_ru=hostile
        )

    page = client.get(reverse("search"), {"q": "alert"})

    assert {it.record for it in page.context["listing"].rows} == {plan, row}
    assert "<script>" not in page.text
    assert "<b>&lt;" not in page.text
