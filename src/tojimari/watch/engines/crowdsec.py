"""CrowdSec: its decisions, one JSON object a line.

What its file plugin writes with the template ``{{range .}}{{.|toJson}}{{println}}{{end}}`` is an
alert with decisions; a list of ``cscli decisions list -o json`` in lines is read as well.
"""

from collections.abc import Iterable
from datetime import datetime

import msgspec

from tojimari.watch.engine import Engine, Hearing, declare, moment, record_of, word
from tojimari.watch.signal import Signal


class _Decision(msgspec.Struct):
    scenario: str = ""
    scope: str = ""
    type: str = ""
    value: str = ""
    origin: str = ""
    simulated: bool = False


class _Source(msgspec.Struct):
    ip: str = ""
    value: str = ""


class _Alert(msgspec.Struct):
    scenario: str
    created_at: str = ""
    start_at: str = ""
    stop_at: str = ""
    simulated: bool = False
    source: _Source | None = None
    decisions: list[_Decision] | None = None


_decoder = msgspec.json.Decoder(_Alert)


def signals_of(line: bytes, hearing: Hearing) -> Iterable[Signal]:
    """Who was shut out, or what was noticed without a decision."""
    alert = record_of(_decoder, line)
    said = alert.stop_at or alert.created_at or alert.start_at
    at = moment(said, hearing) if said else hearing.now
    made = [one for one in alert.decisions or () if one.origin in ("", "crowdsec", "cscli")]
    source = alert.source.ip or alert.source.value if alert.source else ""
    if not made:
        # A list of the community's addresses is no deed of anybody here.
        quiet = bool(alert.decisions) or not source
        return () if quiet else (_signal("guess", at, source, alert, stopped=False),)
    return tuple(
        _signal(
            "ban" if one.type == "ban" else "guess",
            at,
            one.value or source,
            alert,
            stopped=not (one.simulated or alert.simulated),
        )
        for one in made
    )


def _signal(kind: str, at: datetime, source: str, alert: _Alert, *, stopped: bool) -> Signal:
    return Signal(
        kind=kind,
        at=at,
        source=word(source),
        target=word(alert.scenario.rpartition("/")[2]),
        name=word(alert.scenario),
        severity="low",
        stopped=stopped,
    )


ENGINE = declare(
    Engine(
        id="crowdsec",
        title="CrowdSec",
        guards="accounts",
        usual=("/var/log/crowdsec_alerts.json",),
        signals_of=signals_of,
        kinds=("guess", "ban"),
        proof="published",
    )
)
