# SPDX-License-Identifier: Apache-2.0
"""What the test suites share: builds, the unit tests of a build, and counting.

A suite is a folder of tests/. It has unit tests (declared in its meson.build with `suite: <folder>`), or a program
`run.py BUILD` that prints `N passed, N failed` (with `, N skipped`) as its last line, or both.
"""
import concurrent.futures
import contextlib
import fcntl
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BUILDS = ROOT / "build"
LOCAL_CLUSTER = str(ROOT / "tools/local-cluster/local-cluster")
STARTED = time.monotonic()

# Meson options of each build. Meson itself puts ccache before a compiler that nobody has named.
CLANG = {"CC": "ccache clang", "CXX": "ccache clang++"} if shutil.which("ccache") else {"CC": "clang", "CXX": "clang++"}
CONFIGS = {
    "gcc": ({}, ["--werror"]),
    "clang": (CLANG, ["--werror"]),
    "sanitize": ({}, ["--werror", "-Db_sanitize=address,undefined", "-Db_lundef=false"]),
    "threads": ({}, ["--werror", "-Db_sanitize=thread", "-Db_lundef=false"]),
    "fuzz": (CLANG, ["--werror", "-Dfuzz=true", "-Db_sanitize=address,undefined", "-Db_lundef=false"]),
    "release": ({}, ["--werror", "-Dbuildtype=release", "-Dtests=false", "--prefix=/usr", "--libdir=lib"]),
}
CLOSING = re.compile(r"^(?:\w+: )?(\d+) passed, (\d+) failed(?:, (\d+) skipped)?$")
CHECKED = re.compile(r"^\d+%: Checks: (\d+), Failures: (\d+), Errors: (\d+)$", re.M)
WORKERS = 2 * (os.cpu_count() or 1)     # of unit tests: some wait most of their time
HANGS_S = 1800                  # ends only what hangs
SKIPPED = 77                    # as meson has it: how a test program ends that cannot run here, having said why


class Failure(Exception):
    """One line that says what went wrong and what to try."""


def say(text):
    print(f"[{time.monotonic() - STARTED:6.1f} s] {text}", flush=True)


def quiet(command, what, **kwargs):
    """Runs a command whose output matters only if it fails."""
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, **kwargs)
    if done.returncode != 0:
        print("\n".join(done.stdout.splitlines()[-40:]), flush=True)
        raise Failure(f"{what} failed (above): {' '.join(map(str, command))}")
    return done.stdout


def kubectl_program():
    """The real kubectl, as the local cluster has it; to begin a command with."""
    return [quiet([LOCAL_CLUSTER, "build"], "building the local cluster").splitlines()[-1] + "/kubectl"]


