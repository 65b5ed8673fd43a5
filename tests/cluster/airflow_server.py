# SPDX-License-Identifier: Apache-2.0
"""A real Airflow, of its own, in a folder: scheduler, triggerer, API, sqlite; its tasks; and what can be done to either. Airflow 3 and 2.11
under one interface: what they differ in is in their two classes and nowhere else. When a triggerer is taken for dead is left as Airflow has it: one
that begins is silent for long, and if its triggers go back to one that had them before, Airflow 3 empties the log's file there.

Each part is a process that is started and ended here, in a session of its own, not one of `airflow standalone`, which neither lets one of them
be stopped nor starts it again.
"""
import base64
import contextlib
import json
import os
import re
import shutil
import signal
import socket
import sqlite3
import subprocess
import threading
import time
import urllib.error
import urllib.request
from pathlib import Path

import harness
from harness import ROOT, say
from scene import end_talker, until

HERE = Path(__file__).resolve().parent
LIMIT = 300                     # seconds: ends only what hangs
PAUSE = 1.0                     # between two looks: each costs Airflow something
TRIES = 30                      # of what is to be done
AGAIN = 25                      # seconds until it is asked for again
TASK = "spark"                  # what the only task of a DAG is called
USER = "admin"


def free_port():
    with socket.socket() as it:
        it.bind(("127.0.0.1", 0))
        return it.getsockname()[1]


class Part:
    """A process of Airflow, and those that it has started: its session."""

    def __init__(self, airflow, *command):
        self.airflow, self.name = airflow, command[0]
        self.process = subprocess.Popen([airflow.python, "-m", "airflow", *command], env=airflow.env_of(self.name), cwd=airflow.folder, start_new_session=True,
                                        stdout=(airflow.folder / f"{self.name}.log").open("a"), stderr=subprocess.STDOUT)

    def all(self):
        done = subprocess.run(["ps", "-s", str(self.process.pid), "-o", "pid="], text=True, stdout=subprocess.PIPE)
        return [int(pid) for pid in done.stdout.split()]

    def signal(self, name):
        """To all of them: "KILL" and so on."""
        for pid in self.all():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.Signals[f"SIG{name}"])

    def kill(self):
        self.signal("KILL")
        self.process.wait()

    def stop(self):
        """As a pod is stopped, or a service: SIGTERM for the first of them, which is waited for."""
        self.process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(LIMIT)
        self.kill()


