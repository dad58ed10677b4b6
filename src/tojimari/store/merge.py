"""When two facts are the same, and which facts follow one another: shared by every store."""

from tojimari.catalog import Catalog
from tojimari.model import Observation


def slot_of(observation: Observation) -> str:
    """Return what tells facts of one kind about one subject apart: the question, the control."""
    fields = observation.fields or {}
    if observation.kind == "company.answer":
        return str(fields.get("question", ""))
    if observation.kind in ("paper.kept", "record.kept"):
        return f"{fields.get('control', '')} {fields.get('done_on', '')}"
    return ""


def same_fact(old: Observation, new: Observation, catalog: Catalog) -> bool:
    """Return whether ``new`` says again what ``old`` said, by the kind's own rule (equal_on)."""
    if old.kind_version != new.kind_version or old.source != new.source:
        return False
    if old.fields is None or new.fields is None:
        return old.fields is new.fields and old.not_seen == new.not_seen
    kind = catalog.facts.get(new.kind)
    names = kind.equal_on if kind and kind.equal_on else tuple({*old.fields, *new.fields})
    return old.partly_not_seen == new.partly_not_seen and all(
        old.fields.get(name) == new.fields.get(name) for name in names
    )
