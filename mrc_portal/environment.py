"""Environment variables, read strictly: a value that makes no sense stops the start."""

import os
from collections.abc import Callable
from email.utils import parseaddr
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

import dj_email_url
from django.core.exceptions import ImproperlyConfigured, ValidationError
from django.core.management.utils import get_random_secret_key
from django.core.validators import validate_email

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
    return f"mailto:{email_address(value.removeprefix('mailto:'))}"


# What may stand before the colon, and the port that it means if none is named.
MAIL_PORTS = {"smtp": 25, "submission": 587, "smtps": 465, "console": 0}
MAIL_TIMEOUT_SECONDS = 30


def mail_server(value: str) -> dict[str, Any]:
    """Django's settings for smtp://, submission:// (STARTTLS), smtps:// (TLS from the first byte,
    RFC 8314) or console://. Raises ValueError for anything else."""
    parts = urlsplit(value)
    if parts.scheme not in MAIL_PORTS:
        raise ValueError(f"expected one of {', '.join(f'{it}://' for it in MAIL_PORTS)}")
    if parts.scheme != "console" and not parts.hostname:
        raise ValueError("expected the name of a mail server")
    # The package takes "smtps" for STARTTLS, with a warning.
    found: dict[str, Any] = dj_email_url.parse(value.replace("smtps://", "smtp://", 1))
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
