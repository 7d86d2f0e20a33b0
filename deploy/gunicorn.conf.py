"""The production server: a few processes with a few threads each, on loopback by default.

Gunicorn reads it by itself: gunicorn --config deploy/gunicorn.conf.py"""

from __future__ import annotations

import os
import signal
import sys
from typing import TYPE_CHECKING

from django.core.exceptions import ImproperlyConfigured

from mrc_portal import variables

if TYPE_CHECKING:
    from gunicorn.arbiter import Arbiter
    from gunicorn.workers.base import Worker

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mrc_portal.settings")

wsgi_app = "mrc_portal.wsgi:application"
# A connection to the database for each thread: PostgreSQL has a hundred in all.
worker_class = "gthread"
try:
    host, port = variables.HOST.read(), variables.PORT.read()
    workers = variables.WEB_WORKERS.read()
    threads = variables.WEB_THREADS.read()
    # The header that tells of HTTPS is believed only if it comes from a proxy on this machine, or
    # from one that is named.
    forwarded_allow_ips = ",".join(variables.FORWARDED_ALLOW_IPS.read())
except ImproperlyConfigured as error:
    sys.exit(f"The portal cannot start. {error}")
bind = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
# The portal stands at the root of its host, whatever a reader's headers say: pages are kept, and
# would lead everybody else to addresses that are not there.
forwarder_headers = ""
# Every process opens the search index by itself, so the portal is loaded after the fork.
preload_app = False

# An upload is read within its request, which may take two minutes for a large PDF.
timeout = 150
graceful_timeout = 30
keepalive = 5
# Whatever leaks is given back now and then, not by all processes at once.
max_requests = 20_000
max_requests_jitter = 4_000

# Readers are not tracked: no line for their requests. Warnings would name their addresses too.
accesslog = None
errorlog = "-"
loglevel = "error"
# Heartbeats are written here: on a disk they may be held up by it.
worker_tmp_dir = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
control_socket_disable = True


def on_starting(server: Arbiter) -> None:
    """Before anything listens: settings make sense, and nobody else serves from the data folder.

    Settings are read here once for all processes, those that are started again later included."""
    from mrc_portal.serving import CannotServe, claim_data_folder, find_free_address

    try:
        claim_data_folder()
        find_free_address(host, port)
    except (CannotServe, ImproperlyConfigured) as error:
        sys.exit(f"The portal cannot start. {error}")


def when_ready(server: Arbiter) -> None:
    print(f"Migrant Rights Information Center: http://{bind}/ (Ctrl+C stops it)", flush=True)


def post_worker_init(worker: Worker) -> None:
    """In each process, once the portal is loaded: repair the index or catch up, and send letters
    that are due, in background."""
    from mrc_portal.alerts import worker as alerts_worker
    from mrc_portal.search import worker as search_worker

    # Ctrl+C comes from the terminal and, as SIGQUIT, from the master. Gunicorn's handler of both
    # waits for itself, half a minute, when one interrupts the other: the master's is enough.
    signal.signal(signal.SIGINT, lambda number, frame: None)
    search_worker.start()
    alerts_worker.start()
