"""The files of a new control: everything that stands around what only a person can write."""

import json
import re
from datetime import date
from keyword import iskeyword
from pathlib import PurePosixPath

import msgspec

from tojimari.catalog.blanks import BLANK
from tojimari.catalog.load import Catalog
from tojimari.catalog.schema import Platform, Theme
from tojimari.model import Text, TojimariError
from tojimari.model.facts import fact_kinds

MEASURED = ("device", "site", "mail_domain", "network")
"""Kinds of subjects that checks measure; a fact kind's first word is one of them."""
_NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
_KIND = re.compile(r"([a-z_]+)\.[a-z][a-z0-9]*(_[a-z0-9]+)*")
_NAME_LETTERS = 40
_YES = Text(ja="しています", en="Yes")
_PARTLY = Text(ja="一部だけしています", en="Partly")
_NO = Text(ja="していません", en="No")


class BadDraft(TojimariError):
    """What was given cannot become a new control. Nothing was written."""


class Draft(msgspec.Struct, frozen=True):
    """What a person says about a new control.

    Attributes:
        name: id of the control and of its question, e.g. ``usb-ports``.
        title: what should be in place, in a few words.
        question: what the company is asked.
        theme: part of the catalog it belongs to.
        threat: id of the threat it chiefly stops.
        source: id of the source that asks for it.
        steps: platform -> how to do it; a platform without steps gets one to write.
        fact: id of the fact kind that a check reads, new or known; "" for asked only.
        as_of: the day it is written.
    """

    name: str
    title: Text
    question: Text
    theme: Theme
    threat: str
    source: str
    steps: dict[Platform, tuple[Text, ...]]
    as_of: date
    fact: str = ""


def check_name(name: str, catalog: Catalog) -> None:
    """Raise BadDraft when ``name`` cannot be the id of a new control."""
    if not _NAME.fullmatch(name) or len(name) > _NAME_LETTERS or iskeyword(name):
        raise BadDraft(
            f"「{name[:60]}」は名前に使えません。英小文字と数字をハイフンでつなぎ、{_NAME_LETTERS}字までで書いてください "
            "(例: usb-ports)。",
            f"{name[:60]!r} cannot be a name. Use up to {_NAME_LETTERS} small letters and digits "
            "joined by hyphens (e.g. usb-ports).",
        )
    if name in catalog.controls or name in catalog.questions:
        raise BadDraft(
            f"「{name}」はもうあります。`tojimari catalog show {name}` で見られます。",
            f"{name!r} exists already. `tojimari catalog show {name}` shows it.",
        )


def check_fact(fact: str) -> None:
    """Raise BadDraft when ``fact`` is neither "" nor can be the id of a measured fact kind."""
    found = _KIND.fullmatch(fact)
    if fact and (found is None or found[1] not in MEASURED or len(fact) > _NAME_LETTERS):
        kinds = ", ".join(MEASURED)
        raise BadDraft(
            f"「{fact[:60]}」は事実の種類に使えません。対象 ({kinds}) のあとに点と名前を書いてください "
            "(例: device.usb_ports)。",
            f"{fact[:60]!r} cannot be a fact kind. Write the subject ({kinds}), a dot and a name "
            "(e.g. device.usb_ports).",
        )


def _check_known(draft: Draft, catalog: Catalog) -> None:
    known = ((draft.threat, catalog.threats), (draft.source, catalog.sources))
    for id_, where in known:
        if id_ not in where:
            raise BadDraft(
                f"「{id_[:60]}」はありません。使えるもの: {', '.join(where)}。",
                f"There is no {id_[:60]!r}. Known: {', '.join(where)}.",
            )
    for text in (draft.title, draft.question):
        if not text.ja.strip() or not text.en.strip():
            raise BadDraft(
                "題名と質問は、日本語と英語の両方で書いてください。",
                "Give the title and the question in Japanese and in English.",
            )
    if not draft.steps:
        raise BadDraft("どの機器で行うかを一つは選んでください。", "Choose one platform at least.")


