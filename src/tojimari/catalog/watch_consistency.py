"""Whether what is known about signals fits together and every sentence can be said."""

import string

from tojimari.catalog.linter import Linter
from tojimari.catalog.watch_rule import WatchRule
from tojimari.model import Text

PLACES = frozenset({"n", "source", "target", "name", "engine", "since"})
"""What a sentence may name: how often, who, what it was done to, what the engine calls it, which
engine, since when."""


def check_watch(lint: Linter) -> None:
    """Note what does not fit in ``watch/``."""
    known = lint.content.watch
    lint.languages("watch", known)
    for kind in known.kinds.values():
        if kind.together < 1:
            lint.add("watch/kinds.yaml", f"{kind.id}.together", "1より小さい数です", "is below 1")
        _places(lint, "watch/kinds.yaml", f"{kind.id}.line", kind.line, {"n"})
    for rule in known.rules.values():
        _rule(lint, rule)
    for year in known.sensor_years.values():
        lint.known("watch/sensor_years.yaml", year.id, [year.source], lint.content.sources)
    spoken = {rule.kind for rule in known.rules.values()}
    for id_ in known.kinds:
        if known.kinds[id_].shown and id_ not in spoken:
            lint.add(
                "watch/rules.yaml", id_, "決まりのない気配です", "no rule says what is told of it"
            )


def _rule(lint: Linter, rule: WatchRule) -> None:
    file, content = "watch/rules.yaml", lint.content
    lint.known(file, f"{rule.id}.kind", [rule.kind], content.watch.kinds)
    if rule.settled_by:
        lint.known(file, f"{rule.id}.settled_by", [rule.settled_by], content.watch.kinds)
    if rule.incident:
        lint.known(file, f"{rule.id}.incident", [rule.incident], content.incidents.playbooks)
    for name in ("at_least", "within_minutes", "again_days", "ours_days"):
        if getattr(rule, name) < 1:
            lint.add(file, f"{rule.id}.{name}", "1より小さい数です", "is below 1")
    if (rule.kind == "steady") != (rule.steady is not None):
        lint.add(
            file, f"{rule.id}.steady", "kind が steady のときだけ書きます", "goes with kind: steady"
        )
    if rule.settled_by and not rule.wait_minutes:
        lint.add(file, f"{rule.id}.wait_minutes", "待つ時間がありません", "does not wait for it")
    for name in ("what", "danger", "do", "ours"):
        text: Text | None = getattr(rule, name)
        if text is not None:
            _places(lint, file, f"{rule.id}.{name}", text, PLACES & set(rule.sample))


def _places(
    lint: Linter, file: str, key: str, text: Text, allowed: set[str] | frozenset[str]
) -> None:
    for lang in ("ja", "en"):
        try:
            said = {
                name.partition("|")[0]
                for _, name, _, _ in string.Formatter().parse(getattr(text, lang))
                if name is not None
            }
        except ValueError as error:
            lint.add(file, f"{key}.{lang}", f"波かっこの誤り ({error})", f"bad braces ({error})")
            continue
        for name in sorted(said - set(allowed)):
            lint.add(file, f"{key}.{lang}", f"「{name}」は使えません", f"cannot say {name!r}")