class Airflow:
    """One that runs for as long as the block lasts."""

    def __init__(self, c, folder):
        self.c, self.folder = c, Path(folder)
        self.python = harness.virtual_environment(f"provider{self.VERSION}", ROOT / f"tests/airflow/airflow{self.VERSION}.txt")
        dags, package = self.folder / "dags", self.folder / "package"
        dags.mkdir()
        package.mkdir()
        shutil.copy(HERE / "provider_dags.py", dags)
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        library = next((Path(c.sparkk8s).parents[2] / "lib").glob("libsparkk8s.so.1"))
        connection = {"conn_type": "kubernetes", "extra": {"kube_config_path": c.kubeconfig, "namespace": "spark"}}
        self.env = {
            "PATH": f"{Path(self.python).parent}:{os.environ['PATH']}", "HOME": str(folder), "LANG": "C.UTF-8", "AIRFLOW_HOME": str(folder),
            "PYTHONPATH": harness.installed_package(package), "SPARKK8S_LIBRARY": str(library), "PYTHONDONTWRITEBYTECODE": "1",
            "AIRFLOW__CORE__LOAD_EXAMPLES": "False", "AIRFLOW__CORE__DAGS_FOLDER": str(dags), "AIRFLOW__CORE__PARALLELISM": "4",
            "AIRFLOW__CORE__EXECUTOR": "LocalExecutor", "AIRFLOW__CORE__DAGS_ARE_PAUSED_AT_CREATION": "False",
            # Else each process makes one, for the file of the first one may come too late.
            "AIRFLOW__CORE__FERNET_KEY": base64.urlsafe_b64encode(b"not a secret".ljust(32)).decode(),
            "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": self.database_url(15),
            "AIRFLOW_CONN_SPARKK8S_DEFAULT": json.dumps(connection),
            **{f"AIRFLOW__{name}": value for name, value in self.settings().items()}}
        self.parts, self.triggerers = [], []
        self.writing = threading.Lock()

    def database_url(self, seconds):
        """Of sqlite, whose writers wait so long for another one."""
        return f"sqlite:///{self.folder}/airflow.db?timeout={seconds}"

    def env_of(self, part):
        """Airflow 3's server waits in its event loop for another request's transaction, which cannot end meanwhile. Then one of them fails, and is
        asked for again; and so soon that the scheduler, which would end, does not fail, too."""
        return {**self.env, "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": self.database_url(2)} if part == "api-server" else self.env

    def __enter__(self):
        say(f"Airflow {self.VERSION}")
        self.database()
        for part in self.PARTS:
            self.begin(*part)
        self.triggerer()
        self.wait("Airflow is healthy", self.healthy)
        return self

    def __exit__(self, *_):
        for part in self.parts:
            part.signal("CONT")
            part.process.terminate()
        for part in self.parts:
            with contextlib.suppress(subprocess.TimeoutExpired):
                part.process.wait(30)
            part.kill()

    def database(self):
        """An empty one, kept beside the virtual environment: it takes long to make."""
        kept, ours = Path(self.python).parents[1] / "airflow.db", self.folder / "airflow.db"
        if not kept.exists():
            for command in self.PREPARE:
                harness.quiet([self.python, "-m", "airflow", *command], "making Airflow's database", env=self.env)
            with contextlib.closing(sqlite3.connect(ours)) as database:
                database.execute("PRAGMA journal_mode=WAL")         # who reads hinders nobody from writing
            made = kept.with_suffix(f".{os.getpid()}")
            shutil.copy(ours, made)
            made.replace(kept)
        shutil.copy(kept, ours)

    def begin(self, *command):
        part = Part(self, *command)
        self.parts.append(part)
        return part

    def end(self, name):
        """Ends those of that name."""
        for part in [part for part in self.parts if part.name == name]:
            part.stop()
            self.parts.remove(part)

    def triggerer(self):
        """Starts another one."""
        self.triggerers.append(self.begin("triggerer", "--skip-serve-logs"))
        return self.triggerers[-1]

    def log_of(self, name):
        """Of all processes of that name."""
        file = self.folder / f"{name}.log"
        return file.read_text(errors="replace") if file.exists() else ""

    def wait(self, what, condition):
        deadline = time.monotonic() + LIMIT
        while time.monotonic() < deadline:
            found = condition()
            if found:
                return found
            if any(part.process.poll() is not None for part in self.parts if part.name != "triggerer"):
                break
            time.sleep(PAUSE)
        raise harness.Failure(f"not so: {what}\n" + "\n".join(f"--- {name}\n{self.log_of(name)[-3000:]}" for name in {part.name for part in self.parts}))

    def healthy(self):
        with contextlib.suppress(KeyError):
            self.sign_in()
            parts = self.ask("GET", self.HEALTH)
            return all(parts[part]["status"] == "healthy" for part in self.HEALTHY)
        return False

    def send(self, method, path, body=None, **headers):
        request = urllib.request.Request(self.url + path, None if body is None else json.dumps(body).encode(), method=method,
                                         headers={"Content-Type": "application/json", "Authorization": self.authorization, **headers})
        return urllib.request.urlopen(request, timeout=120).read().decode()

    def ask(self, method, path, body=None):
        """What the API answers; what it complains of is under "error"."""
        try:
            with contextlib.nullcontext() if method == "GET" else self.writing:
                return json.loads(self.send(method, path, body) or "{}")
        except urllib.error.HTTPError as error:
            return {"error": f"{error.code} {error.read().decode()[:500]}"}
        except OSError as error:
            return {"error": str(error)}

    def tell(self, method, path, body):
        """The same for what has to be done. A transaction of sqlite that has read what another one changes meanwhile fails at once, undone."""
        answer = self.ask(method, path, body)
        for _ in range(TRIES):
            if "Database error" in answer.get("error", ""):
                time.sleep(PAUSE)
                answer = self.ask(method, path, body)
        if "error" in answer:
            raise harness.Failure(f"{method} {path} {body}: {answer['error']}")

    def start(self, dag):
        """A run of a DAG, as soon as Airflow has read it."""
        def begun():
            return self.ask("POST", f"{self.API}/dags/{dag}/dagRuns", self.NEW_RUN).get("dag_run_id")
        return Task(self, dag, self.wait(f"{dag} is started (import errors: {self.ask('GET', f'{self.API}/importErrors')})", begun))


