"""Pieces of JSON Schema (2020-12) of which the rooms describe their items."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from mrc_portal.languages import LANGUAGE_CODES

Schema = dict[str, Any]

TEXT: Schema = {"type": "string"}
URL: Schema = {"type": "string", "format": "uri"}
MOMENT: Schema = {"type": "string", "format": "date-time"}
DAY: Schema = {"type": "string", "format": "date"}
NUMBER: Schema = {"type": "integer", "minimum": 0}
FLAG: Schema = {"type": "boolean"}
LANGUAGE: Schema = {"type": "string", "enum": list(LANGUAGE_CODES)}


def described(schema: Schema, description: str) -> Schema:
    return {**schema, "description": description}


def or_null(schema: Schema) -> Schema:
    return {"anyOf": [schema, {"type": "null"}]}


def many(schema: Schema) -> Schema:
    return {"type": "array", "items": schema}


def one_of(values: Iterable[str]) -> Schema:
    return {"type": "string", "enum": list(values)}


def by_language(schema: Schema) -> Schema:
    """An object by language, without the languages that have nothing."""
    return {"type": "object", "propertyNames": LANGUAGE, "additionalProperties": schema}


TEXTS = by_language(TEXT)


def item(**properties: Schema) -> Schema:
    """An object that always has exactly these keys."""
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


# What every publishable record tells.
PUBLISHABLE: dict[str, Schema] = {
    "id": described(TEXT, "The permanent identifier."),
    "url": described(URL, "The permanent address; it leads to the page in the reader's language."),
    "pages": described(by_language(URL), "The page in each language in which it is ready."),
    "languages": many(LANGUAGE),
    "original_language": LANGUAGE,
    "is_demonstration": described(FLAG, "An invented record, which must not be cited."),
    "published_at": MOMENT,
    "changed_at": MOMENT,
}
NAMED = item(key=TEXT, url=URL, name=TEXTS)
