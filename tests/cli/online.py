# SPDX-License-Identifier: Apache-2.0
"""Against the scripted API server: verdicts, exit codes, interrupts, what is printed where."""
import json
import re
import signal
import time

from api import Api
from tool import APP, until

WAIT = ["submit", "--wait", "--name", "pi", *APP]
ANSI = re.compile(r"\x1b\[[0-9;]*m")


def screen(line):
    """What is to be seen of a line in the end."""
    return ANSI.sub("", line.rsplit("\r\x1b[K", 1)[-1])


def submit(tool):
    with Api() as api:
        done = tool.run("submit", "--name", "pi", *APP, api=api)
        found = re.search(r"^run: +(default:pi-[0-9a-f]+-driver)$", done.stdout, re.M)
        if tool.check(done.returncode == 0 and found and not done.stderr, "submit says what it did", done):
            run = found[1]
            tool.check(f"sparkk8s logs -f {run}" in done.stdout and f"sparkk8s kill {run}" in done.stdout, "submit: how to follow and kill", done)
            tool.check(run.split(":")[1] in api.pods, "submit: the pod is there")
        done = tool.run("submit", "-o", "name", *APP, api=api)
        tool.check(re.fullmatch(r"default:\S+-driver\n", done.stdout) is not None, "submit -o name", done)
        done = tool.run("submit", "-o", "json", *APP, api=api)
        run = json.loads(done.stdout)
        tool.check(run["run_id"] == f"default:{run['driver_pod']}" and run["driver_uid"] == api.pods[run["driver_pod"]]["metadata"]["uid"]
                   and run["app_id"].startswith("spark-"), "submit -o json", done)
        before = len(api.pods)
        done = tool.run("submit", "--dry-run", *APP, api=api)
        tool.check(done.returncode == 0 and "nothing was created" in done.stdout and len(api.pods) == before, "submit --dry-run", done)
        first, second = (tool.run("submit", "-o", "name", "--key", "nightly", *APP, api=api) for _ in range(2))
        tool.check(first.returncode == second.returncode == 0 and first.stdout == second.stdout and len(api.pods) == before + 1,
                   "submit --key: the second time finds the first's driver", (first, second))
        done = tool.run("submit", "--kubeconfig", tool.kubeconfig(api), "--context", "c", *APP)
        tool.check("kill --" not in done.stdout and f"sparkk8s --kubeconfig {tool.kubeconfig(api)} --context c kill " in done.stdout,
                   "submit: the commands that it prints are aimed at the same cluster", done)
        done = tool.run("submit", "--master", f"k8s://{api.url}", *APP, env={"KUBECONFIG": tool.kubeconfig(api)})
        tool.check(done.returncode == 0 and f"--server {api.url}" in done.stdout, "submit --master", done)


def uploads(tool):
    place, data = tool.folder / "stored", tool.folder / "stored.txt"
    data.write_text("data")
    args = ["--files", str(data), "--conf", f"spark.kubernetes.file.upload.path=file://{place}", *APP]
    with Api() as api:
        done = tool.run("submit", "--dry-run", *args, api=api)
        tool.check(done.returncode == 0 and f"note: submit stores {data} as file://{place}/spark-upload-" in done.stderr and not place.exists(),
                   "submit --dry-run says what would be stored, and stores nothing", done)
        done = tool.run("submit", *args, api=api)
        stored = list(place.glob("spark-upload-*/*"))
        tool.check(done.returncode == 0 and not done.stderr and [(s.name, s.read_text()) for s in stored] == [("stored.txt", "data")],
                   "submit stores files", (done, stored))
        pods = len(api.pods)
        done = tool.exits(5, "submit to where nothing can be stored", "submit", "--files", str(data), "--conf",
                          "spark.kubernetes.file.upload.path=/proc/nope", *APP, api=api, said=["/proc/nope/spark-upload-", str(data), "hint: "])
        tool.check(len(api.pods) == pods and "Traceback" not in done.stderr, "nothing is created when a file cannot be stored", done)


