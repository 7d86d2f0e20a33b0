"""Letters to readers about what is new: what they asked for, in their language, once a day or week.

Rooms announce in `<room>/alerts.py` what becomes public (`Kind`) and what can be followed
(`Followable`); nothing of their records is known here. Kept of a reader are the address, the
choices, and how far he or she has been told. Without a mail server in the settings all of it is
hidden."""
