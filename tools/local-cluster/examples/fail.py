"""Ends by an uncaught exception, so with exit code 1: fail.py [MESSAGE]."""
import sys

print("about to fail", flush=True)
raise RuntimeError(sys.argv[1] if len(sys.argv) > 1 else "failed on purpose")
