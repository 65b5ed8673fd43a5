"""One cluster by name: its folder, its slot and port, its life."""
import ipaddress
import json
import os
import re
import shutil
import socket
import subprocess

from . import binary, images, spark
from .console import BEGAN, Trouble, as_root, output, step
from .places import CACHE, CLUSTERS, lock

SLOTS = 32
FIRST_PORT = 6443
SOCKET_PATH_LIMIT = 107


def everyone():
    names = sorted(p.name for p in CLUSTERS.iterdir()) if CLUSTERS.exists() else []
    return [Cluster(name) for name in names]


class Cluster:
    def __init__(self, name):
        if not re.fullmatch(r"[a-z0-9]([a-z0-9-]{0,30}[a-z0-9])?", name):
            raise Trouble(f"not a name for a cluster: {name} (small letters, digits, -; at most 32)")
        self.name = name
        self.folder = CLUSTERS / name
        self.kubeconfig = self.folder / "admin.conf"
        if len(f"{self.folder}/containerd.sock.ttrpc") > SOCKET_PATH_LIMIT:
            raise Trouble(f"the path of the state folder is too long for sockets: {self.folder}; set XDG_STATE_HOME")

    def settings(self):
        try:
            return json.loads((self.folder / "cluster.json").read_text())
        except FileNotFoundError:
            return None

    def is_up(self):
        """Whether its daemon runs. The folder is an argument of the daemon, so
        that no other process with the same number is taken for it."""
        try:
            pid = int((self.folder / "daemon.pid").read_text())
            with open(f"/proc/{pid}/cmdline") as f:
                return f.read().endswith(f"\0daemon\0{self.folder}\0")
        except (FileNotFoundError, ProcessLookupError, ValueError):
            return False

    def command(self, *args):
        """A command line of clusterbox for this cluster."""
        tuning = {k: v for k, v in os.environ.items() if k.startswith("LOCAL_CLUSTER_")}
        return as_root([self.settings()["program"], *args], {**tuning, "CLUSTERBOX_STATE": str(self.folder), "CLUSTERBOX_BEGAN": str(BEGAN)})

    def need_up(self):
        if not self.is_up():
            name = "" if self.name == "default" else f" --name {self.name}"
            raise Trouble(f"cluster {self.name} is not up: run local-cluster up{name}")

    def boot(self, port, thin, wanted):
        """Brings it up with these images; a failure or an interrupt takes it down again."""
        program = binary.folder() / "clusterbox"
        wanted = [images.of_pause(), *wanted]
        seed = images.unpacked(wanted)
        with lock(CLUSTERS):
            if self.is_up():
                step(f"cluster {self.name} is up already")
                return
            if self.settings():
                step(f"removing what is left of cluster {self.name}")
                self.down()
            self.folder.mkdir(exist_ok=True)
            settings = {"name": self.name, "slot": _free_slot(), "port": port or _free_port(self.name),
                        "program": str(program), "seed": str(seed),
                        "cpus": int(os.environ.get("LOCAL_CLUSTER_CPUS", "8")), "thin": thin,
                        "binds": ["/usr:/usr", f"{CACHE}/spark:{spark.DISTS}"] if thin else []}
            (self.folder / "cluster.json").write_text(json.dumps(settings))
            (self.folder / "images.json").write_text(json.dumps({image.tag: image.key() for image in wanted}))
            step(f"starting cluster {self.name} at 127.0.0.1:{settings['port']}")
            try:
                if subprocess.run(self.command("up")).returncode != 0:
                    raise Trouble(f"cluster {self.name} did not come up; its logs: {self._keep_logs()}")
            except BaseException:
                self.down()
                raise

    def _keep_logs(self):
        kept = CACHE / "last-failure"
        shutil.rmtree(kept, ignore_errors=True)
        shutil.copytree(self.folder / "logs", kept)
        return kept

    def down(self):
        if self.settings():
            if subprocess.run(self.command("down")).returncode != 0:
                raise Trouble(f"cluster {self.name} could not be taken down")
        shutil.rmtree(self.folder, ignore_errors=True)  # of an "up" that ended early

    def add_image(self, image):
        """Imports an image unless this very one is there."""
        record = self.folder / "images.json"
        with lock(self.folder):
            there = json.loads(record.read_text())
            if there.get(image.tag) == image.key():
                step(f"image {image.tag} is there")
                return
            images.import_image(self.folder / "containerd.sock", image)
            record.write_text(json.dumps({**there, image.tag: image.key()}))


def networks(slot):
    """As in settings.go: node, pods, services."""
    return [ipaddress.ip_network(n) for n in (f"10.199.{slot}.0/24", f"10.244.{slot * 8}.0/21", f"10.96.{slot * 8}.0/21")]


def _free_slot():
    """The first slot that no other cluster has, and whose networks this machine has no route to."""
    routes = json.loads(output(["ip", "-j", "-4", "route", "show", "table", "all"]))
    used = [ipaddress.ip_network(r["dst"], strict=False) for r in routes if r["dst"] != "default"]
    used = [n for n in used if n.prefixlen >= 12]  # ours go before broader ones, and hide little of them
    taken = {c.settings()["slot"] for c in everyone() if c.is_up()}
    for slot in range(SLOTS):
        if slot not in taken and not any(a.overlaps(b) for a in networks(slot) for b in used):
            return slot
    raise Trouble("no free addresses: take a cluster down, or remove this machine's routes to 10.199, 10.244 and 10.96")


def _is_free(port):
    with socket.socket() as s:
        s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            s.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def _free_port(name):
    """The usual port is left for the default cluster."""
    first = FIRST_PORT if name == "default" else FIRST_PORT + 1
    for port in range(first, first + 1000):
        if _is_free(port):
            return port
    raise Trouble(f"no free port from {first} on: name one with --port")


def check_port(port):
    if port and not _is_free(port):
        raise Trouble(f"port {port} is taken: name another with --port, or none")
