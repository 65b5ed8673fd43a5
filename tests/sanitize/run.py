# SPDX-License-Identifier: Apache-2.0
"""All unit tests under AddressSanitizer (with leaks) and UndefinedBehaviorSanitizer."""
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
import harness

folder = harness.build("sanitize")
sys.exit(harness.closing(*harness.run_unit_tests(harness.unit_tests(folder), env={
    "ASAN_OPTIONS": "detect_leaks=1:abort_on_error=0:exitcode=99",
    "UBSAN_OPTIONS": "print_stacktrace=1:halt_on_error=1",
    "SPARKK8S_TORTURE_STEP": "7",
})))
