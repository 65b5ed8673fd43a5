# SPDX-License-Identifier: Apache-2.0
"""Each fuzz target with libFuzzer (clang, ASan, UBSan), from its corpus on, a fixed number of inputs.

    run.py BUILD [-runs=N] [-seed=N]

A broken promise or a crash leaves its input in build/fuzz/found/; put it into tests/fuzz/found/ (meson.build), and it is a
test from then on. BUILD is not used: the targets have a build of their own.
"""
import concurrent.futures
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
import corpus
import harness

RUNS = {"args": 5000, "conf": 50000, "exec": 50000, "kubeconfig": 20000, "log": 10000, "logtail": 5000, "pods": 10000,
        "status": 20000, "template": 5000, "time": 200000, "value": 50000, "watch": 10000}
OPTIONS = ["-seed=1", f"-max_len={corpus.LONGEST}", "-timeout=20", "-rss_limit_mb=4096", "-print_final_stats=1"]


def fuzz(folder, target, options):
    """(the last of what it said, how long it took) and whether all was well."""
    kept = folder / "found"
    kept.mkdir(exist_ok=True)
    started = time.monotonic()
    with tempfile.TemporaryDirectory() as work:
        for i, data in enumerate(corpus.read(corpus.ARCHIVE)[target]):
            Path(work, str(i)).write_bytes(data)
        done = subprocess.run([str(folder / "tests/fuzz" / f"fuzz_{target}"), *OPTIONS, *(options or [f"-runs={RUNS[target]}"]), f"-artifact_prefix={kept}/{target}-", work],
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace",
                              env={**os.environ, "UBSAN_OPTIONS": "print_stacktrace=1:halt_on_error=1", "ASAN_OPTIONS": "detect_leaks=1"})
    return target, done, time.monotonic() - started


def main(options):
    if not shutil.which("clang"):
        print("no clang: see tools/packages.txt")
        return harness.closing(0, 1)
    folder = harness.build("fuzz", *(f"tests/fuzz/fuzz_{target}" for target in corpus.TARGETS))
    failed = 0
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        for target, done, seconds in pool.map(lambda t: fuzz(folder, t, options), corpus.TARGETS):
            if done.returncode == 0:
                figures = [line for line in done.stdout.splitlines() if "DONE" in line]
                print(f"ok - {target}: {' '.join(figures).strip()} ({seconds:.0f} s)", flush=True)
            else:
                failed += 1
                print(f"FAIL - {target}\n" + "\n".join(done.stdout.splitlines()[-60:]), flush=True)
    return harness.closing(len(corpus.TARGETS) - failed, failed)


if __name__ == "__main__":
    sys.exit(main(sys.argv[2:]))
