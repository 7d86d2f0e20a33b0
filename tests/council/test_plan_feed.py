"""The feed of a plan's changes, read back as XML."""

from datetime import date, timedelta
from xml.etree import ElementTree as ET

import pytest
from django.urls import reverse
from django.utils import timezone, translation

from council.models import Activity, DeadlineChange, PlanVersion, ProgressStatus, ProgressUpdate
from council.versions import publish_version
from mrc_portal.languages import LANGUAGE_CODES
from mrc_portal.publishing import withdraw
from tests import factories
from tests.council.furnished import furnished_plan, long_plan

pytestmark = pytest.mark.django_db

ATOM = "{http://www.w3.org/2005/Atom}"
LANG = "{http://www.w3.org/XML/1998/namespace}lang"
SITE = "http://testserver"


def address_of(plan, language="ru"):
    with translation.override(language):
        return reverse("council:plan_feed", args=[plan.slug])


def feed_of(client, plan, language="ru"):
    response = client.get(address_of(plan, language))
    assert response.status_code == 200
    assert response["Content-Type"] == "application/atom+xml; charset=utf-8"
    return ET.fromstring(response.content)


def entries_of(feed):
    return {entry.findtext(f"{ATOM}id"): entry for entry in feed.findall(f"{ATOM}entry")}


def title_of(entry):
    return entry.findtext(f"{ATOM}title")


def identifier(row, anchor):
    return f"{SITE}/a/{row.short_id}#{anchor}"


@pytest.fixture
def row():
    plan = factories.make_trilingual_plan()
    return factories.make_activity(
        factories.make_stage(plan),
        number="5",
        title_ru="Первое заседание",
        latest=date(2025, 6, 30),
    )


@pytest.mark.parametrize("language", LANGUAGE_CODES)
def test_the_feed_has_what_the_standard_requires(client, row, language):
    plan = row.stage.plan
    update = factories.make_update(row)

    feed = feed_of(client, plan, language)

    assert feed.get(LANG) == language
    links = {link.get("rel"): link.get("href") for link in feed.findall(f"{ATOM}link")}
    assert links == {
        "self": f"{SITE}/{language}/plan/{plan.slug}/changes.atom",
        "alternate": f"{SITE}/{language}/plan/{plan.slug}/",
    }
    for name in ("id", "title", "updated"):
        assert feed.findtext(f"{ATOM}{name}"), name
    (entry,) = feed.findall(f"{ATOM}entry")
    assert entry.findtext(f"{ATOM}id") == identifier(row, f"report-{update.pk}")
    assert entry.findtext(f"{ATOM}updated") == update.moderated_at.isoformat()
    address = f"{SITE}/{language}/plan/{plan.slug}/rows/{row.short_id}/#report-{update.pk}"
    assert entry.find(f"{ATOM}link").get("href") == address
    assert entry.find(f"{ATOM}category").get("term")
    assert entry.get(LANG) == language
    assert "5 Первое заседание" in title_of(entry)


def test_versions_reports_assessments_and_moves_are_told(client, row):
    plan = row.stage.plan
    version = publish_version(plan, None, date(2025, 1, 1), {"ru": "Принята советом"})
    update = factories.make_update(row, text_ru="Помещение найдено.")
    judged = factories.make_assessment(update, note_ru="Протокол это показывает.")
    moved = factories.make_deadline_change(row, reason_ru="Не было средств.")

    entries = entries_of(feed_of(client, plan))

    told = {
        f"{SITE}{plan.get_permanent_path()}#version-{version.number}": "Принята советом",
        identifier(row, f"report-{update.pk}"): "Помещение найдено.",
        identifier(row, f"assessment-{judged.pk}"): "Протокол это показывает.",
        identifier(row, f"deadline-{moved.pk}"): "Не было средств.",
    }
    assert set(entries) == set(told)
    for key, words in told.items():
        assert words in entries[key].findtext(f"{ATOM}summary"), key
        assert title_of(entries[key])
    for entry in entries.values():
        assert client.get(entry.find(f"{ATOM}link").get("href")).status_code == 200


def test_changes_of_an_invented_plan_say_so(client, row):
    plan = row.stage.plan
    factories.make_update(row)
    (real,) = entries_of(feed_of(client, plan)).values()
    type(plan).objects.filter(pk=plan.pk).update(is_demonstration=True)

    (invented,) = entries_of(feed_of(client, plan)).values()

    mark = "Демонстрационная запись"
    assert mark not in ET.tostring(real, encoding="unicode")
    assert mark in invented.findtext(f"{ATOM}summary")
    assert mark in [it.get("term") for it in invented.findall(f"{ATOM}category")]


def test_the_anchors_of_the_entries_are_on_their_pages(client, row):
    update = factories.make_update(row)
    factories.make_assessment(update)
    factories.make_deadline_change(row)

    entries = entries_of(feed_of(client, row.stage.plan)).values()

    for entry in entries:
        page, _hash, anchor = entry.find(f"{ATOM}link").get("href").partition("#")
        assert f'id="{anchor}"' in client.get(page).text


