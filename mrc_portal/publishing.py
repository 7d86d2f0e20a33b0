"""What *published* means: the one place that knows who may see a record, when and in which
language."""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from typing import Any, Self

from django.conf import settings
from django.contrib.auth.models import AbstractUser, AnonymousUser
from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from modeltranslation.manager import MultilingualManager

from mrc_portal.fields import SHORT_ID_LENGTH, new_short_id
from mrc_portal.languages import (
    LANGUAGE_CODES,
    LanguageVersion,
    best_language,
    current_language,
    is_worded,
    language_choices,
    localized,
)
from mrc_portal.transliteration import free_slug, slug_from_title

User = AbstractUser | AnonymousUser

# A slip of the keyboard, such as the year 20, must neither publish nor overflow a clock.
FIRST_YEAR, LAST_YEAR = 1990, 2199


class Status(models.TextChoices):
    DRAFT = "draft", _("draft")
    IN_REVIEW = "in_review", _("in review")
    PUBLISHED = "published", _("published")
    WITHDRAWN = "withdrawn", _("withdrawn")


class TranslationState(models.TextChoices):
    """How far one language version of a record has come."""

    MISSING = "missing", _("missing")
    UNFINISHED = "unfinished", _("not ready")
    OUTDATED = "outdated", _("older than the original")
    READY = "ready", _("ready")


def may_see_drafts(user: User, model: type[models.Model]) -> bool:
    """Contributors, editors and administrators see what is not public yet; nobody else does."""
    return _is_allowed(user, "view", model)


def may_publish(user: User, model: type[models.Model]) -> bool:
    """Editors publish, schedule and withdraw; contributors do not."""
    return _is_allowed(user, "publish", model)


def _is_allowed(user: User, action: str, model: type[models.Model]) -> bool:
    permission = f"{model._meta.app_label}.{action}_{model._meta.model_name}"
    return user.is_active and user.is_staff and user.has_perm(permission)


class PublishableQuerySet(models.QuerySet):
    def published(self, at: datetime.datetime | None = None) -> Self:
        """What the public sees, by default now. The clock alone makes a scheduled record appear."""
        return self.filter(status=Status.PUBLISHED, publish_at__lte=at or timezone.now())

    def scheduled(self) -> Self:
        return self.filter(status=Status.PUBLISHED, publish_at__gt=timezone.now())

    def visible_to(self, user: User) -> Self:
        """What this person may open: the published, and everything for those who may see drafts."""
        return self.all() if may_see_drafts(user, self.model) else self.published()

    def spoken_of(self, with_drafts: bool, at: datetime.datetime) -> Self:
        """What is told of beside other records: nothing that was withdrawn."""
        seen = self.all() if with_drafts else self.published(at)
        return seen.exclude(status=Status.WITHDRAWN)

    def reachable_by(self, user: User) -> Self:
        """What an address may lead this person to: a withdrawn record still says why."""
        return self.visible_to(user) | self.filter(status=Status.WITHDRAWN)


_PublishableManager = MultilingualManager.from_queryset(PublishableQuerySet)


class PublishableManager(_PublishableManager):
    """What the managers of publishable models are made from, each with its own queryset class.

    modeltranslation turns every manager into a MultilingualManager anyway. Saying so here and
    in the models lets mypy know the managers, which it does not after QuerySet.as_manager()."""


