"""What a document is about: topics, rights areas, countries, projects."""

from __future__ import annotations

from collections.abc import Iterable

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from mrc_portal.languages import Wording, sort_key, wording


class Topic(models.Model):
    """A subject heading. Topics form a tree; a topic includes what its children hold."""

    name = models.CharField(_("name"), max_length=120)
    description = models.TextField(_("description"), blank=True)
    slug = models.SlugField(_("address"), max_length=100, unique=True)
    parent = models.ForeignKey(
        "self",
        verbose_name=_("parent topic"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="children",
    )
    position = models.PositiveIntegerField(_("order"), default=0)

    class Meta:
        verbose_name = _("topic")
        verbose_name_plural = _("topics")
        ordering = ["position", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(parent__isnull=True) | ~Q(parent=F("pk")),
                name="topic_is_not_its_own_parent",
                violation_error_code="parent",
                violation_error_message=_("A topic cannot stand under itself."),
            ),
        ]

    def __str__(self) -> str:
        return str(self.label) or self.slug

    def get_absolute_url(self) -> str:
        return reverse("library:topic_detail", args=[self.slug])

    @property
    def label(self) -> Wording:
        return wording(self, "name")

    @property
    def about(self) -> Wording:
        return wording(self, "description")

    def clean(self) -> None:
        super().clean()
        above, seen = self.parent, {self.pk}
        while above is not None:
            if above.pk in seen:
                raise ValidationError(
                    {"parent": _("This would put the topic under one of its own children.")}
                )
            seen.add(above.pk)
            above = above.parent


class TopicTree:
    """All topics, read once: who stands under whom, in order."""

    def __init__(self) -> None:
        self.topics = list(Topic.objects.all())
        self.by_pk: dict[int | None, Topic] = {topic.pk: topic for topic in self.topics}
        self.children: dict[int | None, list[Topic]] = {}
        for topic in self.topics:
            self.children.setdefault(topic.parent_id, []).append(topic)

    def roots(self) -> list[tuple[Topic, list[Topic]]]:
        """The top topics, each with everything below it in order."""
        return [(topic, self.below(topic)) for topic in self.children.get(None, [])]

    def below(self, topic: Topic) -> list[Topic]:
        """In order, each before its children; also of a tree that is deep or runs in circles."""
        found: list[Topic] = []
        seen = {topic.pk}
        waiting = self.children.get(topic.pk, [])[::-1]
        while waiting:
            child = waiting.pop()
            if child.pk not in seen:
                seen.add(child.pk)
                found.append(child)
                waiting += self.children.get(child.pk, [])[::-1]
        return found

    def slugs_of(self, topics: Iterable[Topic]) -> tuple[str, ...]:
        """Of topics and of everything above them, sorted."""
        slugs = {it.slug for topic in topics for it in [*self.above(topic), topic]}
        return tuple(sorted(slugs))

    def above(self, topic: Topic) -> list[Topic]:
        """From the top down to the parent."""
        line: list[Topic] = []
        parent = self.by_pk.get(topic.parent_id)
        while parent is not None and parent not in line:
            line.insert(0, parent)
            parent = self.by_pk.get(parent.parent_id)
        return line


class RightsArea(models.Model):
    """A column of the matrix of best practices."""

    name = models.CharField(_("name"), max_length=120)
    slug = models.SlugField(_("address"), max_length=100, unique=True)
    position = models.PositiveIntegerField(_("order"), default=0)

    class Meta:
        verbose_name = _("area of rights")
        verbose_name_plural = _("areas of rights")
        ordering = ["position", "pk"]

    def __str__(self) -> str:
        return str(self.label) or self.slug

    @property
    def label(self) -> Wording:
        return wording(self, "name")


class Country(models.Model):
    """A country or territory of ISO 3166-1."""

    code = models.CharField(_("ISO code"), max_length=2, unique=True)
    name = models.CharField(_("name"), max_length=120)

    class Meta:
        verbose_name = _("country")
        verbose_name_plural = _("countries")
        ordering = ["code"]

    def __str__(self) -> str:
        return str(self.label) or self.code

    def get_absolute_url(self) -> str:
        return reverse("library:country_detail", args=[self.code.lower()])

    @property
    def label(self) -> Wording:
        return wording(self, "name")

    @property
    def sort_key(self) -> tuple:
        return sort_key(str(self))


class Project(models.Model):
    """A project whose work produced documents."""

    title = models.CharField(_("title"), max_length=300)
    description = models.TextField(_("description"), blank=True)
    goal = models.TextField(_("goal"), blank=True)
    slug = models.SlugField(_("address"), max_length=100, unique=True)
    starts_year = models.PositiveSmallIntegerField(_("first year"), null=True, blank=True)
    ends_year = models.PositiveSmallIntegerField(_("last year"), null=True, blank=True)
    lead = models.ForeignKey(
        "library.Organisation",
        verbose_name=_("led by"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="led_projects",
    )
    funder = models.ForeignKey(
        "library.Organisation",
        verbose_name=_("funder"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="funded_projects",
    )

    class Meta:
        verbose_name = _("project")
        verbose_name_plural = _("projects")
        ordering = ["-starts_year", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_year__isnull=True) | Q(ends_year__gte=F("starts_year")),
                name="project_ends_after_start",
                violation_error_code="ends_year",
                violation_error_message=_("The project ends before it starts."),
            )
        ]

    def __str__(self) -> str:
        return str(self.label) or self.slug

    def get_absolute_url(self) -> str:
        return reverse("library:project_detail", args=[self.slug])

    @property
    def label(self) -> Wording:
        return wording(self, "title")

    @property
    def about(self) -> Wording:
        return wording(self, "description")

    @property
    def aim(self) -> Wording:
        return wording(self, "goal")

    @property
    def years(self) -> str:
        years = [str(year) for year in (self.starts_year, self.ends_year) if year]
        return "–".join(dict.fromkeys(years))
