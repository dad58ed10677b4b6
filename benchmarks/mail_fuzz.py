"""Fuzzes the reading of mails and the verdict with atheris (libFuzzer), guided by coverage.

    pip install atheris
    python benchmarks/mail_fuzz.py seeds CORPUS FOLDER
    python benchmarks/mail_fuzz.py TARGET FOLDER/TARGET -max_total_time=900 [other options of libFuzzer]

TARGET: mail (whatever somebody hands in, and its verdict), page (HTML), file (what is attached: the
first byte says under which name, and whether it lies in a zip or an Office document), verdict (a
message made of any values that the reader could have answered). ``seeds`` writes what to begin with,
from the corpus of ``mail.py`` and from what the tests make; what is found on the way is added.
It stops with the input that raised, or that took longer than a second of processor time; such an
input belongs into tests/mail/test_confined.py. Everything runs in this process, outside of the
confinement, since what is looked for is what the confinement would have to catch.
"""

import io
import sys
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["tojimari.mail", "tojimari.lib.encodings"]):
    from tojimari.mail.acquaintances import Contact, gather_known
    from tojimari.mail.attachments.budget import Budget
    from tojimari.mail.attachments.kinds import ENDINGS
    from tojimari.mail.attachments.look import Looked, look
    from tojimari.mail.headers import addresses
    from tojimari.mail.html import read_html, text_links
    from tojimari.mail.links import link, links_in
    from tojimari.mail.message import Attachment, Hidden, Hop, Message, Trait, Verified
    from tojimari.mail.reading import read_file
    from tojimari.mail.reading_process import prepare
    from tojimari.mail.verdict import judge

SECONDS = 1.0
KNOWN = gather_known(["kado.example"], [Contact("a@yamakawa-koumuten.example", ("山川工務店",))])
NAMES = tuple(f"a.{sorted(endings)[0]}" for endings in ENDINGS.values())
_PARTS = (
    "word/document.xml",
    "word/_rels/document.xml.rels",
    "word/vbaProject.bin",
    "xl/workbook.xml",
    "xl/externalLinks/_rels/externalLink1.xml.rels",
    "word/embeddings/oleObject1.bin",
)


def mail(data: bytes) -> None:
    for message in read_file(data):
        _judged(message)


def page(data: bytes) -> None:
    read = read_html(data.decode("utf-8", "replace"))
    text_links(read)


def file(data: bytes) -> None:
    how, data = data[:1] or b"\x00", data[1:]
    name = NAMES[how[0] % len(NAMES)]
    if how[0] >= 0xC0:
        name, data = "a.docx", _zip({"[Content_Types].xml": b"", **dict.fromkeys(_PARTS, data)})
    elif how[0] >= 0x80:
        name, data = "a.zip", _zip({name: data})
    into = Looked()
    look(name, "application/octet-stream", data, Budget(), into)
    _judged(Message("mail", attachments=tuple(into.attachments), links=tuple(into.links)))


def verdict(data: bytes) -> None:
    given = atheris.FuzzedDataProvider(data)

    def text(most: int) -> str:
        return given.ConsumeUnicodeNoSurrogates(given.ConsumeIntInRange(0, most))

    body, senders = text(2_000), addresses(text(200), 3)
    links = [*links_in(body, "text", 50), *(link(text(200), text(80), "link") for _ in range(3))]
    host = links[-1].host
    _judged(
        Message(
            "mail" if given.ConsumeBool() else "text",
            **({"sender": senders[0]} if senders else {}),
            senders=len(senders),
            reply_to=tuple(addresses(text(100), 2)),
            to=tuple(addresses(text(100), 2)),
            envelope=host,
            message_id=host,
            has_message_id=given.ConsumeBool(),
            signed_by=(host,),
            verified=(Verified("dmarc", given.PickValueInList(["pass", "fail", "x"]), host),),
            hops=(Hop(text(60), host, text(40), text(30)),),
            subject=text(200),
            in_reply_to=given.ConsumeBool(),
            text=body,
            hidden=(Hidden("size", text(100), given.ConsumeIntInRange(0, 9_000)),),
            links=tuple(links),
            attachments=(Attachment(text(60), "", "zip", 9, (), (Trait(text(20), text(50)),)),),
            quoted=given.ConsumeProbability(),
        )
    )


def _judged(message: Message) -> None:
    found = judge(message, KNOWN, {})
    assert 0 <= found.likelihood <= 1, found
    assert all(len(each.quote) <= 400 and 0 < each.degree <= 1 for each in found.reasons)


def _zip(parts: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    return out.getvalue()


TARGETS: dict[str, Callable[[bytes], None]] = {
    each.__name__: each for each in (mail, page, file, verdict)
}


def write_seeds(corpus: Path, folder: Path) -> None:
    """Write what each target begins with: each twentieth mail of dev, its parts, the tests' files."""
    from email.parser import BytesParser

    from tests.mail import made
    from tests.mail.test_confined import KINDS

    seeds: dict[str, list[bytes]] = {name: [] for name in TARGETS}
    chosen = [each.read_bytes() for each in sorted((corpus / "dev").glob("*.eml"))[::20]]
    seeds["mail"] = [*(each for each in chosen if len(each) < 60_000), *KINDS]
    for data in (*chosen, *KINDS):
        for part in BytesParser().parsebytes(data).walk():
            payload = part.get_payload(decode=True)
            if isinstance(payload, bytes) and 0 < len(payload) < 60_000:
                kind = part.get_content_type()
                seeds["page" if kind == "text/html" else "verdict"].append(payload)
                if part.get_filename():
                    seeds["file"].append(b"\x00" + payload)
    seeds["file"] += [b"\x00" + each for each in (made.encrypted_zip(), made.endless_picture())]
    seeds["file"] += [b"\xc0<Relationships/>", b"\x85" + made.PROGRAM, b"\x09" + made.SMUGGLING]
    for name, found in seeds.items():
        (folder / name).mkdir(parents=True, exist_ok=True)
        for number, data in enumerate(found):
            (folder / name / f"seed-{number}").write_bytes(data)


def main() -> None:
    if sys.argv[1] == "seeds":
        write_seeds(Path(sys.argv[2]), Path(sys.argv[3]))
        return
    target = TARGETS[sys.argv.pop(1)]
    prepare()

    def one(data: bytes) -> None:
        begin = time.process_time()
        target(data)
        took = time.process_time() - begin
        assert took < SECONDS, took

    atheris.Setup(sys.argv, one)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
