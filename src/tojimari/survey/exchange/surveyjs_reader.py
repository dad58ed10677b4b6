"""Reads a SurveyJS form as it is: what holds a question is taken, everything else is named."""

import html
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec

from tojimari.ask.questionnaire import QuestionType, Row
from tojimari.model import DONT_KNOW, Text
from tojimari.survey.consistency import MAX_CHARS
from tojimari.survey.exchange.assembly import TO_WRITE, Assembly, Part, options_named, say_names
from tojimari.survey.exchange.expressions import read_surveyjs
from tojimari.survey.exchange.languages import Languages, chosen_languages
from tojimari.survey.exchange.names import Names, plain_id
from tojimari.survey.exchange.omissions import Omissions, Place
from tojimari.survey.exchange.surveyjs import SAID
from tojimari.survey.exchange.surveyjs_file import read_form
from tojimari.survey.schema import Option, Question, Questionnaire
from tojimari.survey.spelling import plain

Raw = Mapping[str, Any]
"""An object of the file: anything may stand in it."""
_REFERENCE = re.compile(r"\{([^{}]+)\}")
_KANA = re.compile("[\u3040-\u30ff]")
_KINDS: dict[str, QuestionType] = {
    "radiogroup": "single", "dropdown": "single", "buttongroup": "single", "imagepicker": "single",
    "rating": "single", "boolean": "single", "checkbox": "several", "tagbox": "several",
    "comment": "text", "text": "text", "matrix": "matrix", "ranking": "matrix", "slider": "number",
    "sortablelist": "matrix", "nouislider": "number", "bootstrapslider": "number",
}  # fmt: skip
_LISTED = {"radiogroup", "dropdown", "checkbox", "tagbox", "imagepicker", "buttongroup"}
"""Types whose options stand in one list without an order of their own."""
_NO_QUESTION = {"html", "image", "expression"}
_WRITTEN = {"date", "datetime", "datetime-local", "time", "month", "week", "email", "tel", "url", "color", "password"}  # fmt: skip
_TEXTS = {"title", "description", "text", "html", "labelTrue", "labelFalse", "otherText", "noneText", "dontKnowText", "refuseText", "minRateDescription", "maxRateDescription", "mininumRateDescription", "maximumRateDescription"}  # fmt: skip
_READ = {
    "": {"locale", "title", "description", "pages", "elements", "questions", "tojimari", "triggers"},
    "page": {"name", "title", "elements", "questions", "visibleIf", "visible", "enableIf", "type", "templateElements", "description"},
    "choice": {"value", "text", "isExclusive", "visibleIf", "enableIf", "imageLink"},
    "table": {"type", "name", "title", "description", "visibleIf", "visible", "enableIf", "readOnly", "choices", "columns", "rows", "cellType", "items"},
    "row": {"value", "text", "visibleIf", "name", "title"},
    "element": {
        "type", "name", "title", "description", "isRequired", "visibleIf", "visible", "enableIf",
        "choices", "choicesOrder", "maxSelectedChoices", "inputType", "min", "max", "step",
        "maxLength", "columns", "rows", "isAllRowRequired", "eachRowRequired", "valueName", "readOnly",
        "rateMin", "rateMax", "rateStep", "rateValues", "rateCount", "minRateDescription",
        "maxRateDescription", "mininumRateDescription", "maximumRateDescription", "labelTrue", "labelFalse", "valueTrue", "valueFalse", "hasOther",
        "showOtherItem", "otherText", "hasNone", "showNoneItem", "noneText", "showDontKnowItem",
        "dontKnowText", "showRefuseItem", "refuseText", "hasSelectAll", "showSelectAllItem",
        "multiSelect", "items", "choicesFromQuestion", "choicesMin", "choicesMax", "choicesStep",
        "validators", "rangeMin", "rangeMax", "cellType", "choicesByUrl", "requiredIf",
        "choicesVisibleIf", "storeOthersAsComment", "columnsVisibleIf", "rowsVisibleIf",
    },
}  # fmt: skip
_LOOKS = {
    "colCount", "columnColCount", "startWithNewLine", "width", "minWidth", "maxWidth", "indent",
    "titleLocation", "descriptionLocation", "hideNumber", "showNumber", "questionTitleLocation",
    "placeholder", "placeHolder", "optionsCaption", "size", "cols", "autoGrow", "allowResize", "rowsHeight",
    "showQuestionNumbers", "showProgressBar", "progressBarType", "questionsOnPageMode", "showTitle",
    "showPageTitles", "logo", "logoWidth", "logoHeight", "logoPosition", "logoFit", "widthMode",
    "state", "innerIndent", "useDisplayValuesInTitle", "renderAs", "swapOrder", "rateType",
    "displayMode", "searchEnabled", "closeOnSelect", "showClearButton", "allowClear", "imageFit",
    "imageHeight", "imageWidth", "contentMode", "showLabel", "itemSize", "itemTitleWidth", "goNextPageAutomatic",
    "pagePrevText", "pageNextText", "completeText", "startSurveyText", "previewText", "editText",
    "requiredText", "questionStartIndex", "questionErrorLocation", "errorLocation", "isSinglePage",
    "maxTextLength", "maxOthersLength", "checkErrorsMode", "textUpdateMode", "focusFirstQuestionAutomatic",
    "firstPageIsStarted", "fitToContainer", "headerView", "cssType", "css", "mobileView", "alternateRows",
    "verticalAlign", "rowTitleWidth", "displayRateDescriptionsAsExtremeItems", "rateDescriptionLocation",
    "scaleColorMode", "rateColorMode", "autocomplete", "horizontalScroll", "columnMinWidth", "showCompletedPage",
    "questionTitlePattern", "showNavigationButtons", "showPrevButton", "showTOC", "tocLocation", "backgroundImage",
    "backgroundOpacity", "calculatedWidth", "showHeader", "transposeData", "columnLayout", "itemFlowDirection",
    "clearInvisibleValues", "sendResultOnPageNext", "cookieName", "surveyId", "surveyPostId", "$schema",
}  # fmt: skip
"""Keys that say how a form looks or how its pages move, nothing about what is asked of whom."""
_HOLDERS = {"panel", "paneldynamic", "flowpanel"}
_REPEATED = {"paneldynamic", "matrixdynamic"}
_TABLES = {"matrixdropdown", "matrixdynamic"}
MOST_STEPS = 21
MOST_RANKED = 20
_OPERATORS = {"equal": "=", "notequal": "<>", "greater": ">", "less": "<", "greaterorequal": ">=", "lessorequal": "<=", "contains": "contains", "notcontains": "notcontains", "empty": "empty", "notempty": "notempty"}  # fmt: skip


