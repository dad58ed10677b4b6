"""Kinds of task as the catalog declares them: titles, what helps with what, and their values."""

from collections.abc import Mapping
from typing import Any

from tojimari.model import Lang

_STUB = {
    "security_updates": ("セキュリティー更新を入れる", "install security updates"),
    "package": ("一つのソフトを更新する", "update one package"),
}


def kind_rows(lang: Lang) -> list[tuple[str, str]]:
    """Return (id, title) of every kind, in the catalog's order."""
    return [(id_, ja if lang == "ja" else en) for id_, (ja, en) in _STUB.items()]


def title_of(kind: str, args: Mapping[str, Any], lang: Lang) -> str:
    """Return what a task does, with its values; the kind itself where the catalog knows it no more."""
    title = dict(kind_rows(lang)).get(kind, kind)
    return f"{title}: {', '.join(map(str, args.values()))}" if args else title


def kinds_for(control: str) -> list[str]:
    """Return the kinds that help with a control."""
    return ["security_updates"] if control == "os-updates-pc" else []


def checked_args(kind: str, args: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return the values of a task as the catalog declares them; None where they do not fit."""
    return dict(args) if kind in _STUB else None
