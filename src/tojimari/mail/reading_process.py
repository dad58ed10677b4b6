"""The process that reads: started by ``confined.Reader``, shut in anew for every message.

Asked on its standard input, it answers on its standard output, each in a frame (``frames.py``). A question is two frames: settings as JSON, the file. It forks for each
file; the child shuts itself in, reads that one file and ends. Only plain mails that are asked for
*together* share a child (``batch.py``).
"""

import contextlib
import gc
import importlib
import os
import re
import signal
import sys
import time
from collections.abc import Sequence

import msgspec

from tojimari.mail.batch import Batch
from tojimari.mail.confinement import prepare_walls, shut_in
from tojimari.mail.frames import Incoming, Settings, send
from tojimari.mail.message import Gap, Message
from tojimari.mail.reading import read_file
from tojimari.mail.recognition import OLE
from tojimari.model import ascii_form

_ANSWER_BYTES = 32 << 20
_SETTINGS_BYTES = 1 << 20
_QUESTION_BYTES = 1 << 30
OFTEN = (
    "tojimari.mail.attachments.pdf",
    "tojimari.mail.attachments.pictures",
    "tojimari.mail.attachments.markup",
)
"""Modules that are only needed where files are attached, and then mostly."""
SELDOM = (
    "tojimari.mail.outlook",
    "tojimari.mail.attachments.office",
    "tojimari.mail.attachments.shortcuts",
    "pycdlib",
    "oletools.olevba",
)
"""Modules for files that few mails have, loaded with the first of them: they take a third of the memory."""
_NOT_EVERYWHERE = "oletools.olevba"
"""What the package for Windows does not bring; then macros are named, not looked into."""
_MAY_HOLD_FILES = re.compile(
    rb"name\*?[0-9]*\*?=|begin [0-7]{3} |content-type:\s*(?:image|application)/|\A\xd0\xcf",
    re.IGNORECASE,
)
_HOLDS_FILES = re.compile(
    rb"content-type:\s*(?:image|audio|video|application(?!/(?:pgp|(?:x-)?pkcs7)-signature))/"
)
"""What a batch would hand back anyway, in lower case: so that it need not be read twice."""
_PLAIN_BYTES = 4 << 20
"""A larger mail holds files, or is no mail: another copy is not made to find out."""
_NEEDED = SELDOM[1]
"""Of SELDOM, all of which are loaded together."""
_FAILED, _TOO_MUCH_MEMORY, _NEEDS_SELDOM = 1, 2, 3
"""How a child ends without an answer."""
_CODECS = (
    "cp932 cp50221 cp51932 euc_jp iso2022_jp_ext cp1252 utf-8 utf-8-sig utf-16 utf-16-le utf-16-be gb18030 hz big5 "
    "big5hkscs cp949 iso2022_kr koi8-r koi8-u cp874 latin-1 cp437 ascii raw_unicode_escape unicode_escape idna punycode base64 quopri uu "
    + " ".join(f"cp125{n}" for n in range(9)) + " " + " ".join(f"iso8859-{n}" for n in range(1, 17) if n != 12)
).split()  # fmt: skip


_SAMPLE = """From: =?iso-2022-jp?B?GyRCRnxLXBsoQg==?= <a@xn--wgv71a119e.jp>
Subject: =?utf-8?q?=E6=97=A5?= 日本語
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary="b"

--b
Content-Type: text/html; charset="utf-8"
Content-Transfer-Encoding: quoted-printable

<p>=E6=97=A5 <a href=3D"https://日本語.jp/">x</a> <form><input></form>
--b
Content-Type: text/plain; charset=shift_jis
Content-Transfer-Encoding: base64

k/qWew==
--b
Content-Type: text/plain; charset=x-unknown; name*=utf-8''%E6%97%A5
Content-Transfer-Encoding: x-uuencode

begin 644 a
#0V%T
`
end
--b
Content-Type: message/rfc822

Subject: inner

text https://日本語.jp/
--b--
"""


_WORDS = "日本語 example.com https://日本語.jp/"
"""A text that is no mail: what looks at names without https:// is met too."""


class NeedsSeldom(BaseException):
    """A file needs what is not loaded. No error of the file's, so nothing that reads it may catch it."""


class _Watch:
    """Says so where a shut-in child would load one of SELDOM, instead of failing at the wall."""

    def find_spec(self, fullname: str, path: object, target: object = None) -> None:
        """Find nothing. Raises NeedsSeldom."""
        if fullname in SELDOM:
            raise NeedsSeldom


