"""Makes the pictures of the handbook and of README.md anew: `make pictures`.

A throw-away portal with the demonstration is served on a day that stays the same, and a browser
does there what the handbook tells. Needs Chromium, and a minute or two."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import django

SETTINGS = "tests.pictures.settings"
PICTURES = Path(__file__).resolve().parents[2] / "docs" / "pictures"


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="mrc-pictures-") as folder:
        os.environ |= {"DJANGO_SETTINGS_MODULE": SETTINGS, "MRC_DATA_DIR": f"{folder}/here"}
        django.setup()
        # They need the settings.
        from tests.browser.chromium import open_browser
        from tests.browser.site import serve
        from tests.pictures.drive import RECORDS, draw_handbook, draw_readme

        portal = Path(folder) / "portal"
        portal.mkdir()
        with serve(portal, RECORDS, SETTINGS) as site, open_browser() as browser:
            draw_handbook(browser, site.origin, PICTURES)
            draw_readme(browser, site.origin, PICTURES)
    for path in sorted(PICTURES.glob("*.webp")):
        print(f"{path.name}: {path.stat().st_size / 1024:.0f} kB")


if __name__ == "__main__":
    main()
