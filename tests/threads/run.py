# SPDX-License-Identifier: Apache-2.0
"""The tests of this folder again under ThreadSanitizer. libcurl and what is below it are not instrumented: what they share between
threads is seen only through the locks and the memory that they use."""
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
import harness

PROGRAM = "tests/threads/test_threads"
folder = harness.build("threads", PROGRAM)
tests = [t for t in harness.unit_tests(folder, ["threads"]) if t["cmd"][0].endswith(PROGRAM)]
sys.exit(harness.closing(*harness.run_unit_tests(tests, env={"TSAN_OPTIONS": "exitcode=99", "CK_FORK": "no"})))
