"""The three CSV files that DFIR-IRIS imports: assets first, then indicators, then the timeline.

IRIS compares the first line with its own header, so there is no byte order mark; it splits the
file at line ends before it reads it as CSV, and names at ``;`` and ``|``; a type or category it
does not know refuses the whole file. Each cell is kept from being read as a formula, an asset's
name in the same way wherever it stands.
"""

import csv
import io
from collections.abc import Iterable
from datetime import UTC

from tojimari.lib.formulas import guard
from tojimari.report.incident.case import Case, CaseLine, seen_in
from tojimari.report.incident.exchange import claimed

ASSETS = (
    "asset_name",
    "asset_type_name",
    "asset_description",
    "asset_ip",
    "asset_domain",
    "asset_tags",
)
INDICATORS = ("ioc_value", "ioc_type", "ioc_description", "ioc_tags", "ioc_tlp")
TIMELINE = (
    "event_date",
    "event_tz",
    "event_title",
    "event_category",
    "event_content",
    "event_raw",
    "event_source",
    "event_assets",
    "event_iocs",
    "event_tags",
)
_DEVICE = "Windows - Computer"
"""IRIS has no type for "a computer"; the description says that it was not recorded which."""
_TYPES = {"url": "url", "ip": "ip-any", "sha256": "sha256"}
_TITLE_LETTERS = 120


def _cell(text: str) -> str:
    return guard(" ".join(text.split()))


def _name(text: str) -> str:
    return _cell(text.translate(str.maketrans(";|", "  "))) or "?"


def _written(header: Iterable[str], rows: Iterable[Iterable[str]]) -> bytes:
    out = io.StringIO()
    made = csv.writer(out, lineterminator="\n")
    made.writerow(header)
    made.writerows(rows)
    return out.getvalue().encode()


def assets(case: Case) -> bytes:
    """Return the devices and people touched."""
    devices = dict.fromkeys(map(_name, case.devices))
    persons = [name for name in dict.fromkeys(map(_name, case.persons)) if name not in devices]
    rows = [(name, _DEVICE, "kind of device not recorded", "", "", "") for name in devices]
    rows += [(name, "Account", "a person touched by it", "", "", "") for name in persons]
    return _written(ASSETS, rows)


def indicators(case: Case) -> bytes:
    """Return the addresses and digests people wrote down; nobody judged them."""
    rows = (
        (_ioc(one.value), _TYPES[one.kind], f"written in line {one.line}; not judged", "", "amber")
        for one in seen_in(case.lines)
    )
    return _written(INDICATORS, dict.fromkeys(rows))


def _ioc(value: str) -> str:
    return _cell(value.replace("|", "%7C"))


def timeline(case: Case) -> bytes:
    """Return the lines of the record, with the assets and indicators in them."""
    seen: dict[int, list[str]] = {}
    for one in seen_in(case.lines):
        seen.setdefault(one.line, []).append(_ioc(one.value))
    known = {_name(name) for name in (*case.devices, *case.persons)}
    events = (_event(line, known, seen, case.broken) for line in case.lines)
    return _written(TIMELINE, events)


def _tags(line: CaseLine, broken: int) -> list[str]:
    """Return what is to be known of a line. broken: from which on the record is not as written."""
    said = ["corrected"] if line.corrected_by else []
    return [*said, "not-as-written"] if 0 < broken <= line.number else said


def _event(
    line: CaseLine, known: set[str], seen: dict[int, list[str]], broken: int
) -> tuple[str, ...]:
    asset = _name(line.text) if line.kind in ("device", "person") else ""
    said = f"{line.title}: {line.text}" if line.text else line.title
    return (
        line.at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3],
        "+00:00",
        _cell(said)[:_TITLE_LETTERS],
        "Remediation" if line.kind == "done" else "Unspecified",
        _cell(f"{said} ({claimed(line)})"),
        f"line {line.number}, sha256 {line.digest}",
        "tojimari",
        asset if asset in known else "",
        "|".join(seen.get(line.number, ())),
        ",".join(_tags(line, broken)),
    )
