"""Press releases: what they say in a language, how they go out, what is printed, what is corrected.

Whoever publishes a release calls publish_release(), or settle() after saving it with its standing
texts: then their versions are frozen and its letterheads made."""

from __future__ import annotations

import datetime
import hashlib
import json
import logging
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import typst
from django.conf import settings
from django.core.files.base import ContentFile
from django.db import transaction
from django.utils import timezone, translation
from django.utils.html import linebreaks
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from events.models import (
    Boilerplate,
    BoilerplateVersion,
    Letterhead,
    PressRelease,
    ReleaseBoilerplate,
    ReleaseChange,
)
from events.models.press import new_private_key
from events.telling import headline
from library.files import note_written
from library.templatetags.library_tags import text_of
from mrc_portal.dates import PartialDate, moment
from mrc_portal.languages import LANGUAGE_CODES, LanguageVersion, Wording, localized
from mrc_portal.prose import printable, prose_lines, prose_xml
from mrc_portal.publishing import Status, User, publish
from mrc_portal.typesetting import typeset

logger = logging.getLogger(__name__)

TEMPLATE = Path(__file__).parent / "letterhead.typ"
# Stands for the address of the portal before links within it: that may change, but not those.
ANY_SITE = "https://portal.invalid"
# Of what has gone out, these are corrected and not just changed. Everything else, such as links to
# events and documents, stands beside the release. So does what is written of the contact itself:
# whoever reads an old release needs the address at which the office can be reached today.
CORRECTED_TEXTS = ("title", "summary", "body", "dateline_place")
CORRECTED_FACTS = ("dateline_on", "first_issued_on", "contact_id", "is_demonstration")


# What a release says


@dataclass(frozen=True)
class StandingText:
    """The heading and the text of a boilerplate as a release shows them."""

    heading: str  # in the language of the text; "" if there is none
    text: Wording

    @property
    def lead(self) -> str:
        """The heading as a sentence before the text: "About the project."."""
        if not self.heading or self.heading.endswith((".", ":", "!", "?")):
            return self.heading
        return f"{self.heading}."


def standing_texts(version: LanguageVersion) -> list[StandingText]:
    """Under a release in its order: the frozen versions, or the latest while it is a draft."""
    found = []
    for row in version.record.boilerplate_rows.all():  # type: ignore[attr-defined]
        shown = row.shown_version
        if shown and (text := text_of(version, "text", shown)):
            heading = getattr(shown, localized("heading", text.language)) or ""
            found.append(StandingText(heading, text))
    return found


def rich_text(version: LanguageVersion) -> str:
    """The text of a release; where none was written, its summary."""
    return version.body or linebreaks(version.summary or "", autoescape=True)


def dateline(version: LanguageVersion) -> str:
    """The words that open the text, in its language: "Bishkek, 25 March 2013."."""
    place, on = version.dateline_place or "", version.record.dateline_on  # type: ignore[attr-defined]
    with translation.override(version.language):
        if on and place:
            # Translators: opens a press release: "Bishkek, 25 March 2013."
            text = pgettext("dateline", "%(place)s, %(day)s.")
            return text % {"place": place, "day": PartialDate(on)}
        if on:
            return pgettext("dateline", "%(day)s.") % {"day": PartialDate(on)}
        return f"{place}." if place else ""


def contact_lines(version: LanguageVersion) -> list[dict[str, str]]:
    """Whom the press may ask: the role, its organisation, its addresses."""
    contact = version.record.contact  # type: ignore[attr-defined]
    if contact is None:
        return []
    with translation.override(version.language):
        lines = [{"text": contact.label.text}]
        if contact.organisation:
            lines.append({"text": contact.organisation.label.text})
    if contact.email:
        lines.append({"text": contact.email, "href": f"mailto:{contact.email}"})
    return [*lines, *([{"text": contact.phone}] if contact.phone else [])]


