# SPDX-License-Identifier: Apache-2.0
"""Running the tool under test."""
import json
import os
import pty
import select
import signal
import subprocess
import time
from pathlib import Path

import harness

APP = ["--class", "org.example.Main", "--conf", "spark.kubernetes.container.image=example/spark:4.1.4", "local:///opt/app.jar", "1"]


class Tool:
    def __init__(self, build, folder):
        self.program = str(Path(build).resolve() / "tools/sparkk8s/sparkk8s")
        self.build, self.folder = Path(build).resolve(), Path(folder)
        self.count = harness.Counter()
        self.env = {"PATH": os.environ["PATH"], "HOME": "/nonexistent", "TZ": "Asia/Kolkata", "LANG": "C.UTF-8",
                    "SPARK_USER": "tester", "KUBECONFIG": "/nonexistent",
                    **{k: v for k, v in os.environ.items() if k.startswith(("ASAN_", "UBSAN_", "LSAN_"))}}

    def kubeconfig(self, api):
        """A kubeconfig for a server; returns its path."""
        url = api if isinstance(api, str) else api.url
        path = self.folder / f"kubeconfig-{url.rsplit(':', 1)[1]}"
        path.write_text(json.dumps({
            "apiVersion": "v1", "kind": "Config", "current-context": "c",
            "clusters": [{"name": "c", "cluster": {"server": url}}], "users": [{"name": "c", "user": {"token": "canary-token"}}],
            "contexts": [{"name": "c", "context": {"cluster": "c", "user": "c", "namespace": "default"}}]}))
        return str(path)

    def environment(self, api, env):
        return {**self.env, **({"KUBECONFIG": self.kubeconfig(api)} if api else {}), **(env or {})}

    def run(self, *args, api=None, env=None, **kwargs):
        kwargs.setdefault("stdout", subprocess.PIPE)
        return subprocess.run([self.program, *args], stderr=subprocess.PIPE, text=True, timeout=100,
                              stdin=subprocess.DEVNULL, env=self.environment(api, env), **kwargs)

    def start(self, *args, api=None, env=None):
        return subprocess.Popen([self.program, *args], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                                stdin=subprocess.DEVNULL, env=self.environment(api, env))

    def on_terminal(self, *args, api=None, env=None, both=False):
        """Runs with stderr (and stdout, if `both`) on a terminal: (exit code, stdout, what the terminal got)."""
        master, slave = pty.openpty()
        process = subprocess.Popen([self.program, *args], stdout=slave if both else subprocess.PIPE, stderr=slave, stdin=subprocess.DEVNULL,
                                   env=self.environment(api, {"TERM": "xterm", **(env or {})}))
        os.close(slave)
        got, deadline = b"", time.monotonic() + 30
        while time.monotonic() < deadline:
            if not select.select([master], [], [], 1)[0]:
                continue
            try:
                data = os.read(master, 65536)
            except OSError:
                break
            if not data:
                break
            got += data
        out = process.communicate(timeout=30)[0]
        os.close(master)
        return process.returncode, (out or b"").decode(), got.decode()

    def interrupt(self, process, sent=signal.SIGINT):
        process.send_signal(sent)
        out, err = process.communicate(timeout=30)
        return process.returncode, out, err

    def check(self, ok, what, done=None):
        return self.count.check(ok, what, "" if done is None else describe(done))

    def exits(self, code, what, *args, said=(), api=None, env=None):
        """Runs and checks exit code and what is on stderr."""
        done = self.run(*args, api=api, env=env)
        missing = [s for s in ([said] if isinstance(said, str) else said) if s not in done.stderr]
        self.check(done.returncode == code and not missing, f"{what}: exit code {code}", (done, missing))
        return done


def describe(done):
    if isinstance(done, subprocess.CompletedProcess):
        return f"exit code {done.returncode}\nstdout: {done.stdout[-2000:]}\nstderr: {done.stderr[-2000:]}"
    if isinstance(done, tuple):
        return "\n".join(describe(d) for d in done)
    return repr(done)


def until(condition, seconds=10):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(0.02)
    return False