class Publishable(models.Model):
    """A record that is written, reviewed, published at a moment and perhaps withdrawn.

    Its texts exist in up to three languages, each of which is ready on its own. The model's
    translation.py registers title, summary and withdrawn_reason with modeltranslation.
    """

    title = models.CharField(_("title"), max_length=300, blank=True)
    summary = models.TextField(
        _("summary"),
        blank=True,
        help_text=_(
            "Plain text for lists, search and the page itself. A blank line parts paragraphs."
        ),
    )
    slug = models.SlugField(
        _("address"),
        max_length=100,
        unique=True,
        blank=True,
        help_text=_(
            "The last part of the page’s address, the same in all languages. "
            "Left empty, it is made from the title."
        ),
    )
    short_id = models.CharField(
        _("permanent identifier"),
        max_length=SHORT_ID_LENGTH,
        unique=True,
        editable=False,
        default=new_short_id,
    )
    # Without an index: nearly everything is published, and SQLite would take it for the few.
    status = models.CharField(
        _("status"), max_length=10, choices=Status.choices, default=Status.DRAFT
    )
    publish_at = models.DateTimeField(
        _("publish at"),
        null=True,
        blank=True,
        db_index=True,
        help_text=_(
            "Bishkek time. To publish it later, choose a moment in the future and press “Schedule”."
        ),
    )
    withdrawn_at = models.DateTimeField(_("withdrawn at"), null=True, blank=True, editable=False)
    withdrawn_reason = models.TextField(
        _("reason for the withdrawal"),
        blank=True,
        help_text=_("Readers see it at the record’s address instead of the record."),
    )
    original_language = models.CharField(
        _("original language"),
        max_length=2,
        choices=language_choices,
        default=settings.LANGUAGE_CODE,
    )
    ready_ky = models.BooleanField(_("Kyrgyz version is ready"), default=False)
    ready_ru = models.BooleanField(_("Russian version is ready"), default=False)
    ready_en = models.BooleanField(_("English version is ready"), default=False)
    text_changed_at_ky = models.DateTimeField(
        _("Kyrgyz text changed at"), null=True, editable=False
    )
    text_changed_at_ru = models.DateTimeField(
        _("Russian text changed at"), null=True, editable=False
    )
    text_changed_at_en = models.DateTimeField(
        _("English text changed at"), null=True, editable=False
    )
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)
    changed_at = models.DateTimeField(_("changed at"), auto_now=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("created by"),
        null=True,
        editable=False,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    changed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("changed by"),
        null=True,
        editable=False,
        on_delete=models.SET_NULL,
        related_name="+",
    )

    objects = PublishableManager()

    class Meta:
        abstract = True
        default_permissions = ("add", "change", "delete", "view", "publish")
        constraints = [
            models.CheckConstraint(
                condition=~Q(status=Status.PUBLISHED)
                | Q(publish_at__isnull=False)
                & (Q(ready_ky=True) | Q(ready_ru=True) | Q(ready_en=True)),
                name="%(app_label)s_%(class)s_published_in_a_language",
                violation_error_message=_(
                    "To publish, mark at least one language version as ready."
                ),
            ),
            models.CheckConstraint(
                condition=Q(status=Status.WITHDRAWN, withdrawn_at__isnull=False)
                | ~Q(status=Status.WITHDRAWN) & Q(withdrawn_at__isnull=True),
                name="%(app_label)s_%(class)s_withdrawn_at_a_moment",
            ),
            models.CheckConstraint(
                condition=Q(original_language__in=LANGUAGE_CODES),
                name="%(app_label)s_%(class)s_original_language_known",
            ),
            *(
                models.CheckConstraint(
                    condition=Q(**{localized("ready", language): False})
                    | ~Q(**{localized("title", language): ""})
                    & Q(**{localized("title", language) + "__isnull": False}),
                    name=f"%(app_label)s_%(class)s_ready_{language}_has_title",
                    violation_error_message=_(
                        "A language version without a title cannot be ready."
                    ),
                )
                for language in LANGUAGE_CODES
            ),
        ]

    def __str__(self) -> str:
        return self.best_title

    @property
    def best_title(self) -> str:
        """The title in the reader's language or the nearest; for lists of the admin."""
        texts = {code for code in LANGUAGE_CODES if getattr(self, localized("title", code))}
        language = best_language(current_language(), texts, self.original_language)
        return getattr(self, localized("title", language)) if language else self.slug

    # What is public

    @property
    def visible_from(self) -> datetime.datetime | None:
        """The moment from which readers may see it, if it is published. A kind of record that
        knows more moments than one overrides this and, alike, published() and scheduled()."""
        return self.publish_at

    @property
    def is_published(self) -> bool:
        """Agrees with published()."""
        return (
            self.status == Status.PUBLISHED
            and self.visible_from is not None
            and self.visible_from <= timezone.now()
        )

    @property
    def is_scheduled(self) -> bool:
        """Agrees with scheduled()."""
        return (
            self.status == Status.PUBLISHED
            and self.visible_from is not None
            and self.visible_from > timezone.now()
        )

    @property
    def is_withdrawn(self) -> bool:
        return self.status == Status.WITHDRAWN

    @property
    def was_public(self) -> bool:
        """Whether readers have ever been able to open it: its address must then never die."""
        end = self.withdrawn_at if self.is_withdrawn else timezone.now()
        return (
            self.status in (Status.PUBLISHED, Status.WITHDRAWN)
            and self.visible_from is not None
            and end is not None
            and self.visible_from <= end
        )

    # Languages

    @property
    def ready_languages(self) -> tuple[str, ...]:
        return tuple(code for code in LANGUAGE_CODES if getattr(self, localized("ready", code)))

    def version_for(self, wanted: str, *, with_drafts: bool = False) -> LanguageVersion:
        """The best version for a reader of a language; with_drafts also shows unready ones."""
        available = self.ready_languages
        if with_drafts:
            available = tuple(
                code for code in LANGUAGE_CODES if getattr(self, localized("title", code))
            )
        language = best_language(wanted, available, self.original_language)
        return LanguageVersion(self, language or self.original_language)

    @property
    def shown(self) -> LanguageVersion:
        """The best ready version for the reader of this page."""
        return self.version_for(current_language())

    def translation_state(self, language: str) -> TranslationState:
        if not getattr(self, localized("title", language)):
            return TranslationState.MISSING
        if self.is_outdated_in(language):
            return TranslationState.OUTDATED
        if not getattr(self, localized("ready", language)):
            return TranslationState.UNFINISHED
        return TranslationState.READY

    def is_outdated_in(self, language: str) -> bool:
        """Whether the original was changed after this translation was."""
        original = getattr(self, localized("text_changed_at", self.original_language))
        own = getattr(self, localized("text_changed_at", language))
        return bool(
            language != self.original_language
            and getattr(self, localized("title", language))
            and original
            and (own is None or own < original)
        )

    # Rules of a form, an import or a command

    def as_stored(self) -> Self | None:
        """The record as the database has it, whatever has been changed on this one since."""
        records: Any = type(self)._default_manager
        return records.filter(pk=self.pk).first() if self.pk else None

    def clean(self) -> None:
        super().clean()
        errors: dict[str, Any] = {}
        title = localized("title", self.original_language)
        if not getattr(self, title):
            errors[title] = _("The original needs a title.")
        if self.status == Status.PUBLISHED and self.publish_at is None:
            self.publish_at = timezone.now()
        if self.publish_at and not FIRST_YEAR <= self.publish_at.year <= LAST_YEAR:
            errors["publish_at"] = _("Please check the year.")
        before = self.as_stored()
        if before is not None:
            self._clean_step(before, errors)
        elif self.status == Status.WITHDRAWN:
            errors["status"] = _("Only what was published can be withdrawn.")
        if self.status == Status.WITHDRAWN:
            self.withdrawn_at = self.withdrawn_at or timezone.now()
            if not is_worded(self, "withdrawn_reason"):
                reason = localized("withdrawn_reason", self.original_language)
                errors[reason] = _("Say why the record is withdrawn: readers will see it.")
        else:
            self.withdrawn_at = None
        if errors:
            raise ValidationError(errors)

    def _clean_step(self, before: Self, errors: dict[str, Any]) -> None:
        """What was public stays public or is withdrawn with a reason; it does not vanish."""
        not_hidden = _("This record has been public. It can be withdrawn, but not hidden again.")
        if before.was_public and self.status not in (Status.PUBLISHED, Status.WITHDRAWN):
            errors["status"] = not_hidden
        if self.status == Status.WITHDRAWN and not before.was_public:
            errors["status"] = _("Only what was published can be withdrawn.")
        if before.is_published and self.is_scheduled:
            errors["publish_at"] = _("This record is public already; it cannot be scheduled.")
        elif before.was_public and self.is_scheduled:
            errors["publish_at"] = not_hidden
        if before.was_public and self.is_withdrawn:
            self.publish_at = before.publish_at  # without it nobody would know that it was public


