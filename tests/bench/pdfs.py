"""Reports as PDFs, as Typst sets them for the demonstration library, of generated text."""

from __future__ import annotations

from pathlib import Path

import typst

from tests.bench.texts import random_for, writer

CHAPTERS = 13
PARAGRAPHS_IN_A_CHAPTER = 9
WORDS_IN_A_PARAGRAPH = 75

HEAD = """
#set page(paper: "a4", margin: 27mm, footer: context counter(page).display())
#set text(font: "Libertinus Serif", size: 11pt, lang: "{language}")
#outline()
"""


def set_pdf(folder: Path, language: str, number: int, last_word: str) -> None:
    """Write one report of some twenty pages; it ends with the word."""
    random = random_for("pdf", number)
    write = writer(language)
    parts = [HEAD.format(language=language)]
    for _chapter in range(CHAPTERS):
        parts.append(f"= {write.title(random)}")
        parts += [
            write.sentences(random, WORDS_IN_A_PARAGRAPH)
            for _paragraph in range(PARAGRAPHS_IN_A_CHAPTER)
        ]
    parts.append(f"{last_word.capitalize()}.")
    source = folder / f"{language}-{number:03}.typ"
    source.write_text("\n\n".join(parts), encoding="utf-8")
    source.with_suffix(".pdf").write_bytes(typst.compile(str(source), ignore_system_fonts=True))
    source.unlink()
