# SPDX-License-Identifier: Apache-2.0
"""All unit tests under valgrind: no leak, no invalid access. Each test program runs in one process, so that what is
looked at is what the tests did, not Check's forking; tests that are scripts are left out."""
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
import harness

folder = harness.build("gcc")
sys.exit(harness.closing(*harness.run_unit_tests(
    [test for test in harness.unit_tests(folder) if Path(test["cmd"][0]).is_relative_to(folder)],
    wrapper=["valgrind", "-q", "--leak-check=full", "--errors-for-leak-kinds=definite", "--error-exitcode=99",
             "--child-silent-after-fork=yes"],
    env={"CK_FORK": "no", "CK_TIMEOUT_MULTIPLIER": "20", "SPARKK8S_ROUNDS": "100", "SPARKK8S_TORTURE_STEP": "97"})))
