"""Environment variables, read strictly: a value that makes no sense stops the start.

What variables there are, and what they mean, is declared in variables.py."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from email.utils import parseaddr
from ipaddress import ip_network
from pathlib import Path
from typing import Any, Generic, NamedTuple, TypeVar
from urllib.parse import urlsplit

import dj_database_url
import dj_email_url
from django.core.exceptions import ImproperlyConfigured, ValidationError
from django.core.management.utils import get_random_secret_key
from django.core.validators import validate_email

T = TypeVar("T")


class Said(NamedTuple):
    """The same in the languages of the operator's handbook, as Markdown."""

    en: str
    ru: str


@dataclass(frozen=True)
class Variable(Generic[T]):
    """What differs between installations: how it is read, and what the handbook says of it."""

    name: str
    parse: Callable[[str], T]  # raises ValueError, saying what was expected
    default: T
    said: Said  # the default, in words
    meaning: Said
    is_secret: bool = False  # a value that was not understood is then not repeated
    is_basic: bool = False  # for whoever tries the portal out: named in README.md, too

    def read(self) -> T:
        """Return the parsed variable, or the default when it is unset or empty.

        Raises ImproperlyConfigured, naming the variable and the value, when it cannot be parsed.
        """
        value = os.environ.get(self.name, "").strip()
        if not value:
            return self.default
        try:
            return self.parse(value)
        except ValueError as error:
            shown = self.name if self.is_secret else f"{self.name}={value!r}"
            # Only our own words: those of packages may repeat a part of a password.
            raise ImproperlyConfigured(f"{shown}: {error}") from None


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
    if not (value.isascii() and value.isdecimal()) or int(value) == 0:
        raise ValueError("expected a whole number above zero")
    return int(value)


MOST_AT_ONCE = 100


def number_at_once(value: str) -> int:
    """Parse a number of processes or threads. Raises ValueError for one that only a slip of the
    fingers can be: it would take all memory of the machine."""
    number = positive_number(value)
    if number > MOST_AT_ONCE:
        raise ValueError(f"expected a whole number, 1 to {MOST_AT_ONCE}")
    return number


def port(value: str) -> int:
    """Parse the number of a port. Raises ValueError for anything else."""
    if not (value.isascii() and value.isdecimal()) or not 0 < int(value) <= 65535:
        raise ValueError("expected the number of a port, 1 to 65535")
    return int(value)


def words(value: str) -> list[str]:
    """Parse names parted by commas or blanks."""
    return value.replace(",", " ").split()


def host_names(value: str) -> list[str]:
    """Parse names of hosts. Raises ValueError for addresses with https:// or a port, and for *."""
    names = words(value)
    for name in names:
        if name == "*":
            raise ValueError(
                "expected the names themselves: with * strangers could put theirs into the links of"
                " the portal’s pages and letters"
            )
        has_port = ":" in name and not (name.startswith("[") and name.endswith("]"))
        if "/" in name or has_port:
            raise ValueError(
                f"expected names such as mrc.example, without https://, port or path, not {name!r}"
            )
    return names


def ip_addresses(value: str) -> list[str]:
    """Parse addresses or networks of IP, parted by commas as Gunicorn has them; * is everyone.
    Raises ValueError for anything else."""
    addresses = [it.strip() for it in value.split(",") if it.strip()]
    try:
        for address in addresses:
            if address != "*":
                ip_network(address)
    except ValueError:
        raise ValueError(
            "expected addresses such as 10.0.0.5 or 10.0.0.0/24, parted by commas"
        ) from None
    return addresses


def folder(value: str) -> Path:
    """Parse the path of a folder; ~ is the home of whoever starts the portal."""
    try:
        return Path(value).expanduser()
    except RuntimeError:
        raise ValueError("there is no such home; write the whole path, from /") from None


def site_address(value: str) -> str:
    """Parse the public address: https://mrc.example, without a slash at the end. Raises
    ValueError for one with a path: pages are served from the root."""
    address = value.rstrip("/")
    try:
        parts = urlsplit(address)
        is_good = parts.scheme in ("http", "https") and bool((parts.hostname or "").strip("."))
        is_good &= address == f"{parts.scheme}://{parts.netloc}" and "@" not in parts.netloc
        is_good &= parts.port != 0 and not any(it.isspace() for it in address)
    except ValueError:  # of urlsplit, or of a port that is no number
        is_good = False
    if not is_good:
        raise ValueError("expected an address such as https://mrc.example, without a path")
    return address


SHORTEST_KEY = 32


def own_secret_key(value: str) -> str:
    """Raises ValueError for a key that could be guessed."""
    if len(value) < SHORTEST_KEY or len(set(value)) < 5:
        raise ValueError(f"expected at least {SHORTEST_KEY} characters that nobody can guess")
    return value


