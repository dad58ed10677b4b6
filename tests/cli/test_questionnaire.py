"""``tojimari questionnaire`` as a user runs it: read, confirm, fill."""

import io

import openpyxl
import pytest
import yaml

from tests.support.command import one_sentence
from tests.support.workbooks import questionnaire_file

FORM, MAP, OUT = "form.xlsx", "map.yaml", "out.xlsx"


def read(tojimari, data=None):
    (tojimari.folder / FORM).write_bytes(questionnaire_file() if data is None else data)
    return tojimari("questionnaire", "read", FORM, "--mapping", MAP)


def mapping(tojimari):
    return yaml.safe_load((tojimari.folder / MAP).read_text("utf-8"))


def keep(tojimari, found) -> None:
    (tojimari.folder / MAP).write_text(yaml.safe_dump(found, allow_unicode=True), "utf-8")


def fill(tojimari, *more):
    return tojimari("questionnaire", "fill", FORM, "--mapping", MAP, "--out", OUT, *more)


def test_only_what_was_confirmed_and_is_known_is_written(tojimari):
    assert read(tojimari).returncode == 0
    found = mapping(tojimari)
    assert [row["row"] for row in found["rows"]] == [3, 4, 5]
    assert not any(row["confirmed"] for row in found["rows"])
    assert found["rows"][1]["suggested"][0].startswith("antimalware")
    assert fill(tojimari).returncode == 1  # nothing is confirmed yet
    (tojimari.folder / OUT).unlink()
    for row, answer in zip(found["rows"], ("met", "", "not_met"), strict=True):
        row |= {"confirmed": True, "answer": answer, "remark": "=1+1"}
    keep(tojimari, found)
    done = fill(tojimari)
    assert done.returncode == 1  # what the diagnosis does not know stays open, and is named
    assert "D4" in done.stderr
    sheet = openpyxl.load_workbook(io.BytesIO((tojimari.folder / OUT).read_bytes()))["質問票"]
    assert [sheet[f"D{row}"].value for row in (3, 4, 5)] == ["○", None, "×"]
    assert (sheet["E3"].value, sheet["E3"].data_type) == ("=1+1", "s")
    one_sentence(fill(tojimari))  # the file is there: nothing is written over


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"x" * 99], ids=len)  # fmt: skip
def test_what_is_no_workbook_is_one_sentence(tojimari, data):
    one_sentence(read(tojimari, data))
    assert not (tojimari.folder / MAP).exists()


@pytest.mark.parametrize(
    "wrong",
    [
        {"digest": "0"},
        {"sheet": "ない"},
        {"rows": [{"row": 99, "confirmed": True}]},
        {"rows": [{"row": 3, "confirmed": True, "controls": ["nothing"]}]},
        {"rows": [{"row": 3, "confirmed": True, "answer": "perhaps"}]},
        {"rows": "x"},
        {"other": 1},
    ],
    ids=str,
)
def test_a_mapping_that_does_not_fit_is_one_sentence(tojimari, wrong):
    read(tojimari)
    keep(tojimari, mapping(tojimari) | wrong)
    one_sentence(fill(tojimari))
    assert not (tojimari.folder / OUT).exists()


def test_a_question_steers_no_terminal(tojimari):
    """XML holds these: the one-byte form of an escape sequence, and the mark that turns lines."""
    hostile = questionnaire_file(("\x9b2J\u202e質問ですか。", "次の質問ですか。", "三つ目ですか。"))
    assert read(tojimari, hostile).returncode == 0
    said = fill(tojimari)
    assert "D3" in said.stderr
    assert not {"\x9b", "\u202e"} & set(said.stdout + said.stderr)