def files_of(draft: Draft, catalog: Catalog) -> dict[str, bytes]:
    """Return the files of a new control: path in the source tree -> content (UTF-8).

    Raises BadDraft for a name that is taken, and for ids that the catalog does not know.
    """
    check_name(draft.name, catalog)
    check_fact(draft.fact)
    _check_known(draft, catalog)
    package, module = PurePosixPath("src/tojimari"), draft.name.replace("-", "_")
    made = {
        package / f"catalog/controls/{draft.name}.yaml": _control(draft),
        package / f"catalog/questions/{draft.name}.yaml": _question(draft, catalog),
        PurePosixPath(f"tests/assess/checks/test_{module}.py"): _test(draft),
    }
    if draft.fact:
        made[package / f"assess/checks/{module}.py"] = _check(draft)
    if draft.fact and draft.fact not in fact_kinds():
        made[package / f"catalog/facts/{draft.fact}.yaml"] = _fact_kind(draft)
        made[package / f"model/facts/{_fact_module(draft.fact)}.py"] = _fact_type(draft)
    return {str(path): text.encode() for path, text in made.items()}


def _quoted(text: str) -> str:
    """Return ``text`` as a YAML scalar in double quotes; JSON's are all of YAML's."""
    return json.dumps(text, ensure_ascii=False)


def _both(text: Text) -> str:
    return f"{{ja: {_quoted(text.ja)}, en: {_quoted(text.en)}}}"


def _blank(ja: str, en: str) -> Text:
    return Text(ja=f"{BLANK.ja} {ja}", en=f"{BLANK.en} {en}")


def _control(draft: Draft) -> str:
    plain = _blank(
        "何をして、なぜ役に立つか、やさしい言葉で", "what it does and why it helps, in plain words"
    )
    undo = _blank("元に戻す方法", "how to undo it")
    no_need = _blank("この対策がいらない会社", "which companies do not need it")
    subject = draft.fact.partition(".")[0]
    seen_by = {"": "record", "device": "device"}.get(subject, "network")
    lines = [
        f"id: {draft.name}",
        f"theme: {draft.theme}",
        f"title: {_both(draft.title)}",
        f"do: {_both(_blank('すること (～する)', 'what to do, as an order'))}",
        f"plain: {_both(plain)}",
        "stops:",
        f"  - {{threat: {draft.threat}, main: true}}",
        f"seen_by: [{seen_by}]",
        "how:",
    ]
    for platform, steps in draft.steps.items():
        lines.append(f"  {platform}:")
        lines += [
            f"    - {_both(step)}" for step in steps or (_blank("一つ目の手順", "the first step"),)
        ]
    lines += [
        "minutes: 10  # how long it takes",
        "yen: 0  # what it costs",
        f"undo: {_both(undo)}",
        f"not_applicable: {_both(no_need)}",
        f"sources: [{draft.source}]",
        f"as_of: {draft.as_of.isoformat()}",
    ]
    if not draft.fact:
        what = _blank("何の記録で示すか", "which record shows it")
        lines += ["evidence:", "  kind: record", f"  what: {_both(what)}", "  renew_days: 365"]
        return "\n".join(lines) + "\n"
    for code, ja, en in (
        ("in_place", "できていたときの文", "the sentence when it is in place"),
        ("not_in_place", "できていないときの文", "the sentence when it is not"),
    ):
        lines += ["reasons:"] if code == "in_place" else []
        lines += [f"  {code}:", f"    text: {_both(_blank(ja, en))}"]
    return "\n".join(lines) + "\n"


def _question(draft: Draft, catalog: Catalog) -> str:
    order = max((one.order for one in catalog.questions.values() if one.stage == "more"), default=0)
    lines = [
        f"id: {draft.name}",
        "stage: more",
        f"order: {order + 10}",
        "type: single",
        f"text: {_both(draft.question)}",
        f"help: {_both(_blank('例', 'an example'))}",
        f"sources: [{draft.source}]",
        f"as_of: {draft.as_of.isoformat()}",
        "options:",
    ]
    for id_, text, state in (
        ("all", _YES, "met"),
        ("some", _PARTLY, "partly"),
        ("none", _NO, "not_met"),
    ):
        lines += [
            f"  - id: {id_}",
            f"    text: {_both(text)}",
            f"    says: {{{draft.name}: {state}}}",
        ]
    return "\n".join(lines) + "\n"


def _fact_module(fact: str) -> str:
    return fact.replace(".", "_")


