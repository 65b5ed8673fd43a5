# SPDX-License-Identifier: Apache-2.0
"""`sparkk8s spark-submit` beside the recordings of the real one: exit codes, what tools read on stderr, what was created, what
is left, what was deleted; for each Spark line, against a server that does what the recording one was told to do.

    run.py BUILD [--only NAME] [--line 4.1] [-v]

The cases are those of the areas flow (kill, status, waiting, failures of the server), cli, errors, confdir and deps. Which requests are
sent is not compared: they differ on purpose (a gate, creating instead of applying, a watch over HTTP).
"""
import argparse
import collections
import importlib.util
import json
import multiprocessing
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / "golden"), str(HERE.parent / "client"), str(HERE)]
import match
from api import Api

spec = importlib.util.spec_from_file_location("recordings", HERE.parent / "golden/run.py")
recordings = importlib.util.module_from_spec(spec)
spec.loader.exec_module(recordings)

AREAS = "flow", "cli", "errors", "confdir", "deps"
VERDICTS = "equal", "differs", "waits", "other", "FAIL"
Result = collections.namedtuple("Result", "verdict why")

STAMP = re.compile(r"\d\d/\d\d/\d\d \d\d:\d\d:\d\d (?=INFO|WARN|ERROR)")
# The lines that are compared: of these loggers, and without a logger. A refusal comes before the connection here.
LOGGERS = "LoggingPodStatusWatcherImpl", "Client"
CONNECTING = "SparkKubernetesClientFactory", "KubernetesUtils"
PLAIN = ("Submitting a request", "Application ", "No applications found", "Deleting driver pod", "Error: ")
VERBOSE = re.compile(r"Parsed arguments:|Spark properties used|Main class:|Arguments:|Spark config:|Classpath elements:"
                     r"| --conf and those|  \S|\(\S|--[a-z]|local:/|org\.apache\.")
PRE_RESOURCES = '"kubectl auth can-i create [resource]"'     # Spark creates these before the pod, here they come with the others
OWN_LABEL = "sparkk8s.io/submission"
EXCEPTION = re.compile(r'Exception in thread "main" ([\w.$]+): (.*)')

# Differences on purpose, by the reason that doc/differences.md gives: from the data of a case, not by its name.
def on_purpose(case, version, recording):
    if "--kill" in case["argv"] and version.startswith("3.5") and recording["requests"] and recording["requests"][0]["method"] == "DELETE":
        return "3.5's --kill deletes without looking"
    if (recording.get("stdout") or "").startswith(":: loading settings ::"):
        return "packages are resolved in the driver alone"
    return None


def is_compared(line, loggers, verbose):
    if line.startswith(("INFO ", "WARN ", "ERROR ")):
        return line.split(" ", 2)[1].rstrip(":") in loggers and PRE_RESOURCES not in line
    return line.startswith(PLAIN) or line.startswith("\t") and not line.startswith("\thint:") or verbose and VERBOSE.match(line)


def compared(lines, loggers, verbose):
    """The lines that count; blank ones inside a pod's text only."""
    out = []
    for line in lines:
        if line == "" and out and (out[-1] == "" or out[-1].startswith("\t") or out[-1].endswith("Container final statuses:")):
            out.append(line)
        elif line and is_compared(line, loggers, verbose):
            while out and out[-1] == "" and not line.startswith("\t") and not is_empty_end(out):
                out.pop()
            out.append(line)
    while out and out[-1] == "":
        out.pop()
    return out


def is_empty_end(out):
    """Container final statuses of a pod that has none: two blank lines are all there is."""
    return len(out) > 2 and out[-3].endswith("Container final statuses:")


def as_set(line):
    """Labels and volumes have no order that means anything; a label is ours alone."""
    head, _, rest = line.partition(": ")
    return head, sorted(item for item in rest.split(", ") if not item.startswith(OWN_LABEL))


def compare_lines(golden, ours, known, loggers, verbose):
    matcher = match.Match(known)
    golden, ours = compared(golden, loggers, verbose), compared(ours, loggers, verbose)
    if len(golden) != len(ours):
        matcher.differ("lines", golden, ours)
        return matcher.diffs
    for at, (g, o) in enumerate(zip(golden, ours)):
        if g.startswith(("\t labels: ", "\t volumes: ")):
            (head, g), (other, o) = as_set(g), as_set(o)
            matcher.value(f"line {at + 1}", [head, *g], [other, *o])
        elif g.startswith("Error: "):       # where and why are ours to say besides
            for name, value in known.items():
                g = g.replace("${%s}" % name, value)
            g = g.split(" (was")[0].rstrip(".").removeprefix("Error: ")
            if not o.startswith("Error: ") or g not in o:
                matcher.differ(f"line {at + 1}", g, o)
        else:
            matcher.text(f"line {at + 1}", g, o)
    return matcher.diffs


