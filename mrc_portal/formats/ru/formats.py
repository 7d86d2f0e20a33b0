"""Russian dates in the admin, in figures as office papers write them."""

DATETIME_FORMAT = "d.m.Y, H:i"
