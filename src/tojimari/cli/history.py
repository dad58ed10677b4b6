"""``tojimari history``: what changed from one look to the next."""

import argparse
import sys

import msgspec

from tojimari.cli.session import session
from tojimari.model import Assessment, Lang
from tojimari.report.terminal import show_history


def run(arguments: argparse.Namespace, lang: Lang) -> int:
    """Show every kept assessment with the controls whose state changed since the one before."""
    with session(arguments, lang) as s:
        kept = s.store.assessments()
        steps = [(after, changes(before, after)) for before, after in _pairs(kept)]
        if arguments.json:
            rows = [
                {
                    "as_of": after.as_of,
                    "changes": [
                        {"control": control, "from": old, "to": new}
                        for control, old, new in changed
                    ],
                }
                for after, changed in steps
            ]
            data = msgspec.json.encode({"schema": "tojimari.history/1", "looks": rows})
            sys.stdout.write(data.decode() + "\n")
        else:
            show_history(steps, s.catalog, lang)
        return 0


def _pairs(kept: list[Assessment]) -> list[tuple[Assessment | None, Assessment]]:
    earlier: list[Assessment | None] = [None, *kept[:-1]]
    return list(zip(earlier, kept, strict=True))


def changes(before: Assessment | None, after: Assessment) -> list[tuple[str, str, str]]:
    """Return (control, old state, new state) of everything that differs; nothing for the first."""
    if before is None:
        return []
    return [
        (id_, before.controls[id_].state, standing.state)
        for id_, standing in after.controls.items()
        if id_ in before.controls and before.controls[id_].state != standing.state
    ]
