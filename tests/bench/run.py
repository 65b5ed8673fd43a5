# SPDX-License-Identifier: Apache-2.0
"""Figures beside what users have, each with its peer, measured in turns in one run.

    run.py BUILD [--rounds N] [--no-cluster] [--only-render] [--only-reading]

Rendering, of a typical and of a large application, beside jansson parsing and printing the same objects. Then:
The same SparkPi submission, without waiting for its end, by `sparkk8s submit`, the real spark-submit, `kubectl create -f` of the same objects
and spark-on-k8s from PyPI; against a recording TLS server and against the local cluster: wall seconds, CPU seconds, peak memory (medians).
Then submission in process beside raw libcurl sending the same requests; then watches, logs, lists, and thousands of runs in
one process (reading.py). It measures: a goal that is missed is printed, not
failed; a contender that cannot run is.
"""
import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
import harness
import python
import reading
from bench import HERE, Bench, peer_venv
from harness import LOCAL_CLUSTER, kubectl_program, say

IMAGE = "localhost/no-such-image:4.1.4"      # nothing is to start: submission alone is measured
CLASS, JAR = "org.apache.spark.examples.SparkPi", "local:///opt/spark/examples/jars/spark-examples.jar"


def contenders(bench, target):
    """{name: (command, environment)} against one API server."""
    java = Path(os.path.realpath(shutil.which("java"))).parent.parent
    conf = {"spark.kubernetes.container.image": IMAGE, "spark.kubernetes.namespace": target["ns"],
            "spark.kubernetes.submission.waitAppCompletion": "false"}
    flags = [w for k, v in conf.items() for w in ("--conf", f"{k}={v}")]
    submit = ["--name", "bench", "--class", CLASS, *flags, JAR, "100"]
    auth = [w for k, v in target["auth"].items() for w in ("--conf", f"spark.kubernetes.authenticate.submission.{k}={v}")]
    kubeconfig = {"KUBECONFIG": target["kubeconfig"]}
    objects = bench.folder / "objects.yaml"
    return {
        "sparkk8s submit": ([bench.sparkk8s, "submit", "--spark-version", "4.1.4", *submit], kubeconfig),
        "kubectl create": ([*target["kubectl"], "create", "-f", objects], kubeconfig),
        "spark-on-k8s": ([bench.peer, "app", "submit", "--image", IMAGE, "--path", JAR, "--namespace", target["ns"], "--service-account",
                          "default", "--name", "bench", "--class", CLASS, "100"], kubeconfig),
        "spark-submit": ([bench.spark_home / "bin/spark-submit", "--master", f"k8s://{target['server']}", "--deploy-mode", "cluster",
                          *auth, *submit], {"KUBECONFIG": "/nonexistent", "SPARK_HOME": str(bench.spark_home), "JAVA_HOME": str(java)}),
    }


def render_for_kubectl(bench, target, n):
    """The objects under new names, since kubectl creates exactly what it is given."""
    done = subprocess.run([str(bench.sparkk8s), "render", "-o", "json", "--spark-version", "4.1.4", "--name", f"bench-{n}", "--class", CLASS,
                           "--conf", f"spark.kubernetes.container.image={IMAGE}", "--conf", f"spark.kubernetes.namespace={target['ns']}",
                           JAR, "100"], check=True, text=True, stdout=subprocess.PIPE)
    (bench.folder / "objects.yaml").write_text(done.stdout)


def compare(bench, target, rounds, clean):
    """Runs every contender `rounds` times in turn; {name: (wall, cpu, peak)} medians."""
    ways = contenders(bench, target)
    figures = {name: [] for name in ways}
    for n in range(rounds + 1):     # the first round warms caches and is not counted
        for name, (command, env) in ways.items():
            render_for_kubectl(bench, target, n)
            figure = bench.measure(command, env)
            if n:
                figures[name].append(figure)
        clean()
    return {name: tuple(statistics.median(f[i] for f in rows) for i in range(3)) for name, rows in figures.items()}