def plain_text(version: LanguageVersion, site_url: str) -> str:
    """The whole release as text that can be pasted anywhere."""
    release: Any = version.record
    parts = [version.title, *corrections(version), *warnings(version)]
    parts.append(prose_lines(rich_text(version), site_url, opening=dateline(version)))
    parts += [f"{standing.lead} {standing.text}".strip() for standing in standing_texts(version)]
    with translation.override(version.language):
        if contact := contact_lines(version):
            parts.append("\n".join([_("For the press:"), *(line["text"] for line in contact)]))
        address = site_url + release.get_permanent_path()
        parts.append(_("Permanent address: %(address)s") % {"address": address})
    return "\n\n".join(part for part in parts if part) + "\n"


def warnings(version: LanguageVersion) -> list[str]:
    """What a reader of the bare text must not miss."""
    release: Any = version.record
    with translation.override(version.language):
        found = [_("Demonstration record")] if release.is_demonstration else []
        for event in release.public_events:
            if event.is_off:
                reason = event.reason.text
                found.append(f"{headline(event)}\n{reason}" if reason else headline(event))
    return found


def corrections(version: LanguageVersion) -> list[str]:
    """What was corrected since it went out, and when; the latest first."""
    release: Any = version.record
    with translation.override(version.language):
        text = _("Corrected on %(day)s: %(text)s")
        return [
            text % {"day": PartialDate(it.made_on), "text": it.label.text}
            for it in release.changes.all()
        ]


def embargo_line(release: PressRelease, language: str) -> str:
    """What stands above and below a text that may not be told yet; "" without an embargo."""
    if release.embargo_until is None:
        return ""
    with translation.override(language):
        text = _("Embargo until %(moment)s, Bishkek time")
        return text % {"moment": moment(release.embargo_until)}


def updated_at(release: PressRelease, language: str) -> datetime.datetime:
    """When readers last saw something new in it: for feeds. Needs a release from for_page()."""
    moments = [release.visible_from, getattr(release, localized("text_changed_at", language))]
    moments += [change.created_at for change in release.changes.all()]
    events: list[Any] = release.public_events
    moments += [event.changed_at for event in events if event.was_ever_off]
    return max(found for found in moments if found)


# Going out


@transaction.atomic
def publish_release(
    release: PressRelease,
    user: User | None,
    at: datetime.datetime | None = None,
    site_url: str = "",
) -> list[str]:
    """Publish now, or at a moment; the embargo stays. Raises ValidationError, like publish().

    Returns the languages whose letterhead could not be made."""
    was_public = release.was_public
    release.review_remark = ""
    publish(release, user, at)
    return settle(release, site_url, only_missing=was_public)


@transaction.atomic
def send_back(release: PressRelease, user: User, remark: str) -> None:
    """Give it back to its author, as a draft. Raises ValidationError once it has been public."""
    release.status = Status.DRAFT
    release.review_remark = remark
    release.changed_by = user  # type: ignore[assignment]
    release.full_clean()
    release.save()
    settle(release)


@transaction.atomic
def settle(release: PressRelease, site_url: str = "", *, only_missing: bool = False) -> list[str]:
    """After a release was saved: freeze its standing texts and make its letterheads, also when it
    is corrected while withdrawn; as long as it is not approved let it show the latest.

    Returns the languages whose letterhead could not be made. For `only_missing` see there."""
    if release.status in (Status.DRAFT, Status.IN_REVIEW):
        for row in release.boilerplate_rows.filter(version__isnull=False):
            row.version = None
            row.save()
        return []
    freeze_boilerplates(release)
    return make_letterheads(release, site_url, only_missing=only_missing)


def renew_private_key(release: PressRelease) -> None:
    """Make a new private link; the old one is dead at once. No matter for the history."""
    release.private_key = new_private_key()
    PressRelease.objects.filter(pk=release.pk).update(private_key=release.private_key)


# Standing texts


def freeze_boilerplates(release: PressRelease) -> None:
    """From now on it shows these versions, whatever is written later."""
    for row in release.boilerplate_rows.select_related("boilerplate", "version"):
        # An editor may have put another standing text into the row of an old one.
        if row.version is None or row.version.boilerplate_id != row.boilerplate_id:
            _freeze_latest(row)


def take_newer_boilerplates(release: PressRelease) -> None:
    """Freeze the latest versions instead, as a correction."""
    for row in rows_with_newer_text(release):
        _freeze_latest(row)