class FormerSlug(models.Model):
    """An address that a public record had before; it leads to the present one for ever."""

    kind = models.CharField(max_length=100, help_text="app_label.model_name of the record")
    slug = models.SlugField(max_length=100)
    record_id = models.BigIntegerField()

    class Meta:
        verbose_name = _("former address")
        verbose_name_plural = _("former addresses")
        constraints = [
            models.UniqueConstraint(fields=["kind", "slug"], name="one_record_per_former_slug")
        ]

    def __str__(self) -> str:
        return self.slug


def find_by_former_slug(queryset: models.QuerySet, slug: str) -> Any | None:
    """The record of the queryset that once had this slug, or None."""
    former = FormerSlug.objects.filter(kind=queryset.model._meta.label_lower, slug=slug).first()
    return queryset.filter(pk=former.record_id).first() if former else None


def remember_slug(record: Publishable, old_slug: str) -> None:
    """Keep an old address alive after the record was given a new one."""
    kind = record._meta.label_lower
    with transaction.atomic():
        FormerSlug.objects.filter(kind=kind, slug=record.slug).delete()
        FormerSlug.objects.update_or_create(
            kind=kind, slug=old_slug, defaults={"record_id": record.pk}
        )


def is_slug_taken(model: type[Publishable], slug: str, except_pk: int | None = None) -> bool:
    """Whether a slug belongs to another record, now or formerly."""
    former = FormerSlug.objects.filter(kind=model._meta.label_lower, slug=slug)
    return (
        model._default_manager.filter(slug=slug).exclude(pk=except_pk).exists()
        or former.exclude(record_id=except_pk or 0).exists()
    )


