"""People, organisations, projects, topics and countries by what editors call them.

A name is known in any of the three languages, whatever its case, and with о у н е for ө ү ң ё, as
search knows it. People, organisations and projects that nobody knows yet are made, unsaved."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from django.db import models
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from rapidfuzz import fuzz, process

from library.models import Country, Organisation, Person, Project, RightsArea, Topic
from mrc_portal.languages import LANGUAGE_CODES, fold, localized, wording
from mrc_portal.transliteration import free_slug, slug_from_title

NEAR, RESEMBLES = 60, 88  # of 100
MAX_NAME = 250
INITIALS = re.compile(r"(?:\w\.\s?){1,3}\s*[\w-]{2,}|[\w-]{2,}\s+(?:\w\.\s?){1,3}")
KYRGYZ_LETTERS = re.compile("[өүңӨҮҢ]")
CYRILLIC_LETTERS = re.compile("[а-яёА-ЯЁ]")
QUOTES = re.compile(r'^[«"“„](.*)[»"”“]$')


def key_of(name: str) -> str:
    """What two spellings of a name have in common."""
    return " ".join(re.sub(r"[^\w\s]", " ", fold(name)).split())


def language_of(text: str, otherwise: str) -> str:
    """The language that a name is written in, by its letters; `otherwise` if those are of two."""
    if KYRGYZ_LETTERS.search(text):
        return "ky"
    if CYRILLIC_LETTERS.search(text):
        return otherwise if otherwise in ("ky", "ru") else "ru"
    return "en"


def split_names(text: str) -> list[str]:
    """Names parted by semicolons or lines; within quotation marks a semicolon is a letter."""
    parts = re.findall(r'\s*((?:"[^"]*"|[^;\n])+)', text)
    return [part.strip() for part in parts if part.strip()]


class Register:
    """All records of one model by their names."""

    def __init__(
        self, rows: Iterable[Any], names: Callable[[Any], Iterable[str]], address: str = "slug"
    ) -> None:
        self.records = list(rows)
        self.address = address
        self.by_address = {getattr(it, address).lower(): it for it in self.records}
        self.by_key: dict[str, list[Any]] = defaultdict(list)  # the new have no hash yet
        for record in self.records:
            for name in names(record):
                self._add(name, record)

    def _add(self, name: str | None, record: Any) -> None:
        key = key_of(name or "")
        if key and not any(it is record for it in self.by_key[key]):
            self.by_key[key].append(record)

    def find(self, name: str) -> Any | None:
        """Raises ValueError, in words for the editor, where several are called so."""
        name = name.strip()
        if record := self.by_address.get(name.lower()):
            return record
        found = self.by_key.get(key_of(name), [])
        if len(found) > 1:
            raise ValueError(
                _("Several are called “%(name)s”. Write one of these: %(names)s.")
                % {"name": name, "names": ", ".join(sorted(map(self.address_of, found)))}
            )
        return found[0] if found else None

    def address_of(self, record: Any) -> str:
        address: str = getattr(record, self.address)
        return address

    def text_of(self, record: Any, name: str) -> str:
        """The name if it leads back to this record alone, else its address."""
        found = self.by_key.get(key_of(name), [])
        return name if found == [record] and ";" not in name else self.address_of(record)

    def nearest(self, name: str, cutoff: float = NEAR) -> Any | None:
        """The record whose name is most like this one, if any is."""
        best = process.extractOne(
            key_of(name), self.by_key.keys(), scorer=fuzz.ratio, score_cutoff=cutoff
        )
        return self.by_key[best[0]][0] if best else None

    def add(self, record: Any, names: Iterable[str]) -> None:
        """A new record, to be found by the next row too."""
        self.records.append(record)
        self.by_address[self.address_of(record)] = record
        for name in names:
            self._add(name, record)


def _in_all(record: models.Model, *fields: str) -> Iterator[str]:
    for code in LANGUAGE_CODES:
        for name in fields:
            yield getattr(record, localized(name, code)) or ""


def _names_of_person(person: Person) -> Iterator[str]:
    for code in LANGUAGE_CODES:
        family = getattr(person, localized("family_name", code)) or ""
        given = getattr(person, localized("given_names", code)) or ""
        yield f"{family} {given}"
        yield f"{given} {family}"


def _names_of_organisation(organisation: Organisation) -> Iterator[str]:
    yield from _in_all(organisation, "name", "abbreviation")
    yield from organisation.other_names.splitlines()


def person_text(person: Person) -> str:
    """As an import reads it: family name, comma, given names."""
    family = wording(person, "family_name")
    given = getattr(person, localized("given_names", family.language)) or ""
    return f"{family.text}, {given}" if given else family.text


@dataclass
class NewName:
    """Somebody or something that an import would add, with what it resembles."""

    record: Person | Organisation | Project
    text: str
    row: int
    resembles: str = ""


@dataclass
class Names:
    """Everybody and everything that cells may name, read once."""

    new: list[NewName] = field(default_factory=list)

    @cached_property
    def organisations(self) -> Register:
        return Register(Organisation.objects.all(), _names_of_organisation)

    @cached_property
    def people(self) -> Register:
        return Register(Person.objects.all(), _names_of_person)

    @cached_property
    def projects(self) -> Register:
        return Register(Project.objects.all(), lambda it: _in_all(it, "title"))

    @cached_property
    def topics(self) -> Register:
        return Register(Topic.objects.all(), lambda it: _in_all(it, "name"))

    @cached_property
    def areas(self) -> Register:
        return Register(RightsArea.objects.all(), lambda it: _in_all(it, "name"))

    @cached_property
    def countries(self) -> Register:
        return Register(Country.objects.all(), lambda it: _in_all(it, "name"), "code")

    # Those that may be new

    def contributor(self, text: str, language: str, row: int) -> Person | Organisation:
        """An author, known or new. Raises ValueError."""
        bare = _unquoted(text)
        is_quoted = bare != text
        if not is_quoted and (person := self.people.find(text)):
            found: Person = person
            return found
        if organisation := self.organisations.find(bare):
            known: Organisation = organisation
            return known
        if not is_quoted and ("," in text or INITIALS.fullmatch(text)):
            return self._add_person(text, language, row)
        return self._add_organisation(bare, language, row)

    def organisation(self, text: str, language: str, row: int) -> Organisation:
        """Raises ValueError."""
        bare = _unquoted(text)
        found: Organisation = self.organisations.find(bare) or self._add_organisation(
            bare, language, row
        )
        return found

    def project(self, text: str, language: str, row: int) -> Project:
        """Raises ValueError."""
        bare = _unquoted(text)
        found: Project | None = self.projects.find(bare)
        if found is None:
            found = Project()
            setattr(found, localized("title", language_of(bare, language)), bare)
            self._add(self.projects, found, bare, [bare], language, row)
        return found

    def _add_person(self, text: str, language: str, row: int) -> Person:
        family, given = split_person(text)
        if not family:
            raise ValueError(_("“%(name)s” has no family name.") % {"name": text[:60]})
        person, code = Person(), language_of(text, language)
        setattr(person, localized("family_name", code), family)
        setattr(person, localized("given_names", code), given)
        name = f"{family} {given}".strip()
        self._add(self.people, person, name, [name, f"{given} {family}"], language, row)
        return person

    def _add_organisation(self, name: str, language: str, row: int) -> Organisation:
        organisation = Organisation()
        setattr(organisation, localized("name", language_of(name, language)), name)
        self._add(self.organisations, organisation, name, [name], language, row)
        return organisation

    def _add(
        self, register: Register, record: Any, name: str, names: list[str], language: str, row: int
    ) -> None:
        if len(name) > MAX_NAME or not key_of(name):
            raise ValueError(_("“%(name)s” cannot be a name.") % {"name": name[:60]})
        slug = slug_from_title(name, language_of(name, language))
        record.slug = free_slug(slug, register.by_address.__contains__)
        like = register.nearest(name, RESEMBLES)
        register.add(record, names)
        self.new.append(NewName(record, name, row, str(like) if like else ""))

    # Those that are given

    def known(self, register: Register, text: str) -> list[Any]:
        """Records of a closed list; a comma parts names too where the whole is none of them.

        Raises ValueError, proposing the nearest."""
        found = []
        for part in split_names(text):
            record = register.find(part)
            for name in [part] if record else part.split(","):
                it = record or register.find(name)
                if it is None:
                    raise ValueError(_unknown(name.strip(), register.nearest(name)))
                found.append(it)
        return list(dict.fromkeys(found))


def _unknown(name: str, nearest: Any | None) -> str:
    if nearest is None:
        return _("“%(name)s” is not in the list.") % {"name": name[:60]}
    return _("“%(name)s” is not in the list. Did you mean “%(nearest)s”?") % {
        "name": name[:60],
        "nearest": str(nearest),
    }


def _unquoted(text: str) -> str:
    match = QUOTES.match(text.strip())
    return match[1].strip() if match else text.strip()


def split_person(text: str) -> tuple[str, str]:
    """Family name and given names: "Asanova, Aida", "Асанова А. К.", "А. К. Асанова"."""
    if "," in text:
        family, _comma, given = text.partition(",")
        return family.strip(), given.strip()
    words = text.replace(".", ". ").split()
    initials = [word for word in words if word.endswith(".")]
    others = [word for word in words if not word.endswith(".")]
    return " ".join(others), " ".join(initials)
