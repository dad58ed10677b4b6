"""Reads a lender's policy and says what is wrong with it, and what would be unfair or unwise."""

from decimal import Decimal
from itertools import pairwise
from typing import Any, Literal

import msgspec
import yaml

from tojimari.catalog import Catalog
from tojimari.catalog.conversion import convert_whole
from tojimari.catalog.lender_policy import PROOFS, LenderPolicy, Level
from tojimari.catalog.programme_files.reading import BadProgrammeFile, refuse_tricks
from tojimari.catalog.read import parse_yaml, texts
from tojimari.model import Lang, Text, TojimariError

BYTES_AT_MOST = 200_000
LEVELS_AT_MOST = 10
LETTERS_AT_MOST = 1_000
_REFUSING = ("refuse", "reject", "deny", "decline", "exclude", "拒否", "否決", "謝絶")
_SEEN_BY_LOOKING = {"device", "network", "site", "mail_domain"}


class BadPolicy(TojimariError):
    """A file that cannot be read at all."""


class Remark(msgspec.Struct, frozen=True):
    """One thing about a policy: a mistake keeps it from use, a warning has to be thought about."""

    kind: Literal["mistake", "warning"]
    key: str
    reason: Text

    def say(self, lang: Lang) -> str:
        """Return ``key: reason``."""
        return f"{self.key}: {self.reason.ja if lang == 'ja' else self.reason.en}"


class ReadPolicy(msgspec.Struct, frozen=True):
    """A policy that was read, None where a mistake keeps it from use, with all remarks."""

    policy: LenderPolicy | None
    remarks: tuple[Remark, ...]

    @property
    def mistakes(self) -> tuple[Remark, ...]:
        """Return what keeps it from use."""
        return tuple(one for one in self.remarks if one.kind == "mistake")

    @property
    def warnings(self) -> tuple[Remark, ...]:
        """Return what has to be thought about."""
        return tuple(one for one in self.remarks if one.kind == "warning")


def read_policy(name: str, data: bytes, catalog: Catalog) -> ReadPolicy:
    """Return the policy of a YAML file, with every mistake and warning.

    name: of the file, for the message. Raises BadPolicy where it cannot be read at all.
    """
    if len(data) > BYTES_AT_MOST:
        raise BadPolicy(
            f"{name}: 大きすぎます (200 kB まで)。", f"{name}: is too large (200 kB at most)."
        )
    try:
        refuse_tricks(name, data)
        raw = parse_yaml(data)
    except BadProgrammeFile as error:
        raise BadPolicy(error.say("ja"), error.say("en")) from error
    except (yaml.YAMLError, RecursionError, ValueError, ArithmeticError) as error:
        said = " ".join(str(error).split())[:200]
        raise BadPolicy(
            f"{name}: YAMLとして読めません ({said})。", f"{name}: is not valid YAML ({said})."
        ) from error
    policy, found = convert_whole(raw, LenderPolicy)
    remarks = [Remark("mistake", one.key or "$", one.reason) for one in found]
    remarks += [_no_refusing(key) for key in _refusing_keys(raw)]
    if policy is not None:
        remarks += lint_policy(policy, catalog)
    bad = any(one.kind == "mistake" for one in remarks)
    return ReadPolicy(None if bad else policy, tuple(remarks))


def _refusing_keys(value: Any) -> list[str]:
    if isinstance(value, dict):
        own = [str(key) for key in value if any(word in str(key).lower() for word in _REFUSING)]
        return own + [key for one in value.values() for key in _refusing_keys(one)]
    return [key for one in value for key in _refusing_keys(one)] if isinstance(value, list) else []


def _no_refusing(key: str) -> Remark:
    return _mistake(
        key[:40],
        "自動で断ることは書けません。いちばん下の段階は誰でも入れるようにし、人が決めます",
        "a policy cannot refuse: the lowest level is for everybody, and a person decides",
    )


def _mistake(key: str, ja: str, en: str) -> Remark:
    return Remark("mistake", key, Text(ja=ja, en=en))


def _warning(key: str, ja: str, en: str) -> Remark:
    return Remark("warning", key, Text(ja=ja, en=en))


def lint_policy(policy: LenderPolicy, catalog: Catalog) -> list[Remark]:
    """Return what is wrong with a policy's content, and what is unfair or unwise."""
    found = [*_words(policy), *_levels(policy), *_ids(policy, catalog)]
    if not found:
        found += [*_conditions(policy), *_said(policy, catalog), *_order(policy)]
    if policy.sample:
        found.append(
            _warning(
                "sample",
                "見本です。条件と窓口を書き、sample の行を消してから使います",
                "this is a sample: fill in conditions and contact, and take the line sample out",
            )
        )
    return found


def _words(policy: LenderPolicy) -> list[Remark]:
    found = []
    for path, text in texts(policy):
        for lang in ("ja", "en"):
            said = getattr(text, lang)
            key = f"{path.removeprefix('$.')}.{lang}"
            if not said.strip():
                found.append(_mistake(key, "文がありません", "the text is missing"))
            elif len(said) > LETTERS_AT_MOST:
                found.append(
                    _mistake(key, "長すぎます (1000文字まで)", "is too long (1,000 letters)")
                )
            elif any(sign in said for sign in "{}"):
                found.append(_mistake(key, "波かっこは使えません", "cannot hold braces"))
    return found


