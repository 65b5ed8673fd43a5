# SPDX-License-Identifier: Apache-2.0
"""Many deferred runs in one process: the requests, memory and CPU of their triggers, beside a trigger that asks for each pod every ten
seconds, as those of other providers do (here: a GET of the driver through the same library, so that only the way of waiting differs).

    bench.py [RUNS [SECONDS]]       RUNS: 1000; SECONDS: how long is looked on, 60

Run with a Python that has Airflow, PYTHONPATH and SPARKK8S_LIBRARY as tests/airflow/run.py sets them. Measures; it fails only if it cannot run.
"""
import asyncio
import json
import os
import resource
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "cli"))
POLL_SECONDS = 10.0


def serve(count):
    """The server, in a process of its own: count runs that go on. Prints its port, then for each line that it reads its requests so far."""
    from api import Api

    with Api("runs-on") as server:
        for i in range(count):
            server.driver(f"r{i}-driver", labels={"spark-role": "driver", "spark-app-selector": f"spark-{i:032x}", "spark-app-name": "r"})
        print(server.server_address[1], flush=True)
        for _ in sys.stdin:
            print(len(server.requests), sum("watch=" in path and "sendInitial" not in path for _, path, _ in server.requests), flush=True)


def memory():
    """Resident megabytes."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize() / 2**20


def cpu():
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


async def ours(runs):
    from sparkk8s.airflow.trigger import SparkRunTrigger

    async def wait(trigger):
        async for _ in trigger.run():
            pass

    triggers = [SparkRunTrigger(run_id=run, sparkk8s_conn_id="sparkk8s_default", get_logs=False) for run in runs]
    for trigger in triggers:
        trigger._told = " "
    return [asyncio.ensure_future(wait(trigger)) for trigger in triggers]


async def polling(runs):
    from sparkk8s.airflow.hub import Hub

    async def wait(run_id, nth):
        await asyncio.sleep(POLL_SECONDS * nth / len(runs))
        async with Hub.get().cluster("sparkk8s_default") as cluster:
            while True:
                with await cluster.client.open_async(run_id):
                    pass
                await asyncio.sleep(POLL_SECONDS)

    return [asyncio.ensure_future(wait(run, i)) for i, run in enumerate(runs)]


async def measure(way, runs, seconds, asked):
    idle = memory()
    before = asked()
    tasks = await way(runs)
    await asyncio.sleep(10)                 # until all have begun
    begun, used = asked(), cpu()
    await asyncio.sleep(seconds)
    end = asked()
    result = {"way": way.__name__, "runs": len(runs), "requests_to_begin": begun[0] - before[0], "watches": end[1] - before[1],
              "requests_per_minute": round((end[0] - begun[0]) * 60 / seconds, 1), "megabytes_over_idle": round(memory() - idle, 1),
              "cpu_percent": round((cpu() - used) * 100 / seconds, 2)}
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    return result


def main(count=1000, seconds=60.0):
    if str(count) == "serve":
        return serve(int(seconds))
    with subprocess.Popen([sys.executable, __file__, "serve", str(int(count))], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server, \
            tempfile.TemporaryDirectory() as home:
        os.environ.update({"AIRFLOW_HOME": home, "AIRFLOW__CORE__LOAD_EXAMPLES": "False", "AIRFLOW_CONN_SPARKK8S_DEFAULT": json.dumps(
            {"conn_type": "sparkk8s", "host": f"http://127.0.0.1:{int(server.stdout.readline())}", "extra": {"namespace": "default"}})})
        import sparkk8s.airflow.trigger  # noqa: F401  an idle triggerer has it already

        def asked():
            server.stdin.write("\n")
            server.stdin.flush()
            return [int(n) for n in server.stdout.readline().split()]

        runs = [f"default:r{i}-driver" for i in range(int(count))]
        for way in (ours, polling):
            print(json.dumps(asyncio.run(measure(way, runs, float(seconds), asked))), flush=True)
        server.stdin.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
