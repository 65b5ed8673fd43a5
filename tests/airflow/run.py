# SPDX-License-Identifier: Apache-2.0
"""The Airflow provider, in Airflow 3 and 2.11, against an API server that plays drivers' lives; mypy; and what Airflow itself
finds of the provider. What needs a real cluster is in tests/cluster/provider_cases.py.

    run.py BUILD [3|2] [-- PYTEST-ARGUMENT...]
"""
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
import harness
from harness import ROOT, say

HERE = Path(__file__).resolve().parent
PACKAGE = ROOT / "bindings/python"
TOTALS = re.compile(r"(\d+) (passed|failed|skipped|error)")


def discovered(count, python, env, version):
    """`airflow providers`: the provider, its connection type with its form, and its links are found."""
    for what, wanted in (("list", "sparkk8s"), ("hooks", "sparkk8s.airflow.hook.SparkK8sHook"), ("links", "sparkk8s.airflow.links.SparkUiLink"),
                         ("widgets", "history_url"), ("behaviours", "sparkk8s")):
        done = subprocess.run([python, "-m", "airflow", "providers", what, "-o", "json"], env=env, text=True, capture_output=True, timeout=300)
        count.check(wanted in done.stdout, f"Airflow {version}: airflow providers {what}", done.stdout[-1500:] + done.stderr[-1500:])


def main():
    arguments = sys.argv[2:]
    more = arguments[arguments.index("--") + 1:] if "--" in arguments else []
    versions = [a for a in arguments[:len(arguments) - len(more)] if a in ("2", "3")] or ["3", "2"]
    build, count = Path(sys.argv[1]).resolve(), harness.Counter()
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        for version in versions:
            python = harness.virtual_environment(f"provider{version}", HERE / f"airflow{version}.txt")
            (folder / version).mkdir()
            env = {**os.environ, "PYTHONPATH": harness.installed_package(folder / version), "SPARKK8S_LIBRARY": str(build / "lib/libsparkk8s.so.1"),
                   "PYTHONDONTWRITEBYTECODE": "1"}
            say(f"Airflow {version}")
            done = subprocess.run([python, "-m", "pytest", "--tb=short", *more], cwd=HERE, env=env, text=True, errors="replace",
                                  stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=900)
            last = done.stdout.strip().splitlines()[-1:] or [""]
            totals = {kind: int(n) for n, kind in TOTALS.findall(last[0])}
            count.passed += totals.get("passed", 0)
            failed = totals.get("failed", 0) + totals.get("error", 0)
            count.failed += failed or (done.returncode != 0 or not totals.get("passed"))
            count.skipped += totals.get("skipped", 0)
            if done.returncode:
                print("\n".join(done.stdout.splitlines()[-150:]))
            print(f"Airflow {version}: {totals}", flush=True)
            home = {**env, "AIRFLOW_HOME": str(folder / f"home{version}"), "AIRFLOW__CORE__LOAD_EXAMPLES": "False"}
            discovered(count, python, home, version)
            if version == "3":
                done = subprocess.run([python, "-m", "mypy", "--strict", str(PACKAGE / "sparkk8s/airflow")], text=True, capture_output=True,
                                      cwd=folder, env={k: v for k, v in env.items() if k != "PYTHONPATH"})
                count.check(done.returncode == 0, "mypy --strict", done.stdout + done.stderr)
    count.close()


if __name__ == "__main__":
    main()
