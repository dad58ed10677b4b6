"""The types every room shares. This package imports nothing of ours."""

from tojimari.model.assessment import Assessment, ControlStanding
from tojimari.model.errors import TojimariError
from tojimari.model.facts.base import Fact
from tojimari.model.findings import OPEN, Finding, State, worst
from tojimari.model.names import shown_name, shown_numbers
from tojimari.model.observations import (
    OUTSIDE,
    NotSeen,
    Observation,
    Source,
    StoredObservation,
    Subject,
    SubjectKind,
    UnknownReason,
    looked_at,
    new_id,
    restored,
    seen,
    seen_from_outside,
    stored,
    unseen,
)
from tojimari.model.text import LANGS, Lang, Text

__all__ = [
    "LANGS",
    "OPEN",
    "OUTSIDE",
    "Assessment",
    "ControlStanding",
    "Fact",
    "Finding",
    "Lang",
    "NotSeen",
    "Observation",
    "Source",
    "State",
    "StoredObservation",
    "Subject",
    "SubjectKind",
    "Text",
    "TojimariError",
    "UnknownReason",
    "looked_at",
    "new_id",
    "restored",
    "seen",
    "seen_from_outside",
    "shown_name",
    "shown_numbers",
    "stored",
    "unseen",
    "worst",
]
