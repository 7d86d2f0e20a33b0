"""Names of topics, countries, areas and projects, read together: what a page only has to call by
name costs it one query, however many kinds there are."""

from __future__ import annotations

from operator import itemgetter
from typing import Any

from django.db import models
from django.db.models import F, Value

from library.models import Country, Organisation, Project, RightsArea, Topic
from mrc_portal.languages import LANGUAGE_CODES, columns_of, localized

# Where each keeps its address and its name; those with an order of their own say so.
ADDRESS_FIELDS: dict[type[models.Model], str] = {
    Topic: "slug",
    RightsArea: "slug",
    Country: "code",
    Project: "slug",
    Organisation: "slug",
}
NAME_FIELDS: dict[type[models.Model], str] = {
    Topic: "name",
    RightsArea: "name",
    Country: "name",
    Project: "title",
    Organisation: "name",
}
ORDERED = (Topic, RightsArea)


def read_named(*querysets: models.QuerySet[Any]) -> list[list[Any]]:
    """A list of records for each queryset, with name and address alone, in the order of its model.

    Each record once, even if the queryset joins it to several others."""
    parts = [_columns(queryset, number) for number, queryset in enumerate(querysets)]
    found: list[dict[int, Any]] = [{} for _queryset in querysets]
    for number, pk, position, address, *names in parts[0].union(*parts[1:], all=True):
        model = querysets[number].model
        columns = {localized(NAME_FIELDS[model], code): name for code, name in _by_language(names)}
        record = model(pk=pk, **{ADDRESS_FIELDS[model]: address}, **columns)
        found[number][pk] = ((position, pk), record)
    return [
        [record for _place, record in sorted(by_pk.values(), key=itemgetter(0))] for by_pk in found
    ]


def _columns(queryset: models.QuerySet[Any], number: int) -> models.QuerySet[Any, Any]:
    model = queryset.model
    names = [localized(NAME_FIELDS[model], code) for code in LANGUAGE_CODES]
    rows = queryset.annotate(
        part=Value(number, output_field=models.IntegerField()),
        place=F("position") if model in ORDERED else Value(0),
        address=F(ADDRESS_FIELDS[model]),
    )
    return columns_of(rows, "part", "pk", "place", "address", *names)


def _by_language(names: list[str | None]) -> list[tuple[str, str | None]]:
    return list(zip(LANGUAGE_CODES, names, strict=True))
