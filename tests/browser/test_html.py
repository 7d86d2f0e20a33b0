"""The Nu HTML checker over every kind of page, in three languages."""

from __future__ import annotations

import json
import subprocess

import pytest

from tests.browser.site import in_every_language
from tests.run import NODE_MODULES

CHECKER = NODE_MODULES / "vnu-jar" / "build" / "dist" / "vnu.jar"
WRONG = "<!doctype html><html lang=en><title>Wrong</title><p><div id=a></div><div id=a></div></p>"

pytestmark = pytest.mark.needs_nu


def test_every_page_is_valid_html(site, tmp_path):
    addresses = {}
    for path in site.examples:
        for address in in_every_language(path):
            file = tmp_path / f"{len(addresses):04}.html"
            file.write_text(site.get(address).html, encoding="utf-8")
            addresses[file.name] = address
    wrong = tmp_path / "wrong.html"
    wrong.write_text(WRONG)

    problems = check(tmp_path)

    # A checker that has run out of stack finds nothing, and looks like success.
    assert problems.pop(wrong.name)
    assert {addresses[name]: found for name, found in problems.items()} == {}


def check(folder):
    """What is wrong with the files of a folder: {name: [problem, …]}."""
    done = subprocess.run(
        ["java", "-Xss16m", "-jar", CHECKER, "--format", "json", "--exit-zero-always", folder],
        capture_output=True,
        text=True,
        check=True,
    )
    problems = {}
    for message in json.loads(done.stderr)["messages"]:
        name = message["url"].rpartition("/")[2]
        place = f"line {message.get('lastLine')}: {message.get('extract', '').strip()!r}"
        problems.setdefault(name, []).append(f"{message['message']} ({place})")
    return problems
