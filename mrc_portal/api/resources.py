"""What the API offers: the rooms' resources, what may be asked of them, and pages of items that
stay in step while records come and go."""

from __future__ import annotations

import base64
import datetime
import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Q, QuerySet
from django.http import QueryDict
from django.utils.functional import Promise

from mrc_portal.api.schemas import Schema
from mrc_portal.filters import MOST_CHOICES
from mrc_portal.languages import LANGUAGE_CODES

USUAL_LIMIT, MOST_LIMIT = 20, 100
LONGEST_TEXT = 200
LONGEST_CURSOR = 200
BIGGEST_KEY = 2**63 - 1  # that both databases know
SLUG = r"[-a-zA-Z0-9_]{1,100}"


class Refused(Exception):
    """What was asked makes no sense; the answer is a problem by RFC 9457."""

    def __init__(self, status: int, title: str, detail: str) -> None:
        super().__init__(detail)
        self.status = status
        self.title = title
        self.detail = detail


@dataclass(frozen=True)
class Parameter:
    """Something that may be asked for in the query, once or several times."""

    name: str
    about: str
    pattern: str = ""  # of the whole value; without one any text up to LONGEST_TEXT
    is_repeatable: bool = False

    def accepts(self, value: str) -> bool:
        if self.pattern:
            return re.fullmatch(self.pattern, value) is not None
        return len(value) <= LONGEST_TEXT

    @property
    def schema(self) -> Schema:
        if self.pattern:
            return {"type": "string", "pattern": f"^(?:{self.pattern})$"}
        return {"type": "string", "maxLength": LONGEST_TEXT}


@dataclass(frozen=True)
class Choices(Parameter):
    """One or several of known values."""

    values: tuple[str, ...] = ()
    is_repeatable: bool = True

    def accepts(self, value: str) -> bool:
        return value in self.values

    @property
    def schema(self) -> Schema:
        return {"type": "string", "enum": list(self.values)}


class Day(Parameter):
    """A day of the calendar: 2013-12-02."""

    def accepts(self, value: str) -> bool:
        try:
            return datetime.date.fromisoformat(value).isoformat() == value
        except ValueError:
            return False

    @property
    def schema(self) -> Schema:
        return {"type": "string", "format": "date"}


LANG = Choices(
    "lang",
    "The language of the pages that the answer leads to, and of words that are searched: "
    "ru unless another is asked for. Texts come in all their languages.",
    is_repeatable=False,
    values=LANGUAGE_CODES,
)
CURSOR = Parameter(
    "cursor", "From links.next of the page before.", pattern=f"[-a-zA-Z0-9_]{{1,{LONGEST_CURSOR}}}"
)


class _Limit(Parameter):
    def accepts(self, value: str) -> bool:
        return bool(re.fullmatch(r"[1-9][0-9]{0,2}", value)) and int(value) <= MOST_LIMIT

    @property
    def schema(self) -> Schema:
        return {"type": "integer", "minimum": 1, "maximum": MOST_LIMIT, "default": USUAL_LIMIT}


LIMIT = _Limit("limit", "How many items a page has at most.")


@dataclass(frozen=True)
class Asked:
    """A request that makes sense."""

    values: Mapping[str, tuple[str, ...]]  # by parameter, without those that were not given
    site: str  # the address of the portal without a slash at the end
    within: str = ""  # the key of the record that the items belong to

    def all(self, name: str) -> tuple[str, ...]:
        return self.values.get(name, ())

    def one(self, name: str) -> str:
        return next(iter(self.all(name)), "")

    @property
    def limit(self) -> int:
        return int(self.one("limit") or USUAL_LIMIT)

    @property
    def data(self) -> QueryDict:
        """As filters of pages read it."""
        data = QueryDict(mutable=True)
        for name, values in self.values.items():
            data.setlist(name, list(values))
        return data


@dataclass(frozen=True)
class Listed:
    """A page of items, and the cursor of the next one if there is any."""

    items: list[dict[str, Any]]
    next: str = ""


@dataclass(frozen=True)
class Resource:
    """Items of one kind."""

    # Below /api/v1/: "documents"; items that belong to another resource's have its key in braces.
    path: str
    label: str | Promise  # for people
    about: str  # one sentence, for those who write programs
    name: str  # of the schema: "Document"
    schema: Schema
    list_items: Callable[[Asked], Listed]
    # None when there is no such item that is public.
    find_item: Callable[[Asked, str], dict[str, Any] | None]
    parameters: tuple[Parameter, ...] = ()

    @property
    def of_list(self) -> tuple[Parameter, ...]:
        return (*self.parameters, LANG, LIMIT, CURSOR)

    @property
    def of_item(self) -> tuple[Parameter, ...]:
        """What filters the list, one item does not heed; only the day of a picture concerns it."""
        return (*(it for it in self.parameters if it.name == "on"), LANG)


