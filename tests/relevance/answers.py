"""What a search engine answers to the judged queries, and how good that is."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from statistics import fmean

from library.models import FilePage
from mrc_portal import search
from mrc_portal.site_search import FACETS
from tests.relevance.demonstration import names_of_works
from tests.relevance.judgments import DEPTH, Judgment
from tests.relevance.measures import ndcg, recall


@dataclass(frozen=True)
class Answer:
    works: tuple[str, ...]  # the first DEPTH, by name
    page: str = ""  # the text of the page that the first work offers
    notes: search.Notes | None = None


Engine = Callable[[Judgment], Answer]


@dataclass(frozen=True)
class Scored:
    """A judgment with an answer. Every figure is from 0 to 1."""

    judgment: Judgment
    answer: Answer

    @property
    def ndcg(self) -> float:
        return ndcg(self.answer.works, self.judgment.grades)

    @property
    def recall(self) -> float:
        return recall(self.answer.works, self.judgment.grades)

    @property
    def first(self) -> float:
        """Whether the first work is one that the reader is looking for."""
        return float(self.answer.works[:1] != () and self.answer.works[0] in self.judgment.wanted)

    @property
    def page(self) -> float | None:
        """Whether the right page of that work is offered; None where no page is the right one."""
        if not self.judgment.page:
            return None
        return float(bool(self.first) and self.judgment.page in self.answer.page)


@dataclass(frozen=True)
class Means:
    queries: int
    ndcg: float
    recall: float
    first: float
    page: float | None


def score(judgments: Iterable[Judgment], engine: Engine) -> list[Scored]:
    return [Scored(judgment, engine(judgment)) for judgment in judgments]


def means(scored: list[Scored]) -> Means:
    pages = [it.page for it in scored if it.page is not None]
    return Means(
        queries=len(scored),
        ndcg=fmean(it.ndcg for it in scored),
        recall=fmean(it.recall for it in scored),
        first=fmean(it.first for it in scored),
        page=fmean(pages) if pages else None,
    )


def site_search() -> Engine:
    """The search of the whole portal, asked as its page asks."""
    names = names_of_works()

    def answer(judgment: Judgment) -> Answer:
        query = search.Query(judgment.text, language=judgment.language, limit=DEPTH, facets=FACETS)
        results = search.search(query)
        return Answer(
            works=tuple(names[hit.key] for hit in results.hits),
            page=_first_page(results.hits[0]) if results.hits else "",
            notes=results.notes,
        )

    return answer


def _first_page(hit: search.Hit) -> str:
    for snippet in hit.snippets:
        if snippet.file and snippet.number:
            page = FilePage.objects.get(file__short_id=snippet.file, number=snippet.number)
            return " ".join(page.text.split())
    return ""
