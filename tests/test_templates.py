"""What a reader or an editor sees comes through the catalogues, and days through our own filters:
nothing is written into a template, or into a message, in one language."""

import re

import pytest
from django.conf import settings

TEMPLATES = settings.BASE_DIR / "templates"
SOURCES = [
    path
    for room in ("library", "events", "council", "mrc_portal")
    for path in sorted((settings.BASE_DIR / room).rglob("*.py"))
]
# The same in every language.
NAMES = {
    *("BibTeX", "CSV", "DOI", "ISBN", "JSON", "OAI-PMH", "OpenSearch", "ORCID", "PDF", "RIS"),
    *("XLSX", "unAPI"),
    # A command to be copied.
    *("curl", "Accept", "application", "x-bibtex", "export", "cite"),
}
# Shows components to those who write templates.
FOR_DEVELOPERS = {"styleguide.html"}
NOT_SEEN = re.compile(
    r"{% comment.*?endcomment %}|{#.*?#}|<!--.*?-->|<script.*?</script>|<style.*?</style>"
    r"|{% block (?:bodyclass|handbook_anchor) %}.*?{% endblock",
    re.DOTALL,
)
TRANSLATED = re.compile(r"{% blocktranslate.*?endblocktranslate %}", re.DOTALL)
SAID = re.compile(r'\b(?:alt|title|placeholder|aria-label|data-label)="([^"]*)"')
TAG = re.compile(r"{%.*?%}|{{.*?}}", re.DOTALL)
ELEMENT = re.compile(r"<[^>]*>")
WORD = re.compile(r"[^\W\d_][\w-]{2,}")
# For programs, as in <time datetime>, there is one form of a day; a reader has others.
DATE = re.compile(r"\|(date|time|naturaltime|timesince|floatformat)\b:?(\S*)")
FOR_PROGRAMS = ('"Y-m-d"', '"Y-m-d\\TH:i"', '"H:i"')
MESSAGE = re.compile(r"(?:message_user|messages\.\w+)\(\s*(?:self\.)?request,\s*f?[\"'][^\"'{]*\w")


def template_of(path):
    return str(path.relative_to(TEMPLATES))


PATHS = sorted(TEMPLATES.rglob("*.html"))


@pytest.mark.parametrize("path", PATHS, ids=template_of)
def test_words_of_a_template_are_translated(path):
    if template_of(path) in FOR_DEVELOPERS:
        return
    text = TRANSLATED.sub("", NOT_SEEN.sub("", path.read_text(encoding="utf-8")))
    # Tags first: their arguments may hold quotes and angle brackets.
    text = TAG.sub(" ", text)

    found = [word for said in SAID.findall(text) for word in WORD.findall(said)]
    found += WORD.findall(ELEMENT.sub(" ", text))

    assert [it for it in found if it not in NAMES] == [], "{% translate %} it"


@pytest.mark.parametrize("path", PATHS, ids=template_of)
def test_days_and_moments_are_told_by_our_own_filters(path):
    found = DATE.findall(path.read_text(encoding="utf-8"))

    raw = [(name, form) for name, form in found if not form.startswith(FOR_PROGRAMS)]
    assert raw == [], "day, moment and numbers of mrc_portal/templatetags/portal_tags.py"


def test_messages_are_translated():
    untranslated = [
        f"{path.relative_to(settings.BASE_DIR)}: {said}"
        for path in SOURCES
        for said in MESSAGE.findall(path.read_text(encoding="utf-8"))
    ]

    assert untranslated == [], "_() it"
