"""Model fields that several rooms share."""

from __future__ import annotations

import secrets
from typing import Any

from django_prose_editor.fields import ProseEditorField

# No vowels and nothing that reads alike (0 and o, 1 and l): no accidental words, no misprints.
SHORT_ID_LETTERS = "23456789bcdfghjkmnpqrstvwxz"
SHORT_ID_LENGTH = 7


def new_short_id() -> str:
    """A fresh language-neutral identifier for a permanent address; 10 milliards are possible."""
    return "".join(secrets.choice(SHORT_ID_LETTERS) for _ in range(SHORT_ID_LENGTH))


class ProseField(ProseEditorField):
    """Rich text without styling, cleaned on the server by clean(): headings, lists, links,
    quotes and tables. Imports and commands must therefore call full_clean() before save()."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs["extensions"] = {
            "Bold": True,
            "Italic": True,
            "Heading": {"levels": [2, 3]},
            "BulletList": True,
            "OrderedList": True,
            "ListItem": True,
            "Blockquote": True,
            "Link": {"enableTarget": False, "protocols": ["http", "https", "mailto"]},
            "Table": True,
            "TableRow": True,
            "TableHeader": True,
            "TableCell": True,
            "HardBreak": True,
            "History": True,
        }
        kwargs["sanitize"] = True
        kwargs.pop("config", None)
        super().__init__(*args, **kwargs)
