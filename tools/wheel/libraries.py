# SPDX-License-Identifier: Apache-2.0
"""What goes into the wheel's libsparkk8s.so besides its own sources: from Debian's source packages, whose signatures apt checks, compiled by
Zig's C compiler for an older glibc than this machine's. Of each only what the library uses.

Each has a folder of the cache, keyed by what it is made from and by: include/, lib/ with static libraries only, and `license`.
"""
import hashlib
import os
import re
import shlex
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import NamedTuple

from harness import Failure, only_here, quiet, say

CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "sparkk8s/wheel"
RELEASE = "trixie"              # Debian's, whose sources are taken: the stable one
GLIBC = "2.28"                  # the oldest that has what the library calls (memfd_create, getrandom), and many wheels ask for
MACHINE = "x86_64"

FLAGS = ["-Os", "-fPIC", "-ffunction-sections", "-fdata-sections", "-fvisibility=hidden", "-fstack-protector-strong"]
# Neither what TLS 1.2 and 1.3 have no use for, nor what looks for files of the host: its openssl.cnf, engines and modules are for its own OpenSSL.
NO = """apps aria atexit autoload-config bf camellia cast cmp cms comp ct docs dso dtls ec2m engine gost http idea legacy md4 mdc2 ml-dsa module
    multiblock ocsp quic rc2 rc4 rfc3779 rmd160 scrypt seed shared siphash siv slh-dsa sm2 sm3 sm4 sock srp srtp ssl-trace tests ts ui-console
    whirlpool"""
OPENSSL = ["--libdir=lib", "--openssldir=/etc/ssl", *(f"no-{part}" for part in NO.split())]
CURL = """HTTP_ONLY=ON ENABLE_THREADED_RESOLVER=ON CURL_USE_OPENSSL=ON CURL_DISABLE_OPENSSL_AUTO_LOAD_CONFIG=ON CURL_DISABLE_SRP=ON USE_NGHTTP2=ON
    CURL_CA_BUNDLE=none CURL_CA_PATH=none CURL_CA_FALLBACK=ON CURL_BROTLI=OFF CURL_ZSTD=OFF CURL_USE_LIBPSL=OFF CURL_USE_LIBSSH2=OFF USE_LIBIDN2=OFF
    CURL_DISABLE_ALTSVC=ON CURL_DISABLE_AWS=ON CURL_DISABLE_COOKIES=ON CURL_DISABLE_DIGEST_AUTH=ON CURL_DISABLE_DOH=ON CURL_DISABLE_HSTS=ON
    CURL_DISABLE_MIME=ON CURL_DISABLE_NEGOTIATE_AUTH=ON CURL_DISABLE_NETRC=ON CURL_DISABLE_NTLM=ON CURL_DISABLE_WEBSOCKETS=ON
    BUILD_CURL_EXE=OFF BUILD_LIBCURL_DOCS=OFF BUILD_MISC_DOCS=OFF ENABLE_CURL_MANUAL=OFF""".split()


class Built(NamedTuple):
    library: "Library"
    folder: Path
    version: str


class Library(NamedTuple):
    source: str                 # Debian's source package
    license: str                # the file
    spdx: str
    options: list               # of CMake, or of its own script
    needs: tuple = ()
    targets: tuple = ()         # of make: what to build, what to install; none: it is built by CMake


# In the order in which they are built.
LIBRARIES = [
    Library("zlib", "LICENSE", "Zlib", ["--static"], targets=("libz.a", "install")),
    Library("jansson", "LICENSE", "MIT", ["JANSSON_BUILD_DOCS=OFF", "JANSSON_WITHOUT_TESTS=ON", "JANSSON_EXAMPLES=OFF"]),
    Library("libyaml", "License", "MIT", []),
    Library("mbedtls", "LICENSE", "Apache-2.0", ["ENABLE_PROGRAMS=OFF", "ENABLE_TESTING=OFF", "GEN_FILES=OFF", "MBEDTLS_FATAL_WARNINGS=OFF"]),
    Library("nghttp2", "COPYING", "MIT", ["ENABLE_LIB_ONLY=ON", "ENABLE_DOC=OFF", "BUILD_STATIC_LIBS=ON"]),
    Library("openssl", "LICENSE.txt", "Apache-2.0", OPENSSL, targets=("build_libs", "install_dev")),
    Library("curl", "COPYING", "curl", CURL, ("zlib", "nghttp2", "openssl")),
]


