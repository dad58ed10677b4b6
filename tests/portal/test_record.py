"""The record of an incident: whatever is altered is noticed, also in what was handed out."""

import base64
import copy
import csv
import html
import io
import json
import re
import zipfile
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from tests.support.pressing import run_tasks
from tests.support.records import (
    PHOTO,
    address,
    checked,
    opened,
    rows,
    taken,
    text_of,
    verified,
    with_evidence,
)
from tojimari.portal.core.keys import rotate
from tojimari.portal.core.models import SigningKey
from tojimari.portal.incidents import chain, heads
from tojimari.portal.incidents.chain import append, erase
from tojimari.portal.incidents.heads import broken_line, sign, sign_and_tell, sign_grown
from tojimari.portal.incidents.models import (
    EmergencyContact,
    Incident,
    IncidentEntry,
    IncidentFile,
    IncidentHead,
    IncidentTask,
)
from tojimari.portal.incidents.written_case import case_of
from tojimari.portal.words import catalog, say
from tojimari.report.incident.exchange import claimed
from tojimari.report.incident.iris import timeline
from tojimari.report.incident.paper import case_page, grouped

pytestmark = pytest.mark.django_db


def changed(data: bytes, change) -> bytes:
    """The same ZIP with its record.json changed, as somebody might do."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w") as new:
        for info in old.infolist():
            body = old.read(info)
            if info.filename == "record.json":
                form = json.loads(body)
                change(form)
                body = json.dumps(form).encode()
            new.writestr(info.filename, body)
    return out.getvalue()


def test_every_action_is_a_line_and_the_chain_is_whole(world):
    found = with_evidence(world)
    client, page = world.client("staff"), address(world, found)
    client.post(f"{page}task/", {"task": "write_down", "done": "yes"})
    client.post(f"{page}facts/", {"known_at": "2026-11-01T10:00", "summary": "もう少し分かった"})
    client.post(f"{page}close/", {"learned": "更新する"})
    kinds = [row.kind for row in rows(found)]
    assert kinds[:4] == ["opened", "file", "device", "person"]
    assert sorted(kinds[4:]) == ["closed", "done", "note", "noticed"]
    assert [row.number for row in rows(found)] == list(range(1, 9))
    assert checked(found).broken is None
    shown = text_of(client.get(page))
    assert "受付のPC" in shown
    assert "山田 によると" not in shown  # no other time than that of the portal was claimed


@pytest.mark.parametrize(
    "change",
    [
        {"text": "別のこと"},
        {"who": "別の人"},
        {"kind": "note"},
        {"about": 1},
        {"size": 3},
        {"claimed": True},
        {"made_at": timezone.now()},
        {"file_name": "other.jpg"},
    ],
    ids=lambda change: next(iter(change)),
)
def test_a_change_in_the_database_is_noticed(world, change):
    found = with_evidence(world)
    rows(found).filter(number=2).update(**change)
    assert checked(found).broken.number == 2


def test_a_line_taken_out_of_the_database_is_noticed(world):
    found = with_evidence(world)
    rows(found).filter(number=3).delete()
    broken = checked(found).broken
    assert (broken.number, broken.why) == (3, "missing")


def test_an_exchanged_file_is_noticed(world):
    from tojimari.portal.core.sealing import seal
    from tojimari.portal.incidents.chain import _PURPOSE

    found = with_evidence(world)
    kept = IncidentFile.objects.of(world.company).get()
    other = PHOTO[:-1] + b"x"
    sealed = seal(other, purpose=_PURPOSE, about=str(kept.pk))
    IncidentFile.objects.of(world.company).update(sealed=sealed)
    broken = checked(found).broken
    assert (broken.number, broken.why, broken.leaf) == (2, "leaf_altered", "file")


def test_evidence_is_sealed_and_only_ever_a_download(world):
    found = with_evidence(world, name="../a\r\nb<svg>.svg")
    assert PHOTO not in bytes(IncidentFile.objects.of(world.company).get().sealed)
    for who in ("owner", "staff"):
        answer = world.client(who).get(f"{address(world, found)}line/2/file/")
        assert answer.content == PHOTO
        assert answer["Content-Type"] == "application/octet-stream"
        assert answer["Content-Disposition"].startswith("attachment")
        assert "\n" not in answer["Content-Disposition"]
        assert answer["X-Content-Type-Options"] == "nosniff"
        assert answer["Content-Security-Policy"].startswith("sandbox")
    page = address(world, found)
    for number in (1, 99, 2**31, 10**30):
        assert world.client("owner").get(f"{page}line/{number}/file/").status_code == 404
    names = zipfile.ZipFile(io.BytesIO(taken(world, found))).namelist()
    assert names == ["evidence/000002.bin", "record.json"]


def test_what_is_no_file_or_too_large_is_one_sentence(world):
    found = opened(world)
    client, page = world.client("owner"), f"{address(world, found)}evidence/"
    for sent in ({}, {"file": "text"}, {"file": SimpleUploadedFile("a", b"")}):
        assert client.post(page, sent).status_code == 400
    large = SimpleUploadedFile("a", b"x" * 15_000_001)
    assert client.post(page, {"file": large}).status_code in (400, 413)
    future = (timezone.now() + timedelta(days=2)).strftime("%Y-%m-%dT%H:%M")
    late = {"file": SimpleUploadedFile("a", b"x"), "at": future}
    assert client.post(page, late).status_code == 400
    assert not IncidentFile.objects.of(world.company).exists()
    assert rows(found).count() == 1


def test_a_correction_is_a_new_line_and_the_old_one_is_struck(world):
    found = with_evidence(world)
    client, page = world.client("owner"), address(world, found)
    assert client.get(f"{page}line/3/correct/").status_code == 200
    client.post(f"{page}line/3/correct/", {"text": "倉庫のPC", "said_by": "鈴木"})
    new = rows(found).get(number=5)
    assert (new.kind, new.about, new.text, new.said_by) == ("device", 3, "倉庫のPC", "鈴木")
    shown = text_of(client.get(page))
    assert re.search(r"<s>受付のPC[^<]*</s> <a href=\"#line-5\">", shown)
    letter = text_of(client.get(f"{page}letter/partners/"))
    assert "倉庫のPC" in letter
    assert "受付のPC" not in letter
    assert checked(found).broken is None
    # Ticks, and what the portal wrote of the record itself, are corrected by no words.
    client.post(f"{page}task/", {"task": "write_down", "done": "yes"})
    assert client.get(f"{page}line/6/correct/").status_code == 404


def test_erasing_leaves_digest_size_and_who_did(world):
    found = with_evidence(world, text="佐藤さんの顔")
    client, page = world.client("owner"), f"{address(world, found)}line/2/erase/"
    before = rows(found).get(number=2)
    assert client.get(page).status_code == 200
    assert client.post(page, {}).status_code == 400
    client.post(page, {"what": ["words", "file"]})
    row = rows(found).get(number=2)
    assert (row.text, row.file_name, row.size) == ("", "", len(PHOTO))
    assert (row.digest, row.digests) == (before.digest, before.digests)
    assert set(row.salts) == {"who", "said_by"}
    assert not IncidentFile.objects.of(world.company).exists()
    said = rows(found).last()
    assert (said.kind, said.about, said.by) == ("erased", 2, world.owner)
    whole = checked(found)
    assert whole.broken is None
    assert set(whole.erased) == {(2, "text", True), (2, "name", True), (2, "file", True)}
    everything = json.dumps(list(rows(found).values()), default=str)
    for gone in (before.salts["text"], before.salts["file"], "佐藤さん"):
        assert gone not in everything
    assert "佐藤さん" not in text_of(client.get(address(world, found)))
    assert client.get(f"{address(world, found)}line/2/file/").status_code == 404
    client.post(page, {"what": ["names"]})
    assert client.get(page).status_code == 404
    assert world.client("staff").get(page).status_code == 404


def test_the_name_of_who_leaves_goes_and_the_chain_stays(world):
    found = opened(world, who="staff", summary="変だ")
    assert rows(found).get(number=1).who == "staff"
    world.staff.delete()
    row = rows(found).get(number=1)
    assert (row.who, row.by) == ("", None)
    assert checked(found).erased == ((1, "who", False),)
    assert checked(found).broken is None


def test_times_say_who_claims_them(world):
    found = opened(world)
    client, page = world.client("owner"), address(world, found)
    sent = {"kind": "note", "text": "電話が来た", "at": "2026-11-01T09:30", "said_by": "店長"}
    client.post(f"{page}entry/", sent)
    client.post(f"{page}entry/", {"kind": "note", "text": "いま書いた"})
    shown = text_of(client.get(page))
    assert "店長 によると、2026-11-01 09:30" in shown
    first, second = rows(found)[1:]
    assert (first.claimed, second.claimed) == (True, False)


def test_a_closed_record_is_signed_mailed_to_owners_and_printed(world, smtp):
    found = with_evidence(world)
    world.client("staff").post(f"{address(world, found)}close/", {"learned": "更新する"})
    run_tasks()
    head = IncidentHead.objects.of(world.company).get()
    assert head.number == rows(found).count()
    assert head.digest == rows(found).last().digest
    mails = [one for one in smtp.mails if head.digest in one.get_content()]
    assert len(mails) == 1
    assert mails[0]["to"] == "owner@example.jp"
    assert head.digest[:8] in text_of(world.client("owner").get(address(world, found)))


def test_a_record_that_grows_is_told_once_a_day(world):
    found = opened(world)

    def told():
        rows = IncidentHead.objects.of(world.company).filter(told_at__isnull=False)
        return rows.count()

    sign_grown.func()
    assert told() == 1
    sign_grown.func()
    append(found, "note", "a")
    sign_grown.func()
    assert told() == 1
    day = timezone.now() - timedelta(days=1, minutes=1)
    IncidentHead.objects.of(world.company).update(told_at=day, made_at=day)
    sign_grown.func()
    assert told() == 2
    sign_grown.func()
    assert IncidentHead.objects.of(world.company).count() == 2


def test_a_key_that_does_not_open_holds_no_record_up(world, settings):
    found = opened(world)
    assert sign(found) is not None
    settings.SECRET_KEY = "another"
    client = world.client("owner")
    client.post(f"{address(world, found)}close/", {"learned": "a"})
    found.refresh_from_db()
    assert found.state == "closed"
    assert IncidentHead.objects.of(world.company).count() == 1


def test_records_have_keys_of_their_own_and_old_ones_stay_published(client, world):
    from tojimari.portal.core.keys import published, signing_key

    kid, _ = signing_key(SigningKey.RECORD)
    other, _ = signing_key()
    assert kid != other
    for _ in range(2):
        rotate(SigningKey.RECORD)
        rotate()
    there = {key["kid"] for key in client.get("/.well-known/jwks.json").json()["keys"]}
    assert kid in there
    assert other not in there
    assert len(published()["keys"]) == 5


def test_the_export_is_whole_and_says_no_more(world, tmp_path, capsys):
    found = with_evidence(world)
    data = taken(world, found)
    code, said = verified(capsys, tmp_path, data)
    assert code == 2
    assert "nobody can say that they are as written" in said
    assert "Whose key that is was not checked" in said
    assert "no time stamp" in said
    assert "not whether what was written is true" in said
    keys = tmp_path / "jwks.json"
    keys.write_bytes(world.client("owner").get("/.well-known/jwks.json").content)
    code, said = verified(capsys, tmp_path, data, "--key", str(keys))
    assert (code, "by the key you gave" in said) == (0, True)
    assert "as it was written (4 lines)" in said
    bare = taken(world, found, "json")
    code, said = verified(capsys, tmp_path, bare, "--key", str(keys))
    assert (code, "1 file is not in this export" in said) == (0, True)
    form = json.loads(verified(capsys, tmp_path, data, "--json")[1])
    assert (form["state"], form["signed"], form["vouched"]) == ("unknown", "own", 0)
    japanese = verified(capsys, tmp_path, data, "--printed", form["digest"], lang="ja")
    assert (japanese[0], "書かれたままです (4行)" in japanese[1]) == (0, True)
    japanese = verified(capsys, tmp_path, data, lang="ja")
    assert (japanese[0], "書かれたままとは言えません" in japanese[1]) == (2, True)


def test_the_digest_of_an_earlier_line_vouches_for_no_later_one(world, tmp_path, capsys):
    found = with_evidence(world)
    data = taken(world, found)
    early = rows(found).get(number=3).digest
    code, said = verified(capsys, tmp_path, data, "--printed", early)
    assert (code, "Up to line 3 they are as written" in said) == (2, True)
    assert "It tells nothing from line 4 on" in said


def test_a_record_written_anew_and_signed_by_its_writer_is_never_whole(world, tmp_path, capsys):
    """What a forger does: other words, a chain over them, and a key of their own in the file."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from msgspec import to_builtins

    from tests.support.chained import record_of
    from tojimari.respond.record.head import Head, sign_head, thumbprint

    key = Ed25519PrivateKey.generate()
    public = key.public_key().public_bytes_raw()
    x = base64.urlsafe_b64encode(public).rstrip(b"=").decode()
    lines = record_of(["forged", "all of it"])

    def forge(form):
        said = Head(lines[0].entry.record, 2, lines[-1].digest, 0, "https://portal.example.jp")
        form |= {
            "record": said.record,
            "lines": to_builtins(lines),
            "heads": [{"jws": sign_head(said, thumbprint(public), key)}],
            "keys": {"keys": [{"kty": "OKP", "crv": "Ed25519", "x": x}]},
        }

    keys = tmp_path / "jwks.json"
    keys.write_bytes(world.client("owner").get("/.well-known/jwks.json").content)
    found = opened(world)
    head = sign(found)
    data = changed(taken(world, found), forge)
    assert verified(capsys, tmp_path, data)[0] == 2
    assert verified(capsys, tmp_path, data, "--key", str(keys))[0] == 2
    assert verified(capsys, tmp_path, data, "--printed", head.digest)[0] == 1


