"""The read-only JSON API under /api/v1/: what every room has published, for programs.

A room announces its resources with register_resource(), each with a JSON Schema of its items, from
which the OpenAPI description follows. It is made of ordinary views: the bodies exist already, as
files to take along have them, and django-ninja, which was weighed, would want each of them once
more as a class of pydantic. That description and answers agree, schemathesis proves.

The API speaks English to those who write programs; what it tells of records is in all languages
in which they are public."""

from mrc_portal.api.resources import (
    Asked,
    Choices,
    Day,
    Listed,
    Parameter,
    Resource,
    of_queryset,
    register_resource,
)

__all__ = [
    "Asked",
    "Choices",
    "Day",
    "Listed",
    "Parameter",
    "Resource",
    "of_queryset",
    "register_resource",
]
