"""Images: what they are made of, and how they come into a cluster. Either it
starts with them (unpacked once, and then shared by all clusters that start
with the same ones), or they are imported while it runs."""
import io
import json
import pathlib
import subprocess
import tarfile
import tempfile
import time
from typing import NamedTuple

from . import binary, debian, spark
from .console import Trouble, as_root, output, step
from .layers import BLOCK, Layer, layer
from .places import cached, key


class Image(NamedTuple):
    tag: str
    config: dict
    layers: list  # folders of the cache

    def key(self):
        return key(self.tag, json.dumps(self.config), *(folder.name for folder in self.layers))


def of_pause():
    """The image of a pod's sandbox; the name is in configure.go too."""
    program = binary.folder() / "pause"

    def make():
        out = Layer()
        out.path(program, "pause")
        return out

    return Image("localhost/clusterbox/pause:1", {"Entrypoint": ["/pause"], "WorkingDir": "/"},
                 [layer("pause-" + key(program), make)])


def of_spark(version, thin):
    """The image of a Spark release; its layers are made when they are not in the cache."""
    own = spark.own_layer(version, thin)
    layers = [own] if thin else [layer(debian.base_key(), debian.base_layer), spark.spark_layer(version), own]
    return Image(f"localhost/spark:{version}", spark.CONFIG, layers)


def _archive(out, image):
    """Writes the image in the format of "docker save"."""
    config = json.dumps({"architecture": output(["dpkg", "--print-architecture"]).strip(), "os": "linux", "config": image.config,
                         "rootfs": {"type": "layers", "diff_ids": [(d / "digest").read_text() for d in image.layers]}})
    names = [f"layer{i}.tar" for i in range(len(image.layers))]
    manifest = json.dumps([{"Config": "config.json", "RepoTags": [image.tag], "Layers": names}])
    with tarfile.open(fileobj=out, mode="w|", format=tarfile.PAX_FORMAT, bufsize=BLOCK, copybufsize=BLOCK) as tar:
        for name, content in (("config.json", config), ("manifest.json", manifest)):
            info = tarfile.TarInfo(name)
            info.size = len(content)
            tar.addfile(info, io.BytesIO(content.encode()))
        for name, folder in zip(names, image.layers):
            tar.add(folder / "layer.tar", name)


def import_image(socket, image):
    """Streams the image into the containerd of this socket."""
    began = time.time()
    process = subprocess.Popen(as_root(["ctr", "-a", str(socket), "-n", "k8s.io", "images", "import", "-"]),
                               stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    broken = False
    try:
        with process.stdin:
            _archive(process.stdin, image)
    except BrokenPipeError:
        broken = True
    said = process.stdout.read().decode(errors="replace")
    if process.wait() != 0 or broken:
        raise Trouble(f"the import of {image.tag} failed: {said.strip()}")
    step(f"image {image.tag} imported in {time.time() - began:.1f} s")


# Ends when its input does, however this program ends; mounts that are made
# meanwhile, and whatever was started, end with the namespaces.
KEEPER = 'containerd --config "$1" > "$2" 2>&1 & pid=$!; cat; kill $pid; wait'
CONFIG = """version = 2
root = "{root}"
state = "{state}"
disabled_plugins = ["io.containerd.grpc.v1.cri", "io.containerd.internal.v1.opt"]
[grpc]
  address = "{socket}"
"""


def unpacked(images):
    """The root folder of a containerd that has these images."""
    name = key(output(["containerd", "--version"]), *(image.key() for image in images))
    return cached("images", name, lambda target: _unpack(images, target)) / "root"


def _unpack(images, target):
    step("unpacking images, once for all clusters: " + ", ".join(image.tag for image in images))
    with tempfile.TemporaryDirectory() as folder:
        place = pathlib.Path(folder)
        socket, config, log = place / "socket", place / "config.toml", place / "log"
        config.write_text(CONFIG.format(root=target / "root", state=place / "state", socket=socket))
        command = ["unshare", "--mount", "--pid", "--mount-proc", "--fork", "--kill-child", "bash", "-c", KEEPER, "keeper", config, log]
        keeper = subprocess.Popen(as_root([str(c) for c in command]), stdin=subprocess.PIPE)
        try:
            _wait_for(socket, keeper, log)
            for image in images:
                import_image(socket, image)
        except BaseException:
            subprocess.run(as_root(["rm", "-rf", str(target / "root")]))
            raise
        finally:
            keeper.stdin.close()
            keeper.wait()
            subprocess.run(as_root(["rm", "-rf", str(place / "state")]))


def _wait_for(socket, keeper, log):
    for _ in range(200):
        if socket.exists() and subprocess.run(as_root(["ctr", "-a", str(socket), "version"]), stdout=subprocess.DEVNULL,
                                              stderr=subprocess.DEVNULL).returncode == 0:
            return
        if keeper.poll() is not None:
            break
        time.sleep(0.1)
    said = log.read_text()[-800:] if log.exists() else "no namespaces for it (above); this takes root on a machine of one's own"
    raise Trouble(f"containerd did not start: {said}")
