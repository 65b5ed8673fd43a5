"""Layers of container images, made of files of this machine: no daemon and no
root are needed."""
import hashlib
import io
import os
import pathlib
import posixpath
import tarfile

from .places import cached

BLOCK = 1 << 20


class Layer:
    """Names in the image with what they stand for; written in order of names."""

    def __init__(self):
        self.entries = {}

    def _put(self, name, kind, mode, content=None):
        name = name.strip("/")
        parent = posixpath.dirname(name)
        if parent and parent not in self.entries:
            self.folder(parent)
        self.entries[name] = (kind, mode, content)

    def folder(self, name, mode=0o755):
        self._put(name, tarfile.DIRTYPE, mode)

    def link(self, name, target):
        self._put(name, tarfile.SYMTYPE, 0o777, target)

    def data(self, name, data, mode=0o644):
        self._put(name, tarfile.REGTYPE, mode, data)

    def text(self, name, text, mode=0o644):
        self.data(name, text.encode(), mode)

    def path(self, source, name=None):
        """One file, folder (not what is in it) or link of this machine."""
        source = pathlib.Path(source)
        name = name or str(source)
        if source.is_symlink():
            self.link(name, os.readlink(source))
        elif source.is_dir():
            self.folder(name, source.stat().st_mode & 0o7777)
        elif source.is_file() and os.access(source, os.R_OK):  # what only root may read is nothing for an image
            self._put(name, tarfile.REGTYPE, source.stat().st_mode & 0o777, source)

    def tree(self, source, name, skip=lambda relative: False):
        self.path(source, name)
        for path in sorted(source.rglob("*")):
            relative = str(path.relative_to(source))
            if not skip(relative):
                self.path(path, f"{name}/{relative}")

    def write(self, out):
        with tarfile.open(fileobj=out, mode="w|", format=tarfile.PAX_FORMAT, bufsize=BLOCK, copybufsize=BLOCK) as tar:
            for name, (kind, mode, content) in sorted(self.entries.items()):
                info = tarfile.TarInfo(name)
                info.type, info.mode = kind, mode
                if kind == tarfile.SYMTYPE:
                    info.linkname = content
                    tar.addfile(info)
                elif isinstance(content, pathlib.Path):
                    info.size = content.stat().st_size
                    with open(content, "rb") as f:
                        tar.addfile(info, f)
                else:
                    info.size = len(content or b"")
                    tar.addfile(info, io.BytesIO(content or b""))


class _Hashing:
    def __init__(self, out):
        self.out, self.digest = out, hashlib.sha256()

    def write(self, data):
        self.digest.update(data)
        return self.out.write(data)


def layer(name, make):
    """The folder in the cache of a layer: layer.tar, and its digest for the
    image's configuration. make() gives the Layer when it is not there yet."""

    def write(target):
        with open(target / "layer.tar", "wb") as f:
            hashing = _Hashing(f)
            make().write(hashing)
        (target / "digest").write_text("sha256:" + hashing.digest.hexdigest())

    return cached("layers", name, write)
