"""``tojimari history``: what changed from one look to the next."""

import argparse
import sys

import msgspec

from tojimari.assess.changes import Rules, rules_changed, state_changes
from tojimari.cli.session import session
from tojimari.model import Assessment, Lang
from tojimari.report.terminal import HistoryEntry, show_history


def run(arguments: argparse.Namespace, lang: Lang) -> int:
    """Show every stored assessment with the controls whose state changed since the one before."""
    with session(arguments, lang) as s:
        stored = s.store.assessments()
        entries = [
            _entry(before, after) for before, after in zip([None, *stored], stored, strict=False)
        ]
        if arguments.json:
            rows = [
                {
                    "as_of": entry.assessment.as_of,
                    "rules_changed": entry.rules_changed,
                    "changes": [
                        {"control": change.control, "from": change.old, "to": change.new}
                        for change in entry.changes
                    ],
                }
                for entry in entries
            ]
            data = msgspec.json.encode({"schema": "tojimari.history/1", "looks": rows})
            sys.stdout.write(data.decode() + "\n")
        else:
            show_history(entries, s.catalog, lang)
        return 0


def _entry(before: Assessment | None, after: Assessment) -> HistoryEntry:
    return HistoryEntry(
        after,
        tuple(state_changes(before.states if before else None, after.states)),
        rules_changed(_rules(before) if before else None, _rules(after)),
    )


def _rules(assessment: Assessment) -> Rules:
    return Rules(assessment.catalog_version, assessment.check_revisions)
