"""What harvesters have been told of our documents, and what we have taken from other portals."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class OaiItem(models.Model):
    """What harvesters know of a document. It outlives the document, so that they learn that it is
    gone."""

    document_pk = models.BigIntegerField(unique=True)  # no key of the database: see above
    short_id = models.CharField(max_length=20, unique=True)
    # When something in its record last changed, or when it becomes public by the clock.
    datestamp = models.DateTimeField()
    digest = models.CharField(max_length=64)  # of its record in all formats
    sets = models.TextField()  # specs between blanks, one at each end too
    is_deleted = models.BooleanField(default=False)

    class Meta:
        ordering = ["datestamp", "pk"]
        indexes = [models.Index(fields=["datestamp", "id"], name="oai_item_order")]
        default_permissions = ()  # written by library/oai alone

    def __str__(self) -> str:
        return self.short_id


class OaiProgress(models.Model):
    """How far the items have followed the changes of the documents: one row."""

    position = models.JSONField(null=True)  # in the outbox of mrc_portal/search
    # While everything is compared: the last document that was. Null once all are.
    compared_to = models.BigIntegerField(null=True)
    is_first = models.BooleanField(default=True)  # nobody has ever been told anything
    caught_up_at = models.DateTimeField(null=True)

    class Meta:
        default_permissions = ()
        constraints = [models.CheckConstraint(condition=Q(id=1), name="oai_progress_is_one")]

    def __str__(self) -> str:
        return str(self.caught_up_at)


class HarvestSource(models.Model):
    """Another portal whose records we take, as far as we have come with it."""

    url = models.URLField(max_length=500)
    set_spec = models.CharField(max_length=300, blank=True)
    metadata_prefix = models.CharField(max_length=60)
    # Of a harvest under way: where it goes on, and when it was begun by the clock of the source.
    resumption_token = models.TextField(blank=True)
    begun_at = models.CharField(max_length=20, blank=True)
    begun_from = models.CharField(max_length=20, blank=True)
    # The next harvest asks for what has changed since; empty before the first is complete.
    complete_until = models.CharField(max_length=20, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["url", "set_spec", "metadata_prefix"], name="source_harvested_once"
            )
        ]
        default_permissions = ()

    def __str__(self) -> str:
        return " ".join(filter(None, (self.url, self.set_spec)))


class HarvestedRecord(models.Model):
    """A record of another portal, and the document that was made of it."""

    url = models.URLField(_("address of the source"), max_length=500)
    identifier = models.CharField(_("identifier at the source"), max_length=500)
    datestamp = models.CharField(_("changed at the source"), max_length=20)
    digest = models.CharField(max_length=64)  # of the record as it was taken
    document = models.ForeignKey(
        "library.Document",
        verbose_name=_("document"),
        null=True,
        on_delete=models.SET_NULL,
        related_name="harvested_from",
    )
    # The document's changed_at when we wrote it: another moment means that an editor has been here.
    document_changed_at = models.DateTimeField(null=True)
    is_deleted = models.BooleanField(_("deleted at the source"), default=False)

    class Meta:
        verbose_name = _("harvested record")
        verbose_name_plural = _("harvested records")
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(fields=["url", "identifier"], name="record_harvested_once")
        ]
        default_permissions = ("view",)

    def __str__(self) -> str:
        return self.identifier
