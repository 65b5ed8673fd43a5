# SPDX-License-Identifier: Apache-2.0
"""The local Kubernetes' own test."""
import os
from pathlib import Path

SELFTEST = Path(__file__).resolve().parent.parent.parent / "tools/local-cluster/selftest"
os.execv(SELFTEST, [str(SELFTEST)])
