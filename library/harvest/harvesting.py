"""Takes the records of an OAI-PMH source over page by page, and goes on where it was broken off."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from django.db import transaction

from library.formats import dublin_core, mods
from library.harvest.answers import (
    Page,
    SourceError,
    formats_of,
    is_to_the_second,
    parse,
    read_page,
)
from library.harvest.drafts import Drafts, Outcome
from library.harvest.fetching import Fetcher
from library.models import HarvestSource

READABLE = (mods.NAMESPACE, dublin_core.NAMESPACE)  # the richest first


@dataclass
class Harvest:
    """One run. `limit` is the most records to take, 0 for all of them."""

    url: str
    fetcher: Fetcher
    set_spec: str = ""
    since: str = ""
    metadata_prefix: str = ""
    limit: int = 0
    tell: Callable[[str], None] = lambda _line: None

    def run(self) -> Counter[Outcome]:
        """What became of the records. Raises FetchFailed or SourceError; whatever was taken until
        then is kept, and the next run goes on from there."""
        is_to_second = is_to_the_second(parse(self._ask("Identify")))
        source = HarvestSource.objects.get_or_create(
            url=self.url, set_spec=self.set_spec, metadata_prefix=self._choose_format()
        )[0]
        if self.since:
            source.resumption_token = ""
        outcomes: Counter[Outcome] = Counter()
        drafts = Drafts(self.url)
        if source.resumption_token:
            self.tell(f"goes on with a harvest begun at {source.begun_at}")
        while True:
            page = self._next_page(source, is_to_second)
            if page is None:
                break
            if page.token and page.token == source.resumption_token:
                raise SourceError("the source gives the same page again and again")
            with transaction.atomic():
                taken = self._take(page, drafts, outcomes)
                if taken == len(page.records):
                    source.resumption_token = page.token
                source.save()
            self.tell(f"{outcomes.total()} records")
            if taken < len(page.records) or (page.token and self._is_enough(outcomes)):
                return outcomes  # the rest is for the next run
            if not page.token:
                break
        self._finish(source)
        return outcomes

    def _ask(self, verb: str, **arguments: str) -> bytes:
        return self.fetcher.get(self.url, {"verb": verb} | arguments)

    def _choose_format(self) -> str:
        offered = formats_of(parse(self._ask("ListMetadataFormats")))
        if self.metadata_prefix:
            if offered.get(self.metadata_prefix) not in READABLE:
                names = ", ".join(sorted(offered))
                raise SourceError(f"{self.metadata_prefix} cannot be read; there are: {names}")
            return self.metadata_prefix
        for namespace in READABLE:
            for prefix, of_prefix in offered.items():
                if of_prefix == namespace:
                    return prefix
        raise SourceError("the source offers neither MODS nor Dublin Core")

    def _next_page(self, source: HarvestSource, is_to_second: bool) -> Page | None:
        """None if there is nothing new."""
        if source.resumption_token:
            try:
                return self._page(resumptionToken=source.resumption_token)
            except SourceError as error:
                if error.code == "noRecordsMatch":
                    return None  # what was left of the list is not there any more
                if error.code != "badResumptionToken":
                    raise
                self.tell("the source has forgotten where we were: once more from the start")
        length = 20 if is_to_second else 10
        source.resumption_token = ""
        source.begun_from = (self.since or source.complete_until)[:length]
        if is_to_second and len(source.begun_from) == 10:
            source.begun_from += "T00:00:00Z"
        arguments = {
            "metadataPrefix": source.metadata_prefix,
            "set": source.set_spec,
            "from": source.begun_from,
        }
        try:
            page = self._page(**{name: value for name, value in arguments.items() if value})
        except SourceError as error:
            if error.code != "noRecordsMatch":
                raise
            return None
        source.begun_at = page.response_date[:length]
        return page

    def _page(self, **arguments: str) -> Page:
        return read_page(parse(self._ask("ListRecords", **arguments)))

    def _take(self, page: Page, drafts: Drafts, outcomes: Counter[Outcome]) -> int:
        for number, record in enumerate(page.records):
            if self._is_enough(outcomes):
                return number
            outcome = drafts.take(record)
            outcomes[outcome] += 1
            if outcome in (Outcome.KEPT, Outcome.SKIPPED, Outcome.DELETED):
                self.tell(f"{outcome}: {record.identifier}")
        return len(page.records)

    def _is_enough(self, outcomes: Counter[Outcome]) -> bool:
        """Records that a run before has taken do not count: each run gets further."""
        new = outcomes.total() - outcomes[Outcome.UNCHANGED]
        return bool(self.limit) and new >= self.limit

    def _finish(self, source: HarvestSource) -> None:
        """Remember how far we are complete. A run that began later than that leaves a gap, which
        the next run must still fill."""
        is_without_gap = not source.complete_until or source.begun_from <= source.complete_until
        if source.begun_at and is_without_gap:
            source.complete_until = source.begun_at
        source.resumption_token = source.begun_at = source.begun_from = ""
        source.save()
