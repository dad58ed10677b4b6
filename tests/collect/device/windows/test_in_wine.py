"""Exports imported into a real registry, read by the collectors in a real Python for Windows."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.hosts import RecordedHost, seen
from tests.support.registry_exports import MACHINES, RecordedWindows, parse_export
from tests.support.wine import LOADER
from tests.support.wine_registry import WineRegistry, of_the_person_here
from tojimari.model.facts import (
    DeviceAutoUpdates,
    DeviceBoot,
    DeviceBrowsers,
    DeviceDns,
    DeviceOs,
    DeviceRemoteDesktop,
    DeviceRemovableMedia,
    DeviceSoftware,
    DeviceSshd,
    DeviceSudo,
    DeviceTimeSync,
    fact_kinds,
    plain_fact,
)

pytestmark = pytest.mark.skipif(not LOADER.exists(), reason="wine64 is not installed")
REGISTRY_ALONE = (
    DeviceAutoUpdates,
    DeviceBoot,
    DeviceBrowsers,
    DeviceOs,
    DeviceRemoteDesktop,
    DeviceRemovableMedia,
    DeviceSoftware,
    DeviceSshd,
    DeviceSudo,
    DeviceTimeSync,
)
"""Kinds that the registry decides, with what Wine answers of services and programs."""
SCRIPT = Path(__file__).with_name("look_and_print.py")
NOTHING_RUNS: dict[str, Any] = {"processes": [], "removable_drives": [], "services": {}}
Looked = dict[str, dict[str, Any]]


@pytest.fixture(scope="module")
def wine(new_windows: Callable[[str], Path]) -> Iterator[WineRegistry]:
    made = WineRegistry(new_windows("registry"))
    yield made
    made.stop()


def look_in(wine: WineRegistry, export: str, *kinds: str) -> Looked:
    """Import an export into a fresh registry and look."""
    wine.forget()
    file = f"Z:{wine.take_in(export)}" if export else ""
    lines = wine.python(SCRIPT, file, *kinds).splitlines()
    return {row["kind"]: row for row in map(json.loads, lines)}


def recorded(tmp_path: Path, export: str) -> Looked:
    """Look at the same export as it is read without Windows."""
    host = RecordedHost(tmp_path, {}, RecordedWindows(parse_export(export), NOTHING_RUNS))
    rows: Looked = {}
    for kind in REGISTRY_ALONE:
        one = seen(host, kind, "windows")
        fields = plain_fact(one.fact) if one.fact else None
        why = one.not_seen.reason if one.not_seen else ""
        rows[kind.KIND] = {"kind": kind.KIND, "fields": fields, "not_seen": why}
    return rows


@pytest.mark.parametrize(
    "name",
    [
        "ja-home-11-25h2",
        "ja-pro-11-domain-wsus",
        "de-home-10-1909",
        "en-education-11-mdm",
    ],
)
def test_a_real_registry_gives_the_same_facts(wine, tmp_path, name):
    export = of_the_person_here((MACHINES / f"{name}.reg").read_text("utf-8"))
    kinds = [kind.KIND for kind in REGISTRY_ALONE]
    found, expected = look_in(wine, export, *kinds), recorded(tmp_path, export)
    if fields := expected["device.boot"]["fields"]:
        fields["tpm"] = "none"  # Windows' own function, which Wine has, tells that there is none
    assert found == expected


LISTEN = """
import json, socket
from tojimari.collect.running_windows import RunningWindows
kinds = [(socket.AF_INET, "0.0.0.0"), (socket.AF_INET, "127.0.0.1")]
made = [socket.socket(family, kind) for family, _ in kinds for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM)]
for index, one in enumerate(made):
    one.bind((kinds[index // 2][1], 0))
    index % 2 or one.listen()
own = [(("tcp", "udp")[index % 2], *one.getsockname()) for index, one in enumerate(made)]
found = [(one.protocol, one.address, one.port) for one in RunningWindows().sockets()]
services = {name: RunningWindows().running(name) for name in ("RpcSs", "Spooler", "no such")}
print(json.dumps({"missing": [one for one in own if one not in found], "services": services}))
"""


def test_what_listens_and_which_services_run_is_windows_own_answer(wine, tmp_path):
    script = tmp_path / "listen.py"
    script.write_text(LISTEN)
    told = json.loads(wine.python(script))
    assert told == {
        "missing": [],
        "services": {"RpcSs": True, "Spooler": False, "no such": None},
    }


def test_every_collector_ends_with_a_fact_or_a_reason(wine):
    found = look_in(wine, "")
    device = {id_: kind for id_, kind in fact_kinds().items() if id_.startswith("device.")}
    wanted = {id_ for id_, kind in device.items() if kind.SOURCE == "measured"} - {"device.phone"}
    assert set(found) == wanted
    assert not [row for row in found.values() if row["not_seen"] == "our_bug"]
    # Adapters are the machine's own; on a busy one a look may take too long.
    assert found[DeviceDns.KIND]["not_seen"] in ("", "not_looked", "timed_out")
