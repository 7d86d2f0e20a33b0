"""The collection that is searched: the whole demonstration, and its works by lasting names."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings
from django.db import models
from django.test import override_settings
from django.utils import translation

from council import demo as council_demo
from council.models import Activity, Body, Letter, Plan
from events import demo as events_demo
from events.models import Event, PressRelease
from library import demo as library_demo
from library.demo import read_toml, short_id_for
from library.models import Document
from mrc_portal import search
from mrc_portal.search import storage, upkeep
from mrc_portal.search.entries import all_keys

MODELS: dict[str, type[models.Model]] = {
    "document": Document,
    "event": Event,
    "release": PressRelease,
    "plan": Plan,
    "body": Body,
    "letter": Letter,
}
ROW = "row"


@contextmanager
def indexed_demonstration(folder: Path) -> Iterator[None]:
    """The demonstration in the database, its files and an index of it in this folder.

    Records that are there already stay as they are; the index is built anew."""
    own = override_settings(
        MEDIA_ROOT=folder / "files", SEARCH_DIR=folder / "search", SEARCH_INLINE=False
    )
    with own, translation.override(settings.LANGUAGE_CODE):
        # Events stand on the library, plans on both.
        for room in (library_demo, events_demo, council_demo):
            room.load()
        storage.forget_reader()
        upkeep.rebuild()
        try:
            yield
        finally:
            storage.forget_reader()


def names_of_works() -> dict[str, str]:
    """What the judgments call each public work, by its key in the index: document:slug, and of a
    row of a plan row:slug-of-the-plan/key-in-its-file."""
    keys = set(all_keys())
    names = {}
    for kind, model in MODELS.items():
        for pk, slug in model._default_manager.values_list("pk", "slug"):
            names[search.key_of(kind, pk)] = f"{kind}:{slug}"
    rows = _rows_of_the_files()
    for pk, short_id in Activity.objects.values_list("pk", "short_id"):
        names[search.key_of(ROW, pk)] = f"{ROW}:{rows[short_id]}"
    return {key: name for key, name in names.items() if key in keys}


def _rows_of_the_files() -> dict[str, str]:
    rows = {}
    for path in (council_demo.FOLDER / "plans").glob("*.toml"):
        plan = read_toml(path)
        for row in (row for stage in plan["stage"] for row in stage.get("row", [])):
            rows[short_id_for(f"{plan['slug']} {row['key']}")] = f"{plan['slug']}/{row['key']}"
    return rows