def from_json(path: Path) -> tuple[Questionnaire, tuple[Text, ...]]:
    """Return the questionnaire in a SurveyJS file, and sentences on what was not carried over.

    Raises CannotConvert; a condition is never left out silently.
    """
    raw = read_form(path)
    omissions = Omissions()
    reader = _Reader(path, raw, omissions)
    return reader.read(), omissions.texts()


class _Reader:
    """Goes through pages, panels and elements."""

    def __init__(self, path: Path, raw: Raw, omissions: Omissions) -> None:
        self.path = path
        self.top = raw
        self.omissions = omissions
        self.form = Assembly(omissions, read_surveyjs)
        self.languages = self._languages()
        self.said: dict[str, Text] = {}
        self.renamed: list[str] = []
        self.ended_by: list[tuple[int, str]] = []
        self.shown_by = self._triggers()
        self.choices_of: dict[str, Raw] = {}

    def read(self) -> Questionnaire:
        self._say_keys(self.path.name, self.top, "")
        for number, page in enumerate(self._pages(), start=1):
            if isinstance(page, dict):
                self._page(number, page)
            else:
                self._misshapen(f"page {number}")
        say_names(self.omissions, list(dict.fromkeys(self.renamed)), "選択肢", "options")
        given = self.top.get("tojimari")
        ours: Raw = given if isinstance(given, dict) else {}
        stem = plain_id(self.path.stem).strip("_0123456789") or "survey"
        place = ("title", 0)
        return self.form.finish_form(
            self.path,
            Questionnaire(
                id=Names("survey").take(str(ours.get("id") or stem), 64),
                version=str(ours.get("version") or "1"),
                title=self._text(self.top.get("title"), place) or Text(ja=stem, en=stem),
                about=self._text(self.top.get("description"), ("description", 0)) or TO_WRITE,
                consent=self.said.get("consent", TO_WRITE),
                universe=self.said.get("universe", TO_WRITE),
                mode=self.said.get("mode", TO_WRITE),
                sections=(),
                questions=(),
            ),
        )

    def _pages(self) -> list[Any]:
        pages = self.top.get("pages")
        inner = _inner(self.top)
        if isinstance(pages, list) and (pages or not inner):
            return pages
        return [{"name": "page1", "elements": inner}]

    def _misshapen(self, name: str) -> None:
        self.form.leave_out(
            (name, 0),
            name,
            "形が違います。移していません。",
            "has the wrong shape and is left out.",
        )

    def _say_keys(self, name: str, raw: Raw, kind: str) -> None:
        for key in raw:
            if (
                key not in _READ[kind]
                and key not in _LOOKS
                and raw[key] not in (None, "", [], False)
            ):
                self.omissions.add((name, 0), f"{key!s:.40} は移せません。", f"not carried over: {str(key)[:40]}.")  # fmt: skip

    # Texts

    def _languages(self) -> Languages:
        found: list[str] = []
        unnamed: list[str] = []
        for text in _texts(self.top):
            if isinstance(text, str):
                found.append("")
                unnamed.append(text)
            else:
                found += ["" if key == "default" else str(key) for key in text]
                unnamed.append(str(text.get("default", "")))
        # The order in the file says nothing: a text without a language is the author's.
        order = sorted(dict.fromkeys(found), key=lambda name: name != "")
        chosen = chosen_languages(order, unnamed_is_japanese=bool(_KANA.search("".join(unnamed))))
        if chosen.others:
            names = ", ".join(name or "default" for name in chosen.others)
            self.omissions.add(
                None,
                f"次の言葉の文は移していません: {names}",
                f"The texts in these languages are not carried over: {names}",
            )
        if chosen.single():
            name = chosen.ja[0] or "default"
            self.omissions.add(
                None,
                f"一つの言葉 ({name}) の文を、日本語と英語の両方に入れました。",
                f"The texts of one language ({name}) stand for both Japanese and English.",
            )
        return chosen

    def _text(self, raw: Any, place: Place, *, pipes: bool = False) -> Text | None:
        if isinstance(raw, dict):
            said = {"" if key == "default" else str(key): value for key, value in raw.items() if isinstance(value, str) and value.strip()}  # fmt: skip
        else:
            said = {"": str(raw)} if isinstance(raw, str | int | float) and str(raw).strip() else {}
        text, whole = self.languages.text(said)
        if text is None:
            return None
        if not whole and not self.languages.single():
            self.omissions.add(
                place,
                "片方の言葉しかないので、両方に同じ文を入れました。",
                "is in one language only; it was put in for both.",
            )
        return Text(
            ja=self.form.quoting(place, text.ja, _REFERENCE, pipes=pipes),
            en=self.form.quoting(place, text.en, _REFERENCE, pipes=pipes),
        )

    # Pages and panels

    def _triggers(self) -> dict[str, list[str]]:
        """Return what a trigger of the old kind shows: question or page -> conditions."""
        found: dict[str, list[str]] = {}
        for trigger in _list(self.top.get("triggers")):
            raw: Raw = trigger if isinstance(trigger, dict) else {}
            condition = _triggering(raw)
            ended = self._page_of(condition) if raw.get("type") == "complete" else None
            if condition and ended is not None:
                self.ended_by.append((ended, f"!({condition})"))
                continue
            if raw.get("type") != "visible" or not condition:
                self.omissions.add(
                    None,
                    f"triggers ({raw.get('type')!s:.40}) は移せません。",
                    f"Not carried over: triggers ({str(raw.get('type'))[:40]}).",
                )
                continue
            for shown in (*_list(raw.get("questions")), *_list(raw.get("pages"))):
                found.setdefault(str(shown), []).append(condition)
        return found

    def _page_of(self, condition: str) -> int | None:
        """Return the number of the page after which a condition is known; None where it is last."""
        known = set(_REFERENCE.findall(condition))
        pages = [page if isinstance(page, dict) else {} for page in self._pages()]
        held = {name: number for number, page in enumerate(pages, start=1) for name in _named(page)}
        if not known or not known <= held.keys():
            return None
        last = max(held[name] for name in known)
        return last if last < len(pages) else None

    def _page(self, number: int, page: Raw) -> None:
        name = str(page.get("name") or f"page{number}")
        self._say_keys(name, page, "page")
        # The survey ends on leaving a page: what stands behind it is asked of nobody then.
        outer = tuple(condition for after, condition in self.ended_by if number > after)
        conditions = self._asked_when(name, page, outer)
        title = self._text(page.get("title"), (name, 0)) or Text(ja=name, en=name)
        title = Text(ja=_unbraced(title.ja), en=_unbraced(title.en))
        part = Part(str(number), name, title)
        self._intro(name, page, conditions)
        self._elements(_inner(page), part, conditions, name)

    def _intro(self, name: str, raw: Raw, conditions: tuple[str, ...] | None) -> None:
        text = self._text(raw.get("description"), (name, 0), pipes=True)
        if text is not None and conditions is not None:
            self.form.keep_note((name, 0), text, conditions)

    def _asked_when(
        self, name: str, raw: Raw, outer: tuple[str, ...] | None
    ) -> tuple[str, ...] | None:
        """Return the conditions under which an object is asked; None where it never is."""
        if outer is None:
            return None
        own = [str(raw[key]) for key in ("visibleIf", "enableIf") if raw.get(key)]
        triggered = self.shown_by.get(name)
        if triggered:
            own.append(" or ".join(f"({each})" for each in triggered))
        elif raw.get("visible") is False and not own:
            self.omissions.add(
                (name, 0), "見せない設定 (visible: false) です。", "is hidden (visible: false)."
            )
            return None
        if raw.get("readOnly") is True:
            self.omissions.add((name, 0), "答えられない設定 (readOnly) です。", "is read-only.")
            return None
        return (*outer, *own)

    def _elements(
        self, entries: list[Any], part: Part, conditions: tuple[str, ...] | None, holder: str
    ) -> None:
        for number, raw in enumerate(entries, start=1):
            if not isinstance(raw, dict):
                self._misshapen(f"{holder} {number}")
                continue
            self._element(raw, part, conditions, str(raw.get("name") or f"{holder}_{number}"))

    def _element(self, raw: Raw, part: Part, outer: tuple[str, ...] | None, name: str) -> None:
        kind, place = str(raw.get("type")), (name, 0)
        if kind == "html" and name.removeprefix("tojimari_") in SAID:
            text = self._text(raw.get("html"), place) or TO_WRITE
            said = Text(ja=html.unescape(text.ja), en=html.unescape(text.en))
            self.said[name.removeprefix("tojimari_")] = said
            return
        conditions = self._asked_when(name, raw, outer)
        if conditions is None:
            self._left_out(name, raw)
        elif kind in _HOLDERS:
            self._panel(raw, part, conditions, name)
        elif kind in _NO_QUESTION:
            self._no_question(raw, conditions, name)
        elif kind == "multipletext":
            self._items(raw, part, conditions, name)
        elif kind in _TABLES or (kind == "matrix" and raw.get("cellType") == "checkbox"):
            self._table(raw, part, conditions, name)
        else:
            self._question(raw, part, conditions, name)

    def _left_out(self, name: str, raw: Raw) -> None:
        self.form.leave_out((name, 0), name, "移していません。", "is left out.")
        for entry in _inner(raw):
            if isinstance(entry, dict) and entry.get("name"):
                self._left_out(str(entry["name"]), entry)

    def _repeated(self, name: str) -> None:
        self.omissions.add(
            (name, 0),
            "くり返しは移せません。中の質問は一度だけ聞きます。",
            "the repetition is not carried over: its questions are asked once.",
        )

    def _panel(self, raw: Raw, part: Part, conditions: tuple[str, ...], name: str) -> None:
        self._say_keys(name, raw, "page")
        if raw.get("type") in _REPEATED:
            self._repeated(name)
        title = self._text(raw.get("title"), (name, 0))
        inner = part
        if title is not None:
            inner = Part(
                f"{part.key}/{name}", name, Text(ja=_unbraced(title.ja), en=_unbraced(title.en))
            )
        self._intro(name, raw, conditions)
        entries = _inner(raw)
        if raw.get("type") in _REPEATED:
            entries = [_of_template(entry, name) for entry in entries]
        self._elements(entries, inner, conditions, name)
        if raw.get("type") in _REPEATED:
            self.form.know_all(f"{name}.", f"{name}[0].")

    def _no_question(self, raw: Raw, conditions: tuple[str, ...], name: str) -> None:
        text = (
            self._text(raw.get("html"), (name, 0), pipes=True)
            if raw.get("type") == "html"
            else None
        )
        if text is not None:
            text = Text(ja=_bare(text.ja), en=_bare(text.en))
        if text is not None and text.ja and text.en:
            self.form.keep_note((name, 0), text, conditions)
            return
        kind = str(raw.get("type"))
        self.form.leave_out(
            (name, 0), name, f"質問ではありません ({kind})。移していません。",
            f"is no question ({kind}) and is left out.",
        )  # fmt: skip

    # Questions

    def _items(self, raw: Raw, part: Part, conditions: tuple[str, ...], name: str) -> None:
        """A question of several short texts: one question each."""
        self._say_keys(name, raw, "table")
        self._intro(name, raw, conditions)
        title = self._title(raw, name)
        for entry in _list(raw.get("items")):
            item: Raw = entry if isinstance(entry, dict) else {"name": entry}
            own = str(item.get("name", ""))
            label = self._text(item.get("title"), (f"{name}.{own}", 0), pipes=True) or Text(
                ja=own, en=own
            )
            whole = {**item, "type": "text", "title": None}
            text = Text(ja=f"{title.ja} / {label.ja}", en=f"{title.en} / {label.en}")
            self._question(whole, part, conditions, f"{name}.{own}", text)

    def _table(self, raw: Raw, part: Part, conditions: tuple[str, ...], name: str) -> None:
        """A table with a question in every cell: a matrix for each column of single choices."""
        self._say_keys(name, raw, "table")
        self._intro(name, raw, conditions)
        if raw.get("type") in _REPEATED:
            self._repeated(name)
        columns = [c if isinstance(c, dict) else {"name": c} for c in _list(raw.get("columns"))]
        if raw.get("type") == "matrix":
            columns = [{"name": "", "cellType": "checkbox", "choices": raw.get("columns")}]
        rows = _list(raw.get("rows"))
        title = self._title(raw, name)
        for column in columns:
            self._column(raw, column, rows, part, conditions, name, title)

    def _column(
        self,
        table: Raw,
        column: Raw,
        rows: list[Any],
        part: Part,
        outer: tuple[str, ...],
        name: str,
        title: Text,
    ) -> None:
        own = str(column.get("name", column.get("value", "")))
        called = f"{name}.{own}" if own else name
        head = self._text(column.get("title", column.get("text")), (called, 0)) or Text(ja=own, en=own)  # fmt: skip
        text = Text(ja=f"{title.ja} / {head.ja}", en=f"{title.en} / {head.en}") if own else title
        cell = str(column.get("cellType") or table.get("cellType") or "dropdown")
        kind = "dropdown" if cell == "default" else cell
        merged = {**column, "type": kind, "title": None, "choices": column.get("choices") or table.get("choices")}  # fmt: skip
        conditions = self._asked_when(called, column, outer) if own else outer
        if conditions is None:
            self._left_out(called, {})
        elif not rows:  # asked once: its row is the table itself
            once = [_scoped(each, "row", name) for each in conditions]
            self._question(_scoped(merged, "row", name), part, tuple(once), called, text)
        elif (
            _KINDS.get(kind) == "single"
            and merged["choices"]
            and not _of_row_only([merged, conditions])
        ):
            whole = {**merged, "type": "matrix", "columns": merged["choices"], "rows": rows, "choices": None}  # fmt: skip
            self._question(whole, part, conditions, called, text)
        else:
            self._cells(merged, rows, part, conditions, called, text)
        if not rows:
            self.form.know(called, f"{name}[0].{own}")
        for entry in rows if own else ():
            row = str(entry.get("value", "") if isinstance(entry, dict) else entry)
            self.form.know(f"{called}.{row}", f"{name}.{row}.{own}")

    def _cells(
        self,
        cell: Raw,
        rows: list[Any],
        part: Part,
        conditions: tuple[str, ...],
        name: str,
        text: Text,
    ) -> None:
        table = name.rpartition(".")[0] or name
        for entry in rows:
            row = entry if isinstance(entry, dict) else {"value": entry}
            own = str(row.get("value", ""))
            label = self._text(row.get("text"), (f"{name}.{own}", 0)) or Text(ja=own, en=own)
            shown = [str(row["visibleIf"])] if row.get("visibleIf") else []
            whole = Text(ja=f"{text.ja} / {label.ja}", en=f"{text.en} / {label.en}")
            here = [_scoped(each, "row", f"{table}.{own}") for each in (*conditions, *shown)]
            given = _scoped(cell, "row", f"{table}.{own}")
            self._question(given, part, tuple(here), f"{name}.{own}", whole)

    def _title(self, raw: Raw, name: str) -> Text:
        plain_name = _unbraced(name)
        return self._text(raw.get("title"), (name, 0), pipes=True) or Text(
            ja=plain_name, en=plain_name
        )

    def _question(
        self, raw: Raw, part: Part, conditions: tuple[str, ...], name: str, text: Text | None = None
    ) -> None:
        place, type_ = (name, 0), str(raw.get("type"))
        self._say_keys(name, raw, "element")
        kind = self._kind(raw, type_)
        if kind is None:
            self.form.leave_out(
                place, name, f"種類「{type_:.40}」の質問は移せません。",
                f"questions of the type {type_[:40]!r} cannot be carried over.",
            )  # fmt: skip
            return
        entries = self._entries(raw, type_, name)
        if entries is None:
            if kind == "several":
                self.form.leave_out(place, name, "選択肢がありません。移していません。", "has no options and is left out.")  # fmt: skip
                return
            kind, entries = "text", []
            self.omissions.add(
                place, "選択肢がファイルの中にありません。文で答える質問にしました。",
                "its options are not in the file: it is answered in words.",
            )  # fmt: skip
        options, renamed = options_named(((n, t, a and kind == "several") for n, t, a, _ in entries if n != DONT_KNOW), plain)  # fmt: skip
        self.renamed += renamed
        if _order(raw) == "random":  # what SurveyJS adds by itself stays at the end
            last = {n for n, _, _, _ in self._special(raw, name)}
            options = tuple(msgspec.structs.replace(o, fixed=o.id in last) for o in options)
        if kind == "single" and len(entries) == 1:
            kind = "several"
        rows, names, refs, shown = self._rows(raw, type_, kind, name, options)
        if type_ in ("ranking", "sortablelist"):
            options = tuple(
                Option(str(n), Text(ja=f"{n}位", en=f"{n}")) for n in range(1, len(rows) + 1)
            )
            self.omissions.add(
                place, "順位は、選択肢ごとに何番目かを選ぶ表にしました。同じ順位も選べます。",
                "a ranking became a table of places; equal places are not refused.",
            )  # fmt: skip
        low, high, length = self._limits(raw, kind, type_, name)
        most = _whole_number(raw.get("maxSelectedChoices")) if kind == "several" else None
        most = most if most and most < len(options) else None
        self._say_conditions(raw, name)
        value_name = raw.get("valueName")
        question = Question(
            "", "upto" if most else kind, text or self._title(raw, name),
            help=self._text(raw.get("description"), place, pipes=True), options=options, rows=rows,
            at_most=most, minimum=low, maximum=high,
            whole=kind != "number" or raw.get("step", 1 if type_ != "text" else None) == 1,
            max_chars=length, shuffle=_order(raw) == "random" and type_ in _LISTED and kind != "text",
            required=any(raw.get(key) is True for key in ("isRequired", "eachRowRequired", "isAllRowRequired")),
            dont_know=any(n == DONT_KNOW for n, _, _, _ in entries) and kind not in ("text", "number"),
            names=(str(value_name),) if value_name and value_name != name else (), row_names=names,
        )  # fmt: skip
        added = self.form.add(place, part, name, question, conditions, refs, shown)
        self.choices_of[name] = raw
        if added and any(other for _, _, _, other in entries):
            self._other(part, conditions, name, kind)

    def _kind(self, raw: Raw, type_: str) -> QuestionType | None:
        kind = _KINDS.get(type_)
        if type_ == "text" and (
            raw.get("inputType") in ("number", "range") or _must_be_number(raw)
        ):
            return "number"
        if type_ == "imagepicker" and raw.get("multiSelect") is True:
            return "several"
        if type_ == "rating" and _steps(raw) is None and not raw.get("rateValues"):
            return "number"
        return kind

    def _other(self, part: Part, conditions: tuple[str, ...], name: str, kind: str) -> None:
        sign = "contains" if kind == "several" else "="
        question = Question(
            "", "text", Text(ja="その他の内容", en="Other: please specify"), required=False
        )
        self.form.add(
            (name, 0),
            part,
            f"{name}-Comment",
            question,
            (*conditions, f"{{{name}}} {sign} 'other'"),
        )

    def _entries(
        self, raw: Raw, type_: str, name: str
    ) -> list[tuple[str, Text, bool, bool]] | None:
        """Return (name, text, alone, is "other") of every option; None where they are elsewhere."""
        kind = _KINDS.get(type_)
        if kind in ("text", "number") or (type_ == "text"):
            return []
        if type_ == "boolean":
            return self._boolean(raw, name)
        if type_ == "rating":
            return self._rating(raw, name)
        source = raw.get("columns") if type_ == "matrix" else raw.get("choices")
        origin = raw.get("choicesFromQuestion")
        if origin and str(origin) in self.choices_of:
            source = [*_list(source), *_list(self.choices_of[str(origin)].get("choices"))]
            self.omissions.add(
                (name, 0), f"選択肢は「{origin!s:.40}」のもの全部です。",
                f"its options are all those of {str(origin)[:40]!r}.",
            )  # fmt: skip
        if source is not None and not isinstance(source, list):
            return None
        entries = [self._choice(entry, name) for entry in source or ()]
        low, high = _whole_number(raw.get("choicesMin")), _whole_number(raw.get("choicesMax"))
        step = _whole_number(raw.get("choicesStep")) or 1
        if low is not None and high is not None and 0 <= high - low <= 1000 and step > 0:
            entries += [
                (str(n), Text(ja=str(n), en=str(n)), False, False)
                for n in range(low, high + 1, step)
            ]
        entries += self._special(raw, name)
        return entries or None

    def _choice(self, entry: Any, question: str) -> tuple[str, Text, bool, bool]:
        choice: Raw = entry if isinstance(entry, dict) else {"value": entry}
        value = choice.get("value")
        name = _written(value)
        given = choice.get("text")
        if isinstance(value, str) and "|" in value and given is None:
            name, _, given = value.partition("|")
        here = (f"{question}.{name}", 0)
        self._say_keys(here[0], choice, "choice")
        for key in ("visibleIf", "enableIf"):
            if choice.get(key):
                self.omissions.add(
                    here, f"選択肢の条件 ({choice[key]!s:.60}) は移せません。いつも出ます。",
                    f"the option's condition ({str(choice[key])[:60]}) is not carried over: it is always shown.",
                )  # fmt: skip
        if choice.get("imageLink"):
            self.omissions.add(
                here, "選択肢の絵は移せません。言葉だけの選択肢になります。",
                "the option's picture is not carried over: it is an option of words alone.",
            )  # fmt: skip
        text = self._text(given, here) or Text(ja=_unbraced(name), en=_unbraced(name))
        return name, text, choice.get("isExclusive") is True, False

    def _special(self, raw: Raw, name: str) -> Iterator[tuple[str, Text, bool, bool]]:
        """Yield the options that a form adds by a switch: other, none, refused, don't know."""
        special = (
            (("hasOther", "showOtherItem"), "otherText", "other", Text(ja="その他", en="Other"), False),
            (("hasNone", "showNoneItem"), "noneText", "none", Text(ja="どれでもない", en="None"), True),
            (("showRefuseItem",), "refuseText", "refused", Text(ja="答えたくない", en="Refuse to answer"), True),
            (("showDontKnowItem",), "dontKnowText", DONT_KNOW, Text(ja="わからない", en="Don't know"), True),
        )  # fmt: skip
        for switches, key, id_, text, alone in special:
            if any(raw.get(switch) is True for switch in switches):
                yield (
                    id_,
                    self._text(raw.get(key), (f"{name}.{id_}", 0)) or text,
                    alone,
                    id_ == "other",
                )

    def _boolean(self, raw: Raw, name: str) -> list[tuple[str, Text, bool, bool]]:
        yes = self._text(raw.get("labelTrue"), (name, 0)) or Text(ja="はい", en="Yes")
        no = self._text(raw.get("labelFalse"), (name, 0)) or Text(ja="いいえ", en="No")
        return [
            (_written(raw.get("valueTrue", True)), yes, False, False),
            (_written(raw.get("valueFalse", False)), no, False, False),
        ]

    def _rating(self, raw: Raw, name: str) -> list[tuple[str, Text, bool, bool]]:
        values = [self._choice(entry, name) for entry in _list(raw.get("rateValues"))]
        if values:
            return values
        steps = [str(n) for n in _steps(raw) or ()]
        ends = {}
        if steps:
            ends = {
                steps[0]: raw.get("minRateDescription", raw.get("mininumRateDescription")),
                steps[-1]: raw.get("maxRateDescription", raw.get("maximumRateDescription")),
            }
        found = []
        for step in steps:
            said = self._text(ends.get(step), (name, 0))
            text = Text(ja=step, en=step) if said is None else Text(ja=f"{step} {said.ja}", en=f"{step} {said.en}")  # fmt: skip
            found.append((step, text, False, False))
        return found

    def _rows(
        self, raw: Raw, type_: str, kind: str, name: str, options: tuple[Option, ...]
    ) -> tuple[tuple[Row, ...], dict[str, tuple[str, ...]], dict[str, str], dict[str, str]]:
        """Return rows, their other names, how expressions name them, and their conditions."""
        if kind != "matrix":
            return (), {}, {}, {}
        if type_ != "matrix":
            return tuple(Row(o.id, o.text) for o in options[:MOST_RANKED]), {}, {}, {}
        taken, rows = Names("row", letter=False), []
        names: dict[str, tuple[str, ...]] = {}
        refs: dict[str, str] = {}
        shown: dict[str, str] = {}
        for entry in _list(raw.get("rows")):
            row: Raw = entry if isinstance(entry, dict) else {"value": entry}
            own = _written(row.get("value"))
            given = row.get("text")
            if given is None and "|" in own:
                own, _, given = own.partition("|")
            here = f"{name}.{own}"
            self._say_keys(here, row, "row")
            id_ = taken.take(own)
            refs[here] = id_
            if id_ != own:
                names[id_] = (own,)
            if row.get("visibleIf"):
                shown[id_] = str(row["visibleIf"])
            rows.append(
                Row(id_, self._text(given, (here, 0)) or Text(ja=_unbraced(own), en=_unbraced(own)))
            )
        return tuple(rows), names, refs, shown

    def _limits(
        self, raw: Raw, kind: str, type_: str, name: str
    ) -> tuple[float | None, float | None, int]:
        """Return lowest and highest number and the longest text, from settings and validators."""
        edges = {"min": _number(raw.get("min")), "max": _number(raw.get("max"))}
        if type_ == "rating":
            edges = {"min": _number(raw.get("rateMin", 1)), "max": _number(raw.get("rateMax", 5))}
        length = _whole_number(raw.get("maxLength"))
        for entry in _list(raw.get("validators")):
            rule: Raw = entry if isinstance(entry, dict) else {}
            done = False
            if rule.get("type") == "numeric" and kind == "number":
                low, high = _number(rule.get("minValue")), _number(rule.get("maxValue"))
                edges = {"min": low if low is not None else edges["min"], "max": high if high is not None else edges["max"]}  # fmt: skip
                done = True
            elif rule.get("type") == "text" and kind == "text" and not rule.get("minLength"):
                length = _whole_number(rule.get("maxLength")) or length
                done = True
            if not done:
                self._not_carried(name, f"validators ({rule.get('type')!s:.40})")
        if kind != "number":
            given = [
                key for key in ("min", "max") if raw.get(key) not in (None, "") and type_ == "text"
            ]
            for key in given:
                self._not_carried(name, key)
            return (
                None,
                None,
                min(length or 1000, MAX_CHARS) if kind == "text" and (length or 1) > 0 else 1000,
            )
        low, high = edges["min"], edges["max"]
        if low is not None and high is not None and low > high:
            self._not_carried(name, "min, max")
            return None, None, 1000
        return low, high, 1000

    def _not_carried(self, name: str, what: str) -> None:
        self.omissions.add((name, 0), f"{what} は移せません。", f"not carried over: {what}.")

    def _say_conditions(self, raw: Raw, name: str) -> None:
        """Name what else the element says about who answers what."""
        for key in (
            "requiredIf",
            "choicesVisibleIf",
            "columnsVisibleIf",
            "rowsVisibleIf",
            "choicesByUrl",
        ):
            if raw.get(key):
                said = str(raw[key])[:60]
                self.omissions.add(
                    (name, 0),
                    f"{key} ({said}) は移せません。",
                    f"not carried over: {key} ({said}).",
                )
        # Only options in one list are drawn anew for each respondent: rows of a matrix are not.
        order = _order(raw)
        if order in ("asc", "desc") or (order == "random" and raw.get("type") not in _LISTED):
            self._not_carried(name, f"choicesOrder ({order})")
        kind = str(raw.get("inputType"))
        if kind in _WRITTEN:
            self.omissions.add(
                (name, 0), f"{kind} の質問は、文で答える質問にしました。形は確かめません。",
                f"a question for {kind} became one that is answered in words; its form is not checked.",
            )  # fmt: skip