def verdicts(tool):
    cases = [("succeeds", 0, ["SUCCEEDED", "took 45s", "ran for 42s"]), ("fails", 1, ["FAILED", "APP", "exit code 42"]),
             ("killed", 4, ["FAILED", "KILLED", "exit code 143"]), ("vanishes", 4, ["LOST", "DELETED"])]
    for life, code, said in cases:
        with Api(life) as api:
            done = tool.exits(code, f"submit --wait, the application {life}", *WAIT, api=api, said=said)
            verdict = re.findall(rf"^default:\S+ {said[0]}.*$", done.stderr, re.M)
            tool.check(len(verdict) == 1 and all(s in verdict[0] for s in said), f"{life}: the verdict is one line", done)
            tool.check(("\nwhy " in done.stderr and "\nevidence " in done.stderr) == (code != 0), f"{life}: why, if it did not succeed", done)
            done = tool.run("watch", "default:" + next(iter(api.pods), "x"), api=api)
            expected = 5 if life == "vanishes" else code
            tool.check(done.returncode == expected, f"watch RUN, the application {life}: exit code {expected}", done)
    for life, cause in (("no-image", "IMAGE"), ("no-config", "CONFIG"), ("no-place", "UNSCHEDULABLE")):
        with Api(life) as api:
            begun = time.monotonic()
            done = tool.exits(3, f"{life}, --start-timeout", *WAIT[:2], "--start-timeout", "1s", *WAIT[2:], api=api,
                              said=[cause, "PENDING", "left as it is", "sparkk8s kill default:pi-"])
            tool.check(0.9 < time.monotonic() - begun < 3 and len(api.pods) == 1, f"{life}: in time, and the driver is left", done)


def explanations(tool):
    trace = b"Exception in thread \"main\" java.lang.IllegalStateException: no input: password=canary\n\tat org.example.Main.main(Main.java:7)\n"
    with Api("fails", log=trace) as api:
        api.driver("bad-driver")
        run = "default:bad-driver"
        done = tool.run("explain", run, api=api)
        tool.check(done.returncode == 0 and not done.stderr and re.search(r"^why  +The application failed with exit code 42: java.lang.Ill", done.stdout, re.M)
                   and re.search(r"^state +FAILED\ncause +APP\nexit code +42$", done.stdout, re.M) and "org.example.Main.main(Main.java:7)" in done.stdout
                   and re.search(r"^advice +\S", done.stdout, re.M), "explain", done)
        tool.check("canary" not in done.stdout, "explain: a password in the log is not shown", done)
        said = json.loads(tool.run("explain", "-o", "json", "bad-driver", api=api).stdout)
        tool.check(list(said) == ["run_id", "app_id", "state", "cause", "exit_code", "summary", "advice", "retriable", "evidence"]
                   and (said["run_id"], said["state"], said["cause"], said["exit_code"], said["retriable"]) == (run, "FAILED", "APP", 42, False)
                   and all(isinstance(line, str) for line in said["evidence"]), "explain -o json", said)
        yaml = tool.run("explain", "-o", "yaml", "spark-" + "0" * 32, api=api).stdout
        tool.check(f'run_id: "{run}"\n' in yaml and "exit_code: 42\n" in yaml and "evidence:\n  - " in yaml, "explain -o yaml", yaml)
        tool.check(tool.run("explain", "-o", "name", run, api=api).stdout == run + "\n", "explain -o name")
        done = tool.run("watch", "-o", "json", run, api=api)
        tool.check(done.returncode == 1 and len(done.stdout.splitlines()) == 1 and "why" not in done.stderr, "watch -o json: no word beside the JSON", done)
    with Api() as api:
        tool.exits(5, "explain what is not there", "explain", "nothing", api=api, said=["sparkk8s: ", "(nothing)", "hint: "])
    with Api(silent=True) as api:
        tool.exits(6, "explain: no answer in time", "explain", "a", "--timeout", "1", api=api)


