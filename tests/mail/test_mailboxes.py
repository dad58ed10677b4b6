"""Mailboxes and folders: every mail comes out whole, once, in order; nothing else does."""

import io

from hypothesis import given
from hypothesis import strategies as st

from tests.mail import made
from tojimari.mail.mailboxes import mails_in, split_mailbox
from tojimari.mail.message import MAIL_BYTES
from tojimari.mail.recognition import is_mail

LINE = b"From a@b.example Mon Jan  5 10:00:00 2026\n"
LINES = st.sampled_from([b"\n", b"x\n", b"From here on\n", b">From a b\n", b"\xff\x00\n"])  # fmt: skip


@given(st.lists(st.lists(LINES, max_size=6).map(b"".join), min_size=1, max_size=6))
def test_a_mailbox_gives_back_each_of_its_mails(bodies):
    mails = [LINE + b"Subject: x\n\n" + body + b"\n" for body in bodies]
    assert list(split_mailbox(io.BytesIO(b"".join(mails)))) == mails


@given(st.binary(max_size=400))
def test_nothing_is_lost_of_any_bytes(data):
    assert b"".join(split_mailbox(io.BytesIO(data))) == data


def test_of_a_mail_without_end_no_more_is_held_than_is_read():
    box = io.BytesIO(LINE + b"Subject: x\n\n" + b"A" * (MAIL_BYTES + 100) + b"\n\n" + LINE + b"Subject: y\n\n")  # fmt: skip
    first, second = split_mailbox(box)
    assert len(first) == MAIL_BYTES + 1
    assert second.endswith(b"Subject: y\n\n")


def test_of_a_gigabyte_no_more_than_a_mail_is_read(tmp_path):
    place = tmp_path / "large.eml"
    with place.open("wb") as file:
        file.write(made.attached("a.bin", b"\x00" * 1000))
        file.truncate(1 << 30)
    [(_, data)] = mails_in(place)
    assert len(data) == MAIL_BYTES + 1


def test_a_folder_gives_mails_alone_and_follows_no_link(tmp_path):
    mail = made.mail().as_bytes()
    (tmp_path / "cur").mkdir()
    (tmp_path / "cur" / "1.x:2,S").write_bytes(mail)
    (tmp_path / "a.png").write_bytes(made.code("https://a.example"))
    (tmp_path / "note.txt").write_text("買うもの: 紙", "utf-8")
    (tmp_path / "way").symlink_to(tmp_path / "cur" / "1.x:2,S")
    (tmp_path / ".hidden").mkdir()
    (tmp_path / ".hidden" / "b.eml").write_bytes(mail)
    assert [data for _, data in mails_in(tmp_path)] == [mail]
    assert not is_mail(b"")
