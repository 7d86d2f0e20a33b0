"""Sets by which harvesters choose: kinds of documents, languages, topics with what is below them.

OAI-PMH 2.0, 2.6: a spec names the way from the top of its hierarchy, parted by colons."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from django.db.models import Q
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from library.models import Document, Kind, Topic, TopicTree
from mrc_portal.languages import LANGUAGE_CODES, OWN_NAMES, Wording, wording, wordings

KIND, LANGUAGE, TOPIC = "kind", "language", "topic"
TOP_NAMES = {KIND: _("Kinds of documents"), LANGUAGE: _("Languages"), TOPIC: _("Topics")}


@dataclass(frozen=True)
class OaiSet:
    spec: str
    name: str  # in English: the protocol has room for one
    names: list[Wording]  # in every language


def all_sets() -> Iterator[OaiSet]:
    """Every set, each before those below it."""
    yield _top(KIND)
    for kind in Kind:
        yield _labelled(f"{KIND}:{kind.value}", kind.label)
    yield _top(LANGUAGE)
    for code in LANGUAGE_CODES:
        own = Wording(OWN_NAMES[code], code)
        yield OaiSet(f"{LANGUAGE}:{code}", own.text, [own])
    yield _top(TOPIC)
    tree = TopicTree()
    for root, below in tree.roots():
        for topic in (root, *below):
            name = wording(topic, "name", "en").text or topic.slug
            yield OaiSet(_topic_spec(topic, tree), name, wordings(topic, "name"))


def _top(spec: str) -> OaiSet:
    return _labelled(spec, TOP_NAMES[spec])


def _labelled(spec: str, label: object) -> OaiSet:
    names = []
    for code in LANGUAGE_CODES:
        with translation.override(code):
            names.append(Wording(str(label), code))
    return OaiSet(spec, next(it.text for it in names if it.language == "en"), names)


def _topic_spec(topic: Topic, tree: TopicTree) -> str:
    return ":".join([TOPIC, *(it.slug for it in (*tree.above(topic), topic))])


def is_set(spec: str) -> bool:
    return any(it.spec == spec for it in all_sets())


def sets_of(document: Document, tree: TopicTree) -> list[str]:
    """The specs of a document, the lowest of each hierarchy: it also belongs to those above."""
    languages = document.text_languages or list(document.ready_languages)
    topics = document.topics.all()
    return [
        f"{KIND}:{document.kind}",
        *(f"{LANGUAGE}:{code}" for code in languages if code),
        # A topic of the tree as it was read; another may have been added since.
        *(_topic_spec(topic, tree) for topic in topics if topic.pk in tree.by_pk),
    ]


def as_text(specs: list[str]) -> str:
    """As the database keeps them."""
    return f" {' '.join(specs)} "


def in_set(spec: str) -> Q:
    """Items of a set or of those below it."""
    return Q(sets__contains=f" {spec} ") | Q(sets__contains=f" {spec}:")
