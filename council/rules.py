"""What each state means, in one sentence: the same for every row, whatever its dates."""

from django.utils.translation import gettext_lazy as _

from council.schedule import ScheduleState

STATE_RULES = {
    ScheduleState.OVERDUE: _(
        "The last day has passed, and the last report does not say that it is done."
    ),
    ScheduleState.MISSED: _(
        "It is due again in every period, and nobody reported on the newest period that is over."
    ),
    ScheduleState.UNREPORTED: _(
        "The last day has passed, and nobody has reported. Perhaps it is done, perhaps not."
    ),
    ScheduleState.STALE: _(
        "It takes long or never ends, and no report has come for more than 180 days."
    ),
    ScheduleState.DUE_SOON: _(
        "No more than 30 days are left, or a report on the present period is due."
    ),
    ScheduleState.STAGE_ENDED: _("The plan names no date for it, and its stage is over."),
    ScheduleState.ON_TIME: _("It is under way, and no date has passed."),
    ScheduleState.NOT_STARTED: _("Its first day has not come yet."),
    ScheduleState.NO_DEADLINE: _("The plan names no date for it, so it cannot be late."),
    ScheduleState.FROZEN: _("Reports are no longer gathered, so nobody is called late any more."),
    ScheduleState.DONE_LATE: _("It was reported done, but after its last day."),
    ScheduleState.DONE: _("It was reported done; the plan names no date for it."),
    ScheduleState.DONE_ON_TIME: _("It was reported done no later than on its last day."),
}
