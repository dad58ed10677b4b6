"""A Windows with a Python, made once a run: each file that changes it has a copy of its own."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support import wine
from tests.support.once import once


@pytest.fixture(scope="session")
def new_windows(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """Return what makes a folder with ``python`` and ``prefix`` as they are at first."""

    def make(name: str) -> Path:
        folder = tmp_path_factory.mktemp(name) / "windows"
        wine.copy_python(once(tmp_path_factory, "windows", wine.make_python), folder)
        return folder

    return make