def stuck(tool):
    """Not an interval that could be made shorter: the minute itself is tested."""
    with Api("no-image") as api, Api("no-place") as other:
        waits = tool.start(*WAIT, api=other)
        begun = time.monotonic()
        done = tool.exits(3, "an image in the way for a minute", *WAIT, api=api, said=["IMAGE", "sparkk8s kill"])
        tool.check(59 < time.monotonic() - begun < 65, "a minute is a minute", done)
        tool.check(waits.poll() is None, "an unschedulable driver is waited for")
        waits.kill()
        waits.communicate()


def refusals(tool):
    quota = "pods \"pi\" is forbidden: exceeded quota: q, requested: pods=1, used: pods=1, limited: pods=1"
    for refuse, said in (((403, "Forbidden", quota), "exceeded quota"), ((401, "Unauthorized", "Unauthorized"), "Unauthorized"),
                         ((422, "Invalid", "spec.containers: Required value"), "Required value")):
        with Api(refuse=refuse) as api:
            for args in (["submit", *APP], ["list"], ["status", "a"], ["logs", "a"], ["kill", "a"], ["watch"]):
                done = tool.exits(5, f"{args[0]}: refused with {refuse[0]}", *args, api=api)
                tool.check((said in done.stderr or refuse[0] == 401) and len(done.stderr.splitlines()) <= 2 and "canary" not in done.stderr,
                           f"{args[0]}: the reason of {refuse[0]}, in one line and a hint", done)
    with Api() as api:
        for args in (["status", "nothing"], ["logs", "nothing"], ["kill", "nothing"], ["watch", "nothing"]):
            tool.exits(5, f"{args[0]} of what is not there", *args, api=api, said=["sparkk8s: ", "(nothing)", "hint: "])
    with Api(silent=True) as api:
        for args in (["list"], ["status", "a"]):
            tool.exits(6, f"{args[0]}: no answer in time", *args, "--timeout", "1", api=api)


def interrupts(tool):
    for sent, code in ((signal.SIGINT, 130), (signal.SIGTERM, 143)):
        with Api("runs-on") as api:
            process = tool.start(*WAIT, api=api)
            until(lambda: any(p["status"]["phase"] == "Running" for p in api.pods.values()))
            time.sleep(0.3)
            done = tool.interrupt(process, sent)
            tool.check(done[0] == code and len(api.pods) == 1, f"submit --wait, signal {sent}: exit code {code}, the run goes on", done)
            tool.check(re.search(r"^follow: sparkk8s watch default:pi-\S+-driver$", done[2], re.M) is not None, "how to follow again is printed", done)
            process = tool.start(WAIT[0], "--kill-on-interrupt", *WAIT[1:], api=api)
            until(lambda: len(api.pods) == 2)
            time.sleep(0.3)
            done = tool.interrupt(process, sent)
            tool.check(done[0] == code and len(api.pods) == 1 and "is killed" in done[2], f"--kill-on-interrupt, signal {sent}", done)
    with Api("runs-on", log=b"one\n") as api:
        run = "default:" + api.driver()["metadata"]["name"]
        for args in (["watch", run], ["watch"], ["logs", "-f", run], ["watch", "--logs", run]):
            process = tool.start(*args, api=api)
            until(lambda: any("watch=true" in p or "/log" in p for _, p, _ in api.requests))
            time.sleep(0.3)
            done = tool.interrupt(process)
            tool.check(done[0] == 130 and "sparkk8s:" not in done[2], f"{' '.join(args[:2])} interrupted: 130", done)
            api.requests.clear()
    with Api(silent=True) as api:
        process = tool.start("submit", *APP, api=api)
        until(lambda: api.requests)
        done = tool.interrupt(process)
        tool.check(done[0] == 130 and "interrupted before the submission was complete" in done[2], "interrupted while submitting", done)