def _scoped(value: Any, scope: str, holder: str) -> Any:
    """Return ``value`` with what refers to its own row or panel (``{row.a}``) named from outside.

    A template within a template has a panel of its own.
    """
    if isinstance(value, str):
        return value.replace(f"{{{scope}.", f"{{{holder}.")
    if isinstance(value, list):
        return [_scoped(each, scope, holder) for each in value]
    if not isinstance(value, dict):
        return value
    inner = {"templateElements"} if scope == "panel" else {"columns"} if scope == "row" else set()
    return {k: v if k in inner else _scoped(v, scope, holder) for k, v in value.items()}


def _of_row_only(value: Any) -> bool:
    """Say whether something in a column hangs on another answer in the same row."""
    return "{row." in msgspec.json.encode(value).decode()


def _of_template(entry: Any, panel: str) -> Any:
    """Return an element of a repeated panel as one that is asked once.

    Its name holds the panel's: two panels may have elements of one name.
    """
    if not isinstance(entry, dict):
        return entry
    made: dict[str, Any] = _scoped(entry, "panel", panel)
    if entry.get("name"):
        made["name"] = f"{panel}.{entry['name']}"
        if entry.get("type") not in _HOLDERS and not entry.get("title"):
            made["title"] = str(entry["name"])
    for key in ("elements", "questions"):
        if isinstance(entry.get(key), list):
            made[key] = [_of_template(inner, panel) for inner in entry[key]]
    return made


