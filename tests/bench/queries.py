"""What is asked of the server: the addresses of pages, and searches of every kind."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from itertools import cycle, islice, pairwise, repeat
from random import Random
from urllib.parse import urlencode

from tests.bench.texts import LANGUAGES, SUBJECTS, page_text, random_for, writer

YEARS = range(2005, 2026)
COUNTRY_CODES = ["KG", "RU", "KZ", "PH", "LK", "MX", "MD", "ID", "BD", "NP", "KR", "DE", "PT", "TR"]
COMMON = slice(10, 400)  # places in the order of frequency
MIDDLING = slice(200, 3_000)
RARE = slice(10_000, 20_000)
SHORTEST_WORD = 5  # letters; shorter ones are mostly those that hold a sentence together
LINES_ON_A_PAGE = 20  # of the plain page
# A centre holds a tenth as many events as it has documents, and tells the press of each.
DOCUMENTS_FOR_AN_EVENT = 10
FIRST_PAGES = 50  # of a list: hardly anybody goes further
PLAN_SLUG = "generated-plan"
PLAN_ROWS = 200
PLAN_PAGES = 10  # of its table


@dataclass(frozen=True)
class Search:
    """One question, as a reader puts it."""

    text: str = ""
    language: str = "ru"  # the reader's
    filters: dict[str, tuple[str, ...]] = field(default_factory=dict)
    page: int = 1
    sort: str = "relevance"

    @property
    def address(self) -> str:
        pairs = [("q", self.text)] if self.text else []
        pairs += [(name, value) for name, values in self.filters.items() for value in values]
        pairs += [("page", str(self.page))] if self.page > 1 else []
        pairs += [("sort", self.sort)] if self.sort != "relevance" else []
        query = f"?{urlencode(pairs)}" if pairs else ""
        return f"/{self.language}/library/{query}"


def slug_of(number: int) -> str:
    return f"generated-document-{number:05}"


def event_slug(number: int) -> str:
    return f"generated-event-{number:05}"


def release_slug(number: int) -> str:
    return f"generated-release-{number:05}"


def row_id(number: int) -> str:
    return f"row{number:04}"


def topic_slug(root: int, place: int | None = None) -> str:
    return f"topic-{root}" if place is None else f"topic-{root}-{place}"


# Searches


def searches(kind: str, limit: int) -> list[Search]:
    """So many different searches of a kind; the same ones each time."""
    random = random_for("searches", kind)
    found: dict[str, Search] = {}
    for search in islice(_endless(SEARCHES[kind], random), limit * 20):
        found.setdefault(search.address, search)
        if len(found) == limit:
            break
    return list(found.values())


def mixed_searches(limit: int) -> list[Search]:
    """Different searches with words, of every kind in turn, by readers of Russian."""
    kinds = [kind for kind in SEARCHES if kind != BROWSE]
    by_kind = [searches(kind, limit // len(kinds) + 1) for kind in kinds]
    mixed = [search for same_place in zip(*by_kind, strict=True) for search in same_place]
    return [replace(search, language="ru") for search in mixed[:limit]]


def _endless(make: Callable[[Random], Search], random: Random) -> Iterator[Search]:
    while True:
        yield make(random)


def _word(random: Random, language: str, places: slice) -> str:
    words = [word for word in writer(language).words[places] if len(word) >= SHORTEST_WORD]
    return random.choice(words)


def _common(language: str) -> Callable[[Random], Search]:
    return lambda random: Search(_word(random, language, COMMON), language)


def _rare(random: Random) -> Search:
    language = random.choice(LANGUAGES)
    return Search(_word(random, language, RARE), language)


def _two_words(random: Random) -> Search:
    language = random.choice(LANGUAGES)
    subject = random.choice(SUBJECTS[language])
    return Search(f"{subject} {_word(random, language, MIDDLING)}", language)


def _phrase(random: Random) -> Search:
    """Two frequent words that stand side by side on some page."""
    language = random.choice(LANGUAGES)
    frequent = set(writer(language).words[: COMMON.stop])
    while True:
        text = page_text(slug_of(random.randrange(100)), language, 1).replace(".", "").lower()
        words = text.split()
        for first, second in pairwise(words):
            if {first, second} <= frequent and len(first + second) >= 2 * SHORTEST_WORD:
                return Search(f'"{first} {second}"', language)


def _beginning(random: Random) -> Search:
    language = random.choice(LANGUAGES)
    return Search(f"{_word(random, language, MIDDLING)[:4]}*", language)


def _misspelt(random: Random) -> Search:
    language = random.choice(LANGUAGES)
    word = _word(random, language, MIDDLING)
    place = random.randrange(1, len(word) - 1)
    return Search(f"{word[:place]}{word[place]}{word[place:]}", language)


def _filtered(random: Random) -> Search:
    search = _common(random.choice(LANGUAGES))(random)
    return Search(search.text, search.language, _some_filters(random))


def _browse(random: Random) -> Search:
    filters = _some_filters(random) if random.random() < 0.5 else {}
    page = 1 if filters else random.randint(1, FIRST_PAGES)
    sort = random.choice(["relevance", "oldest", "title"])
    return Search("", random.choice(LANGUAGES), filters, page, sort)


def _some_filters(random: Random) -> dict[str, tuple[str, ...]]:
    choices = {
        "kind": ["research_report", "policy_brief", "event_report", "legislation", "statistics"],
        "topic": [topic_slug(root) for root in range(6)],
        "country": COUNTRY_CODES[:8],
        "year": [str(year) for year in YEARS],
        "language": list(LANGUAGES),
    }
    names = random.sample(sorted(choices), random.randint(1, 2))
    return {name: (random.choice(choices[name]),) for name in names}


BROWSE = "nothing typed"
SEARCHES: dict[str, Callable[[Random], Search]] = {
    "common word, Russian": _common("ru"),
    "common word, Kyrgyz": _common("ky"),
    "common word, English": _common("en"),
    "rare word": _rare,
    "two words": _two_words,
    "phrase": _phrase,
    "beginning*": _beginning,
    "misspelt word": _misspelt,
    "word and filters": _filtered,
    BROWSE: _browse,
}


# Addresses of pages: always another one, for as long as there are any


def never_again(addresses: Iterator[str]) -> Iterator[str]:
    """What a stray link adds makes each another one, of which no page is kept."""
    for number, address in enumerate(addresses):
        yield f"{address}{'&' if '?' in address else '?'}from={number}"


def home_addresses() -> Iterator[str]:
    return repeat("/ru/")


def list_addresses() -> Iterator[str]:
    lists = [replace(search, language="ru").address for search in searches(BROWSE, 800)]
    return cycle(dict.fromkeys(lists))


def search_addresses() -> Iterator[str]:
    return cycle([search.address for search in mixed_searches(800)])


def common_search_addresses() -> Iterator[str]:
    """Frequent words of Russian, which fill a page of results."""
    return cycle([search.address for search in searches("common word, Russian", 300)])


def document_addresses(documents: int) -> Iterator[str]:
    return (f"/ru/library/{slug_of(number)}/" for number in cycle(range(documents)))


def event_addresses(events: int) -> Iterator[str]:
    return (f"/ru/events/{event_slug(number)}/" for number in cycle(range(events)))


def event_list_addresses() -> Iterator[str]:
    """Every year by itself, and the pages of all."""
    years = [f"/ru/events/?when=past&year={year}" for year in YEARS]
    pages = [f"/ru/events/?when=past&page={page}" for page in range(1, FIRST_PAGES)]
    return cycle([*years, *pages])


def release_addresses(releases: int) -> Iterator[str]:
    return (f"/ru/press/{release_slug(number)}/" for number in cycle(range(releases)))


def plan_addresses() -> Iterator[str]:
    return repeat(f"/ru/plan/{PLAN_SLUG}/")


def plan_table_addresses() -> Iterator[str]:
    """Every page of all rows, and the rows in each state."""
    pages = [f"/ru/plan/{PLAN_SLUG}/table/?page={page}" for page in range(1, PLAN_PAGES + 1)]
    states = ("overdue", "unreported", "due_soon", "on_time", "done_on_time", "done_late", "stale")
    return cycle([*pages, *(f"/ru/plan/{PLAN_SLUG}/table/?state={state}" for state in states)])


def plan_row_addresses() -> Iterator[str]:
    return (f"/ru/plan/{PLAN_SLUG}/rows/{row_id(number)}/" for number in cycle(range(PLAN_ROWS)))


def plan_timeline_addresses() -> Iterator[str]:
    return repeat(f"/ru/plan/{PLAN_SLUG}/timeline/")


def site_search_addresses() -> Iterator[str]:
    """The same words as in the library's list, in the search of the whole portal."""
    found = [search.address for search in mixed_searches(800)]
    return cycle([address.replace("/library/", "/search/") for address in found])


def plain_addresses(shelves: int) -> Iterator[str]:
    return (f"/bench/plain/{shelf}" for shelf in cycle(range(shelves)))
