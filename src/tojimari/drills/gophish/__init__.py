"""What is taken over from GoPhish and handed back: groups (CSV), templates (JSON), results (CSV).

Read for GoPhish 0.12.1. Whatever could not be carried over is named, nothing is dropped in silence.
"""

from tojimari.drills.gophish.errors import BadGophishFile
from tojimari.drills.gophish.groups import GroupFile, Person, Skipped, read_group
from tojimari.drills.gophish.reading import ReadResults, read_results
from tojimari.drills.gophish.results import ResultRow, events_csv, results_csv
from tojimari.drills.gophish.templates import Lost, ReadTemplate, read_template, read_templates

__all__ = [
    "BadGophishFile",
    "GroupFile",
    "Lost",
    "Person",
    "ReadResults",
    "ReadTemplate",
    "ResultRow",
    "Skipped",
    "events_csv",
    "read_group",
    "read_results",
    "read_template",
    "read_templates",
    "results_csv",
]
