"""Everything between an empty data folder and a portal that can be served.

Each step looks first whether it has been done, so a start of a prepared portal takes moments, and
an interrupted one goes on where it was."""

from __future__ import annotations

import fcntl
import hashlib
import secrets
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

from django.apps import apps
from django.conf import settings
from django.contrib.auth.models import User
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command
from django.core.management.base import CommandError, OutputWrapper
from django.db import connection, transaction
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.loader import MigrationLoader
from django.db.models import FileField, Max
from django.utils import timezone

from mrc_portal.faults import are_styles_missing
from mrc_portal.fields import SHORT_ID_LETTERS
from mrc_portal.roles import ADMINISTRATORS, give_role, prepare_roles
from mrc_portal.search import SearchUnavailable
from mrc_portal.search.models import OutboxLine
from mrc_portal.serving import serving_process
from mrc_portal.upload_limit import remove_half_arrived

ADMINISTRATOR = "admin"
CLOCK_TOLERANCE = timedelta(minutes=10)
FILES_LOOKED_AT = 20  # the oldest of each kind, and the newest
LONGEST_ABSENCE = timedelta(days=120)
DEMO_COMMAND = "load_demo"


def prepare(out: OutputWrapper, *, with_demo: bool = True) -> None:
    """Bring database, roles, style sheets and index up to date; at the first start fill them."""
    with one_at_a_time():
        _look_at_the_database()
        _prepare_database(out)
        _clear_arrivals()
        _look_at_the_clock(out)
        _collect_static_files(out)
        _prepare_index(out)
        # Somebody who can log in is made last: whoever is there says that the start was completed.
        is_first_start = not User.objects.exists()
        if is_first_start and with_demo:
            out.write("Loading the demonstration content")
            call_command(DEMO_COMMAND, stdout=out)
        if is_first_start:
            _create_administrator(out)
        _look_at_the_files(out)


