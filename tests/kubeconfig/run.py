#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Does sparkk8s resolve a kubeconfig as kubectl does? (README.md)

    run.py BUILD [--only REGEX] [--area A,B] [-v] [--strict-kubectl] [--command 'PROGRAM ... {args}']

Each case is played in a private mount and network namespace, which takes root or user namespaces; what cannot be is
counted as skipped.
"""
import argparse
import collections
import io
import json
import lzma
import os
import re
import shlex
import shutil
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
import harness
import place
from recorder import Recorder

HERE = Path(__file__).resolve().parent
JOBS = 2
TIMEOUT = 60


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("build", type=Path)
    parser.add_argument("--only", default="", help="regular expression on names of cases")
    parser.add_argument("--area", default="", help="only these areas")
    parser.add_argument("--command", help="another client; {args} stands for the options of the case")
    parser.add_argument("--strict-kubectl", action="store_true", help="equal to client-go only is a failure, too")
    parser.add_argument("-v", "--verbose", action="store_true")
    parser.add_argument("--shard", help=argparse.SUPPRESS)          # how this program calls itself inside the namespace
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    return parser.parse_args()


def unpack(folder):
    with tarfile.open(fileobj=io.BytesIO(lzma.decompress((HERE / "cases.tar.xz").read_bytes()))) as archive:
        archive.extractall(folder, filter="data") if hasattr(tarfile, "data_filter") else archive.extractall(folder)


def cases(folder, options):
    areas = set(filter(None, options.area.split(",")))
    for name in sorted(os.listdir(folder / "cases")):
        case = json.loads((folder / "cases" / name / "case.json").read_text())
        if re.search(options.only, name) and (not areas or case["area"] in areas):
            yield name, case


def client(options):
    return shlex.split(options.command or f"{options.build.resolve()}/tools/sparkk8s/sparkk8s list {{args}} -o json")


# ---- inside the namespace ----

def play_shard(options):
    """The results of every Nth case go to the standard output."""
    index, count, private = options.shard.split("/")
    pki = str(options.folder / "pki")
    work = tempfile.mkdtemp(prefix="kubeconfig.")
    os.chmod(work, 0o755)
    if private == "private":
        place.enter_namespace(pki)
    scene = place.Place(Recorder(pki, fixed=private == "private"), work, private == "private")
    results = {}
    try:
        for number, (name, case) in enumerate(cases(options.folder, options)):
            if number % int(count) == int(index):
                results[name] = None if case.get("needs_ns") and private != "private" else \
                    place.run_case(scene, str(options.folder / "cases" / name), case, client(options), TIMEOUT)
    finally:
        shutil.rmtree(work, ignore_errors=True)
    json.dump(results, sys.stdout)


def unshare():
    """The command that enters private namespaces, or None if this machine does not let us."""
    command = ["unshare", "-mn"] if os.geteuid() == 0 else ["unshare", "-Urmn"]
    if not shutil.which("unshare") or not shutil.which("ip"):
        return None
    return command if subprocess.run([*command, "ip", "link", "set", "lo", "up"], capture_output=True).returncode == 0 else None


def play(folder):
    """{case: what happened, or None}"""
    enter = unshare()
    private = "private" if enter else "shared"
    again = [*(enter or []), sys.executable, *sys.argv, "--folder", str(folder), "--shard"]
    shards = [subprocess.Popen([*again, f"{i}/{JOBS}/{private}"], stdout=subprocess.PIPE) for i in range(JOBS)]
    outputs = [shard.communicate()[0] for shard in shards]
    if any(shard.returncode for shard in shards):
        raise harness.Failure("a part of the cases was not played to its end (above)")
    return {name: result for output in outputs for name, result in json.loads(output).items()}


# ---- verdicts ----

def judge(options, folder, name, case, got):
    """(equal, why not, what it is equal to)"""
    expected = json.loads((folder / "expected" / f"{name}.json").read_text())
    differences = place.differences(case, expected["expect"], got)
    if differences and not options.strict_kubectl:
        for oracle, also in expected.get("also", {}).items():
            if not place.differences(case, also, got):
                return True, [], oracle
    return not differences, differences, "kubectl"


def describe(differences, expected, got):
    for what, wanted, found in differences:
        print(f"    {what}: expected {json.dumps(wanted)}\n    {' ' * len(what)}  got      {json.dumps(found)}")
    print("    kubectl said:", (expected or "")[-300:])
    print("    we said:     ", (got or "")[-300:], flush=True)


def main():
    options = arguments()
    if options.shard:
        return play_shard(options)
    equal = collections.Counter()
    passed = failed = skipped = 0
    with tempfile.TemporaryDirectory(prefix="kubeconfig.") as temporary:
        folder = Path(temporary)
        os.chmod(folder, 0o755)
        unpack(folder)
        results = play(folder)
        for name, case in cases(folder, options):
            got = results[name]
            if got is None:
                skipped += 1
                continue
            ok, differences, oracle = judge(options, folder, name, case, got)
            passed += ok
            failed += not ok
            equal[oracle] += ok
            if not ok:
                print(f"FAIL - {name}: {', '.join(d[0] for d in differences)}", flush=True)
            if not ok or options.verbose:
                text = json.loads((folder / "expected" / f"{name}.json").read_text())["expect"]["error"]
                describe(differences, text, got["error"])
    for oracle, count in equal.items():
        print(f"{count} cases as {oracle}")
    if skipped:
        print(f"{skipped} cases need namespaces of their own (unshare as root, or user namespaces) and were skipped")
    return harness.closing(passed, failed, skipped)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except harness.Failure as failure:
        print(f"run.py: {failure}", file=sys.stderr)
        print("0 passed, 1 failed")
        sys.exit(1)
