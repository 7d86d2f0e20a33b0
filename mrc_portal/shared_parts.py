"""Parts that many public pages share: made once for each version of the content, as pages are."""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Generic, TypeVar

from mrc_portal.content_version import Version
from mrc_portal.languages import current_language
from mrc_portal.search.kept import Kept

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")

_version: ContextVar[Version | None] = ContextVar("version of the page being made", default=None)


@contextmanager
def parts_of(version: Version) -> Iterator[None]:
    """Within it a page is made that shows everybody the same."""
    token = _version.set(version)
    try:
        yield
    finally:
        _version.reset(token)


class SharedParts(Generic[Value]):
    """Parts of one kind by their keys, for each language. Several threads use them at once: nobody
    may change them. For a page that may differ from reader to reader, and where no pages are kept,
    they are made anew."""

    def __init__(self, most: int) -> None:
        self._kept: Kept[Version, Value] = Kept(most)

    def once(self, key: Hashable, make: Callable[[], Value]) -> Value:
        version = _version.get()
        if version is None:
            return make()
        return self._kept.once(version, (current_language(), key), make)

    def each(
        self, keys: Collection[Key], make: Callable[[Collection[Key]], Mapping[Key, Value]]
    ) -> dict[Key, Value]:
        """Those under these keys, as far as there are any; make() is asked for all that are missing
        together."""
        version, language = _version.get(), current_language()
        found = {}
        for key in keys:
            part = self._kept.get(version, (language, key)) if version else None
            if part is not None:
                found[key] = part
        missing = [key for key in keys if key not in found]
        for key, part in make(missing).items() if missing else ():
            found[key] = part
            if version:
                self._kept.put(version, (language, key), part)
        return found
