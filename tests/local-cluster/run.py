# SPDX-License-Identifier: Apache-2.0
"""The local Kubernetes' own test."""
import subprocess
import sys
from pathlib import Path

sys.exit(subprocess.run([str(Path(__file__).resolve().parent.parent.parent / "tools/local-cluster/selftest")]).returncode)
