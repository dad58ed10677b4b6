"""What a matter is in plain words: the rule's sentences, without the names that never came here."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.utils import timezone

from tojimari.model import Lang
from tojimari.portal.sensors.models import HeardDay, Matter
from tojimari.portal.words import catalog, say

_NAMES = ("source", "target", "name", "engine")


def told_values(matter: Matter) -> dict[str, Any]:
    """Return what a notice keeps of a matter; a name that somebody gave a computer stays out."""
    return {"rule": matter.rule, "n": matter.n, "since": matter.first.isoformat()}


def rule_values(told: Mapping[str, Any], lang: Lang) -> dict[str, object]:
    """Return what the rule's sentences may name: addresses and names stayed on the computer."""
    since = timezone.localtime(datetime.fromisoformat(str(told["since"])))
    names = dict.fromkeys(_NAMES, say("watched.kept_there", lang))
    return {"n": int(told["n"]), "since": f"{since:%Y-%m-%d %H:%M}", **names}


def what_text(told: Mapping[str, Any], lang: Lang) -> str:
    """Return what happened, in one sentence. told: as ``told_values`` gives it."""
    rule = catalog().watch.rules.get(str(told["rule"]))
    if rule is None:  # of an earlier catalog
        return say("watched.unknown_rule", lang)
    return rule.what.say(lang, **rule_values(told, lang))


def matter_text(told: Mapping[str, Any], lang: Lang) -> str:
    """Return what happened, whether it is dangerous, and the one thing to do."""
    rule = catalog().watch.rules.get(str(told["rule"]))
    if rule is None:
        return what_text(told, lang)
    values = rule_values(told, lang)
    return "\n".join(text.say(lang, **values) for text in (rule.what, rule.danger, rule.do))


def where_text(matter: Matter | HeardDay, lang: Lang) -> str:
    """Return where it was heard: by which computer, and at which line."""
    name = matter.device.name or say("watched.a_computer", lang)
    if matter.subject_kind == HeardDay.LINE:
        return say("watched.at_line", lang, line=matter.subject_id, name=name)
    return name
