from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from mrc_portal.alerts.models import is_on
from mrc_portal.alerts.sending import MailServerAway, send_alerts


class Command(BaseCommand):
    help = (
        "Send the letters to readers that are due. The web server does so by itself every minute;"
        " this is for a timer instead, or beside it. Safe to repeat, and to run twice at once."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        if not is_on():
            raise CommandError("There is no mail server: set MRC_EMAIL_URL.")
        try:
            done = send_alerts()
        except MailServerAway as error:
            raise CommandError(
                f"The mail server cannot be reached ({error}); letters wait."
            ) from None
        self.stdout.write(
            f"{done.confirmations} confirmations and {done.digests} digests sent,"
            f" {done.without_news} without news, {done.later} later, {done.refused} refused"
        )
