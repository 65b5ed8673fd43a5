# SPDX-License-Identifier: Apache-2.0
"""What concerns the process: signals, forks, the GIL, garbage at the end, loading the library, import time."""
import ctypes
import os
import shutil
import signal
import subprocess
import sys
import textwrap
import threading
import time

import pytest

import sparkk8s


def python(code, *args, env=None, **kwargs):
    return subprocess.run([sys.executable, "-c", textwrap.dedent(code), *args], text=True, capture_output=True, timeout=60,
                          env={**os.environ, **(env or {})}, **kwargs)


@pytest.mark.life("runs-on")
@pytest.mark.parametrize("wait", ["run.wait()", "list(run.logs())", "list(client.watch())", "run.kill(wait=True)"])
def test_ctrl_c(api, app, wait):
    """KeyboardInterrupt comes out of every wait (pytest -s shows how soon)."""
    code = textwrap.dedent(f"""
        import sys, time, sparkk8s
        client = sparkk8s.Client(server=sys.argv[1], namespace="default")
        run = client.submit(sparkk8s.App("local:///a.jar", main_class="A", conf={{"spark.kubernetes.container.image": "i:4.1"}}))
        print("ready")
        input()
        try:
            {wait}
        except KeyboardInterrupt:
            print("interrupted", time.monotonic())
        input()
        print(run.status().is_final)
        """)
    with subprocess.Popen([sys.executable, "-u", "-c", code, api.url], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout.readline() == "ready\n"
        api.silent = "kill" in wait         # or it would be gone at once
        process.stdin.write("\n")
        process.stdin.flush()
        time.sleep(0.5)                     # most likely it waits then; if not, the signal ends what comes before
        sent = time.monotonic()
        process.send_signal(signal.SIGINT)
        word, at = process.stdout.readline().split()
        api.silent = False
        rest = process.communicate("\n", timeout=60)[0]
    assert word == "interrupted" and rest == "False\n"
    print(f"KeyboardInterrupt came {(float(at) - sent) * 1000:.1f} ms after the signal")      # a figure, no test: machines are busy


@pytest.mark.life("runs-on")
def test_an_exception_set_from_another_thread(client, app):
    """Outside of the main thread, where no signal interrupts."""
    run, caught, waiting = client.submit(app), [], threading.Event()

    class Stop(Exception):
        pass

    def wait():
        waiting.set()
        try:
            run.wait()
        except Stop:
            caught.append(time.monotonic())

    thread = threading.Thread(target=wait, daemon=True)
    thread.start()
    waiting.wait()
    while client._core.user is None:
        time.sleep(0.01)
    ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread.ident), ctypes.py_object(Stop))
    thread.join(30)
    assert caught


@pytest.mark.life("runs-on")
def test_other_threads_run_meanwhile(client, app):
    run, count, stop = client.submit(app), [0], threading.Event()

    def work():
        while not stop.is_set():
            count[0] += 1

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    with pytest.raises(sparkk8s.Timeout):
        run.wait(0.5)
    stop.set()
    thread.join()
    assert count[0] > 1000


@pytest.mark.life("runs-on")
def test_fork(client, app):
    run = client.submit(app)
    watch = run.watch()
    next(watch)
    child = os.fork()
    if child == 0:
        code = 1
        try:
            for use in (lambda: client.submit(app), run.status, lambda: next(watch), lambda: client.server, run.logs, client.fileno):
                try:
                    use()
                    os._exit(2)
                except sparkk8s.ForkError as error:
                    assert "fork" in str(error) and error.hint and error.code is sparkk8s.ErrorCode.EFORK
            watch.close()
            client.close()
            app.render()                # what needs no client works
            with sparkk8s.Client(server="http://127.0.0.1:9", namespace="n"):
                code = 0
        finally:
            os._exit(code)
    assert os.waitpid(child, 0)[1] == 0
    watch.close()
    assert not run.status().is_final


def test_the_end_of_the_interpreter(api):
    """Whatever is left open: no message, no crash, no wait."""
    done = python("""
        import sys, sparkk8s
        client = sparkk8s.Client(server=sys.argv[1], namespace="default")
        app = sparkk8s.App("local:///a.jar", main_class="A", conf={"spark.kubernetes.container.image": "i:4.1"})
        manifest, conf = app.render(), app.conf
        run = client.submit(app)
        watch, logs, listing, every = run.watch(), run.logs(), client.list(), client.watch()
        next(watch); next(every)
        cycle = [run, watch, client]; cycle.append(cycle)
        """, api.url)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_importing_creates_nothing():
    done = python("""
        import os, sys
        before = set(os.listdir("/proc/self/fd")), set(os.listdir("/proc/self/task"))
        import sparkk8s
        assert before == (set(os.listdir("/proc/self/fd")), set(os.listdir("/proc/self/task")))
        heavy = {"asyncio", "typing", "dataclasses", "logging", "json", "inspect", "datetime", "subprocess"} & set(sys.modules)
        print(sorted(heavy - set(sys.argv[1:])))
        """)
    base = python("import ctypes, sys; print(*sys.modules)").stdout.split()
    assert done.returncode == 0, done.stderr
    assert not [m for m in eval(done.stdout) if m not in base]


def test_a_library_that_is_missing_or_too_old(tmp_path):
    missing = python("import sparkk8s", env={"SPARKK8S_LIBRARY": str(tmp_path / "nothing.so")})
    assert "sparkk8s._ffi.LibraryError: libsparkk8s cannot be loaded (SPARKK8S_LIBRARY names it): " in missing.stderr or \
        "LibraryError: libsparkk8s cannot be loaded" in missing.stderr and "nothing.so" in missing.stderr
    compiler = shutil.which("cc") or pytest.skip("no C compiler")
    source = tmp_path / "old.c"
    for body, said in (("", "is not libsparkk8s"), ('const char *sparkk8s_version(void) { return "0.0.1"; }', "libsparkk8s 0.0.1, which is too old")):
        source.write_text(body)
        subprocess.run([compiler, "-shared", "-fPIC", "-o", tmp_path / "old.so", source], check=True)
        done = python("import sparkk8s", env={"SPARKK8S_LIBRARY": str(tmp_path / "old.so")})
        assert done.returncode == 1 and "LibraryError" in done.stderr and said in done.stderr, done.stderr
