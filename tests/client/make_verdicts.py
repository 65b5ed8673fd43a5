#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Packs recorded lives of driver pods into tests/client/verdicts.tar.xz, the same bytes each time.

    make_verdicts.py FOLDER-OF-RECORDINGS OUTPUT

Of each recording is kept what the API server told of it: the pod as each watch event showed it, the last GET, executors,
events, logs, quotas, limit ranges, nodes and refusals; and what is expected. One file a life, one line of JSON each, so that
`tar -xJOf` gives lines.
"""
import io
import json
import lzma
import pathlib
import sys
import tarfile


KEPT_EXPECTATIONS = ("state", "cause", "exit_code", "status_cause", "cause_accept", "state_accept", "exit_code_accept",
                     "moments", "retriable", "explain_must_mention")


def others(recording, key):
    return [other[key] for other in recording["objects"].get("other") or [] if key in other]


def life(recording):
    objects = recording["objects"]
    pod = objects.get("pod")
    return {
        "name": recording["name"],
        "uid": recording["run_uid"],
        "events": [{"type": event["type"], "object": event["object"]} for event in recording["watch"] or []],
        "get": (recording["final_get"] or {}).get("http_status"),
        "pod": pod,
        "namespace": recording.get("namespace"), "pod_name": recording.get("pod_name"),
        "executors": [executor for executor in objects.get("executors") or [] if not executor.get("_deleted")],
        "pod_events": objects.get("events") or [],
        "log": objects.get("log_tail"), "log_answer": (others(recording, "log_answer") or [None])[0],
        "executor_logs": {log["pod"]: log["text"] for log in others(recording, "executor_log_tail")},
        "objects": [other for other in objects.get("other") or []
                    if other.get("kind") in ("ResourceQuota", "LimitRange", "Node")],
        "create_answer": recording.get("create_answer"),
        "expected": {key: value for key, value in recording["expected"].items() if key in KEPT_EXPECTATIONS},
    }


def main():
    source, output = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
    raw = io.BytesIO()
    with tarfile.open(fileobj=raw, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for path in sorted(source.glob("*.json")):
            text = json.dumps(life(json.loads(path.read_text())), separators=(",", ":"), sort_keys=True) + "\n"
            entry = tarfile.TarInfo(path.name)
            entry.size = len(text.encode())
            archive.addfile(entry, io.BytesIO(text.encode()))
    output.write_bytes(lzma.compress(raw.getvalue(), preset=9 | lzma.PRESET_EXTREME))


if __name__ == "__main__":
    main()
