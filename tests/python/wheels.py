# SPDX-License-Identifier: Apache-2.0
"""What users install: the source distribution, built with this system's libraries, and the wheel as it is released (tools/wheel), which
asks of a system for glibc only."""
import email
import os
import re
import shlex
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import harness
from harness import ROOT, quiet

SDIST_LIMIT, WHEEL_LIMIT = 1_000_000, 3_000_000         # bytes
# Of a checkout, but nothing for who builds it to use it.
LEFT_OUT = re.compile(r"(tests|tools/(local-cluster|wheel|demo)|\.git|\.ci)(/|$)")
USE = """
import sparkk8s
app = sparkk8s.App("local:///x.jar", main_class="X", name="pi", conf={"spark.kubernetes.container.image": "example/spark:4.1.4"})
print(sparkk8s.__version__, app.render(key="k").objects[0]["kind"])
"""
# The libraries of the process that were not there before the package was.
MAPPED = """
import ctypes, re
def mapped():
    return set(re.findall(r"/\\S*\\.so[.\\d]*$", open("/proc/self/maps").read(), re.M))
before = mapped()
""" + USE + """
print(*sorted(mapped() - before))
"""


def metadata(count, what, text):
    """What an index shows, and what pip goes by."""
    said = email.message_from_string(text)
    count.check(said["Name"] == "sparkk8s" and "Spark" in said["Summary"] and said["Requires-Python"] == ">=3.9", f"{what}: name, summary, Pythons", text)
    count.check(said.get_all("Provides-Extra") == ["airflow"] and not [r for r in said.get_all("Requires-Dist") if "extra ==" not in r],
                f"{what}: no dependency but that of the extra airflow", text)
    count.check("LICENSE" in said.get_all("License-File") and "Apache-2.0" in said["License-Expression"], f"{what}: its license", text)
    count.check(said["Description-Content-Type"] == "text/markdown" and "```python" in said.get_payload(), f"{what}: a description", text)
    return said


def clean(folder):
    """A virtual environment that has nothing."""
    quiet([sys.executable, "-m", "venv", str(folder)], "making a clean virtual environment")
    return folder / "bin/python"


def install(python, wheel):
    quiet([python, "-m", "pip", "install", "-q", "--no-index", wheel], f"installing {wheel.name}", env={**os.environ, "CC": "false", "CXX": "false"})


def use(count, what, python, program=USE):
    done = subprocess.run([python, "-W", "error", "-c", program], text=True, capture_output=True, cwd="/",
                          env={k: v for k, v in os.environ.items() if k not in ("SPARKK8S_LIBRARY", "PYTHONPATH")})
    count.check(done.returncode == 0 and " Pod" in done.stdout, f"{what} renders an application", done.stdout + done.stderr)
    return done.stdout


def source(count, tools, folder):
    """As `pip install sparkk8s-X.tar.gz` does it, but with the build tools that are there."""
    env = {**os.environ, "PATH": f"{Path(tools).parent}:{os.environ['PATH']}"}
    quiet([tools, "-m", "build", "--sdist", "--no-isolation", "--outdir", folder / "sdist", ROOT], "making the source distribution", env=env)
    [sdist] = (folder / "sdist").glob("*.tar.gz")
    print(f"{sdist.name}: {sdist.stat().st_size} bytes")
    count.check(sdist.stat().st_size < SDIST_LIMIT, "the source distribution is small", str(sdist.stat().st_size))
    with tarfile.open(sdist) as archive:
        names = [name.partition("/")[2] for name in archive.getnames()]
        metadata(count, "source distribution", archive.extractfile(f"{sdist.name.removesuffix('.tar.gz')}/PKG-INFO").read().decode())
    count.check({"LICENSE", "README.md", "meson.build", "include/sparkk8s.h"} <= set(names), "it has license, README and sources", str(names))
    count.check(not [n for n in names if LEFT_OUT.match(n)], "it has no tests", str([n for n in names if LEFT_OUT.match(n)]))
    quiet([tools, "-m", "pip", "wheel", "-q", "--no-index", "--no-deps", "--no-build-isolation", "-w", folder / "built", sdist], "building the source distribution", env=env)
    [wheel] = (folder / "built").glob("*.whl")
    count.check("-py3-none-linux_" in wheel.name, "built, it is for every Python 3", wheel.name)
    python = clean(folder / "from-source")
    install(python, wheel)
    use(count, "the source distribution, built and installed,", python)
    # As it is repaired for other machines by who has no tools/wheel.
    quiet([tools, "-m", "auditwheel", "repair", "--plat", "auto", "-w", folder / "repaired", wheel], "repairing the wheel", env=env)
    [repaired] = (folder / "repaired").glob("*.whl")
    count.check("-manylinux_2_" in repaired.name, "repaired by auditwheel, it is for many Linuxes", repaired.name)
    print(f"{wheel.name}: {wheel.stat().st_size} bytes; repaired: {repaired.stat().st_size} bytes")


