"""The rows of a plan as a tree: where a row stands, and how it is moved.

Every move begins from how the rows stand now, so that a page which shows an older order can do no
harm. Callers hold a transaction and have looked who may do it. Nothing here changes a cell."""

from __future__ import annotations

from django.contrib.auth.models import AbstractUser, AnonymousUser
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from council.models import Activity, ExtraCell, RowKind, Stage
from council.models.plans import MAX_DEPTH
from mrc_portal.publishing_admin import renumber

User = AbstractUser | AnonymousUser


def siblings_of(row: Activity) -> QuerySet[Activity]:
    """The rows under the same one, with it, in order."""
    return Activity.objects.filter(stage=row.stage_id, parent=row.parent_id).order_by(
        "position", "pk"
    )


def place_of(row: Activity) -> str:
    """Names the place of a row, so that a button can say where it has last been seen."""
    return f"{row.stage_id}-{row.parent_id or 0}-{row.position}"


def move_up(row: Activity, user: User) -> None:
    """Before the row that stands before it. Raises ValidationError for the first one."""
    before = _neighbour(row, -1)
    if before is None:
        raise ValidationError(_("It is the first row already."))
    _swap(row, before, user)


def move_down(row: Activity, user: User) -> None:
    after = _neighbour(row, 1)
    if after is None:
        raise ValidationError(_("It is the last row already."))
    _swap(row, after, user)


def indent(row: Activity, user: User) -> None:
    """Under the row that stands before it, as the last one there."""
    before = _neighbour(row, -1)
    if before is None:
        raise ValidationError(_("No row stands before it that it could stand under."))
    put(row, row.stage, before, None, user)


def outdent(row: Activity, user: User) -> None:
    """Out from under its parent, right behind it."""
    parent = row.parent
    if parent is None:
        raise ValidationError(_("It stands under no other row."))
    put(row, row.stage, parent.parent, parent, user)


def move_to_stage(row: Activity, stage: Stage, user: User) -> None:
    """To the end of another stage of the plan, with everything under it."""
    if stage.plan_id != row.stage.plan_id:
        raise ValidationError(_("This stage belongs to another plan."))
    if stage.pk == row.stage_id:
        raise ValidationError(_("The row is in this stage already."))
    put(row, stage, None, None, user)


def put(
    row: Activity, stage: Stage, parent: Activity | None, after: Activity | None, user: User
) -> None:
    """Put a row, with everything under it, under another one or to the top of a stage: right after
    a row there, or else to the end. Raises ValidationError where it cannot stand."""
    levels = levels_below(row)
    _check_place(row, stage, parent, levels)
    old_siblings = {"stage": row.stage_id, "parent": row.parent_id}
    is_other_stage = stage.pk != row.stage_id
    row.stage, row.parent = stage, parent
    order = [it for it in siblings_of(row) if it.pk != row.pk]
    place = len(order)
    if after is not None:
        place = next((n for n, it in enumerate(order, 1) if it.pk == after.pk), place)
    order.insert(place, row)
    row.position = place + 1
    _save(row, user)
    if is_other_stage:
        for below in (it for level in levels[1:] for it in level):
            below.stage = stage
            _save(below, user)
    _number(order)
    renumber(Activity, old_siblings)
    row.refresh_from_db(fields=["position"])


def levels_below(row: Activity) -> list[list[Activity]]:
    """The row, the rows right under it, those under them and so on."""
    levels = [[row]]
    while below := list(Activity.objects.filter(parent__in=[it.pk for it in levels[-1]])):
        levels.append(below)
    return levels


def depth_of(row: Activity) -> int:
    """1 for a row that stands under no other."""
    depth = 1
    while row.parent is not None:
        row, depth = row.parent, depth + 1
    return depth


def _check_place(
    row: Activity, stage: Stage, parent: Activity | None, levels: list[list[Activity]]
) -> None:
    if parent is not None and parent.kind == RowKind.GAP:
        raise ValidationError(_("Nothing can stand under lost rows."))
    depth = depth_of(parent) if parent is not None else 0
    if depth + len(levels) > MAX_DEPTH:
        raise ValidationError(_("Rows can be nested four deep at most."))
    if stage.pk != row.stage_id:
        moved = [it.pk for level in levels for it in level]
        if ExtraCell.objects.filter(activity__in=moved).exists():
            raise ValidationError(
                _("The row has cells of columns that only the table of its own stage has.")
            )


def _neighbour(row: Activity, step: int) -> Activity | None:
    order = list(siblings_of(row))
    place = [it.pk for it in order].index(row.pk) + step
    return order[place] if 0 <= place < len(order) else None


def _swap(row: Activity, other: Activity, user: User) -> None:
    order = list(siblings_of(row))
    here, there = ([it.pk for it in order].index(one.pk) for one in (row, other))
    order[here], order[there] = order[there], order[here]
    row.position = there + 1
    _save(row, user)
    _number(order)


def _number(order: list[Activity]) -> None:
    for position, row in enumerate(order, start=1):
        if row.position != position:
            row.position = position
            Activity.objects.filter(pk=row.pk).update(position=position)


def _save(row: Activity, user: User) -> None:
    """With a line in its history."""
    row.changed_by = user  # type: ignore[assignment]
    row.save()
