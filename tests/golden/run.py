# SPDX-License-Identifier: Apache-2.0
"""Renders every recorded case for every Spark line and compares with what the real spark-submit sent (README.md).

    run.py BUILD [--only NAME] [--line 4.1] [-v]
"""
import argparse
import base64
import collections
import io
import json
import lzma
import multiprocessing
import os
import re
import shlex
import shutil
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

import match

HERE = Path(__file__).resolve().parent
API = "http://127.0.0.1:18080"          # nobody listens there: rendering needs no server
TEXTS = {}                              # path in the archive: bytes; inherited by the workers
WAITS = "not supported yet"             # the library's own words for what it cannot do
CLIENT_KEYS = "spark.kubernetes.authenticate.submission.", "spark.kubernetes.submission.connection", "spark.kubernetes.submission.request"
SECRET = "secret|password|token|access[.]?key|api[.]?key"       # keys whose values are not shown
NOT_RENDERING = "--kill", "--status", "--help", "-h", "--version"

PODS = ", executor pods"                # behind the name of a case: what its driver makes, an area of its own
VERDICTS = "equal", "refused", "waits", "other", "FAIL"
Result = collections.namedtuple("Result", "verdict why")


def unpack():
    with tarfile.open(fileobj=io.BytesIO(lzma.decompress((HERE / "recordings.tar.xz").read_bytes()))) as archive:
        for member in archive:
            if member.isfile():
                TEXTS[member.name] = archive.extractfile(member).read()
    names = sorted(path.split("/")[1] for path in TEXTS if path.startswith("cases/"))
    versions = sorted({path.split("/")[1] for path in TEXTS if path.startswith("golden/")})
    return names, versions


def create(folder, files, fill):
    for path, content in files.items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(content, str):
            target.write_bytes(fill(content).encode("utf-8"))
        elif "base64" in content:
            target.write_bytes(base64.b64decode(content["base64"]))
        elif "repeat" in content:
            target.write_text(content["repeat"] * content["count"])
        elif "link" in content:
            target.symlink_to(fill(content["link"]))
        else:
            target.mkdir(exist_ok=True)


def given_environment(case, folder, fill):
    """What bin/spark-submit was called with."""
    env = {"PATH": os.environ["PATH"], "HOME": str(folder / "home"), "LANG": "C.UTF-8",
           "SPARK_HOME": str(folder / "spark"), "USER": "root"}
    env.update({name: fill(value) for name, value in case["env"].items()})
    return env


def environment(case, folder, fill):
    """What spark-submit's own process saw: the shell scripts of bin/ have played their part."""
    env = given_environment(case, folder, fill)
    env.setdefault("SPARK_CONF_DIR", env["SPARK_HOME"] + "/conf")
    script = Path(env["SPARK_CONF_DIR"]) / "spark-env.sh"
    if script.exists():
        done = subprocess.run(["env", "-i", *(f"{k}={v}" for k, v in env.items()), "sh", "-c",
                               f"set -a; . {shlex.quote(str(script))}; env -0"], capture_output=True, check=True)
        env = dict(line.split("=", 1) for line in done.stdout.decode().split("\0") if line)
    return env


def said(recording):
    """Spark's error with its causes, as one text."""
    error = recording.get("error") or {}
    return " ".join(str(part) for part in (error.get("class"), error.get("message"), error.get("causes")) if part)


def is_other(case, recording):
    """What the case is about instead of rendering, by its own data."""
    words = [a.split("=", 1)[0] for a in case["argv"] if a.split("=", 1)[0] in NOT_RENDERING]
    if words and not match.created(recording["requests"]):
        return words[0]
    return "no submission" if recording["exit"] == 0 and not recording["requests"] else None


def not_ours(case, recording):
    """Why Spark refused what is right to render: not for what it says, but on the way to the server."""
    text = said(recording)
    if "KubernetesClientException" in text:
        return "the connection failed"
    if "unresolved dependency" in text:
        return "packages that cannot be resolved: the driver finds out"
    if "ClassNotFoundException" in text and "FileSystem" in text:
        return "a file system that the recorded Spark did not have"
    if any(a.startswith(CLIENT_KEYS) for a in case["argv"]):
        return "settings of the connection"
    return None


def falls_short(settings, where, message, hint):
    """What a refusal lacks: it names what is at fault (a key with its value and who set it), why, and what to try."""
    if not (where and message and hint):
        return "names no place, no reason, or nothing to try"
    if where not in settings:
        keys = [k for k, v in settings.items() if v.startswith("/") and where.startswith(v)]
        return None if all(k in message for k in keys) else f"does not name the key of the file: {keys}"
    if re.search(SECRET, where, re.I):
        return None if f"{where} (from " in message else "shows what may be a secret, or not who set it"
    return None if f"{where}={settings[where]} (from " in message else "does not show the value, or not who set it"