def survivors(recording):
    """By the requests of a recording: kinds that are left in the end, and what was deleted, with its grace."""
    created, deleted = {}, []
    for request in recording["requests"]:
        words = request["path"].split("/")
        if (request.get("answered") or 200) >= 400 or words[1] not in ("api", "apis"):
            continue
        if request["method"] == "POST":
            created[words[-1], request["body"]["metadata"]["name"]] = words[-1]
        elif request["method"] == "PATCH":
            created[words[-2], words[-1]] = words[-2]
        elif request["method"] == "DELETE":
            deleted.append(((words[-3], words[-1]), request["body"].get("gracePeriodSeconds")))
            created.pop((words[-2], words[-1]), None)
    if not any(kind == "pods" for kind in created.values()):
        created = {}                        # what it owned goes with it
    return sorted(created.values()), deleted


def compare_outcome(recording, cluster, known):
    diffs = []
    kinds, deleted = survivors(recording)
    preset = {key[1:] for key in cluster.preset}
    deleted = sorted((pod, grace) for pod, grace in deleted if pod in preset)
    ours = sorted((pod, grace) for pod, grace in cluster.deleted if pod in preset)
    left, gone = cluster.left()
    if left != kinds:
        diffs.append(f"left in the end: recorded {kinds}, ours {left}")
    if deleted != ours or gone != [pod for pod, _ in deleted]:
        diffs.append(f"deleted: recorded {deleted}, ours {ours}, gone {gone}")
    if recording["exit"] == 0 and cluster.created:
        diffs += match.compare(recording, without_ours(cluster.created), known).diffs
    return diffs


def without_ours(objects):
    for thing in objects:
        meta = thing["metadata"]
        for part in ("labels", "annotations"):
            meta[part] = {k: v for k, v in meta.get(part, {}).items() if not k.startswith("sparkk8s.io/")}
            if not meta[part]:
                del meta[part]
    return objects


def usage_shown(text):
    return "Usage: spark-submit [options]" in text


def compare_failure(case, recording, err):
    error, found = recording.get("error") or {}, EXCEPTION.findall(err)
    if not error.get("class"):
        return [f"an exception: {found}"] if found else []
    message = re.search(r"Message: (.*?)\. Received status", error.get("message") or "")
    if message and (len(found) != 1 or message[1] not in found[0][1]):
        return [f"the server said {message[1]!r}, ours says {err[-500:]!r}"]
    if len(found) != 1:
        return [f"Spark dies of {error['class']}: {error.get('message')}, ours says {err[-500:]!r}"]
    keys = [k for k in re.findall(r"spark\.[\w.]*\w", recordings.said(recording)) if any(k in a for a in case["argv"])]
    if keys and not any(k in err for k in keys):
        return [f"Spark names {keys}, ours says {found[0]}"]
    return []


def judge(case, version, recording, done, cluster, known):
    err = STAMP.sub("", done.stderr.decode(errors="replace"))
    if recordings.WAITS in err:
        return Result("waits", [err.strip()[-300:]])
    refused_by_spark = "KubernetesClientException" not in recordings.said(recording)       # and not by the server
    if recording["exit"] and done.returncode == 0 and refused_by_spark and (why := recordings.not_ours(case, recording)):
        return Result("other", [why])
    diffs = []
    if done.returncode != recording["exit"]:
        diffs.append(f"exit code: recorded {recording['exit']}, ours {done.returncode}: {err.strip()[-1500:]}")
    if done.stdout.decode() != (recording.get("stdout") or ""):
        diffs.append(f"stdout: recorded {recording.get('stdout')!r}, ours {done.stdout!r}")
    if usage_shown(err) != bool(recording.get("usage")):
        diffs.append(f"usage: recorded {recording.get('usage')}")
    loggers = LOGGERS + (CONNECTING if recording["exit"] == 0 else ())
    verbose = "--verbose" in case["argv"] or "-v" in case["argv"]
    diffs += compare_lines(recording["log"], err.splitlines(), known, loggers, verbose)
    diffs += compare_failure(case, recording, err)
    diffs += compare_outcome(recording, cluster, known)
    if not diffs:
        return Result("equal", [])
    why = on_purpose(case, version, recording)
    return Result("differs", [why, *diffs]) if why else Result("FAIL", diffs)


