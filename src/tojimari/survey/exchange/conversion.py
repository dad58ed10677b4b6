"""Converts a questionnaire file; the ends of the names say from what to what."""

from pathlib import Path

import msgspec
import yaml

from tojimari.model import Text
from tojimari.survey.draft import draft_questionnaire
from tojimari.survey.exchange.portable import CannotConvert, portable_part
from tojimari.survey.exchange.surveyjs import to_json
from tojimari.survey.exchange.surveyjs_reader import from_json
from tojimari.survey.exchange.xlsform import to_workbook
from tojimari.survey.exchange.xlsform_reader import from_workbook
from tojimari.survey.exchange.xlsform_sheets import is_form
from tojimari.survey.loader import check_questionnaire, load_questionnaire
from tojimari.survey.parquet import whole_file
from tojimari.survey.schema import Questionnaire

KINDS = (".yaml", ".xlsx", ".json")
DATA = (".sav", ".zsav", ".csv", ".tsv", ".txt", ".parquet")
"""Tables of responses: a questionnaire is drafted from them."""


def read_any(source: str) -> tuple[Questionnaire, tuple[Text, ...]]:
    """Return a questionnaire of any kind and what could not be taken over; of data, a draft.

    Raises CannotConvert, BadQuestionnaire, NoQuestionnaire or BadResponses.
    """
    path = Path(source)
    kind = path.suffix.lower()
    form = kind == ".csv" and path.is_file() and is_form(path)
    if kind in DATA and path.is_file() and not form:
        return draft_questionnaire(path)
    if kind not in (".xlsx", ".xls", ".json") and not form:
        return load_questionnaire(source), ()
    if not path.is_file():
        raise CannotConvert(path, "ファイルがありません。", "there is no such file.")
    questionnaire, notes = from_workbook(path) if kind != ".json" else from_json(path)
    check_questionnaire(questionnaire, str(path))
    return questionnaire, notes


def convert(source: str, out: Path) -> tuple[Text, ...]:
    """Convert ``source`` (file or shipped id) into ``out``; return what was not carried over.

    Raises CannotConvert, BadQuestionnaire or NoQuestionnaire; nothing is written then.
    """
    kind = out.suffix.lower()
    if kind not in KINDS:
        raise CannotConvert(
            out, f"書けるのは {' '.join(KINDS)} です。", f"writable are {' '.join(KINDS)}."
        )
    questionnaire, notes = read_any(source)
    if kind == ".yaml":
        data = to_yaml(questionnaire)
    else:
        part, lost = portable_part(questionnaire)
        notes = (*notes, *lost)
        data = to_workbook(part, out) if kind == ".xlsx" else to_json(part)
    with whole_file(out) as temporary:
        temporary.write_bytes(data)
    return notes


def to_yaml(questionnaire: Questionnaire) -> bytes:
    """Return a questionnaire as YAML that load_questionnaire reads; defaults are left out."""
    raw = _without_defaults(questionnaire)
    text = yaml.dump(raw, Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=100)
    return text.encode()


class _Dumper(yaml.SafeDumper):
    """Writes everything out: the reader refuses aliases."""

    def ignore_aliases(self, data: object) -> bool:
        return True


def _without_defaults(value: object) -> object:
    if isinstance(value, msgspec.Struct):
        fields = msgspec.structs.fields(value)
        return {
            field.name: _without_defaults(getattr(value, field.name))
            for field in fields
            if field.required
            or not _is_default(field, getattr(value, field.name))
            # What is left out of a free text means that it may be left empty.
            or (field.name == "required" and getattr(value, "type", "") == "text")
        }
    if isinstance(value, dict):
        return {key: _without_defaults(entry) for key, entry in value.items()}
    return [_without_defaults(entry) for entry in value] if isinstance(value, tuple) else value


def _is_default(field: msgspec.structs.FieldInfo, value: object) -> bool:
    if field.default_factory is not msgspec.NODEFAULT:
        return bool(value == field.default_factory())
    return bool(value == field.default)
