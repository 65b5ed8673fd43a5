# SPDX-License-Identifier: Apache-2.0
"""What the measurements have in common: programs, peers, a command's time and memory."""
import hashlib
import os
import shutil
import subprocess
import sys
import venv
from pathlib import Path

import harness
from harness import ROOT, say

HERE = Path(__file__).resolve().parent
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "sparkk8s"
PEER = ["spark-on-k8s==0.12.1", "kubernetes==36.0.3"]     # version 37 refuses what it sends


def peer_venv():
    """spark-on-k8s's own command, in a virtual environment made once."""
    inputs = " ".join([*PEER, sys.version])
    folder = CACHE / f"venv-{hashlib.sha256(inputs.encode()).hexdigest()[:12]}"
    if not (folder / "done").exists():
        say(f"installing {PEER[0]}")
        shutil.rmtree(folder, ignore_errors=True)
        venv.create(folder, with_pip=True)
        harness.quiet([str(folder / "bin/python"), "-m", "pip", "install", "-q", *PEER], f"pip install {PEER[0]}")
        (folder / "done").touch()
    return folder / "bin/spark-on-k8s"


class Bench:
    def __init__(self, folder, build):
        self.folder, self.build = Path(folder), build
        self.sparkk8s = build / "tools/sparkk8s/sparkk8s"
        self.measure_program = self.folder / "measure"
        harness.quiet(["gcc", "-O2", "-o", str(self.measure_program), str(HERE / "measure.c")], "compiling measure.c")
        self.home = self.folder / "home"
        self.home.mkdir()

    def measure(self, command, env):
        """(wall s, CPU s, peak KiB) of one command."""
        output = self.folder / "output"
        done = subprocess.run([str(self.measure_program), str(output), *map(str, command)], text=True, stdout=subprocess.PIPE,
                              env={"PATH": os.environ["PATH"], "HOME": str(self.home), "LANG": "C.UTF-8", **env})
        wall, cpu, peak, code = done.stdout.split()
        if code != "0":
            raise harness.Failure(f"{Path(str(command[0])).name} ended with {code}:\n{output.read_text(errors='replace')[-2000:]}")
        return float(wall), float(cpu), int(peak)

    def compile(self, name):
        """One of our C programs, with the library in it."""
        program = self.folder / name
        harness.quiet(["gcc", "-O2", "-I", str(ROOT / "include"), "-o", str(program), str(HERE / f"{name}.c"), str(self.build / "lib/libsparkk8s.a"),
                       "-lcurl", "-ljansson", "-lyaml", "-lz", "-lmbedcrypto", "-pthread"], f"compiling {name}.c")
        return str(program)