class Airflow3(Airflow):
    """The REST API is one of several that a server of its own has."""

    VERSION, API, HEALTH, NEW_RUN, FOR_GOOD = "3", "/api/v2", "/api/v2/monitor/health", {"logical_date": None}, {}
    PARTS = (("api-server",), ("scheduler", "--skip-serve-logs"), ("dag-processor",))
    HEALTHY = ("scheduler", "triggerer", "dag_processor")
    PREPARE = (("db", "migrate"),)

    authorization = ""

    def settings(self):
        return {"API__PORT": str(self.port), "API__WORKERS": "1", "WORKERS__EXECUTION_API_TIMEOUT": "60", "CORE__EXECUTION_API_SERVER_URL": f"{self.url}/execution/",
                "CORE__SIMPLE_AUTH_MANAGER_ALL_ADMINS": "True", "DAG_PROCESSOR__REFRESH_INTERVAL": "10", "API_AUTH__JWT_SECRET": "not a secret" * 4,
                "SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT": "40", "SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT_DETECTION_INTERVAL": "5"}

    def sign_in(self):
        self.authorization = self.authorization or f"Bearer {self.ask('GET', '/auth/token')['access_token']}"

    def log(self, path):
        found = self.ask("GET", path)
        return "\n".join(str(line.get("event", line)) if isinstance(line, dict) else str(line) for line in found.get("content", [found]))

    def worker(self, pid):
        return [pid]


class Airflow2(Airflow):
    """The REST API is the web server's. Airflow refuses sqlite with any executor that runs two tasks at a time, for the sake of those who would
    use it so for work; as its own tests do, it is told to have it. With the SequentialExecutor a task that waits would stop the scheduler."""

    VERSION, API, HEALTH, NEW_RUN, FOR_GOOD = "2", "/api/v1", "/api/v1/health", {}, {"dry_run": False}
    PARTS = (("webserver",), ("scheduler", "--skip-serve-logs"))
    HEALTHY = ("scheduler", "triggerer")
    PREPARE = (("db", "migrate"), ("users", "create", "-r", "Admin", "-u", USER, "-p", USER, "-e", "admin@example.com", "-f", "A", "-l", "Admin"))

    authorization = "Basic " + base64.b64encode(f"{USER}:{USER}".encode()).decode()

    def __init__(self, c, folder):
        super().__init__(c, folder)
        self.env["_AIRFLOW__SKIP_DATABASE_EXECUTOR_COMPATIBILITY_CHECK"] = "1"

    def settings(self):
        return {"WEBSERVER__WEB_SERVER_PORT": str(self.port), "WEBSERVER__WORKERS": "1", "WEBSERVER__SECRET_KEY": "not a secret",
                "API__AUTH_BACKENDS": "airflow.providers.fab.auth_manager.api.auth.backend.basic_auth",
                "SCHEDULER__DAG_DIR_LIST_INTERVAL": "10", "SCHEDULER__ZOMBIE_DETECTION_INTERVAL": "5",
                "SCHEDULER__SCHEDULER_ZOMBIE_TASK_THRESHOLD": "40"}

    def sign_in(self):
        pass

    def log(self, path):
        try:
            return self.send("GET", path, Accept="text/plain")
        except OSError as error:
            return str(error)

    def worker(self, pid):
        """The process that runs the task, and the one that watches over it."""
        parent = subprocess.run(["ps", "-p", str(pid), "-o", "ppid="], text=True, stdout=subprocess.PIPE).stdout
        return [*map(int, parent.split()), pid]