def _order(raw: Raw) -> str:
    """Return how the options are ordered; SurveyJS takes the word in any case."""
    return str(raw.get("choicesOrder") or "none").lower()


def _texts(raw: Any) -> Iterator[Any]:
    """Yield everything in the file that is a text for people."""
    waiting = [raw]
    while waiting:
        here = waiting.pop()
        if isinstance(here, dict):
            for key, value in here.items():
                if key in _TEXTS and (isinstance(value, str) or _is_localized(value)):
                    yield value
                else:
                    waiting.append(value)
        elif isinstance(here, list):
            waiting += here


def _is_localized(value: Any) -> bool:
    return (
        isinstance(value, dict)
        and bool(value)
        and all(isinstance(text, str) for text in value.values())
    )


def _inner(raw: Raw) -> list[Any]:
    """Return what stands in a page or panel, under whichever of its names."""
    found: list[Any] = []
    for key in ("elements", "questions", "templateElements"):
        found += _list(raw.get(key))
    return found


def _named(raw: Raw) -> Iterator[str]:
    """Yield the names of what stands in a page or panel, at any depth."""
    for entry in _inner(raw):
        if isinstance(entry, dict):
            yield str(entry.get("name"))
            yield from _named(entry)


def _must_be_number(raw: Raw) -> bool:
    """Say whether only a number is taken; the kind of entry field says nothing of it then."""
    rules = [rule for rule in _list(raw.get("validators")) if isinstance(rule, dict)]
    return not raw.get("inputType") and any(rule.get("type") == "numeric" for rule in rules)


