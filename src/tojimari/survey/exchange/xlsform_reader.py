"""Reads an XLSForm as it is: what holds a question is taken, everything else is named with its row."""

import re
from pathlib import Path
from typing import Literal

import msgspec

from tojimari.ask.questionnaire import QuestionType, Row
from tojimari.lib.encodings import decoded
from tojimari.model import DONT_KNOW, Text
from tojimari.survey.consistency import MAX_CHARS
from tojimari.survey.exchange.assembly import TO_WRITE, Assembly, Part, options_named, say_names
from tojimari.survey.exchange.expressions import read_xpath
from tojimari.survey.exchange.languages import Languages, chosen_languages
from tojimari.survey.exchange.names import Names, plain_id
from tojimari.survey.exchange.omissions import Omissions, Place
from tojimari.survey.exchange.portable import CannotConvert
from tojimari.survey.exchange.xlsform import SAID, fault_in
from tojimari.survey.exchange.xlsform_limits import Limits, read_limits
from tojimari.survey.exchange.xlsform_sheets import (
    Cells,
    Lines,
    fault_of_order,
    find_survey,
    read_sheets,
)
from tojimari.survey.schema import Option, Question, Questionnaire
from tojimari.survey.spelling import plain

_REFERENCE = re.compile(r"\$\{([^{}]*)\}")
_KANA = re.compile("[\u3040-\u30ff]")
_SELECTS = (
    ("select_multiple", "several"), ("select multiple", "several"), ("select all that apply", "several"),
    ("add select multiple prompt using", "several"), ("select_one", "single"), ("select one", "single"),
    ("select1", "single"), ("add select one prompt using", "single"), ("rank", "rank"),
)  # fmt: skip
Select = Literal["single", "several", "rank"]
_PLAIN: dict[str, QuestionType] = {
    "integer": "number", "int": "number", "decimal": "number", "range": "number", "text": "text",
    "string": "text", "date": "text", "time": "text", "datetime": "text", "barcode": "text",
    "acknowledge": "several", "trigger": "several", "phone number": "text", "email": "text",
    "percentage": "number",
}  # fmt: skip
_WRITTEN = {
    "date": Text(ja="日付 (年-月-日)", en="a date (YYYY-MM-DD)"),
    "time": Text(ja="時刻 (時:分)", en="a time (HH:MM)"),
    "datetime": Text(ja="日付と時刻", en="a date and time"),
    "barcode": Text(ja="バーコードの番号", en="the number of a barcode"),
}
_NO_QUESTION = {
    "start", "end", "today", "deviceid", "subscriberid", "simserial", "phonenumber", "username",
    "email_address", "audit", "calculate", "hidden", "start-geopoint", "background-audio",
    "background-geopoint", "instanceid", "xml-external", "csv-external", "imei", "uri:deviceid",
}  # fmt: skip
_LOOKS = {"appearance", "type", "name", "required", "relevant", "constraint", "parameters", "list_name", "disabled", "read_only", "label", "hint", "repeat_count", "choice_filter", "default", "calculation", "notes", "note", "comment", "comments"}  # fmt: skip
"""Columns that are dealt with, say only how a question looks, or are the author's own remarks."""
_SHOWN = {"image", "big-image", "audio", "video", "media"}
"""What an option can be beside words."""
_YES = {"yes", "true", "true()", "1"}
_NO = {"", "no", "false", "false()", "0"}
_REMARK = re.compile(r"[#*_]")
MOST_RANKED = 20


_HARMLESS = re.compile(
    r"Missing calculation|Unknown question type|has no label or hint|group with no name|has not been included|"
    r"Reference variables must contain|List name not in columns sheet|sheet named 'survey'"
)
"""Faults that pyxform stops at, of rows which are no questions or are named here one by one."""


class _Group(msgspec.Struct, frozen=True):
    part: Part
    conditions: tuple[str, ...]
    repeated: bool = False
    left_out: bool = False


def from_workbook(path: Path) -> tuple[Questionnaire, tuple[Text, ...]]:
    """Return the questionnaire in an XLSForm, and sentences on what was not carried over.

    Raises CannotConvert; a condition is never left out silently.
    """
    omissions = Omissions()
    sheets = read_sheets(path, omissions)
    if not find_survey(sheets, omissions):
        raise CannotConvert(
            path,
            "XLSFormではありません (シート「survey」がありません)。",
            'is no XLSForm (there is no sheet "survey").',
        )
    _let_pass(path, sheets, omissions)
    reader = _Reader(path, sheets, omissions)
    return reader.read(), omissions.texts()


