from __future__ import annotations

import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext

from tests.browser.chromium import open_browser
from tests.browser.site import Site, serve
from tests.run import NODE_MODULES


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The portal with its demonstration content, served once for all tests."""
    folder = tmp_path_factory.mktemp("site")
    with serve(folder) as site:
        yield site
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with open_browser() as browser:
        yield browser


@pytest.fixture
def context(browser: Browser, site: Site) -> Iterator[BrowserContext]:
    """A reader who comes for the first time."""
    context = browser.new_context(base_url=site.origin, viewport={"width": 1280, "height": 900})
    yield context
    context.close()


@pytest.fixture(scope="session")
def axe_source() -> str:
    return (NODE_MODULES / "axe-core" / "axe.min.js").read_text(encoding="utf-8")
