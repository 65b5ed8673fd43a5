"""Ends with an exit code: exit.py CODE."""
import sys

code = int(sys.argv[1])
print(f"exiting with {code}", flush=True)
sys.exit(code)
