from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from mrc_portal.search import entries, storage, upkeep
from tests.search.shelf import Shelf


@pytest.fixture
def shelf(db: None, settings: Any, tmp_path: Path, monkeypatch: Any) -> Iterator[Shelf]:
    """An empty shelf as the only source, with an empty index in a folder of its own."""
    shelf = Shelf()
    settings.SEARCH_DIR = tmp_path / "search"
    settings.SEARCH_INLINE = True
    monkeypatch.setattr(entries, "_sources", {shelf.prefix: shelf})
    storage.forget_reader()
    upkeep.rebuild()
    yield shelf
    storage.forget_reader()
