"""The editors’ rooms of events, press and feedback."""

from events.admin import events, feedback, press

__all__ = ["events", "feedback", "press"]
