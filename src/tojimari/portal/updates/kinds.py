"""Kinds of task as the catalog declares them: titles, what helps with what, and their values."""

from collections.abc import Mapping

from tojimari.agent.tasks import TaskRefused, check_parameters
from tojimari.catalog.task_kind import TaskKind
from tojimari.model import Lang
from tojimari.portal.words import catalog


def kind_of(kind: str) -> TaskKind | None:
    """Return what the catalog declares of a kind; None where it knows it no more."""
    return catalog().task_kinds.get(kind)


def kind_rows(lang: Lang) -> list[tuple[str, str]]:
    """Return (id, title) of every kind, in the catalog's order."""
    return [(one.id, one.title.say(lang)) for one in catalog().task_kinds.values()]


def title_of(kind: str, parameters: Mapping[str, str], lang: Lang) -> str:
    """Return what a task does, with its values; the kind itself where the catalog knows it no more."""
    declared = kind_of(kind)
    title = declared.title.say(lang) if declared else kind
    return f"{title}: {', '.join(parameters.values())}" if parameters else title


def kinds_for(control: str) -> list[str]:
    """Return the kinds that help with a control."""
    return [one.id for one in catalog().task_kinds.values() if control in one.controls]


def checked_parameters(kind: str, parameters: Mapping[str, str]) -> dict[str, str] | None:
    """Return the values of a task where they are as the catalog declares; None otherwise."""
    declared = kind_of(kind)
    if declared is None:
        return None
    try:
        check_parameters(declared, parameters)
    except TaskRefused:
        return None
    return dict(parameters)
