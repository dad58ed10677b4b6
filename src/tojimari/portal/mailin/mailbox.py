"""Mail that waits in a mailbox of another server: fetched by IMAP, kept, and only then moved away.

For whoever gets mail from a provider and runs no mail server of their own. Only bytes are fetched;
what they say is read where mails by LMTP are. Nothing is remembered of the mailbox, neither UIDs nor
UIDVALIDITY: what lies in it is what is to be done. Fetched by two at once, or again after a fall,
a mail is known by its sender, its Message-ID and its body (``intake.store``).
"""

import contextlib
import imaplib
import ipaddress
import logging
import re
import signal
import ssl
import threading
from collections.abc import Callable, Iterator
from email.message import Message
from email.utils import getaddresses
from urllib.parse import unquote, urlsplit

import msgspec
from django.db import DatabaseError, DataError, InterfaceError, close_old_connections

from tojimari.model import TojimariError
from tojimari.portal.mailin.addresses import extension_of, found
from tojimari.portal.mailin.automatic import head_of
from tojimari.portal.mailin.intake import Full, store
from tojimari.portal.mailin.models import MailAddress
from tojimari.portal.mailin.server import MAIL_BYTES

log = logging.getLogger("tojimari.mailin")

TAKEN, OTHERS = "Tojimari", "Tojimari-other"
"""Where mails go that were kept, and those that are for no address in use, or too large."""
AT_ONCE = 200
EVERY_SECONDS = 60
_TIMEOUT = 60
_RECIPIENTS = ("x-original-to", "delivered-to", "envelope-to", "to", "cc", "resent-to")
_SIZE = re.compile(rb"RFC822\.SIZE (\d+)")
_ADDRESSES_AT_MOST = 200
_NEVER_TAKEN = (DataError, ValueError, LookupError, TypeError, AttributeError, RecursionError)
"""What a mail raises by what is written in it, such as a NUL in an address, which no text may hold."""


class NoMailbox(TojimariError):
    """The mailbox cannot be opened as its address says."""


class Fetched(msgspec.Struct):
    """What a round did: mails kept, moved aside, and left for later.

    Attributes:
        last_left: UID of the last mail that was left; 0 for none.
    """

    taken: int = 0
    others: int = 0
    left: int = 0
    last_left: int = 0


class Place(msgspec.Struct, frozen=True):
    """Where a mailbox is: ``imaps://user:password@host/folder``; ``imap`` begins with STARTTLS."""

    host: str
    port: int
    user: str
    password: str
    folder: str
    at_once_encrypted: bool