def logs(tool):
    text = b"".join(b"line %d\n" % i for i in range(3000))
    with Api("succeeds", log=text) as api:
        done = tool.run("submit", "--logs", "--name", "pi", *APP, api=api)
        tool.check(done.returncode == 0 and done.stdout.encode() == text, "submit --logs: stdout is the log and nothing else",
                   (done.returncode, done.stdout[-300:], done.stderr[-2000:]))
        tool.check("run:    default:pi-" in done.stderr and "SUCCEEDED" in done.stderr, "submit --logs: the rest is on stderr", done.stderr)
        run = "default:" + next(iter(api.pods))
        done = tool.run("logs", run, api=api)
        tool.check(done.returncode == 0 and done.stdout.encode() == text, "logs", (done.returncode, done.stderr))
        done = tool.run("logs", "-f", "--timestamps", run, api=api)
        first = done.stdout.split("\n", 1)[0]
        tool.check(done.returncode == 0 and first == "2026-11-21T10:00:04.000000000Z line 0", "logs --timestamps", first)
        tool.run("logs", run, "--tail", "7", "-c", "sidecar", "--previous", api=api)
        path = next(p for _, p, _ in reversed(api.requests) if "/log" in p)
        tool.check("tailLines=7" in path and "container=sidecar" in path and "previous=true" in path, "logs: options reach the server", path)
        done = tool.run("watch", "--logs", run, api=api)
        tool.check(done.returncode == 0 and done.stdout.encode() == text, "watch --logs", (done.returncode, done.stderr))
        process = tool.start("logs", "-f", run, api=api)
        process.stdout.close()
        code, err = process.wait(timeout=20), process.stderr.read()
        process.stderr.close()
        tool.check(code in (-signal.SIGPIPE, 0) and not err, "logs into a closed pipe: quiet", (code, err))


def output(tool):
    with Api("runs-on", executors=3) as api:
        pod = api.driver("etl-1-driver")
        run = "default:etl-1-driver"
        status = json.loads(tool.run("status", run, "-o", "json", api=api).stdout)
        tool.check((status["run_id"], status["state"], status["started"], status["executors"]["running"])
                   == (run, "RUNNING", "2026-11-21T10:00:03Z", 3), "status -o json: RFC 3339", status)
        done = tool.run("status", run, api=api)
        tool.check(re.search(r"^started +2026-11-21 15:30:03 \(", done.stdout, re.M) is not None and "3 RUNNING" in done.stdout,
                   "status: local times for people", done)
        tool.check(done.returncode == 0, "status: exit code 0 if it could tell", done)
        tool.exits(8, "status --exit-code while it runs", "status", "--exit-code", run, api=api)
        for ident in ("etl-1-driver", "spark-" + "0" * 32):
            tool.check(tool.run("status", ident, "-o", "name", api=api).stdout == run + "\n", f"status by {ident[:12]}")
        yaml = tool.run("status", run, "-o", "yaml", api=api).stdout
        tool.check(f'run_id: "{run}"\n' in yaml and "executors:\n  unknown: 0\n" in yaml and "exit_code: null\n" in yaml, "status -o yaml", yaml)
        api.driver("other-driver")
        table = tool.run("list", api=api).stdout.splitlines()
        tool.check(table[0].split() == ["RUN", "APP", "STATE", "CAUSE", "EXECUTORS", "AGE"] and len(table) == 3
                   and table[0].index("STATE") == table[1].index("RUNNING") == table[2].index("RUNNING"), "list: a table", table)
        wide = tool.run("list", "-o", "wide", api=api).stdout
        tool.check("2026-11-21 15:30:03" in wide and "FINISHED" in wide, "list -o wide", wide)
        for args, runs in ((["etl-*"], [run]), (["-A"], [run, "default:other-driver"]), (["-n", "nowhere"], []), (["-n", "nowhere,default"], [run, "default:other-driver"]), (["--state", "failed"], []),
                           (["--state", "FAILED,RUNNING", "other*"], ["default:other-driver"]), (["-l", "spark-app-name=x"], [])):
            listed = json.loads(tool.run("list", "-o", "json", *args, api=api).stdout)
            tool.check(sorted(s["run_id"] for s in listed) == runs, f"list -o json {' '.join(args)}", listed)
            names = tool.run("list", "-o", "name", *args, api=api).stdout.split()
            tool.check(sorted(names) == runs, f"list -o name {' '.join(args)}", names)
        yaml = tool.run("list", "-o", "yaml", api=api).stdout
        tool.check(yaml.startswith('- run_id: "') and len(re.findall(r"^- run_id: ", yaml, re.M)) == 2 and "\n  state: " in yaml, "list -o yaml", yaml)
        done = tool.run("list", "-n", "nowhere", api=api)
        tool.check(done.returncode == 0 and not done.stdout and done.stderr == "no runs found\n", "an empty list", done)
        done = tool.run("list", "-v", api=api)
        tool.check("debug: " in done.stderr and "canary" not in done.stderr, "-v shows requests, and no token", done)
        done = tool.run("kill", "-o", "name", run, "nothing", "other-driver", "--grace", "7", api=api)
        tool.check(done.returncode == 5 and sorted(done.stdout.split()) == [run, "default:other-driver"] and "etl-1-driver" not in api.pods
                   and "other-driver" not in api.pods, "kill: one that is not there does not spare the others", done)
        bodies = [b for m, p, b in api.requests if m == "DELETE" and "etl-1" in p]
        tool.check(bodies and bodies[0]["gracePeriodSeconds"] == 7 and bodies[0]["preconditions"]["uid"] == pod["metadata"]["uid"],
                   "kill: grace, and pinned to the uid", bodies)
    with Api("fails") as api:
        api.driver("bad-driver")
        tool.exits(1, "status --exit-code: the verdict", "status", "--exit-code", "bad-driver", api=api)
        tool.exits(0, "status of what failed: 0", "status", "bad-driver", api=api)


