"""Everything that is checked without running the portal: style, types, rooms, translations.

    python -m tests.check [names of checks]

All checks run, whatever the first one says; what a failed one printed is shown."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TOOLS = Path(sys.executable).parent

# As a public server is set up, so that `check --deploy` has nothing to wish for.
PRODUCTION = {
    "MRC_HTTPS": "1",
    "MRC_SITE_URL": "https://mrc.example",
    "MRC_BEHIND_PROXY": "1",
    "MRC_DEBUG": "0",
}


@dataclass(frozen=True)
class Check:
    name: str
    command: Callable[[], list[str]]


def _tool(name: str, *arguments: str) -> Callable[[], list[str]]:
    return lambda: [str(TOOLS / name), *arguments]


def _python(*arguments: str) -> Callable[[], list[str]]:
    return lambda: [sys.executable, *arguments]


def _templates() -> list[str]:
    templates = sorted(str(path.relative_to(ROOT)) for path in (ROOT / "templates").rglob("*.html"))
    return [str(TOOLS / "djade"), "--check", "--target-version", "5.2", *templates]


CHECKS = [
    # The slowest first: two run at a time.
    Check("mypy", _tool("mypy")),
    Check("ruff", _tool("ruff", "check", ".")),
    Check("ruff-format", _tool("ruff", "format", "--check", "--quiet", "--diff", ".")),
    Check("templates", _templates),
    Check("imports", _tool("lint-imports", "--no-logo")),
    Check("migrations", _python("manage.py", "makemigrations", "--check", "--dry-run")),
    Check("settings", _python("-m", "tests.check_settings")),
    Check("catalogues", _python("-m", "tests.check_catalogues")),
    Check("deploy", _python("manage.py", "check", "--deploy", "--fail-level", "WARNING")),
]


def main(names: list[str]) -> int:
    checks = [check for check in CHECKS if not names or check.name in names]
    unknown = set(names) - {check.name for check in CHECKS}
    if unknown:
        print("No such check: " + ", ".join(sorted(unknown)))
        return 2
    with tempfile.TemporaryDirectory(prefix="mrc-check-") as folder:
        environment = {**os.environ, **PRODUCTION, "MRC_DATA_DIR": folder}
        environment.pop("DATABASE_URL", None)  # no check needs more than the empty database here
        with ThreadPoolExecutor(max_workers=2) as pool:
            passed = list(pool.map(lambda check: _run(check, environment), checks))
    failed = [check.name for check, is_good in zip(checks, passed, strict=True) if not is_good]
    if failed:
        print(f"\n{len(failed)} of {len(checks)} checks failed: {', '.join(failed)}.")
        return 1
    print(f"\nAll {len(checks)} checks passed.")
    return 0


def _run(check: Check, environment: dict[str, str]) -> bool:
    started = time.monotonic()
    done = subprocess.run(
        check.command(),
        cwd=ROOT,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    is_good = done.returncode == 0
    seconds = time.monotonic() - started
    report = f"{'ok' if is_good else 'FAILED':<7}{check.name} ({seconds:.1f} s)"
    print(report if is_good else f"{report}\n{done.stdout}", flush=True)
    return is_good


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
