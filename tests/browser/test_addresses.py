"""The portal after its first start: every kind of page is reached, no link leads nowhere."""

from __future__ import annotations

import gzip
import re

from tests.browser.site import ERROR_PAGES, in_every_language, name_of, page_names

MOST_COMPRESSED = 10_000


def test_links_lead_to_every_kind_of_page(site):
    found = site.crawl.keys()

    # A new page that nothing links to, or that is looked at by no test, is noticed here.
    assert page_names() - found == set(), "link to it from a page"


def test_no_link_is_broken(site):
    broken = [
        f"{page.path}: {page.status}"
        for pages in site.crawl.values()
        for page in pages
        if page.status != 200
    ]

    assert broken == []


def test_every_page_opens_in_every_language_in_its_own(site):
    wrong = []
    for path in site.examples:
        for address in in_every_language(path):
            page = site.get(address)
            language = re.search(r'<html lang="(\w+)"', page.html)
            is_expected = page.status == ERROR_PAGES.get(path, 200)
            if not is_expected or not language or language[1] != address[1:3]:
                wrong.append(f"{address}: {page.status}")

    assert wrong == []


def test_pages_are_complete_without_scripts_and_light(site):
    pages = [page for pages in site.crawl.values() for page in pages if page.html]
    public = [page for page in pages if name_of(page.path) in page_names()]

    assert public
    # Data for search engines is no script: no browser runs it. Three files of ours complete words
    # in a large search form, copy references and take two clicks for one, after the page and for
    # whoever lets them.
    data = r' type="application/ld\+json">'
    ours = r' src="/static/js/(suggest|copy|once)[.\w]*\.js" defer[ >]'
    scripts = re.compile(f"<script(?!{data})(?!{ours})")
    assert [page.path for page in public if scripts.search(page.html)] == []
    sizes = {page.path: len(gzip.compress(page.html.encode(), 6)) for page in public}
    assert {path: size for path, size in sizes.items() if size > MOST_COMPRESSED} == {}


def test_the_first_start_names_the_administrator_once(site):
    assert re.findall(r"Administrator: (\w+)\nPassword: [\w-]{19}\n", site.output) == ["admin"]


def test_no_header_moves_the_portal_for_other_readers(site):
    """gunicorn believes SCRIPT_NAME and PATH_INFO from a proxy, which may pass on a reader's."""
    for path in ("/ru/glossary/?from=nobody", "/evil/ru/glossary/?from=nobody"):
        for _again in range(4):  # by each of the processes
            site.get(path, SCRIPT_NAME="/evil", PATH_INFO=path)

    assert site.get("/evil/ru/glossary/", SCRIPT_NAME="/evil").status == 404
    assert "/evil" not in site.get("/ru/glossary/?from=nobody").html
