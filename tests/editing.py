"""What the tests of the editors' forms share."""

from django.contrib.messages import get_messages
from django.forms import BaseForm, ModelMultipleChoiceField

from mrc_portal.admin_site import change_url


def page_of(client, address):
    response = client.get(address)
    assert response.status_code == 200
    return response


def filled(response):
    """The form of a page, as a browser would send it back without a change."""
    data = {}
    forms = [response.context["adminform"].form]
    for inline in response.context["inline_admin_formsets"]:
        forms += [inline.formset.management_form, *inline.formset.forms]
    for form in forms:
        data |= sent(form)
    return data


def sent(form: BaseForm):
    """The fields of a form, as a browser would send them."""
    data: dict[str, str | list[str]] = {}
    for bound in form:
        value = bound.value()
        if callable(value):
            value = value()
        if isinstance(bound.field, ModelMultipleChoiceField) and not value:
            continue
        if value is True:
            data[bound.html_name] = "on"
        elif value is None or value == "":
            data[bound.html_name] = ""
        elif value is not False:
            data[bound.html_name] = value if isinstance(value, list) else str(value)
    return data


def form_of(client, record, **changes):
    """The form of a record as it is stored, with what an editor types into it."""
    return filled(page_of(client, change_url(record))) | changes


def errors_of(response):
    """The names of fields with errors, of the form and of the rows."""
    assert response.status_code == 200
    names = list(response.context["adminform"].form.errors)
    for inline in response.context["inline_admin_formsets"]:
        for number, form in enumerate(inline.formset.forms):
            names += [f"{inline.formset.prefix}-{number}-{name}" for name in form.errors]
    return names


def saved(response):
    assert response.status_code == 302, errors_of(response)
    return response


def said(response):
    """All messages that no page has shown yet, in one text."""
    return " ".join(str(message) for message in get_messages(response.wsgi_request))
