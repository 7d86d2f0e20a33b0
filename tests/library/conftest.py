from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from mrc_portal.search import storage, upkeep


@pytest.fixture
def search_index(db: None, settings: Any, tmp_path: Path) -> Iterator[None]:
    """An empty index of its own. Changes reach it at the end of a transaction: write in
    `with django_capture_on_commit_callbacks(execute=True)`."""
    settings.SEARCH_DIR = tmp_path / "search"
    storage.forget_reader()
    upkeep.rebuild()
    yield
    storage.forget_reader()
