"""What each state means, and why a row has its own: whole sentences in the active language."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from django.utils.functional import Promise
from django.utils.translation import gettext, gettext_lazy, ngettext

from council.schedule.periods import Period
from council.schedule.states import GRACE_DAYS, STALE_DAYS, ScheduleState
from council.timelines import Form, TimelineKind, TimePrecision, tell
from mrc_portal.dates import PartialDate

if TYPE_CHECKING:
    from council.schedule.judging import Schedule


# The same for every row, whatever its dates.
STATE_RULES: dict[ScheduleState, Promise] = {
    ScheduleState.OVERDUE: gettext_lazy(
        "The last day has passed, and the last report does not say that it is done."
    ),
    ScheduleState.MISSED: gettext_lazy(
        "It is due again in every period, and nobody reported on the newest period that is over."
    ),
    ScheduleState.UNREPORTED: gettext_lazy(
        "The last day has passed, and nobody has reported. Perhaps it is done, perhaps not."
    ),
    ScheduleState.STALE: gettext_lazy(
        "It takes long or never ends, and no report has come for more than 180 days."
    ),
    ScheduleState.DUE_SOON: gettext_lazy(
        "No more than 30 days are left, or a report on the present period is due."
    ),
    ScheduleState.STAGE_ENDED: gettext_lazy(
        "The plan names no date for it, and its stage is over."
    ),
    ScheduleState.ON_TIME: gettext_lazy("It is under way, and no date has passed."),
    ScheduleState.NOT_STARTED: gettext_lazy("Its first day has not come yet."),
    ScheduleState.NO_DEADLINE: gettext_lazy("The plan names no date for it, so it cannot be late."),
    ScheduleState.FROZEN: gettext_lazy(
        "Reports are no longer gathered, so nobody is called late any more."
    ),
    ScheduleState.DONE_LATE: gettext_lazy("It was reported done, but after its last day."),
    ScheduleState.DONE: gettext_lazy("It was reported done; the plan names no date for it."),
    ScheduleState.DONE_ON_TIME: gettext_lazy("It was reported done no later than on its last day."),
}


def explain(schedule: Schedule) -> str:
    return EXPLANATIONS[schedule.state](schedule)


def _facts(schedule: Schedule) -> dict[str, Any]:
    """What sentences may name, by placeholder. Days that a preposition governs are in the form
    that it asks for; those in brackets are not."""
    return {
        "day": tell(schedule.day, TimePrecision.DAY, Form.UNTIL),
        "deadline": schedule.timeline.last_time,
        "count": schedule.days,
        "status": schedule.status.label,
        "report": str(PartialDate(schedule.last_report)) if schedule.last_report else "",
        "limit": STALE_DAYS,
        "reported": schedule.reported_periods,
        "closed": schedule.closed_periods,
        "number": schedule.period.number if schedule.period else "",
        "total": schedule.period_count,
        "period": schedule.period or "",
        "last": str(PartialDate(schedule.period.last)) if schedule.period else "",
    }


# Translators: in all these sentences %(day)s is in the genitive (Russian: after "на"; Kyrgyz: in
# the dative, before "карата"); what stands in brackets or after a colon is in its plain form.
def _explain_overdue(it: Schedule) -> str:
    return ngettext(
        "As of %(day)s the deadline (%(deadline)s) is %(count)s day past, and the last report "
        "(%(report)s) says: %(status)s.",
        "As of %(day)s the deadline (%(deadline)s) is %(count)s days past, and the last report "
        "(%(report)s) says: %(status)s.",
        it.days or 0,
    ) % _facts(it)


def _explain_unreported(it: Schedule) -> str:
    return ngettext(
        "As of %(day)s the deadline (%(deadline)s) is %(count)s day past, and nobody has reported.",
        "As of %(day)s the deadline (%(deadline)s) is %(count)s days past, and nobody has "
        "reported.",
        it.days or 0,
    ) % _facts(it)


def _explain_missed(it: Schedule) -> str:
    if it.period_count is None:
        text = gettext(
            "Period %(number)s (%(period)s) ended without a report, and the %(grace)s days for "
            "it are over; closed periods with a report: %(reported)s of %(closed)s."
        )
    else:
        text = gettext(
            "Period %(number)s of %(total)s (%(period)s) ended without a report, and the "
            "%(grace)s days for it are over; closed periods with a report: %(reported)s of "
            "%(closed)s."
        )
    return text % (_facts(it) | {"grace": GRACE_DAYS})


def _explain_stale(it: Schedule) -> str:
    if it.days is None:
        return gettext("Nobody has reported yet, and when the work was to begin is not known.")
    is_told_of = it.last_report and (it.day - it.last_report).days == it.days
    if is_told_of:
        return ngettext(
            "As of %(day)s there has been no news for %(count)s day; the last report: %(report)s.",
            "As of %(day)s there has been no news for %(count)s days; the last report: %(report)s.",
            it.days,
        ) % _facts(it)
    assert it.first_day is not None
    return ngettext(
        "As of %(day)s nobody has reported for %(count)s day, since the beginning (%(first)s).",
        "As of %(day)s nobody has reported for %(count)s days, since the beginning (%(first)s).",
        it.days,
    ) % (_facts(it) | {"first": PartialDate(it.first_day)})


def _explain_time_left(it: Schedule) -> str:
    """Due soon, or on time."""
    if it.timeline.kind == TimelineKind.PERMANENT:
        return _explain_permanent(it)
    if it.timeline.kind == TimelineKind.RECURRING:
        return _explain_recurring(it)
    if it.days == 0:
        return gettext("%(today)s is the last day of the deadline.") % {
            "today": PartialDate(it.day)
        }
    return ngettext(
        "As of %(day)s there is %(count)s day left until the deadline (%(deadline)s).",
        "As of %(day)s there are %(count)s days left until the deadline (%(deadline)s).",
        it.days or 0,
    ) % _facts(it)


def _explain_permanent(it: Schedule) -> str:
    if it.last_report and (it.day - it.last_report).days <= STALE_DAYS:
        return gettext(
            "A permanent task: the last report (%(report)s) is not older than %(limit)s days."
        ) % _facts(it)
    assert it.first_day is not None
    if it.first_day > it.day:
        return _explain_not_started(it)
    return gettext(
        "A permanent task: since its beginning (%(first)s) nobody has reported, but %(limit)s days "
        "have not passed."
    ) % (_facts(it) | {"first": PartialDate(it.first_day)})


def _explain_recurring(it: Schedule) -> str:
    if it.period is None:
        text = gettext(
            "The last period has its report, and no further one is due; closed periods with a "
            "report: %(reported)s of %(closed)s."
        )
    elif it.period.last < it.day:
        text = gettext(
            "The last closed period (%(period)s) has no report yet, which is taken until "
            "%(until)s; closed periods with a report: %(reported)s of %(closed)s."
        )
        until = it.period.last + datetime.timedelta(days=GRACE_DAYS)
        return text % (_facts(it) | {"until": tell(until, TimePrecision.DAY, Form.UNTIL)})
    elif it.period.number == 1:
        text = gettext("The first report is due for this period: %(period)s (until %(last)s).")
    elif it.period.number > it.closed_periods + 1:
        text = gettext(
            "The period under way has its report already, and the next is for this one: "
            "%(period)s (until %(last)s); closed periods with a report: %(reported)s of "
            "%(closed)s."
        )
    elif it.state == ScheduleState.DUE_SOON:
        text = gettext(
            "A report is due soon, for this period: %(period)s (until %(last)s); closed periods "
            "with a report: %(reported)s of %(closed)s."
        )
    else:
        text = gettext(
            "The last closed period has its report, and the next is for this one: %(period)s "
            "(until %(last)s); closed periods with a report: %(reported)s of %(closed)s."
        )
    return text % (_facts(it) | {"last": _until_last_day(it.period)})


def _until_last_day(period: Period | None) -> str:
    return tell(period.last, TimePrecision.DAY, Form.UNTIL) if period else ""


def _explain_stage_ended(it: Schedule) -> str:
    return gettext(
        "The row has no date of its own, and its stage is over; the stage’s last day: %(last)s."
    ) % {"last": PartialDate(it.stage.latest) if it.stage.latest else ""}


def _explain_not_started(it: Schedule) -> str:
    assert it.first_day is not None
    # Translators: the day is in the genitive (Kyrgyz: in the ablative).
    return gettext("The work begins no earlier than %(first)s.") % {
        "first": tell(it.first_day, TimePrecision.DAY, Form.SINCE)
    }


def _explain_no_deadline(it: Schedule) -> str:
    if it.timeline.kind == TimelineKind.RECURRING:
        return gettext(
            "It is to be done again and again, but no beginning is known from which periods could "
            "be counted."
        )
    return gettext("No date is known by which it is to be done.")


def _explain_frozen(it: Schedule) -> str:
    assert it.before_freezing is not None
    return gettext(
        "Tracking of the plan has ended, and since then nothing is judged; on its last day, "
        "%(today)s: %(state)s."
    ) % {"today": PartialDate(it.day), "state": it.before_freezing.label}


def _explain_done(it: Schedule) -> str:
    assert it.completed_on is not None
    facts = _facts(it) | {"report": tell(it.completed_on, TimePrecision.DAY, Form.UNTIL)}
    if it.state == ScheduleState.DONE:
        return gettext("Reported done as of %(report)s; there was no deadline.") % facts
    if it.state == ScheduleState.DONE_ON_TIME:
        return gettext("Reported done as of %(report)s, in time (deadline: %(deadline)s).") % facts
    return (
        ngettext(
            "Reported done as of %(report)s, %(count)s day after the deadline (%(deadline)s).",
            "Reported done as of %(report)s, %(count)s days after the deadline (%(deadline)s).",
            it.days or 0,
        )
        % facts
    )


EXPLANATIONS: dict[ScheduleState, Callable[[Schedule], str]] = {
    ScheduleState.OVERDUE: _explain_overdue,
    ScheduleState.MISSED: _explain_missed,
    ScheduleState.UNREPORTED: _explain_unreported,
    ScheduleState.STALE: _explain_stale,
    ScheduleState.DUE_SOON: _explain_time_left,
    ScheduleState.STAGE_ENDED: _explain_stage_ended,
    ScheduleState.ON_TIME: _explain_time_left,
    ScheduleState.NOT_STARTED: _explain_not_started,
    ScheduleState.NO_DEADLINE: _explain_no_deadline,
    ScheduleState.FROZEN: _explain_frozen,
    ScheduleState.DONE_LATE: _explain_done,
    ScheduleState.DONE: _explain_done,
    ScheduleState.DONE_ON_TIME: _explain_done,
}


def explain_move(schedule: Schedule) -> str:
    if schedule.moved_on is None:
        return ""
    count = abs(schedule.slip_days or 0)
    facts = {
        "day": PartialDate(schedule.moved_on),
        "old": str(schedule.original) or TimelineKind.NONE.label,
        "new": str(schedule.timeline) or TimelineKind.NONE.label,
        "count": count,
    }
    if not schedule.slip_days:
        return gettext("Moved (%(day)s): %(new)s; as printed: %(old)s.") % facts
    if schedule.slip_days > 0:
        return (
            ngettext(
                "Moved (%(day)s) by %(count)s day: %(new)s; as printed: %(old)s.",
                "Moved (%(day)s) by %(count)s days: %(new)s; as printed: %(old)s.",
                count,
            )
            % facts
        )
    return (
        ngettext(
            "Brought forward (%(day)s) by %(count)s day: %(new)s; as printed: %(old)s.",
            "Brought forward (%(day)s) by %(count)s days: %(new)s; as printed: %(old)s.",
            count,
        )
        % facts
    )


def tell_move_in_short(schedule: Schedule) -> str:
    if schedule.moved_on is None:
        return ""
    time = str(schedule.timeline) or TimelineKind.NONE.label
    return gettext("deadline moved: %(time)s") % {"time": time}


def tell_in_short(schedule: Schedule) -> str:
    """The figure that belongs to a state. A frozen row has none: nobody is accused any more."""
    count = schedule.days or 0
    facts = _facts(schedule)
    match schedule.state:
        case ScheduleState.OVERDUE | ScheduleState.UNREPORTED:
            return ngettext("%(count)s day past", "%(count)s days past", count) % facts
        case ScheduleState.DONE_LATE:
            return ngettext("%(count)s day late", "%(count)s days late", count) % facts
        case ScheduleState.STALE if schedule.days is not None:
            return (
                ngettext("%(count)s day without news", "%(count)s days without news", count) % facts
            )
        case ScheduleState.MISSED if schedule.period_count is None:
            return gettext("period %(number)s: %(period)s") % facts
        case ScheduleState.MISSED:
            return gettext("period %(number)s of %(total)s: %(period)s") % facts
        case ScheduleState.DUE_SOON if count == 0:
            return gettext("last day")
        case ScheduleState.DUE_SOON:
            return ngettext("%(count)s day left", "%(count)s days left", count) % facts
    return ""