@pytest.mark.parametrize(
    ("leaf", "code", "words"),
    [
        ("text", 2, "Line 2, the words: not there, and no line says"),
        ("said_by", 2, "Somebody may have taken it out"),
        ("file", 2, "Somebody may have taken it out"),
        ("who", 0, "Line 2: the writer's name is not there"),
    ],
)
def test_what_was_taken_out_of_an_export_is_not_whole(world, tmp_path, capsys, leaf, code, words):
    found = with_evidence(world)
    data = changed(taken(world, found), lambda form: form["lines"][1]["leaves"].pop(leaf))
    digest = rows(found).last().digest
    got, said = verified(capsys, tmp_path, data, "--printed", digest)
    assert (got, words in said) == (code, True), said


def test_a_file_taken_out_of_the_zip_is_not_whole(world, tmp_path, capsys):
    found = with_evidence(world)
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(taken(world, found))) as old, zipfile.ZipFile(out, "w") as new:
        new.writestr("record.json", old.read("record.json"))
    digest = rows(found).last().digest
    code, said = verified(capsys, tmp_path, out.getvalue(), "--printed", digest)
    assert (code, "1 file is not in this export" in said) == (2, True)


def test_what_owners_erased_is_whole(world, tmp_path, capsys):
    found = with_evidence(world)
    page = f"{address(world, found)}line/2/erase/"
    world.client("owner").post(page, {"what": ["words", "file", "names"]})
    data = taken(world, found)
    digest = rows(found).last().digest
    code, said = verified(capsys, tmp_path, data, "--printed", digest)
    assert (code, "erased, as a later line says" in said) == (0, True), said


