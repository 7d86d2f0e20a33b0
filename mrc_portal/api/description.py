"""The description of the API by OpenAPI 3.1 (https://spec.openapis.org/oas/v3.1.1)."""

from __future__ import annotations

import re
from typing import Any

from mrc_portal.api.resources import SLUG, Parameter, Resource
from mrc_portal.api.schemas import NUMBER, TEXT, URL, item, or_null
from mrc_portal.filters import MOST_CHOICES

Json = dict[str, Any]

PREFIX = "/api/v1/"
PROBLEM = "application/problem+json"
ABOUT = (
    "What the Migrant Rights Information Center has published: documents, best practices, events, "
    "press releases, plans and their rows, the glossary. Read-only and without a key. Texts are "
    "objects by language (ky, ru, en), without those languages in which there is none. Times are "
    "in UTC, days those of Bishkek. A list has pages; follow links.next until it is null. Items "
    "that are published meanwhile come before the first page and disturb none. Each answer has an "
    "ETag: ask again with If-None-Match. A record that is withdrawn is not here any more; its "
    "page says why."
)


def openapi(resources: list[Resource], site: str) -> Json:
    paths: Json = {PREFIX: {"get": _index()}}
    for resource in resources:
        paths[PREFIX + resource.path] = _list_of(resource)
        paths[PREFIX + resource.path + "/{key}"] = _item_of(resource)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Migrant Rights Information Center",
            "version": "1",
            "description": ABOUT,
        },
        "servers": [{"url": site}],
        "paths": paths,
        "components": {
            "schemas": {
                "Problem": _problem(),
                **{resource.name: resource.schema for resource in resources},
            },
            "responses": {
                "Problem": {
                    "description": "What is wrong with the request (RFC 9457).",
                    "content": {PROBLEM: {"schema": _ref("Problem")}},
                },
                "Unchanged": {"description": "As it was when its ETag was sent (If-None-Match)."},
                "TooMany": {
                    "description": "Too many requests from one address.",
                    "headers": {
                        "Retry-After": {
                            "description": "Seconds.",
                            "required": True,
                            "schema": {"type": "integer", "minimum": 1},
                        }
                    },
                    "content": {PROBLEM: {"schema": _ref("Problem")}},
                },
            },
        },
    }


def _ref(name: str, kind: str = "schemas") -> Json:
    return {"$ref": f"#/components/{kind}/{name}"}


def _problem() -> Json:
    return item(type=TEXT, title=TEXT, status=NUMBER, detail=TEXT)


def _index() -> Json:
    lists = {"type": "object", "additionalProperties": URL}
    return {
        "operationId": "index",
        "summary": "Where the lists are.",
        "responses": _responses(item(description=URL, lists=lists)),
    }


def _list_of(resource: Resource) -> Json:
    links = item(self=URL, next=or_null(URL))
    page = item(items={"type": "array", "items": _ref(resource.name)}, links=links)
    return {
        "parameters": _keys(resource.path),
        "get": {
            "operationId": f"{resource.name}_list",
            "summary": resource.about,
            "parameters": [_parameter(it) for it in resource.of_list],
            "responses": _responses(page),
        },
    }


def _item_of(resource: Resource) -> Json:
    return {
        "parameters": [*_keys(resource.path), _key("key")],
        "get": {
            "operationId": f"{resource.name}_detail",
            "summary": f"One of: {resource.about}",
            "parameters": [_parameter(it) for it in resource.of_item],
            "responses": _responses(_ref(resource.name)),
        },
    }


def _responses(schema: Json) -> Json:
    return {
        "200": {
            "description": "What is public now.",
            "headers": {"ETag": {"schema": TEXT}},
            "content": {"application/json": {"schema": schema}},
        },
        "304": _ref("Unchanged", "responses"),
        "400": _ref("Problem", "responses"),
        "404": _ref("Problem", "responses"),
        "429": _ref("TooMany", "responses"),
    }


def _keys(path: str) -> list[Json]:
    return [_key(name) for name in re.findall(r"\{(\w+)\}", path)]


def _key(name: str) -> Json:
    schema = {"type": "string", "pattern": f"^{SLUG}$"}
    return {"name": name, "in": "path", "required": True, "schema": schema}


def _parameter(parameter: Parameter) -> Json:
    schema = parameter.schema
    if parameter.is_repeatable:
        schema = {"type": "array", "items": schema, "maxItems": MOST_CHOICES}
    return {
        "name": parameter.name,
        "in": "query",
        "description": parameter.about,
        "schema": schema,
        **({"style": "form", "explode": True} if parameter.is_repeatable else {}),
    }
