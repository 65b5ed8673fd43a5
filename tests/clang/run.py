# SPDX-License-Identifier: Apache-2.0
"""The strict build with clang, and all unit tests of that build."""
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
import harness

folder = harness.build("clang")
sys.exit(harness.closing(*harness.run_unit_tests(harness.unit_tests(folder))))
