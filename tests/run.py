"""Every test that this machine can run: on SQLite, on PostgreSQL, in a real Chromium.

    python -m tests.run [arguments for pytest]

What could not be run is said in one line at the end, and fails the run with MRC_TEST_ALL=1 (CI)."""

from __future__ import annotations

import hashlib
import os
import shutil
import signal
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

from tests.postgres import CannotStart, find_programs, throwaway_cluster

ROOT = Path(__file__).resolve().parent.parent
TESTS = ROOT / "tests"
NODE_MODULES = TESTS / "node_modules"
NPM_SECONDS = 300
BROWSER_TESTS = "tests/browser"
# What asks no database, or asks one through what other tests try on both, is run on one of them.
ON_ONE_DATABASE = (
    "tests/alerts/test_mail_server.py",
    "tests/api/test_description.py",
    "tests/council/test_money.py",
    "tests/council/test_reading.py",
    "tests/council/test_schedule.py",
    "tests/council/test_states.py",
    "tests/council/test_timeline_drawing.py",
    "tests/council/test_timelines.py",
    "tests/events/test_letterheads.py",
    "tests/events/test_suppression.py",
    "tests/library/test_citations.py",
    "tests/library/test_dublin_core.py",
    "tests/library/test_formats.py",
    "tests/library/test_import_archives.py",
    "tests/library/test_import_bibliographies.py",
    "tests/library/test_import_dates.py",
    "tests/library/test_kinds.py",
    "tests/library/test_mods.py",
    "tests/library/test_page_metadata.py",
    "tests/library/test_pdf.py",
    "tests/library/test_signposting.py",
    "tests/library/test_structured.py",
    "tests/library/test_uploads.py",
    "tests/search/test_analysis.py",
    "tests/search/test_kyrgyz.py",
    "tests/search/test_parsing.py",
    "tests/search/test_snippets.py",
    "tests/test_admin_languages.py",
    "tests/test_checks.py",
    "tests/test_export_portal.py",  # takes its portals to PostgreSQL by itself
    "tests/test_export_portal_refused.py",
    "tests/test_handbook.py",
    "tests/test_settings.py",
    "tests/test_styles.py",
)
NO_TESTS = 5  # pytest's exit code

CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


@dataclass
class Outcome:
    failed: list[str] = field(default_factory=list)
    not_run: list[str] = field(default_factory=list)  # what, and why


def main(arguments: list[str]) -> int:
    signal.signal(signal.SIGTERM, _stop)
    outcome = Outcome()
    in_parallel = [] if _chooses_processes(arguments) else ["--numprocesses=auto"]
    arguments = [*in_parallel, *arguments]
    without_browser = [f"--ignore={BROWSER_TESTS}", *arguments]
    _pytest(outcome, "SQLite", without_browser)
    _test_on_postgresql(outcome, without_browser)
    _test_in_browser(outcome, arguments)
    if outcome.not_run:
        print("\nNot run here: " + "; ".join(outcome.not_run) + ".")
    if outcome.failed:
        print("\nFailed: " + ", ".join(outcome.failed) + ".")
    is_incomplete = bool(outcome.not_run) and os.environ.get("MRC_TEST_ALL") == "1"
    return 1 if outcome.failed or is_incomplete else 0


def _stop(number: int, frame: FrameType | None) -> None:
    """A polite end: with sys.exit the PostgreSQL server is stopped and its folder removed."""
    sys.exit(128 + number)


def _chooses_processes(arguments: list[str]) -> bool:
    return any(argument.startswith(("-n", "--numprocesses", "--pdb")) for argument in arguments)


def _pytest(
    outcome: Outcome, name: str, arguments: list[str], environment: dict[str, str] | None = None
) -> None:
    print(f"\n— Tests: {name} —", flush=True)
    code = subprocess.run(
        [sys.executable, "-m", "pytest", *arguments],
        cwd=ROOT,
        env={**os.environ, **(environment or {})},
        check=False,
    ).returncode
    is_choice_empty = code == NO_TESTS and len(sys.argv) > 1
    if code and not is_choice_empty:
        outcome.failed.append(name)


def _test_on_postgresql(outcome: Outcome, arguments: list[str]) -> None:
    programs = find_programs()
    if programs is None:
        outcome.not_run.append("PostgreSQL (no server installed: Debian's package postgresql)")
        return
    try:
        with throwaway_cluster(programs) as url:
            arguments = [*(f"--ignore={it}" for it in ON_ONE_DATABASE), *arguments]
            environment = {"DATABASE_URL": url, "MRC_TEST_FIRST": "1"}
            _pytest(outcome, "PostgreSQL", arguments, environment)
    except CannotStart as error:
        outcome.not_run.append(f"PostgreSQL ({error})")


def _test_in_browser(outcome: Outcome, arguments: list[str]) -> None:
    """The site as it is served, looked at by Chromium, axe and the Nu HTML checker."""
    missing = {}
    chromium = find_chromium()
    if chromium is None:
        missing["needs_chromium"] = "Chromium (Debian's package chromium)"
    problem = _install_node_modules()
    if problem:
        missing["needs_axe"] = f"axe ({problem})"
        missing["needs_nu"] = f"the HTML checker ({problem})"
    elif shutil.which("java") is None:
        missing["needs_nu"] = "the HTML checker (no Java: Debian's package default-jre-headless)"
    outcome.not_run += missing.values()
    choice = ["-m", " and ".join(f"not {marker}" for marker in missing)] if missing else []
    environment = {"MRC_TEST_CHROMIUM": chromium or ""}
    _pytest(outcome, "the site as it is served", [BROWSER_TESTS, *choice, *arguments], environment)


def find_chromium() -> str | None:
    return next(filter(None, map(shutil.which, CHROMIUM_NAMES)), None)


def _install_node_modules() -> str:
    """Install axe and the HTML checker as tests/package-lock.json names them; "" or why not."""
    stamp = NODE_MODULES / ".installed"
    wanted = hashlib.sha256((TESTS / "package-lock.json").read_bytes()).hexdigest()
    if stamp.exists() and stamp.read_text() == wanted:
        return ""
    npm = shutil.which("npm")
    if npm is None:
        return "no npm: Debian's packages nodejs and npm"
    try:
        done = subprocess.run(
            [npm, "ci"],
            cwd=TESTS,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=NPM_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return "npm ci took too long"
    if done.returncode:
        return "npm ci failed: " + " ".join(done.stderr.split())[:300]
    stamp.write_text(wanted)
    return ""


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
