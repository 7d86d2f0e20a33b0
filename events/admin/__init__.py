"""The editors’ rooms of events, press and feedback."""