DATABASE_SCHEMES = ("postgresql", "postgres", "sqlite")


def database(value: str) -> dict[str, Any]:
    """Django's settings for postgresql://… or sqlite:////path. Raises ValueError for others."""
    if value.partition("://")[0] not in DATABASE_SCHEMES or "://" not in value:
        raise ValueError("expected postgresql://user:password@host:5432/name")
    try:
        found: dict[str, Any] = dict(dj_database_url.parse(value))
    except ValueError:
        raise ValueError(
            "expected postgresql://user:password@host:5432/name; in name and password, @ is "
            "written as %40, : as %3A, / as %2F, # as %23, % as %25"
        ) from None
    if not found["NAME"] or found["NAME"] == ":memory:":
        raise ValueError("the name of the database is missing: expected …/name at the end")
    return found


def email_address(value: str) -> str:
    """Raises ValueError for what is no address of e-mail."""
    try:
        validate_email(value)
    except ValidationError:
        raise ValueError("expected an e-mail address") from None
    return value


def contact(value: str) -> str:
    """A way to reach somebody as a URI: an e-mail address becomes one. Raises ValueError."""
    if value.startswith("https://") and not any(it.isspace() for it in value):
        return value
    try:
        return f"mailto:{email_address(value.removeprefix('mailto:'))}"
    except ValueError:
        raise ValueError("expected an e-mail address or a page, https://…") from None


# What may stand before the colon, and the port that it means if none is named.
MAIL_PORTS = {"smtp": 25, "submission": 587, "smtps": 465, "console": 0}
MAIL_TIMEOUT_SECONDS = 30


def mail_server(value: str) -> dict[str, Any]:
    """Django's settings for smtp://, submission:// (STARTTLS), smtps:// (TLS from the first byte,
    RFC 8314) or console://. Raises ValueError for anything else."""
    try:
        parts = urlsplit(value)
        parts.port  # noqa: B018, raises for what is no number
    except ValueError:
        raise ValueError(
            "expected submission://user:password@host; in name and password, @ is written as %40, "
            ": as %3A, / as %2F, # as %23, % as %25"
        ) from None
    if parts.scheme not in MAIL_PORTS:
        raise ValueError(f"expected one of {', '.join(f'{it}://' for it in MAIL_PORTS)}")
    if parts.scheme != "console" and not parts.hostname:
        raise ValueError("expected the name of a mail server")
    # The package takes "smtps" for STARTTLS, with a warning.
    try:
        found: dict[str, Any] = dj_email_url.parse(value.replace("smtps://", "smtp://", 1))
    except ValueError:
        raise ValueError("expected a number of seconds after timeout=") from None
    if parts.scheme == "smtps":
        found |= {"EMAIL_USE_SSL": True, "EMAIL_USE_TLS": False}
    found["EMAIL_PORT"] = parts.port or MAIL_PORTS[parts.scheme]
    found["EMAIL_TIMEOUT"] = found["EMAIL_TIMEOUT"] or MAIL_TIMEOUT_SECONDS
    return found


def mailbox(value: str) -> str:
    """An address to send from, with or without a name: Center <news@mrc.example>. Raises
    ValueError for anything else."""
    email_address(parseaddr(value)[1])
    if not value.isprintable():
        raise ValueError("expected an e-mail address")
    return value


def secret_key(folder: Path) -> str:
    """Return the key kept in the data folder; the first start writes it, for the owner only.

    Two processes that start at once end up with the same key: only one may create the file.
    Raises ImproperlyConfigured when the folder cannot be used.
    """
    path = folder / "secret_key"
    try:
        # Drafts and addresses are in there: nobody else is to look in, whatever the umask.
        folder.mkdir(mode=0o750, parents=True, exist_ok=True)
        if not path.exists():
            _write_secret_key(path)
        key = path.read_text().strip()
    except OSError as error:
        raise ImproperlyConfigured(
            f"The data folder {folder} cannot be used: {error.strerror} ({error.filename}). "
            "It has to be a folder that the user of the portal may read and write, on a disk with "
            "room: chown -R gives it to that user, MRC_DATA_DIR names another one."
        ) from error
    try:
        return own_secret_key(key)
    except ValueError as error:
        state = f"is no good key: {error}" if key else "is empty"
        raise ImproperlyConfigured(f"{path} {state}. Remove it, and a new key is made.") from error


def _write_secret_key(path: Path) -> None:
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    try:
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(get_random_secret_key())
            file.flush()
            os.fsync(file.fileno())
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        draft.unlink(missing_ok=True)
