#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Packs recorded lives of driver pods into tests/client/verdicts.tar.xz, the same bytes each time.

    make_verdicts.py FOLDER-OF-RECORDINGS OUTPUT

Of each recording only what a verdict is judged by is kept: the pod as each watch event showed it, the last GET, and what
is expected. One file a life, one line of JSON each, so that `tar -xJOf` gives lines.
"""
import io
import json
import lzma
import pathlib
import sys
import tarfile


def life(recording):
    pod = recording["objects"].get("pod")
    return {
        "name": recording["name"],
        "uid": recording["run_uid"],
        "events": [{"type": event["type"], "object": event["object"]} for event in recording["watch"] or []],
        "get": (recording["final_get"] or {}).get("http_status"),
        "pod": pod,
        "expected": {key: value for key, value in recording["expected"].items()
                     if key in ("state", "cause", "exit_code", "status_cause", "cause_accept", "state_accept",
                                "exit_code_accept", "moments")},
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