def judge_refusal(case, error, text, known):
    """Of what Spark refuses, too: `error` is what it says, `text` our error's code, place, message and hint."""
    _, where, message, hint = text.split("\t")
    # Where Spark names a key that the case sets, we must not refuse it for another one.
    keys = [k for k in re.findall(r"spark\.[\w.]*\w", error) if any(k in a for a in case["argv"])]
    settings = {k: v.replace("${CASE}", known["CASE"]) for k, v in case["conf"].items()}
    lacks = falls_short(settings, where, message, hint)
    if keys and not any(k in text for k in keys):
        lacks = f"should be about {keys}"
    return Result("FAIL" if lacks else "refused", [f"{where}: {message}  [{hint}]" + (f": {lacks}" if lacks else ""),
                                                   f"Spark says: {error}"])


def judge(case, recording, code, out, err, known, written):
    golden = match.created(recording["requests"])
    if code not in (0, 1) or (code == 1 and err.count("\t") != 3):
        return Result("FAIL", [f"ended with {code}: {err.strip()[-2000:]}"])
    if code == 1:
        kind, where, message, _ = err.rstrip("\n").split("\t")
        if kind == "SPARKK8S_ECONF" and WAITS in message:
            return Result("waits", [where])
        if written:
            return Result("FAIL", [f"refused, but something was stored: {sorted(written)}"])
        if recording["exit"] != 0:
            return judge_refusal(case, said(recording), err.rstrip("\n"), known)
        return Result("FAIL", [f"refused, but Spark does it: {where}: {message}"])
    if err:
        return Result("FAIL", [f"said something: {err.strip()[-2000:]}"])
    answer = json.loads(out)
    rendered = answer["items"]
    if recording["exit"] != 0 and not golden:
        reason = not_ours(case, recording)
        return Result("other", [reason]) if reason else Result("FAIL", [f"rendered, but Spark refuses it: {said(recording)}"])
    if recording["exit"] != 0 and "KubernetesClientException" in said(recording):
        rendered = rendered[:len(golden)]       # the server stopped it; equal as far as it got
    diffs = match.compare(recording, rendered, known).diffs + match.compare_written(recording, written, case["files"])
    return Result("FAIL", diffs) if diffs else Result("equal", [f"warning: {w}" for w in answer["warnings"]])


def judge_executor(case, recording, number, out, known):
    """What the driver makes for one executor; `out` has the driver's objects on its first line."""
    items, executor = out.splitlines()
    recorded = recording["executor"]
    if executor.startswith("SPARKK8S_"):
        if recorded["exit"] == 0:
            return Result("FAIL", [f"refused, but Spark does it: {executor}"])
        return judge_refusal(case, said(recorded), executor, known)
    if recorded["exit"] != 0:
        return Result("FAIL", [f"rendered, but Spark refuses it: {said(recorded)}"])
    bound = match.compare(recording, json.loads(items)["items"], known).bound
    diffs = match.compare_executor(bound, match.executors(recording)[number], json.loads(executor))
    return Result("FAIL" if diffs else "equal", diffs)


def volume_structs(argv):
    """The volumes given as structs, and the other arguments; None if there are none, or if structs cannot say it: they know no
    unknown properties, no two volumes of one name, and of defaults only that nothing is given."""
    volumes, rest, known = collections.defaultdict(list), [], ("mount.path=", "mount.subPath=", "mount.subPathExpr=", "mount.readOnly=true")
    for word in argv:
        found = re.fullmatch(r"spark\.kubernetes\.(driver|executor)\.volumes\.(.*)", word, re.S)
        if not found:
            rest.append(word)
            continue
        parts = re.fullmatch(r"([^.=]+)\.([^.=]+)\.(.*)", found[2], re.S)
        if not parts or (parts[3].startswith("mount.") and not parts[3].startswith(known)):
            return None
        volumes[found[1], parts[1], parts[2]].append(parts[3])
        if rest.pop() != "--conf":
            return None
    words = [w for volume, properties in volumes.items() for w in ("--volume", *volume, *properties, ".")]
    return (words, rest) if words and len({(role, name) for role, _, name in volumes}) == len(volumes) else None


def files_below(folder):
    return {str(path.relative_to(folder)): path for path in folder.rglob("*") if path.is_file() and not path.is_symlink()}


def written_since(folder, before):
    """{path: bytes} of the files that are new, which are then removed: the next line starts from the same."""
    new = {name: path for name, path in files_below(folder).items() if name not in before}
    written = {name: path.read_bytes() for name, path in new.items()}
    for path in new.values():
        path.unlink()
    return written


