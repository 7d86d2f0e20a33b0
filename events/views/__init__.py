"""Pages, files and feeds of events, press and feedback."""
