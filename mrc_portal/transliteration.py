"""Russian and Kyrgyz in Latin letters, as people read them, for addresses and names of files."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable

MAX_SLUG_LENGTH = 80

# fmt: off
RUSSIAN_LETTERS = {
    "а": "a", "б": "b", "в": "v", "г": "g", "д": "d", "е": "e", "ё": "yo", "ж": "zh", "з": "z",
    "и": "i", "й": "y", "к": "k", "л": "l", "м": "m", "н": "n", "о": "o", "п": "p", "р": "r",
    "с": "s", "т": "t", "у": "u", "ф": "f", "х": "kh", "ц": "ts", "ч": "ch", "ш": "sh",
    "щ": "shch", "ъ": "", "ы": "y", "ь": "", "э": "e", "ю": "yu", "я": "ya",
}
# Letters of Kyrgyz, of neighbours and of names, the same in every language; and dashes, or
# "2027–2028" would become one number.
MORE_LETTERS = {
    "ө": "o", "ү": "u", "ң": "ng",
    "ә": "a", "ғ": "g", "қ": "k", "ұ": "u", "һ": "h", "і": "i", "ҳ": "h", "ҷ": "j", "ӣ": "i",
    "ӯ": "u", "ї": "yi", "є": "ye", "ґ": "g", "ў": "w",
    "ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ı": "i",
    "‐": "-", "‑": "-", "–": "-", "—": "-", "−": "-",
}
# fmt: on
KYRGYZ_LETTERS = RUSSIAN_LETTERS | {"ж": "j"}


def transliterate(text: str, language: str) -> str:
    """The text in ASCII, readable to those who know the language ("ru", "ky", "en")."""
    letters = MORE_LETTERS | (KYRGYZ_LETTERS if language == "ky" else RUSSIAN_LETTERS)
    result = []
    for letter in unicodedata.normalize("NFC", text):
        lowered = letter.lower()
        if lowered in letters:
            latin = letters[lowered]
            result.append(latin if letter == lowered else latin.capitalize())
        else:  # an accent is dropped with NFKD, other scripts altogether
            plain = unicodedata.normalize("NFKD", letter)
            result.append(plain.encode("ascii", "ignore").decode())
    return "".join(result)


def slug_from_title(title: str, language: str, max_length: int = MAX_SLUG_LENGTH) -> str:
    """A readable piece of an address; "document" when the title has no letters we can write."""
    text = re.sub(r"['’ʼ`]", "", transliterate(title, language)).lower()
    slug = re.sub(r"[^a-z0-9]+", "-", text).strip("-")
    return cut_at_hyphen(slug, max_length) or "document"


def cut_at_hyphen(slug: str, max_length: int) -> str:
    if len(slug) <= max_length:
        return slug
    whole_words = slug[: max_length + 1].rpartition("-")[0]
    return whole_words or slug[:max_length]


def free_slug(base: str, is_taken: Callable[[str], bool]) -> str:
    """The slug itself, or with the first number that makes it free."""
    slug, number = base, 2
    while is_taken(slug):
        slug = f"{base}-{number}"
        number += 1
    return slug
