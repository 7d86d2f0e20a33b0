"""The portal's settings with two addresses more; see urls.py."""

from mrc_portal.settings import *  # noqa: F403
from mrc_portal.settings import INSTALLED_APPS

INSTALLED_APPS = [*INSTALLED_APPS, "tests.bench"]
ROOT_URLCONF = "tests.bench.urls"
