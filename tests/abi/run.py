# SPDX-License-Identifier: Apache-2.0
"""The promises about the binary interface that can be checked by machine (doc/abi.md): exported symbols = map = header =
doc/symbols; the header alone as C89, C11 and C++11; layout of the input structs; no forbidden call in the library."""
import re
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
import harness
from harness import ROOT

HEADER = ROOT / "include/sparkk8s.h"
MAP = ROOT / "lib/sparkk8s.map"
SYMBOLS = ROOT / "doc/symbols"
LAYOUT = ROOT / "tests/abi/layout.txt"
# A library must not end, print for, or reconfigure the process it lives in. fork alone is refused too: a child is only
# ever made by posix_spawn.
FORBIDDEN = """exit _exit _Exit quick_exit abort __assert_fail printf vprintf fprintf vfprintf __printf_chk __fprintf_chk
    __vfprintf_chk __vprintf_chk puts putchar fputs fputc perror stdout stderr setenv unsetenv putenv clearenv system popen
    signal sigaction fork vfork chdir fchdir umask setlocale strtok gmtime localtime""".split()
SIZE_LIMIT = 630_000        # bytes; it is embedded into other people's processes, so growth is a decision


def output(command, text=None):
    return subprocess.run(command, input=text, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def declared():
    """Functions that the header declares as SPARKK8S_API."""
    return set(re.findall(r"SPARKK8S_API[^;(]*?\b(sparkk8s_\w+)\(", HEADER.read_text()))


def input_structs():
    """{struct: [member]} of the header's input structs, which are those that start with `size`."""
    found = {}
    for body, name in re.findall(r"typedef struct \{(.*?)\} (sparkk8s_\w+);", re.sub(r"/\*.*?\*/", "", HEADER.read_text(), flags=re.S), re.S):
        found[name] = re.findall(r"(\w+);", body)
    return found


def layout():
    """Sizes and offsets as the compiler sees them, one a line."""
    lines = []
    for struct, members in sorted(input_structs().items()):
        lines.append(f'printf("{struct} %u\\n", (unsigned)sizeof({struct}));')
        lines += [f'printf("{struct}.{m} %u\\n", (unsigned)offsetof({struct}, {m}));' for m in members]
    program = '#include "sparkk8s.h"\n#include <stdio.h>\nint main(void) {' + "\n".join(lines) + " return 0; }\n"
    with tempfile.TemporaryDirectory() as folder:
        done = output(["gcc", "-x", "c", "-I", str(HEADER.parent), "-o", f"{folder}/layout", "-"], program)
        return output([f"{folder}/layout"]).stdout if done.returncode == 0 else done.stdout


def compiles(count):
    variants = [("gcc", "c", s) for s in ("c89", "c11", "c2x")] + [("g++", "c++", s) for s in ("c++11", "c++20")]
    variants += [("clang", "c", "c89"), ("clang++", "c++", "c++11")]
    for compiler, language, standard in variants:
        done = output([compiler, "-x", language, f"-std={standard}", "-pedantic", "-Wall", "-Wextra", "-Werror",
                       "-fsyntax-only", str(HEADER)])
        text = "\n".join(l for l in done.stdout.splitlines() if "pragma once" not in l)
        count.check(done.returncode == 0, f"header alone: {compiler} -std={standard}", text)


def exports(count, library, static):
    header = declared()
    mapped = set(re.findall(r"^\s*(sparkk8s_\w+);", MAP.read_text(), re.M))
    listed = {line.split()[0] for line in SYMBOLS.read_text().splitlines() if line and not line.startswith("#")}
    shared = {line.split()[-1].split("@")[0] for line in output(["nm", "-D", "--defined-only", str(library)]).stdout.splitlines()
              if " A " not in line}
    archived = {line.split()[-1] for line in output(["nm", "-g", "--defined-only", str(static)]).stdout.splitlines()
                if len(line.split()) == 3}
    for what, names in (("map", mapped), ("doc/symbols", listed), ("shared library", shared), ("static library", archived)):
        count.check(names == header, f"{what} = header ({len(header)} functions)",
                    f"only in the {what}: {sorted(names - header)}; only in the header: {sorted(header - names)}")


def imports(count, library):
    wanted = {line.split()[-1].split("@")[0] for line in output(["nm", "-D", "--undefined-only", str(library)]).stdout.splitlines()}
    count.check(not wanted & set(FORBIDDEN), f"none of {len(FORBIDDEN)} forbidden calls", str(sorted(wanted & set(FORBIDDEN))))
    count.check("malloc" in wanted, "the list of imports is real")
    dynamic = output(["readelf", "-d", str(library)]).stdout
    count.check("[libsparkk8s.so.1]" in dynamic, "soname libsparkk8s.so.1", dynamic)
    count.check("TEXTREL" not in dynamic, "no text relocations")


def main():
    count = harness.Counter()
    folder = harness.build("release")
    library, static = folder / "lib/libsparkk8s.so.1", folder / "lib/libsparkk8s.a"
    compiles(count)
    exports(count, library, static)
    imports(count, library)
    now = layout()
    if "--write" in sys.argv:       # after a member was added at an end
        LAYOUT.write_text(now)
    count.check(now == LAYOUT.read_text(), "sizes and offsets of the input structs (tests/abi/layout.txt)",
                f"now:\n{now}")
    with tempfile.TemporaryDirectory() as temporary:
        stripped = Path(temporary) / "lib.so"
        output(["strip", "-o", str(stripped), str(library)])
        size = stripped.stat().st_size
        count.check(size < SIZE_LIMIT, f"stripped library {size} bytes, under {SIZE_LIMIT}")
    count.close()


if __name__ == "__main__":
    main()
