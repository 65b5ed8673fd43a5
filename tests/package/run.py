# SPDX-License-Identifier: Apache-2.0
"""What a packager and a downstream developer see: `meson install --destdir`, then a program compiled, linked and run as C
and as C++ by what pkg-config says alone, against the shared and the static library."""
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
import harness
from harness import ROOT

INSTALLED = [
    "include/sparkk8s.h", "lib/libsparkk8s.so", "lib/libsparkk8s.so.1", "lib/libsparkk8s.a", "lib/pkgconfig/sparkk8s.pc",
    "bin/sparkk8s", "share/man/man1/sparkk8s.1", "share/bash-completion/completions/sparkk8s",
    "share/zsh/site-functions/_sparkk8s",
]
SOURCE = ROOT / "pkgconfig/consumer/consumer.c"
LANGUAGES = {"C": ["gcc", "-std=c89", "-pedantic"], "C++": ["g++", "-x", "c++", "-std=c++11"]}


def output(command, **kwargs):
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, **kwargs)
    return done.returncode, done.stdout.strip()


def readme(count):
    """The README's lines of C compile."""
    block = re.search(r"```c\n(.*?)```", (ROOT / "README.md").read_text(), re.S)[1]
    includes, body = block.split("\n", 1)
    program = f"{includes}\n#include <stdio.h>\n#include <unistd.h>\nint main(void)\n{{\n{body}return 0;\n}}\n"
    done = subprocess.run(["gcc", "-x", "c", "-std=gnu11", "-D_GNU_SOURCE", "-Wall", "-Werror", "-fsyntax-only", "-I", str(ROOT / "include"), "-"], input=program,
                          text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    count.check(done.returncode == 0, "the README's example compiles", done.stdout)


def main():
    count = harness.Counter()
    folder = harness.build("release")
    with tempfile.TemporaryDirectory() as temporary:
        root = Path(temporary)
        code, text = output(["meson", "install", "-C", str(folder), "--no-rebuild", "--destdir", str(root)])
        count.check(code == 0, "meson install --destdir", text)
        for name in INSTALLED:
            count.check((root / "usr" / name).exists(), f"installs {name}")
        strays = [p for p in root.rglob("*") if not p.is_dir() and str(p.relative_to(root / "usr")) not in INSTALLED]
        count.check(not strays, "installs nothing else", str(strays))

        env = {**os.environ, "PKG_CONFIG_SYSROOT_DIR": str(root),
               "PKG_CONFIG_PATH": str(root / "usr/lib/pkgconfig")}
        for linkage in ("shared", "static"):
            if linkage == "static":     # what a static package is: no shared library beside it
                for library in (root / "usr/lib").glob("*.so*"):
                    library.unlink()
            static = ["--static"] if linkage == "static" else []
            code, flags = output(["pkg-config", *static, "--cflags", "--libs", "sparkk8s"], env=env)
            if not count.check(code == 0, f"pkg-config {' '.join(static)} sparkk8s", flags):
                continue
            if linkage == "shared":
                count.check("curl" not in flags, "a shared link names this library alone", flags)
            for language, compiler in LANGUAGES.items():
                program = root / f"consumer-{linkage}-{language}"
                code, text = output([*compiler, "-Wall", "-Wextra", "-Werror", str(SOURCE), "-o", str(program),
                                     "-x", "none", *flags.split()])
                if not count.check(code == 0, f"{language}, {linkage}: compiles and links", text):
                    continue
                code, text = output([str(program)], env={"LD_LIBRARY_PATH": str(root / "usr/lib"), "PATH": "/usr/bin:/bin"})
                count.check(code == 0 and "first a Pod" in text, f"{language}, {linkage}: runs", text)
        readme(count)
        count.close()


if __name__ == "__main__":
    main()
