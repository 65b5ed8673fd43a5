# SPDX-License-Identifier: Apache-2.0
"""The Python package: its source distribution and the wheel as it is released, in clean virtual environments; the source with the library
from `meson install`, by the oldest and the newest Python of this machine (3.9 and later), with mypy; once under AddressSanitizer. What is
tested is in test_*.py and wheels.py. The first time takes some minutes more, in which what goes into the wheel is compiled.

    run.py BUILD [--quick | --all] [-- PYTEST-ARGUMENT...]

--quick: this Python and this build only, no wheel; --all: with every Python between the oldest and the newest, too.
"""
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
import harness
import wheels
from harness import ROOT, say

HERE = Path(__file__).resolve().parent
PACKAGE = ROOT / "bindings/python"
VERSIONS = range(9, 14)         # of Python 3
TOTALS = re.compile(r"(\d+) (passed|failed|skipped|error)")


def pythons():
    """{"3.9": program}: what is in PATH, and what pyenv has."""
    found = {}
    for minor in VERSIONS:
        places = [shutil.which(f"python3.{minor}"), *sorted(map(str, Path.home().glob(f".pyenv/versions/3.{minor}.*/bin/python")))]
        for place in filter(None, places):
            done = subprocess.run([place, "-c", "import sys, venv, ensurepip; print(sys.version_info[:2])"], capture_output=True, text=True)
            if done.stdout.strip() == f"(3, {minor})":
                found[f"3.{minor}"] = place
                break
    return found


class Suite:
    def __init__(self):
        self.count = harness.Counter()

    def pytest(self, what, python, env, *arguments):
        """One run of pytest, its totals added to ours; what failed is shown."""
        say(what)
        clean = {k: v for k, v in os.environ.items() if k not in ("SPARKK8S_LIBRARY", "PYTHONPATH")}
        try:
            done = subprocess.run([python, "-m", "pytest", "-rs", "--tb=short", *arguments], cwd=HERE, env={**clean, **env}, text=True, errors="replace",
                                  stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=harness.HANGS_S)
        except subprocess.TimeoutExpired as hangs:
            self.count.check(False, f"{what}: comes to its end", (hangs.stdout or b"").decode(errors="replace")[-4000:])
            return
        totals = {kind: int(n) for n, kind in TOTALS.findall(done.stdout.strip().splitlines()[-1])} if done.stdout.strip() else {}
        self.count.passed += totals.get("passed", 0)
        failed = totals.get("failed", 0) + totals.get("error", 0)
        self.count.failed += failed or (done.returncode != 0 or not totals.get("passed"))
        for line in re.findall(r"^SKIPPED .*", done.stdout, re.M):
            print(f"skip - {what}: {line}")
        self.count.skipped += totals.get("skipped", 0)
        if done.returncode:
            print("\n".join(done.stdout.splitlines()[-120:]))
        print(f"{what}: {totals}", flush=True)

    def mypy(self, tools, what, *arguments):
        done = subprocess.run([tools, "-m", "mypy", "--strict", "--python-version", "3.9", *arguments], capture_output=True, text=True,
                              env={**os.environ, "MYPYPATH": str(PACKAGE)})
        self.count.check(done.returncode == 0, f"mypy --strict: {what}", done.stdout + done.stderr)

    def sanitized(self, tools, folder, more):
        """Under AddressSanitizer. CPython itself leaves much at its end; what counts is what the library has allocated: a leak whose
        stack goes through libsparkk8s. A list of suppressions could not tell, since all our stacks begin in CPython."""
        library = harness.build("sanitize", "lib/libsparkk8s.so.1") / "lib/libsparkk8s.so.1"
        runtime = harness.quiet(["gcc", "-print-file-name=libasan.so"], "asking for libasan").strip()
        reports = folder / "reports"
        reports.mkdir()
        env = {"PYTHONPATH": str(PACKAGE), "SPARKK8S_LIBRARY": str(library), "LD_PRELOAD": str(Path(runtime).resolve()), "PYTHONMALLOC": "malloc",
               "ASAN_OPTIONS": f"detect_leaks=1:exitcode=99:abort_on_error=0:log_path={reports}/report", "LSAN_OPTIONS": "exitcode=0"}
        self.pytest("under AddressSanitizer", tools, env, "-k", "not header and not import", *more)
        blocks = [b for file in reports.iterdir() for b in re.split(r"\n\n", file.read_text(errors="replace"))]
        leaks = [b for b in blocks if re.search("^(Direct|Indirect) leak", b, re.M) and "libsparkk8s" in b]
        wrong = [b for b in blocks if "ERROR: AddressSanitizer" in b or "runtime error:" in b]
        self.count.check(not leaks and not wrong, "no leak, no fault in the library", "\n\n".join([*wrong, *leaks][:5]))
        self.count.check(bool(blocks), "leaks are looked for: CPython's own are seen")


def main():
    arguments = sys.argv[2:]
    more = arguments[arguments.index("--") + 1:] if "--" in arguments else []
    build = Path(sys.argv[1]).resolve()
    suite = Suite()
    tools = harness.virtual_environment("python", HERE / "requirements.txt")
    source = {"PYTHONPATH": str(PACKAGE), "SPARKK8S_LIBRARY": str(build / "lib/libsparkk8s.so.1")}
    if "--quick" in arguments:
        suite.pytest("this build", tools, source, *more)
        suite.count.close()
    suite.mypy(tools, "the package", "--exclude", "sparkk8s/airflow/", str(PACKAGE / "sparkk8s"))
    suite.mypy(tools, "a user's program", str(HERE / "types_of_users.py"))
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        wheels.source(suite.count, tools, folder)
        clean = wheels.released(suite.count, build, folder)
        # pytest comes from the other environment, which has nothing of the package
        [site] = Path(tools).parent.parent.glob("lib/python3.*/site-packages")
        suite.pytest("the wheel, installed", clean, {"PYTHONPATH": str(site)}, *more)
        release = harness.build("release")
        harness.quiet(["meson", "install", "-C", str(release), "--no-rebuild", "--destdir", str(folder / "root")], "installing the library")
        installed = {**source, "SPARKK8S_LIBRARY": str(folder / "root/usr/lib/libsparkk8s.so.1")}
        found = list(pythons().items())
        for version, program in found if "--all" in arguments or len(found) < 3 else (found[0], found[-1]):
            python = harness.virtual_environment("python", HERE / "requirements.txt", program)
            suite.pytest(f"Python {version}, the library from meson install", python, installed, "-k", "not header", *more)
        suite.sanitized(tools, folder, more)
    suite.count.close()


if __name__ == "__main__":
    main()
