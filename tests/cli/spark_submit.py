# SPDX-License-Identifier: Apache-2.0
"""spark-submit by name and as a command: what the recordings (tests/sparksubmit) do not have: spark-env.sh, links, modes that are
refused, the reports in between, interrupts."""
import os
import re
import signal
import subprocess

import api as kubernetes
from api import Api
from tool import until

APP = ["--name", "pi", "--class", "org.example.Main", "--conf", "spark.kubernetes.container.image=example/spark:4.1.4"]
JAR = "local:///opt/app.jar"
LINE = re.compile(r"\d\d/\d\d/\d\d \d\d:\d\d:\d\d (INFO|WARN|ERROR) (\w+): (.*)")
ENDED_BESIDE = kubernetes.status("Running", kubernetes.terminated(7, "Error"))
ENDED_BESIDE["containerStatuses"].append({"name": "proxy", "image": "p", "imageID": "", "restartCount": 0, "ready": True, "started": True,
                                          "state": {"running": {"startedAt": "2026-11-21T10:00:02Z"}}})


def arguments(url, *more):
    return ["--master", f"k8s://{url}", "--deploy-mode", "cluster", *APP, *more, JAR]


def messages(done, logger):
    return [m[3] for m in map(LINE.fullmatch, done.stderr.splitlines()) if m and m[2] == logger]


def waiting(tool):
    """The driver's exit code is in the log alone."""
    for life, phase, code in (("succeeds", "Succeeded", 0), ("fails", "Failed", 42)):
        with Api(life) as api:
            done = tool.run("spark-submit", *arguments(api.url, "--conf", "spark.kubernetes.report.interval=50ms"))
            said = messages(done, "LoggingPodStatusWatcherImpl")
            phases = [m.rsplit(" ", 1)[1].rstrip(")") for m in said if m.startswith("Application status for spark-")]
            tool.check(done.returncode == 0 and not done.stdout, f"waiting: exit code 0, the application {life}", done)
            tool.check(phases[-1] == phase and phases.count("Running") >= 3, f"waiting: the phase is told every 50 ms, {life}", done)
            tool.check(re.findall(r"^\t exit code: (\d+)$", done.stderr, re.M) == [str(code)], f"waiting: the exit code at the end, {life}", done)
            tool.check(re.search(r"^\t pod name: pi-[0-9a-f]+-driver$", done.stderr, re.M) and "finished" in said[-1],
                       f"waiting: pod name, finished, {life}", done)
    with Api("runs-on") as api:
        lagging = kubernetes.status("Running", kubernetes.terminated(42, "Error"))
        api.life = [(0.1, kubernetes.RUNNING), (0.1, lagging), (0.5, kubernetes.FAILED)]
        done = tool.run("spark-submit", *arguments(api.url))
        phases = re.findall(r"\(phase: (\w+)\)", done.stderr)
        tool.check(done.returncode == 0 and phases[-1] == "Failed" and done.stderr.count("State changed") >= 4,
                   "waiting: the phase of the pod is waited for, after the end of its container", done)
    with Api("vanishes") as api:
        done = tool.run("spark-submit", *arguments(api.url))
        tool.check(done.returncode == 0 and "xit code" not in done.stderr and messages(done, "LoggingPodStatusWatcherImpl")[-1].endswith("finished"),
                   "waiting: a driver that is deleted has no exit code", done)


def sidecar(tool):
    """Its pod does not end: after a minute that is it."""
    with Api("runs-on") as api:
        api.life = [(0.1, kubernetes.RUNNING), (0.1, ENDED_BESIDE)]
        done = tool.run("spark-submit", *arguments(api.url))
        said = messages(done, "LoggingPodStatusWatcherImpl")
        tool.check(done.returncode == 0 and "\t exit code: 7\n" in done.stderr and 55 < len([m for m in said if "(phase: Running)" in m]) < 70,
                   "waiting ends a minute after the driver, beside a live sidecar", done)


def refused(tool):
    with Api() as api:
        master = ["--master", f"k8s://{api.url}"]
        cases = [
            ("the default mode", [*master, *APP, JAR], "add --deploy-mode cluster"),
            ("client mode", [*master, "--deploy-mode", "client", *APP, JAR], "add --deploy-mode cluster"),
            ("no master", ["--deploy-mode", "cluster", *APP, JAR], "use --master k8s://"),
            ("yarn", ["--master", "yarn", "--deploy-mode", "cluster", *APP, JAR], "submits to Kubernetes only, not to yarn"),
            ("local", ["--master", "local[2]", *APP, JAR], "submits to Kubernetes only, not to local[2]"),
            ("--kill without a master", ["--kill", "a:b"], "local[*]"),
            ("a bad interval", arguments(api.url, "--conf", "spark.kubernetes.report.interval=0"), "positive time value"),
            ("a bad wait", arguments(api.url, "--conf", "spark.kubernetes.submission.waitAppCompletion=maybe"), "waitAppCompletion=maybe"),
            ("a bad grace", [*master, "--conf", "spark.kubernetes.appKillPodDeletionGracePeriod=-1s", "--kill", "a:b"], "not be negative"),
        ]
        for what, args, said in cases:
            done = tool.run("spark-submit", *args)
            tool.check(done.returncode == 1 and 'Exception in thread "main" ' in done.stderr and said in done.stderr, f"refused: {what}", done)
        tool.check(not api.requests, "refused: nothing was asked of the server", api.requests)


