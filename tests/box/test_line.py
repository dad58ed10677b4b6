"""How the line is tried: never an exception, and nothing but our own modules."""

import os
import subprocess
from pathlib import Path

import tojimari
from tests.support.boxes import settings_of
from tojimari.box import line


def test_without_its_program_the_line_is_not_alive_and_says_why(monkeypatch):
    monkeypatch.setattr(line, "program", lambda _: None)
    state = line.probe_office(settings_of())
    assert not state.alive
    assert "iproute2" in state.wrong


def test_an_answer_that_is_none_says_so(monkeypatch, tmp_path):
    monkeypatch.setattr(line, "office_port_wrong", lambda _: "")
    monkeypatch.setattr(line, "_ip", lambda *_, **__: "")
    silent = subprocess.CompletedProcess([], 0, b"", b"")
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: silent)
    state = line.probe_office(settings_of(), tmp_path)
    assert not state.alive
    assert state.wrong


def test_modules_in_the_folder_where_root_stands_are_not_run(tmp_path, monkeypatch):
    ip = tmp_path / "ip"
    ip.write_text('#!/bin/sh\nshift 3\nexec "$@"\n')
    ip.chmod(0o755)
    (tmp_path / "msgspec.py").write_text("raise SystemExit(3)\n")
    monkeypatch.setattr(line, "program", lambda _: str(ip))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONPATH", os.fspath(Path(tojimari.__file__).parents[1]))
    assert not line._seen_there(()).alive
