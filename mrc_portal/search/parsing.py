"""What a person typed, taken apart: words, "phrases", prefix*, title:word, -minus before any."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import NamedTuple

from mrc_portal.search import analysis

MAX_CHARACTERS = 200
MAX_WORDS = 12
MIN_PREFIX_LENGTH = 2

# A group is a term of several words that the glossary knows: all of them, best in a row.
WORD, PHRASE, PREFIX, GROUP = "word", "phrase", "prefix", "group"

# Where a word is to stand, as people may write it; the names are those of the index's fields.
FIELDS = {
    **dict.fromkeys(("title", "название", "заголовок", "аталышы"), "title"),
    **dict.fromkeys(("author", "автор"), "names"),
}
_FIELD = rf"(?:(?P<field>{'|'.join(FIELDS)}):(?=[\w\"]))?"
_CHUNK = re.compile(
    rf'(?P<minus>[-−](?=\S))?{_FIELD}(?:"(?P<phrase>[^"]*)"(?P<glued>\S*)|(?P<plain>\S+))',
    re.IGNORECASE,
)
_QUOTES = str.maketrans(dict.fromkeys("“”„‟«»″", '"'))
# What joins the parts of one word, as in уй-бүлө and d’Ivoire, or of one number: 18/2017, 10,000.
_WORD_JOINT = re.compile(r"[-‐‑'’ʼ]")
_NUMBER_JOINT = re.compile(r"[-‐‑/.,]")
_POSSESSIVE = re.compile(r"(?<=[A-Za-z])['’ʼ]s\b")


class Alternative(NamedTuple):
    """Another name of what was typed, in a row wherever it stands."""

    stems: tuple[str, ...]
    is_marked: bool = False  # the index has it marked as one word: phrases.py


@dataclass(frozen=True)
class Clause:
    """One thing to look for. Words are in their exact form; a word and a prefix have only one."""

    kind: str
    words: tuple[str, ...]
    is_excluded: bool = False
    is_optional: bool = False  # raises the rank of what has it, but need not be there
    field: str = ""  # where it must stand; empty for anywhere
    alternatives: tuple[Alternative, ...] = ()  # found as well, below the words themselves


@dataclass(frozen=True)
class Parsed:
    clauses: tuple[Clause, ...]
    is_shortened: bool
    is_blank: bool  # nothing at all was typed

    @property
    def required(self) -> list[Clause]:
        return [it for it in self.clauses if not it.is_excluded and not it.is_optional]

    @property
    def in_order(self) -> tuple[str, ...]:
        """The plain words as they were typed, with the stop words between them."""
        return tuple(
            it.words[0]
            for it in self.clauses
            if it.kind == WORD and not it.is_excluded and not it.field
        )

    @property
    def optional(self) -> list[Clause]:
        return [it for it in self.clauses if not it.is_excluded and it.is_optional]

    @property
    def excluded(self) -> list[Clause]:
        return [it for it in self.clauses if it.is_excluded]


def parse(text: str) -> Parsed:
    """Take any text apart; whatever is no syntax is literal, and nothing is an error."""
    typed = analysis.clean(text[: MAX_CHARACTERS * 10])
    shortened = _first_characters(typed)
    is_shortened = shortened != typed or len(text) > MAX_CHARACTERS * 10

    clauses: list[Clause] = []
    for match in _CHUNK.finditer(shortened.translate(_QUOTES)):
        clauses += _clauses_of(match)
    different = list(dict.fromkeys(clauses))
    kept = _first_words(different)
    return Parsed(
        _with_optional_stop_words(kept), is_shortened or kept != different, is_blank=not typed
    )


def _first_characters(typed: str) -> str:
    """As many whole words as MAX_CHARACTERS allows; of one long word, its beginning."""
    if len(typed) <= MAX_CHARACTERS:
        return typed
    return typed[: MAX_CHARACTERS + 1].rpartition(" ")[0] or typed[:MAX_CHARACTERS]


def _first_words(clauses: list[Clause]) -> list[Clause]:
    """Keep as many clauses as MAX_WORDS allows; a phrase may lose its end."""
    kept: list[Clause] = []
    room = MAX_WORDS
    for clause in clauses:
        kept.append(replace(clause, words=clause.words[:room]))
        if not clause.is_optional:
            room -= len(clause.words)
        if room <= 0:
            break
    return kept


def _clauses_of(chunk: re.Match[str]) -> list[Clause]:
    is_excluded = chunk["minus"] is not None
    field = FIELDS[chunk["field"].lower()] if chunk["field"] else ""
    if chunk["phrase"] is not None:
        phrase = _words(chunk["phrase"])
        clauses = [Clause(PHRASE, phrase, is_excluded)] if phrase else []
        for glued in chunk["glued"].split('"'):
            clauses += _literal(glued, is_excluded)
    else:
        clauses = _literal(chunk["plain"], is_excluded)
    return [replace(it, field=field) for it in clauses] if field else clauses


def _literal(text: str, is_excluded: bool) -> list[Clause]:
    """The clauses of text without blanks: its words, and those that belong together as a phrase."""
    clauses: list[Clause] = []
    text = _POSSESSIVE.sub("", text)
    for compound in _compounds(text):
        if is_excluded and len(compound) > 1:
            clauses.append(Clause(PHRASE, compound, is_excluded))
        elif len(compound) > 1 and all(word.isdecimal() for word in compound):
            clauses.append(Clause(PHRASE, compound))
        else:
            clauses += [Clause(WORD, (word,), is_excluded) for word in compound]
            if len(compound) > 1:
                clauses.append(Clause(PHRASE, compound, is_optional=True))
    ends_in_star = len(text) > 1 and text[-1] == "*" and text[-2].isalnum()
    if ends_in_star and clauses and clauses[-1].kind == WORD:
        (last,) = clauses[-1].words
        if len(last) >= MIN_PREFIX_LENGTH:
            clauses[-1] = Clause(PREFIX, (last,), is_excluded)
    return clauses


def _compounds(text: str) -> list[tuple[str, ...]]:
    compounds: list[list[str]] = []
    end = None
    for match in analysis.WORD.finditer(text):
        word = analysis.exact_form(match[0])
        joint = text[end : match.start()] if end is not None else ""
        is_number = word.isdecimal() and bool(compounds) and compounds[-1][-1].isdecimal()
        if _WORD_JOINT.fullmatch(joint) or (is_number and _NUMBER_JOINT.fullmatch(joint)):
            compounds[-1].append(word)
        else:
            compounds.append([word])
        end = match.end()
    return [tuple(compound) for compound in compounds]


def _words(text: str) -> tuple[str, ...]:
    return tuple(analysis.exact_form(match[0]) for match in analysis.WORD.finditer(text))


def _with_optional_stop_words(clauses: list[Clause]) -> tuple[Clause, ...]:
    """Make stop words optional, unless there is nothing else to look for."""
    required = [it for it in clauses if not it.is_excluded and not it.is_optional]
    if all(_is_stop_word(clause) for clause in required):
        return tuple(clauses)
    return tuple(
        replace(it, is_optional=True) if it in required and _is_stop_word(it) else it
        for it in clauses
    )


def _is_stop_word(clause: Clause) -> bool:
    return clause.kind == WORD and analysis.fold(clause.words[0]) in analysis.STOP_WORDS
