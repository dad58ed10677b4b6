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
    """Return (id, title) of every kind that can be proposed, in the catalog's order.

    Those for emergencies are asked for on a page of their own.
    """
    return [
        (one.id, one.title.say(lang)) for one in catalog().task_kinds.values() if not one.emergency
    ]


def titles(lang: Lang) -> dict[str, str]:
    """Return the title of every kind there is."""
    return {one.id: one.title.say(lang) for one in catalog().task_kinds.values()}


def is_emergency(kind: str) -> bool:
    """Return whether a kind is for emergencies: asked for by one person, done at once."""
    declared = kind_of(kind)
    return declared is not None and declared.emergency


def title_of(kind: str, parameters: Mapping[str, str], lang: Lang) -> str:
    """Return what a task does, with its values; the kind itself where the catalog knows it no more."""
    declared = kind_of(kind)
    title = declared.title.say(lang) if declared else kind
    values = [_value(declared, name, value, lang) for name, value in parameters.items()]
    return f"{title}: {', '.join(values)}" if values else title


def _value(declared: TaskKind | None, name: str, value: str, lang: Lang) -> str:
    parameter = declared.parameters.get(name) if declared else None
    return parameter.shown.say(lang, value=value) if parameter and parameter.shown else value


def asked_of(kind: str, lang: Lang) -> str:
    """Return what has to be named for a kind, as its declaration calls it; "" for nothing."""
    declared = kind_of(kind)
    titles = [one.title.say(lang) for one in declared.parameters.values()] if declared else []
    return titles[0] if titles else ""


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
