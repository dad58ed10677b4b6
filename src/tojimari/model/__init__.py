"""The types every room shares. This package imports nothing of ours."""

from tojimari.model.answers import DONT_KNOW, Answer, Answers, Given
from tojimari.model.assessment import Assessment, ControlStanding
from tojimari.model.conditions import When
from tojimari.model.errors import CannotWrite, TojimariError
from tojimari.model.facts.base import Fact
from tojimari.model.findings import (
    BEST_FIRST,
    KNOWN,
    OPEN,
    WORST_FIRST,
    Finding,
    State,
    best,
    count_states,
    worst,
)
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
    "BEST_FIRST",
    "DONT_KNOW",
    "KNOWN",
    "LANGS",
    "OPEN",
    "OUTSIDE",
    "WORST_FIRST",
    "Answer",
    "Answers",
    "Assessment",
    "CannotWrite",
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
    "best",
    "count_states",
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
