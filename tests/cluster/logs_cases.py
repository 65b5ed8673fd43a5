# SPDX-License-Identifier: Apache-2.0
"""The logs of all executors of a real run, followed into a folder while executors come, one is killed and another takes its
place: what was saved is what kubectl has, every line once."""
import json
import re
import subprocess
import tempfile
import time
from pathlib import Path

JAR = "local:///opt/spark/examples/jars/spark-examples.jar"
NS, SECONDS, PATIENCE_S = "spark", "30", 180


def until(what, seconds=PATIENCE_S):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        got = what()
        if got:
            return got
        time.sleep(0.2)
    return None


def executors_of(c, driver):
    """Pods by executor number."""
    app = json.loads(c.kubectl("get", "pod", "-n", NS, driver, "-o", "json"))["metadata"]["labels"]["spark-app-selector"]
    return {pod["metadata"]["labels"]["spark-exec-id"]: pod["metadata"]["name"]
            for pod in c.objects("pods", f"spark-role=executor,spark-app-selector={app}")}


def saved_of(folder):
    return {path.name[:-4]: path.read_text() for path in folder.glob("*.log")}


def kubectl_follow(c, pod):
    return subprocess.Popen([*c.kubectl_command, "logs", "-f", "-n", NS, pod], text=True,
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def follow(c, folder):
    check = c.count.check
    done = c.run(*c.submit_args("followed", "--conf", "spark.kubernetes.executor.deleteOnTermination=false", "--class",
                                "sparkk8s.examples.Ticks", app=[JAR, SECONDS, "spark"]))
    run = re.search(rf"{NS}:followed-\S+-driver", done.stdout + done.stderr)[0]
    driver = run.split(":")[1]
    call = ["logs", "-f", "--executors", "--driver", "--save", str(folder), run]
    reading = subprocess.Popen([c.sparkk8s, *call], text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=c.env)
    two = until(lambda: [pod for pod, text in saved_of(folder).items() if "-exec-" in pod and "Successfully registered" in text][1:])
    if not check(two, "logs: both executors are followed as they come", str(saved_of(folder).keys())):
        reading.kill()
        return
    victim = executors_of(c, driver)["1"]
    beside = kubectl_follow(c, victim)
    c.kubectl("delete", "pod", "-n", NS, victim, "--wait=false")
    out, err = reading.communicate(timeout=PATIENCE_S)
    check(reading.returncode == 0 and not out, "logs -f --executors ends with the run", f"{reading.returncode} {out} {err}")
    saved, expected = saved_of(folder), beside.communicate(timeout=PATIENCE_S)[0]
    there = executors_of(c, driver)
    check("3" in there and there["3"] in saved, "logs: the executor in place of the killed one, too", f"{there} {list(saved)}")
    told = "[1] gap" in err            # its pod can be gone before its last lines are
    check(saved[victim].startswith(expected) if not told else expected.startswith(saved[victim]),
          "logs: what the killed one wrote", f"{expected[-300:]} / {saved[victim][-300:]} / {err}")
    for pod in [driver, *there.values()]:
        check(saved.get(pod) == c.kubectl("logs", "-n", NS, pod), f"logs: what is saved of {pod.rpartition('-')[2]} is what kubectl has",
              saved.get(pod, "")[-300:])
    done = c.run(*call)
    check(done.returncode == 0 and "saved 0 lines" in done.stderr and saved_of(folder) == saved, "logs --save again: nothing twice",
          done.stderr)
    done = c.run("logs", "--executors", "-o", "json", run)
    records = [json.loads(line) for line in done.stdout.splitlines()]
    lines = {pod: "".join(r["text"] + "\n" for r in records if r["pod"] == pod and r["kind"] == "LINE") for pod in there.values()}
    times = [r["time"] for r in records if r["kind"] == "LINE"]
    check(lines == {pod: saved[pod] for pod in there.values()} and times == sorted(times),
          "logs --executors -o json: the same, in the order of time")
    check([r["text"] for r in records if r["kind"] != "LINE"][:1] == ["executors without a pod: 1; their logs are gone with it"],
          "logs --executors: the killed one is not passed over")


def logs(c):
    with tempfile.TemporaryDirectory() as folder:
        follow(c, Path(folder) / "logs")
