"""The types every room shares. This package imports nothing of ours."""

from tojimari.model.answers import DONT_KNOW, Answer, Answers, Given
from tojimari.model.assessment import (
    Assessment,
    BadAssessment,
    ControlStanding,
    NewerAssessment,
    Profile,
    decode_assessment,
    encode_assessment,
)
from tojimari.model.conditions import When
from tojimari.model.errors import TojimariError
from tojimari.model.facts.base import Fact
from tojimari.model.findings import OPEN, STATES, Finding, State, better, worst, worst_first
from tojimari.model.names import shown_name, shown_numbers
from tojimari.model.observations import (
    NotSeen,
    Observation,
    StoredObservation,
    UnknownReason,
    first_hand_subjects,
    looked_at,
    new_id,
    restored,
    seen,
    seen_from_outside,
    stored,
    unseen,
)
from tojimari.model.sources import FIRST_HAND, SOURCES, Source, source_of
from tojimari.model.subjects import (
    Subject,
    SubjectDeclaration,
    SubjectKind,
    declared,
    subject_kinds,
)
from tojimari.model.text import LANGS, Lang, Text

__all__ = [
    "DONT_KNOW",
    "FIRST_HAND",
    "LANGS",
    "OPEN",
    "SOURCES",
    "STATES",
    "Answer",
    "Answers",
    "Assessment",
    "BadAssessment",
    "ControlStanding",
    "Fact",
    "Finding",
    "Given",
    "Lang",
    "NewerAssessment",
    "NotSeen",
    "Observation",
    "Profile",
    "Source",
    "State",
    "StoredObservation",
    "Subject",
    "SubjectDeclaration",
    "SubjectKind",
    "Text",
    "TojimariError",
    "UnknownReason",
    "When",
    "better",
    "declared",
    "decode_assessment",
    "encode_assessment",
    "first_hand_subjects",
    "looked_at",
    "new_id",
    "restored",
    "seen",
    "seen_from_outside",
    "shown_name",
    "shown_numbers",
    "source_of",
    "stored",
    "subject_kinds",
    "unseen",
    "worst",
    "worst_first",
]
