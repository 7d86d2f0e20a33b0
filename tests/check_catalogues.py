"""Are the translations complete? Also what `make messages` gathers and compiles them with.

    python -m tests.check_catalogues [--update]

Gathering needs GNU gettext; everything else is checked without it."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator
from gettext import GNUTranslations
from io import BytesIO, StringIO
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog, Message
from babel.messages.mofile import write_mo
from babel.messages.pofile import PoFileError, read_po

ROOT = Path(__file__).resolve().parent.parent

# How many forms a counted noun has in Django's own catalogue of the language.
PLURAL_FORMS = {"ru": 4, "ky": 1}
# The portal's own texts; and those of packages that they do not bring along, kept by hand.
OWN = Path("locale")
OF_PACKAGES = Path("locale/packages")

SOURCES = ["manage.py", "mrc_portal", "library", "events", "council", "templates", "locale"]
NOT_SOURCES = ["tests/*", "deploy/*", "var/*", "*/node_modules/*"]

PLACEHOLDER = re.compile(r"%\(\w+\)[#0 +-]*[a-z]|%[sd]|\{\w*\}")

Key = tuple[str | None, str]  # context and English text, of counted ones the singular


def has_gettext() -> bool:
    return all(shutil.which(name) for name in ("xgettext", "msgmerge", "msgfmt", "msgattrib"))


def find_problems(root: Path = ROOT) -> list[str]:
    """What is wrong with the catalogues, a line for each; [] if all is well."""
    problems: list[str] = []
    used = gather(root) if has_gettext() else None
    for folder in (OWN, OF_PACKAGES):
        for language in PLURAL_FORMS:
            path = root / folder / language / "LC_MESSAGES" / "django.po"
            wanted = used if folder == OWN else None
            found = problems_of(path, language, wanted)
            problems += [f"{path.relative_to(root)}: {problem}" for problem in found]
    return problems


def problems_of(path: Path, language: str, used: Catalog | None = None) -> Iterator[str]:
    """Problems of one catalogue; used holds the very texts that it has to translate."""
    if not path.exists():
        yield "is not there"
        return
    try:
        catalogue = read_catalogue(path)
    except (PoFileError, ValueError) as error:
        yield f"cannot be read: {error}"
        return
    if catalogue.fuzzy:
        yield "the header is marked as fuzzy"
    if catalogue.num_plurals != PLURAL_FORMS[language]:
        yield f"has {catalogue.num_plurals} plural forms instead of {PLURAL_FORMS[language]}"
    for message in messages_of(catalogue):
        for problem in _problems_of_message(message, PLURAL_FORMS[language]):
            yield f"“{_text(message)}” {problem}"
    if catalogue.obsolete:
        yield f"keeps {len(catalogue.obsolete)} texts that are no longer used (make messages)"
    if used is not None:
        wanted, present = _keys(used), _keys(catalogue)
        for key in wanted.keys() - present.keys():
            yield f"“{_text(wanted[key])}” is missing (make messages)"
        for key in present.keys() - wanted.keys():
            yield f"“{_text(present[key])}” is no longer used (make messages)"
    yield from _problems_of_compiled(path, catalogue)
    yield from _problems_by_msgfmt(path)


def _problems_of_message(message: Message, forms: int) -> Iterator[str]:
    if message.fuzzy:
        yield "is marked as fuzzy, so readers would get the English text"
    texts = _translations(message)
    if not all(texts):
        yield "is not translated" if not any(texts) else "lacks a plural form"
        return
    if message.pluralizable and len(texts) != forms:
        yield f"has {len(texts)} plural forms instead of {forms}"
    # Every form of a counted text must name the number: the Russian singular is said of 21 too.
    original = message.id if isinstance(message.id, str) else message.id[1]
    for text in texts:
        if set(PLACEHOLDER.findall(text)) != set(PLACEHOLDER.findall(original)):
            yield f"has other placeholders in “{text}”"


def _problems_of_compiled(path: Path, catalogue: Catalog) -> Iterator[str]:
    compiled = path.with_suffix(".mo")
    if not compiled.exists():
        yield "is not compiled (make messages)"
        return
    fresh = BytesIO()
    write_mo(fresh, catalogue)
    fresh.seek(0)
    if _looked_up(fresh) != _looked_up(BytesIO(compiled.read_bytes())):
        yield "is not what its .mo was compiled from (make messages)"


def _looked_up(compiled: BytesIO) -> tuple[str | None, dict[Any, str]]:
    """What counts at run time: the plural rule and every translation. Not dates in the header."""
    translations = GNUTranslations(compiled)
    texts: dict[Any, str] = translations._catalog  # type: ignore[attr-defined]
    return translations.info().get("plural-forms"), {key: texts[key] for key in texts if key}


def _problems_by_msgfmt(path: Path) -> Iterator[str]:
    if shutil.which("msgfmt") is None:
        return
    done = subprocess.run(
        ["msgfmt", "--check", "--output-file", os.devnull, str(path)],
        env={**os.environ, "LC_ALL": "C"},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        yield "msgfmt --check: " + "; ".join(done.stderr.strip().splitlines()[:5])


# Reading


def read_catalogue(path: Path) -> Catalog:
    # A template leaves the plural rule open, which Babel does not understand.
    text = path.read_text(encoding="utf-8").replace("nplurals=INTEGER", "nplurals=2")
    return read_po(StringIO(text.replace("plural=EXPRESSION", "plural=0")), abort_invalid=True)


def messages_of(catalogue: Catalog) -> Iterator[Message]:
    """All but the header."""
    return (message for message in catalogue if message.id)


def _keys(catalogue: Catalog) -> dict[Key, Message]:
    return {_key(message): message for message in messages_of(catalogue)}


def _key(message: Message) -> Key:
    return message.context, _text(message)


def _text(message: Message) -> str:
    return message.id if isinstance(message.id, str) else message.id[0]


def _translations(message: Message) -> tuple[str, ...]:
    """Every form of a counted text, else the one translation; "" where one is missing."""
    forms = message.string
    return tuple(text or "" for text in (forms if isinstance(forms, (tuple, list)) else [forms]))


# Gathering and compiling


def gather(root: Path) -> Catalog:
    """All texts in the sources, gathered in a copy: the caller's tree stays as it is."""
    with tempfile.TemporaryDirectory(prefix="mrc-catalogues-") as folder:
        copy = Path(folder)
        for name in SOURCES:
            source = root / name
            if source.is_dir():
                ignored = shutil.ignore_patterns("__pycache__", "*.typ", "*.toml", "*.mo")
                shutil.copytree(source, copy / name, ignore=ignored)
            elif source.exists():
                shutil.copy2(source, copy / name)
        _make_messages(copy, "--keep-pot")
        return read_catalogue(copy / OWN / "django.pot")