def by_name(tool):
    """A link called spark-submit, also inside of a distribution, whose folder is SPARK_HOME then."""
    home = tool.folder / "spark"
    for part in ("bin", "conf", "jars"):
        (home / part).mkdir(parents=True)
    link = home / "bin/spark-submit"
    link.symlink_to(tool.program)
    (home / "conf/spark-env.sh").write_text('echo from the script\nCOLOUR="dark blue"\nexport SPARK_EXECUTOR_MEMORY=3g\n')
    (home / "conf/spark-defaults.conf").write_text("spark.kubernetes.authenticate.driver.serviceAccountName ${env:COLOUR}\n"
                                                   "spark.kubernetes.namespace ${env:NS}\n")
    (home / "RELEASE").write_text("Spark 4.0.5 (git revision 0123abc) built for Hadoop 3.4.1\nBuild flags: -Pkubernetes\n")
    cases = [("by its path", [str(link)], {}), ("by PATH", ["spark-submit"], {"PATH": f"{home}/bin:{os.environ['PATH']}"}),
             ("as a command", [tool.program, "spark-submit"], {"SPARK_HOME": str(home)})]
    with Api() as api:
        args = ["--master", f"k8s://{api.url}", "--deploy-mode", "cluster", *APP[2:], "--conf",
                "spark.kubernetes.submission.waitAppCompletion=false", JAR, "an argument with\r blanks", "$HOME"]
        for what, command, env in cases:
            env = {**tool.env, "NS": "blue", **env}
            done = subprocess.run([*command, *args], env=env, text=True, capture_output=True, timeout=60, executable=None if "/" in command[0]
                                  else str(link))
            pods = [r for r in api.requests if r[0] == "POST" and "/pods" in r[1]]
            tool.check(done.returncode == 0 and done.stdout == "from the script\n" and len(pods) == 1, f"spark-env.sh, called {what}", done)
            pod = str(pods[-1:])
            tool.check("/namespaces/blue/" in pod and "'serviceAccountName': 'dark blue'" in pod, f"variables of the script and the caller, {what}", pod)
            tool.check("'an argument with blanks'" in pod and "'$HOME'" in pod, f"arguments pass the shell, {what}", pod)
            tool.check("'spark-version': '4.0.5'" in pod, f"the version is the distribution's, called {what}", pod)
            maps = [r[2]["data"] for r in api.requests if r[0] == "POST" and "/configmaps" in r[1]]
            tool.check(any("spark.executor.memory=3g" in m.get("spark.properties", "") for m in maps), f"what it exports counts, {what}", maps)
            api.requests.clear()
        done = subprocess.run([str(link), *args], env={**tool.env, "SPARK_ENV_LOADED": "1"}, text=True, capture_output=True, timeout=60)
        tool.check(done.returncode == 0 and not done.stdout, "spark-env.sh is not read again after SPARK_ENV_LOADED", done)
        done = subprocess.run([str(link), "--version"], env={**tool.env, "SPARK_ENV_LOADED": "1"}, text=True, capture_output=True, timeout=60)
        tool.check(done.returncode == 0 and not done.stdout and re.search(r" version 4\.0\.5$", done.stderr, re.M), "--version is the distribution's", done)
        (home / "conf/spark-env.sh").write_text("echo no >&2\nexit 7\n")
        before = len(api.requests)
        done = subprocess.run([str(link), *args], env=tool.env, text=True, capture_output=True, timeout=60)
        tool.check(done.returncode == 7 and done.stderr == "no\n" and len(api.requests) == before, "a script that gives up ends it", done)


def interrupted(tool):
    for sent, code in ((signal.SIGINT, 130), (signal.SIGTERM, 143)):
        with Api("runs-on") as api:
            process = tool.start("spark-submit", *arguments(api.url))
            until(lambda: any(p["status"]["phase"] == "Running" for p in api.pods.values()))
            status, out, err = tool.interrupt(process, sent)
            tool.check(status == code and api.pods and "Exception" not in err, f"{sent.name}: exit code {code}, the driver goes on", err)


def kill_and_status(tool):
    with Api("runs-on") as api:
        for name in ("etl-1-driver", "etl-2-driver", "other-driver"):
            api.driver(name)
        api.driver("etl-3-driver", namespace="else")
        master = ["--master", f"k8s://{api.url}"]
        done = tool.run("spark-submit", *master, "--status", "etl-*", env={"KUBERNETES_NAMESPACE": "default"})
        names = re.findall(r"^\t pod name: (.*)$", done.stderr, re.M)
        tool.check(done.returncode == 0 and names == ["etl-1-driver", "etl-2-driver"], "--status: the namespace of KUBERNETES_NAMESPACE", done)
        done = tool.run("spark-submit", *master, "--status", "other-driver", api=api)
        tool.check(done.returncode == 0 and "pod name: other-driver\n" in done.stderr, "--status: the namespace of the kubeconfig", done)
        done = tool.run("spark-submit", *master, "--kill", "etl-*")
        tool.check(done.returncode == 0 and list(api.pods) == ["other-driver"] and done.stderr.count("Deleting driver pod: ") == 3,
                   "--kill: every namespace where none is told", done)
        deletes = [r[2].get("preconditions", {}).get("uid") for r in api.requests if r[0] == "DELETE"]
        tool.check(len(deletes) == 3 and all(deletes), "--kill: pinned to the pods that were seen", deletes)


SLOW = [sidecar]
CASES = [waiting, refused, by_name, interrupted, kill_and_status]