def cached(what, inputs, make, fresh=False):
    """A folder that is made once by make(folder), where it stays: programs and .pc files name their own place. Keyed by what it is made from."""
    folder = CACHE / f"{what}-{hashlib.sha256(chr(0).join(inputs).encode()).hexdigest()[:16]}"
    with only_here(folder):
        if fresh or not (folder / "complete").exists():
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir()
            make(folder)
            (folder / "complete").touch()
    return folder


# ---- sources ----

def mirrors():
    """Where this machine's apt has Debian from: the lines of a sources.list for RELEASE, security updates first."""
    lines = quiet(["apt-get", "indextargets", "--format", "$(REPO_URI) $(RELEASE) $(COMPONENT)", "Created-By: Packages"], "asking apt for its sources")
    own = re.search(r"^VERSION_CODENAME=(\w+)", Path("/etc/os-release").read_text(), re.M)
    release = re.compile(rf"(\S+) {own[1] if own else '-'}(-security)? main")
    found = {bool(m[2]): f"deb-src [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] {m[1]} {RELEASE}{m[2] or ''} main\n"
             for m in map(release.fullmatch, lines.splitlines()) if m}
    if False not in found:
        raise Failure("apt has no Debian among its sources, which the libraries are taken from: run this on Debian")
    return [found[kind] for kind in sorted(found, reverse=True)]


def fetch(folder):
    """Downloads the newest version of each; an update that the mirror announces but does not have (yet) is passed over."""
    lines = mirrors()
    tries = []
    for skipped in range(len(lines)):
        place = folder / f"apt{skipped}"
        (place / "lists/partial").mkdir(parents=True)
        (place / "archives/partial").mkdir(parents=True)
        (place / "sources.list").write_text("".join(lines[skipped:]))
        settings = {"Dir::Etc::SourceList": place / "sources.list", "Dir::Etc::SourceParts": "/dev/null", "Dir::State::Lists": place / "lists",
                    "Dir::Cache": place, "APT::Default-Release": "", "APT::Sandbox::User": "root"}
        apt = ["apt-get", "-q", *(f"-o{name}={value}" for name, value in settings.items())]
        quiet([*apt, "update"], f"reading what Debian {RELEASE} has")
        tries.append([*apt, "source", "--download-only"])
    for library in LIBRARIES:
        for last, command in enumerate(tries, 1 - len(tries)):
            done = subprocess.run([*command, library.source], cwd=folder, capture_output=True, text=True)
            if done.returncode == 0:
                break
            if last == 0:
                raise Failure(f"downloading the source of {library.source} failed: {done.stderr.strip()}")
    for place in folder.glob("apt*"):
        shutil.rmtree(place)


def sources(fresh):
    """{library: its .dsc}. Kept until `fresh`: what is there has been checked."""
    folder = cached("sources", [RELEASE, *(library.source for library in LIBRARIES)], fetch, fresh)
    return {library.source: next(folder.glob(f"{library.source}_*.dsc")) for library in LIBRARIES}


def version(dsc):
    return re.search(r"^Version: (?:\d+:)?(\S+)$", dsc.read_text(), re.M)[1]


# ---- building ----

def compiler(tools):
    """A folder with `cc`, `ar` and `ranlib`."""
    zig = quiet([tools / "python", "-c", "import ziglang; print(ziglang.__path__[0])"], "looking for Zig").strip() + "/zig"
    programs = {"cc": f"cc -target {MACHINE}-linux-gnu.{GLIBC} -fno-sanitize=all", "ar": "ar", "ranlib": "ranlib"}

    def write(folder):
        for name, command in programs.items():
            (folder / name).write_text(f'#!/bin/sh\nexec {shlex.quote(zig)} {command} "$@"\n')
            (folder / name).chmod(0o755)
    return cached("compiler", [zig, *programs.values()], write)


