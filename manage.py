#!/usr/bin/env python
"""Django's command line for the portal."""

import os
import sys


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mrc_portal.settings")
    try:
        from django.core.management import execute_from_command_line
    except ImportError:
        sys.exit(
            f"{sys.executable} does not know Django. The portal has a Python of its own, which "
            "“make run” makes: .venv/bin/python manage.py …"
        )
    from mrc_portal.faults import told_in_a_line

    with told_in_a_line():
        execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
