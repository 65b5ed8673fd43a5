# SPDX-License-Identifier: Apache-2.0
"""The examples of doc/python.md and of the docstrings, as they stand there."""
import doctest
import re

import pytest
from conftest import ROOT

import sparkk8s


@pytest.mark.life(log=b"Pi is roughly 3.14\nbye\n")
def test_tutorial(api, tmp_path, monkeypatch, capsys):
    config = tmp_path / "config"
    config.write_text('{"apiVersion": "v1", "kind": "Config", "current-context": "c", "clusters": [{"name": "c", "cluster": {"server": "%s"}}],'
                      '"users": [], "contexts": [{"name": "c", "context": {"cluster": "c"}}]}' % api.url)
    monkeypatch.setenv("KUBECONFIG", str(config))
    page = ROOT / "doc/python.md"
    blocks = re.findall(r"```python\n(.*?)```", page.read_text(), re.S)
    assert len(blocks) > 10
    names = {}
    for block in blocks:
        exec(compile(block, str(page), "exec"), names)
    shown = capsys.readouterr().out
    assert "Pi is roughly 3.14" in shown and "SUCCEEDED ended" in shown and "not a size" in shown


@pytest.mark.parametrize("file", ["README.md", "bindings/python/README.md"])
def test_readme(api, file):
    text = (ROOT / file).read_text()
    block = re.search(r"```python\n(.*?)```", text, re.S)[1]
    exec(compile(block.replace("Client()", f"Client(server={api.url!r}, namespace='default')"), file, "exec"), {})
    assert block in text and len(api.pods) == 1


def test_docstrings():
    result = doctest.testmod(sparkk8s)
    assert result.failed == 0 and result.attempted >= 6