def run_case(name, versions, program, api):
    case, results = json.loads(recordings.TEXTS[f"cases/{name}/case.json"]), {}
    root = Path(tempfile.mkdtemp(prefix="sparksubmit-"))
    folder = root / "case"

    def fill(text):
        return text.replace("${CASE}", str(folder)).replace("${API}", api.url)

    try:
        for version in versions:
            if f"golden/{version}/{name}.json" not in recordings.TEXTS:
                continue
            recording = json.loads(recordings.TEXTS[f"golden/{version}/{name}.json"])
            shutil.rmtree(folder, ignore_errors=True)
            (folder / "home").mkdir(parents=True)
            recordings.create(folder, case["files"], fill)
            env = recordings.given_environment(case, folder, fill)
            known = {"API": api.url, "CASE": str(folder), "SPARK_HOME": env["SPARK_HOME"], "CWD": str(folder)}
            cluster = api.play(case.get("server") or {})
            line = ["--spark-version", version] if case["argv"] else []
            done = subprocess.run([program, "spark-submit", *line, *map(fill, case["argv"])], env=env, cwd=folder, timeout=100,
                                  stdin=subprocess.DEVNULL, capture_output=True)
            api.settle()
            results[version] = judge(case, version, recording, done, cluster, known)
    finally:
        shutil.rmtree(root)
    return results


API = None


def worker(job):
    global API
    name, versions, program = job
    API = API or Api()
    try:
        return name, run_case(name, versions, program, API)
    except Exception as problem:            # one line that names the case, instead of a broken pool
        return name, {version: Result("FAIL", [repr(problem)]) for version in versions}


def table(results, versions):
    areas = collections.defaultdict(collections.Counter)
    for (name, version), result in results.items():
        for area in (name.split("-")[0], "all"):
            areas[area][version, result.verdict] += 1
    print("equal/differs/waits/other".ljust(28) + "".join(v.ljust(24) for v in versions))
    for area in sorted(areas, key=lambda a: (a == "all", a)):
        cells = []
        for version in versions:
            *good, failed = [areas[area][version, v] for v in VERDICTS]
            cells.append("/".join(map(str, good)) + (f" {failed} FAIL" if failed else ""))
        print(area.ljust(28) + "".join(c.ljust(24) for c in cells))
    return collections.Counter(r.verdict for r in results.values())


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("build", help="the build folder")
    parser.add_argument("--only", default="", metavar="NAME", help="cases whose name contains NAME")
    parser.add_argument("--line", default="", metavar="LINE", help="versions that start with LINE")
    parser.add_argument("-v", action="store_true", help="show every difference, and what was not compared why")
    opts = parser.parse_args()
    names, versions = recordings.unpack()
    names = [n for n in names if opts.only in n and n.split("-")[0] in AREAS]
    versions = [v for v in versions if v.startswith(opts.line)]
    program = str(Path(opts.build).resolve() / "tools/sparkk8s/sparkk8s")
    results = {}
    with multiprocessing.get_context("fork").Pool(2) as pool:
        for name, found in pool.imap(worker, [(n, versions, program) for n in names], chunksize=4):
            for version, result in found.items():
                results[name, version] = result
                if result.verdict == "FAIL" or (opts.v and result.verdict != "equal"):
                    shown = result.why if opts.v else result.why[:2]
                    print(f"{result.verdict} {name} {version}: " + "\n    ".join(w[:2000] for w in shown), flush=True)
    totals = table(results, versions)
    print(", ".join(f"{totals[v]} {v}" for v in VERDICTS))
    for verdict in ("differs", "waits", "other"):
        for why, count in collections.Counter(r.why[0] for r in results.values() if r.verdict == verdict).most_common():
            print(f"  {count:5} {verdict}: {why.splitlines()[0][:150]}")
    print(f"{totals['equal'] + totals['differs']} passed, {totals['FAIL']} failed, {totals['waits'] + totals['other']} skipped")
    return 1 if totals["FAIL"] else 0


if __name__ == "__main__":
    sys.exit(main())
