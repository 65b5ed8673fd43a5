# SPDX-License-Identifier: Apache-2.0
"""The Python package on the real cluster: a program of its own, blocking and asyncio."""
import json
import subprocess
import sys
import tempfile
from pathlib import Path

from harness import ROOT

PROGRAM = '''
import asyncio, json, sys
from sparkk8s import App, AlreadyExists, Client, State

IMAGE, NS, JAR = sys.argv[1:]
CONF = {"spark.kubernetes.container.image": IMAGE, "spark.kubernetes.authenticate.driver.serviceAccountName": "spark",
        "spark.kubernetes.driver.request.cores": "0.2", "spark.kubernetes.executor.request.cores": "0.2",
        "spark.executor.instances": 1, "spark.executor.memory": "512m"}


def app(name, main_class, *args):
    return App(JAR, *args, name=name, main_class=main_class, namespace=NS, conf=CONF)


def blocking(client):
    run = client.submit(app("py-pi", "org.apache.spark.examples.SparkPi", "10"), key="py-pi")
    with run.logs() as logs:
        lines = [str(next(logs)) for _ in range(10)]
    lines += [str(line) for line in run.logs(position=logs.position)]
    status = run.wait(300)
    status.raise_for_verdict()
    again = client.submit(app("py-pi", "org.apache.spark.examples.SparkPi", "10"), key="py-pi")
    return {"run": run.id, "again": again.id, "pi": [line for line in lines if line.startswith("Pi is roughly")],
            "whole": lines == [str(line) for line in run.logs(follow=False)], "status": status.to_dict(),
            "listed": [s.run_id for s in client.list(states=[State.SUCCEEDED])], "summary": run.explain().summary}


async def loop(client):
    run = await client.submit_async(app("py-ticks", "sparkk8s.examples.Ticks", "300"))
    async with run.watch_async() as watch:
        async for status in watch:
            if status.state is State.RUNNING:
                break
    async with run.logs_async() as logs:
        async for line in logs:
            if str(line).startswith("tick"):
                break
    await run.claim_async("mine")
    try:
        await run.kill_async(only_claim="other")
        refused = False
    except AlreadyExists:
        refused = True
    await run.kill_async(only_claim="mine", grace=1, wait=True, timeout=120)
    return {"tick": str(line), "refused": refused, "state": str((await run.status_async()).state)}


with Client(namespace=NS) as client:
    result = blocking(client)
    result["loop"] = asyncio.run(loop(client))
print(json.dumps(result))
'''


def python(c):
    """SparkPi by Client.submit: its log, its verdict; another one watched, claimed and killed in asyncio."""
    library = Path(c.sparkk8s).parent.parent.parent / "lib/libsparkk8s.so.1"
    env = {**c.env, "PYTHONPATH": str(ROOT / "bindings/python"), "SPARKK8S_LIBRARY": str(library)}
    arguments = ["localhost/spark:4.1.4", "spark", "local:///opt/spark/examples/jars/spark-examples.jar"]
    with tempfile.TemporaryDirectory() as folder:
        program = Path(folder) / "program.py"
        program.write_text(PROGRAM)
        done = subprocess.run([sys.executable, "-W", "error", "-X", "dev", str(program), *arguments], text=True, capture_output=True, env=env, timeout=900)
    check, said = c.count.check, f"{done.stdout[-2000:]}\n{done.stderr[-4000:]}"
    if not check(done.returncode == 0, "Python: the program comes to its end", said):
        return
    check("ResourceWarning" not in done.stderr, "Python: nothing is left open", said)
    result = json.loads(done.stdout.splitlines()[-1])
    check(len(result["pi"]) == 1 and result["whole"], "Python: SparkPi's log, once, in two parts by position", said)
    check((result["status"]["state"], result["status"]["exit_code"]) == ("SUCCEEDED", 0), "Python: SparkPi's verdict", said)
    check(result["again"] == result["run"] and result["run"] in result["listed"], "Python: the key finds the run, the list has it", said)
    check("succeeded" in result["summary"], "Python: explain", said)
    check(result["loop"]["tick"].startswith("tick") and result["loop"]["refused"], "Python: asyncio: the log, and a claim that another cannot kill", said)
    check(result["loop"]["state"] == "LOST" and c.gone("pods", "spark-role=driver,spark-app-name=py-ticks"), "Python: asyncio: killed and gone", said)
    c.clear()