def many(tool):
    """The runs that names, globs and filters choose; all are submitted at one time of the past."""
    runs = [f"default:etl-{i}-driver" for i in range(3)]
    with Api("runs-on") as api:
        for run in runs:
            api.driver(run.split(":")[1])
        api.driver("etl-far-driver", "far")
        api.driver("new-driver")
        dry = tool.run("kill", "etl-*", "--older-than", "1s", "--state", "RUNNING", "-A", "--dry-run", api=api)
        lines = sorted(dry.stdout.splitlines())
        tool.check(dry.returncode == 0 and [line.split(" ")[0] for line in lines] == runs + ["far:etl-far-driver"] and len(api.pods) == 5
                   and all("would be killed: RUNNING, submitted " in line for line in lines), "kill --dry-run: what would be killed, one a line", dry)
        done = tool.run("kill", "etl-*", "--younger-than", "1s", api=api)
        tool.check((done.returncode, done.stdout, done.stderr) == (0, "", "no runs found\n") and len(api.pods) == 5, "kill --younger-than: none", done)
        done = tool.run("kill", "etl-*", "-o", "name", "--older-than", "1s", api=api)
        tool.check(sorted(done.stdout.split()) == runs and sorted(api.pods) == ["etl-far-driver", "new-driver"], "kill GLOB --older-than", done)
        done = tool.run("kill", "-A", "--state", "RUNNING", "nothing", "new-driver", "far:*", "--wait", api=api)
        tool.check(done.returncode == 5 and "(nothing)" in done.stderr and "1 of 3 could not be killed" in done.stderr and not api.pods
                   and sorted(done.stdout.splitlines()) == ["default:new-driver is gone", "far:etl-far-driver is gone"], "kill RUN GLOB --wait", done)
    with Api("runs-on", executors=2) as api:
        run = f"default:{api.driver('etl-driver')['metadata']['name']}"
        counted, not_counted = (json.loads(tool.run("list", "-o", "json", *only, api=api).stdout)[0]["executors"] for only in ([], ["--drivers-only"]))
        tool.check(counted["running"] == 2 and not_counted is None and "spark-role%3Ddriver&" in api.requests[-1][1], "list --drivers-only", api.requests[-1])
        tool.exits(2, "watch --drivers-only of one run", "watch", run, "--drivers-only", api=api)
    with Api("fails") as api:
        for run in runs:
            api.driver(run.split(":")[1])
        done = tool.run("status", "etl-0-driver", "etl-2*", api=api)
        tool.check(done.returncode == 0 and re.findall(r"^run +(\S+)", done.stdout, re.M) == [runs[0], runs[2]] and "\n\nrun " in done.stdout, "status of many", done)
        done = tool.run("status", "etl-0-driver", "etl-1-driver", "-o", "json", "--exit-code", api=api)
        tool.check(done.returncode == 1 and [s["run_id"] for s in json.loads(done.stdout)] == runs[:2], "status of many -o json --exit-code", done)
        done = tool.exits(5, "status of many, one is not there", "status", "etl-0-driver", "nobody", api=api, said="(nobody)")
        tool.check("etl-0-driver" in done.stdout, "status of many tells the others", done)
        done = tool.run("list", "-o", "name", "--finished-older-than", "1s", api=api)
        tool.check(sorted(done.stdout.split()) == runs, "list --finished-older-than", done)
        tool.check(tool.run("kill", "etl-*", api=api).stderr == "no runs found\n" and len(api.pods) == 3, "kill GLOB leaves what has ended")
        done = tool.run("kill", "--finished-older-than", "1s", api=api)
        tool.check(done.returncode == 0 and not api.pods, "kill --finished-older-than", done)


