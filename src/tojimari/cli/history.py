"""``tojimari history``: what changed from one look to the next."""

import argparse
import sys

import msgspec

from tojimari.cli.session import session
from tojimari.model import Assessment, Lang, State
from tojimari.report.terminal import Look, show_history


def run(arguments: argparse.Namespace, lang: Lang) -> int:
    """Show every kept assessment with the controls whose state changed since the one before."""
    with session(arguments, lang) as s:
        kept = s.store.assessments()
        steps = [
            Look(after, tuple(changes(before, after)), rules_changed(before, after))
            for before, after in _pairs(kept)
        ]
        if arguments.json:
            rows = [
                {
                    "as_of": look.assessment.as_of,
                    "rules_changed": look.rules_changed,
                    "changes": [
                        {"control": control, "from": old, "to": new}
                        for control, old, new in look.changes
                    ],
                }
                for look in steps
            ]
            data = msgspec.json.encode({"schema": "tojimari.history/1", "looks": rows})
            sys.stdout.write(data.decode() + "\n")
        else:
            show_history(steps, s.catalog, lang)
        return 0


def _pairs(kept: list[Assessment]) -> list[tuple[Assessment | None, Assessment]]:
    earlier: list[Assessment | None] = [None, *kept]
    return list(zip(earlier, kept, strict=False))


def rules_changed(before: Assessment | None, after: Assessment) -> bool:
    """Return whether the two were judged by different rules, so that a change may be ours."""
    return before is not None and (before.catalog_version, before.check_revisions) != (
        after.catalog_version,
        after.check_revisions,
    )


def changes(before: Assessment | None, after: Assessment) -> list[tuple[str, State, State]]:
    """Return (control, old state, new state) of everything that differs; nothing for the first."""
    if before is None:
        return []
    return [
        (id_, before.controls[id_].state, standing.state)
        for id_, standing in after.controls.items()
        if id_ in before.controls and before.controls[id_].state != standing.state
    ]
