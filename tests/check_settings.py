"""The tables of settings in README.md and the operator's handbooks, made from the settings.

    python -m tests.check_settings            compare
    python -m tests.check_settings --update   write the tables anew

Also finds variables that are declared and never read, and those that are read past their
declaration in mrc_portal/variables.py."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mrc_portal.environment import Variable
from mrc_portal.variables import VARIABLES
from tests.check import ROOT

BEGIN = "<!-- Made from mrc_portal/variables.py: python -m tests.check_settings --update -->"
END = "<!-- End of what was made. -->"
PLACE = re.compile(re.escape(BEGIN) + "\n\n(.*?)\n\n" + re.escape(END), re.DOTALL)
HEADS = {
    "en": ("Variable", "Default", "Meaning"),
    "ru": ("Переменная", "По умолчанию", "Что значит"),
}
READERS = ("mrc_portal/settings.py", "deploy/gunicorn.conf.py")
# Where the environment itself is looked at: by the reader of variables, to warn of names that
# nothing reads, and to pass on what Django and Gunicorn ask for.
MAY_SEE_THE_ENVIRONMENT = {
    "mrc_portal/environment.py",
    "mrc_portal/checks.py",
    "mrc_portal/serving.py",
    "mrc_portal/wsgi.py",
    "deploy/gunicorn.conf.py",
    "manage.py",
}
SOURCES = ("manage.py", "deploy", "mrc_portal", "library", "events", "council")


@dataclass(frozen=True)
class Table:
    path: str
    language: str
    is_basic: bool = False  # only what a newcomer needs

    def text(self) -> str:
        rows = [HEADS[self.language], ("---",) * 3]
        rows += [
            (f"`{it.name}`", getattr(it.said, self.language), getattr(it.meaning, self.language))
            for it in VARIABLES
            if it.is_basic or not self.is_basic
        ]
        return "\n".join(f"| {' | '.join(row)} |" for row in rows).replace("| --- ", "|---")

    def problem(self) -> str:
        found = PLACE.findall((ROOT / self.path).read_text(encoding="utf-8"))
        if len(found) != 1:
            return f"{self.path} has no place for the table of settings"
        return "" if found[0] == self.text() else f"{self.path} has another table of settings"

    def update(self) -> None:
        path = ROOT / self.path
        made = f"{BEGIN}\n\n{self.text()}\n\n{END}"
        path.write_text(PLACE.sub(lambda _: made, path.read_text(encoding="utf-8")), "utf-8")


TABLES = [
    Table("README.md", "en", is_basic=True),
    Table("docs/operating.md", "en"),
    Table("docs/operating.ru.md", "ru"),
]


def unread(variables: list[Variable[Any]], sources: list[str]) -> list[str]:
    """Names of variables that none of these programs reads by variables.NAME.read()."""
    read = {name for source in sources for name in _names_read(ast.parse(source))}
    return [it.name for it in variables if it.name not in read]


def _names_read(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr == "read"
            and isinstance(node.func.value, ast.Attribute)
        ):
            yield node.func.value.attr


def sees_the_environment(source: str) -> bool:
    """Whether a program looks at the environment by itself."""
    return any(
        isinstance(node, ast.Attribute | ast.Name | ast.alias)
        and (getattr(node, "attr", "") or getattr(node, "id", "") or getattr(node, "name", ""))
        in ("environ", "getenv", "environb")
        for node in ast.walk(ast.parse(source))
    )


def _programs() -> Iterator[Path]:
    for name in SOURCES:
        path = ROOT / name
        yield from sorted(path.rglob("*.py")) if path.is_dir() else [path]


def problems() -> Iterator[str]:
    sources = [(ROOT / path).read_text(encoding="utf-8") for path in READERS]
    for name in unread(VARIABLES, sources):
        yield f"{name} is declared in mrc_portal/variables.py, but nothing reads it"
    for path in _programs():
        name = path.relative_to(ROOT).as_posix()
        is_ours = name not in MAY_SEE_THE_ENVIRONMENT
        if is_ours and sees_the_environment(path.read_text(encoding="utf-8")):
            yield f"{name} reads the environment past mrc_portal/variables.py"
    for table in TABLES:
        if problem := table.problem():
            yield f"{problem} (python -m tests.check_settings --update)"


def main(arguments: list[str]) -> int:
    if arguments == ["--update"]:
        for table in TABLES:
            table.update()
    found = list(problems())
    print("\n".join(found) or "The tables say what the settings are.")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
