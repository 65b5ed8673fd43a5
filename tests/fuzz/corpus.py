#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The corpus of the fuzz targets: corpus.tar.xz, a folder a target, an input a file named after its digest.

    corpus.py unpack ARCHIVE TARGET FILE    the inputs of one target in one file, as replay.c reads them
    corpus.py make FUZZ-BUILD               the archive anew: what the recordings of spark-submit and of kubectl and
                                            the archive have, of which libFuzzer keeps what reaches other code
"""
import base64
import hashlib
import io
import json
import lzma
import re
import struct
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
ARCHIVE = HERE / "corpus.tar.xz"
TARGETS = "args", "conf", "exec", "kubeconfig", "log", "logtail", "pods", "status", "template", "time", "value", "watch"
LONGEST = 4096
MARK = "\n%%\n"


def read(archive):
    """{target: [bytes]}"""
    found = {target: [] for target in TARGETS}
    with tarfile.open(fileobj=io.BytesIO(lzma.decompress(archive.read_bytes()))) as tar:
        for member in sorted(tar.getmembers(), key=lambda m: m.name):
            if member.isfile():
                found[member.name.split("/")[0]].append(tar.extractfile(member).read())
    return found


def write(inputs):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.USTAR_FORMAT) as tar:
        for target in TARGETS:
            for data in sorted(set(inputs[target])):
                member = tarfile.TarInfo(f"{target}/{hashlib.sha256(data).hexdigest()[:16]}")
                member.size = len(data)
                tar.addfile(member, io.BytesIO(data))
    ARCHIVE.write_bytes(lzma.compress(out.getvalue(), preset=9 | lzma.PRESET_EXTREME))


def unpack(archive, target, file):
    file.write_bytes(b"".join(struct.pack("<I", len(data)) + data for data in read(archive)[target]))


def members(archive):
    """{path: bytes}"""
    with tarfile.open(fileobj=io.BytesIO(lzma.decompress((HERE.parent / archive).read_bytes()))) as tar:
        return {m.name: tar.extractfile(m).read() for m in tar if m.isfile()}


def from_kubectl():
    """Seeds from the recorded kubeconfigs (tests/kubeconfig) and what their plugins print."""
    files = members("kubeconfig/cases.tar.xz")
    pki = {path.split("/")[1]: content for path, content in files.items() if path.startswith("pki/")}

    def fill(match):
        kind, _, name = match[1].decode().partition(":")
        return base64.b64encode(pki[name]) if kind == "B64" else pki[name] if kind == "PEM" else b"1"

    texts = {path: re.sub(rb"\$\{([^}]*)\}", fill, content) for path, content in files.items() if path.startswith("cases/")}
    return {"kubeconfig": {text for path, text in texts.items() if path.endswith(("config", "/f0", "/f1", "/f2", "/e1", "/e2"))},
            "exec": {b"1" + text for path, text in texts.items() if path.endswith(".out")}}


def from_spark():
    """Seeds from the recorded cases (tests/golden): arguments, environment, conf files, templates, values."""
    found = {target: set() for target in ("args", "conf", "template", "value")}
    cases = [json.loads(content) for path, content in members("golden/recordings.tar.xz").items() if path.endswith("/case.json")]
    for case in cases:
        texts = {path: content for path, content in case["files"].items() if isinstance(content, str)}
        defaults = next((text for path, text in texts.items() if path.endswith(("spark-defaults.conf", ".properties"))), "")
        environment = "\n".join(f"{name}={value}" for name, value in case["env"].items())
        arguments = "\n".join(a.replace("\n", " ") for a in case["argv"][4:])
        found["args"].add(MARK.join((arguments, defaults, environment)))
        found["conf"].add("".join(f"{key} {value}\n" for key, value in case["conf"].items()))
        found["conf"] |= {text for path, text in texts.items() if path.endswith((".conf", ".properties"))}
        properties = "".join(f"{k} {v}\n" for k, v in case["conf"].items() if not k.endswith("podTemplateFile"))
        found["template"] |= {line + text + MARK + properties for path, text in texts.items() for line in "26E"
                              if path.endswith((".yaml", ".yml", ".json"))}
        found["value"] |= set(case["conf"].values())
    found["template"] |= {"4" + MARK + text for text in found["conf"]}
    return {target: {text.encode() for text in texts} for target, texts in found.items()}


def small(pod):
    """Without what we never read."""
    pod = json.loads(json.dumps(pod))
    pod["spec"] = {key: [{k: thing.get(k) for k in ("name", "image")} for thing in value] if key == "containers" else value
                   for key, value in pod["spec"].items() if key in ("containers", "restartPolicy", "nodeName", "schedulingGates")}
    for container in pod["status"].get("containerStatuses", []):
        container.pop("resources", None)
    return pod


def line(kind, thing):
    return json.dumps({"type": kind, "object": thing}, separators=(",", ":")) + "\n"


def from_lives():
    """Seeds from the recorded lives of drivers (tests/client): pods, watches, logs, answers."""
    found = {target: set() for target in ("log", "logtail", "pods", "status", "time", "watch")}
    lives = [json.loads(content) for content in members("client/verdicts.tar.xz").values()]
    for i, life in enumerate(lives):
        events = [(e["type"], small(e["object"])) for e in life["events"] if "status" in e["object"] and "spec" in e["object"]]
        found["watch"] |= {f"{i + 1} 700 3\n" + line(*event) for event in events[-2:]}
        found["pods"] |= {json.dumps({"kind": "PodList", "metadata": {"resourceVersion": "17", "continue": "x"}, "items": [thing]})
                          for _, thing in events[-1:]}
        for log in filter(None, [life["log"], *life["executor_logs"].values()]):
            if isinstance(log, str):
                found["logtail"].add(log[-LONGEST:].partition("\n")[2])
        for key in ("create_answer", "log_answer"):
            if isinstance(life[key], dict) and "http_status" in life[key]:
                found["status"].add(f"{life[key]['http_status']} {json.dumps(life[key].get('body'))}")
    found["watch"].add("5 1\n" + line("BOOKMARK", {"metadata": {"resourceVersion": "12"}}) + line("ERROR", {"code": 410}) + "\n{}")
    stamps = [f"2026-11-21T08:{i // 7:02}:{i // 3:02}.{i * 37 % 100:02}0000{i % 2}Z" for i in range(40)]
    found["log"] |= {"3 500 1\n" + "\n".join(f"{stamp} line {i}" for i, stamp in enumerate(stamps)),
                     "7\n" + "".join(f"{stamps[i // 2 * 2]} {'x' * i * 7}\n" for i in range(30)),
                     "1:2:0123456789ab:1795250000:1:2:1795250000130000000:1795250001130000000:1795250001130000000:1:0",
                     "2026-11-21T08:00:00+02:00 a\nunable to retrieve container logs\n2026-11-21T08:00:00.5Z\n\n"}
    found["status"] |= {"503 <!DOCTYPE html><html>", "429 too many\n", "404 404 page not found", "401 ", "500 \xff{"}
    found["time"] |= {*stamps[:3], "2024-02-29T23:59:60.999999999-11:30\n17", "1700-01-01T00:00:00Z", "1h30m\n99999999999999999999",
                      "90\n100", "2d3h4m5s", "9\n10"}
    return {target: {text.encode() for text in texts} for target, texts in found.items()}


def from_recordings():
    return {target: [t for t in texts if len(t) <= LONGEST]
            for target, texts in {**from_spark(), **from_kubectl(), **from_lives()}.items()}


def merge(program, inputs):
    """Those that reach what the others do not."""
    with tempfile.TemporaryDirectory() as folder:
        old, new = Path(folder, "old"), Path(folder, "new")
        old.mkdir()
        new.mkdir()
        for i, data in enumerate(inputs):
            (old / str(i)).write_bytes(data)
        subprocess.run([program, "-merge=1", f"-max_len={LONGEST}", str(new), str(old)], check=True, capture_output=True,
                       cwd=folder)
        broken = [path.read_bytes() for path in Path(folder).glob("crash-*")]
        if broken:
            sys.exit(f"{program} breaks on {broken[0]!r}")
        return [path.read_bytes() for path in new.iterdir()]


def make(build):
    inputs = from_recordings()
    if ARCHIVE.exists():
        for target, more in read(ARCHIVE).items():
            inputs[target] += more
    for target in TARGETS:
        kept = merge(str(build / "tests/fuzz" / f"fuzz_{target}"), inputs[target])
        print(f"{target}: {len(kept)} of {len(inputs[target])} inputs")
        inputs[target] = kept
    write(inputs)


if __name__ == "__main__":
    if sys.argv[1:2] == ["unpack"] and len(sys.argv) == 5:
        unpack(Path(sys.argv[2]), sys.argv[3], Path(sys.argv[4]))
    elif sys.argv[1:2] == ["make"] and len(sys.argv) == 3:
        make(Path(sys.argv[2]))
    else:
        sys.exit(__doc__)