def _fact_class(fact: str) -> str:
    known = fact_kinds().get(fact)
    name = "".join(word.capitalize() for word in re.split(r"[._]", fact))
    return known.__name__ if known is not None else name


def _fact_home(fact: str) -> str:
    """Return the module that the type of ``fact`` is imported from."""
    home = "tojimari.model.facts"
    return home if fact in fact_kinds() else f"{home}.{_fact_module(fact)}"


def _fact_kind(draft: Draft) -> str:
    about = _blank("何を見るか", "what is seen")
    lines = [
        f"id: {draft.fact}",
        f"title: {_both(draft.title)}",
        f"about: {_both(about)}",
        "max_age_days: 14",
        "sensitivity: internal",
        "fields:",
        "- name: active",
        f"  about: {_both(_blank('効いているか', 'whether it is in effect'))}",
    ]
    return "\n".join(lines) + "\n"


def _fact_type(draft: Draft) -> str:
    return f'''"""What is seen for the control {draft.name}."""

from typing import ClassVar

from tojimari.model.facts.base import Fact


class {_fact_class(draft.fact)}(Fact, frozen=True, forbid_unknown_fields=True):
    """Whether what {draft.name} asks for is in effect.

    Attributes:
        active: whether it is in effect.
    """

    KIND: ClassVar[str] = "{draft.fact}"

    active: bool
'''


def _check(draft: Draft) -> str:
    shape = _fact_class(draft.fact)
    return f'''"""Is what {draft.name} asks for in place?"""

from tojimari.assess.check import Facts, Verdict, check
from tojimari.catalog import Catalog
from tojimari.model import NotSeen
from {_fact_home(draft.fact)} import {shape}


@check("{draft.name}", reads=({shape},))
def judge(facts: Facts, catalog: Catalog) -> Verdict:
    """Judge ``facts[{shape}]``: met with reason in_place, not met with not_in_place."""
    # To write: the lines below.
    return Verdict("unknown", "not_looked", not_seen=NotSeen("not_looked"))
'''


def _test(draft: Draft) -> str:
    subject = draft.fact.partition(".")[0]
    check_id = draft.name if subject == "device" else f"{draft.name}:{subject}"
    if not draft.fact:
        return _test_of_answers(draft.name)
    if draft.fact in fact_kinds():
        return _test_of_known_fact(check_id, draft.fact)
    return f'''import pytest

from tests.support.facts import fact, judged
from tojimari.model import NotSeen


@pytest.mark.parametrize(
    ("active", "state", "reason"),
    [(True, "met", "in_place"), (False, "not_met", "not_in_place")],
)
def test_what_is_seen_decides(active, state, reason):
    finding = judged("{check_id}", fact("{draft.fact}", {{"active": active}}))
    assert (finding.state, finding.reason) == (state, reason)


def test_what_could_not_be_seen_is_unknown():
    unseen = fact("{draft.fact}", not_seen=NotSeen("no_permission"))
    assert judged("{check_id}", unseen).state == "unknown"
'''


def _test_of_known_fact(check_id: str, fact: str) -> str:
    fields = "".join(f'    "{name}": None,\n' for name in fact_kinds()[fact].__struct_fields__)
    return f'''from tests.support.facts import fact, judged
from tojimari.model import NotSeen

# To write: what is seen where everything is in place.
IN_PLACE = {{
{fields}}}


def test_what_is_seen_decides():
    finding = judged("{check_id}", fact("{fact}", IN_PLACE))
    assert (finding.state, finding.reason) == ("met", "in_place")


def test_what_could_not_be_seen_is_unknown():
    unseen = fact("{fact}", not_seen=NotSeen("no_permission"))
    assert judged("{check_id}", unseen).state == "unknown"
'''


def _test_of_answers(name: str) -> str:
    return f'''from tojimari.assess.answers import meaning
from tojimari.catalog import load_catalog
from tojimari.catalog.blanks import blanks
from tojimari.model import Answer


def test_what_the_answers_mean():
    question = load_catalog().questions["{name}"]
    said = [meaning(question, Answer(question.id, (option.id,))) for option in question.options]
    assert [states["{name}"] for states in said] == ["met", "partly", "not_met"]


def test_every_text_is_written():
    left = [one for one in blanks(load_catalog().content) if one.file.endswith("/{name}.yaml")]
    assert left == []
'''
