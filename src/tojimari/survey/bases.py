"""Who was asked a question, in words: what stands over its table when the questionnaire is silent."""

from collections.abc import Sequence

from tojimari.ask.piping import PIPE
from tojimari.ask.questionnaire import options_of
from tojimari.catalog import load_catalog
from tojimari.model import Lang, Text, When
from tojimari.survey.schema import Questionnaire


def base_of(questionnaire: Questionnaire, *conditions: When | None) -> Text:
    """Return those for whom all of ``conditions`` hold: "those who answered “yes” to “…”"."""
    given = tuple(condition for condition in conditions if condition is not None)
    if not given:
        return load_catalog().ui("survey.everybody")
    return Text(ja=_said(questionnaire, given, "ja"), en=_said(questionnaire, given, "en"))


def _said(questionnaire: Questionnaire, given: Sequence[When], lang: Lang) -> str:
    joint = load_catalog().ui("survey.base_all").say(lang)
    return joint.join(_condition(questionnaire, when, lang) for when in given)


def _condition(questionnaire: Questionnaire, when: When, lang: Lang) -> str:
    ui = load_catalog().ui
    if when.all is not None:
        return _said(questionnaire, when.all, lang)
    if when.any is not None:
        parts = [_condition(questionnaire, part, lang) for part in when.any]
        return ui("survey.base_any").say(lang).join(parts)
    if when.no is not None:
        return ui("survey.base_not").say(lang, base=_condition(questionnaire, when.no, lang))
    return _test(questionnaire, when, lang)


def _test(questionnaire: Questionnaire, when: When, lang: Lang) -> str:
    ui = load_catalog().ui
    question, answers = _named(questionnaire, when, lang)
    if when.answered is not None:
        key = "base_answered" if when.answered else "base_not_answered"
        return ui(f"survey.{key}").say(lang, question=question)
    chosen = when.one_of if when.one_of is not None else when.none_of
    if chosen is not None:
        quoted = [ui("survey.base_quote").say(lang, answer=answers.get(id_, id_)) for id_ in chosen]
        key = "base_chose" if when.one_of is not None else "base_chose_not"
        words = ui("survey.base_any").say(lang).join(quoted) if lang == "en" else "".join(quoted)
        return ui(f"survey.{key}").say(lang, question=question, answers=words)
    if when.at_least is not None and when.at_most is not None:
        limits = {"least": f"{when.at_least:g}", "most": f"{when.at_most:g}"}
        return ui("survey.base_between").say(lang, question=question, **limits)
    if when.at_least is not None:
        return ui("survey.base_at_least").say(lang, question=question, number=f"{when.at_least:g}")
    return ui("survey.base_at_most").say(lang, question=question, number=f"{when.at_most:g}")


def _named(questionnaire: Questionnaire, when: When, lang: Lang) -> tuple[str, dict[str, str]]:
    """Return the text of the question (or derived variable) that is tested, and its answers'."""
    for question in questionnaire.questions:
        if question.id == when.question:
            words = PIPE.sub("…", question.text.say(lang)).rstrip("。.")
            rows = [row.text.say(lang) for row in question.rows if row.id == when.row]
            answers = {option.id: option.text.say(lang) for option in options_of(question)}
            return " ".join([words, *rows]), answers
    for derived in questionnaire.derived:
        if derived.id == when.question:
            return derived.text.say(lang), {g.id: g.text.say(lang) for g in derived.groups}
    return when.question, {}