def watches_of(api):
    """Requests for watches, but for the streaming list, which is refused here; then all there was is known."""
    return [path for _, path, _ in api.requests if "watch=true" in path and "sendInitialEvents" not in path]


def is_watched(api):
    until(lambda: watches_of(api))


def waits(tool):
    for life, code in (("succeeds", 0), ("fails", 1), ("vanishes-late", 4)):
        with Api(life) as api:
            runs = [tool.run("submit", "-o", "name", "--name", name, *APP, api=api).stdout.strip() for name in ("etl-a", "etl-b", "x")]
            process = tool.start("wait", "etl-*", runs[2], "--timeout", "60s", "-o", "json", api=api)
            out, err = process.communicate(timeout=60)
            last = {s["run_id"]: s["state"] for s in map(json.loads, out.splitlines())}
            tool.check(process.returncode == code and set(last) == set(runs) and set(last.values()) <= {"SUCCEEDED", "FAILED", "LOST"},
                       f"wait for three that end, {life}: exit code {code}", (process.returncode, out, err))
            watches = watches_of(api)
            tool.check(len(watches) <= 1, "wait: one watch for all", watches)
    with Api("runs-on") as api:
        api.driver("a-driver")
        api.driver("b-driver")
        done = tool.run("wait", "*-driver", "--for", "running", api=api)
        tool.check(done.returncode == 0 and done.stdout.count("RUNNING") == 2, "wait --for running: they do", done)
        tool.exits(8, "wait --timeout", "wait", "a-driver", "b-driver", "--timeout", "1s", api=api, said="2 of 2 runs are not as wished")
        tool.exits(5, "wait for what is not there", "wait", "a-driver", "nobody", api=api, said="(nobody)")
        tool.exits(5, "wait for none", "wait", "no-*", api=api, said="no such run")
        api.requests.clear()
        process = tool.start("wait", "-A", "--state", "RUNNING", "--any", api=api)
        is_watched(api)
        api.put(api.pods["b-driver"], "DELETED")
        process.communicate(timeout=30)
        tool.check(process.returncode == 4, "wait --any: the verdict of the one", process.returncode)
        api.requests.clear()
        process = tool.start("wait", "a-driver", api=api)
        is_watched(api)
        done = tool.interrupt(process)
        tool.check(done[0] == 130, "wait interrupted: 130", done)
    with Api("succeeds") as api:
        api.driver("a-driver")
        tool.check(tool.run("wait", "a-driver", "--for", "running", api=api).returncode == 0, "wait --for running: it has been")
        tool.check(tool.run("wait", "a-driver", "--for", "state=FAILED,LOST", api=api).returncode == 1, "wait --for state=...: it has ended otherwise")


