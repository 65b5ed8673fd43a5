# SPDX-License-Identifier: Apache-2.0
"""Signals while something waits: Ctrl-C, handlers that raise what they like, signals in the midst of the library's messages."""
import logging
import signal
import subprocess
import sys
import textwrap
import threading
import time

import pytest
from conftest import IMAGE

import sparkk8s
from sparkk8s import Client

# What waits, of a server that gives no answer, and of one that does.
UNANSWERED = ["run.status()", "run.kill()", "run.kill(wait=True)", "run.claim('x')", "run.explain()", "run.diff(app.render())", "client.open('x')",
              "client.explain('x')", "list(client.list())", "client.kill(all=True)", "client.gc()", "client.submit(app, dry_run=True)", "list(client.logs())", "client.wait()", "list(run.watch())"]
ANSWERED = ["run.wait()", "list(run.logs())", "list(client.watch())", "client.wait()", "list(client.logs())",
            "sparkk8s.spark_submit(['--master', 'k8s://' + sys.argv[1], '--deploy-mode', 'cluster', '--name', 'pi', '--class', 'A', '--conf', f'spark.kubernetes.container.image={IMAGE}',"
            " 'local:///a.jar'], print=print)"]

PROGRAM = f"""
    import sys, time, sparkk8s
    IMAGE = {IMAGE!r}
    client = sparkk8s.Client(server=sys.argv[1], namespace="default")
    app = sparkk8s.App("local:///a.jar", main_class="A", name="pi", conf={{"spark.kubernetes.container.image": IMAGE}})
    run = client.submit(app, key="k")
    print("ready")
    for each in sys.stdin:
        print("begins")
        try:
            eval(each)
            print("ended")
        except KeyboardInterrupt:
            print("interrupted", time.monotonic())
        except BaseException as error:
            print("raised", repr(error))
    """


class Program:
    """Told what to do line by line."""

    def __init__(self, url):
        self.process = subprocess.Popen([sys.executable, "-X", "dev", "-u", "-c", textwrap.dedent(PROGRAM), url], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, text=True)
        assert self.process.stdout.readline() == "ready\n"

    def interrupt(self, what):
        """What it said at last, and after how many ms."""
        self.process.stdin.write(what + "\n")
        self.process.stdin.flush()
        while self.process.stdout.readline() != "begins\n":
            pass
        time.sleep(0.3)         # most likely it waits then; if not, the signal ends what comes before
        sent = time.monotonic()
        self.process.send_signal(signal.SIGINT)
        for line in self.process.stdout:
            word, *rest = line.split()
            if word in ("interrupted", "ended", "raised"):
                return word, (float(rest[0]) - sent) * 1000 if word == "interrupted" else rest
        return "died", self.process.wait()

    def close(self):
        self.process.stdin.close()
        self.process.stdout.close()
        self.process.wait()


@pytest.mark.life("runs-on")
@pytest.mark.parametrize("silent", [True, False])
def test_ctrl_c(api, silent):
    """KeyboardInterrupt comes out of every wait (pytest -s shows how soon: a figure, no test, since machines are busy)."""
    program = Program(api.url)
    api.silent = silent
    for what in UNANSWERED if silent else ANSWERED:
        word, after = program.interrupt(what)
        assert word == "interrupted", (what, word, after)
        print(f"{after:6.1f} ms  {what[:60]}")
    api.silent = False
    program.close()
    assert len(api.pods) >= 1


class Stop(Exception):
    """What a handler raises."""


def raise_stop(*_):
    raise Stop


@pytest.fixture
def alarm():
    """A signal of this process, of which the handler raises: alarm(seconds)."""
    before = signal.signal(signal.SIGALRM, raise_stop)
    yield lambda after: signal.setitimer(signal.ITIMER_REAL, after)
    signal.setitimer(signal.ITIMER_REAL, 0)
    signal.signal(signal.SIGALRM, before)