def _make_messages(root: Path, *options: str) -> None:
    command = [sys.executable, "manage.py", "makemessages", "--add-location", "file"]
    command += ["--no-obsolete", "--no-wrap", *options]
    for language in PLURAL_FORMS:
        command += ["--locale", language]
    for pattern in NOT_SOURCES:
        command += ["--ignore", pattern]
    for language in PLURAL_FORMS:  # makemessages expects the folder
        (root / OWN / language / "LC_MESSAGES").mkdir(parents=True, exist_ok=True)
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"makemessages failed:\n{done.stdout}{done.stderr}")


def update(root: Path = ROOT) -> Iterable[Path]:
    """Gather all texts into the portal's own catalogues and compile every catalogue."""
    _make_messages(root)
    catalogues = sorted((root / OWN).rglob("django.po"))
    for path in catalogues:
        compile_catalogue(path)
    return catalogues


def compile_catalogue(path: Path) -> None:
    """Write the .mo beside a catalogue, if more than a date would change in it: with Babel, whose
    result does not depend on the machine."""
    catalogue = read_catalogue(path)
    if any(_problems_of_compiled(path, catalogue)):
        with path.with_suffix(".mo").open("wb") as file:
            write_mo(file, catalogue)


def main(arguments: list[str]) -> int:
    if "--update" in arguments:
        if not has_gettext():
            print("GNU gettext is missing: Debian's package gettext")
            return 1
        for path in update():
            print(path.relative_to(ROOT))
    problems = find_problems()
    for problem in problems:
        print(problem)
    if not has_gettext():
        print("Whether every text is in the catalogues was not looked at: GNU gettext is missing.")
        if os.environ.get("MRC_TEST_ALL") == "1":
            return 1
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
