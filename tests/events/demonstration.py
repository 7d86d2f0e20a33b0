"""The demonstration of events for tests: on what it needs of the library."""

from __future__ import annotations

import shutil

from django.apps import apps

from library import demo as library_demo


def load_library(folder, patch):
    """What the events stand on of the demonstration library: no practices, no texts of PDFs."""
    ignore = shutil.ignore_patterns("practices", "*.typ")
    shutil.copytree(library_demo.FOLDER, folder / "library", ignore=ignore)
    patch.setattr(library_demo, "FOLDER", folder / "library")
    library_demo.load()


def every_record():
    """All records of the room, but those that only keep a history."""
    for model in apps.get_app_config("events").get_models():
        if not model.__name__.startswith("Historical"):
            yield from model._base_manager.all()
