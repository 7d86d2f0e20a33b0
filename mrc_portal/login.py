"""Logging in, without letting anybody try passwords for long."""

from __future__ import annotations

import math
from typing import Any

from django.contrib.admin.forms import AdminAuthenticationForm
from django.core.exceptions import ValidationError
from django.utils.translation import ngettext

from mrc_portal.rate_limit import RateLimit, client_address

# Wrong ones from one address within ten minutes, in each process of the server. An office behind
# one address makes fewer mistakes. By name it is not counted: that would let strangers lock out
# an editor.
wrong_passwords = RateLimit(20)


class LoginForm(AdminAuthenticationForm):
    def clean(self) -> dict[str, Any]:
        address = client_address(self.request) if self.request else ""
        if wrong_passwords.is_reached(address):
            minutes = math.ceil(max(wrong_passwords.seconds_to_wait(address), 1) / 60)
            raise ValidationError(
                ngettext(
                    "Too many wrong passwords from your address. "
                    "Please try again in %(minutes)s minute.",
                    "Too many wrong passwords from your address. "
                    "Please try again in %(minutes)s minutes.",
                    minutes,
                ),
                code="too_many",
                params={"minutes": minutes},
            )
        try:
            return super().clean()
        except ValidationError:
            wrong_passwords.take(address)
            raise
