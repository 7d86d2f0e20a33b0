"""Holds XML against the schemas of those who made the formats (tests/schemas/)."""

from functools import cache
from pathlib import Path

from lxml import etree

FOLDER = Path(__file__).parent.parent / "schemas"


@cache
def schema(name):
    return etree.XMLSchema(file=str(FOLDER / f"{name}.xsd"))


def assert_valid(element, name):
    """Say what is wrong, and where."""
    # Parsed anew: what counts is what is sent, not what it was made of.
    parsed = etree.fromstring(etree.tostring(element))
    checked = schema(name)
    assert checked.validate(parsed), str(checked.error_log)
