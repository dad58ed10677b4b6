"""How another computer gets the agent: our own package, served by the portal, and four commands."""

import base64
import hashlib
import io
import zipfile
from functools import cache
from importlib.metadata import distribution
from pathlib import Path
from typing import Literal

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

import tojimari
from tojimari.portal.links import whole_address

System = Literal["windows", "macos", "linux"]
SYSTEMS: tuple[System, ...] = ("windows", "macos", "linux")
WHEEL_NAME = f"tojimari-{tojimari.__version__}-py3-none-any.whl"
_PYTHON: dict[System, tuple[str, ...]] = {
    "windows": ("py -m pip install --user {package}", "py -m tojimari"),
    # uv brings a Python of its own and needs no administrator; the first line is its maker's.
    "macos": (
        "curl -LsSf https://astral.sh/uv/install.sh | sh",
        "~/.local/bin/uv tool install --python 3.12 {package}",
        "~/.local/bin/tojimari",
    ),
    "linux": (
        "python3 -m venv ~/.tojimari",
        "~/.tojimari/bin/pip install {package}",
        "~/.tojimari/bin/tojimari",
    ),
}


def installing(system: System, letters: str, name: str = "") -> list[str]:
    """Return the commands that install the agent on ``system`` and enrol it with a code.

    name: what to call the computer; without one it goes by the name it has itself. Only letters,
    digits and a few signs of it are used, which no shell reads as anything else.
    """
    called = "".join(letter for letter in name if letter.isalnum() or letter in " _・").strip()
    named = f' --name "{called[:60]}"' if called else ""
    address = whole_address("devices:download", WHEEL_NAME)
    package = f'"tojimari[agent] @ {address}"'
    *install, command = _PYTHON[system]
    return [
        *(line.format(package=package) for line in install),
        f"{command} agent enroll {letters} --server {settings.PUBLIC_URL}{named}",
        f"{command} agent install",
    ]


@cache
def wheel() -> bytes:
    """Return this very installation as a wheel (PEP 427), so that agent and portal fit together.

    Raises PackageNotFoundError when the package runs from a bare folder.
    """
    about = distribution("tojimari")
    folder = Path(tojimari.__file__).parent
    info = f"tojimari-{tojimari.__version__}.dist-info"
    contents = {
        f"tojimari/{path.relative_to(folder).as_posix()}": path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.suffix != ".pyc"
    }
    contents[f"{info}/METADATA"] = (about.read_text("METADATA") or "").encode()
    contents[f"{info}/WHEEL"] = (
        b"Wheel-Version: 1.0\nGenerator: tojimari\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
    )
    contents[f"{info}/entry_points.txt"] = (about.read_text("entry_points.txt") or "").encode()
    record = [f"{name},sha256={_digest(data)},{len(data)}" for name, data in contents.items()]
    contents[f"{info}/RECORD"] = "\n".join([*record, f"{info}/RECORD,,", ""]).encode()
    body = io.BytesIO()
    with zipfile.ZipFile(body, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in contents.items():
            archive.writestr(name, data)
    return body.getvalue()


def _digest(data: bytes) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()


@require_safe
def download(request: HttpRequest, name: str) -> HttpResponse:
    """Send the package. It is the published program and holds nothing of anybody."""
    if name != WHEEL_NAME:
        raise Http404
    return HttpResponse(wheel(), content_type="application/octet-stream")
