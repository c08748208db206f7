"""The plugin's own tests, run by pytest in a process of their own."""

import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

from commandcenter.testing.conformance.findings import Finding

SECONDS = 300
NO_TESTS = 5
"""The exit code of pytest that has found none."""


def run_tests(folder: Path) -> Finding:
    """Run the tests in the plugin's folder."""
    if not any(folder.rglob("test_*.py")):
        mend = f"write test_{folder.name}.py; plugins/README.md, Testing a plugin, shows how"
        return Finding("tests", "note", "it has no tests of its own", "", mend)
    if find_spec("pytest") is None:
        return Finding("tests", "left", "pytest is not installed: pip install pytest")
    command = [
        sys.executable, "-m", "pytest", "-q", "--no-header", "--tb=line", "-p", "no:cacheprovider",
        "-p", "no:dash", "--import-mode=importlib", "-c", os.devnull,
        f"--rootdir={folder.parent}", f"--confcutdir={folder}", str(folder),
    ]  # fmt: skip
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
    environment.pop("PYTEST_ADDOPTS", None)
    try:
        done = subprocess.run(
            command, cwd=folder.parent, env=environment, capture_output=True, text=True,
            timeout=SECONDS, check=False,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        return Finding("tests", "wrong", f"its tests take over {SECONDS} s")
    return _said(done.returncode, done.stdout + done.stderr, folder)


def _said(code: int, output: str, folder: Path) -> Finding:
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    last = lines[-1] if lines else "pytest said nothing"
    if code == 0:
        return Finding("tests", "ok", last)
    if code == NO_TESTS:
        return Finding("tests", "note", "pytest found no tests in it")
    failed = next((line for line in lines if line.startswith(str(folder))), "")
    where, _, words = failed.removeprefix(f"{folder}/").partition(": ")
    mend = f"pytest {folder} shows the whole"
    return Finding("tests", "wrong", f"{words or last} ({last})" if words else last, where, mend)
