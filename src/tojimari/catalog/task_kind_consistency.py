"""Whether kinds of task fit the rest of the catalog, and let nothing through that they should not."""

import re

from tojimari.catalog.linter import Linter

_FILE = "task_kinds.yaml"
_NEVER = ("", "-o", "a b", "a\n", "../a", "a/b", "a=1", "a;b", "$(a)", "a" * 200)
"""No value of a task may be one of these, whatever a kind declares."""


def check_task_kinds(lint: Linter) -> None:
    """Note what does not fit: a pattern that is none, an engine nobody ran that is on by default."""
    lint.languages(_FILE, lint.content.task_kinds)
    for kind in lint.content.task_kinds.values():
        lint.known(_FILE, f"{kind.id}.controls", kind.controls, lint.content.controls)
        lint.known(_FILE, f"{kind.id}.brings", kind.brings, lint.content.task_kinds)
        if kind.emergency and kind.default:
            lint.add(
                _FILE,
                f"{kind.id}.default",
                "緊急の作業は、名前を挙げて許すものです",
                "is for emergencies and so has to be allowed by name",
            )
        if not kind.engines:
            lint.add(_FILE, f"{kind.id}.engines", "仕組みがありません", "has no engine")
        for name, declared in kind.parameters.items():
            key = f"{kind.id}.parameters.{name}.pattern"
            try:
                fits = re.compile(declared.pattern, re.ASCII).fullmatch
            except re.error as error:
                lint.add(_FILE, key, f"形の誤り ({error})", f"is no pattern ({error})")
                continue
            if not fits(declared.example):
                lint.add(_FILE, key, "例に合いません", "does not fit the example")
            for bad in _NEVER:
                if fits(bad):
                    lint.add(_FILE, key, f"{bad[:9]!r} を通します", f"lets {bad[:9]!r} through")
