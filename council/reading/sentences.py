"""The sentences that time columns consist of, and the timelines they mean."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from council.reading.times import Time, Unit, times_at
from council.reading.words import Case, Sort, Token, read_tokens
from council.timelines import Recurrence, Timeline, TimelineKind, TimePrecision

MAX_LENGTH = 300  # characters, as long as the field


def read_timeline(text: str, *, year: int | None = None) -> Timeline | None:
    """What the words say, or None. `year` is assumed where none is printed. Never raises."""
    if len(text) > MAX_LENGTH:
        return None
    try:
        tokens = read_tokens(text)
        told = [token for token in tokens if token.sort != Sort.YEAR_INFERRED]
        timeline = _read(told, year)
    except (ValueError, OverflowError):  # a 31 February, in whichever place
        return None
    if timeline and len(told) < len(tokens):
        return replace(timeline, is_year_inferred=bool(timeline.earliest or timeline.latest))
    return timeline


def _read(tokens: list[Token], year: int | None) -> Timeline | None:
    rates = {token.recurrence for token in tokens if token.recurrence}
    lasting = [token for token in tokens if token.sort in (Sort.PERMANENTLY, Sort.ONWARDS)]
    rest = [token for token in tokens if not token.recurrence and token not in lasting]
    is_after_dash = len(rest) < len(tokens) and bool(rest) and rest[-1].sort == Sort.DASH
    rest = _without_dashes(rest)
    if len(rates) > 1:
        return None
    if rates:
        return _read_recurring(rest, rates.pop(), year, bool(lasting), is_after_dash)
    if lasting:
        return _read_permanent(lasting, rest, year, is_after_dash)
    return _read_bounds(rest, year, (TimelineKind.BY, TimelineKind.RANGE, TimelineKind.WITHIN))


def _without_dashes(tokens: list[Token]) -> list[Token]:
    start, end = 0, len(tokens)
    while start < end and tokens[start].sort == Sort.DASH:
        start += 1
    while start < end and tokens[end - 1].sort == Sort.DASH:
        end -= 1
    return tokens[start:end]


def _read_recurring(
    tokens: list[Token],
    recurrence: Recurrence,
    year: int | None,
    is_permanent: bool,
    is_after_dash: bool,
) -> Timeline | None:
    timeline = Timeline(TimelineKind.RECURRING, recurrence=recurrence)
    if not tokens:
        return timeline
    window = _read_bounds(tokens, year, tuple(TimelineKind))
    if window is None or window.is_year_inferred:  # "every year by 15 May" names no window
        return None
    if is_permanent and window.latest:
        return None
    is_wide = window.kind != TimelineKind.WITHIN or window.precision == TimePrecision.YEAR
    if is_after_dash and not is_wide:  # from May 2013 on, or in that May?
        return None
    return replace(
        timeline,
        earliest=window.earliest,
        latest=window.latest,
        precision=window.precision,
    )


def _read_permanent(
    lasting: list[Token], tokens: list[Token], year: int | None, is_after_dash: bool
) -> Timeline | None:
    if not tokens:
        is_said = any(token.sort == Sort.PERMANENTLY for token in lasting)
        return Timeline(TimelineKind.PERMANENT) if is_said else None
    is_onwards = any(token.sort == Sort.ONWARDS for token in lasting)
    kinds = [TimelineKind.PERMANENT]
    if is_after_dash or is_onwards:
        kinds.append(TimelineKind.WITHIN)  # May 2013 - permanently
    start = _read_bounds(tokens, year, tuple(kinds))
    if start is None:
        return None
    return replace(start, kind=TimelineKind.PERMANENT, latest=None)


@dataclass(frozen=True)
class Bounds:
    """What a sentence says, before its years are known. PERMANENT: a beginning without an end."""

    kind: TimelineKind
    first: Time | None = None
    last: Time | None = None


def _read_bounds(
    tokens: list[Token], year: int | None, kinds: tuple[TimelineKind, ...]
) -> Timeline | None:
    """The first of the readings of all these tokens that is possible."""
    for sentence in (_by, _range, _since, _within):
        for bounds, end in sentence(tokens, 0):
            if end == len(tokens) and bounds.kind in kinds:
                timeline = _dated(bounds, year)
                if timeline:
                    return timeline
    return None


def _dated(bounds: Bounds, year: int | None) -> Timeline | None:
    first, last = _completed(bounds.first, bounds.last)
    times = [time for time in (first, last) if time]
    if any(time.unit == Unit.BARE for time in times):
        return None
    printed = [time.year for time in times if time.year]
    # "From May 2013 to December": the year of the second is understood, though not from afar.
    is_inferred = not printed or bool(
        first and last and first.year and not last.year and not first.is_year_first
    )
    assumed = printed[0] if printed else year
    if assumed is None:
        return None
    spans = [time.days(time.year or assumed) for time in times]
    earliest = spans[0][0] if first else None
    latest = spans[-1][1] if last else None
    if spans[0][0] > spans[-1][0] or spans[0][1] > spans[-1][1]:
        return None
    exactness = list(TimePrecision)
    return Timeline(
        bounds.kind,
        earliest,
        latest,
        min((span[2] for span in spans), key=exactness.index),
        is_year_inferred=is_inferred,
    )


def _completed(first: Time | None, last: Time | None) -> tuple[Time | None, Time | None]:
    """Figures alone get what they lack from the other end: 1–15 May; May 1–15; I–II quarters."""
    if first and last and first.unit == Unit.BARE:
        first = replace(
            last,
            number=first.number,
            year=first.year or last.year,
            is_year_first=first.is_year_first,
        )
    elif first and last and last.unit == Unit.BARE:
        last = replace(
            first,
            number=last.number,
            year=last.year or first.year,
        )
    return first, last


def _is_at(tokens: list[Token], at: int, *sorts: Sort) -> bool:
    return at < len(tokens) and tokens[at].sort in sorts


def _skip(tokens: list[Token], at: int, *sorts: Sort) -> int:
    """Past one such token, if it stands there."""
    return at + 1 if _is_at(tokens, at, *sorts) else at


def _by(tokens: list[Token], at: int) -> Iterator[tuple[Bounds, int]]:
    """By 15 May; до конца 2013 г.; 15-майга чейин; at the end of May; not before …, by …"""
    for first, after in _not_before(tokens, at):
        for last, end in _until(tokens, after):
            yield Bounds(TimelineKind.BY, first, last), end
    for last, end in _until(tokens, at):
        yield Bounds(TimelineKind.BY, last=last), end


def _not_before(tokens: list[Token], at: int) -> Iterator[tuple[Time, int]]:
    if _is_at(tokens, at, Sort.NOT_BEFORE_PRE):
        yield from times_at(tokens, _skip(tokens, at + 1, Sort.BEGINNING))
        return
    for first, end in times_at(tokens, at):
        if first.case == Case.ABLATIVE and _is_at(tokens, end, Sort.NOT_BEFORE_POST):
            yield first, end + 1


def _until(tokens: list[Token], at: int) -> Iterator[tuple[Time, int]]:
    start = _skip(tokens, at, Sort.BY_PRE, Sort.BEFORE_PRE, Sort.TO, Sort.WITHIN_PRE)
    if _is_at(tokens, start, Sort.END):
        if _is_at(tokens, start + 1, Sort.YEAR_WORD):  # the end of the year
            yield Time(Unit.YEAR), start + 2
        yield from times_at(tokens, start + 1)
    elif _is_at(tokens, at, Sort.BY_PRE, Sort.TO):
        yield from times_at(tokens, start)
    elif _is_at(tokens, at, Sort.BEFORE_PRE):
        yield from ((last, end) for last, end in times_at(tokens, start) if last.unit == Unit.DAY)
    elif start == at:
        yield from _until_in_kyrgyz(tokens, at)


def _until_in_kyrgyz(tokens: list[Token], at: int) -> Iterator[tuple[Time, int]]:
    if _is_at(tokens, at, Sort.YEAR_WORD) and _is_at(tokens, at + 1, Sort.END):  # жылдын аягы
        yield Time(Unit.YEAR), _skip(tokens, at + 2, Sort.BY_POST)
    for last, end in times_at(tokens, at):
        is_day_before = last.unit == Unit.DAY and _is_at(tokens, end, Sort.BEFORE_POST)
        if is_day_before or _is_at(tokens, end, Sort.BY_POST):
            yield last, end + 1
        elif _is_at(tokens, end, Sort.END):
            yield last, _skip(tokens, end + 1, Sort.BY_POST)


def _range(tokens: list[Token], at: int) -> Iterator[tuple[Bounds, int]]:
    """С мая по июнь 2013 г.; 2014–2017; between May and June; майдан июнга чейин."""
    start = _skip(tokens, at, Sort.WITHIN_PRE, Sort.WITHIN_PERIOD)
    is_within = _is_at(tokens, at, Sort.WITHIN_PERIOD)
    for first, last, end in _two_times(tokens, start):
        after = _skip(tokens, end, Sort.WITHIN_POST)
        if _is_at(tokens, after, Sort.WITHIN_PERIOD) and not is_within:
            yield Bounds(TimelineKind.WITHIN, first, last), after + 1
        yield Bounds(TimelineKind.WITHIN if is_within else TimelineKind.RANGE, first, last), after


def _two_times(tokens: list[Token], at: int) -> Iterator[tuple[Time, Time, int]]:
    if _is_at(tokens, at, Sort.BETWEEN):
        yield from _pair(tokens, at + 1, Sort.AND)
        return
    if _is_at(tokens, at, Sort.FROM_PRE):
        start = _skip(tokens, at + 1, Sort.BEGINNING)
        yield from _pair(tokens, start, Sort.TO, Sort.BY_PRE, Sort.DASH)
        return
    yield from _pair(tokens, at, Sort.TO, Sort.DASH)
    for first, last, end in _pair(tokens, at, Sort.AND):
        if _is_at(tokens, end, Sort.WITHIN_POST):
            yield first, last, end
    yield from _kyrgyz_pair(tokens, at)


def _pair(tokens: list[Token], at: int, *between: Sort) -> Iterator[tuple[Time, Time, int]]:
    for first, middle in times_at(tokens, at):
        if not _is_at(tokens, middle, *between):
            continue
        after = _skip(tokens, middle + 1, Sort.END)
        for last, end in times_at(tokens, after):
            yield first, last, end


def _kyrgyz_pair(tokens: list[Token], at: int) -> Iterator[tuple[Time, Time, int]]:
    """Майдан июнга чейин: from the ablative to the dative."""
    for first, after in _ablatives(tokens, at):
        middle = _skip(tokens, _skip(tokens, after, Sort.FROM_POST), Sort.DASH)
        for last, end in times_at(tokens, middle):
            closed = _skip(tokens, end, Sort.END)
            if _is_at(tokens, closed, Sort.BY_POST):
                yield first, last, closed + 1


def _ablatives(tokens: list[Token], at: int) -> Iterator[tuple[Time, int]]:
    """From a time on, in Kyrgyz: майдан; майдын башынан."""
    for first, end in times_at(tokens, at):
        if _is_at(tokens, end, Sort.BEGINNING) and tokens[end].case == Case.ABLATIVE:
            yield first, end + 1
        elif first.case == Case.ABLATIVE:
            yield first, end


def _since(tokens: list[Token], at: int) -> Iterator[tuple[Bounds, int]]:
    """С мая 2013 г.; from May 2013; 2013-жылдын майынан баштап."""
    if _is_at(tokens, at, Sort.FROM_PRE):
        for first, end in times_at(tokens, _skip(tokens, at + 1, Sort.BEGINNING)):
            yield Bounds(TimelineKind.PERMANENT, first), end
    for first, end in _ablatives(tokens, at):
        yield Bounds(TimelineKind.PERMANENT, first), _skip(tokens, end, Sort.FROM_POST)


def _within(tokens: list[Token], at: int) -> Iterator[tuple[Bounds, int]]:
    """September 2013; в мае; in 2014; 2014-жыл ичинде."""
    start = _skip(tokens, at, Sort.WITHIN_PRE, Sort.WITHIN_PERIOD)
    for time, end in times_at(tokens, start):
        after = _skip(tokens, end, Sort.WITHIN_POST, Sort.WITHIN_PERIOD)
        if time.case in (None, Case.LOCATIVE) or after > end:
            yield Bounds(TimelineKind.WITHIN, time, time), after
