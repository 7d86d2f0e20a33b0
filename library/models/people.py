"""Who wrote, published and paid: people and organisations."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from mrc_portal.languages import Wording, wording
from mrc_portal.publishing import FIRST_YEAR


class Organisation(models.Model):
    """A body that writes, publishes, funds or is responsible for something."""

    name = models.CharField(_("name"), max_length=250)
    abbreviation = models.CharField(_("abbreviation"), max_length=40, blank=True)
    description = models.TextField(_("description"), blank=True)
    other_names = models.TextField(
        _("other names"),
        blank=True,
        help_text=_("Earlier names and other spellings, one per line. Search finds them."),
    )
    slug = models.SlugField(_("address"), max_length=100, unique=True)
    parent = models.ForeignKey(
        "self",
        verbose_name=_("part of"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="parts",
    )
    country = models.ForeignKey(
        "library.Country",
        verbose_name=_("country"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="organisations",
    )
    website = models.URLField(_("website"), blank=True)

    class Meta:
        verbose_name = _("organisation")
        verbose_name_plural = _("organisations")
        ordering = ["slug"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(parent__isnull=True) | ~models.Q(parent=models.F("pk")),
                name="organisation_is_not_part_of_itself",
                violation_error_code="parent",
                violation_error_message=_("An organisation cannot be a part of itself."),
            )
        ]

    def __str__(self) -> str:
        return str(self.label) or self.slug

    def get_absolute_url(self) -> str:
        return reverse("library:organisation_detail", args=[self.slug])

    @property
    def label(self) -> Wording:
        return wording(self, "name")

    @property
    def short_label(self) -> Wording:
        """The abbreviation if there is one."""
        return wording(self, "abbreviation") or self.label

    @property
    def about(self) -> Wording:
        return wording(self, "description")


class Person(models.Model):
    """An author, editor or translator, by the name as it is written in each language."""

    family_name = models.CharField(_("family name"), max_length=120)
    given_names = models.CharField(_("given names"), max_length=120, blank=True)
    slug = models.SlugField(_("address"), max_length=100, unique=True)
    orcid = models.CharField("ORCID", max_length=19, blank=True)

    class Meta:
        verbose_name = _("person")
        verbose_name_plural = _("people")
        ordering = ["slug"]

    def __str__(self) -> str:
        return str(self.label) or self.slug

    def get_absolute_url(self) -> str:
        return reverse("library:person_detail", args=[self.slug])

    @property
    def label(self) -> Wording:
        family = wording(self, "family_name")
        given = getattr(self, f"given_names_{family.language}") or ""
        return Wording(f"{given} {family.text}".strip(), family.language)

    @property
    def short_label(self) -> Wording:
        return self.label


class NamedByConsent(models.Model):
    """A person's part in something. The name is public only with the person's recorded consent."""

    person = models.ForeignKey(
        Person,
        verbose_name=_("person"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="%(class)s_parts",
    )
    consent_given_on = models.DateField(
        _("day of consent to be named"),
        null=True,
        blank=True,
        help_text=_("Without this day the name stays hidden from readers."),
    )
    consent_note = models.CharField(
        _("how consent was given"),
        max_length=200,
        blank=True,
        help_text=_("For the record, such as: in the registration form. Readers do not see it."),
    )

    class Meta:
        abstract = True
        constraints = [
            models.CheckConstraint(
                condition=Q(consent_given_on__isnull=True) | Q(person__isnull=False),
                name="%(app_label)s_%(class)s_consent_is_of_a_person",
                violation_error_code="person",
                violation_error_message=_("Choose the person who agreed to be named."),
            )
        ]

    def clean(self) -> None:
        super().clean()
        if self.consent_given_on and self.consent_given_on > timezone.localdate():
            raise ValidationError({"consent_given_on": _("This day has not come yet.")})
        if self.consent_given_on and self.consent_given_on.year < FIRST_YEAR:
            raise ValidationError({"consent_given_on": _("Please check the year.")})

    @property
    def is_name_public(self) -> bool:
        return self.person is not None and self.consent_given_on is not None

    @property
    def public_name(self) -> Wording | None:
        """The name, if the person agreed to it."""
        return self.person.label if self.person and self.is_name_public else None
