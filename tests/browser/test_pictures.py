"""What the handbook tells can be done: its pictures are made by doing it."""

import pytest

from mrc_portal.handbook import PICTURES
from tests.pictures.drive import draw_handbook

pytestmark = pytest.mark.needs_chromium


def test_the_steps_of_the_handbook_lead_to_its_pictures(browser, site, tmp_path):
    draw_handbook(browser, site.origin, tmp_path, languages=("ru",))

    made = {path.name for path in tmp_path.iterdir()}
    assert made == {path.name for path in PICTURES.glob("ru-*.webp")}
