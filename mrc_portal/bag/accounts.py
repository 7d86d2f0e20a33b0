"""The people whom the records name, and their roles.

Without being asked, an export has of them what the history needs: the number, the name, the role.
Addresses and digests of passwords go along only with Companions.accounts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import Group, Permission, User

from mrc_portal.bag.columns import BadValue, Column, RowWriter, clear, columns_of, read_rows

ALWAYS = (
    "id",
    "username",
    "first_name",
    "last_name",
    "is_staff",
    "is_superuser",
    "is_active",
    "date_joined",
)
ONLY_WITH_ACCOUNTS = ("email", "password", "last_login")


def user_columns(*, with_accounts: bool) -> list[Column]:
    names = (*ALWAYS, *ONLY_WITH_ACCOUNTS) if with_accounts else ALWAYS
    columns = {column.name: column for column in columns_of(User)}
    return [columns[name] for name in names]


def group_records() -> Iterator[dict[str, Any]]:
    permissions: dict[int, list[str]] = {}
    rows = Group.permissions.through._base_manager.values_list(
        "group_id", "permission__content_type__app_label", "permission__codename"
    )
    for pk, app, codename in rows:
        permissions.setdefault(pk, []).append(f"{app}.{codename}")
    for group in Group.objects.order_by("name"):
        yield {"name": group.name, "permissions": sorted(permissions.get(group.pk, []))}


def user_records(named: set[int], *, with_accounts: bool) -> Iterator[dict[str, Any]]:
    """Those whom the records name, or all."""
    columns = user_columns(with_accounts=with_accounts)
    groups: dict[int, list[str]] = {}
    for pk, name in User.groups.through._base_manager.values_list("user_id", "group__name"):
        groups.setdefault(pk, []).append(name)
    own: dict[int, list[str]] = {}
    rows = User.user_permissions.through._base_manager.values_list(
        "user_id", "permission__content_type__app_label", "permission__codename"
    )
    for pk, app, codename in rows:
        own.setdefault(pk, []).append(f"{app}.{codename}")
    for row in read_rows(User, columns):
        if with_accounts or row[0] in named:
            record = {
                column.name: column.written(value)
                for column, value in zip(columns, row, strict=True)
            }
            record["groups"] = sorted(groups.get(row[0], []))
            record["permissions"] = sorted(own.get(row[0], []))
            yield record


class AccountsReader:
    """Puts groups and people back, and keeps the account that the new portal had."""

    def __init__(self, *, with_accounts: bool, local: LocalAccount | None) -> None:
        self._columns = user_columns(with_accounts=with_accounts)
        written = {column.name for column in self._columns}
        self._others = [column for column in columns_of(User) if column.name not in written]
        self._writer = RowWriter(User, [*self._columns, *self._others])
        self._local = local
        self._with_accounts = with_accounts
        self._permissions = {
            f"{app}.{codename}": pk
            for pk, app, codename in Permission.objects.values_list(
                "pk", "content_type__app_label", "codename"
            )
        }
        self._groups: dict[str, int] = {}
        self._members: list[tuple[int, str]] = []
        self._own: list[tuple[int, str]] = []
        self._highest = 0

    def read_group(self, record: dict[str, Any]) -> None:
        """Raises BadValue."""
        if record.keys() != {"name", "permissions"}:
            raise BadValue("is no group")
        name = record["name"]
        if not isinstance(name, str) or not 0 < len(name) <= 150:
            raise BadValue("is no name of a group")
        group, _is_new = Group.objects.get_or_create(name=name)
        # A permission that this version does not know any more has nothing to permit.
        known = [self._permissions.get(it) for it in _names_in(record, "permissions")]
        group.permissions.set([pk for pk in known if pk is not None])
        self._groups[name] = group.pk

    def read_user(self, record: dict[str, Any]) -> None:
        """Raises BadValue. Groups come first."""
        names = {column.name for column in self._columns}
        if record.keys() != names | {"groups", "permissions"}:
            raise BadValue("has other fields than an account")
        found = {column.name: column.read(record[column.name]) for column in self._columns}
        found |= {column.name: self._unknown(column) for column in self._others}
        pk = record["id"]
        for name in _names_in(record, "groups"):
            if name not in self._groups:
                raise BadValue(f"is in a group that is not there: {name[:60]}")
            self._members.append((pk, name))
        self._own += [(pk, name) for name in _names_in(record, "permissions")]
        if self._local is not None and record["username"] == self._local.user.username:
            self._keep_local(pk, found)
        self._highest = max(self._highest, pk)
        self._writer.add([found[column.name] for column in (*self._columns, *self._others)])

    def _unknown(self, column: Column) -> Any:
        """Nobody can log in before an administrator has given a password."""
        value = make_password(None) if column.name == "password" else column.of_nothing()
        return column.stored(value)

    def _keep_local(self, pk: int, found: dict[str, Any]) -> None:
        """The administrator of the new portal is in the bag as well: one account, which can still
        be used as it could this morning."""
        local = self._local
        assert local is not None
        if not self._with_accounts:
            found |= {"password": local.user.password, "email": local.user.email}
            found |= {"is_active": True, "is_staff": True}
            found["is_superuser"] = found["is_superuser"] or local.user.is_superuser
            self._members += [(pk, name) for name in local.groups]
        self._local = None

    def finish(self) -> None:
        """Write what is left: accounts, who belongs to which group, and who may do what alone."""
        if self._local is not None:
            pk = self._highest + 1
            user = self._local.user
            values = {it.name: getattr(user, it.field.attname) for it in columns_of(User)}
            values["id"] = pk
            columns = (*self._columns, *self._others)
            self._writer.add([column.stored(values[column.name]) for column in columns])
            self._members += [(pk, name) for name in self._local.groups]
        self._writer.flush()
        membership = User.groups.through
        groups = {**dict(Group.objects.values_list("name", "pk")), **self._groups}
        membership._base_manager.bulk_create(
            membership(user_id=pk, group_id=groups[name])
            for pk, name in dict.fromkeys(self._members)
        )
        permission = User.user_permissions.through
        permission._base_manager.bulk_create(
            permission(user_id=pk, permission_id=self._permissions[name])
            for pk, name in dict.fromkeys(self._own)
            if name in self._permissions
        )

    @property
    def written(self) -> int:
        return self._writer.written


def _names_in(record: dict[str, Any], key: str) -> list[str]:
    names = record[key]
    if not isinstance(names, list) or not all(isinstance(it, str) for it in names):
        raise BadValue(f"has no list of names as {key}")
    return names


def someone_can_log_in() -> bool:
    """Whether an administrator has a password."""
    administrators = User.objects.filter(is_active=True, is_superuser=True)
    return any(user.has_usable_password() for user in administrators)


@dataclass(frozen=True)
class LocalAccount:
    """The administrator whom the first start of a portal has made."""

    user: User
    groups: tuple[str, ...]


def take_local_account() -> LocalAccount | None:
    """Take the only account of a new portal away, with what the admin has noted of it; it comes
    back by AccountsReader."""
    user = User.objects.first()
    local = None
    if user is not None:
        names = user.groups.order_by("name").values_list("name", flat=True)
        local = LocalAccount(user, tuple(names))
    memberships = (User.groups.through, User.user_permissions.through)
    clear(apps.get_model("admin", "LogEntry"), *memberships, User)
    return local