class Task:
    """The only task of a DAG run."""

    def __init__(self, airflow, dag, run):
        self.airflow, self.dag, self.run = airflow, dag, run
        self.run_path = f"{airflow.API}/dags/{dag}/dagRuns/{run}"
        self.path = f"{self.run_path}/taskInstances/{TASK}"

    # ---- what Airflow knows of it

    def look(self):
        return self.airflow.ask("GET", self.path)

    def until(self, *states, tries=None):
        def there():
            it = self.look()
            return it if it.get("state") in states and tries in (None, it.get("try_number")) else None
        return self.airflow.wait(f"{self.dag} is {states}, not {self.look()}", there)

    def xcom(self, key):
        return self.airflow.ask("GET", f"{self.path}/xcomEntries/{key}?stringify=false").get("value")

    def log(self, tries=1):
        return self.airflow.log(f"{self.path}/logs/{tries}?full_content=true")

    def whole_log(self, last, tries=1):
        """When it has that: Airflow shows the end of a log some time after the task's end."""
        def there():
            found = self.log(tries)
            return found if last in found else None
        return self.airflow.wait(f"the log of {self.dag} has {last!r}", there)

    def ticks(self, tries=1):
        return [int(n) for n in re.findall(r"tick (\d+) of \d+", self.log(tries))]

    def ticks_beyond(self, seen):
        """The same, when there are more of them."""
        def there():
            found = self.ticks()
            return found if max(found, default=0) > seen else None
        return self.airflow.wait(f"the log of {self.dag} goes on behind tick {seen}", there)

    def triggerer(self):
        """The number of the triggerer that its trigger is in; None while there is none."""
        return (self.look().get("triggerer_job") or {}).get("id")

    def triggers_over(self, tries=1):
        """More than before when another trigger of a try has come to its end: Airflow 3 says so in the task's log, Airflow 2 in the triggerer's.
        But that interrupts the end of a trigger each second, and says nothing then; the trigger itself does, in the task's log."""
        said = re.compile(rf"trigger {self.dag}/{re.escape(self.run)}/{TASK}/-1/{tries} .*completed")
        ends = re.compile(r"trigger completed|goes on: its task is still deferred|-driver: (?:not )?killed")
        return len(ends.findall(self.log(tries))) + len(said.findall(self.airflow.log_of("triggerer")))

    # ---- its drivers

    def drivers(self):
        return [p for p in self.airflow.c.objects("pods", "spark-role=driver")
                if p["metadata"]["annotations"].get("airflow.sparkk8s.io/run_id") == self.run
                and p["metadata"]["annotations"].get("airflow.sparkk8s.io/dag_id") == self.dag]

    def names(self):
        return [p["metadata"]["name"] for p in self.drivers()]

    def driver(self):
        """The newest of them, when it runs."""
        def there():
            found = [p for p in self.drivers() if p["status"]["phase"] == "Running" and "deletionTimestamp" not in p["metadata"]]
            return found and max(found, key=lambda p: p["metadata"]["creationTimestamp"])
        return self.airflow.wait(f"{self.dag} has a running driver", there)["metadata"]["name"]

    def gone(self, name):
        return self.airflow.wait(f"{name} is gone", lambda: name not in self.names())

    def end(self, name):
        """Its driver ends by itself (those of the DAGs that are told to)."""
        end_talker(self.airflow.c, name)

    # ---- what users do to it, and what happens to it

    def _tell(self, done, *what):
        """Airflow 2 clears a task that runs through its job's row, which the job reads some seconds later, and may overwrite unread."""
        def told():
            self.airflow.tell(*what)
            return until(done, AGAIN, PAUSE)
        self.airflow.wait(f"done: {what}", told)

    def set_state(self, state):
        self._tell(lambda: self.look().get("state") == state, "PATCH", self.path, {"new_state": state, **self.airflow.FOR_GOOD})

    def set_run_state(self, state):
        self._tell(lambda: self.airflow.ask("GET", self.run_path).get("state") == state, "PATCH", self.run_path, {"state": state})

    def clear(self):
        def stage():
            it = self.look()
            return it.get("state"), it.get("try_number")
        before = stage()
        self._tell(lambda: stage() != before, "POST", f"{self.airflow.API}/dags/{self.dag}/clearTaskInstances",
                   {"dry_run": False, "dag_run_id": self.run, "task_ids": [TASK], "only_failed": False, "reset_dag_runs": True})

    def kill_worker(self):
        for pid in self.airflow.worker(int(self.airflow.wait("its process is known", lambda: self.look().get("pid")))):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