def _freeze_latest(row: ReleaseBoilerplate) -> None:
    _take_turns(row.boilerplate)
    row.version = row.boilerplate.latest
    row.save()


def _take_turns(boilerplate: Boilerplate) -> None:
    """Until the end of the transaction, nobody freezes a version that another is rewriting."""
    Boilerplate.objects.select_for_update().get(pk=boilerplate.pk)


def rows_with_newer_text(release: PressRelease) -> list[Any]:
    """Standing texts that have been written anew since they were frozen in the release."""
    rows = release.boilerplate_rows.select_related("boilerplate", "version")
    return [row for row in rows if row.version and row.version != row.boilerplate.latest]


@transaction.atomic
def write_boilerplate(boilerplate: Boilerplate, texts: Mapping[str, str], user: User) -> None:
    """Store heading and text: in the latest version, or in a new one where a release has frozen
    that."""
    columns = {localized("text", code): texts.get(code, "") for code in LANGUAGE_CODES}
    for heading in (localized("heading", code) for code in LANGUAGE_CODES):
        columns[heading] = getattr(boilerplate, heading) or ""
    _take_turns(boilerplate)
    latest = boilerplate.latest
    if latest is not None and all((getattr(latest, it) or "") == columns[it] for it in columns):
        return
    if latest is None or latest.release_rows.exists():
        number = latest.number + 1 if latest else 1
        latest = BoilerplateVersion(boilerplate=boilerplate, number=number)
        latest.created_by = user  # type: ignore[assignment]
    for column, text in columns.items():
        setattr(latest, column, text)
    latest.save()


# Corrections


def is_corrected(before: PressRelease, after: PressRelease) -> bool:
    """Whether readers see another text than before, in a language that they had.

    A language that is taken away counts, and so does one that comes back, as its letterhead tells;
    one that is new does not. Standing texts are rows of their own: their form says so itself."""
    had, has = before.ready_languages, after.ready_languages
    if set(had) - set(has):
        return True
    if before.letterheads.filter(language__in=set(has) - set(had)).exists():
        return True
    if any(getattr(before, name) != getattr(after, name) for name in CORRECTED_FACTS):
        return True
    columns = [localized(name, code) for name in CORRECTED_TEXTS for code in had]
    return any(_bare(before, name) != _bare(after, name) for name in columns)


def _bare(release: PressRelease, column: str) -> str:
    """A text without what no reader sees: how a browser or an editor ends its lines."""
    text = getattr(release, column) or ""
    if column.startswith("body_"):
        text = prose_xml(text, ANY_SITE)
    return " ".join(text.split())


def note_correction(release: PressRelease, notes: Mapping[str, str]) -> None:
    """Tell readers, today, what was corrected. `notes` by language."""
    texts = {localized("text", code): notes.get(code, "") for code in LANGUAGE_CODES}
    ReleaseChange.objects.create(release=release, made_on=timezone.localdate(), **texts)


# Letterheads


@transaction.atomic
def make_letterheads(
    release: PressRelease, site_url: str = "", *, only_missing: bool = False
) -> list[str]:
    """Set the PDF of each ready language in which something printed has changed, and keep it.

    With `only_missing` what is there stays, whatever has changed around the release: once public,
    a PDF is remade only by a correction. That of a language that is ready no more goes.

    Returns the languages in which it failed: readers then get no PDF rather than a wrong one, and
    the next save tries again. Files are written inside remove_files_on_failure(), or stay behind if
    the caller's transaction is rolled back later."""
    release = PressRelease.objects.for_page().get(pk=release.pk)  # as it is stored
    current = {letterhead.language: letterhead for letterhead in release.current_letterheads}
    failed = []
    for language in current.keys() - set(release.ready_languages):
        _retire(current[language])
    for language in release.ready_languages:
        old = current.get(language)
        printed = _printed(release.version_for(language))
        digest = hashlib.sha256(json.dumps(printed, sort_keys=True).encode()).hexdigest()
        if old is not None and _is_stored(old) and (only_missing or old.content_digest == digest):
            continue
        if old is not None:
            _retire(old)
        try:
            pdf = _set(release, language, printed, site_url or settings.SITE_URL)
        except (typst.TypstError, RecursionError):
            logger.exception("The letterhead of %s in %s cannot be set", release.pk, language)
            failed.append(language)
            continue
        _keep(release, language, pdf, digest)
    return failed


