"""Kinds of documents, and what they are called elsewhere."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import models
from django.utils.translation import gettext_lazy as _


class Kind(models.TextChoices):
    RESEARCH_REPORT = "research_report", _("research report")
    POLICY_BRIEF = "policy_brief", _("policy brief")
    BEST_PRACTICE = "best_practice", _("best practice")
    REVIEW = "review", _("review")
    LEGISLATION = "legislation", _("legislation")
    STATISTICS = "statistics", _("statistics")
    GUIDE = "guide", _("guide or leaflet")
    EVENT_REPORT = "event_report", _("event report")
    LETTER = "letter", _("letter")
    OTHER = "other", _("other document")

    @property
    def elsewhere(self) -> Elsewhere:
        return ELSEWHERE.get(self, A_REPORT)


@dataclass(frozen=True)
class Elsewhere:
    """What formats and standards call a kind: a report, unless it says otherwise."""

    bibtex: str = "techreport"
    ris: str = "RPRT"
    csl: str = "report"
    # https://www.dublincore.org/specifications/dublin-core/dcmi-terms/#section-7
    dcmi: str = "Text"
    schema_org: str = "Report"
    # Whether GOST names it after the title; of some kinds that says less than the title does.
    is_named: bool = True
    # What it is in lists that are imported: by the types of RIS, BibTeX and CSL, and by the
    # vocabularies that repositories use (COAR, DCMI, DRIVER, MARC). In small letters.
    known_as: tuple[str, ...] = ()

    @property
    def is_report(self) -> bool:
        """Has an institution that issued it where other works have a publisher."""
        return self.ris == A_REPORT.ris


A_REPORT = Elsewhere()

# A published letter is no "personal_communication" of CSL: styles leave those out of lists.
ELSEWHERE = {
    Kind.RESEARCH_REPORT: Elsewhere(
        known_as=(
            "rprt",
            "report",
            "techreport",
            "research report",
            "technical report",
            "working paper",
        )
    ),
    Kind.POLICY_BRIEF: Elsewhere(known_as=("policy report",)),
    Kind.REVIEW: Elsewhere(
        schema_org="ScholarlyArticle", known_as=("review", "review-book", "book review")
    ),
    Kind.LEGISLATION: Elsewhere(
        bibtex="legislation",
        ris="STAT",
        csl="legislation",
        schema_org="Legislation",
        is_named=False,
        known_as=(
            "bill",
            "stat",
            "legis",
            "legislation",
            "statute",
            "treaty",
            "hear",
            "regulation",
            "law",
        ),
    ),
    Kind.STATISTICS: Elsewhere(dcmi="Dataset", known_as=("data", "dataset", "aggr", "statistics")),
    Kind.GUIDE: Elsewhere(
        schema_org="CreativeWork",
        is_named=False,
        known_as=("pamp", "pamphlet", "booklet", "manual", "guide", "handbook"),
    ),
    Kind.EVENT_REPORT: Elsewhere(known_as=("conference report",)),
    Kind.LETTER: Elsewhere(
        bibtex="letter",
        ris="PCOMM",
        csl="document",
        schema_org="CreativeWork",
        known_as=("pcomm", "personal communication", "letter"),
    ),
    Kind.OTHER: Elsewhere(
        bibtex="misc", ris="GEN", csl="document", schema_org="CreativeWork", is_named=False
    ),
}


def kind_known_as(word: str) -> Kind | None:
    """The kind that a list or a repository means by this word, in whatever letters."""
    return _BY_WORD.get(word.replace("_", " ").strip().casefold())


_BY_WORD = {word: kind for kind, it in ELSEWHERE.items() for word in it.known_as}