def _let_pass(path: Path, sheets: dict[str, Lines], omissions: Omissions) -> None:
    """Refuse a workbook that is no XLSForm, unless what is wrong touches nothing that is taken.

    pyxform stops at the first fault; what it has not looked at then is checked here.
    """
    data = path.read_bytes()
    if path.suffix.lower() == ".csv":  # which pyxform takes in UTF-8 alone
        data = decoded(data).text.encode()
    said = fault_in(data, path)
    if not said:
        return
    wrong = "" if _HARMLESS.search(said) else said
    wrong = wrong or fault_of_order(sheets)
    if wrong:
        raise CannotConvert(
            path, f"XLSFormとして正しくありません ({wrong})。", f"is not a valid XLSForm ({wrong})."
        )
    omissions.add(
        None,
        f"XLSFormの決まりに合わないところがありますが、読めるところは読みました ({said})。",
        f"A rule of XLSForm is broken; what can be read was read ({said}).",
    )


class _Reader:
    """Goes through the rows of the sheet "survey"."""

    def __init__(self, path: Path, sheets: dict[str, Lines], omissions: Omissions) -> None:
        self.path = path
        self.omissions = omissions
        self.settings = next(iter(sheets.get("settings", Lines()).rows), (0, {}))[1]
        self.lines = [
            (row, cells)
            for row, cells in sheets["survey"].rows
            if cells.get("type") or cells.get("name")
        ]
        self.sheets = sheets
        self.form = Assembly(omissions, read_xpath)
        self.languages = self._languages()
        self.lists = self._lists()
        self.said: dict[str, Text] = {}
        self.groups: list[_Group] = []
        self.renamed: list[str] = []

    def read(self) -> Questionnaire:
        at = 0
        while at < len(self.lines):
            at = self._line(at)
        say_names(self.omissions, list(dict.fromkeys(self.renamed)), "選択肢", "options")
        stem = plain_id(self.path.stem).strip("_0123456789") or "survey"
        title = self.settings.get("form_title") or stem
        title = self.form.quoting(("settings", 2), title, _REFERENCE, pipes=False)
        id_ = self.settings.get("form_id") or stem
        return self.form.finish_form(
            self.path,
            Questionnaire(
                id=Names("survey").take(id_, 64),
                version=self.settings.get("version") or "1",
                title=self.said.get("title", Text(ja=title, en=title)),
                about=self.said.get("about", TO_WRITE),
                consent=self.said.get("consent", TO_WRITE),
                universe=self.said.get("universe", TO_WRITE),
                mode=self.said.get("mode", TO_WRITE),
                sections=(),
                questions=(),
            ),
        )

    # Texts

    def _languages(self) -> Languages:
        found: list[str] = []
        unnamed = ""
        for name in ("survey", "choices"):
            lines = self.sheets.get(name, Lines())
            heads = [column for column in lines.columns if column.split("::")[0] == "label"]
            used = {column for _, cells in lines.rows for column in cells}
            found += [column.partition("::")[2] for column in heads if column in used]
            unnamed += "".join(cells.get("label", "") for _, cells in lines.rows)
        default = self.settings.get("default_language", "")
        chosen = chosen_languages(found, default, unnamed_is_japanese=bool(_KANA.search(unnamed)))
        if chosen.others:
            names = ", ".join(name or "label" for name in chosen.others)
            self.omissions.add(
                None,
                f"次の言葉の文は移していません: {names}",
                f"The texts in these languages are not carried over: {names}",
            )
        if chosen.single() and found:
            name = chosen.ja[0] or default or "label"
            self.omissions.add(
                None,
                f"一つの言葉 ({name}) の文を、日本語と英語の両方に入れました。",
                f"The texts of one language ({name}) stand for both Japanese and English.",
            )
        elif "" in chosen.en and not default:
            self.omissions.add(
                None,
                "言葉の名前のない列は、英語とみなしました。",
                "The texts without a language were taken for English.",
            )
        return chosen

    def text(self, cells: Cells, what: str, place: Place, *, pipes: bool = False) -> Text | None:
        """Return label or hint of a row in our two languages; None when there is none."""
        said = {
            column.partition("::")[2]: value
            for column, value in cells.items()
            if column.split("::")[0] == what
        }
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

    def _lists(self) -> dict[str, list[tuple[int, str, Text]]]:
        """Return the lists of choices: row, name and text of each."""
        found: dict[str, list[tuple[int, str, Text]]] = {}
        for row, cells in self.sheets.get("choices", Lines()).rows:
            name, place = cells.get("name", ""), ("choices", row)
            listed = cells.get("list_name", "")
            if not listed or not name:
                continue
            known = {other for _, other, _ in found.get(listed, [])}
            if name in known:
                self.omissions.add(
                    place, "同じ名前の選択肢がもうあります。移していません。",
                    "is left out: the list has an option of this name already.",
                )  # fmt: skip
                continue
            for column in cells:
                if column.split("::")[0] in _SHOWN:
                    self.omissions.add(
                        place, f"選択肢の {column:.40} は移せません。言葉だけの選択肢になります。",
                        f"{column[:40]} of the option is not carried over: it is an option of words alone.",
                    )  # fmt: skip
            text = self.text(cells, "label", place) or Text(ja=name, en=name)
            found.setdefault(listed, []).append((row, name, text))
        return found

    # Rows

    def _line(self, at: int) -> int:
        """Take the row at ``at``; returns where to go on."""
        row, cells = self.lines[at]
        place = ("survey", row)
        kind = " ".join(cells.get("type", "").split())
        low = kind.lower().replace("_", " ")
        name = cells.get("name", "")
        if not kind or _REMARK.match(kind):
            return at + 1
        if low in ("end group", "end repeat", "end loop"):
            if self.groups:
                self.groups.pop()
            return at + 1
        if low.startswith(("begin group", "begin repeat", "begin loop", "begin lgroup")):
            return self._begin(at, low)
        if any(group.left_out for group in self.groups) or self._is_off(place, name, cells):
            self.form.leave_out(
                place, name, f"「{name:.60}」を移していません。", f"{name[:60]!r} is left out."
            )
        elif low == "note":
            self._note(place, name, cells)
        else:
            self._question(place, kind, cells)
        return at + 1

    def _is_off(self, place: Place, name: str, cells: Cells) -> bool:
        if cells.get("disabled", "").lower() in _YES:
            self.omissions.add(place, "使わない行 (disabled) です。", "the row is disabled.")
            return True
        if cells.get("read_only", "").lower() in _YES:
            self.omissions.add(place, "答えられない行 (read_only) です。", "the row is read-only.")
            return True
        return False

    def _conditions(self) -> tuple[str, ...]:
        return self.groups[-1].conditions if self.groups else ()

    def _own_conditions(self, cells: Cells) -> tuple[str, ...]:
        own = cells.get("relevant", "")
        return (*self._conditions(), *([own] if own else []))

    def _begin(self, at: int, low: str) -> int:
        row, cells = self.lines[at]
        place, name = ("survey", row), cells.get("name", "")
        if "table-list" in cells.get("appearance", ""):
            inner = self._table(at)
            if inner and self._matrix(place, cells, inner):
                return at + len(inner) + 2
        repeated = "group" not in low or "lgroup" in low
        if repeated:
            self.omissions.add(
                place,
                f"くり返し「{name:.60}」は移せません。中の質問は一度だけ聞きます。",
                f"the repetition {name[:60]!r} is not carried over: its questions are asked once.",
            )
        text = self.text(cells, "label", place) or self._outer_title() or Text(ja=name or "質問", en=name or "Questions")  # fmt: skip
        title = name.removeprefix("section_")
        off = self._is_off(place, name, cells) or any(group.left_out for group in self.groups)
        part = Part(f"{row}", title, text)
        if self.groups and not any(c.split("::")[0] == "label" for c in cells):
            part = self.groups[-1].part  # a group without a heading is no part of its own
        self.groups.append(_Group(part, self._own_conditions(cells), repeated, off))
        return at + 1

    def _outer_title(self) -> Text | None:
        return self.groups[-1].part.title if self.groups else None

    def _part(self) -> Part:
        if self.groups:
            return self.groups[-1].part
        return Part("", "main", Text(ja="質問", en="Questions"))

    def _note(self, place: Place, name: str, cells: Cells) -> None:
        field = name.removeprefix("tojimari_")
        if field != name and field in SAID:
            self.said[field] = self.text(cells, "label", place) or Text(ja=name, en=name)
            return
        text = self.text(cells, "label", place, pipes=True)
        if text is None:
            self.form.leave_out(
                place, name, "文のない行 (note) です。移していません。",
                "a note without text is left out.",
            )  # fmt: skip
            return
        self.form.keep_note(place, text, self._own_conditions(cells))

    # Matrices

    def _table(self, at: int) -> list[tuple[int, Cells]]:
        """Return the rows of a table-list that is one matrix; none where it is something else."""
        inner: list[tuple[int, Cells]] = []
        for row, cells in self.lines[at + 1 :]:
            low = " ".join(cells.get("type", "").split()).lower().replace("_", " ")
            if low == "end group":
                break
            inner.append((row, cells))
        lists = {_select(cells.get("type", "")) for _, cells in inner}
        first = next(iter(lists), None)
        if len(lists) != 1 or first is None or first[0] != "single" or first[2:] != ("list", False):
            return []
        off = any(cells.get("disabled") or cells.get("read_only") for _, cells in inner)
        return inner if len(self.lists.get(first[1], [])) > 1 and not off else []

    def _matrix(self, place: Place, cells: Cells, inner: list[tuple[int, Cells]]) -> bool:
        name = cells.get("name", "")
        selected = _select(inner[0][1]["type"])
        options, unknown = self._options(selected[1] if selected else "", set())
        if any(group.left_out for group in self.groups) or self._is_off(place, name, cells):
            return False
        row_names, rows = Names("row", letter=False), []
        ids: dict[str, str] = {}
        shown: dict[str, str] = {}
        called: dict[str, tuple[str, ...]] = {}
        for number, line in inner:
            own, here = line.get("name", ""), ("survey", number)
            ids[own] = id_ = row_names.take(own.removeprefix(f"{name}__"))
            if own != f"{name}__{id_}":
                called[id_] = (own,)
            rows.append(Row(id_, self.text(line, "label", here) or Text(ja=own, en=own)))
            if line.get("relevant"):
                shown[id_] = line["relevant"]
            self._say_rest(here, line, Limits(unread=[line["constraint"]] if line.get("constraint") else []))  # fmt: skip
        required = {_is_yes(line.get("required", "")) for _, line in inner}
        if len(required) > 1:
            self.omissions.add(
                place, "行ごとの required は移せません。どの行も必ず答えるものにしました。",
                "required cannot differ by row: every row has to be answered.",
            )  # fmt: skip
        question = Question(
            "", "matrix", self.text(cells, "label", place, pipes=True) or Text(ja=name, en=name),
            help=self.text(cells, "hint", place, pipes=True), options=options, rows=tuple(rows),
            required=True in required, dont_know=unknown, row_names=called,
        )  # fmt: skip
        self._say_rest(place, cells, Limits())
        self.form.add(place, self._part(), name, question, self._own_conditions(cells), ids, shown)
        return True

    # Questions

    def _options(
        self, listed: str, alone: set[str], *, other: bool = False
    ) -> tuple[tuple[Option, ...], bool]:
        """Return the options of a list, and whether "don't know" is among them."""
        entries = self.lists.get(listed, [])
        found = [(name, text, name in alone) for _, name, text in entries if name != DONT_KNOW]
        if other and not any(name == "other" for name, _, _ in found):
            found.append(("other", Text(ja="その他", en="Other"), False))
        options, renamed = options_named(found, plain)
        self.renamed += renamed
        return options, any(name == DONT_KNOW for _, name, _ in entries)

    def _question(self, place: Place, kind: str, cells: Cells) -> None:
        name, low = cells.get("name", ""), kind.lower()
        selected = _select(kind)
        if selected is not None:
            self._select(place, cells, *selected)
            return
        if low in _NO_QUESTION or low.replace(" ", "_") in _NO_QUESTION:
            self.form.leave_out(
                place, name,
                f"「{name:.60}」({low}) は質問ではありません。移していません。",
                f"{name[:60]!r} ({low}) is no question and is left out.",
            )  # fmt: skip
            return
        type_ = _PLAIN.get(low)
        if type_ is None or (cells.get("calculation") and not self.text(cells, "label", place)):
            self.form.leave_out(
                place, name,
                f"「{name:.60}」を移していません。種類「{kind:.40}」は移せません。",
                f"{name[:60]!r} is left out: the type {kind[:40]!r} cannot be carried over.",
            )  # fmt: skip
            return
        if low in _WRITTEN:
            said = _WRITTEN[low]
            self.omissions.add(
                place, f"{said.ja}の質問は、文で答える質問にしました。",
                f"a question for {said.en} became one that is answered in words.",
            )  # fmt: skip
        options: tuple[Option, ...] = ()
        if type_ == "several":
            options = (Option("ok", Text(ja="確認しました", en="OK"), codes=("OK",)),)
        whole = type_ != "number" or low in ("integer", "int")
        if low == "range":
            whole = self._range(place, cells)
        self._add(place, cells, type_, options, whole=whole)

    def _range(self, place: Place, cells: Cells) -> bool:
        """Turn a range's parameters into a constraint; returns whether it holds whole numbers."""
        given = dict(re.findall(r"(\w+)\s*=\s*(-?[\d.]+)", cells.get("parameters", "")))
        begin, end, step = given.get("start", "0"), given.get("end", "10"), given.get("step", "1")
        own = cells.get("constraint", "")
        cells["constraint"] = f". >= {begin} and . <= {end}" + (f" and ({own})" if own else "")
        if step not in ("1", "1.0"):
            self.omissions.add(place, f"刻み {step} は移せません。", f"the step {step} is not carried over.")  # fmt: skip
        return all(
            float(n).is_integer() for n in (begin, step) if re.fullmatch(r"-?\d+(\.\d+)?", n)
        )

    def _select(
        self,
        place: Place,
        cells: Cells,
        kind: Select,
        listed: str,
        source: str,
        other: bool = False,
    ) -> None:
        name = cells.get("name", "")
        if source == "answers":
            self.form.leave_out(
                place, name,
                f"「{name:.60}」を移していません。選択肢が前の答えから作られます。",
                f"{name[:60]!r} is left out: its options are made of earlier answers.",
            )  # fmt: skip
            return
        if cells.get("appearance", "").split()[:1] == ["label"]:
            self.form.leave_out(
                place, name, f"「{name:.60}」は見出しの行です。移していません。",
                f"{name[:60]!r} is a heading of options and is left out.",
            )  # fmt: skip
            return
        if source == "file":
            self.omissions.add(
                place,
                f"選択肢は別のファイル ({listed:.60}) にあります。文で答える質問にしました。",
                f"the options stand in another file ({listed[:60]}): it is answered in words.",
            )
            self._add(place, cells, "text", ())
            return
        if cells.get("choice_filter"):
            self.omissions.add(
                place, "choice_filter は移せません。選択肢は全部出ます。",
                "choice_filter is not carried over: all options are shown.",
            )  # fmt: skip
        limits = read_limits(cells.get("constraint", ""), kind="several", whole=True)
        options, unknown = self._options(listed, limits.alone if kind == "several" else set(), other=other)  # fmt: skip
        if kind == "rank":
            self._rank(place, cells, options)
            return
        if kind == "single" and len(options) + unknown == 1:
            kind = "several"
            self.omissions.add(
                place, "選択肢が一つなので、選ぶか選ばないかの質問にしました。",
                "has one option: it became one to tick or not.",
            )  # fmt: skip
        added = self._add(place, cells, kind, options, unknown=unknown)
        if other and added:
            self._other(place, name, kind, added)

    def _other(self, place: Place, name: str, kind: str, added: Question) -> None:
        """Ask for the words behind "other", which a form adds by or_other."""
        chosen = (
            f"selected(${{{name}}}, 'other')" if kind == "several" else f"${{{name}}} = 'other'"
        )
        text = Text(ja="その他の内容", en="Other: please specify")
        question = Question("", "text", text, required=False)
        self.form.add(place, self._part(), f"{name}_other", question, (*self._conditions(), chosen))
        self.omissions.add(
            place, "or_other は、選択肢「その他」と、その内容を聞く質問にしました。",
            'or_other became an option "Other" and a question for its text.',
        )  # fmt: skip

    def _rank(self, place: Place, cells: Cells, options: tuple[Option, ...]) -> None:
        name = cells.get("name", "")
        if not 2 <= len(options) <= MOST_RANKED:
            self.form.leave_out(
                place, name, f"「{name:.60}」(順位) を移していません。",
                f"{name[:60]!r} (a ranking) is left out.",
            )  # fmt: skip
            return
        self.omissions.add(
            place, "順位は、選択肢ごとに何番目かを選ぶ表にしました。同じ順位も選べます。",
            "a ranking became a table of places; equal places are not refused.",
        )  # fmt: skip
        rows = tuple(Row(option.id, option.text) for option in options)
        places = tuple(
            Option(str(n), Text(ja=f"{n}位", en=f"{n}")) for n in range(1, len(rows) + 1)
        )
        self._add(place, cells, "matrix", places, rows=rows)

    def _add(
        self,
        place: Place,
        cells: Cells,
        kind: QuestionType,
        options: tuple[Option, ...],
        *,
        rows: tuple[Row, ...] = (),
        unknown: bool = False,
        whole: bool = True,
    ) -> Question | None:
        name = cells.get("name", "")
        limits = read_limits(cells.get("constraint", ""), kind=kind, whole=whole)
        if (
            limits.minimum is not None
            and limits.maximum is not None
            and limits.minimum > limits.maximum
        ):
            limits = Limits(unread=[cells["constraint"]])
        most = limits.at_most if kind == "several" else None
        most = most if most is not None and most < len(options) else None
        parameters = cells.get("parameters", "").replace(" ", "").lower()
        question = Question(
            "", "upto" if most else kind,
            self.text(cells, "label", place, pipes=True) or Text(ja=name or "?", en=name or "?"),
            help=self.text(cells, "hint", place, pipes=True), options=options, rows=rows,
            at_most=most, minimum=limits.minimum, maximum=limits.maximum, whole=whole,
            max_chars=min(limits.max_chars or 1000, MAX_CHARS), shuffle="randomize=true" in parameters,
            required=_is_yes(cells.get("required", "")), dont_know=unknown,
        )  # fmt: skip
        if not any(column.split("::")[0] == "label" for column in cells):
            self.omissions.add(place, "質問の文 (label) がないので、名前を文にしました。", "has no label: its name stands for one.")  # fmt: skip
        self._say_rest(place, cells, limits)
        return self.form.add(place, self._part(), name, question, self._own_conditions(cells))

    def _say_rest(self, place: Place, cells: Cells, limits: Limits) -> None:
        """Name everything else that the row says."""
        if limits.unread:
            parts = " and ".join(limits.unread)[:80]
            self.omissions.add(
                place, f"constraint は移せません ({parts})。その値も受け付けます。",
                f"the constraint is not carried over ({parts}): such values are accepted.",
            )  # fmt: skip
        if limits.open_edges:
            self.omissions.add(
                place, "「より大きい・より小さい」は「以上・以下」にしました。",
                '"more than" and "less than" became "at least" and "at most".',
            )  # fmt: skip
        required = cells.get("required", "").lower()
        if required not in _YES | _NO:
            self.omissions.add(
                place, f"required の条件 ({required[:60]}) は移せません。答えなくてもよい質問にしました。",
                f"the condition of required ({required[:60]}) is not carried over: it may be left out.",
            )  # fmt: skip
        rest = [c for c in cells if c.split("::")[0] not in _LOOKS]
        rest += [c for c in ("default", "calculation") if cells.get(c)]
        for column in rest:
            self.omissions.add(place, f"{column:.40} は移せません。", f"not carried over: {column[:40]}.")  # fmt: skip


def _is_yes(value: str) -> bool:
    return value.strip().lower() in _YES


def _select(kind: str) -> tuple[Select, str, str, bool] | None:
    """Return what a type like ``select_one list or_other`` says: kind, list, source, "other"."""
    words = " ".join(kind.split())
    low = words.lower()
    for head, type_ in _SELECTS:
        if low == head or low.startswith((f"{head} ", f"{head}_")):
            rest = words[len(head) :]
            source = "list"
            for end, found in ((("_external", " external"), "file"), (("_from_file", " from file"), "file"), ((" from ",), "list")):  # fmt: skip
                match = next((e for e in end if rest.lower().startswith(e)), None)
                if match:
                    rest, source = rest[len(match) :], found
            listed = rest.strip()
            other = False
            for tail in ("or_other", "or specify other", "or other"):
                if listed.lower().endswith(f" {tail}"):
                    listed, other = listed[: -len(tail)].strip(), True
            if "${" in listed:
                source = "answers"
            elif re.search(r"\.(csv|xml|geojson)$", listed.lower()):
                source = "file"
            return type_, listed, source, other  # type: ignore[return-value]  # the table's words
    return None