def test_only_accepted_reports_and_their_assessments_are_told(client, row):
    for moderation in ("waiting", "rejected"):
        update = factories.make_update(
            row, moderation=moderation, rejection_reason="Нет.", text_ru="Тайна"
        )
        factories.make_assessment(update, note_ru="Тайна")

    response = client.get(address_of(row.stage.plan))

    assert "Тайна" not in response.text and "<entry" not in response.text


def test_a_corrected_report_says_so_and_is_told_anew(client, row):
    mistaken = factories.make_update(row, status=ProgressStatus.DONE)
    factories.make_update(row, corrects=mistaken, moderation="waiting")
    key = identifier(row, f"report-{mistaken.pk}")
    before = entries_of(feed_of(client, row.stage.plan))[key]

    accepted_at = timezone.now() - timedelta(minutes=1)
    ProgressUpdate.objects.filter(corrects=mistaken).update(
        moderation="accepted", moderated_at=accepted_at
    )
    after = entries_of(feed_of(client, row.stage.plan))[key]

    assert title_of(after) != title_of(before) and title_of(after).endswith(title_of(before))
    assert before.findtext(f"{ATOM}updated") == mistaken.moderated_at.isoformat()
    assert after.findtext(f"{ATOM}updated") == accepted_at.isoformat()
    assert after.findtext(f"{ATOM}published") == mistaken.moderated_at.isoformat()


def test_the_newest_thirty_stand_first(client, row):
    start = timezone.now() - timedelta(days=100)
    updates = [
        factories.make_update(row, moderated_at=start + timedelta(hours=number))
        for number in range(40)
    ]
    moved = factories.make_deadline_change(row)
    DeadlineChange.objects.filter(pk=moved.pk).update(created_at=start + timedelta(hours=38.5))

    found = list(entries_of(feed_of(client, row.stage.plan)))

    newest = [identifier(row, f"report-{it.pk}") for it in reversed(updates)]
    newest.insert(1, identifier(row, f"deadline-{moved.pk}"))
    assert found == newest[:30]


def test_a_feed_in_another_language_says_so(client):
    plan = factories.make_plan(title_ru="План действий")
    row = factories.make_activity(factories.make_stage(plan))
    factories.make_update(row)

    feed = feed_of(client, plan, "en")

    assert feed.get(LANG) == "en"
    assert feed.find(f"{ATOM}entry").get(LANG) == "ru"


def test_changes_of_other_plans_are_not_told(client, row):
    factories.make_update(factories.make_activity())

    assert not entries_of(feed_of(client, row.stage.plan))


def test_an_empty_feed_is_a_feed(client, row):
    first, second = (client.get(address_of(row.stage.plan)).content for _time in range(2))

    assert first == second and ET.fromstring(first).findtext(f"{ATOM}updated")


def test_hostile_words_stay_text(client, row):
    hostile = "<b>&\x0b]]>"
    Activity.objects.filter(pk=row.pk).update(title_ru=hostile)
    factories.make_update(row, text_ru=hostile)

    (entry,) = entries_of(feed_of(client, row.stage.plan)).values()

    assert "<b>& ]]>" in title_of(entry)
    assert "&lt;b&gt;" in entry.findtext(f"{ATOM}summary")


def test_only_public_plans_have_a_feed(client, admin_client):
    draft = factories.make_plan(status="draft", publish_at=None)
    scheduled = factories.make_plan(publish_at=timezone.now() + timedelta(days=1))
    withdrawn = factories.make_plan()
    withdraw(withdrawn, None, {"ru": "Ошибка."})

    for visitor in (client, admin_client):
        assert visitor.get(address_of(draft)).status_code == 404
        assert visitor.get(address_of(scheduled)).status_code == 404
    assert client.get(address_of(withdrawn)).status_code == 410


def test_pages_of_the_plan_lead_to_the_feed(client):
    plan = furnished_plan()
    publish_version(plan, None, date(2025, 1, 1), {})

    for name in ("plan_detail", "plan_table", "plan_timeline", "plan_versions"):
        page = client.get(reverse(f"council:{name}", args=[plan.slug]))
        assert 'type="application/atom+xml" title="' in page.text
        assert address_of(plan) in page.text


def test_the_feed_asks_little(client, django_assert_num_queries):
    plan = long_plan(60)
    publish_version(plan, None, date(2025, 1, 1), {})
    for update in ProgressUpdate.objects.filter(activity__stage__plan=plan)[:20]:
        factories.make_assessment(update)

    with django_assert_num_queries(5):
        feed = feed_of(client, plan)

    assert len(entries_of(feed)) == 30
    assert PlanVersion.objects.count() == 1


def test_signs_that_xml_does_not_know_break_no_feed(client):
    plan = factories.make_plan(title_ru="План\x0b действий\ufffe")

    assert feed_of(client, plan).findtext(f"{ATOM}title").endswith("План действий")