def leftovers(tool):
    """Which objects are some is the library's business; here what is printed, and that nothing goes unasked."""
    owner = {"apiVersion": "v1", "kind": "Pod", "name": "gone", "uid": "u0"}
    path = "/api/v1/namespaces/default/configmaps"
    with Api("succeeds") as api:
        api.others[path, "spark-drv-1-conf-map"] = {"metadata": {"name": "spark-drv-1-conf-map", "namespace": "default", "uid": "u1",
                                                                  "resourceVersion": "7", "creationTimestamp": "2026-11-21T08:00:00Z",
                                                                  "ownerReferences": [owner]}}
        api.driver("old-driver")
        done = tool.run("gc", api=api)
        row = ["default", "ConfigMap", "spark-drv-1-conf-map", "ORPHAN"]
        tool.check(done.returncode == 0 and done.stdout.splitlines()[1].split()[:4] == row and len(done.stdout.splitlines()) == 2
                   and "nothing was deleted; --delete" in done.stderr, "gc: a table", done)
        done = tool.run("gc", "--finished-older-than", "1s", "-o", "json", api=api)
        said = json.loads(done.stdout)
        tool.check([(o["reason"], o["name"], o["since"]) for o in said] == [("ORPHAN", row[2], "2026-11-21T08:00:00Z"),
                                                                            ("FINISHED", "old-driver", "2026-11-21T10:00:45Z")], "gc -o json", said)
        names = tool.run("gc", "-o", "name", api=api).stdout
        tool.check(names == "default:ConfigMap/spark-drv-1-conf-map\n", "gc -o name", names)
        tool.check(not any(m == "DELETE" for m, _, _ in api.requests), "gc: nothing goes unasked")
        done = tool.run("gc", "--finished-older-than", "1s", "--yes", api=api)
        bodies = [(p.rsplit("/", 1)[1], b["preconditions"]) for m, p, b in api.requests if m == "DELETE"]
        tool.check(done.returncode == 0 and re.findall(r"^deleted (\S+ \S+): ", done.stdout, re.M) == ["ConfigMap default:spark-drv-1-conf-map",
                   "Pod default:old-driver"] and bodies[0] == (row[2], {"uid": "u1", "resourceVersion": "7"}) and "old-driver" not in api.pods,
                   "gc --yes: deleted as it was seen", (done, bodies))
        done = tool.run("gc", "-n", "nowhere", api=api)
        tool.check((done.returncode, done.stdout, done.stderr) == (0, "", "no leftovers found\n"), "gc: nothing", done)
    with Api(refuse=(403, "Forbidden", "you may not")) as api:
        tool.exits(5, "gc: what may not be listed", "gc", api=api, said=["secrets", "may not be listed", "you may not"])


def diff_run(tool):
    with Api("succeeds") as api:
        run = tool.run("submit", "-o", "name", "--name", "pi", *APP, api=api).stdout.strip()
        done = tool.run("diff", "--run", run, "--name", "pi", *APP, api=api)
        tool.check((done.returncode, done.stdout, done.stderr) == (0, "", ""), "diff --run: the same", done)
        done = tool.run("diff", "--run", run, "--", "--name", "pi", "--driver-memory", "2g", *APP, api=api)
        tool.check(done.returncode == 1 and "    - 1408Mi\n    + 2432Mi\n" in done.stdout, "diff --run: a difference", done)
        tool.exits(5, "diff --run: no such run", "diff", "--run", "nobody", *APP, api=api, said="nobody")


