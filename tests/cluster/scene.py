# SPDX-License-Identifier: Apache-2.0
"""What the cases of faults have in common: drivers that talk, what looks at them meanwhile, and what breaks the cluster's components.

A driver here is a shell in the place of Spark's entrypoint, unless it is said otherwise: it talks from the first moment on, for as long as
a case lasts, and ends with the code that it is told to.
"""
import json
import re
import subprocess
import tempfile
import time
from pathlib import Path

NS = "spark"
PATIENCE_S = 240
IMAGE = "localhost/spark:4.1.4"
JAR = "local:///opt/spark/examples/jars/spark-examples.jar"
TALK = 'i=0; while [ ! -e /tmp/end ]; do i=$((i+1)); echo "tick $i of many"; sleep 0.1; done; exit $(cat /tmp/end)'
ORDER = ["PENDING", "RUNNING", "TERMINATING", "SUCCEEDED", "FAILED", "LOST"]


def until(condition, seconds=PATIENCE_S, pause=0.3):
    """Its first answer that is true, or the last one."""
    deadline = time.monotonic() + seconds
    while not (answer := condition()) and time.monotonic() < deadline:
        time.sleep(pause)
    return answer


def end_talker(c, pod, code=0):
    """Tells a driver that talks to end with that code."""
    c.kubectl("exec", pod, "-n", NS, "--", "sh", "-c", f"echo {code} > /tmp/end")


class Tool:
    """The command line tool at work in the background; what it prints is in files, so that nothing holds it up."""

    def __init__(self, c, folder, *args):
        self.args = args
        self.out, self.err = (Path(tempfile.mkstemp(dir=folder, suffix=end)[1]) for end in (".out", ".err"))
        with self.out.open("w") as out, self.err.open("w") as err:
            self.process = subprocess.Popen([c.sparkk8s, *args], stdout=out, stderr=err, env=c.env)

    def text(self):
        return self.out.read_text(errors="replace")

    def ticks(self):
        return [int(n) for n in re.findall(r"^(?:\S+Z )?tick (\d+) of \w+", self.text(), re.M)]

    def statuses(self, run):
        """What a watch has told of a run; a line that is being written does not count yet."""
        lines = self.text().split("\n")[:-1]
        return [s for s in map(json.loads, lines) if s["run_id"] == run]

    def end(self, seconds=PATIENCE_S):
        """Its exit code; None if it had to be killed."""
        try:
            return self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.kill()
            return None

    def kill(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()

    def report(self):
        return f"{' '.join(self.args)}: exit {self.process.poll()}\n{self.text()[-1500:]}\n{self.err.read_text(errors='replace')[-3000:]}"


class Scene:
    """A case's folder, tools and drivers, which end with it. Several may be under way at once."""

    def __init__(self, c):
        self.c, self.tools = c, []
        self.label = f"scene-{id(self)}"
        self.temporary = tempfile.TemporaryDirectory()
        self.folder = Path(self.temporary.name)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for tool in self.tools:
            tool.kill()
        self.c.kubectl("delete", "pods", "-n", NS, "-l", f"scene={self.label}", "--grace-period=0", "--force", check=False)
        self.temporary.cleanup()

    def tool(self, *args):
        self.tools.append(Tool(self.c, self.folder, *args))
        return self.tools[-1]

    def template(self, name, spec):
        path = self.folder / f"{name}.json"
        path.write_text(json.dumps({"apiVersion": "v1", "kind": "Pod", **spec}))
        return ["--conf", f"spark.kubernetes.driver.podTemplateFile={path}"]

    def submission(self, name, *more):
        return [*self.c.submit_args(name, *more), "--conf", f"spark.kubernetes.driver.label.scene={self.label}"]

    def talker(self, name, script=TALK, more=()):
        """Arguments of a submission: `script` is the driver."""
        how = self.template(name, {"spec": {"containers": [{"name": "spark-kubernetes-driver", "command": ["sh", "-c", script]}]}})
        return [*self.submission(name, "--key", name, *how, *more), "--class", "A", "local:///a.jar"]

    def submit(self, args):
        """The run's id."""
        done = self.c.run(args[0], "-o", "name", *args[1:])
        if done.returncode != 0:
            raise RuntimeError(f"submission failed: {done.stderr}")
        return done.stdout.strip()

    def end(self, run, code=0):
        end_talker(self.c, run.split(":")[1], code)

    # ---- the cluster's components

    def restart(self, component):
        self.c.local("restart", component)

    def start(self, component):
        self.c.local("start", component)

    def signal(self, component, name):
        self.c.local("signal", component, name)

    def server_ready(self):
        return until(lambda: self.c.kubectl("get", "--raw", "/readyz", "--request-timeout=5s", check=False) == "ok")


def is_talked(numbers):
    """Every line once, in order."""
    return len(numbers) > 0 and numbers == list(range(1, 1 + len(numbers)))


def holes(numbers):
    return f"{len(numbers)} lines; not in order after {[a for a, b in zip(numbers, numbers[1:]) if b != a + 1][:10]}"


def is_told_once(statuses, end):
    """A watch's lines of one run: no two alike, no state again that was left, and the end that it has."""
    states = [s["state"] for s in statuses]
    changes = [s for i, s in enumerate(states) if i == 0 or states[i - 1] != s]
    return (changes == sorted(changes, key=ORDER.index) and changes[-1:] == [end] and states.count(end) == 1
            and all(a != b for a, b in zip(statuses, statuses[1:])))