def _triggering(raw: Raw) -> str:
    """Return the condition of a trigger, as an expression; "" where it has none."""
    if raw.get("expression"):
        return str(raw["expression"])
    sign = _OPERATORS.get(str(raw.get("operator", "equal")), "")
    if not raw.get("name") or not sign:
        return ""
    return f"{{{raw['name']}}} {sign} {'' if 'empty' in sign else _literal(raw.get('value'))}"


def _list(raw: Any) -> list[Any]:
    return raw if isinstance(raw, list) else []


def _steps(raw: Raw) -> list[int] | None:
    """Return the steps of a rating; None where they are too many to be options."""
    low, step = _whole_number(raw.get("rateMin", 1)), _whole_number(raw.get("rateStep", 1))
    count = _whole_number(raw.get("rateCount"))
    high = _whole_number(raw.get("rateMax", 5 if count is None or low is None else low + count - 1))
    if low is None or high is None or not step or step < 0 or high <= low:
        return None
    steps = list(range(low, high + 1, step)) if (high - low) / step < MOST_STEPS else []
    return steps if len(steps) > 1 else None


def _number(raw: Any) -> float | None:
    if isinstance(raw, bool):
        return None
    try:
        number = float(raw)
    except (TypeError, ValueError):
        return None
    return number if abs(number) <= 2**53 else None


def _whole_number(raw: Any) -> int | None:
    number = _number(raw)
    return int(number) if number is not None and number == int(number) else None


def _written(value: Any) -> str:
    """Return a value as expressions write it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict | list):
        return msgspec.json.encode(value).decode()[:100]
    return "" if value is None else str(value)


def _literal(value: Any) -> str:
    return _written(value) if isinstance(value, bool | int | float) else f"'{_written(value)}'"


def _unbraced(text: str) -> str:
    return text.replace("{", "(").replace("}", ")")


def _bare(text: str) -> str:
    """Return the words of a piece of HTML."""
    without = re.sub(r"(?is)<(script|style)\b.*?</\1\s*>|<[^>]*>", " ", text)
    return " ".join(html.unescape(without).split())