def changes(tool):
    with Api("succeeds", executors=2) as api:
        done = tool.run(*WAIT, api=api)
        tool.check(not ANSI.search(done.stderr) and "\r" not in done.stderr, "no terminal: no colours, no live line", done)
        states = [line.split()[2] for line in done.stderr.splitlines()[:-1]]
        tool.check(states[0] == "PENDING" and "RUNNING" in states and states[-1] == "SUCCEEDED", "a line for each change", done)
        tool.check("running 2/2 executors" in done.stderr, "executors are counted", done)
    with Api("restless") as api:
        done = tool.run(*WAIT, api=api)
        seen = [line.split(None, 1)[1] for line in done.stderr.splitlines()[:-1]]
        tool.check(len(seen) > 2 and not any(a == b for a, b in zip(seen, seen[1:])), "a change that does not show is no line", done)
    with Api("succeeds") as api:
        process = tool.start("watch", "-o", "json", api=api)
        is_watched(api)
        run = tool.run("submit", "-o", "name", *APP, api=api).stdout.strip()
        until(lambda: any(p["status"]["phase"] == "Succeeded" for p in api.pods.values()))
        time.sleep(0.3)
        out = tool.interrupt(process)[1]
        states = [json.loads(line)["state"] for line in out.splitlines()]
        tool.check(states[:1] == ["PENDING"] and states[-1:] == ["SUCCEEDED"] and run in out, "watch -o json: one object a line", out)
        lines = tool.run("watch", run, "-o", "json", api=api)
        tool.check([json.loads(line)["state"] for line in lines.stdout.splitlines()] == ["SUCCEEDED"], "watch RUN -o json", lines)


def terminal(tool):
    with Api("succeeds", executors=2) as api:
        code, out, got = tool.on_terminal(*WAIT, api=api)
        tool.check(code == 0 and "\r\x1b[K" in got and "running 2/2 executors" in got, "a terminal: the live line", got)
        tool.check("\x1b[32mSUCCEEDED\x1b[0m" in got, "a terminal: the verdict in colour", got)
        tool.check(not ANSI.search(out), "stdout is never coloured", out)
        tool.check(got.replace("\r\n", "\n").rstrip("\n").rsplit("\n", 1)[-1].startswith("default:pi-") or "\r\x1b[Kdefault:pi-" in got,
                   "the live line is gone before the verdict", got)
        got = tool.on_terminal(*WAIT, api=api, env={"NO_COLOR": "1"})[2]
        tool.check(not ANSI.search(got) and "\r\x1b[K" in got and "SUCCEEDED" in got, "NO_COLOR: no colours, the live line stays", got)
        got = tool.on_terminal(*WAIT, api=api, env={"NO_COLOR": ""})[2]
        tool.check(ANSI.search(got) is not None, "an empty NO_COLOR is none", got)
        got = tool.on_terminal(*WAIT, api=api, env={"TERM": "dumb"})[2]
        tool.check("\x1b" not in got and "RUNNING" in got, "TERM=dumb: plain lines", got)
    with Api("succeeds", log=b"the first line\nthe last line\n") as api:
        code, _, got = tool.on_terminal("submit", "--logs", *WAIT[2:], api=api, both=True)
        lines = [screen(line) for line in got.split("\r\n")]
        tool.check(code == 0 and lines[5:-2] == ["the first line", "the last line"] and lines[-1] == "",
                   "log and live line on one terminal do not mix", lines)
    with Api("no-image") as api:
        done = tool.on_terminal(*WAIT[:2], "--start-timeout", "2", *WAIT[2:], api=api)
        tool.check(done[0] == 3 and "pulling" in done[2] and "\x1b[33mPENDING" in done[2], "a terminal: not started", done)


CASES = [submit, uploads, verdicts, explanations, refusals, interrupts, logs, output, many, waits, leftovers, diff_run, changes, terminal]
SLOW = [stuck]
