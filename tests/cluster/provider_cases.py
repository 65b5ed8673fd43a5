# SPDX-License-Identifier: Apache-2.0
"""The Airflow provider in a real Airflow 3: scheduler, triggerer, API server and sqlite, its drivers in the real cluster. What Airflow does
to deferred and running tasks, and what then becomes of the driver. What needs no cluster is in tests/airflow."""
import contextlib
import json
import os
import re
import signal
import socket
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

import harness
from harness import ROOT, say

HERE = Path(__file__).resolve().parent
DAGS = ("pi", "py_pi", "fails", "ticks", "long", "waits")
LIMIT = 240                     # seconds: ends only what hangs


def free_port():
    with socket.socket() as it:
        it.bind(("127.0.0.1", 0))
        return it.getsockname()[1]


class Airflow:
    """`airflow standalone`, in a folder of its own."""

    def __init__(self, c, folder):
        self.c, self.folder = c, Path(folder)
        self.python = harness.virtual_environment("provider3", ROOT / "tests/airflow/airflow3.txt")
        dags = self.folder / "dags"
        dags.mkdir()
        (dags / "provider_dags.py").write_text((HERE / "provider_dags.py").read_text())
        port = free_port()
        self.url = f"http://127.0.0.1:{port}"
        library = next((Path(c.sparkk8s).parents[2] / "lib").glob("libsparkk8s.so.1"))
        connection = {"conn_type": "kubernetes", "extra": {"kube_config_path": c.kubeconfig, "namespace": "spark"}}
        self.env = {
            "PATH": f"{Path(self.python).parent}:{os.environ['PATH']}", "HOME": str(folder), "LANG": "C.UTF-8", "AIRFLOW_HOME": str(folder),
            "PYTHONPATH": str(ROOT / "bindings/python"), "SPARKK8S_LIBRARY": str(library), "PYTHONDONTWRITEBYTECODE": "1",
            "AIRFLOW__CORE__LOAD_EXAMPLES": "False", "AIRFLOW__CORE__DAGS_FOLDER": str(dags), "AIRFLOW__API__PORT": str(port),
            "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": f"{self.url}/execution/", "AIRFLOW__API__WORKERS": "1",
            "AIRFLOW__CORE__PARALLELISM": "4", "AIRFLOW__DAG_PROCESSOR__REFRESH_INTERVAL": "10",
            "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_ALL_ADMINS": "True", "AIRFLOW__TRIGGERER__TRIGGERER_HEALTH_CHECK_THRESHOLD": "10",
            "AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT": "15", "AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT_DETECTION_INTERVAL": "5",
            "AIRFLOW__CORE__DAGS_ARE_PAUSED_AT_CREATION": "False", "AIRFLOW_CONN_SPARKK8S_DEFAULT": json.dumps(connection)}
        self.token = None

    def __enter__(self):
        say("Airflow 3 standalone")
        self.process = subprocess.Popen([self.python, "-m", "airflow", "standalone"], env=self.env, start_new_session=True, cwd=self.folder,
                                        stdout=open(self.folder / "standalone.log", "w"), stderr=subprocess.STDOUT)
        self.wait("Airflow is healthy", self.healthy)
        self.wait("the DAGs are read", lambda: len((self.ask("GET", "/api/v2/dags") or {}).get("dags", ())) == len(DAGS))
        return self

    def __exit__(self, *_):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGINT)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(30)
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def wait(self, what, condition):
        deadline = time.monotonic() + LIMIT
        while time.monotonic() < deadline:
            found = condition()
            if found:
                return found
            if self.process.poll() is not None:
                break
            time.sleep(0.3)
        raise harness.Failure(f"not so after {LIMIT} s: {what}\n" + (self.folder / "standalone.log").read_text()[-4000:])

    def healthy(self):
        with contextlib.suppress(OSError, ValueError, KeyError):
            self.token = self.token or self.ask("GET", "/auth/token")["access_token"]
            parts = self.ask("GET", "/api/v2/monitor/health")
            return all(parts[part]["status"] == "healthy" for part in ("scheduler", "triggerer", "dag_processor"))
        return False

    def ask(self, method, path, body=None):
        request = urllib.request.Request(self.url + path, None if body is None else json.dumps(body).encode(), method=method,
                                         headers={"Content-Type": "application/json", "Authorization": f"Bearer {self.token}"})
        try:
            return json.loads(urllib.request.urlopen(request, timeout=60).read() or b"{}")
        except urllib.error.HTTPError as error:
            return {"error": error.code, "body": error.read().decode()[:500]}

    def start(self, dag):
        return Task(self, dag, self.ask("POST", f"/api/v2/dags/{dag}/dagRuns", {"logical_date": None})["dag_run_id"])

    def triggerers(self):
        """The processes of the triggerer: the supervisor and its runner."""
        done = subprocess.run(["ps", "-eo", "pid,pgid,args"], text=True, stdout=subprocess.PIPE)
        return [int(pid) for pid, group, args in (line.split(None, 2) for line in done.stdout.splitlines()[1:])
                if int(group) == self.process.pid and "triggerer" in args]


