# SPDX-License-Identifier: Apache-2.0
"""The command line tool as its users see it: options, output, exit codes; offline, and against a scripted API server.

    run.py BUILD [CASE...]
"""
import sys
import tempfile
import traceback
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
import many_logs
import offline
import online
import secrets_kept
import spark_submit
from tool import Tool


def run_case(case, tool):
    """What a case stumbles over is one failure; the others run all the same."""
    try:
        case(tool)
    except Exception:
        tool.count.check(False, case.__name__, traceback.format_exc())


def main(build, names):
    cases = {f.__name__: f for module in (offline, online, many_logs, secrets_kept, spark_submit) for f in module.CASES}
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(2) as aside:
        tool = Tool(build, folder)
        slow = [aside.submit(run_case, f, tool) for f in online.SLOW + spark_submit.SLOW if not names or f.__name__ in names]   # sleeps for a minute
        for name in names or cases:
            if name in cases:
                run_case(cases[name], tool)
        for future in slow:
            future.result()
        tool.count.close()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