def environment(tools, cc, folders):
    """For builds that shall find these folders and nothing of the system."""
    return {**os.environ, "PATH": f"{tools}:{os.environ['PATH']}", "CC": str(cc / "cc"), "AR": str(cc / "ar"), "RANLIB": str(cc / "ranlib"),
            "PKG_CONFIG_LIBDIR": ":".join(f"{folder}/lib/pkgconfig" for folder in folders),
            "CMAKE_PREFIX_PATH": ":".join(map(str, folders))}


def by_make(library, source, folder, env):
    """By a script of its own, with options of its own, which takes the compiler's flags from the environment."""
    start = ["perl", "Configure", f"linux-{MACHINE}"] if library.source == "openssl" else ["./configure"]
    build, install = library.targets
    env = {**env, "CFLAGS": " ".join(FLAGS)}
    quiet([*start, f"--prefix={folder}", *library.options], f"configuring {library.source}", cwd=source, env=env)
    quiet(["make", "-s", f"-j{os.cpu_count()}", build], f"building {library.source}", cwd=source, env=env)
    quiet(["make", "-s", install], f"installing {library.source}", cwd=source, env=env)


def by_cmake(library, source, folder, env):
    build = source / "sparkk8s-build"
    options = {"CMAKE_INSTALL_PREFIX": folder, "CMAKE_INSTALL_LIBDIR": "lib", "CMAKE_BUILD_TYPE": "None", "CMAKE_C_FLAGS": " ".join(FLAGS),
               "CMAKE_AR": env["AR"], "CMAKE_RANLIB": env["RANLIB"], "BUILD_SHARED_LIBS": "OFF", "BUILD_TESTING": "OFF",
               "CMAKE_POLICY_VERSION_MINIMUM": "3.5", "CMAKE_FIND_USE_CMAKE_SYSTEM_PATH": "OFF"}
    quiet(["cmake", "-G", "Ninja", "-S", source, "-B", build, *(f"-D{name}={value}" for name, value in options.items()),
           *(f"-D{option}" for option in library.options)], f"configuring {library.source}", env=env)
    quiet(["cmake", "--build", build], f"building {library.source}", env=env)
    quiet(["cmake", "--install", build], f"installing {library.source}", env=env)


def tidy(library, source, folder):
    """Static libraries only, their .pc files in one place, and the license."""
    for shared in folder.glob("lib/*.so*"):
        shared.unlink()
    (folder / "lib/pkgconfig").mkdir(exist_ok=True)
    for file in folder.glob("share/pkgconfig/*.pc"):
        file.rename(folder / "lib/pkgconfig" / file.name)
    if library.source == "libyaml":     # whose CMake build writes none
        (folder / "lib/pkgconfig/yaml-0.1.pc").write_text(
            f"Name: LibYAML\nDescription: YAML\nVersion: 0.2\nCflags: -I{folder}/include\nLibs: -L{folder}/lib -lyaml\n")
    shutil.copy(source / library.license, folder / "license")


def make(library, dsc, folder, env):
    say(f"building {library.source} {version(dsc)} (the first time only)")
    with tempfile.TemporaryDirectory(dir=folder) as temporary:
        source = Path(temporary) / "source"
        quiet(["dpkg-source", "--no-check", "-x", dsc, source], f"unpacking {dsc.name}")
        (by_make if library.targets else by_cmake)(library, source, folder, env)
        tidy(library, source, folder)


def build(tools, fresh=False):
    """Builds what is not there yet; the compiler's folder, and a list of Built."""
    cc = compiler(tools)
    dscs = sources(fresh)
    built = {}
    for library in LIBRARIES:
        dsc = dscs[library.source]
        needs = [built[name].folder for name in library.needs]
        env = environment(tools, cc, needs)
        inputs = [dsc.name, str(cc), *FLAGS, *library.options, *map(str, needs)]
        folder = cached(library.source, inputs, lambda folder: make(library, dsc, folder, env))
        built[library.source] = Built(library, folder, version(dsc))
    return cc, list(built.values())