def _levels(policy: LenderPolicy) -> list[Remark]:
    found, levels = [], policy.levels
    if not 1 <= len(levels) <= LEVELS_AT_MOST:
        found.append(
            _mistake(
                "levels", f"1から{LEVELS_AT_MOST}段階です", f"has 1 to {LEVELS_AT_MOST} levels"
            )
        )
    if len({level.id for level in levels}) != len(levels):
        found.append(_mistake("levels", "同じ id が2回あります", "has an id twice"))
    if levels and levels[-1].needs:
        found.append(
            _mistake(
                f"levels[{len(levels) - 1}].needs",
                "いちばん下の段階に条件があると、どこにも入れない会社が出ます。自動で断ることになるので、条件を消してください",
                "with needs on the lowest level some company would stand nowhere, which is refusing it: take them out",
            )
        )
    found += [
        _mistake(
            f"levels[{place}].needs",
            "上の段階には条件が要ります。なければ、ここより下には誰も来ません",
            "an upper level needs something, or nobody ever stands below it",
        )
        for place, level in enumerate(levels[:-1])
        if not level.needs
    ]
    return found


def _ids(policy: LenderPolicy, catalog: Catalog) -> list[Remark]:
    found = [
        _mistake("sources", f"「{id_}」という出どころはありません", f"unknown source {id_!r}")
        for id_ in policy.sources
        if id_ not in catalog.sources
    ]
    for place, level in enumerate(policy.levels):
        for at, need in enumerate(level.needs):
            key = f"levels[{place}].needs[{at}]"
            found += [
                _mistake(
                    f"{key}.controls",
                    f"「{id_}」という対策はありません",
                    f"unknown control {id_!r}",
                )
                for id_ in need.controls
                if id_ not in catalog.controls
            ]
            if not need.controls or len(set(need.controls)) != len(need.controls):
                found.append(
                    _mistake(
                        f"{key}.controls", "1つ以上、同じものは1回です", "is one or more, each once"
                    )
                )
            if need.at_least is not None and not 1 <= need.at_least <= len(need.controls):
                found.append(
                    _mistake(
                        f"{key}.at_least",
                        "1から対策の数までです",
                        "is from 1 to how many there are",
                    )
                )
    return found


def _conditions(policy: LenderPolicy) -> list[Remark]:
    """Warn where a better level brings less, and where the lowest pays more than usual."""
    found = []
    for name, sign in (("rate", 1), ("guarantee_fee", 1), ("months", -1), ("maximum", -1)):
        given = [
            (place, sign * Decimal(value))
            for place, level in enumerate(policy.levels)
            if (value := getattr(level.conditions, name)) is not None
        ]
        found += [
            _warning(
                f"levels[{upper}].conditions.{name}",
                "下の段階より不利です",
                "is worse than on a level below",
            )
            for (upper, a), (_, b) in pairwise(given)
            if a > b
        ]
    lowest = policy.levels[-1].conditions
    for name in ("rate", "guarantee_fee"):
        value = getattr(lowest, name)
        if value is not None and Decimal(value) > 0:
            found.append(
                _warning(
                    f"levels[{len(policy.levels) - 1}].conditions.{name}",
                    "まだ対策のない会社に上乗せすると、小さい会社ほど始めにくくなります。上の段階の優遇として書いてください",
                    "a surcharge for those without measures keeps the smallest from beginning: write it as a reduction above",
                )
            )
    return found


def _said(policy: LenderPolicy, catalog: Catalog) -> list[Remark]:
    """Warn where saying so is enough for what could be looked at, or for a whole level."""
    found = []
    for place, level in enumerate(policy.levels[:-1]):
        if all(need.by == "said" for need in level.needs):
            found.append(
                _warning(
                    f"levels[{place}].needs",
                    "答えるだけで届く段階です。測った会社より、言っただけの会社が得をします",
                    "is reached by answers alone: it rewards saying over measuring",
                )
            )
            continue
        for at, need in enumerate(level.needs):
            could = [
                id_
                for id_ in need.controls
                if need.by == "said" and _SEEN_BY_LOOKING & set(catalog.controls[id_].seen_by)
            ]
            if could:
                names = ", ".join(could)
                found.append(
                    _warning(
                        f"levels[{place}].needs[{at}].by",
                        f"測れる対策を、答えだけで認めています: {names}",
                        f"takes an answer for what can be measured: {names}",
                    )
                )
    return found


def _order(policy: LenderPolicy) -> list[Remark]:
    """Warn where a better level takes a weaker proof of a control, or does not ask for it at all."""
    found = []
    for place, (upper, lower) in enumerate(pairwise(policy.levels)):
        asked, below = _asked(upper), _asked(lower)
        for control, by in below.items():
            if control not in asked:
                found.append(
                    _warning(
                        f"levels[{place}].needs",
                        f"下の段階が求める「{control}」を求めていません",
                        f"does not ask for {control!r}, which the level below does",
                    )
                )
            elif PROOFS.index(asked[control]) < PROOFS.index(by):
                found.append(
                    _warning(
                        f"levels[{place}].needs",
                        f"「{control}」を、下の段階より弱い証拠で認めています。言うほうが得になります",
                        f"takes a weaker proof of {control!r} than the level below: it rewards saying over measuring",
                    )
                )
    return found


def _asked(level: Level) -> dict[str, str]:
    """Return the strongest proof a level asks for of each control."""
    found: dict[str, str] = {}
    for need in level.needs:
        for control in need.controls:
            if PROOFS.index(need.by) >= PROOFS.index(found.get(control, "said")):
                found[control] = need.by
    return found
