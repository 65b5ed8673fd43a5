# SPDX-License-Identifier: Apache-2.0
"""Components of the real cluster that are killed, stopped and restarted while runs are submitted, watched and read: nothing is lost,
nothing is told twice, nothing hangs, no run is called lost."""
import json
import re
import time

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
    check(until(lambda: scene.c.status(run)["state"] == end), f"{when}: {run} is {end}", str(scene.c.status(run)))
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
        ticks = {n: scene.submit([*scene.submission(f"ticks-{n}"), "--class", "sparkk8s.examples.Ticks", JAR, str(n)]) for n in (5, 30)}
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


def one_driver(c, key):
    return [p["metadata"]["name"] for p in c.objects("pods", "spark-role=driver") if p["metadata"]["name"].startswith(f"{key}-")]


def submitted_once(scene, args, begun, when):
    """A submission that was under way, or was given up, while nothing answered: by now, or when it is made again, there is one driver."""
    c, name = scene.c, args[args.index("--name") + 1]
    code = begun.end()
    again = c.run(args[0], "-o", "name", *args[1:])
    pods = one_driver(c, name)
    c.count.check(again.returncode == 0 and len(pods) == 1, f"{when}: a submission (exit {code}), made again with its key: one driver",
                  f"{pods} {again.stdout} {again.stderr}\n{begun.report()}")
    run = again.stdout.strip()
    c.count.check(until(lambda: c.status(run)["state"] == "RUNNING"), f"{when}: it runs", str(c.status(run)))
    return run


def datastore(c):
    """etcd is away for half a minute, and the API server answers with errors or not at all."""
    with Scene(c) as scene:
        watch = scene.tool("watch", "-n", NS, "-o", "json")
        run = scene.submit(scene.talker("datastore"))
        follow, own = scene.tool("logs", "-f", run), scene.tool("watch", run, "-o", "json")
        c.count.check(until(has_begun(follow)), "datastore: the driver is followed", follow.report())
        scene.signal("etcd", "KILL")
        say("etcd killed")
        begun = time.monotonic()
        args = scene.talker("meanwhile")
        submission, status = scene.tool(*args), scene.tool("status", run)
        late = [scene.tool("watch", run, "-o", "json"), scene.tool("logs", "-f", run)]
        time.sleep(max(0, begun + 30 - time.monotonic()))
        scene.start("etcd")
        say("etcd started")
        check_after(scene, run, args, submission, [follow], [watch, own], "etcd away for 30 s")
        say(f"meanwhile: status ended with {status.end()}, a new watch with {late[0].end(5)}, a new follower with {late[1].end(5)}")


def check_after(scene, run, args, submission, follows, watches, when):
    """Everything works again: what was followed goes on, what was submitted is there once, and both end as they should."""
    c = scene.c
    c.count.check(scene.server_ready(), f"{when}: the API server is ready again")
    c.count.check(all(goes_on(f) for f in follows), f"{when}: logs -f goes on", "\n".join(f.report() for f in follows))
    other = submitted_once(scene, args, submission, when)
    scene.end(run)
    scene.end(other, 3)
    check_end(scene, run, "SUCCEEDED", follows, watches, when)
    check_end(scene, other, "FAILED", [], watches[:1], when)


def loud(lines_s):
    """A driver that writes so many lines a second, of two kilobytes each. More and shorter ones would hit on a race: a kubelet may lose a line
    while it changes files, of all who follow (kubectl too), without a trace."""
    return (f'pad=$(printf "%02000d" 0); i=0; while [ ! -e /tmp/end ]; do for n in $(seq {lines_s // 10}); do '
            'i=$((i+1)); echo "tick $i of many $pad"; done; sleep 0.1; done; exit $(cat /tmp/end)')


def gaps_are_told(follow):
    """(whether each hole in the numbers is told as a gap, what is known about it). Of a rotated file in between, the time after it is told."""
    found = re.findall(r"^(\S+) tick (\d+) of \w+", follow.text(), re.M)
    lines = [(stamp[:22], int(number)) for stamp, number in found]
    holes = [(b[0], b[1] - a[1] - 1) for a, b in zip(lines, lines[1:]) if b[1] != a[1] + 1]
    said = follow.err.read_text()
    late, here = re.findall(r"gap: .* before ([-\dT:.]+)Z", said), said.count("gap: lines may be missing here")
    untold = [(at, n) for at, n in holes if not any(at.startswith(t[:22]) or t.startswith(at) for t in late)]
    again = [b for a, b in zip(lines, lines[1:]) if b[1] <= a[1]]
    return not again and len(untold) <= here, f"{len(lines)} lines, holes {holes}, told: {late} and {here} in place; again: {again[:5]}"


def stopped(c):
    """The API server is stopped for a minute, as by a machine that hangs: it neither answers nor closes connections."""
    with Scene(c) as scene:
        when = "API server stopped for 60 s"
        check = c.count.check
        watch = scene.tool("watch", "-n", NS, "-o", "json")
        run, much = scene.submit(scene.talker("stopped")), scene.submit(scene.talker("much", loud(800)))
        follow, own = scene.tool("logs", "-f", run), scene.tool("watch", run, "-o", "json")
        torrent = scene.tool("logs", "-f", "--timestamps", much)
        check(all(until(has_begun(it)) for it in (follow, torrent)), "stopped: drivers are followed", follow.report() + torrent.report())
        scene.signal("kube-apiserver", "STOP")
        say("API server stopped")
        begun = time.monotonic()
        try:
            args = scene.talker("meanwhile")
            calls = [scene.tool(args[0], "--timeout", "4s", *args[1:]),
                     *(scene.tool(*words, "--timeout", "4s") for words in (("status", run), ("list", "-n", NS), ("logs", run), ("explain", run),
                                                                         ("kill", f"{NS}:nobody-driver"), ("watch", run)))]
            for call in calls:
                code = call.end(50)
                check(code == 6, f"{when}: {call.args[0]} --timeout 4s ends in time", call.report())
            say(f"all calls have ended after {time.monotonic() - begun:.0f} s")
            time.sleep(max(0, begun + 60 - time.monotonic()))
        finally:
            scene.signal("kube-apiserver", "CONT")
        say("API server goes on")
        check_after(scene, run, args, calls[0], [follow], [watch, own], when)
        check(goes_on(torrent), f"{when}: logs -f of a driver that writes much goes on", torrent.report()[-3000:])
        scene.end(much)
        torrent.end()
        told, how = gaps_are_told(torrent)
        check(told, f"{when}: what the node has rotated away meanwhile is told, nothing comes twice: {how}", torrent.report()[-3000:])


def rotation(c):
    """A driver that writes more than the kubelet keeps: 400 kB a second, files of 256 KiB, a look each three seconds."""
    with Scene(c) as scene:
        run = scene.submit(scene.talker("rotation", loud(200)))
        follow = scene.tool("logs", "-f", "--timestamps", run)
        until(lambda: len(follow.ticks()) > 3000)
        scene.end(run)
        code = follow.end()
        told, how = gaps_are_told(follow)
        c.count.check(code == 0 and told, f"rotation: every line once, or a gap is told: {how}", follow.report()[-3000:])
        rest = re.findall(r"^tick (\d+) of", c.run("logs", run).stdout, re.M)
        c.count.check(0 < len(rest) < 3000, f"rotation: the node kept {len(rest)} lines")

