"""OAI-PMH 2.0 at /oai: the address at which libraries and search engines take our records."""

from __future__ import annotations

import logging

from django.db import OperationalError
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods
from lxml import etree

from library.oai.answers import ANSWERS, Answer
from library.oai.datestamps import StillCatchingUp, catch_up
from library.oai.protocol import OaiError, read_arguments
from mrc_portal.rate_limit import RateLimit, limited

logger = logging.getLogger(__name__)

# A harvest of a hundred thousand records takes a thousand requests.
REQUESTS = RateLimit(1200)
SECONDS_TO_COME_AGAIN = 5


@csrf_exempt  # 3.1.1.2: harvesters post, too; nothing can be changed here
@require_http_methods(["GET", "HEAD", "POST"])
@limited(REQUESTS)
def oai(request: HttpRequest) -> HttpResponse:
    arguments: dict[str, str] = {}
    complete_until = timezone.now()
    try:
        arguments = read_arguments(request)
        complete_until = catch_up()
        answer = Answer(request, arguments, complete_until)
        ANSWERS[arguments["verb"]](answer)
    except OaiError as error:
        # Harvesters next ask from this date on, also when there was nothing for them.
        answer = Answer(request, {} if error.hides_arguments else arguments, complete_until)
        answer.tell_error(error)
    except (StillCatchingUp, OperationalError) as hindrance:
        # 3.1.2.2: the protocol's own way to ask for patience, also while the database is busy.
        if isinstance(hindrance, OperationalError):
            logger.warning("A harvester has to come again: %s", hindrance)
        return HttpResponse(
            "Please come again.\n",
            status=503,
            content_type="text/plain; charset=utf-8",
            headers={"Retry-After": str(SECONDS_TO_COME_AGAIN)},
        )
    xml = etree.tostring(answer.root, xml_declaration=True, encoding="UTF-8")
    return HttpResponse(xml, content_type="text/xml; charset=utf-8")