@contextmanager
def one_at_a_time() -> Iterator[None]:
    """Two starts at once on one data folder: the second waits, and then finds all done."""
    settings.DATA_DIR.mkdir(mode=0o750, parents=True, exist_ok=True)
    with (settings.DATA_DIR / "prepare.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _look_at_the_database() -> None:
    """Touch nothing that is not what it is taken for. Raises CommandError."""
    loader = MigrationLoader(connection)
    unknown = {
        key
        for key in loader.applied_migrations
        if key[0] in loader.migrated_apps and key not in loader.graph.nodes
    }
    if unknown:
        names = ", ".join(sorted(f"{app}.{name}" for app, name in unknown))
        raise CommandError(
            f"The database was already used by a newer version of the portal ({names}), which this"
            " one does not understand. Start the newer one, or restore the backup that was made"
            " before the update."
        )
    if not loader.applied_migrations and _has_files():
        raise CommandError(
            f"The database is empty, but {settings.MEDIA_ROOT} holds the files of a portal. If the"
            " database was lost, restore the backup. If it is another one, set DATABASE_URL right."
            " To begin a new portal, give it a folder of its own: MRC_DATA_DIR=…"
        )
    is_behind = bool(set(loader.graph.nodes) - set(loader.applied_migrations))
    if loader.applied_migrations and is_behind and (process := serving_process()):
        raise CommandError(
            f"{process} still serves from {settings.DATA_DIR}, and the database is about to be"
            " changed by an update. Stop it first."
        )


def _clear_arrivals() -> None:
    """What a killed server was being sent."""
    if not serving_process():
        remove_half_arrived()


def _has_files() -> bool:
    return settings.MEDIA_ROOT.is_dir() and any(
        it.is_file() for it in settings.MEDIA_ROOT.rglob("*")
    )


def _look_at_the_files(out: OutputWrapper) -> None:
    """A database without its files is half a portal: some of the oldest and newest are looked at,
    since every one would take long."""
    stores = {}
    for model in apps.get_models():
        for field in model._meta.concrete_fields:
            if not isinstance(field, FileField):
                continue
            stored = model._default_manager.exclude(**{field.name: ""}).order_by("pk")
            for names in (stored, stored.reverse()):
                for name in names.values_list(field.name, flat=True)[:FILES_LOOKED_AT]:
                    stores[name] = field.storage
    missing = [name for name, storage in stores.items() if not storage.exists(name)]
    if missing:
        out.write(
            f"Of {len(stores)} stored files that were looked at, {len(missing)} are not in"
            f" {settings.MEDIA_ROOT}, as {missing[0]}. Put the folder back from the backup;"
            " export_portal names every file that is missing."
        )


def _look_at_the_clock(out: OutputWrapper) -> None:
    """What is public is decided by the clock, so one that is wrong is told of."""
    now = timezone.now()
    logins = User.objects.aggregate(latest=Max("last_login"))
    changes = OutboxLine.objects.aggregate(latest=Max("created_at"))
    moments = [it["latest"] for it in (logins, changes) if it["latest"]]
    if not moments:
        return
    latest = max(moments)
    if latest > now + CLOCK_TOLERANCE:
        out.write(
            f"The clock of this machine says {now:%Y-%m-%d %H:%M} UTC, but the portal was already"
            f" used at {latest:%Y-%m-%d %H:%M} UTC. What was published meanwhile is not seen until"
            " then. Set the clock (timedatectl), and start again."
        )
    elif now - latest > LONGEST_ABSENCE:
        out.write(
            f"Nobody has worked on this portal since {latest:%Y-%m-%d}, as the clock of this"
            f" machine has it: {now:%Y-%m-%d}. If that is wrong, stop, and set the clock"
            " (timedatectl): otherwise what is scheduled or under an embargo is public now."
        )


def _prepare_database(out: OutputWrapper) -> None:
    """Apply the migrations that are missing, then bring the roles up to date.

    Permissions are made by a signal after the migrations. The stamp is for a kill between the two:
    without it the next start would find nothing to migrate, and no permissions."""
    executor = MigrationExecutor(connection)
    missing = executor.migration_plan(executor.loader.graph.leaf_nodes())
    place = [str(settings.DATABASES["default"].get(key, "")) for key in ("NAME", "HOST", "PORT")]
    migrations = sorted(f"{app}.{name}" for app, name in executor.loader.graph.nodes)
    stamp = _Stamp("database", _digest([*place, *migrations]))
    if missing:
        out.write(f"Preparing the database: {len(missing)} migrations")
    if missing or not stamp.is_valid():
        call_command("migrate", interactive=False, verbosity=0)
        stamp.set()
    prepare_roles()


def _collect_static_files(out: OutputWrapper) -> None:
    """Copy, name and compress what is served as it is, if any of it has changed.

    Files of earlier versions stay: pages that a browser kept still ask for them."""
    if settings.DEBUG:
        return  # the development server finds them where they lie
    stamp = _Stamp("static", _digest(_static_sources()))
    if not stamp.is_valid() or are_styles_missing():
        out.write("Collecting style sheets and pictures")
        call_command("collectstatic", interactive=False, verbosity=0)
        stamp.set()


def _static_sources() -> Iterator[str]:
    """One line for each source, which changes with it."""
    for finder in get_finders():
        for name, storage in finder.list([]):
            state = Path(storage.path(name)).stat()
            yield f"{name} {state.st_size} {state.st_mtime_ns}"


def _prepare_index(out: OutputWrapper) -> None:
    from mrc_portal.search.upkeep import ensure_index  # needs loaded models

    try:
        check = ensure_index()
    except SearchUnavailable as error:
        # Pages are served without it, and the server goes on trying.
        out.write(f"The search index cannot be written: {error}")
        return
    if check.rebuild is not None and check.rebuild.entries:
        out.write(f"Search index built: {check.rebuild.entries} works, {check.rebuild.pages} pages")


def _create_administrator(out: OutputWrapper) -> None:
    """The only account of a new portal. Its password is shown once and kept nowhere."""
    password = "-".join(
        "".join(secrets.choice(SHORT_ID_LETTERS) for _ in range(4)) for _ in range(4)
    )
    with transaction.atomic():
        user = User.objects.create_superuser(ADMINISTRATOR, password=password)
        give_role(user, ADMINISTRATORS)
        # Before the account is certain: killed in between, the next start makes another password;
        # the other way round there would be an account that nobody can use.
        out.write(f"\nAdministrator: {ADMINISTRATOR}\nPassword: {password}")
        out.write("This password is shown only now. Change it after logging in.\n")
        out.flush()


class _Stamp:
    """A note in the data folder that a step has been done for exactly these sources."""

    def __init__(self, step: str, fingerprint: str) -> None:
        self.path = settings.DATA_DIR / f"{step}.stamp"
        self.fingerprint = fingerprint

    def is_valid(self) -> bool:
        return self.path.exists() and self.path.read_text() == self.fingerprint

    def set(self) -> None:
        draft = self.path.with_suffix(".new")
        draft.write_text(self.fingerprint)
        draft.replace(self.path)


def _digest(lines: Iterable[str]) -> str:
    digest = hashlib.sha256()
    for line in lines:
        digest.update(line.encode() + b"\n")
    return digest.hexdigest()
