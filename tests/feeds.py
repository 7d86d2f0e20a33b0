"""Feeds read by others: by feedparser as readers do, and held against the schema of Atom."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import feedparser
from django.test import Client
from lxml import etree

SCHEMA = etree.RelaxNG(etree.parse(Path(__file__).parent / "schemas" / "atom.rng"))
SITE = "http://testserver"


def read_feed(client: Client, path: str) -> Any:
    """What feedparser makes of a feed that is valid."""
    response = client.get(path)
    assert response.status_code == 200, path
    assert response["Content-Type"] == "application/atom+xml; charset=utf-8"
    assert not response.cookies
    SCHEMA.assertValid(etree.fromstring(response.content))
    parsed = feedparser.parse(response.content)
    assert not parsed.bozo
    assert parsed.version == "atom10"
    return parsed


def titles(client: Client, path: str) -> list[str]:
    return [entry.title for entry in read_feed(client, path).entries]


def links(thing: Any, rel: str) -> list[str]:
    """Addresses of a feed or an entry, without that of the portal."""
    return [it.href.removeprefix(SITE) for it in thing.links if it.rel == rel]