GOALS = {"spark-submit": 120, "spark-on-k8s": 50, "kubectl create": 2}


def show(title, figures, goals):
    ours = figures["sparkk8s submit"]
    print(f"\n{title}\n{'':20} {'wall s':>9} {'CPU s':>9} {'peak MB':>9} {'slower':>8}")
    for name, (wall, cpu, peak) in figures.items():
        ratio = wall / ours[0]
        verdict = ""
        if goals and name in goals:
            verdict = f"  goal {goals[name]}x: {'reached' if ratio >= goals[name] else 'missed'}"
        print(f"{name:20} {wall:9.4f} {cpu:9.4f} {peak / 1024:9.1f} {ratio:7.1f}x{verdict}")
    print(f"{'':20} peak memory under 16 MB: {'reached' if ours[2] < 16 * 1024 else 'missed'}", flush=True)


def recording_server(bench):
    folder = bench.folder / "server"
    folder.mkdir()
    process = subprocess.Popen([bench.server, str(folder)], text=True, stdout=subprocess.PIPE)
    return process, {"server": process.stdout.readline().strip(), "kubeconfig": str(folder / "kubeconfig"), "ns": "default",
                     "auth": {"oauthToken": "bench-token", "caCertFile": str(folder / "ca.crt")},
                     "kubectl": [*bench.kubectl, "--validate=false"]}


def rendering(bench):
    """Rendering beside what cannot be left out: jansson parsing and printing the same objects."""
    print(f"\nrendering, medians of CPU time\n{'':20} {'ms':>9} {'jansson':>9} {'KB':>9} {'ratio':>8}")
    for line in harness.quiet([bench.compile("render"), "200"], "measuring rendering").splitlines():
        name, ours, theirs, size = line.split()
        ratio = float(ours) / float(theirs)
        print(f"{name:20} {float(ours) / 1000:9.3f} {float(theirs) / 1000:9.3f} {int(size) / 1000:9.1f} {ratio:7.2f}x"
              f"  goal at most 3x: {'reached' if ratio <= 3 else 'missed'}", flush=True)


def in_process_times(bench, target, count):
    """Of the library and of raw libcurl: wall and CPU seconds of each."""
    out = harness.quiet([bench.compile("inprocess"), target["kubeconfig"], target["server"], target["auth"]["caCertFile"], "bench-token", str(count)],
                        "the in-process measurement")
    return list(map(float, out.split()[-4:]))


def in_process(bench, target, count):
    """Submission through the library beside raw libcurl."""
    ours_wall, ours_cpu, raw_wall, raw_cpu = in_process_times(bench, target, count)
    print(f"\nin process, {count} submissions each, recording server\n{'':20} {'ms each':>9} {'CPU ms':>9}")
    print(f"{'libsparkk8s':20} {1000 * ours_wall / count:9.3f} {1000 * ours_cpu / count:9.3f}")
    print(f"{'raw libcurl':20} {1000 * raw_wall / count:9.3f} {1000 * raw_cpu / count:9.3f}")
    ratio = ours_wall / raw_wall
    print(f"{'':20} wall ratio {ratio:.2f}, CPU ratio {ours_cpu / raw_cpu:.2f}  goal at most 1.3x: {'reached' if ratio <= 1.3 else 'missed'}", flush=True)