class Task:
    """The only task of a DAG run."""

    def __init__(self, airflow, dag, run):
        self.airflow, self.dag, self.run = airflow, dag, run
        self.path = f"/api/v2/dags/{dag}/dagRuns/{run}/taskInstances/spark"

    def look(self):
        return self.airflow.ask("GET", self.path)

    def until(self, *states, tries=None):
        def there():
            it = self.look()
            return it if it.get("state") in states and tries in (None, it.get("try_number")) else None
        return self.airflow.wait(f"{self.dag} is {states}, not {self.look()}", there)

    def xcom(self, key):
        return self.airflow.ask("GET", f"{self.path}/xcomEntries/{key}").get("value")

    def driver(self):
        """The newest driver of this task, when it runs."""
        def there():
            found = [p for p in self.drivers() if p["status"]["phase"] == "Running" and "deletionTimestamp" not in p["metadata"]]
            return found and max(found, key=lambda p: p["metadata"]["creationTimestamp"])
        return self.airflow.wait(f"{self.dag} has a running driver", there)

    def drivers(self):
        return [p for p in self.airflow.c.objects("pods", "spark-role=driver")
                if p["metadata"]["annotations"].get("airflow.sparkk8s.io/run_id") == self.run
                and p["metadata"]["annotations"].get("airflow.sparkk8s.io/dag_id") == self.dag]

    def set_state(self, state):
        self.airflow.ask("PATCH", self.path, {"new_state": state})

    def clear(self):
        self.airflow.ask("POST", f"/api/v2/dags/{self.dag}/clearTaskInstances",
                         {"dry_run": False, "dag_run_id": self.run, "task_ids": ["spark"], "only_failed": False, "reset_dag_runs": True})

    def log(self, tries=1):
        found = self.airflow.ask("GET", f"{self.path}/logs/{tries}?full_content=true")
        return "\n".join(str(line.get("event", line)) if isinstance(line, dict) else str(line) for line in found.get("content", [found]))

    def whole_log(self, last, tries=1):
        """When it has that: Airflow shows the end of a log some time after the task's end."""
        def there():
            found = self.log(tries)
            return found if last in found else None
        return self.airflow.wait(f"the log of {self.dag} has {last!r}", there)

    def gone(self, name):
        return self.airflow.wait(f"{name} is gone", lambda: all(p["metadata"]["name"] != name for p in self.drivers()))

    def ticks(self):
        return [int(n) for n in re.findall(r"tick (\d+) of \d+", self.log())]


def succeeds(airflow, check):
    tasks = [airflow.start(dag) for dag in ("pi", "py_pi")]
    for task in tasks:
        state = task.until("success", "failed")["state"]
        log = task.whole_log("Post Execute")
        check(state == "success" and log.count("Pi is roughly 3.1") == 1, f"{task.dag} succeeds, the result is in the task's log, once", log[-3000:])
        run = task.xcom("run_id") or ""
        check(run.startswith("spark:") and str(task.xcom("app_id")).startswith("spark-"), f"{task.dag}: run id and application id in XCom", run)


def fails(airflow, check):
    task = airflow.start("fails")
    state = task.until("success", "failed")["state"]
    log = task.whole_log("Why spark:")
    check(state == "failed" and "exit code 42" in log and "Why spark:" in log, "an application that ends with 42: failed, and the log says why", log[-3000:])


def cleared(airflow, check):
    task = airflow.start("long")
    task.until("deferred")
    first = task.driver()["metadata"]["name"]
    task.clear()
    task.gone(first)
    task.until("deferred", tries=2)
    second = task.driver()["metadata"]["name"]
    check(second != first, "cleared while deferred: the driver is killed, the new try has one of its own", f"{first} {second}")
    time.sleep(8)               # as long as the old trigger's on_kill may take
    check([p["metadata"]["name"] for p in task.drivers()] == [second], "the old trigger leaves the new driver alone", str(task.drivers()))
    task.set_state("failed")
    task.gone(second)
    check(True, "marked failed while deferred: the driver is killed")


def triggerer_dies(airflow, check):
    """Its runner and its supervisor are killed; standalone does not start another, so that is done here."""
    task = airflow.start("ticks")
    task.until("deferred")
    task.driver()
    airflow.wait("the place in the log is kept", lambda: task.xcom("sparkk8s_log_position"))
    killed = airflow.triggerers()
    for pid in killed:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    again = subprocess.Popen([airflow.python, "-m", "airflow", "triggerer", "--skip-serve-logs"], env=airflow.env, cwd=airflow.folder,
                             stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
    try:
        state = task.until("success", "failed")["state"]
        task.whole_log("tick 400 of 400")
        ticks = task.ticks()
        check(bool(killed) and state == "success" and set(ticks) == set(range(1, 401)), "the triggerer is killed: the task succeeds, no line is lost",
              f"{state} {len(ticks)} {sorted(set(range(1, 401)) - set(ticks))[:20]}\n{task.log()[-2000:]}")
        breaks = [i for i, (a, b) in enumerate(zip(ticks, ticks[1:])) if b != a + 1]
        check(len(breaks) <= 1 and all(ticks[i + 1] > 1 for i in breaks),
              "the triggerer is killed: the log goes on where its place was kept last", f"{[ticks[i:i + 2] for i in breaks]}")
    finally:
        os.killpg(again.pid, signal.SIGKILL)
        again.wait()


def worker_dies(airflow, check):
    task = airflow.start("waits")
    it = task.until("running")
    name = task.driver()["metadata"]["name"]
    os.kill(int(airflow.wait("its process is known", lambda: task.look().get("pid")) or it["pid"]), signal.SIGKILL)
    state = task.until("success", "failed", tries=2)["state"]
    check(state == "success" and [p["metadata"]["name"] for p in task.drivers()] == [name],
          "the worker is killed: the retry goes on with its driver", task.log(2)[-3000:])


def provider(c):
    with tempfile.TemporaryDirectory() as folder, Airflow(c, folder) as airflow:
        for case in (succeeds, fails, cleared, worker_dies, triggerer_dies):
            say(f"provider: {case.__name__}")
            try:
                case(airflow, c.count.check)
            except harness.Failure as failure:
                c.count.check(False, f"provider: {case.__name__} comes to its end", str(failure))
    c.clear()
