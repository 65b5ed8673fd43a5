# SPDX-License-Identifier: Apache-2.0
"""The Python package beside the C library and beside what Python users have: the time of an import, submission in process."""
import os
import statistics
import subprocess
import sys
from pathlib import Path

import harness
from bench import peer_venv
from harness import ROOT

IMPORTS = {"nothing": "pass", "sparkk8s": "import sparkk8s", "kubernetes": "import kubernetes",
           "spark_on_k8s.client": "import spark_on_k8s.client"}

# Submits as inprocess.c does: the same manifest, over one client.
SUBMIT = '''
import sys, time
from sparkk8s import App, Client

kubeconfig, count = sys.argv[1], int(sys.argv[2])
manifest = App("local:///opt/spark/examples/jars/spark-examples.jar", "100", name="bench", main_class="org.apache.spark.examples.SparkPi",
               conf={"spark.kubernetes.container.image": "localhost/spark:4.1.4"}).render()
with Client(kubeconfig=kubeconfig) as client:
    client.submit(manifest)
    wall, cpu = time.perf_counter(), time.process_time()
    for _ in range(count):
        client.submit(manifest)
    print(time.perf_counter() - wall, time.process_time() - cpu)
'''


def environment(bench):
    return {**os.environ, "PYTHONPATH": str(ROOT / "bindings/python"), "SPARKK8S_LIBRARY": str(bench.build / "lib/libsparkk8s.so.1")}


def imports(bench, rounds):
    """What an import costs beyond a Python that imports nothing; CPU time, since that is the import's own."""
    python = str(Path(bench.peer).parent / "python")
    program = "import os, subprocess, sys\nsubprocess.run([sys.executable, '-c', sys.argv[1]], check=True)\nprint(sum(os.times()[2:4]))"
    times = {name: [] for name in IMPORTS}
    for code in IMPORTS.values():           # once, for .pyc files and the page cache
        subprocess.run([python, "-c", code], env=environment(bench), check=True)
    for _ in range(rounds):
        for name, code in IMPORTS.items():
            done = subprocess.run([python, "-c", program, code], env=environment(bench), check=True, text=True, stdout=subprocess.PIPE)
            times[name].append(float(done.stdout))
    medians = {name: statistics.median(values) for name, values in times.items()}
    cost = {name: 1000 * (median - medians["nothing"]) for name, median in medians.items()}
    print(f"\nimport, CPU ms beyond an empty program (median of {rounds})")
    for name in list(IMPORTS)[1:]:
        print(f"{name:20} {cost[name]:9.1f}")
    reached = cost["sparkk8s"] < 50 and cost["sparkk8s"] * 10 <= cost["kubernetes"]
    print(f"{'':20} goal under 50 ms and a tenth of kubernetes: {'reached' if reached else 'missed'}", flush=True)


def submission(bench, target, count, in_c, rounds=3):
    """In turns with the C library: `in_c(count)` returns its milliseconds each. The best round counts: noise only adds."""
    ours, theirs = [], []
    for _ in range(rounds):
        theirs.append(in_c(count))
        done = subprocess.run([sys.executable, "-c", SUBMIT, target["kubeconfig"], str(count)], env=environment(bench), text=True,
                              capture_output=True)
        if done.returncode:
            raise harness.Failure(f"submission from Python: {done.stderr[-2000:]}")
        ours.append([1000 * float(x) / count for x in done.stdout.split()])
    (wall, cpu), (c_wall, c_cpu) = min(ours), min(theirs)
    print(f"\nfrom Python, {count} submissions in each of {rounds} rounds, the best\n{'':20} {'ms each':>9} {'CPU ms':>9}")
    print(f"{'libsparkk8s':20} {c_wall:9.3f} {c_cpu:9.3f}\n{'sparkk8s (Python)':20} {wall:9.3f} {cpu:9.3f}")
    print(f"{'':20} ratio {wall / c_wall:.2f}  goal at most 1.5x: {'reached' if wall / c_wall <= 1.5 else 'missed'}", flush=True)
