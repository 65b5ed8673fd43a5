"""Where things are kept, outside the source tree: caches keyed by a hash of
their inputs, and one folder of state for each cluster."""
import contextlib
import fcntl
import hashlib
import os
import pathlib
import shutil
import time

from .console import step

SOURCE = pathlib.Path(__file__).resolve().parent.parent
KEEP = 14 * 24 * 3600  # seconds that an unused entry of the cache is kept


def _base(variable, default):
    return pathlib.Path(os.environ.get(variable) or pathlib.Path.home() / default) / "sparkk8s"


CACHE = _base("XDG_CACHE_HOME", ".cache") / "local-cluster"
CLUSTERS = _base("XDG_STATE_HOME", ".local/state") / "clusters"


def key(*inputs):
    """A hash of strings, and of the contents of paths (folders: all below)."""
    digest = hashlib.sha256()
    for item in inputs:
        if isinstance(item, pathlib.Path):
            files = sorted(f for f in item.rglob("*") if f.is_file()) if item.is_dir() else [item]
            for f in files:
                digest.update(f"{f.name}\0{f.stat().st_size}\0".encode() + f.read_bytes())
        else:
            digest.update(f"{item}\0".encode())
    return digest.hexdigest()[:16]


@contextlib.contextmanager
def lock(folder):
    """One process at a time; the folder itself is what is locked, so that no
    lock file stays behind."""
    folder.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            step(f"waiting for another local-cluster that works in {folder}")
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def cached(kind, name, make):
    """The folder CACHE/kind/name, made by make(folder) when it is not there."""
    parent = CACHE / kind
    wanted = parent / name
    with lock(parent):
        if not wanted.exists():
            partial = parent / (name + ".partial")
            shutil.rmtree(partial, ignore_errors=True)
            partial.mkdir()
            try:
                make(partial)
            except BaseException:
                shutil.rmtree(partial, ignore_errors=True)
                raise
            partial.rename(wanted)
        os.utime(wanted)
        for other in parent.iterdir():
            if time.time() - other.stat().st_mtime > KEEP:
                shutil.rmtree(other, ignore_errors=True)
    return wanted