def run_case(name, versions, program):
    """{(case, version): Result} of one case, in a folder of its own; with volumes given as structs it is another case,
    and so are the executors."""
    case, results = json.loads(TEXTS[f"cases/{name}/case.json"]), {}
    root = Path(tempfile.mkdtemp(prefix="golden-"))
    folder = root / "case"

    def fill(text):
        return text.replace("${CASE}", str(folder)).replace("${API}", API)

    try:
        (folder / "home").mkdir(parents=True)
        create(folder, case["files"], fill)
        env = environment(case, folder, fill)
        known = {"API": API, "CASE": str(folder), "SPARK_HOME": env["SPARK_HOME"], "CWD": str(folder)}
        # structs are checked by what the newest line refuses
        newest = json.loads(TEXTS[max(path for path in TEXTS if path.startswith("golden/") and path.endswith(f"/{name}.json"))])
        for version in versions:
            if f"golden/{version}/{name}.json" not in TEXTS:
                continue
            recording = json.loads(TEXTS[f"golden/{version}/{name}.json"])
            other = is_other(case, recording)
            if other:
                results[name, version] = Result("other", [other])
                continue
            # bin/spark-class deletes every carriage return from the arguments
            argv = [fill(a).replace("\r", "") for a in case["argv"]]

            def run(own, words):
                return subprocess.run([program, *own, "--spark-version", version, *words], env=env, cwd=folder, timeout=60,
                                      stdin=subprocess.DEVNULL, capture_output=True)

            def render(name, structs, words):
                before = files_below(folder)
                done = run(structs, words)
                results[name, version] = judge(case, recording, done.returncode, done.stdout.decode(),
                                               done.stderr.decode(errors="replace"), known, written_since(folder, before))
                if "executor" not in recording or results[name, version].verdict != "equal":
                    return
                judged = (judge_executor(case, recording, i, run(["--executor", str(id), *structs], words).stdout.decode(), known)
                          for i, id in enumerate(case.get("executorIds", [1])))
                results[name + PODS, version] = max(judged, key=lambda result: VERDICTS.index(result.verdict))

            render(name, [], argv)
            structs = volume_structs(argv)
            if structs and newest["exit"] == 0 and results[name, version].verdict == "equal":
                render(f"{name}, volumes as structs", *structs)
    finally:
        shutil.rmtree(root)
    return results


def worker(job):
    name, versions, program = job
    try:
        return run_case(name, versions, program)
    except Exception as problem:        # one line that names the case, instead of a broken pool
        return {(name, version): Result("FAIL", [repr(problem)]) for version in versions}


def table(results, versions):
    """Counts per area and line: equal / refused / waits / other, and failures where there are any."""
    areas = collections.defaultdict(collections.Counter)
    for (name, version), result in results.items():
        for area in [PODS[2:]] if name.endswith(PODS) else [name.split("-")[0], "all"]:
            areas[area][version, result.verdict] += 1
    print("equal/refused/waits/other".ljust(28) + "".join(v.ljust(24) for v in versions))
    for area in sorted(areas, key=lambda a: (a == PODS[2:], a == "all", a)):
        cells = []
        for version in versions:
            *good, failed = [areas[area][version, v] for v in VERDICTS]
            cells.append("/".join(map(str, good)) + (f" {failed} FAIL" if failed else ""))
        print(area.ljust(28) + "".join(c.ljust(24) for c in cells))
    totals = collections.Counter(r.verdict for r in results.values())
    print(", ".join(f"{totals[v]} {v}" for v in VERDICTS))
    return totals


def reasons(results, verdict):
    counts = collections.Counter(".".join(r.why[0].split(".")[:5]) for r in results.values() if r.verdict == verdict)
    for why, count in counts.most_common():
        print(f"  {count:5} {why}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("build", help="the build folder")
    parser.add_argument("--only", default="", metavar="NAME", help="cases whose name contains NAME")
    parser.add_argument("--line", default="", metavar="LINE", help="versions that start with LINE")
    parser.add_argument("-v", action="store_true", help="show every difference, what was refused why, and every warning")
    opts = parser.parse_args()
    names, versions = unpack()
    names = [n for n in names if opts.only in n]
    versions = [v for v in versions if v.startswith(opts.line)]
    program = str(Path(opts.build).resolve() / "tests/golden/render_main")
    results = {}
    with multiprocessing.get_context("fork").Pool(2) as pool:
        for found in pool.imap(worker, [(n, versions, program) for n in names], chunksize=4):
            results.update(found)
            for (name, version), result in found.items():
                if result.verdict == "FAIL" or (opts.v and result.why):
                    shown = result.why if opts.v else result.why[:2]
                    print(f"{result.verdict} {name} {version}: " + "\n    ".join(w[:2000] for w in shown), flush=True)
    totals = table(results, versions)
    print("waits for:")
    reasons(results, "waits")
    print("other:")
    reasons(results, "other")
    skipped = totals["waits"] + totals["other"]
    print(f"{totals['equal'] + totals['refused']} passed, {totals['FAIL']} failed, {skipped} skipped")
    return 1 if totals["FAIL"] else 0


if __name__ == "__main__":
    sys.exit(main())
