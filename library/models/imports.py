"""Collections that are being brought in, and the keys by which their documents are known."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from library.models.documents import Document
from mrc_portal.fields import SHORT_ID_LENGTH, new_short_id


class ImportState(models.TextChoices):
    READING = "reading", _("being read")
    FAULTY = "faulty", _("has to be mended")
    READY = "ready", _("waits for a decision")
    WRITING = "writing", _("being imported")
    DONE = "done", _("imported")
    FAILED = "failed", _("broken off")


class ImportJob(models.Model):
    """An import from the upload to its end. What it looks at lies in a folder of its own
    (library/importing/jobs.py); DONE is written together with what it has brought in."""

    key = models.CharField(
        max_length=SHORT_ID_LENGTH, unique=True, editable=False, default=new_short_id
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.CASCADE, related_name="+"
    )
    state = models.CharField(
        _("state"), max_length=10, choices=ImportState.choices, default=ImportState.READING
    )
    sheet_name = models.CharField(_("file"), max_length=200)
    files_name = models.CharField(_("archive of files"), max_length=200, blank=True)
    # What the editor has said of the file: library/importing/work.py, Options.
    options = models.JSONField(default=dict)
    language = models.CharField(max_length=2)  # of the messages
    # How many documents are new, changed and unchanged; more while it can be looked at.
    outcome = models.JSONField(default=dict)
    fingerprint = models.CharField(max_length=64, blank=True)
    started_at = models.DateTimeField(_("started at"), auto_now_add=True)
    changed_at = models.DateTimeField(auto_now=True)

    class Meta:
        verbose_name = _("import")
        verbose_name_plural = _("imports")
        ordering = ["-started_at", "-pk"]
        default_permissions = ()  # whoever may add documents has imports of their own

    def __str__(self) -> str:
        return self.sheet_name


class ImportKey(models.Model):
    """What somebody else calls a document: the same key in a later file means the same one."""

    key = models.CharField(max_length=200, unique=True)
    document = models.ForeignKey(Document, on_delete=models.CASCADE, related_name="import_keys")

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return self.key
