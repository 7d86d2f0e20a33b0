"""An event in plain words, for files that know no markup: calendars, feeds, data for machines."""

from __future__ import annotations

from django.utils.text import capfirst
from django.utils.translation import gettext as _

from events.models import Event, Happening


def headline(event: Event) -> str:
    """The title as lists without a mark of their own must give it: "Cancelled: Round table"."""
    title = event.shown.title
    return _labelled(event.state, title) if event.is_off else title


def marked(event: Event, title: str) -> str:
    """A title that says of an invented record that it is one."""
    return _labelled(_("Demonstration record"), title) if event.is_demonstration else title


def state_line(event: Event) -> str:
    """What became of it, with the reason: "Cancelled: the hall is closed"."""
    reason = str(event.reason) if event.is_off else ""
    return _labelled(event.state, reason) if reason else str(capfirst(event.state))


def when_line(event: Event) -> str:
    """The days and hours as far as they are known; "" if there will never be any."""
    if not event.when:
        return "" if event.happening == Happening.CANCELLED else _("The date is to be announced.")
    if not event.times:
        return event.when
    # Translators: the day or days of an event, then its hours: "26 March 2013, 10:00–13:30".
    return _("%(days)s, %(times)s (Bishkek time)") % {"days": event.when, "times": event.times}


def former_line(event: Event) -> str:
    """The day from which it was moved; "" if it was not."""
    if not event.formerly:
        return ""
    return _labelled(_("former date"), event.formerly)


def place_line(event: Event) -> str:
    """Venue and postal address on one line; "" if neither is known."""
    version = event.shown
    parts = [version.venue, version.address]
    return ", ".join(" ".join(part.split()) for part in parts if part)


def _labelled(label: str, text: str) -> str:
    # Translators: a label before a text, as in "Cancelled: Round table on pensions".
    return _("%(label)s: %(text)s") % {"label": capfirst(label), "text": text}
