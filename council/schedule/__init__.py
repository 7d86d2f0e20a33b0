"""How a row stands against its dates on a day: one pure function, which can also say why.

The schedule is one of three axes that are never mixed: what was reported is the status, what the
evidence shows is the assessment. Nothing here knows the database or the present day.
"""

from council.schedule.judging import Schedule, schedule_of
from council.schedule.periods import Period
from council.schedule.states import (
    DONE_STATES,
    DUE_SOON_DAYS,
    GRACE_DAYS,
    STALE_DAYS,
    STATE_MARKS,
    STATUS_MARKS,
    WORST_FIRST,
    Move,
    ProgressStatus,
    Report,
    ScheduleState,
    Task,
)

__all__ = [
    "DONE_STATES",
    "DUE_SOON_DAYS",
    "GRACE_DAYS",
    "STALE_DAYS",
    "STATE_MARKS",
    "STATUS_MARKS",
    "WORST_FIRST",
    "Move",
    "Period",
    "ProgressStatus",
    "Report",
    "Schedule",
    "ScheduleState",
    "Task",
    "schedule_of",
]
