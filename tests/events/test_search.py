"""Events and press releases in the search: what is found in which language, from which second on,
and how soon a change arrives."""

from datetime import date, timedelta
from unittest.mock import patch

import pytest
from django.utils import timezone

from events.models import (
    AgendaItem,
    BoilerplateVersion,
    EventMaterial,
    EventOrganisation,
    EventOutcome,
    EventPerson,
    Happening,
    ReleaseBoilerplate,
    ReleaseChange,
)
from mrc_portal.publishing import withdraw
from mrc_portal.search import Query, search
from tests import factories

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("search_index")]


def keys(words="", **options):
    return {hit.key for hit in search(Query(words, **options)).hits}


def test_an_event_is_found_by_everything_its_page_says_in_three_languages(committed):
    with committed():
        event = factories.make_trilingual_event(
            summary_ru="Обсудят предвыездную подготовку",
            body_en="<p>About <b>remittances</b>.</p>",
            venue_ky="Улуттук китепкана",
            participants_ru="эксперты омбудсмена",
            how_to_attend_en="Write to the registrar",
            note_ru="<p>Протокол утерян</p>",
            series=factories.make_series(name_ru="Рабочая группа"),
        )
        AgendaItem.objects.create(event=event, title_en="Brainstorming", text_ky="Талкуу жүрөт")
        EventOutcome.objects.create(event=event, kind="task", text_ru="Дописать обращение")
        EventMaterial.objects.create(event=event, title_en="Protocol promised")
        EventPerson.objects.create(event=event, affiliation_ru="директор обсерватории")
        tspc = factories.make_organisation(
            name_en="Tian Shan Policy Center",
            abbreviation_ru="ТШЦП",
            other_names="Тянь-Шаньский центр",
        )
        EventOrganisation.objects.create(event=event, organisation=tspc)

    for words in (
        "предвыездная",
        "remittances",
        "китепкана",
        "омбудсмена",
        "registrar",
        "утерян",
        "рабочая группа",
        "brainstorming",
        "талкуу",
        "обращение",
        "protocol",
        "обсерватории",
        "Tian Shan",
        "ТШЦП",
        "Тянь-Шаньский",
        event.title_ky,
    ):
        assert keys(words) == {f"event-{event.pk}"}, words


def test_a_release_is_found_by_its_text_standing_texts_and_corrections(committed):
    with committed():
        boilerplate = factories.make_boilerplate("Центр изучает консульства.")
        release = factories.make_trilingual_press_release(
            summary_en="Invitation",
            note_ky="<p>Дарек эскирген</p>",
            organisations=[factories.make_organisation(abbreviation_en="OSF")],
        )
        ReleaseBoilerplate.objects.create(release=release, boilerplate=boilerplate)
        ReleaseChange.objects.create(
            release=release, made_on=date(2013, 3, 27), text_ru="Исправлено время"
        )

    for words in ("пройдёт", "invitation", "эскирген", "OSF", "консульства", "исправлено"):
        assert keys(words) == {f"release-{release.pk}"}, words

    with committed():
        second = BoilerplateVersion.objects.create(
            boilerplate=boilerplate, number=2, text_ru="Центр изучает переводы."
        )
    assert keys("переводы") == {f"release-{release.pk}"}
    assert keys("консульства") == set()

    with committed():
        ReleaseBoilerplate.objects.get().delete()
    assert keys(second.text_ru) == set()


def test_a_version_that_is_not_ready_is_not_found(committed):
    with committed():
        factories.make_event(title_en="Unready", summary_en="Hidden words", venue_en="Secret hall")
        factories.make_press_release(title_ky="Каралама", body_ky="<p>Жашыруун</p>")

    for words in ("unready", "hidden", "secret", "каралама", "жашыруун"):
        assert keys(words) == set(), words


def test_a_person_is_found_only_while_consent_lasts(committed):
    person = factories.make_person(family_name_ru="Бакирова")
    with committed():
        event = factories.make_event()
        part = EventPerson.objects.create(event=event, person=person)
    assert keys("Бакирова") == set()

    with committed():
        part.consent_given_on = date(2013, 3, 1)
        part.save()
    assert keys("Бакирова") == {f"event-{event.pk}"}

    with committed():
        part.consent_given_on = None
        part.save()
    assert keys("Бакирова") == set()