def local_cluster(bench, name):
    """A cluster of our own, and everybody with the same identity: a service account's token."""
    say("bringing up the local cluster")
    subprocess.run([LOCAL_CLUSTER, "up", "--name", name, "--no-image"], check=True)
    admin = Path(harness.quiet([LOCAL_CLUSTER, "kubeconfig", "--name", name], "local-cluster kubeconfig").strip())

    def kubectl(*args):
        return harness.quiet([*bench.kubectl, "--kubeconfig", str(admin), *args], "kubectl")

    server = json.loads(kubectl("config", "view", "--raw", "-o", "json"))["clusters"][0]["cluster"]["server"]
    token = kubectl("create", "token", "spark", "-n", "spark", "--duration", "2h").strip()
    authority = admin.parent / "pki/ca.crt"
    kubeconfig = bench.folder / "kubeconfig"
    kubeconfig.write_text(json.dumps({
        "apiVersion": "v1", "kind": "Config", "current-context": "bench",
        "clusters": [{"name": "bench", "cluster": {"server": server, "certificate-authority": str(authority)}}],
        "users": [{"name": "bench", "user": {"token": token}}],
        "contexts": [{"name": "bench", "context": {"cluster": "bench", "user": "bench", "namespace": "spark"}}]}))
    target = {"server": server, "kubeconfig": str(kubeconfig), "ns": "spark", "kubectl": bench.kubectl,
              "auth": {"caCertFile": authority, "oauthToken": token}}
    return target, admin, lambda: kubectl("delete", "pods", "--all", "-n", "spark", "--grace-period=0", "--force")


def deferred(bench, count):
    """A thousand deferred runs of Airflow, in short: tests/airflow/bench.py has more."""
    done = subprocess.run([sys.executable, str(harness.ROOT / "tests/airflow/bench.py"), str(bench.build), "--quick"], text=True, stdout=subprocess.PIPE)
    print("\n".join(line for line in done.stdout.splitlines() if not harness.CLOSING.match(line)), flush=True)
    count.check(done.returncode == 0, "deferred runs measured")


def beside_peers(bench, chosen, count):
    bench.peer = peer_venv()
    bench.spark_home = Path(harness.quiet([LOCAL_CLUSTER, "distribution", "4.1"], "fetching Spark").splitlines()[-1]) / "deps"
    bench.kubectl = kubectl_program()
    bench.server = str(bench.folder / "server-program")
    harness.quiet(["go", "build", "-o", bench.server, "."], "building the recording server", cwd=HERE / "server")
    process, target = recording_server(bench)
    try:
        if not chosen.only_reading:
            show("against a recording TLS server", compare(bench, target, chosen.rounds, lambda: None), GOALS)
            count.check(True, "recording server measured")
            in_process(bench, target, 400)
            count.check(True, "in process measured")
            python.imports(bench, 5)
            python.submission(bench, target, 200, lambda n: [1000 * t / n for t in in_process_times(bench, target, n)[:2]])
            count.check(True, "Python measured")
            deferred(bench, count)
        reading.against_recordings(bench, target, min(chosen.rounds, 3))
        count.check(True, "watches, logs, lists and thousands of runs measured")
    finally:
        process.kill()
        process.wait()
    if chosen.no_cluster:
        count.skip("local cluster", "--no-cluster")
    else:
        against_cluster(bench, chosen)
        count.check(True, "local cluster measured")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("build", nargs="?")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--no-cluster", action="store_true")
    parser.add_argument("--only-render", action="store_true")
    parser.add_argument("--only-reading", action="store_true")
    chosen = parser.parse_args()
    count = harness.Counter()
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(folder, harness.build("release"))
        if not chosen.only_reading:
            rendering(bench)
            count.check(True, "rendering measured")
        if chosen.only_render:
            count.skip("everything else", "--only-render")
        else:
            beside_peers(bench, chosen, count)
    count.close()


def against_cluster(bench, chosen):
    name = f"bench-{os.getpid()}"
    try:
        target, admin, clean = local_cluster(bench, name)
        if not chosen.only_reading:
            show("against the local cluster", compare(bench, target, chosen.rounds, clean), None)
        reading.against_cluster(bench, target, admin, bench.server, min(chosen.rounds, 3))
    finally:
        subprocess.run([LOCAL_CLUSTER, "down", "--name", name])


if __name__ == "__main__":
    try:
        main()
    except harness.Failure as failure:
        print(failure)
        print("0 passed, 1 failed")
        sys.exit(1)
