"""What must hold for the project as a whole, and for the tools that say so."""

from __future__ import annotations

import re
import shutil
import tomllib
from io import StringIO

import pytest
from django.core.management import call_command

from tests import check_catalogues
from tests.check import ROOT

ROOMS = ("library", "events", "council")
DOCS = sorted((ROOT / "docs").glob("*.md"))

# One text of each kind, translated as it should be.
GOOD = """msgid ""
msgstr ""
"Content-Type: text/plain; charset=UTF-8\\n"
"Plural-Forms: nplurals=1; plural=0;\\n"

msgctxt "verb"
msgid "Search"
msgstr "Издөө"

#, python-format
msgid "%(pages)s page"
msgid_plural "%(pages)s pages"
msgstr[0] "%(pages)s бет"
"""


def test_no_migration_is_missing(db):
    out = StringIO()

    call_command("makemigrations", check=True, dry_run=True, stdout=out)

    assert out.getvalue() == "No changes detected\n"


def test_every_room_is_under_the_rules_of_imports_and_types():
    with (ROOT / "pyproject.toml").open("rb") as file:
        tools = tomllib.load(file)["tool"]
    rooms = {room for room in ROOMS if (ROOT / room / "__init__.py").exists()}

    assert {"mrc_portal", *rooms} == set(tools["importlinter"]["root_packages"])
    assert {"mrc_portal", *rooms} <= set(tools["mypy"]["files"])


def test_the_drawing_has_the_rooms_and_layers_that_are_enforced():
    with (ROOT / "pyproject.toml").open("rb") as file:
        contracts = tomllib.load(file)["tool"]["importlinter"]["contracts"]
    (layers,) = [it["layers"] for it in contracts if it["type"] == "layers"]
    drawing = (ROOT / "docs" / "pictures" / "architecture.svg").read_text(encoding="utf-8")

    places = [drawing.index(f'id="{layer}"') for layer in layers]

    assert places == sorted(places)
    assert drawing.count('class="room"') == len(layers)


def test_requirements_are_pinned_and_say_why():
    for path in (ROOT / "requirements.txt", ROOT / "tests" / "requirements.txt"):
        lines = path.read_text().splitlines()
        pins = [line for line in lines if line and not line.startswith("#")]

        assert [pin for pin in pins if pin.count("==") != 1] == []
        assert lines[0].startswith("# What")


def _anchors_of(page):
    """What GitHub makes of headings; those written out as <a id> as well."""
    text = page.read_text(encoding="utf-8")
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    made = {re.sub(r"[^\w\- ]", "", it.lower()).replace(" ", "-") for it in headings}
    return made | set(re.findall(r'<a (?:id|name)="([^"]+)"', text))


@pytest.mark.parametrize("name", ["README.md", *(f"docs/{it.name}" for it in DOCS)])
def test_every_link_of_a_handbook_leads_somewhere(name):
    page = ROOT / name
    links = re.findall(r"\]\(([^)\s]+)\)", page.read_text(encoding="utf-8"))
    lost = []
    for link in links:
        path, _, anchor = link.partition("#")
        if "://" in link or link.startswith("mailto:"):
            continue
        target = page.parent / path if path else page
        is_there = target.exists() and (not anchor or anchor in _anchors_of(target))
        lost += [] if is_there else [link]

    assert lost == []


def _outline_of(page):
    """Of each chapter: how deep it is, how many paragraphs, points, rows and commands it has."""
    chapters = [[]]
    for line in (ROOT / page).read_text(encoding="utf-8").splitlines():
        if line.startswith("#"):
            chapters.append([line.partition(" ")[0]])
        elif line:
            chapters[-1].append(re.match(r" *(\d+\.|[-|`]|)", line)[0].strip())
    return chapters


def test_the_operators_handbooks_say_as_much_in_both_languages():
    assert _outline_of("docs/operating.md") == _outline_of("docs/operating.ru.md")


# The catalogue check itself: a check that finds nothing must be able to find something.


@pytest.fixture
def catalogue(tmp_path):
    """Write a Kyrgyz catalogue and compile it; returns what the check says about it."""

    def write(name, text):
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return path

    def check(text=GOOD, compiled=None, used=None):
        path = write("django.po", compiled or text)
        check_catalogues.compile_catalogue(path)
        write("django.po", text)
        wanted = check_catalogues.read_catalogue(write("used.po", used)) if used else None
        return list(check_catalogues.problems_of(path, "ky", wanted))

    return check


def test_a_complete_catalogue_has_no_problems(catalogue):
    assert catalogue(used=GOOD) == []


@pytest.mark.parametrize(
    ("before", "after", "problem"),
    [
        ('msgstr "Издөө"', 'msgstr ""', "“Search” is not translated"),
        ('msgctxt "verb"', '#, fuzzy\nmsgctxt "verb"', "“Search” is marked as fuzzy"),
        ('"%(pages)s бет"', '"бет"', "“%(pages)s page” has other placeholders in “бет”"),
        ("nplurals=1", "nplurals=2", "has 2 plural forms instead of 1"),
    ],
)
def test_a_flaw_in_a_catalogue_is_found(catalogue, before, after, problem):
    assert GOOD.count(before) == 1

    problems = catalogue(GOOD.replace(before, after))

    assert any(found.startswith(problem) for found in problems), problems


def test_a_text_too_few_or_too_many_is_found(catalogue):
    more = GOOD + '\nmsgid "Library"\nmsgstr "Китепкана"\n'

    assert catalogue(GOOD, used=more) == ["“Library” is missing (make messages)"]
    assert catalogue(more, used=GOOD) == ["“Library” is no longer used (make messages)"]


def test_a_catalogue_that_was_not_compiled_again_is_found(catalogue):
    old = GOOD.replace("Издөө", "Табуу")

    assert catalogue(compiled=old) == ["is not what its .mo was compiled from (make messages)"]


@pytest.mark.skipif(not check_catalogues.has_gettext(), reason="GNU gettext is not installed")
def test_texts_are_gathered_from_python_and_templates(tmp_path):
    for name in ("manage.py", "mrc_portal", "library", "events", "council"):
        source = ROOT / name
        if source.is_dir():
            ignored = shutil.ignore_patterns("demo", "__pycache__")
            shutil.copytree(source, tmp_path / name, ignore=ignored)
        else:
            shutil.copy(source, tmp_path)
    (tmp_path / "templates").mkdir()
    (tmp_path / "templates" / "page.html").write_text(
        '{% load i18n %}{% translate "A text that only this page has" %}'
    )

    texts = [message.id for message in check_catalogues.gather(tmp_path)]

    assert "A text that only this page has" in texts
    assert "best practice" in texts
