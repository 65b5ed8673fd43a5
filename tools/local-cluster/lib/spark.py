"""Spark: the distribution in PyPI's pyspark, our examples, and the image."""
import pathlib
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile

from . import debian
from .console import Trouble, output, run, step
from .layers import Layer, layer
from .places import SOURCE, cached, key

RELEASES = {"3.5": "3.5.8", "4.0": "4.0.5", "4.1": "4.1.4", "4.2": "4.2.1", "4.3": "4.3.0"}
DEFAULT = "4.1"
DISTS = "/opt/spark-distributions"  # where thin images find CACHE/spark

# jars of native code for other systems than this
FOREIGN = re.compile(r"jars/netty-.*-(osx|windows|linux-aarch_64|linux-riscv64)")
NOT_COPIED = re.compile(r"licenses(/|$)|examples(/|$)|.*__pycache__|pandas/tests")

CONFIG = {
    "User": "185", "WorkingDir": "/opt/spark/work-dir", "Entrypoint": ["/opt/entrypoint.sh"],
    "Env": [f"PATH=/usr/local/bin:/usr/bin:/bin:/opt/spark/bin:{debian.JAVA_HOME}/bin", "SPARK_HOME=/opt/spark",
            f"JAVA_HOME={debian.JAVA_HOME}", "LANG=C.UTF-8"],
}


def release(name):
    """The release of a line (4.1) or of a release's own name (4.1.4)."""
    if name in RELEASES.values():
        return name
    if name not in RELEASES:
        raise Trouble(f"no such Spark line: {name}; there are {', '.join(RELEASES)}")
    return RELEASES[name]


def distribution(version):
    """The unpacked source distribution of pyspark, which has all of Spark's jars."""

    def make(target):
        with tempfile.TemporaryDirectory(dir=target.parent) as download:
            run(f"downloading Spark {version} (some 450 MB)",
                [sys.executable, "-m", "pip", "download", "--quiet", "--no-cache-dir", "--no-deps", "--no-binary", "pyspark",
                 "--dest", download, f"pyspark=={version}"])
            step(f"unpacking Spark {version}")
            with tarfile.open(f"{download}/pyspark-{version}.tar.gz", "r|gz") as tar:
                for member in tar:
                    _, _, member.name = member.name.partition("/")
                    if member.name:
                        tar.extract(member, target)

    return cached("spark", version, make)


def _scala(dist):
    jar = next((dist / "deps/jars").glob("scala-library-2.*.jar")).name
    return re.match(r"scala-library-(\d+\.\d+)", jar)[1]


def spark_layer(version):
    dist = distribution(version)

    def make():
        step(f"making the layer of Spark {version}")
        out = Layer()
        skip = lambda relative: bool(FOREIGN.match(relative) or NOT_COPIED.match(relative))
        out.tree(dist / "deps", "opt/spark", skip)
        out.tree(dist / "deps/examples", "opt/spark/examples/src/main/python")
        out.tree(dist / "pyspark", "opt/spark/python/pyspark", skip)
        out.tree(dist / "lib", "opt/spark/python/lib")
        return out

    return layer(f"spark-{version}-" + key(SOURCE / "lib/spark.py", SOURCE / "lib/layers.py"), make)


def _jar(dist):
    """Compiles the examples; the classes of Spark differ from release to release."""
    if not shutil.which("javac"):
        raise Trouble("no javac: install a JDK, 17 or later (tools/install-packages)")
    with tempfile.TemporaryDirectory() as folder:
        classes, jar = f"{folder}/classes", f"{folder}/examples.jar"
        compiler = subprocess.run(["javac", "-nowarn", "--release", "17", "-cp", f"{dist}/deps/jars/*", "-d", classes,
                                   *map(str, (SOURCE / "examples").rglob("*.java"))],
                                  stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        if compiler.returncode != 0:
            raise Trouble("javac failed:\n" + compiler.stdout)
        output(["jar", "cf", jar, "-C", classes, "."])
        return pathlib.Path(jar).read_bytes()


def own_layer(version, thin):
    """What is ours: entrypoint and examples. Small, so that a change is quick to try."""
    dist = distribution(version)

    def make():
        step(f"compiling the examples for Spark {version}")
        out = Layer()
        if thin:
            debian.thin_base(out)
            for name in ("bin", "sbin", "jars", "data"):
                out.link(f"opt/spark/{name}", f"{DISTS}/{version}/deps/{name}")
            for name in ("pyspark", "lib"):
                out.link(f"opt/spark/python/{name}", f"{DISTS}/{version}/{name}")
            out.tree(dist / "deps/examples", "opt/spark/examples/src/main/python")
        for script in ("entrypoint.sh", "decom.sh"):
            out.text(f"opt/{script}", (SOURCE / "image" / script).read_text(), 0o755)
        out.folder("opt/spark/work-dir", 0o777)
        for source in (SOURCE / "examples").glob("*.py"):
            out.path(source, f"opt/spark/examples/src/main/python/{source.name}")
        name = f"spark-examples_{_scala(dist)}-{version}.jar"
        out.data(f"opt/spark/examples/jars/{name}", _jar(dist))
        out.link("opt/spark/examples/jars/spark-examples.jar", name)
        return out

    return layer(f"own-{version}-{'thin' if thin else 'fat'}-" + key(
        *(SOURCE / p for p in ("examples", "image", "lib/spark.py", "lib/debian.py", "lib/layers.py"))), make)