@contextlib.contextmanager
def only_here(folder):
    """What makes a folder is done by one process at a time, for suites run beside each other (lanes.py). Whoever dies lets go."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    with open(f"{folder}.lock", "w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def build(name, *targets):
    """Configures and compiles one of CONFIGS, or some targets of it; returns its folder. Cheap when nothing changed."""
    folder = BUILDS / name
    env, options = CONFIGS[name]
    environment = {**os.environ, **env}
    with only_here(folder):
        if not (folder / "build.ninja").exists():
            wipe = ["--wipe"] if folder.exists() else []
            quiet(["meson", "setup", *wipe, str(folder), str(ROOT), *options], f"configuring the {name} build",
                  env=environment)
        quiet(["ninja", "-C", str(folder), *targets], f"the {name} build", env=environment)
    return folder


def virtual_environment(what, wanted, python=sys.executable):
    """The `bin/python` of a virtual environment with the packages of a requirements file, kept for the next time under a name made
    from what is in it."""
    version = quiet([python, "-c", "import sys; print(sys.version)"], f"asking {python} for its version")
    name = hashlib.sha256(wanted.read_bytes() + version.strip().encode()).hexdigest()[:16]
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "sparkk8s"
    folder = cache / f"{what}-{name}"
    with only_here(folder):
        if not (folder / "complete").exists():
            say(f"installing what {wanted.relative_to(ROOT)} names (the first time only)")
            quiet([python, "-m", "venv", "--clear", folder], "making a virtual environment")
            quiet([folder / "bin/pip", "install", "-q", "-r", wanted], f"installing {what}")
            (folder / "complete").touch()
    return str(folder / "bin/python")


def installed_package(folder):
    """A folder for PYTHONPATH with the Python package in it, as pip would install it, which is not run here: with its entry points, by which
    Airflow finds the provider."""
    (folder / "sparkk8s").symlink_to(ROOT / "bindings/python/sparkk8s")
    info = folder / "sparkk8s-0.0.0.dist-info"
    info.mkdir()
    points = re.findall(r'^\[project\.entry-points\."?([\w.]+)"?\]\n((?:[^\[\n].*\n)+)', (ROOT / "pyproject.toml").read_text(), re.M)
    for name, content in {"METADATA": "Metadata-Version: 2.1\nName: sparkk8s\nVersion: 0.0.0\n", "RECORD": "", "INSTALLER": "test\n",
                          "entry_points.txt": "".join(f"[{group}]\n" + lines.replace('"', "") + "\n" for group, lines in points)}.items():
        (info / name).write_text(content)
    return str(folder)


def unit_tests(folder, suites=None):
    """The unit tests that a build declares: those of `suites`, or all."""
    listed = json.loads(quiet(["meson", "introspect", "--tests", str(folder)], "listing the unit tests"))
    return [t for t in listed if suites is None or set(suites) & {s.rsplit(":", 1)[-1] for s in t["suite"]}]


def run_unit_test(test, wrapper, env):
    try:
        done = subprocess.run([*wrapper, *test["cmd"]], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                              errors="replace", cwd=test.get("workdir") or ROOT, timeout=HANGS_S,
                              env={**os.environ, "CK_TIMEOUT_MULTIPLIER": "4", **test.get("env", {}), **env})
    except subprocess.TimeoutExpired as hangs:
        return test, 0, 1, 0, (hangs.stdout or b"").decode(errors="replace") + f"\n{hangs}"
    passed = failed = 0
    if done.returncode == SKIPPED:
        print(f"{test['name']}: {done.stdout.strip()}", flush=True)
        return test, 0, 0, 1, done.stdout
    for checks, failures, errors in CHECKED.findall(done.stdout):
        passed += int(checks) - int(failures) - int(errors)
        failed += int(failures) + int(errors)
    if failed == 0 and (done.returncode != 0 or passed == 0):
        failed = 1              # died, leaked, or ran nothing
    return test, passed, failed, 0, done.stdout


def run_unit_tests(tests, wrapper=(), env=None):
    """Runs several at a time, those of the highest priority first, as `meson test` does; prints what failed; returns (passed, failed,
    skipped)."""
    passed = failed = skipped = 0
    tests = sorted(tests, key=lambda t: -t["priority"])
    with concurrent.futures.ThreadPoolExecutor(WORKERS) as pool:
        for test, p, f, s, output in pool.map(lambda t: run_unit_test(t, wrapper, env or {}), tests):
            passed, failed, skipped = passed + p, failed + f, skipped + s
            if f:
                print(f"--- {test['name']}\n" + "\n".join(output.splitlines()[-60:]), flush=True)
    return passed, failed, skipped


def closing(passed, failed, skipped=0):
    print(f"{passed} passed, {failed} failed" + (f", {skipped} skipped" if skipped else ""), flush=True)
    return 1 if failed else 0


class Counter:
    """For suites of plain checks: one line each."""

    def __init__(self):
        self.passed = self.failed = self.skipped = 0

    def check(self, ok, what, detail=""):
        if ok:
            self.passed += 1
            print(f"ok - {what}", flush=True)
        else:
            self.failed += 1
            print(f"FAIL - {what}" + (f"\n{detail}" if detail else ""), flush=True)
        return ok

    def skip(self, what, why):
        self.skipped += 1
        print(f"skip - {what}: {why}", flush=True)

    def close(self):
        sys.exit(closing(self.passed, self.failed, self.skipped))
