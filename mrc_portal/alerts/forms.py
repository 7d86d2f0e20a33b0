"""What a reader types to follow something."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.validators import validate_email
from django.utils.translation import gettext_lazy as _

from mrc_portal.alerts.models import MAX_ADDRESS, Frequency
from mrc_portal.languages import OWN_NAMES


class AddressField(forms.CharField):
    """An e-mail address as mail servers know it, the same however it was typed: in small letters,
    and a domain in Cyrillic in Punycode (RFC 5890). RFC 5321, 2.4, would let a server tell capital
    letters before the @ apart; none does, and telephones write the first letter as one."""

    default_error_messages = {
        "required": _("Type your e-mail address."),
        "invalid": _("This is no e-mail address. It looks like name@example.org."),
    }

    def clean(self, value: Any) -> str:
        typed = super().clean(value)
        name, _at, domain = typed.rpartition("@")
        try:
            address = f"{name}@{domain.encode('idna').decode('ascii')}".lower()
            validate_email(address)
        except (UnicodeError, forms.ValidationError):
            raise forms.ValidationError(self.error_messages["invalid"]) from None
        if len(address) > MAX_ADDRESS:
            raise forms.ValidationError(self.error_messages["invalid"])
        return address


class ChoiceForm(forms.Form):
    """How often, and in which language."""

    frequency = forms.ChoiceField(choices=Frequency.choices, label=_("How often"))
    language = forms.ChoiceField(choices=list(OWN_NAMES.items()), label=_("Language"))


class FollowForm(ChoiceForm):
    """`subject` is a trap: people do not see it, programs fill it in."""

    address = AddressField(label=_("E-mail address"), max_length=MAX_ADDRESS)
    subject = forms.CharField(required=False)

    @property
    def is_trapped(self) -> bool:
        return bool(self.data.get("subject"))
