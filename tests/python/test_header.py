# SPDX-License-Identifier: Apache-2.0
"""That the binding's declarations are the header's: read by a C parser, laid out by a C compiler, and all of them used."""
import ctypes
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from conftest import ROOT

import sparkk8s
from sparkk8s import _ffi, _header

HEADER = ROOT / "include/sparkk8s.h"
BINDING = ROOT / "bindings/python"
PACKAGE = Path(sparkk8s.__file__).parent

# What the binding leaves out on purpose.
LEFT_OUT = {
    "cancel_reset": "waits are Python's own: sparkk8s.Cancel",
    "submit submit_begin submit_finish run_open run_claim run_diff run_kill run_status run_explain explain": "begun and finished: sparkk8s_begin_*()",
    "code_name state_name": "the enums' names, which test_names compares",
    "status_to_json diagnosis_to_json logs_to_json leftover_to_json": "to_dict() of the results",
    "version_number": "the functions that are there are looked at instead",
}


def left_out():
    return {"sparkk8s_" + name for names in LEFT_OUT for name in names.split()}


@pytest.fixture(scope="module")
def parsed():
    """The header as pycparser reads it."""
    from pycparser import c_ast, c_parser

    compiler = shutil.which("cc") or pytest.skip("no C compiler")
    plain = "typedef unsigned long size_t; typedef int int32_t; typedef long int64_t;\n" + re.sub(r"#include <.*>", "", HEADER.read_text())
    text = subprocess.run([compiler, "-E", "-P", "-x", "c", "-D__attribute__(x)=", "-"], input=plain, capture_output=True, text=True, check=True).stdout
    return c_ast, c_parser.CParser().parse(text)


def letter(c_ast, kind):
    if isinstance(kind, c_ast.PtrDecl):
        inner = kind.type
        named = isinstance(inner, c_ast.TypeDecl) and isinstance(inner.type, c_ast.IdentifierType)
        return "s" if named and inner.type.names == ["char"] and "const" in inner.quals else "p"
    name = " ".join(kind.type.names)
    return {"void": "v", "int": "i", "int32_t": "i", "int64_t": "l", "size_t": "z", "sparkk8s_log_fn": "p"}[name]


def test_generated():
    done = subprocess.run([BINDING / "declare", "--check"])
    assert done.returncode == 0, "include/sparkk8s.h has changed: run bindings/python/declare"


def test_functions(parsed):
    c_ast, tree = parsed
    found = {}
    for node in tree.ext:
        if isinstance(node, c_ast.Decl) and isinstance(node.type, c_ast.FuncDecl):
            args = [letter(c_ast, p.type) for p in node.type.args.params] if node.type.args else []
            found[node.name] = letter(c_ast, node.type.type) + "".join(a for a in args if a != "v")
    assert len(found) > 130 and found == _header.FUNCTIONS


def test_structs_and_constants(tmp_path):
    """As the compiler has them."""
    lines = []
    for name, members in _header.STRUCTS.items():
        lines.append(f'printf("{name} %zu\\n", sizeof({name}));')
        lines += [f'printf("{name}.{m} %zu\\n", offsetof({name}, {m}));' for m, _ in members]
    lines += [f'printf("{name} %d\\n", {name});' for name in _header.CONSTANTS]
    lines.append('printf("version %s\\n", SPARKK8S_VERSION);')
    source = tmp_path / "layout.c"
    source.write_text('#include "sparkk8s.h"\n#include <stdio.h>\nint main(void) {' + "\n".join(lines) + "}\n")
    compiler = shutil.which("cc") or pytest.skip("no C compiler")
    subprocess.run([compiler, "-I", HEADER.parent, "-o", tmp_path / "layout", source], check=True)
    compiled = dict(line.split() for line in subprocess.run([tmp_path / "layout"], capture_output=True, text=True, check=True).stdout.splitlines())
    ours = {"version": _header.VERSION, **{name: str(value) for name, value in _header.CONSTANTS.items()}}
    for name in _header.STRUCTS:
        made = type(_ffi.struct(name[len("sparkk8s_"):]))
        ours[name] = str(ctypes.sizeof(made))
        ours.update({f"{name}.{member}": str(getattr(made, member).offset) for member, _ in made._fields_})
    assert ours == compiled
    bare = re.sub(r"/\*.*?\*/", "", HEADER.read_text(), flags=re.S)
    words = set(re.findall(r"\bSPARKK8S_[A-Z0-9_]+\b", re.sub(r"^ *#.*", "", bare, flags=re.M)))
    assert words - {"SPARKK8S_API"} == set(_header.CONSTANTS)


