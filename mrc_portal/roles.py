"""Who may do what: contributors write, editors publish, administrators manage people, reporters
send reports on the work of their own organisation."""

from __future__ import annotations

from django.apps import apps
from django.conf import settings
from django.contrib.auth.models import Group, Permission, User
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from mrc_portal.publishing import Publishable

CONTRIBUTORS = "Contributors"
EDITORS = "Editors"
ADMINISTRATORS = "Administrators"
REPORTERS = "Reporters"
# As editors read them; the database keeps the names above.
NAMES = {
    CONTRIBUTORS: _("Contributors"),
    EDITORS: _("Editors"),
    ADMINISTRATORS: _("Administrators"),
    REPORTERS: _("Reporters"),
}

# What editors put on record for good: contributors read it. Models by their lower-case names.
ON_RECORD = (
    "assessment",
    "deadlinechange",
    "evidence",
    "planversion",
    "progressupdate",
    "reporter",
)
# Parts of the stages of a plan, and parts of those: written with the plan.
PARTS_OF_PARTS = ("activity", "extracell", "goal", "resource", "responsible", "stagecolumn")
# Sent in by contributors and reporters alike; an editor accepts or rejects it.
REPORT = ("council", "add_progressupdate")


@transaction.atomic
def prepare_roles() -> None:
    """Create the four groups, or bring their permissions up to date. Safe to repeat."""
    permissions = Permission.objects.filter(
        content_type__app_label__in=settings.ROOMS
    ).select_related("content_type")
    contribute: list[Permission] = []
    edit: list[Permission] = []
    report: list[Permission] = []
    for permission in permissions:
        action, _separator, model_name = permission.codename.partition("_")
        is_history = model_name.startswith("historical")
        if is_history and action != "view":
            continue
        edit.append(permission)
        is_report = (permission.content_type.app_label, permission.codename) == REPORT
        if is_report:
            report.append(permission)
        if is_report or action == "view" or _is_writing(permission):
            contribute.append(permission)
    people = Permission.objects.filter(content_type__app_label="auth", content_type__model="user")
    _group(CONTRIBUTORS).permissions.set(contribute)
    _group(EDITORS).permissions.set(edit)
    # Who follows by e-mail: found by those who know the address, and deleted on request.
    readers = Permission.objects.filter(
        content_type__app_label="alerts", content_type__model="subscriber"
    )
    _group(ADMINISTRATORS).permissions.set([*edit, *people, *readers])
    _group(REPORTERS).permissions.set(report)


def _is_writing(permission: Permission) -> bool:
    """Whether contributors may do it: add anything that is not put on record, change drafts."""
    action, _separator, model_name = permission.codename.partition("_")
    if model_name in ON_RECORD:
        return False
    return action == "add" or (action == "change" and _is_of_drafts(permission))


def _is_of_drafts(permission: Permission) -> bool:
    """Whether it is about records that are published, or parts of them.

    All others, such as topics and organisations, stand on public pages as soon as they are saved.
    """
    model = permission.content_type.model_class()
    if model is None:  # of a room that is gone
        return False
    owners = [field.related_model for field in model._meta.concrete_fields if field.is_relation]
    is_part = any(isinstance(it, type) and issubclass(it, Publishable) for it in [model, *owners])
    return is_part or permission.content_type.model in PARTS_OF_PARTS


def _group(name: str) -> Group:
    return Group.objects.get_or_create(name=name)[0]


def give_role(user: User, role: str) -> None:
    """Make a person a member of one role, and so of the staff. Unsaved changes are saved."""
    user.is_staff = True
    user.save()
    user.groups.set([Group.objects.get(name=role)])


def name_of_group(group: Group) -> str:
    """In the language of the page, if it is one of the four."""
    return str(NAMES.get(group.name, group.name))


def called(user: User | None) -> str:
    """Full name of a person, or the name to log in with; "" for nobody."""
    return user.get_full_name() or user.get_username() if user else ""


def publishable_models() -> list[type[Publishable]]:
    """Every model that is written, reviewed and published."""
    return [model for model in apps.get_models() if issubclass(model, Publishable)]
