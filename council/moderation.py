"""How a report on progress comes in, and what an editor decides about it."""

from __future__ import annotations

from collections.abc import Iterable

from django.contrib.auth.models import AbstractUser, AnonymousUser
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from council.models import Evidence, Moderation, Plan, ProgressUpdate
from mrc_portal.languages import every_column

MODERATE = "council.moderate_progressupdate"


@transaction.atomic
def send(
    update: ProgressUpdate, evidence: Iterable[Evidence], user: AbstractUser | AnonymousUser
) -> None:
    """Store a report with its evidence. That of an editor counts at once, others wait for one.

    Raises ValidationError; then nothing is stored."""
    update.moderation = Moderation.WAITING
    update.created_by = user  # type: ignore[assignment]
    refuse_if_archived(update.activity.stage.plan)
    update.full_clean()
    update.save()
    for position, piece in enumerate(evidence, start=1):
        piece.update, piece.position = update, position
        piece.full_clean()
        piece.save()
    _refuse_without_evidence(update)
    if user.has_perm(MODERATE):
        accept(update, user)


def accept(update: ProgressUpdate, user: AbstractUser | AnonymousUser) -> None:
    """Let a waiting report count, and readers see it. Raises ValidationError if it is not fit for
    that or if somebody has decided already; then it stays as it was."""
    refuse_if_archived(update.activity.stage.plan)
    _refuse_without_evidence(update)
    _decide(update, user, Moderation.ACCEPTED)


def reject(update: ProgressUpdate, user: AbstractUser | AnonymousUser, reason: str) -> None:
    """Keep a waiting report from readers; the sender sees why. Raises ValidationError."""
    _decide(update, user, Moderation.REJECTED, reason.strip())


def refuse_if_archived(plan: Plan) -> None:
    """The picture of an archive never changes. Raises ValidationError."""
    if plan.is_archive:
        raise ValidationError(
            _("Tracking of this plan has ended: nothing is added to its picture any more.")
        )


def _refuse_without_evidence(update: ProgressUpdate) -> None:
    if update.needs_evidence:
        raise ValidationError(
            _("“Done” needs evidence, or the reason why there is none."), code="evidence"
        )


def _decide(
    update: ProgressUpdate,
    user: AbstractUser | AnonymousUser,
    decision: Moderation,
    reason: str = "",
) -> None:
    """Of two editors who decide at once, the second is refused."""
    try:
        with transaction.atomic():
            waiting = ProgressUpdate.objects.waiting().filter(pk=update.pk)
            if not waiting.update(moderation=decision, moderated_at=timezone.now()):
                raise ValidationError(_("Somebody has decided about this report already."))
            decided = ProgressUpdate.objects.get(pk=update.pk)
            decided.rejection_reason = reason
            decided.moderated_by = user  # type: ignore[assignment]
            decided.full_clean()
            decided.save()
    except IntegrityError as error:  # progress_corrected_once
        text = _("The report that it corrects has been corrected by another one already.")
        raise ValidationError(text) from error
    update.refresh_from_db()


def is_sent_twice(update: ProgressUpdate) -> bool:
    """Whether the very same report is there already: somebody pressed the button twice."""
    same = ProgressUpdate.objects.exclude(moderation=Moderation.REJECTED).filter(
        activity=update.activity_id,
        as_of=update.as_of,
        status=update.status,
        percent=update.percent,
        reported_by=update.reported_by_id,
        corrects=update.corrects_id,
    )
    texts = every_column("text")
    return any(all(getattr(it, name) == getattr(update, name) for name in texts) for it in same)
