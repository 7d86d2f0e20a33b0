"""A plan as data for search engines: schema.org's Dataset as JSON-LD, with the files to take."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from council.models import Body, Plan
from mrc_portal.languages import LanguageVersion
from mrc_portal.linked_data import CONTEXT, without_gaps


def plan_data(
    plan: Plan, version: LanguageVersion, media_types: Mapping[str, str], site: str
) -> dict[str, Any]:
    """The plan as it stands today, in the version that the page shows. `media_types` are those of
    its files, by their extensions."""
    title = version.title
    mark = _("A demonstration record: it was invented and must not be cited.")
    return without_gaps(
        {
            "@context": CONTEXT,
            "@type": "Dataset",
            "@id": site + plan.get_permanent_path(),
            "url": site + plan.get_absolute_url(),
            "name": title,
            "description": version.summary or title,
            "disambiguatingDescription": mark if plan.is_demonstration else "",
            "inLanguage": version.language,
            "identifier": site + plan.get_permanent_path(),
            "creator": [
                _body(it, version.language, site)
                for it in dict.fromkeys((plan.council, plan.drawn_up_by))
                if it is not None and it.is_published
            ],
            "temporalCoverage": _period(plan),
            "spatialCoverage": {"@type": "Country", "identifier": "KG"},
            "isAccessibleForFree": True,
            "distribution": [
                {
                    "@type": "DataDownload",
                    "encodingFormat": media_type,
                    "contentUrl": site + reverse("council:plan_file", args=[plan.slug, extension]),
                }
                for extension, media_type in media_types.items()
            ],
        }
    )


def _body(body: Body, language: str, site: str) -> dict[str, str]:
    return {
        "@type": "Organization",
        "name": body.version_for(language).title,
        "url": site + body.get_absolute_url(),
    }


def _period(plan: Plan) -> str:
    """ISO 8601, with ".." for an end that is open (https://schema.org/temporalCoverage)."""
    if not plan.starts_on:
        return ""
    return f"{plan.starts_on}/{plan.ends_on or '..'}"
