"""Whom the shares of a table are of, in words: as written, else as the conditions say."""

from collections.abc import Mapping

from tojimari.ask.questionnaire import options_of
from tojimari.catalog import load_catalog
from tojimari.model import Text, When
from tojimari.model.conditions import named
from tojimari.survey.schema import Derived, Question, Questionnaire

LONGEST = 160
"""Characters of a condition in words; a longer one only names its questions."""
_FIRMS = ("企業", "会社", "事業者", "事業所")


def everybody(questionnaire: Questionnaire) -> Text:
    """Return the words for all respondents; firms are called so where the survey is about them."""
    firms = any(word in questionnaire.universe.ja for word in _FIRMS)
    return load_catalog().ui("survey.everybody" if firms else "survey.everybody_any")


def base_of(
    asked: Question | Derived, questionnaire: Questionnaire, row_when: When | None = None
) -> Text:
    """Return whom a question, or a row of it with its own condition, is asked, in words."""
    if asked.base is not None:
        return asked.base
    conditions = [when for when in (asked.when, row_when) if when is not None]
    if not conditions:
        return everybody(questionnaire)
    when = conditions[0] if len(conditions) == 1 else When(all=tuple(conditions))
    subjects: dict[str, Question | Derived] = {q.id: q for q in questionnaire.questions}
    subjects |= {derived.id: derived for derived in questionnaire.derived}
    words = _words(when, subjects)
    if max(len(words.ja), len(words.en)) > LONGEST:
        ids = sorted(named(when))
        return Text(
            ja=f"条件に合う回答者（質問 {'、'.join(ids)} の答えによる）",
            en=f"those to whom it applies (by their answers to {', '.join(ids)})",
        )
    return Text(ja=f"{words.ja}の回答者", en=f"those with {words.en}")


def in_words(when: When, questionnaire: Questionnaire) -> Text:
    """Return a condition in words; every question it names has to be there."""
    return _words(when, {question.id: question for question in questionnaire.questions})


def _words(when: When, subjects: Mapping[str, Question | Derived]) -> Text:
    for parts, ja, en in ((when.all, "、かつ", " and "), (when.any, "、または", " or ")):
        if parts is not None:
            said = [_inside(part, subjects) for part in parts]
            if len(said) == 1:
                return said[0]
            return Text(
                ja=ja.join(text.ja for text in said),
                en="(" + en.join(text.en for text in said) + ")",
            )
    if when.no is not None:
        inner = _words(when.no, subjects)
        return Text(ja=f"「{inner.ja}」以外", en=f"not {inner.en}")
    return _test(when, subjects[when.question])


def _inside(part: When, subjects: Mapping[str, Question | Derived]) -> Text:
    """Return one part in words; in Japanese too it shows what belongs together."""
    said = _words(part, subjects)
    several = len(part.all or part.any or ()) > 1
    return Text(ja=f"（{said.ja}）", en=said.en) if several else said


def _test(when: When, subject: Question | Derived) -> Text:
    name = Text(ja=f"「{_short(subject.text.ja)}」", en=f'"{_short(subject.text.en)}"')
    rows = [row for row in getattr(subject, "rows", ()) if row.id == when.row]
    if rows:
        name = Text(ja=f"「{_short(rows[0].text.ja)}」", en=f'"{_short(rows[0].text.en)}"')
    if when.answered is not None:
        return (
            Text(ja=f"{name.ja}に回答", en=f"an answer to {name.en}")
            if when.answered
            else Text(ja=f"{name.ja}に無回答", en=f"no answer to {name.en}")
        )
    if when.at_least is not None:
        return Text(
            ja=f"{name.ja}が{when.at_least:g}以上", en=f"{name.en} at least {when.at_least:g}"
        )
    if when.at_most is not None:
        return Text(ja=f"{name.ja}が{when.at_most:g}以下", en=f"{name.en} at most {when.at_most:g}")
    chosen = when.one_of if when.one_of is not None else when.none_of or ()
    ja = "か".join(f"「{text.ja}」" for text in _answers(subject, chosen))
    en = " or ".join(f'"{text.en}"' for text in _answers(subject, chosen))
    if when.one_of is not None:
        return Text(ja=f"{name.ja}が{ja}", en=f"{name.en} = {en}")
    return Text(ja=f"{name.ja}が{ja}でない", en=f"{name.en} other than {en}")


def _answers(subject: Question | Derived, ids: tuple[str, ...]) -> list[Text]:
    if isinstance(subject, Derived):
        texts = {group.id: group.text for group in subject.groups}
    else:
        texts = {option.id: option.text for option in options_of(subject)}
    return [texts[id_] for id_ in ids if id_ in texts]


def _short(text: str) -> str:
    return text if len(text) <= 60 else f"{text[:59]}…"
