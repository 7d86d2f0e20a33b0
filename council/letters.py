"""What the page of a letter tells beyond its own row, in few queries."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Count

from council.models import Letter, LetterVersion, Signatory, SignatoryState
from council.paging import Leaf, cut
from mrc_portal.languages import LanguageVersion, Wording, best_language, is_worded, localized

SIGNATORIES_PER_PAGE = 50


@dataclass(frozen=True)
class Texts:
    """The versions of a letter, the final one first, and the one that is to be read."""

    versions: list[LetterVersion]
    shown: LetterVersion | None
    text: Wording  # of the shown one; empty if nobody has it

    @property
    def is_lost(self) -> bool:
        """There was a text, and we do not have it in any language."""
        return self.shown is not None and not is_worded(self.shown, "text")


def read_texts(version: LanguageVersion, wanted: str) -> Texts:
    """The final text, else the latest; or the version whose number an address asks for."""
    rows = LetterVersion.objects.filter(letter_id=version.record.pk)
    versions = sorted(rows, key=lambda row: (not row.is_final, -row.number))
    asked_for = (row for row in versions if str(row.number) == wanted)
    shown = next(asked_for, versions[0] if versions else None)
    text = _nearest_text(version, shown) if shown else Wording("", version.language)
    return Texts(versions, shown, text)


def _nearest_text(version: LanguageVersion, row: LetterVersion) -> Wording:
    """A letter was perhaps written in one language alone: readers of every other get that one, as
    far as it is public."""
    languages = {version.language, *version.record.ready_languages}
    texts = {code: text for code in languages if (text := getattr(row, localized("text", code)))}
    language = best_language(version.language, texts, version.record.original_language)
    return Wording(texts[language], language) if language else Wording("", version.language)


@dataclass(frozen=True)
class Signatories:
    """Everybody is counted; only those are named who may be."""

    counts: list[tuple[SignatoryState, int]]
    at_the_head: list[Signatory]
    named: Leaf

    @property
    def total(self) -> int:
        return sum(count for _state, count in self.counts)

    @property
    def named_at_the_head(self) -> list[Signatory]:
        return [signatory for signatory in self.at_the_head if signatory.is_named]


def read_signatories(letter: Letter, page: int) -> Signatories:
    """A page beyond the last is the last."""
    signatories = Signatory.objects.filter(letter=letter)
    counted = signatories.order_by().values_list("state").annotate(number=Count("pk"))
    counts: dict[str, int] = dict(counted)
    rows = signatories.select_related("person", "organisation")
    return Signatories(
        counts=[(state, counts[state]) for state in SignatoryState if state in counts],
        at_the_head=list(rows.at_the_head()),
        named=cut(rows.named(), SIGNATORIES_PER_PAGE, page),
    )