@pytest.mark.parametrize("held", ["create pods", "create configmaps", "patch pods"])
def test_a_submission_that_a_handler_interrupts_leaves_nothing(lab, lab_client, app, alarm, held):
    """Whatever it raises: SIGTERM's often SystemExit, Airflow's a time-out of its own."""
    lab.control(rules=[{"verb": held, "do": "hold"}])

    def stop_once_it_is_held():
        while not lab.control()["held"]:
            time.sleep(0.01)
        alarm(0.01)
        time.sleep(0.2)
        lab.control(release=True)
    thread = threading.Thread(target=stop_once_it_is_held, daemon=True)
    thread.start()
    with pytest.raises(Stop):
        lab_client.submit(app)
    thread.join()
    assert lab.control()["objects"] == []
    lab_client.submit(app)
    assert len(lab.objects("pods")) == 1


@pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning")
@pytest.mark.life("runs-on")
def test_the_client_goes_on_after_a_handler(client, app, alarm):
    run = client.submit(app)
    for wait in (run.wait, lambda: client.wait(), lambda: [*client.watch()], lambda: [*run.logs()]):
        alarm(0.1)
        with pytest.raises(Stop):
            wait()
    assert not run.status().is_final and client._core.user is None


def test_a_second_interruption_does_not_wait(lab, lab_client, app, alarm):
    """Of a submission whose server is silent."""
    lab.control(rules=[{"verb": "create pods", "do": "hold"}])

    def again(*_):
        signal.signal(signal.SIGALRM, raise_stop)
        alarm(0.1)
        raise KeyboardInterrupt
    signal.signal(signal.SIGALRM, again)
    alarm(0.5)
    with pytest.raises(Stop) as caught:
        lab_client.submit(app)
    assert isinstance(caught.value.__context__, KeyboardInterrupt)
    lab.control(release=True)


class Raising(logging.Handler):
    """Raises out of the library's message, as a signal may."""

    def __init__(self, error):
        super().__init__(logging.DEBUG)
        self.error = error

    def emit(self, record):
        error, self.error = self.error, None
        if error is not None:
            raise error


@pytest.mark.parametrize("error", [KeyboardInterrupt, SystemExit, Stop])
def test_what_is_raised_in_the_midst_of_a_message_is_not_lost(api, app, caplog, error):
    """It is inside of a C function then, out of which no exception comes."""
    caplog.set_level(logging.DEBUG, "sparkk8s")
    logger = logging.getLogger("sparkk8s")
    with Client(server=api.url, namespace="default") as client:
        handler = Raising(error())
        logger.addHandler(handler)
        try:
            with pytest.raises(error):
                client.submit(app)
                client.server, client.list().close()
        finally:
            logger.removeHandler(handler)
        client.submit(app)
        assert handler.error is None


def submit_arguments(api, *more):
    return ["--master", f"k8s://{api.url}", "--deploy-mode", "cluster", "--name", "pi", "--class", "org.example.Main", "--conf", f"spark.kubernetes.container.image={IMAGE}", *more,
            "local:///opt/app.jar"]


def test_spark_submit(api):
    lines, threads = [], set()

    def take(line):
        lines.append(line)
        threads.add(threading.get_ident())
    assert sparkk8s.spark_submit(submit_arguments(api), print=take, env={"SPARK_USER": "me"}) == 0
    assert len(api.pods) == 1 and any("phase" in line for line in lines) and threads == {threading.get_ident()}
    assert sparkk8s.spark_submit(["--nonsense"], print=take) != 0 and "--nonsense" in "\n".join(lines)


@pytest.mark.life("runs-on")
def test_spark_submit_ends_early(api, alarm):
    """By a signal, by what `print` raises, by a Cancel; the driver goes on."""
    alarm(0.5)
    with pytest.raises(Stop):
        sparkk8s.spark_submit(submit_arguments(api))

    def take(line):
        raise Stop
    with pytest.raises(Stop):
        sparkk8s.spark_submit(submit_arguments(api), print=take)
    cancel = sparkk8s.Cancel()
    threading.Timer(0.3, cancel.trigger).start()
    with pytest.raises(sparkk8s.Canceled):
        sparkk8s.spark_submit(submit_arguments(api), cancel=cancel)
    with pytest.raises(sparkk8s.Canceled):
        sparkk8s.spark_submit(submit_arguments(api), cancel=cancel)
    assert len(api.pods) >= 2
