"""The types every room shares. This package imports nothing of ours."""

from tojimari.model.answers import DONT_KNOW, Answer, Answers, Given
from tojimari.model.assessment import Assessment, ControlStanding
from tojimari.model.conditions import When
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
    "DONT_KNOW",
    "LANGS",
    "OPEN",
    "OUTSIDE",
    "Answer",
    "Answers",
    "Assessment",
    "ControlStanding",
    "Fact",
    "Finding",
    "Given",
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
    "When",
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
