# SPDX-License-Identifier: Apache-2.0
"""What is read and held: watches, logs, lists, and thousands of runs in one process.

Against the recording server, which has drivers as recorded of a real cluster (server/fleet.go), and the lists of 500 drivers
against the local cluster, too. Ten thousand in a real API server take minutes to create: tests/cluster has them.
"""
import json
import base64
import statistics

import harness

EVENTS, RUNS = 20000, 100           # as in streams.c
MANY = 10000


def verdict(goal, reached):
    return f"  goal {goal}: {'reached' if reached else 'missed'}"


def rows_of(text):
    """{name: (wall, CPU, last column)} of what the C programs print."""
    return {name: (float(wall), float(cpu), int(last)) for name, wall, cpu, last in (line.split() for line in text.splitlines())}


def streams(bench, target, rounds):
    args = [target["kubeconfig"], target["server"], target["auth"]["caCertFile"], target["auth"]["oauthToken"]]
    program = bench.compile("streams")
    watch = rows_of(harness.quiet([program, *args, "watch", str(rounds)], "measuring the watch"))
    kubectl = [*bench.kubectl, "get", "pods", "-n", f"fleet-{RUNS}-{EVENTS}", "-l", "spark-role=driver", "-w", "-o", "name"]
    watch["kubectl get -w"] = bench.measure(kubectl, {"KUBECONFIG": target["kubeconfig"]})
    show("a watch of 100 runs, 20,100 events of 8.6 KB", watch, EVENTS + RUNS, "events/s")
    log = rows_of(harness.quiet([program, *args, "log", str(rounds)], "measuring the log"))
    show("a log of 1,000,000 lines, followed", log, log["libsparkk8s"][2], "lines/s")
    share = log["libcurl"][0] / log["libsparkk8s"][0]
    print(f"{'':20} {100 * share:.0f} % of raw libcurl's speed" + verdict("80 %", share >= 0.8), flush=True)


def show(title, rows, units, unit):
    ours = rows["libsparkk8s"]
    print(f"\n{title}\n{'':20} {'wall s':>9} {'CPU s':>9} {unit:>12} {'CPU':>8}")
    for name, (wall, cpu, _) in rows.items():
        print(f"{name:20} {wall:9.3f} {cpu:9.3f} {units / wall:12.0f} {cpu / ours[1]:7.1f}x", flush=True)


def lists(bench, title, target, ns, rounds, goals):
    """The same drivers listed by command line tools."""
    env = {"KUBECONFIG": target["kubeconfig"]}
    ways = {"sparkk8s list": [bench.sparkk8s, "list", "-n", ns], "kubectl get (table)": [*bench.kubectl, "get", "pods", "-n", ns, "-l", "spark-role=driver"],
            "spark-on-k8s": [bench.peer, "apps", "list", "-n", ns]}
    figures = {name: [] for name in ways}
    for n in range(rounds + 1):                 # the first round warms caches and is not counted
        for name, command in ways.items():
            figure = bench.measure(command, env)
            if n:
                figures[name].append(figure)
    medians = {name: [statistics.median(f[i] for f in rows) for i in range(3)] for name, rows in figures.items()}
    wall, _, peak = medians["sparkk8s list"]
    print(f"\n{title}\n{'':20} {'wall s':>9} {'CPU s':>9} {'peak MB':>9} {'slower':>8} {'memory':>8}")
    for name, (w, cpu, p) in medians.items():
        said = "".join(verdict(text, w / wall >= times and p / peak >= memory) for text, times, memory in goals.get(name, []))
        print(f"{name:20} {w:9.3f} {cpu:9.3f} {p / 1024:9.1f} {w / wall:7.1f}x {p / peak:7.1f}x{said}", flush=True)


GOALS = {"kubectl get (table)": [("2x", 2, 0)], "spark-on-k8s": [("20x, memory 8x", 20, 8)]}


def thousands(bench, target):
    program = bench.compile("many")
    single, at_once = rows_of(harness.quiet([program, "submit", target["kubeconfig"], str(MANY)], "many submissions")).values()
    print(f"\n{MANY} submissions from one process, recording server\n{'':20} {'ms each':>9} {'CPU ms':>9} {'peak MB':>9}")
    for name, (wall, cpu, peak) in (("one at a time", single), ("all at once", at_once)):
        print(f"{name:20} {1000 * wall / MANY:9.3f} {1000 * cpu / MANY:9.3f} {peak / 1024:9.1f}")
    held = rows_of(harness.quiet([program, "watch", target["kubeconfig"], str(MANY)], "watching many"))["watch"][2]
    print(f"\na watch of {MANY} runs holds {held} bytes a run" + verdict("under 1024", held < 1024), flush=True)


def against_recordings(bench, target, rounds):
    streams(bench, target, rounds)
    for n in (500, MANY):
        lists(bench, f"a list of {n} drivers, recording server", target, f"fleet-{n}-0", rounds, GOALS)
    thousands(bench, target)


def against_cluster(bench, target, admin, server_program, rounds):
    """500 drivers that nobody runs, their status written through the API; by the cluster's administrator."""
    user = json.loads(harness.quiet([*bench.kubectl, "--kubeconfig", str(admin), "config", "view", "--raw", "-o", "json"], "kubectl"))["users"][0]["user"]
    files = []
    for name in ("client-certificate-data", "client-key-data"):
        files.append(bench.folder / name)
        files[-1].write_bytes(base64.b64decode(user[name]))
    harness.quiet([server_program, "fill", target["server"], target["auth"]["caCertFile"], *map(str, files), target["ns"], "0", "500"], "making 500 drivers")
    lists(bench, "a list of 500 drivers, local cluster", target, target["ns"], rounds, GOALS)