def contents(count, wheel, folder):
    """The metadata, what is linked in, and the library itself; returns the library's folder."""
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder)
    [info] = folder.glob("*.dist-info")
    said = metadata(count, "wheel", (info / "METADATA").read_text())
    missing = [f for f in said.get_all("License-File") if not (info / "licenses" / f).stat().st_size]
    linked = {f.partition("/")[2] for f in said.get_all("License-File")}
    count.check(not missing and {"curl.txt", "openssl.txt", "jansson.txt", "libyaml.txt", "mbedtls.txt", "nghttp2.txt", "zlib.txt"} <= linked,
                "it has the licenses of what is linked in", str((missing, linked)))
    count.check('"name": "openssl"' in (info / "sboms/sparkk8s.cdx.json").read_text(), "it says which versions these are")
    count.check("provider_info = sparkk8s.airflow.provider:get_provider_info" in (info / "entry_points.txt").read_text(), "it is an Airflow provider")
    [library] = folder.rglob("libsparkk8s.so.1")
    needed = set(re.findall(r"\(NEEDED\).*\[(.*)\]", quiet(["readelf", "-dW", library], "reading the library")))
    count.check(needed and needed <= {"libc.so.6", "libpthread.so.0", "libdl.so.2", "libm.so.6", "ld-linux-x86-64.so.2"}, "the library needs glibc only", str(needed))
    names = re.findall(r" [TDBRVWi] (\w+)", quiet(["nm", "-D", "--defined-only", library], "reading the library"))
    wanted = set(re.findall(r"^    (sparkk8s_\w+);", (ROOT / "lib/sparkk8s.map").read_text(), re.M))
    count.check(set(names) == wanted, "the library shows its public functions only", str(set(names) ^ wanted))
    return library.parent


def identity(count, build, library):
    """TLS, proxies and credentials by the libcurl and the OpenSSL that are linked in: the command as it is, with the wheel's library."""
    command = f"env LD_LIBRARY_PATH={library} {build}/tools/sparkk8s/sparkk8s list {{args}} -o json"
    done = subprocess.run([sys.executable, ROOT / "tests/kubeconfig/run.py", build, "--command", command], text=True, capture_output=True)
    last = (done.stdout.strip().splitlines() or [""])[-1]
    count.check(harness.CLOSING.match(last) and done.returncode == 0, f"the wheel's library, the kubeconfig suite: {shlex.quote(last)}", done.stdout[-4000:] + done.stderr)


def released(count, build, folder):
    """The wheel as it is released. The interpreter of a virtual environment that has it alone."""
    output = quiet([sys.executable, ROOT / "tools/wheel/wheel", "--out", folder / "released"], "making the wheel")
    print(output, end="")
    [wheel] = (folder / "released").glob("*.whl")
    count.check(re.fullmatch(r"sparkk8s-[\d.]+-py3-none-manylinux_2_28_x86_64\.whl", wheel.name), "the wheel is for every Python 3 and glibc since 2.28", wheel.name)
    count.check(wheel.stat().st_size < WHEEL_LIMIT, "the wheel is small", str(wheel.stat().st_size))
    print(f"{wheel.name}: {wheel.stat().st_size} bytes")
    library = contents(count, wheel, folder / "content")
    identity(count, build, library)
    python = clean(folder / "clean")
    install(python, wheel)
    mapped = (use(count, "the wheel", python, MAPPED).splitlines() or [""])[-1].split()
    foreign = [m for m in mapped if not re.search(r"/lib(c|pthread|dl|m|rt)\.so|\.cpython-|/libsparkk8s\.so\.1$", m)]
    count.check(any("libsparkk8s" in m for m in mapped) and not foreign, "it brings no other library into the process, of its own or the system's", str(foreign))
    return str(python)