def place_of(url: str) -> Place:
    """Return what an address says. Raises NoMailbox, without the password in its words."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        host, port, parts = "", None, urlsplit("")
    if parts.scheme not in ("imap", "imaps") or not host or not parts.username:
        raise NoMailbox(
            "TOJIMARI_MAIL_IN_IMAP_URL は imaps://user:password@mail.example.jp/INBOX のように書いてください。",
            "Write TOJIMARI_MAIL_IN_IMAP_URL like imaps://user:password@mail.example.jp/INBOX.",
        )
    encrypted = parts.scheme == "imaps"
    folder = unquote(parts.path.strip("/")) or "INBOX"
    if re.search(r'[^ -~]|["\\]', folder):
        raise NoMailbox(
            "TOJIMARI_MAIL_IN_IMAP_URL のフォルダーの名前が使えません。",
            "The folder named in TOJIMARI_MAIL_IN_IMAP_URL cannot be used.",
        )
    return Place(
        host,
        port or (993 if encrypted else 143),
        unquote(parts.username),
        unquote(parts.password or ""),
        folder,
        encrypted,
    )


def _is_here(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


@contextlib.contextmanager
def _opened(place: Place) -> Iterator[imaplib.IMAP4]:
    """Open a mailbox. Raises OSError where the server is away, NoMailbox where it refuses."""
    secure = ssl.create_default_context()
    box: imaplib.IMAP4
    try:
        if place.at_once_encrypted:
            box = imaplib.IMAP4_SSL(place.host, place.port, ssl_context=secure, timeout=_TIMEOUT)
        else:
            box = imaplib.IMAP4(place.host, place.port, timeout=_TIMEOUT)
    except imaplib.IMAP4.error as error:
        raise OSError("no greeting") from error
    try:
        if not place.at_once_encrypted and not _is_here(place.host):
            box.starttls(secure)  # a password never goes in the clear
        box.login(place.user, place.password)
        # Servers offer more once somebody has signed in; the library does not ask again.
        box.capabilities = tuple((box.capability()[1][0] or b"").decode("ascii", "replace").split())
        for folder in (TAKEN, OTHERS):
            box.create(folder)  # answers NO where it is there
        if box.select(f'"{place.folder}"')[0] != "OK":
            raise box.error("select")
        yield box
    except imaplib.IMAP4.abort as error:  # the line broke
        raise OSError("the line to the mailbox broke") from error
    except imaplib.IMAP4.error as error:
        raise NoMailbox(
            f"{place.host} のメールボックスを開けません。利用者、パスワード、フォルダーを確かめてください。",
            f"The mailbox at {place.host} cannot be opened. Check user, password and folder.",
        ) from error
    finally:
        with contextlib.suppress(OSError, imaplib.IMAP4.error):
            box.logout()


def fetch(place: Place, *, beyond: int = 0) -> Fetched:
    """Take what lies in a mailbox, at most ``AT_ONCE``; what could not be kept stays where it is.

    Where one owner has too many already, the mails of all others are taken all the same.

    beyond: UID of the last mail that was left in the round before: what comes after it is first.
    Raises OSError where the server is in trouble, NoMailbox where it refuses.
    """
    done = Fetched()
    with _opened(place) as box:
        numbers = (box.uid("search", "UNDELETED")[1][0] or b"").split()
        numbers.sort(key=lambda number: (int(number) <= beyond, int(number)))
        for number in numbers[:AT_ONCE]:
            try:
                folder = _dealt_with(box, number.decode())
            except Full:
                done.left, done.last_left = done.left + 1, int(number)
                continue
            except (DatabaseError, InterfaceError):
                log.warning("mails stay in the mailbox", extra={"reason": "database"})
                done.left = len(numbers) - done.taken - done.others
                break
            done.taken += folder == TAKEN
            done.others += folder == OTHERS
        if done.last_left:
            log.warning("mails stay in the mailbox", extra={"reason": "full"})
    return done


def _dealt_with(box: imaplib.IMAP4, number: str) -> str:
    """Keep one mail, then move it; returns where to, "" for one that is gone, or stays."""
    size = _SIZE.search(_answered(box, number, "(RFC822.SIZE)"))
    if size is None:
        return ""
    folder = OTHERS
    if int(size[1]) <= MAIL_BYTES:
        data = _answered(box, number, "(BODY.PEEK[])")
        if not data:
            return ""
        try:
            folder = TAKEN if _kept(data) else OTHERS
        except _NEVER_TAKEN:  # and would stand before all that comes after it for good
            log.exception("a mail was put aside")
    return folder if _move(box, number, folder) else ""


def _answered(box: imaplib.IMAP4, number: str, what: str) -> bytes:
    """Return the bytes a server answers for a mail: its literal where there is one."""
    for part in box.uid("fetch", number, what)[1]:
        if isinstance(part, tuple):
            return bytes(part[1])
        if isinstance(part, bytes):
            return part if "SIZE" in what else b""
    return b""


def _kept(data: bytes) -> bool:
    """Keep a mail; returns whether it is for an address in use. Raises Full, DatabaseError.

    The envelope is gone by now: the receiver is the first address of ours in its heads, which
    nobody guesses, and the sender what the mail server wrote into Return-Path. Where it wrote
    none, nobody is: From is what anybody likes to write.
    """
    head = head_of(data)
    for recipient in _recipients(head):
        address: MailAddress | None = found(recipient)
        if address is not None:
            sender = re.search(r"<([^<>\s]*)>", str(head.get("return-path", "")))
            store(address, sender[1] if sender else "", data, extension_of(recipient))
            return True
    return False


def _recipients(head: Message) -> list[str]:
    values = [str(each) for name in _RECIPIENTS for each in head.get_all(name, ())]
    named: list[str] = []
    for value in values[:_ADDRESSES_AT_MOST]:
        with contextlib.suppress(RecursionError):  # brackets in brackets, without end
            named += [address for _, address in getaddresses([value]) if address]
    return named[:_ADDRESSES_AT_MOST]


def _move(box: imaplib.IMAP4, number: str, folder: str) -> bool:
    """Move a mail that was kept; returns whether it went. It may be gone: somebody else moved it."""
    if "MOVE" in box.capabilities:
        return bool(box.uid("move", number, folder)[0] == "OK")
    if box.uid("copy", number, folder)[0] != "OK":
        return False
    box.uid("store", number, "+FLAGS", r"(\Deleted \Seen)")
    # Without UIDPLUS only all that is marked can be removed, what others marked too: it stays,
    # and is not looked at again.
    if "UIDPLUS" in box.capabilities:
        box.uid("expunge", number)
    return True


def fetch_on(place: Place, *, ready: Callable[[], None] | None = None) -> None:
    """Fetch every minute until a signal comes. Raises NoMailbox where it is refused at the start."""
    over = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: over.set())
    first, beyond = True, 0
    while not over.is_set():
        close_old_connections()
        try:
            done = fetch(place, beyond=beyond)
        except OSError:
            log.warning("the mailbox does not answer", extra={"reason": "imap"})
            done = Fetched()
        except NoMailbox:
            if first:
                raise
            log.warning("the mailbox is refused", extra={"reason": "imap"})
            done = Fetched()
        if first and ready is not None:
            ready()
        first, beyond = False, done.last_left
        if done.taken + done.others < AT_ONCE:
            over.wait(EVERY_SECONDS)
