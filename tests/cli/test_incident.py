"""``tojimari incident sheet``: written whole, honest about who is missing, closes its step."""

import json
from datetime import date

import pytest

from tojimari.catalog import load_catalog
from tojimari.cli import main
from tojimari.report.pdf import print_page
from tojimari.report.sheet import KINDS, Sheet, SheetContact, sheet_page

BOTH = [
    "--contact",
    "helper",
    "山田電器",
    "03-1234-5678",
    "--contact",
    "bank",
    "町の銀行",
    "0120-000-111",
]


@pytest.fixture(autouse=True)
def state(tmp_path, monkeypatch):
    monkeypatch.setenv("TOJIMARI_STATE", str(tmp_path / "state.sqlite3"))


def states(capsys):
    capsys.readouterr()
    main(["report", "--format", "json"])
    out = capsys.readouterr().out
    return {c["id"]: c["state"] for c in json.loads(out)["controls"]} if out else {}


@pytest.mark.parametrize("lang", ["ja", "en"])
def test_the_sheet_holds_its_contacts_and_closes_the_step(tmp_path, capsys, lang):
    page = tmp_path / "sheet.html"
    code = main(
        ["incident", "sheet", "--html", str(page), "--company", "<株>", *BOTH, "--lang", lang]
    )
    assert code == 0
    text = page.read_text(encoding="utf-8")
    assert "&lt;株&gt;" in text
    for word in ("山田電器", "03-1234-5678", "0120-000-111", "#9110"):
        assert word in text
    assert states(capsys)["incident-contacts"] == "met"


def test_who_is_missing_is_said_and_closes_nothing(tmp_path, capsys):
    assert main(["incident", "sheet", "--html", str(tmp_path / "s.html"), *BOTH[:4]]) == 1
    assert "--contact bank" in capsys.readouterr().err
    assert states(capsys).get("incident-contacts") != "met"


@pytest.mark.parametrize("of_each", [1, 5])
def test_it_is_one_page_of_a4(of_each):
    pypdfium2 = pytest.importorskip("pypdfium2")
    contacts = [SheetContact(kind, "名" * 90, "0" * 90, "書" * 90) for kind in KINDS * of_each]
    address = "https://portal.example.jp/odd/code/"
    sheet = Sheet("会社" * 50, contacts, date(2026, 11, 29), "ABCD-EFGH-JKMN", address)
    for lang in ("ja", "en"):
        document = pypdfium2.PdfDocument(print_page(sheet_page(sheet, load_catalog(), lang)))
        assert len(document) == 1
        assert [round(side) for side in document[0].get_size()] == [595, 842]


@pytest.mark.parametrize(
    "words",
    [
        [],
        ["--html", "x", "--contact", "aunt", "x", "1"],
        ["--html", "x", "--contact", "bank", " ", "1"],
    ],
)
def test_what_cannot_be_done_is_one_sentence(words, capsys):
    assert main(["incident", "sheet", *words]) == 2
    said = capsys.readouterr().err
    assert said.startswith("tojimari: ")
    assert said.count("\n") == 1
