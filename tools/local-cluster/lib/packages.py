"""The Debian packages that this tool needs: its section of tools/packages.txt."""
import shutil
import subprocess

from .console import Trouble
from .places import SOURCE

TOOLS = SOURCE.parent


def _wanted():
    _, _, after = (TOOLS / "packages.txt").read_text().partition("# local cluster")
    section = after.split("\n#")[0]
    return [line for line in section.splitlines()[1:] if line]


def check():
    """Says in one line what to do when something is missing."""
    if not shutil.which("dpkg-query"):
        raise Trouble("not a Debian system: this tool takes containerd, runc and the image's files from Debian packages")
    query = subprocess.run(["dpkg-query", "-W", "-f", "${Package} ${db:Status-Status}\n", *_wanted()],
                           stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    there = {line.split()[0] for line in query.stdout.splitlines() if line.endswith(" installed")}
    missing = [p for p in _wanted() if p not in there]
    if missing:
        raise Trouble(f"packages are missing ({' '.join(missing)}): run tools/install-packages")
