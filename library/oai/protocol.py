"""What harvesters ask, checked as the protocol wants it: verbs, arguments, tokens.

Open Archives Initiative Protocol for Metadata Harvesting 2.0,
http://www.openarchives.org/OAI/openarchivesprotocol.html; numbers of sections are of that text."""

from __future__ import annotations

import json
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from django.http import HttpRequest

from mrc_portal.prose import printable


@dataclass(frozen=True)
class OaiError(Exception):
    """An answer of section 3.6."""

    code: str
    message: str

    @property
    def hides_arguments(self) -> bool:
        """3.2: what was not understood is not repeated."""
        return self.code in ("badVerb", "badArgument")


def bad_argument(message: str) -> OaiError:
    return OaiError("badArgument", message)


def bad_token() -> OaiError:
    return OaiError("badResumptionToken", "This resumptionToken is not valid, or not any more.")


@dataclass(frozen=True)
class Verb:
    required: frozenset[str] = frozenset()
    optional: frozenset[str] = frozenset()
    has_token: bool = False  # resumptionToken, which then stands alone


_list = Verb(frozenset({"metadataPrefix"}), frozenset({"from", "until", "set"}), has_token=True)
VERBS = {
    "Identify": Verb(),
    "ListMetadataFormats": Verb(optional=frozenset({"identifier"})),
    "ListSets": Verb(has_token=True),
    "GetRecord": Verb(required=frozenset({"identifier", "metadataPrefix"})),
    "ListIdentifiers": _list,
    "ListRecords": _list,
}

# As the schema of answers has them, in which they are repeated.
PATTERNS = {
    "metadataPrefix": re.compile(r"[A-Za-z0-9\-_.!~*'()]+"),
    "set": re.compile(r"[A-Za-z0-9\-_.!~*'()]+(:[A-Za-z0-9\-_.!~*'()]+)*"),
    "identifier": re.compile(r"[A-Za-z0-9\-._~:/?#@!$&'()*+,;=%]+"),
}
DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
END_OF_TIME = datetime.max.replace(tzinfo=UTC)
SECOND = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z")


def utc_second(moment: datetime) -> str:
    """3.3: UTC, to the second."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def read_arguments(request: HttpRequest) -> dict[str, str]:
    """The arguments of a GET or POST request (3.1.1), each once. Raises OaiError."""
    arguments: dict[str, str] = {}
    verbs = [*request.GET.getlist("verb"), *request.POST.getlist("verb")]
    if len(verbs) != 1 or verbs[0] not in VERBS:
        raise OaiError("badVerb", f"Exactly one verb is needed, one of: {', '.join(VERBS)}.")
    for values in (request.GET, request.POST):
        for name, found in values.lists():
            if len(found) != 1 or name in arguments:
                raise bad_argument("An argument is given more than once.")
            arguments[name] = found[0]
    verb = VERBS[arguments["verb"]]
    given = set(arguments) - {"verb"}
    if verb.has_token and "resumptionToken" in given:
        if len(given) > 1:
            raise bad_argument("resumptionToken stands alone beside the verb.")
        if arguments["resumptionToken"] != printable(arguments["resumptionToken"]):
            raise bad_argument("resumptionToken has letters that it cannot have.")
        return arguments
    if given - verb.required - verb.optional:
        raise bad_argument(f"{arguments['verb']} does not take all of these arguments.")
    if missing := sorted(verb.required - given):
        raise bad_argument(f"Missing: {', '.join(missing)}.")
    for name, pattern in PATTERNS.items():
        if name in arguments and not pattern.fullmatch(arguments[name]):
            raise bad_argument(f"This is not a {name}.")
    return arguments


@dataclass(frozen=True)
class Selection:
    """What a list is to hold, and how much of it has been told already."""

    verb: str
    prefix: str
    set_spec: str = ""
    earliest: datetime | None = None
    before: datetime | None = None  # the first moment that is too late
    after: tuple[datetime, int] | None = field(default=None)  # the last item told: its order
    told: int = 0
    size: int = 0  # of the whole list when it was begun

    @property
    def token(self) -> str:
        """All of this, for the harvester to bring along (3.5); nothing of it is kept here."""
        state = [
            self.verb,
            self.prefix,
            self.set_spec,
            _microseconds(self.earliest),
            _microseconds(self.before),
            _microseconds(self.after[0]) if self.after else None,
            self.after[1] if self.after else None,
            self.told,
            self.size,
        ]
        text = json.dumps(state, separators=(",", ":"))
        return urlsafe_b64encode(text.encode()).decode().rstrip("=")


def new_selection(arguments: dict[str, str]) -> Selection:
    """Raises OaiError: both ends are to the day or both to the second, in this order (2.7.1)."""
    first, last = arguments.get("from"), arguments.get("until")
    if first and last and len(first) != len(last):
        raise bad_argument("from and until differ in granularity.")
    earliest, _end = _moments(first) if first is not None else (None, None)
    start, before = _moments(last) if last is not None else (None, None)
    if earliest and start and start < earliest:
        raise bad_argument("until lies before from.")
    return Selection(
        verb=arguments["verb"],
        prefix=arguments["metadataPrefix"],
        set_spec=arguments.get("set", ""),
        earliest=earliest,
        before=before,
    )


def _moments(text: str) -> tuple[datetime, datetime]:
    """The first moment of a day or of a second, and the first after it."""
    length = timedelta(days=1) if DAY.fullmatch(text) else timedelta(seconds=1)
    try:
        if not DAY.fullmatch(text) and not SECOND.fullmatch(text):
            raise ValueError
        start = datetime.fromisoformat(text.removesuffix("Z")).replace(tzinfo=UTC)
    except ValueError:
        raise bad_argument("A date is written 2013-05-20 or 2013-05-20T08:30:00Z.") from None
    return start, start + min(length, END_OF_TIME - start)


def read_token(token: str, verb: str) -> Selection:
    """Raises OaiError if it is none of ours, or not of this verb."""
    try:
        text = urlsafe_b64decode(token + "=" * (-len(token) % 4)).decode()
        of_verb, prefix, set_spec, earliest, before, moment, pk, told, size = json.loads(text)
        numbers = [told, size, *([pk] if pk is not None else [])]
        is_sound = (
            all(isinstance(it, str) for it in (of_verb, prefix, set_spec))
            and all(type(it) is int and 0 <= it < 2**63 for it in numbers)
            and (moment is None) == (pk is None)
        )
        selection = Selection(
            of_verb,
            prefix,
            set_spec,
            _moment(earliest),
            _moment(before),
            None if moment is None else (_read_moment(moment), pk),
            told,
            size,
        )
    except (ValueError, TypeError, OverflowError, RecursionError):
        raise bad_token() from None
    if not is_sound or of_verb != verb or selection.token != token:
        raise bad_token()
    return selection


EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def _microseconds(moment: datetime | None) -> int | None:
    return None if moment is None else (moment - EPOCH) // timedelta(microseconds=1)


def _moment(microseconds: Any) -> datetime | None:
    return None if microseconds is None else _read_moment(microseconds)


def _read_moment(microseconds: Any) -> datetime:
    """Raises ValueError, TypeError or OverflowError for what is no moment."""
    if type(microseconds) is not int:
        raise TypeError
    return EPOCH + timedelta(microseconds=microseconds)