def prepare(modules: Sequence[str] = (*OFTEN, *SELDOM)) -> None:
    """Load everything that is loaded when first used: once shut in, no file can be opened."""
    import codecs

    importlib.import_module("idna")
    for name in _CODECS:
        with contextlib.suppress(LookupError):
            codecs.lookup(name)
    for name in modules:
        try:
            importlib.import_module(name)
        except ImportError:
            if name != _NOT_EVERYWHERE:
                raise
    if "tojimari.mail.attachments.pictures" in modules:
        from PIL import Image, TiffImagePlugin, WebPImagePlugin  # noqa: F401  # all it reads

        Image.preinit()
    prepare_walls()
    # What libraries load only when they meet it, met once.
    for name in ("戸締り.jp", "xn--wgv71a119e.jp"):
        ascii_form(name)
    time.strptime("2030", "%Y")
    read_file(_SAMPLE.encode("utf-8"))
    read_file(_WORDS.encode("utf-8"))


def _holds_files(data: bytes) -> bool:
    return (
        len(data) > _PLAIN_BYTES
        or data.startswith(OLE)
        or _HOLDS_FILES.search(data.lower()) is not None
    )


def answer(settings: Settings, data: bytes) -> bytes:
    """Return the messages in a file as JSON."""
    return msgspec.json.encode(read_file(data, settings.own_servers, cut=settings.cut))


def failed(reason: str) -> bytes:
    """Return the answer for a file that could not be read to its end."""
    return msgspec.json.encode([Message("mail", gaps=(Gap(reason),))])


def main() -> None:
    """Answer until there are no more questions. ``--ready``: load what is often needed before the first."""
    ready = "--ready" in sys.argv
    prepare(OFTEN if ready else ())
    _freeze()
    forks = hasattr(os, "fork")
    batch: Batch | None = None
    questions = Incoming(0)
    with contextlib.suppress(OSError):
        while (first := questions.frame(_SETTINGS_BYTES)) is not None:
            settings = msgspec.json.decode(first, type=Settings)
            data = questions.frame(_QUESTION_BYTES)
            if data is None:
                break
            found = None
            plain = settings.together and not settings.cut and not _holds_files(data)
            if plain and forks:
                batch = batch or Batch(settings.own_servers)
                found = batch.ask(data)
            if found is None:
                read = _forked if forks else _here
                found = read(settings, data, ready, batch)
            send(1, found)
    if batch is not None:
        batch.close()


def _freeze() -> None:
    gc.collect()
    gc.freeze()  # a child that never looks at these objects again copies fewer pages
    gc.disable()  # nor for what one mail makes: it ends with the child


def _here(settings: Settings, data: bytes, ready: bool, _: Batch | None) -> bytes:
    if not ready:
        prepare()
    try:
        return answer(settings, data)
    except MemoryError:
        return failed("too_much_memory")


def _forked(settings: Settings, data: bytes, ready: bool, batch: Batch | None) -> bytes:
    whole = _NEEDED in sys.modules
    found, status = _by_child(settings, data, ready, batch)
    if not whole and os.WIFEXITED(status) and os.WEXITSTATUS(status) == _NEEDS_SELDOM:
        prepare(SELDOM)  # by name alone: nothing of the file is looked at here
        _freeze()
        found, status = _by_child(settings, data, ready, batch)
    if found is not None and status == 0:
        return found
    if os.WIFSIGNALED(status):
        return failed("took_too_long" if os.WTERMSIG(status) in (24, 9) else "stopped")
    return failed("too_much_memory" if os.WEXITSTATUS(status) == _TOO_MUCH_MEMORY else "stopped")


def _by_child(
    settings: Settings, data: bytes, ready: bool, batch: Batch | None
) -> tuple[bytes | None, int]:
    """Return what a child of its own answered, and how it ended (as ``os.waitpid`` says)."""
    out, into = os.pipe()
    child = os.fork()
    if child == 0:
        code = _FAILED
        try:
            for each in (0, 1, out):
                os.close(each)  # it must not read or answer what others ask
            if batch is not None:
                batch.let_go()
            if not ready and _MAY_HOLD_FILES.search(data):
                prepare(OFTEN)
            if _NEEDED not in sys.modules:
                sys.meta_path.insert(0, _Watch())
            shut_in()
            send(into, answer(settings, data))
            code = 0
        except MemoryError:
            code = _TOO_MUCH_MEMORY
        except NeedsSeldom:
            code = _NEEDS_SELDOM
        finally:
            os._exit(code)
    os.close(into)
    with contextlib.ExitStack() as ending:
        ending.callback(os.close, out)
        found = Incoming(out).frame(_ANSWER_BYTES)
    if found is None:  # it may still be writing what is too long
        with contextlib.suppress(OSError):
            os.kill(child, signal.SIGKILL)
    return found, os.waitpid(child, 0)[1]


if __name__ == "__main__":
    main()