def test_every_function_is_used():
    code = "".join(file.read_text() for file in PACKAGE.glob("*.py") if file.name != "_header.py")
    used = {"sparkk8s_" + name for name in re.findall(r"\blib\.(\w+)", code)}
    every = set(_header.FUNCTIONS)
    assert used <= every, "used, but not in the header"
    assert left_out() <= every, "left out, but not in the header"
    assert used & left_out() == set(), "left out, but used"
    assert used | left_out() == every, f"neither used nor left out on purpose: {sorted(every - used - left_out())}"


def test_every_member_is_used():
    """Of the input structs: what no call sets is of no use to anybody."""
    code = "".join(file.read_text() for file in PACKAGE.glob("*.py") if file.name != "_header.py")
    known = {"size", "reserved", "reserved2", "cancel", "userdata", "log_userdata"}       # waits and callbacks are Python's own
    unused = [f"{name}.{member}" for name, members in _header.STRUCTS.items() for member, _ in members
              if member not in known and not re.search(rf"\b{member}=", code)]
    assert unused == []


def test_every_flag_is_used():
    """What no call sets is of no use to anybody."""
    code = "".join(file.read_text() for file in PACKAGE.glob("*.py") if file.name != "_header.py")
    used = {f"{prefix}_{name.upper()}" for prefix, names in re.findall(r"flags\(\"(\w+)\", (.*?)\)", code) for name in re.findall(r"(\w+)=", names)}
    used |= set(re.findall(r"const\(\"(\w+)\"\)", code)) | {"OK", "CONF_DEFAULTS"} | {f"WAIT_{name}" for name in ("PENDING", "REACHED", "MISSED")}
    assert {name[len("SPARKK8S_"):] for name in _header.CONSTANTS} == used


def test_names():
    """The enums have all constants, by the library's names for them."""
    for enum, prefix, names, more in ((sparkk8s.State, "STATE_", "state_name", {}), (sparkk8s.Cause, "CAUSE_", "cause_name", {}),
                                      (sparkk8s.GcReason, "GC_", "gc_reason_name", {"NONE": 0})):
        header = {k[len("SPARKK8S_" + prefix):]: v for k, v in _header.CONSTANTS.items() if k.startswith("SPARKK8S_" + prefix)}
        header.pop("DELETE", None)          # a flag
        assert {e.name: e.value for e in enum} == {**header, **more}
        assert all(getattr(_ffi.lib, names)(e).decode() == e.name for e in enum)
    codes = {k[len("SPARKK8S_"):]: v for k, v in _header.CONSTANTS.items() if v < 0}
    assert {e.name: e.value for e in sparkk8s.ErrorCode} == codes
    assert all(_ffi.lib.code_name(e).decode() == f"SPARKK8S_{e.name}" for e in sparkk8s.ErrorCode)


def test_documented():
    """Everything public has a docstring."""
    missing = []
    for name in sparkk8s.__all__:
        thing = getattr(sparkk8s, name)
        if isinstance(thing, str):
            continue
        if not thing.__doc__:
            missing.append(name)
        if isinstance(thing, type):
            members = {n: member for base in reversed(thing.__mro__) if base.__module__.startswith("sparkk8s") for n, member in vars(base).items()}
            missing += [f"{name}.{n}" for n, member in members.items()
                        if not n.startswith("_") and (callable(member) or isinstance(member, property)) and not member.__doc__]
    assert missing == []
