"""Mails fetched from a mailbox of another server: a real dovecot, and what goes wrong with mailboxes."""

import pytest
from django.db import DataError

from tests.support.desk import DOMAIN, OWNER, WORDS, letter, open_desk, texts, tickets
from tests.support.mailboxes import DOVECOT, PASSWORD, dovecot
from tests.support.pressing import run_tasks
from tojimari.portal.desk.models import AsideMail
from tojimari.portal.mailin import addresses, intake, mailbox
from tojimari.portal.mailin.addresses import address_of, extended, organisation_address
from tojimari.portal.mailin.automatic import head_of
from tojimari.portal.mailin.mailbox import OTHERS, TAKEN, NoMailbox, fetch, place_of
from tojimari.portal.mailin.models import ReceivedMail

pytestmark = pytest.mark.django_db
needs_dovecot = pytest.mark.skipif(not DOVECOT, reason="dovecot is not installed")


@pytest.fixture(scope="module")
def server():
    with dovecot() as running:
        yield running


@pytest.fixture
def box(server):
    """An empty mailbox."""
    for folder in ("INBOX", TAKEN, OTHERS):
        with server.opened() as opened:
            if opened.select(folder)[0] == "OK":
                opened.uid("store", "1:*", "+FLAGS", r"(\Deleted)")
                opened.expunge()
    return server


@pytest.fixture
def address(world, settings):
    settings.MAIL_IN_DOMAIN = DOMAIN
    open_desk(world.chamber)
    return organisation_address(world.chamber, "desk")


def received() -> int:
    return ReceivedMail.objects.across("test").count()


@pytest.mark.programs
@needs_dovecot
def test_a_question_is_fetched_kept_and_then_moved(world, box, address):
    place = place_of(box.url)
    box.deliver(OWNER, address, bytes(letter(text=WORDS)))
    box.deliver("evil@evil.example", address, bytes(letter(text="読ませて", sender=OWNER)))
    box.deliver(OWNER, f"other@{DOMAIN}", bytes(letter()))
    done = fetch(place)
    assert (done.taken, done.others, done.left) == (2, 1, 0)
    assert [box.there(folder) for folder in ("INBOX", TAKEN, OTHERS)] == [0, 2, 1]
    run_tasks()
    (ticket,) = tickets(world)
    assert texts(ticket) == [WORDS]
    # The envelope's sender counts, whatever From says.
    assert [(one.sender, one.why) for one in AsideMail.objects.all()] == [
        ("evil@evil.example", "unknown")
    ]
    box.deliver(OWNER, extended(address, ticket.token), bytes(letter(text="続きです")))
    assert fetch(place).taken == 1
    run_tasks()
    assert texts(ticket) == [WORDS, "続きです"]


@pytest.mark.programs
@needs_dovecot
def test_a_fall_two_at_once_and_a_mailbox_made_anew_lose_and_double_nothing(
    world, box, address, monkeypatch
):
    place, real = place_of(box.url), mailbox._move
    box.deliver(OWNER, address, bytes(letter(text="一通目", Message_ID="<1@shop.example>")))

    def falls(*_):
        assert received() == 1  # kept before anything is moved
        raise OSError("the line broke")

    def second_first(*words):
        monkeypatch.setattr(mailbox, "_move", real)
        assert fetch(place).taken == 1
        return real(*words)

    monkeypatch.setattr(mailbox, "_move", falls)
    with pytest.raises(OSError, match="broke"):
        fetch(place)
    assert box.there("INBOX") == 1
    monkeypatch.setattr(mailbox, "_move", second_first)
    fetch(place)
    assert [box.there(folder) for folder in ("INBOX", TAKEN)] == [0, 1]
    box.begin_anew()
    box.deliver(OWNER, address, bytes(letter(text="二通目", Message_ID="<2@shop.example>")))
    box.deliver(OWNER, address, bytes(letter(text="一通目", Message_ID="<1@shop.example>")))
    assert fetch(place).taken == 2
    run_tasks()
    assert sorted(texts(one)[0] for one in tickets(world)) == ["一通目", "二通目"]


@pytest.mark.programs
@needs_dovecot
def test_what_cannot_be_kept_stays_and_nothing_is_erased(world, box, address, monkeypatch):
    place = place_of(box.url)
    with monkeypatch.context() as patched:
        patched.setattr(intake, "ORGANISATION_WAITING_AT_MOST", 0)
        box.deliver(OWNER, address, bytes(letter()))
        assert fetch(place).left == 1
    assert (box.there("INBOX"), received()) == (1, 0)
    with monkeypatch.context() as patched:
        patched.setattr(mailbox, "MAIL_BYTES", 100)
        assert fetch(place).others == 1
    assert (box.there(OTHERS), received()) == (1, 0)
    with box.opened() as opened:  # nobody delivered it: whose it is nobody knows
        heads = f"To: {address}\r\nFrom: {OWNER}\r\n\r\nhi\r\n"
        opened.append("INBOX", "", "", heads.encode())
    fetch(place)
    run_tasks()
    assert tickets(world) == []
    with pytest.raises(NoMailbox) as told:
        fetch(place_of(box.url.replace("%3F", "x")))
    assert PASSWORD not in str(told.value)


@pytest.mark.programs
@needs_dovecot
def test_mails_that_stay_or_are_odd_do_not_keep_others_out(world, box, address, monkeypatch):
    place, check = place_of(box.url), address_of(world.company, "mailcheck")
    monkeypatch.setattr(intake, "ORGANISATION_WAITING_AT_MOST", 0)
    monkeypatch.setattr(mailbox, "AT_ONCE", 2)
    real = addresses.extension_of
    odd = {"odd": DataError("a NUL"), "even": ValueError("no text")}

    def extension_of(recipient):
        if error := odd.get(real(recipient)):
            raise error
        return real(recipient)

    monkeypatch.setattr(mailbox, "extension_of", extension_of)
    for number in range(2):
        box.deliver(OWNER, address, bytes(letter(Message_ID=f"<{number}@shop.example>")))
    for extension in odd:
        box.deliver(OWNER, check, bytes(letter()))
        box.deliver(OWNER, extended(check, extension), bytes(letter()))
    first = fetch(place)
    assert (first.left, first.taken) == (2, 0)
    done = [fetch(place, beyond=first.last_left) for _ in range(2)]
    assert (sum(one.taken for one in done), sum(one.others for one in done)) == (2, 2)
    assert [box.there(folder) for folder in ("INBOX", TAKEN, OTHERS)] == [2, 2, 2]


@pytest.mark.parametrize("odd", ["(" * 50_000, "a:" * 45_000, "<" * 90_000, '"' * 90_000])
def test_an_odd_head_hides_no_receiver_and_ends_nothing(odd):
    head = head_of(f"Delivered-To: a@{DOMAIN}\r\nTo: {odd}\r\n\r\nx".encode())
    assert f"a@{DOMAIN}" in mailbox._recipients(head)


@pytest.mark.parametrize(
    "url",
    [
        *("", "imap://", "http://a:b@c/", "imaps://host/INBOX", "imaps://a:b@host:x/"),
        *("imaps://a:b@host/%0D%0AA", 'imaps://a:b@host/x"y', "imaps://a:b@[::1/INBOX"),
    ],
)
def test_a_wrong_address_of_a_mailbox_is_one_sentence(url):
    with pytest.raises(NoMailbox) as told:
        place_of(url)
    assert "TOJIMARI_MAIL_IN_IMAP_URL" in str(told.value)
