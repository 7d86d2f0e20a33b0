"""What published means: by the clock, by person, by language, for every publishable model."""

from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone, translation

from mrc_portal.publishing import (
    FormerSlug,
    Status,
    TranslationState,
    is_slug_taken,
    may_publish,
    may_see_drafts,
    note_text_changes,
    publish,
    remember_slug,
    withdraw,
)
from mrc_portal.roles import CONTRIBUTORS, EDITORS, publishable_models
from tests import factories

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)

# A factory for each publishable model; a new model without one fails the first test.
FACTORIES = {
    "library.document": factories.make_trilingual_document,
    "events.event": factories.make_trilingual_event,
    "events.pressrelease": factories.make_trilingual_press_release,
    "council.plan": factories.make_trilingual_plan,
    "council.body": factories.make_trilingual_body,
    "council.letter": factories.make_trilingual_letter,
}


def test_every_publishable_model_has_a_factory():
    assert {model._meta.label_lower for model in publishable_models()} == set(FACTORIES)


@pytest.mark.parametrize("make", FACTORIES.values(), ids=FACTORIES)
@pytest.mark.parametrize("now", [NOON - SECOND, NOON, NOON + SECOND], ids=["before", "at", "after"])
@pytest.mark.parametrize("status", Status)
def test_the_set_and_the_object_agree_on_what_is_published(monkeypatch, make, now, status):
    record = make()
    type(record).objects.filter(pk=record.pk).update(
        status=status,
        publish_at=NOON,
        withdrawn_at=NOON if status == Status.WITHDRAWN else None,
    )
    record.refresh_from_db()
    monkeypatch.setattr(timezone, "now", lambda: now)

    published = status == Status.PUBLISHED and now >= NOON
    scheduled = status == Status.PUBLISHED and now < NOON
    objects = type(record).objects

    assert record.is_published is published
    assert list(objects.published()) == ([record] if published else [])
    assert record.is_scheduled is scheduled
    assert list(objects.scheduled()) == ([record] if scheduled else [])
    assert list(objects.visible_to(AnonymousUser())) == ([record] if published else [])


def test_drafts_are_seen_by_staff_with_a_role_and_by_nobody_else(django_user_model):
    draft = factories.make_draft()
    reader = django_user_model.objects.create_user("reader")
    staff_without_role = django_user_model.objects.create_user("staff", is_staff=True)
    contributor = factories.make_user(CONTRIBUTORS)
    editor = factories.make_user(EDITORS)
    dismissed = factories.make_user(EDITORS, is_active=False)

    def sees(user):
        return list(type(draft).objects.visible_to(user)) == [draft]

    assert [sees(user) for user in (AnonymousUser(), reader, staff_without_role, dismissed)] == (
        [False] * 4
    )
    assert sees(contributor)
    assert sees(editor)
    assert not may_publish(contributor, type(draft))
    assert may_publish(editor, type(draft))
    assert not may_see_drafts(dismissed, type(draft))


def test_the_database_refuses_to_publish_without_a_moment_or_a_language():
    document = factories.make_trilingual_document()
    for broken in (
        {"publish_at": None},
        {"ready_ru": False, "ready_ky": False, "ready_en": False},
        {"title_ky": ""},
        {"title_ky": None},
        {"original_language": "de"},
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            type(document).objects.filter(pk=document.pk).update(**broken)


def test_publishing_now_sets_the_moment_and_the_person():
    draft = factories.make_draft()
    editor = factories.make_user(EDITORS)

    publish(draft, editor)

    draft.refresh_from_db()
    assert draft.is_published
    assert draft.changed_by == editor
    assert draft.history.first().history_type == "~"


def test_publishing_a_draft_without_a_ready_language_says_so():
    draft = factories.make_draft(ready_ru=False)

    with pytest.raises(ValidationError) as refused:
        publish(draft, None)
    assert "__all__" in refused.value.message_dict

    draft.refresh_from_db()
    assert draft.status == Status.DRAFT


def test_withdrawing_needs_a_reason_and_keeps_the_moment():
    document = factories.make_document()

    with pytest.raises(ValidationError) as refused:
        withdraw(document, None, {})
    assert "withdrawn_reason_ru" in refused.value.message_dict
    document.refresh_from_db()
    assert document.is_published

    withdraw(document, None, {"ky": "Ката табылды."})
    document.refresh_from_db()
    assert document.is_withdrawn
    assert document.withdrawn_at <= timezone.now()
    assert not type(document).objects.published().exists()


def test_what_was_public_cannot_be_hidden_again():
    document = factories.make_document()
    document.status = Status.DRAFT
    with pytest.raises(ValidationError) as refused:
        document.full_clean()
    assert "status" in refused.value.message_dict

    document.refresh_from_db()
    document.publish_at = timezone.now() + timedelta(days=1)
    with pytest.raises(ValidationError) as refused:
        document.full_clean()
    assert "publish_at" in refused.value.message_dict


def test_a_scheduled_record_may_become_a_draft_again():
    document = factories.make_document(publish_at=timezone.now() + timedelta(days=1))
    document.status = Status.DRAFT

    document.full_clean()


def test_only_what_was_public_can_be_withdrawn():
    draft = factories.make_draft()
    draft.status = Status.WITHDRAWN

    with pytest.raises(ValidationError) as refused:
        draft.full_clean()
    assert "status" in refused.value.message_dict


def test_a_reader_gets_the_wanted_the_original_then_the_nearest_language():
    document = factories.make_trilingual_document(original_language="en")
    assert document.version_for("ky").language == "ky"

    document.ready_ky = False
    assert document.version_for("ky").language == "en"

    document.ready_en = False
    with translation.override("ky"):
        assert document.shown.language == "ru"
        assert document.shown.is_foreign
        assert document.shown.title == document.title_ru


def test_a_preview_shows_a_version_that_is_not_ready():
    document = factories.make_trilingual_document(ready_ky=False)

    assert document.version_for("ky").language == "ru"
    assert document.version_for("ky", with_drafts=True).language == "ky"


def test_a_translation_is_missing_unfinished_outdated_or_ready():
    document = factories.make_document(title_ky="Эмгек келишими")
    note_text_changes(document, ["title_ru", "title_ky"])
    assert document.translation_state("en") == TranslationState.MISSING
    assert document.translation_state("ky") == TranslationState.UNFINISHED
    assert document.translation_state("ru") == TranslationState.READY

    note_text_changes(document, ["summary_ru", "ready_ky", "kind"])
    assert document.translation_state("ky") == TranslationState.OUTDATED
    assert document.translation_state("ru") == TranslationState.READY

    note_text_changes(document, ["summary_ky"])
    assert document.translation_state("ky") == TranslationState.UNFINISHED


def test_a_former_slug_is_remembered_and_stays_taken():
    document = factories.make_document(slug="first")
    document.slug = "second"
    document.save()
    remember_slug(document, "first")

    assert is_slug_taken(type(document), "first")
    assert not is_slug_taken(type(document), "first", document.pk)

    # Back to the first address: it is a former one no more.
    document.slug = "first"
    document.save()
    remember_slug(document, "second")
    assert list(FormerSlug.objects.values_list("slug", flat=True)) == ["second"]


def test_every_change_is_kept_with_the_columns_of_each_language():
    document = factories.make_document()
    document.title_ky = "Жаңы аталышы"
    document.save()

    new, old = document.history.all()[:2]
    changes = {change.field: (change.old, change.new) for change in new.diff_against(old).changes}
    assert changes["title_ky"] == (old.title_ky, "Жаңы аталышы")
