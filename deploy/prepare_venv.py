"""Create .venv and install the pinned requirements; does nothing when that has been done already.

    python3 deploy/prepare_venv.py [requirements.txt ...]

Run by make with whatever Python the machine has, so it uses nothing but the standard library, and
no syntax that an older Python would stumble over before it can be told that it is too old.
"""

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

OLDEST_PYTHON = (3, 11)
ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"


def main() -> None:
    if sys.version_info < OLDEST_PYTHON:
        found = ".".join(str(part) for part in sys.version_info[:3])
        sys.exit(
            f"The portal needs Python 3.11 or newer; {sys.executable} is {found}. "
            "Name a newer one: make PYTHON=python3.12 ..."
        )
    files = [ROOT / name for name in sys.argv[1:] or ["requirements.txt"]]
    with open(__file__) as lock:  # two makes at once: the second waits for the first
        fcntl.flock(lock, fcntl.LOCK_EX)
        prepare(files)


def prepare(files: "list[Path]") -> None:
    if not is_usable():
        create()
    missing = [path for path in files if not is_installed(path)]
    if not missing:
        return
    print("Installing " + ", ".join(str(path.relative_to(ROOT)) for path in missing), flush=True)
    options = ["--disable-pip-version-check", "--no-input", "-qq"]  # errors are still shown
    command = [str(PYTHON), "-m", "pip", "install", *options]
    for path in files:
        command += ["--requirement", str(path)]
    if subprocess.run(command, check=False).returncode:
        sys.exit("The requirements could not be installed; pip says why above.")
    for path in files:
        stamp(path).write_text(fingerprint(path))


def is_usable() -> bool:
    """Whether there is an environment and the Python it was made with is still there."""
    if not PYTHON.exists():
        return False
    code = f"import sys, pip; sys.exit(sys.version_info < {OLDEST_PYTHON})"
    return (
        subprocess.run([str(PYTHON), "-c", code], capture_output=True, check=False).returncode == 0
    )


def create() -> None:
    print("Creating .venv", flush=True)
    if VENV.exists():
        shutil.rmtree(VENV)
    done = subprocess.run(
        [sys.executable, "-m", "venv", str(VENV)], capture_output=True, text=True, check=False
    )
    if done.returncode:
        sys.exit(
            f"{done.stdout}{done.stderr}\nNo virtual environment could be made. "
            "On Debian and Ubuntu its part of Python is a package: apt-get install python3-venv"
        )


def stamp(requirements: Path) -> Path:
    name = str(requirements.relative_to(ROOT)).replace(os.sep, "-")
    return VENV / f"{name}.installed"


def fingerprint(requirements: Path) -> str:
    return hashlib.sha256(requirements.read_bytes()).hexdigest()


def is_installed(requirements: Path) -> bool:
    path = stamp(requirements)
    return path.exists() and path.read_text() == fingerprint(requirements)


if __name__ == "__main__":
    main()