def test_another_key_cannot_tell_and_a_forged_one_is_told_by_the_paper(world, tmp_path, capsys):
    found = with_evidence(world)
    head = sign(found)
    data = taken(world, found)
    other = tmp_path / "other.json"
    other.write_text(
        json.dumps(
            {"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}
        )
    )
    code, said = verified(capsys, tmp_path, data, "--key", str(other))
    assert (code, "Who signed was not checked" in said) == (2, True)
    code, said = verified(capsys, tmp_path, data, "--key", str(other), "--printed", head.digest)
    assert code == 0
    # Whoever holds the database writes the record anew, and signs it with a key of their own.
    IncidentHead.objects.of(world.company).delete()
    rows(found).filter(number=4).delete()
    append(found, "person", "別の人")
    rotate(SigningKey.RECORD)
    forged = taken(world, found)
    assert verified(capsys, tmp_path, forged)[0] == 2
    code, said = verified(capsys, tmp_path, forged, "--printed", head.digest[:16])
    assert (code, "of no line" in said) == (1, True)


def altered(form):
    form["lines"][2]["entry"]["written_at"] = "2026-01-01T00:00:00.000000Z"


def altered_text(form):
    form["lines"][2]["leaves"]["text"]["value"] += "!"


def cut(form):
    form["lines"].pop()


def without_heads(form):
    form["heads"] = []


def swapped(form):
    lines = form["lines"]
    lines[1], lines[2] = lines[2], lines[1]


def foreign_head(form):
    other = copy.deepcopy(form["heads"][0])
    other["jws"] = other["jws"][:-6] + ("AAAAAA" if other["jws"][-6:] != "AAAAAA" else "BBBBBB")
    form["heads"] = [other]


def another_incident(form):
    form["record"] = "0b9fbf0e-0000-4000-8000-000000000001"


@pytest.mark.parametrize(
    ("change", "code", "words"),
    [
        (altered, 1, "at line 3: the line is not what was written"),
        (altered_text, 1, "at line 3: the words: not what was written"),
        (cut, 1, "at line 4: lines at the end that were signed are missing"),
        (swapped, 1, "at line 2: a line is missing"),
        (foreign_head, 1, "a signature is false"),
        (another_incident, 1, "another incident"),
        (without_heads, 2, "There is no signature"),
    ],
    ids=lambda one: getattr(one, "__name__", ""),
)
def test_a_changed_export_says_where_it_breaks(world, tmp_path, capsys, change, code, words):
    data = changed(taken(world, with_evidence(world)), change)
    got, said = verified(capsys, tmp_path, data)
    assert (got, words in said) == (code, True), said


def test_lines_after_the_last_signature_are_said_not_to_be_covered(world, tmp_path, capsys):
    found = with_evidence(world)
    sign(found)
    append(found, "note", "later")
    SigningKey.objects.update(sealed=b"x" * 40)  # the new line cannot be signed
    code, said = verified(capsys, tmp_path, taken(world, found))
    assert (code, "From line 5 on nothing is signed" in said) == (2, True)


def test_an_exchanged_file_in_the_zip_and_parts_nobody_named(world, tmp_path, capsys):
    data = taken(world, with_evidence(world))
    for body, words in ((PHOTO[:-1] + b"x", "the file: not what"), (PHOTO + b"x", "the file: not")):
        out = io.BytesIO()
        with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w") as new:
            new.writestr("record.json", old.read("record.json"))
            new.writestr("evidence/000002.jpg", body)
        code, said = verified(capsys, tmp_path, out.getvalue())
        assert (code, words in said) == (1, True), said
    out = io.BytesIO(data)
    with zipfile.ZipFile(out, "a") as more:
        more.writestr("../../etc/passwd\x1b[2J", b"x")
    code, said = verified(capsys, tmp_path, out.getvalue())
    assert (code, "1 part is in it that the record does not name" in said) == (2, True)
    assert "\x1b" not in said


def after_signing(found, spoil) -> None:
    sign(found)
    spoil(rows(found))


@pytest.mark.parametrize(
    ("spoil", "number"),
    [
        (lambda lines: lines.filter(number=2).update(text="別のこと"), 2),
        (lambda lines: lines.filter(number=4).delete(), 4),
        (lambda lines: lines.filter(number__gt=2).delete(), 3),
    ],
    ids=["altered", "last", "cut"],
)
def test_an_altered_record_says_so_wherever_it_is_shown(world, spoil, number):
    found = with_evidence(world)
    client, page = world.client("owner"), address(world, found)
    whole = text_of(client.get(page))
    assert say("record.broken", "ja", n=number) not in whole
    assert b"not as it was written" not in taken(world, found, "stix.json")
    after_signing(found, spoil)
    shown = text_of(client.get(page))
    assert say("record.broken", "ja", n=number) in shown
    case = case_of(found)
    assert case.broken == number
    for lang in ("ja", "en"):
        paper = html.unescape(case_page(case, catalog(), lang))
        cover = paper.split('class="cover"')[1].split("</section>")[0]
        assert say("case.broken", lang, n=number) in cover
        assert say("case.proves", lang) not in cover
        assert case.head is not None
        assert grouped(case.head.digest) not in cover
    assert taken(world, found, "pdf").startswith(b"%PDF")
    for form in ("stix.json", "misp.json"):
        assert f"at line {number}. Do not rely on it alone".encode() in taken(world, found, form)
    tagged = timeline(case).decode().count("not-as-written")
    assert tagged == rows(found).filter(number__gte=number).count()


def test_a_line_signed_after_the_others_were_read_is_no_break(world):
    found = with_evidence(world)
    before = checked(found)
    append(found, "note", "later")
    sign(found)
    assert broken_line(found, before) == 0


def test_who_claimed_it_stays_another_when_their_name_is_erased(world):
    found = opened(world)
    client, page = world.client("owner"), address(world, found)
    sent = {"kind": "note", "text": "電話が来た", "at": "2026-11-01T09:30", "said_by": "店長"}
    client.post(f"{page}entry/", sent)
    row = rows(found).get(number=2)
    erase(row, ("said_by",), world.owner)
    assert "名前を消した人 によると、2026-11-01 09:30" in text_of(client.get(page))
    case = case_of(found)
    assert "somebody whose name was erased" in case_page(case, catalog(), "en")
    assert "says somebody whose name was erased" in claimed(case.lines[1])
    erase(row, ("who",), world.owner)
    assert "名前を消した人 によると" in text_of(client.get(page))


def test_rows_of_an_earlier_backup_are_chained_at_the_first_look(world):
    found = opened(world, summary="a")
    rows(found).delete()
    for text in ("one", "two"):
        IncidentEntry.objects.of(world.company).create(
            company=world.company,
            incident=found,
            kind="note",
            text=text,
            at=timezone.now(),
            by=world.owner,
        )
    page = text_of(world.client("owner").get(address(world, found)))
    assert [row.kind for row in rows(found)] == ["note", "note", "chained"]
    assert rows(found).first().who == "owner"
    assert "2行は、つながりを付ける前に" in page
    assert checked(found).broken is None


def test_other_programs_read_it(world):
    import pymisp
    import stix2

    found = with_evidence(world)
    world.client("owner").post(
        f"{address(world, found)}task/", {"task": "write_down", "done": "yes"}
    )
    bundle = stix2.parse(taken(world, found, "stix.json").decode())
    by_type: dict[str, list] = {}
    for one in bundle.objects:
        by_type.setdefault(one.type, []).append(one)
    assert by_type["incident"][0].id == f"incident--{found.pk}"
    assert len(by_type["note"]) == 5
    assert len(by_type["course-of-action"]) == 1
    assert by_type["url"][0].value == "http://203.0.113.9/a"
    assert (
        by_type["file"][0].hashes["SHA-256"] == IncidentFile.objects.of(world.company).get().sha256
    )
    assert "indicator" not in by_type
    # Ids of observables follow from what they say, as stix2 makes them itself.
    assert stix2.v21.URL(value="http://203.0.113.9/a").id == by_type["url"][0].id
    event = pymisp.MISPEvent()
    event.from_json(taken(world, found, "misp.json").decode())
    assert event.uuid == str(found.pk)
    assert {one.type for one in event.attributes} == {"url", "ip-dst", "text", "filename|sha256"}
    assert not any(one.to_ids for one in event.attributes)


def test_iris_takes_the_three_files_in_their_order(world):
    found = with_evidence(world)
    world.client("owner").post(
        f"{address(world, found)}entry/", {"kind": "note", "text": "=HYPERLINK(1)\n二行目"}
    )
    archive = zipfile.ZipFile(io.BytesIO(taken(world, found, "iris.zip")))
    assert archive.namelist() == ["1-assets.csv", "2-indicators.csv", "3-timeline.csv"]
    # As IRIS reads them: split at line ends, the first one compared with its header.
    tables = [archive.read(name).decode().splitlines() for name in archive.namelist()]
    assert tables[0][0] == (
        "asset_name,asset_type_name,asset_description,asset_ip,asset_domain,asset_tags"
    )
    assert tables[1][0] == "ioc_value,ioc_type,ioc_description,ioc_tags,ioc_tlp"
    assert tables[2][0] == (
        "event_date,event_tz,event_title,event_category,event_content,event_raw,event_source,"
        "event_assets,event_iocs,event_tags"
    )
    assets, iocs, events = (list(csv.DictReader(lines)) for lines in tables)
    names = {row["asset_name"] for row in assets}
    assert names == {"受付のPC 1番 左", "佐藤"}
    assert {row["ioc_value"] for row in iocs} == {"http://203.0.113.9/a", "203.0.113.9"}
    for row in events:
        assert set(filter(None, row["event_assets"].split(";"))) <= names
        assert set(filter(None, row["event_iocs"].split("|"))) <= {r["ioc_value"] for r in iocs}
        assert row["event_title"]
        assert not any(
            cell.startswith(("=", "+", "-", "@"))
            for cell in (row["event_title"], row["event_content"])
        )
    assert len(events) == 5


@pytest.mark.parametrize("lang", ["ja", "en"])
def test_the_paper_carries_company_number_and_digest(world, lang):
    pypdf = pytest.importorskip("pypdf")
    found = with_evidence(world)
    world.client("owner").post(f"{address(world, found)}line/4/erase/", {"what": ["words"]})
    client = world.client("owner")
    client.cookies["django_language"] = lang
    answer = client.get(f"{address(world, found)}record.pdf")
    paper = pypdf.PdfReader(io.BytesIO(answer.content))
    width, height = (float(n) * 25.4 / 72 for n in paper.pages[0].mediabox[2:])
    assert (round(width), round(height)) == (210, 297)
    cover = paper.pages[0].extract_text()
    head = IncidentHead.objects.of(world.company).get()
    assert world.company.name in cover
    assert found.pk.hex[:8] in cover
    assert head.digest in "".join(cover.split())
    whole = "".join("".join(page.extract_text() for page in paper.pages).split())
    assert "佐藤" not in whole
    assert "受付のPC" in whole


def test_each_form_and_no_other(world):
    found = with_evidence(world)
    client, page = world.client("owner"), address(world, found)
    for form in ("json", "stix.json", "misp.json", "iris.zip"):
        answer = client.get(f"{page}record.{form}")
        assert answer["Content-Disposition"].startswith("attachment")
    for form in ("exe", "zip.zip", "", "../x"):
        assert client.get(f"{page}record.{form}").status_code == 404


@pytest.mark.parametrize("who", ["stranger", "supporter", "buyer", "operator"])
def test_nobody_else_gets_at_it(world, who):
    found = with_evidence(world)
    world.company.grants.filter(pk=world.grant.pk).update(scopes=("incidents:read",))
    client, page = world.client(who), address(world, found)
    for part in ("line/2/file/", "line/3/correct/", "line/3/erase/", "record.zip", "record.pdf"):
        assert client.get(f"{page}{part}").status_code == 404
    sent = {"file": SimpleUploadedFile("a.txt", b"x")}
    assert client.post(f"{page}evidence/", sent).status_code == 404
    assert client.post(f"{page}line/3/erase/", {"what": ["words"]}).status_code == 404
    assert rows(found).count() == 4
    if who == "supporter":
        shown = text_of(client.get(f"/s/{world.chamber.pk}{page}"))
        assert "screen.jpg" in shown
        assert "/file/" not in shown
        assert "/erase/" not in shown


def test_what_only_owners_see_is_a_colleagues_neither(world):
    found = opened(world, kind="insider", query="")
    client, page = world.client("staff"), address(world, found)
    for part in ("line/1/correct/", "record.zip"):
        assert client.get(f"{page}{part}").status_code == 404
    assert client.post(f"{page}evidence/").status_code == 404


def test_deleting_the_company_leaves_nothing(world):
    from tojimari.portal.core.deletion import delete_company

    sign_and_tell(with_evidence(world))
    delete_company(world.company)
    for model in (IncidentEntry, IncidentFile, IncidentHead):
        assert not model.objects.across("test").exists()


def closed(world, kind="screen", query="shows=ransom") -> Incident:
    found = opened(world, kind=kind, query=query)
    world.client("owner").post(f"{address(world, found)}close/", {"learned": "バックアップを離す"})
    found.refresh_from_db()
    return found


def test_what_changes_after_an_incident_becomes_steps(world):
    from tojimari.portal.companies.assessments import result_of

    found = closed(world)
    client, page = world.client("owner"), address(world, found)
    assert say("learn.title", "ja") in text_of(client.get(page))
    chosen = ["backup-detached", "mfa-remote"]
    assert client.post(f"{page}learn/", {"control": chosen}).status_code == 302
    result = result_of(world.company)
    day = timezone.localdate(found.known_at)
    assert {standing.control: at for at, standing in result.lessons} == dict.fromkeys(chosen, day)
    assert any(step.because == day for step in result.steps)
    said = rows(found).last()
    assert (said.kind, said.text) == ("decided", "backup-detached mfa-remote")
    shown = client.get(page)
    assert [one["id"] for one in shown.context["learn"] if one["chosen"]] == chosen
    client.post(f"{page}learn/", {"control": ["mfa-remote"]})
    assert [standing.control for _, standing in result_of(world.company).lessons] == ["mfa-remote"]
    assert checked(found).broken is None


def lessons(world):
    from tojimari.portal.companies.assessments import result_of

    return {standing.control: at for at, standing in result_of(world.company).lessons}


def test_a_corrected_moment_loses_no_lesson(world):
    found = closed(world)
    client, page = world.client("owner"), address(world, found)
    answer = client.post(f"{page}learn/", {"control": ["mfa-remote"]}, follow=True)
    shown = text_of(answer)
    assert say("learn.saved", "ja") in shown
    assert say("learn.steps", "ja") in shown
    client.post(f"{page}facts/", {"known_at": "2026-11-01T10:00", "summary": "a"})
    assert [one["id"] for one in client.get(page).context["learn"] if one["chosen"]] == [
        "mfa-remote"
    ]
    client.post(f"{page}learn/", {})
    assert lessons(world) == {}
    assert not any(one["chosen"] for one in client.get(page).context["learn"])


def test_two_incidents_of_a_day_are_apart(world):
    one, other = closed(world), closed(world)
    client = world.client("owner")
    client.post(f"{address(world, one)}learn/", {"control": ["mfa-remote", "backup-detached"]})
    assert not client.get(address(world, other)).context["learned"]
    client.post(f"{address(world, other)}learn/", {"control": ["mfa-remote"]})
    client.post(f"{address(world, one)}learn/", {})
    assert set(lessons(world)) == {"mfa-remote"}
    assert client.get(address(world, other)).context["learned"]
    client.post(f"{address(world, other)}learn/", {})
    assert lessons(world) == {}


def test_erased_words_of_a_decision_can_still_be_taken_back(world):
    found = closed(world)
    client, page = world.client("owner"), address(world, found)
    client.post(f"{page}learn/", {"control": ["mfa-remote"]})
    erase(rows(found).get(kind="decided"), ("text",), world.owner)
    assert client.get(page).context["learned"]
    client.post(f"{page}learn/", {})
    assert lessons(world) == {}


@pytest.mark.parametrize(
    "control",
    [
        ["nonsense"],
        ["disk-encryption"],
        ["backup-detached", "mfa-remote", "vpn-safe", "os-updates-pc"],
    ],
)
def test_what_the_playbook_does_not_offer_is_refused(world, control):
    found = closed(world)
    page = f"{address(world, found)}learn/"
    assert world.client("owner").post(page, {"control": control}).status_code == 400
    assert world.client("stranger").post(page, {"control": ["vpn-safe"]}).status_code == 404


def test_of_one_that_is_open_or_only_owners_see_nothing_becomes_a_step(world):
    for found in (opened(world), closed(world, kind="insider", query="")):
        page = f"{address(world, found)}learn/"
        sent = {"control": ["mfa-cloud"]}
        assert world.client("owner").post(page, sent).status_code == 404


def test_a_supporter_reads_the_reason_only_with_the_leave_for_incidents(world):
    from tojimari.portal.companies.assessments import result_of

    found = closed(world)
    client = world.client("owner")
    client.post(f"{address(world, found)}learn/", {"control": ["os-updates-pc"]})
    assert result_of(world.company).next_step.because is not None
    page = f"/s/{world.chamber.pk}/c/{world.company.pk}/"
    helper = world.client("supporter")
    assert "の事故のあとで" not in text_of(helper.get(page))
    world.company.grants.filter(pk=world.grant.pk).update(
        scopes=("findings:read", "incidents:read")
    )
    assert "の事故のあとで" in text_of(helper.get(page))


def test_a_backup_carries_record_files_and_heads(world, tmp_path, tojimari, empty_database, capsys):
    from tests.support.stored import put_database, tables
    from tojimari.portal.operate import backup as keeping

    found = with_evidence(world)
    sign_and_tell(found)
    file, new = tmp_path / "all.backup", tmp_path / "new"
    keeping.backup(file)
    put_database(empty_database, new)
    assert tojimari(new, "restore", str(file)).returncode == 0
    again = tmp_path / "again.backup"
    assert tojimari(new, "backup", str(again)).returncode == 0
    for table in ("incidententry", "incidentfile", "incidenthead"):
        name = f"incidents.{table}.jsonl"
        assert tables(again)[name] == tables(file)[name] != []


def test_what_a_contact_says_settles_the_clocks_that_hang_on_it(world):
    found = opened(world)
    client, page = world.client("owner"), address(world, found)

    def states():
        clocks = client.get(page).context["clocks"]
        return {one["id"]: state for state, those in clocks.items() for one in those}

    assert (states()["partners"], states()["insurer"]) == ("open", "open")
    contacts = EmergencyContact.objects.of(world.company)
    contacts.create(company=world.company, kind="partners", name="A社", phone="1")
    assert states()["partners"] == "open"  # a contract that names no hours may ask for nothing
    contacts.create(company=world.company, kind="partners", name="B社", phone="1", within_hours=24)
    contacts.create(company=world.company, kind="insurer", name="保険", phone="1")
    assert (states()["partners"], states()["insurer"]) == ("runs", "runs")
    # What somebody answered counts before it.
    Incident.objects.of(world.company).update(
        answers={"insured": "no", "contract_says": "dont_know"}
    )
    assert (states()["partners"], states()["insurer"]) == ("runs", "not")


def test_the_doctor_says_whether_time_stamps_can_be_checked(settings, tmp_path):
    from tojimari.portal.operate.checks import timestamps

    settings.TIMESTAMP_URL = ""
    assert list(timestamps()) == []
    settings.TIMESTAMP_URL, settings.TIMESTAMP_CA = "http://127.0.0.1:1/", str(tmp_path / "no.pem")
    (said,) = timestamps()
    assert "TOJIMARI_TIMESTAMP_CA" in str(said)


def test_an_altered_record_is_not_signed_and_the_owners_are_told(world, smtp):
    found = with_evidence(world)
    sign_and_tell(found)
    rows(found).filter(number=3).update(text="別の機器")
    append(found, "note", "later")
    sign_and_tell(found)
    sign_and_tell(found)
    run_tasks()
    assert IncidentHead.objects.of(world.company).count() == 1
    told = [one for one in smtp.mails if "書かれたときと違っています" in one["subject"]]
    assert [one["to"] for one in told] == ["owner@example.jp"]
    shown = text_of(world.client("owner").get(f"/c/{world.company.pk}/"))
    assert "3行目で、書かれたときと違っています" in shown


def test_saving_the_same_moment_again_writes_no_line(world):
    found = opened(world, summary="a")
    moment = timezone.localtime(found.known_at).strftime("%Y-%m-%dT%H:%M")
    page = f"{address(world, found)}facts/"
    world.client("owner").post(page, {"known_at": moment, "summary": "a"})
    assert rows(found).count() == 1


def test_with_the_name_of_who_wrote_it_goes_the_account_behind_it(world):
    found = with_evidence(world)
    client, page = world.client("owner"), address(world, found)
    client.post(f"{page}task/", {"task": "write_down", "done": "yes"})
    for kind in ("opened", "done"):
        line = rows(found).get(kind=kind)
        assert line.by == world.owner
        sent = {"what": ["names"]}
        assert client.post(f"{page}line/{line.number}/erase/", sent).status_code == 302
        line.refresh_from_db()
        assert (line.who, line.by) == ("", None)
    found.refresh_from_db()
    assert found.opened_by is None
    task = IncidentTask.objects.of(world.company).get(task="write_down")
    assert task.done_at is not None
    assert task.done_by is None
    assert checked(found).broken is None


def test_a_deleted_account_brings_no_erased_salt_back(world, monkeypatch):
    """While the names are taken from one record, an owner erases words of another."""
    first, second = sorted(
        (opened(world, summary=text, who="staff") for text in "ab"), key=lambda one: one.pk.hex
    )
    line = rows(second).get(kind="opened")
    real, done = chain._take_away, list[str]()

    def erasing_between(row, leaves):
        if not done:
            done.append(row.incident_id)
            chain.erase(line, ("text",), world.owner)
        real(row, leaves)

    monkeypatch.setattr(chain, "_take_away", erasing_between)
    world.staff.delete()
    assert done
    line.refresh_from_db()
    assert line.text == line.who == ""
    assert not line.salts
    for found in (first, second):
        assert checked(found).broken is None


def test_a_head_of_which_nobody_could_be_told_is_told_of_later(world, monkeypatch):
    found = with_evidence(world)

    def killed(*_: object) -> None:
        raise SystemExit

    with monkeypatch.context() as patched:
        patched.setattr(heads, "tell_head", killed)
        with pytest.raises(SystemExit):
            sign_and_tell(found)
    own = IncidentHead.objects.of(world.company)
    assert own.get().told_at is None
    told = []
    monkeypatch.setattr(heads, "tell_head", lambda incident, head: told.append(head.number))
    for _ in range(2):
        sign_and_tell(found)
    assert told == [own.get().number]


def test_a_record_of_an_earlier_backup_is_chained_once(world):
    found = opened(world)
    rows(found).delete()
    for number in range(3):
        at = timezone.now()
        IncidentEntry.objects.of(world.company).create(
            company=world.company, incident=found, kind="note", text=str(number), at=at
        )
    for _ in range(2):
        world.client("owner").get(address(world, found))
    assert [row.kind for row in rows(found)] == ["note", "note", "note", "chained"]
    assert checked(found).broken is None
