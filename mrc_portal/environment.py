"""Environment variables, read strictly: a value that makes no sense stops the start."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from django.core.exceptions import ImproperlyConfigured
from django.core.management.utils import get_random_secret_key

T = TypeVar("T")


def read(name: str, parse: Callable[[str], T], default: T) -> T:
    """Return the parsed variable, or the default when it is unset or empty.

    Raises ImproperlyConfigured, naming the variable and the value, when it cannot be parsed.
    """
    value = os.environ.get(name, "").strip()
    if not value:
        return default
    try:
        return parse(value)
    except ValueError as error:
        raise ImproperlyConfigured(f"{name}={value!r}: {error}") from error


def switch(value: str) -> bool:
    """Parse on/off. Raises ValueError for anything else."""
    words = {"1": True, "true": True, "yes": True, "on": True}
    words |= {"0": False, "false": False, "no": False, "off": False}
    try:
        return words[value.lower()]
    except KeyError:
        raise ValueError("expected 1 or 0") from None


def positive_number(value: str) -> int:
    """Parse a whole number above zero. Raises ValueError for anything else."""
    if not value.isdecimal() or int(value) == 0:
        raise ValueError("expected a whole number above zero")
    return int(value)


def words(value: str) -> list[str]:
    """Parse names parted by commas or blanks."""
    return value.replace(",", " ").split()


def secret_key(folder: Path) -> str:
    """Return the key kept in the data folder; the first start writes it, for the owner only.

    Two processes that start at once end up with the same key: only one may create the file.
    """
    path = folder / "secret_key"
    folder.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        draft = folder / f"secret_key.{os.getpid()}"
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(get_random_secret_key())
        try:
            os.link(draft, path)
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return path.read_text().strip()