_resources: dict[str, Resource] = {}


def register_resource(resource: Resource) -> None:
    """Called once for each resource, in AppConfig.ready()."""
    _resources[resource.path] = resource


def resources() -> list[Resource]:
    return sorted(_resources.values(), key=lambda it: it.path)


def read_query(data: QueryDict, parameters: Sequence[Parameter]) -> dict[str, tuple[str, ...]]:
    """The values by parameter. Raises Refused: a slip in an address would else be answered with
    everything, and nobody would notice."""
    known = {it.name: it for it in parameters}
    values: dict[str, tuple[str, ...]] = {}
    for name in data:
        if name not in known:
            raise _bad(f"There is no parameter {name[:40]!r} here.")
        given = data.getlist(name)
        most = MOST_CHOICES if known[name].is_repeatable else 1
        if len(given) > most:
            raise _bad(f"{name!r} may be given {most} times at most.")
        for value in given:
            if not known[name].accepts(value):
                raise _bad(f"{value[:40]!r} is no value of {name!r}.")
        values[name] = tuple(dict.fromkeys(given))
    return values


def _bad(detail: str) -> Refused:
    return Refused(400, "The query makes no sense", detail)


def no_such_page() -> Refused:
    return Refused(404, "Not found", "The cursor leads to no page of this list.")


# Cursors: opaque to others, to us the place of the last item


def encode(place: list[Any]) -> str:
    text = json.dumps(place, separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def decode(cursor: str) -> list[Any]:
    """Raises Refused."""
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        place = json.loads(base64.urlsafe_b64decode(padded.encode()))
    except (ValueError, RecursionError):
        raise no_such_page() from None
    if not isinstance(place, list):
        raise no_such_page()
    return place


@dataclass(frozen=True)
class _Order:
    """An order that new records do not disturb: by a moment that never changes, the latest first,
    or by the order in which records were written."""

    moment: str = ""

    def fields(self) -> list[str]:
        return [f"-{self.moment}", "-pk"] if self.moment else ["pk"]

    def cursor_of(self, record: Any) -> str:
        moment = getattr(record, self.moment) if self.moment else None
        return encode([moment.isoformat(), record.pk] if moment else [record.pk])

    def after(self, cursor: str) -> Q:
        """Raises Refused."""
        place = decode(cursor)
        key = place[-1] if place else None
        is_key = isinstance(key, int) and not isinstance(key, bool)
        if not is_key or not 0 <= key <= BIGGEST_KEY:  # type: ignore[operator]
            raise no_such_page()
        if not self.moment:
            if len(place) != 1:
                raise no_such_page()
            return Q(pk__gt=key)
        moment = _read_moment(place)
        earlier = Q(**{f"{self.moment}__lt": moment})
        return earlier | Q(**{self.moment: moment, "pk__lt": key})


def _read_moment(place: list[Any]) -> datetime.datetime:
    try:
        text, _key = place
        moment = datetime.datetime.fromisoformat(text)
        moment.astimezone(datetime.UTC)  # one at the edge of time cannot be told in another zone
    except (ValueError, TypeError, OverflowError):
        raise no_such_page() from None
    if moment.tzinfo is None:
        raise no_such_page()
    return moment


def of_queryset(
    *,
    path: str,
    label: str | Promise,
    about: str,
    name: str,
    schema: Schema,
    records: Callable[[Asked], QuerySet[Any]],
    describe: Callable[[Any, Asked], dict[str, Any]],
    prepare: Callable[[Any], QuerySet[Any]] = lambda records: records,
    key: str = "short_id",
    moment: str = "publish_at",
    parameters: tuple[Parameter, ...] = (),
) -> Resource:
    """A resource of public records that the database finds. `records` filters them, `prepare`
    reads along what `describe` tells; `key` is the field by which one of them is found."""
    order = _Order(moment)

    def list_items(asked: Asked) -> Listed:
        found = records(asked).order_by(*order.fields())
        if cursor := asked.one("cursor"):
            found = found.filter(order.after(cursor))
        page = list(prepare(found)[: asked.limit + 1])
        items = [describe(record, asked) for record in page[: asked.limit]]
        has_more = len(page) > asked.limit
        return Listed(items, order.cursor_of(page[asked.limit - 1]) if has_more else "")

    def find_item(asked: Asked, value: str) -> dict[str, Any] | None:
        only_site = Asked(values={}, site=asked.site, within=asked.within)
        record = prepare(records(only_site).filter(**{key: value})).first()
        return None if record is None else describe(record, asked)

    return Resource(path, label, about, name, schema, list_items, find_item, parameters)
