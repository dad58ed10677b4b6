"""When two facts are the same, and which facts follow one another: shared by every store."""

from tojimari.catalog import Catalog
from tojimari.model import Observation
from tojimari.model.facts import (
    CompanyAnswer,
    LessonLearned,
    PaperEvidence,
    RecordEvidence,
    StepPutOff,
)


def slot_of(observation: Observation) -> str:
    """Return what tells facts of one kind about one subject apart: the question, the control."""
    match observation.fact:
        case CompanyAnswer(question=question):
            return question
        case StepPutOff(step=step):
            return step
        case LessonLearned(control=control):
            return control
        case PaperEvidence() | RecordEvidence() as evidence:
            return f"{evidence.control} {evidence.done_on}"
        case _:
            return ""


def same_fact(old: Observation, new: Observation, catalog: Catalog) -> bool:
    """Return whether ``new`` says again what ``old`` said, by the kind's own rule (equal_on).

    What only a newer program can read is the same where it is the same to the letter.
    """
    if old.kind_version != new.kind_version or old.source != new.source:
        return False
    if old.fact is None or new.fact is None:
        return old.fact is new.fact and old.not_seen == new.not_seen and old.unread == new.unread
    kind = catalog.facts.get(new.kind)
    names = kind.equal_on if kind and kind.equal_on else new.fact.__struct_fields__
    return old.partly_not_seen == new.partly_not_seen and all(
        getattr(old.fact, name) == getattr(new.fact, name) for name in names
    )
