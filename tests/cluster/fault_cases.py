# SPDX-License-Identifier: Apache-2.0
"""Components of the real cluster that are killed, stopped and restarted while runs are submitted, watched and read: nothing is lost,
nothing is told twice, nothing hangs, no run is called lost."""
import json

from harness import say
from scene import JAR, NS, Scene, holes, is_talked, is_told_once, until


def node_address(c):
    """The API server without the forwarder in front of it, which accepts connections even if nobody is behind it."""
    return f"https://{c.kubectl('get', 'nodes', '-o', 'jsonpath={.items[0].status.addresses[0].address}')}:6443"


def check_end(scene, run, end, follows, watches, when):
    """After a run's end: each follower has every line once, each watch told each state once."""
    check = scene.c.count.check
    for follow in follows:
        code = follow.end()
        numbers = follow.ticks()
        check(code == 0 and is_talked(numbers), f"{when}: logs -f of {run} has every line once ({len(numbers)})",
              holes(numbers) + "\n" + follow.report())
    status = scene.c.status(run)
    check(status["state"] == end, f"{when}: {run} is {end}", str(status))
    for watch in watches:
        until(lambda: end in [s["state"] for s in watch.statuses(run)], 60)
        told = watch.statuses(run)
        check(is_told_once(told, end), f"{when}: a watch told each state of {run} once, {end} at last",
              json.dumps([(s["state"], s["stage"], s["cause"]) for s in told]) + watch.report())


def has_begun(follow):
    return lambda: len(follow.ticks()) > 5


def goes_on(follow):
    """A line that was written after now arrives."""
    before = len(follow.ticks())
    return until(lambda: len(follow.ticks()) > before + 50)


def restarts(c):
    """API server, then kubelet, killed and restarted under a watch of the namespace, watches of single runs, and followed logs
    of real drivers: one ends while all that goes on, one outlasts it."""
    with Scene(c) as scene:
        check = c.count.check
        direct = ["--server", node_address(c), "--tls-server-name", "kubernetes.default.svc"]
        everything = [scene.tool("watch", "-n", NS, "-o", "json"), scene.tool("watch", "-n", NS, "-o", "json", *direct)]
        ticks = {n: scene.submit([*c.submit_args(f"ticks-{n}"), "--class", "sparkk8s.examples.Ticks", JAR, str(n)]) for n in (5, 30)}
        endless = scene.submit(scene.talker("restarts"))
        runs = [*ticks.values(), endless]
        follows = {run: [scene.tool("logs", "-f", run), scene.tool("logs", "-f", run, *direct)] for run in runs}
        waits = {run: scene.tool("watch", run, "-o", "json") for run in runs}
        check(all(until(has_begun(f)) for each in follows.values() for f in each), "restarts: all drivers are followed",
              "\n".join(f.report() for each in follows.values() for f in each))
        scene.restart("kube-apiserver")
        say("API server killed")
        check(scene.server_ready() and all(goes_on(f) for f in follows[endless]), "API server killed: logs -f goes on",
              follows[endless][0].report())
        scene.restart("kubelet")
        say("kubelet killed")
        check(all(goes_on(f) for f in follows[endless]), "kubelet killed: logs -f goes on", follows[endless][0].report())
        scene.end(endless)
        for run in runs:
            check_end(scene, run, "SUCCEEDED", follows[run], [*everything, waits[run]], "API server and kubelet restarted")
            check(waits[run].end(60) == 0, f"the watch of {run} ends with it", waits[run].report())


CASES = {"restarts": restarts}
