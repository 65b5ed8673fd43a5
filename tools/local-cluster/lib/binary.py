"""Builds the binaries of the cluster from the Go module beside this folder."""
import functools
import shutil

from .console import Trouble, output, run
from .places import SOURCE, cached, key

KUBERNETES = "1.36.3"
MODULE = SOURCE / "clusterbox"


def _flags():
    major, minor, _ = KUBERNETES.split(".")
    values = {"gitVersion": "v" + KUBERNETES, "gitMajor": major, "gitMinor": minor, "gitCommit": "v" + KUBERNETES,
              "gitTreeState": "clean"}  # without these the version is v0.0.0-master
    packages = ("k8s.io/component-base/version", "k8s.io/client-go/pkg/version")
    link = ["-s", "-w"] + [f"-X {p}.{k}={v}" for p in packages for k, v in values.items()]
    return ["-trimpath", "-ldflags", " ".join(link)]


@functools.lru_cache()
def folder():
    """The folder with clusterbox, kubectl and pause, built when the sources are new."""
    if not shutil.which("go"):
        raise Trouble("no Go: install Go 1.26 or later, and have it in PATH")
    flags = _flags()
    sources = sorted(MODULE.rglob("*.go")) + [MODULE / "go.mod", MODULE / "go.sum"]
    name = key(*sources, output(["go", "env", "GOVERSION", "GOARCH"]), *flags)

    def make(target):
        for program, package in (("pause", "./pause"), ("kubectl", "./kubectl"), ("clusterbox", ".")):
            run(f"building {program} (clusterbox: Kubernetes, the first time 5 to 15 minutes)",
                ["go", "build", "-v", *flags, "-o", str(target / program), package],
                env={"CGO_ENABLED": "0"}, cwd=MODULE, unit="packages compiled or downloaded")

    return cached("bin", name, make)
