"""The figures as tables for a terminal, and one query explained."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from mrc_portal import search
from mrc_portal.languages import LANGUAGE_CODES
from tests.relevance.answers import Means, Scored, means
from tests.relevance.judgments import DEPTH, KINDS, Judgment

HEADING = f"""\
nDCG   normalised discounted cumulative gain at {DEPTH}
recall share of the relevant works among the first {DEPTH}
first  a work that the reader is looking for comes first
page   and it offers the right page, where one page is the right one
PG     PostgreSQL full text search over the same works; +/- is ours less PostgreSQL's"""


def describe_queries(ours: Sequence[Scored], others: Sequence[Scored] | None) -> str:
    lines = [f"{'':>4} {'':2} {'':14} {'nDCG':>5} {'recall':>6} first page"]
    if others is not None:
        lines[0] += f"  {'PG nDCG':>7} {'+/-':>6} {'recall':>6} {'+/-':>6}"
    for number, scored in enumerate(ours, start=1):
        judgment = scored.judgment
        line = (
            f"{number:>4} {judgment.language} {judgment.kind:14} {scored.ndcg:5.3f}"
            f" {scored.recall:6.3f} {_tick(scored.first):>5} {_tick(scored.page):>4}"
        )
        if others is not None:
            line += _compared(scored, others[number - 1])
        lines.append(f"{line}  {judgment.text}")
    return "\n".join(lines)


def describe_means(ours: Sequence[Scored], others: Sequence[Scored] | None) -> str:
    title = f"{'':17} {'queries':>7} {'nDCG':>5} {'recall':>6} {'first':>5} {'page':>5}"
    if others is not None:
        title += f"  {'PG nDCG':>7} {'+/-':>6} {'recall':>6} {'+/-':>6}"
    lines = [title]
    for name, selected in _selections():
        mean = means([it for it in ours if selected(it.judgment)])
        page = "" if mean.page is None else f"{mean.page:.3f}"
        line = (
            f"{name:17} {mean.queries:>7} {mean.ndcg:5.3f} {mean.recall:6.3f}"
            f" {mean.first:5.3f} {page:>5}"
        )
        if others is not None:
            line += _compared(mean, means([it for it in others if selected(it.judgment)]))
        lines.append(line)
    return "\n".join(lines)


def _selections() -> Iterator[tuple[str, Callable[[Judgment], bool]]]:
    for code in LANGUAGE_CODES:
        yield f"language {code}", lambda it, code=code: it.language == code  # type: ignore[misc]
    for kind in KINDS:
        yield kind, lambda it, kind=kind: it.kind == kind  # type: ignore[misc]
    yield "all", lambda it: True


def _compared(ours: Scored | Means, other: Scored | Means) -> str:
    return (
        f"  {other.ndcg:7.3f} {ours.ndcg - other.ndcg:+6.3f}"
        f" {other.recall:6.3f} {ours.recall - other.recall:+6.3f}"
    )


def _tick(share: float | None) -> str:
    return "" if share is None else "yes" if share else "no"


def explain(scored: Scored) -> str:
    """One query with all that was found, in order, and all that was not."""
    judgment, answer = scored.judgment, scored.answer
    lines = [
        f"{judgment.text}   ({judgment.language}, {judgment.kind}: {KINDS[judgment.kind]})",
        f"nDCG {scored.ndcg:.3f}, recall {scored.recall:.3f}",
        *_notes(answer.notes),
    ]
    for rank, work in enumerate(answer.works, start=1):
        lines.append(f"{rank:>3} {_stars(judgment, work):2} {work}")
    missing = [work for work in judgment.grades if work not in answer.works]
    lines += [f" no {_stars(judgment, work):2} {work}" for work in missing]
    if judgment.page and answer.notes is not None:
        offered = (
            "the right page" if scored.page else f"{answer.page[:300]}…" if answer.page else ""
        )
        lines += [f"to be offered: {judgment.page}", f"is offered: {offered or 'no page'}"]
    return "\n".join(lines)


def _stars(judgment: Judgment, work: str) -> str:
    return "*" * judgment.grades.get(work, 0)


def _notes(notes: search.Notes | None) -> Iterator[str]:
    if notes is None:
        return
    for replaced in notes.fuzzy:
        yield f"instead of {replaced.typed}: {replaced.used}"
    for addition in notes.added:
        names = ", ".join(f"{name} ({language})" for language, name in addition.names)
        yield f"beside {addition.typed}: {names}"
    if notes.did_you_mean:
        yield f"did you mean: {notes.did_you_mean}"
