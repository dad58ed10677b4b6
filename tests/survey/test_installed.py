"""Without the survey's engines: the owner's portal starts, and what needs them says so."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ENGINES = (
    *("duckdb", "ibis", "lark", "numpy", "ortools", "pandas"),
    *("pyarrow", "pyreadstat", "pyxform", "scipy", "vl_convert"),
)

WHOLE_PORTAL = """
import os, pkgutil, sys
os.environ["DJANGO_SETTINGS_MODULE"] = "tojimari.portal.settings"
import django
django.setup()
import tojimari.portal as portal
for found in pkgutil.walk_packages(portal.__path__, "tojimari.portal."):
    __import__(found.name)
"""


@pytest.fixture
def without_engines(tmp_path) -> dict[str, str]:
    """Return the environment of a Python that finds none of the engines."""
    hidden = tmp_path / "hidden"
    hidden.mkdir()
    for name in ENGINES:
        text = f"raise ModuleNotFoundError(\"No module named '{name}'\", name={name!r})\n"
        (hidden / f"{name}.py").write_text(text)
    path = os.pathsep.join([str(hidden), os.environ.get("PYTHONPATH", "")])
    home = {"TOJIMARI_HOME": str(tmp_path / "home"), "TOJIMARI_STATE": str(tmp_path / "state")}
    return {**os.environ, **home, "PYTHONPATH": path, "TOJIMARI_LANG": "en"}


def run(words: list[str], env: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *words], env=env, capture_output=True, text=True, check=False
    )


def test_every_part_of_the_portal_starts_without_them(without_engines):
    done = run(["-c", WHOLE_PORTAL], without_engines)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    "words",
    [
        ["tabulate", "rows.csv", "--questionnaire", "jfc2021", "--out", "tables"],
        ["reconstruct", "jfc2021", "--check"],
        ["convert", "form.xlsx", "form.yaml"],
    ],
)
def test_a_verb_that_needs_them_says_what_to_install(without_engines, tmp_path, words):
    done = run(["-m", "tojimari", "survey", *words], without_engines)
    assert done.returncode == 2
    assert "make up SURVEY=1" in done.stderr
    assert "tojimari[survey]" in done.stderr
    assert "Traceback" not in done.stderr


def test_what_owners_install_holds_none_of_them():
    names = {
        line.split("==")[0].replace("-", "_")
        for line in Path("requirements/up.txt").read_text().splitlines()
        if "==" in line and not line.startswith(" ")
    }
    assert "django" in names
    assert names.isdisjoint({*ENGINES, "ibis_framework", "vl_convert_python"})


def test_both_lists_name_the_same_versions():
    def pins(name: str) -> set[str]:
        lines = Path("requirements", name).read_text().splitlines()
        held = [line for line in lines if "==" in line and not line.startswith(" ")]
        return {line.split(";")[0].rstrip(" \\") for line in held}

    assert pins("up.txt") <= pins("survey.txt")
