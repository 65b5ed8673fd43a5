"""The base layer of images: files of packages that are installed here. What
Debian has already checked and unpacked need not be downloaded again."""
import os
import pathlib
import re

from .console import output
from .layers import Layer
from .places import SOURCE, key

PACKAGES = ["bash", "coreutils", "grep", "sed", "findutils", "procps", "hostname", "openjdk-17-jre-headless", "python3"]
# Dependencies that only serve installation, or things that no Spark pod does.
NOT_NEEDED = re.compile(r"perl.*|debconf.*|dpkg|openssl|ca-certificates|libc-bin|media-types|mailcap")
NOT_COPIED = re.compile(r"/usr/share/(doc|man|locale|lintian|icons|bash-completion)(/|$)|/usr/lib/[^/]+/gconv/")

JAVA_HOME = f"/usr/lib/jvm/java-17-openjdk-{output(['dpkg', '--print-architecture']).strip()}"
# Made by the packages' installation scripts, so that no package lists them.
MADE = [f"{JAVA_HOME}/lib/server/classes.jsa", f"{JAVA_HOME}/lib/server/classes_nocoops.jsa", "/etc/ssl/certs/java/cacerts"]
MERGED = ("bin", "sbin", "lib", "lib64")  # links into /usr

PASSWD = """root:x:0:0:root:/root:/bin/bash
nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin
spark:x:185:0:spark:/opt/spark:/bin/bash
"""
FILES = {
    "etc/passwd": PASSWD,
    "etc/group": "root:x:0:\nnogroup:x:65534:\nspark:x:185:\n",
    "etc/nsswitch.conf": "passwd: files\ngroup: files\nhosts: files dns\n",
    "etc/os-release": 'PRETTY_NAME="Debian, only what Spark needs"\nID=debian\n',
}


def _database():
    """What is installed: package → (version, dependencies), virtual package → package."""
    fields = "${Package}\t${Version}\t${Provides}\t${Pre-Depends}, ${Depends}\t${db:Status-Status}\n"
    packages, provided = {}, {}
    for line in output(["dpkg-query", "-W", "-f", fields]).splitlines():
        name, version, provides, depends, status = line.split("\t")
        if status != "installed":
            continue
        packages[name] = version, depends
        for virtual in filter(None, provides.split(",")):
            provided.setdefault(virtual.split()[0], name)
    return packages, provided


def closure():
    """PACKAGES and all that they depend on: name → version."""
    packages, provided = _database()
    found, todo = {}, list(PACKAGES)
    while todo:
        name = todo.pop()
        name = name if name in packages else provided.get(name)
        if name is None or name in found or NOT_NEEDED.fullmatch(name):
            continue
        found[name], depends = packages[name]
        for alternatives in depends.split(","):
            names = [re.split(r"[ :(]", a.strip())[0] for a in alternatives.split("|")]
            todo += [n for n in names if n in packages or n in provided][:1]
    return found


def base_key():
    return "base-" + key(*(f"{p}={v}" for p, v in sorted(closure().items())), SOURCE / "lib/debian.py", SOURCE / "lib/layers.py")


def base_layer():
    layer = Layer()
    for name in MERGED:
        layer.link(name, "usr/" + name)
    for line in output(["dpkg-query", "-L", *sorted(closure())]).splitlines():
        if not line.startswith("/") or line == "/." or NOT_COPIED.match(line):
            continue
        folder = os.path.realpath(os.path.dirname(line))  # /usr is merged here, not in the lists of the packages
        path = os.path.join(folder, os.path.basename(line))
        if path.strip("/") not in MERGED:
            layer.path(path)
    for path in filter(os.path.exists, MADE):
        layer.path(path)
    layer.link("usr/bin/sh", "bash")
    for program in ("java", "keytool"):
        layer.link(f"usr/bin/{program}", f"{JAVA_HOME}/bin/{program}")
    skeleton(layer)
    return layer


def thin_base(layer):
    """Instead of the base layer: the machine's own /usr, which every container of the cluster gets."""
    for name in MERGED:
        layer.link(name, "usr/" + name)
    layer.tree(pathlib.Path("/etc/java-17-openjdk"), "etc/java-17-openjdk")
    layer.path("/etc/ssl/certs/java/cacerts")
    skeleton(layer)


def skeleton(layer):
    for name in ("root", "proc", "sys", "dev", "run", "var/log", "var/lib", "opt", "mnt", "home"):
        layer.folder(name)
    for name in ("tmp", "var/tmp"):
        layer.folder(name, 0o1777)
    for name, text in FILES.items():
        layer.text(name, text)