def test_facets_of_events_and_releases(committed):
    above = factories.make_topic(slug="above")
    below = factories.make_topic(slug="below", parent=above)
    project = factories.make_project(slug="project")
    with committed():
        factories.make_trilingual_event(kind="seminar", topics=[below], project=project)
        factories.make_press_release(topics=[above], dateline_on=date(2014, 5, 1))
        factories.make_document(kind="review", project=project)

    facets = search(Query(facets=("room", "kind", "topic", "language", "year", "project"))).facets

    counts = {name: {it.value: it.count for it in values} for name, values in facets.items()}
    assert counts == {
        "room": {"event": 1, "release": 1, "document": 1},
        "kind": {"seminar": 1, "press_release": 1, "review": 1},
        "topic": {"above": 2, "below": 1},
        "language": {"ru": 3, "ky": 1, "en": 1},
        "year": {"2013": 2, "2014": 1},
        "project": {"project": 2},
    }
    assert len(keys(filters={"room": ("event", "release"), "topic": ("above",)})) == 2


@pytest.mark.parametrize(
    "hidden",
    [
        {"publish_at": timedelta(hours=1)},
        {"embargo_until": timedelta(hours=1)},
        {"publish_at": timedelta(minutes=30), "embargo_until": timedelta(hours=1)},
        {"publish_at": timedelta(hours=1), "embargo_until": timedelta(minutes=30)},
    ],
)
def test_a_release_is_found_from_its_second_on_and_not_before(committed, hidden):
    now = timezone.now()
    with committed():
        release = factories.make_press_release(
            title_ru="Заговорившее", **{name: now + later for name, later in hidden.items()}
        )
    moment = now + timedelta(hours=1)
    assert release.visible_from == moment

    with patch("django.utils.timezone.now", lambda: moment - timedelta(seconds=1)):
        assert keys("Заговорившее") == set()
        assert keys() == set()
    with patch("django.utils.timezone.now", lambda: moment):
        assert keys("Заговорившее") == {f"release-{release.pk}"}


def test_lifting_an_embargo_and_withdrawing_arrive_with_the_change(committed):
    with committed():
        release = factories.make_press_release(
            title_ru="Заговорившее", embargo_until=timezone.now() + timedelta(days=1)
        )
    assert keys("Заговорившее") == set()

    with committed():
        release.embargo_until = None
        release.save()
    assert keys("Заговорившее") == {f"release-{release.pk}"}

    with committed():
        withdraw(release, None, {"ru": "Ошибка"})
    assert keys("Заговорившее") == set()


def test_a_draft_of_an_event_is_in_no_result_and_a_cancelled_one_tells_why(committed):
    with committed():
        factories.make_event(title_ru="Черновое", status="draft", publish_at=None)
        event = factories.make_planned_event(title_ru="Назначенное")
    assert keys() == {f"event-{event.pk}"}

    with committed():
        event.happening = Happening.CANCELLED
        event.happening_reason_ru = "Карантин"
        event.save()
    assert keys("карантин") == {f"event-{event.pk}"}


def test_what_an_event_and_a_release_belong_to_changes_them(committed):
    topic = factories.make_topic(slug="topic")
    project = factories.make_project(slug="project")
    organisation = factories.make_organisation(name_ru="Прежнее имя")
    series = factories.make_series()
    with committed():
        event = factories.make_event(topics=[topic], project=project, series=series)
        EventOrganisation.objects.create(event=event, organisation=organisation)
        release = factories.make_press_release(project=project)
    both = {f"event-{event.pk}", f"release-{release.pk}"}

    with committed():
        organisation.name_ru = "Обновлённое имя"
        organisation.save()
        organisation.press_releases.add(release)  # from the other side
        topic.press_releases.add(release)
        project.slug = "renamed"
        project.save()
        series.name_ru = "Цикл"
        series.save()

    assert keys("Обновлённое") == both
    assert keys("Прежнее") == set()
    assert keys(filters={"topic": ("topic",)}) == both
    assert keys(filters={"project": ("renamed",)}) == both
    assert keys("цикл") == {f"event-{event.pk}"}

    with committed():
        organisation.press_releases.clear()
        event.topics.clear()
        event.organisations.all().delete()
    assert keys("Обновлённое") == set()
    assert keys(filters={"topic": ("topic",)}) == {f"release-{release.pk}"}
