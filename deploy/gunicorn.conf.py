"""The production server: a few processes with a few threads each, on loopback by default.

Gunicorn reads it by itself: gunicorn --config deploy/gunicorn.conf.py"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gunicorn.arbiter import Arbiter
    from gunicorn.workers.base import Worker

wsgi_app = "mrc_portal.wsgi:application"
bind = f"{os.environ.get('HOST') or '127.0.0.1'}:{os.environ.get('PORT') or '8000'}"

# A connection to the database for each thread: PostgreSQL has a hundred in all.
worker_class = "gthread"
workers = int(os.environ.get("WEB_WORKERS") or 2)
threads = int(os.environ.get("WEB_THREADS") or 4)
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
# The header that tells of HTTPS is believed only if it comes from a proxy on this machine;
# FORWARDED_ALLOW_IPS names another.
forwarded_allow_ips = os.environ.get("FORWARDED_ALLOW_IPS", "127.0.0.1,::1")
# Heartbeats are written here: on a disk they may be held up by it.
worker_tmp_dir = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
control_socket_disable = True


def when_ready(server: Arbiter) -> None:
    print(f"Migrant Rights Information Center: http://{bind}/ (Ctrl+C stops it)", flush=True)


def post_worker_init(worker: Worker) -> None:
    """In each process, once the portal is loaded: repair the index or catch up, and send letters
    that are due, in background."""
    from mrc_portal.alerts import worker as alerts_worker
    from mrc_portal.search import worker as search_worker

    search_worker.start()
    alerts_worker.start()