def _printed(version: LanguageVersion) -> dict[str, str]:
    """What stands on the letterhead, but for the address of the portal: that may change."""
    release: Any = version.record
    day = release.issued_on or timezone.localdate()
    corrected = [" ".join(printable(it).split()) for it in corrections(version)]
    with translation.override(version.language):
        return {
            # Only where there are any: the letterheads of all others stay what they are.
            **({"corrections": json.dumps(corrected, ensure_ascii=False)} if corrected else {}),
            "lang": version.language,
            "title": " ".join(printable(version.title).split()),
            "author": _("Tian Shan Policy Center, Bishkek"),
            "year": str(day.year),
            "month": str(day.month),
            "day": str(day.day),
            "center": _("Tian Shan Policy Center, Bishkek"),
            "portal": _("Migrant Rights Information Center"),
            "word": _("Press release"),
            "body": prose_xml(rich_text(version), ANY_SITE, opening=dateline(version)),
            "boilerplates": json.dumps(
                [
                    {
                        "heading": printable(standing.lead),
                        "lang": standing.text.language,
                        "paragraphs": _paragraphs(standing.text),
                    }
                    for standing in standing_texts(version)
                ],
                ensure_ascii=False,
            ),
            "contact": json.dumps(contact_lines(version), ensure_ascii=False),
            "contact_word": _("For the press:"),
            "address": release.get_permanent_path(),
            "address_word": _("Permanent address:"),
            "demo": _("Demonstration record") if release.is_demonstration else "",
        }


def _paragraphs(text: str) -> list[str]:
    return [" ".join(part.split()) for part in re.split(r"\n\s*\n", printable(text).strip())]


def _set(release: Any, language: str, printed: Mapping[str, str], site_url: str) -> bytes:
    version = release.version_for(language)
    whole = {
        "body": prose_xml(rich_text(version), site_url, opening=dateline(version)),
        "address": site_url + printed["address"],
        "mark": _mark(),
    }
    return typeset(TEMPLATE, {**printed, **whole})


@cache
def _mark() -> str:
    path: Path = settings.BASE_DIR / "static" / "img" / "mark.svg"
    return path.read_text(encoding="utf-8")


def _keep(release: PressRelease, language: str, pdf: bytes, digest: str) -> None:
    letterhead = Letterhead(
        release=release,
        language=language,
        sha256=hashlib.sha256(pdf).hexdigest(),
        size=len(pdf),
        page_count=page_count(pdf),
        content_digest=digest,
    )
    letterhead.file.save("letterhead.pdf", ContentFile(pdf), save=False)
    assert letterhead.file.name
    note_written(letterhead.file.name)
    letterhead.save()


def page_count(pdf: bytes) -> int:
    """The pages of a PDF of our own: Typst writes the root of the page tree in the open."""
    return max(int(count) for count in re.findall(rb"/Type ?/Pages\b[^>]*?/Count (\d+)", pdf))


def _is_stored(letterhead: Letterhead) -> bool:
    name = letterhead.file.name or ""
    return bool(name) and letterhead.file.storage.exists(name)


def _retire(letterhead: Letterhead) -> None:
    """Keep its checksum, and delete its bytes once that is certain."""
    _delete_bytes([letterhead])
    letterhead.file = ""
    letterhead.replaced_at = timezone.now()
    letterhead.save(update_fields=["file", "replaced_at"])


@transaction.atomic
def delete_release(release: PressRelease) -> None:
    """Delete a release with its PDFs, and their bytes once that is certain."""
    _delete_bytes(release.letterheads.all())
    release.delete()


def _delete_bytes(letterheads: Iterable[Letterhead]) -> None:
    stored = [(it.file.storage, it.file.name) for it in letterheads if it.file.name]

    def delete() -> None:
        for storage, name in stored:
            storage.delete(name)

    # Robust: what is certain by then must not be taken for a failure, or the new files go as well.
    transaction.on_commit(delete, robust=True)