def free_address(
    model: type[Publishable], title: str, language: str, except_pk: int | None = None
) -> str:
    """A slug made of a title that no other record has or had."""
    return free_slug(
        slug_from_title(title, language), lambda slug: is_slug_taken(model, slug, except_pk)
    )


def note_text_changes(record: Publishable, changed_fields: Iterable[str]) -> None:
    """Note on the record, unsaved, in which languages its texts have just changed.

    changed_fields are names of columns, such as title_ky; others are ignored.
    """
    now = timezone.now()
    changed = {field.name for field in record._meta.fields}.intersection(changed_fields)
    for code in LANGUAGE_CODES:
        if any(
            name.endswith(f"_{code}") and not name.startswith(("ready_", "withdrawn_reason_"))
            for name in changed
        ):
            setattr(record, localized("text_changed_at", code), now)


def publish(record: Publishable, user: User | None, at: datetime.datetime | None = None) -> None:
    """Publish now, or at a moment. Raises ValidationError when the record is not fit for it."""
    record.status = Status.PUBLISHED
    record.publish_at = at or record.publish_at or timezone.now()
    if at is None and record.publish_at > timezone.now():
        record.publish_at = timezone.now()
    _change_status(record, user)


def withdraw(record: Publishable, user: User | None, reasons: dict[str, str]) -> None:
    """Withdraw, with the reason by language. Raises ValidationError when there is none."""
    record.status = Status.WITHDRAWN
    for language, reason in reasons.items():
        setattr(record, localized("withdrawn_reason", language), reason)
    _change_status(record, user)


@transaction.atomic
def _change_status(record: Publishable, user: User | None) -> None:
    record.full_clean()
    if user is not None and user.is_authenticated:
        record.changed_by = user  # type: ignore[assignment]
    record.save()


def status_line(record: Publishable) -> str:
    """The state of a record in the editor's words: "scheduled" is not a stored status."""
    label = _("scheduled") if record.is_scheduled else Status(record.status).label
    return capfirst(str(label))
