"""One shut-in child that reads many plain mails of one person, so that not each pays for a process.

Starting a child costs three times what reading a plain mail does. Whoever hands in a folder of his
own mails may have them read by one child; mails of different companies never share one. What needs
more than the parser of mails and pages (Outlook's format, files that are more than plain text or a
signature) is not read here: ``files=False`` refuses it, and it gets a child of its own. The worst that a mail which took the child over could do
is to lie about the mails after it in the same batch.
"""

import gc
import os
import signal
import time

import msgspec

from tojimari.mail.confinement import shut_in
from tojimari.mail.frames import Incoming, send
from tojimari.mail.reading import NeedsOwnChild, read_file

MAILS = 200
"""After so many a new child is begun."""
OWN_SECONDS = 4.0
"""Processor time after which the child ends by itself; each mail has what is left of its 8 s at least."""
_WAIT_SECONDS = 9.0
_ANSWER_BYTES = 32 << 20


class Batch:
    """The child, begun with the first mail and again after it ended."""

    def __init__(self, own_servers: tuple[str, ...]) -> None:
        """Start nothing yet."""
        self.own_servers = own_servers
        self._child = self._into = self._out = -1
        self._answers = Incoming(-1)
        self._left = 0

    def ask(self, data: bytes) -> bytes | None:
        """Return the messages in a file as JSON; None where it must be read in a child of its own."""
        if self._child < 0 or self._left <= 0:
            self.close()
            self._begin()
        self._left -= 1
        try:
            send(self._into, data)
            found = self._answers.frame(_ANSWER_BYTES, time.monotonic() + _WAIT_SECONDS)
        except OSError:
            found = None
        if found is None:
            self.close()
        return found or None

    def close(self) -> None:
        """End the child."""
        if self._child >= 0:
            os.close(self._into)
            os.close(self._out)
            os.kill(self._child, signal.SIGKILL)
            os.waitpid(self._child, 0)
            self._child = -1

    def let_go(self) -> None:
        """Close the pipes to the child without ending it: for another child of the same process."""
        if self._child >= 0:
            os.close(self._into)
            os.close(self._out)
            self._child = -1

    def _begin(self) -> None:
        source, self._into = os.pipe()
        self._out, sink = os.pipe()
        self._answers = Incoming(self._out)
        self._left = MAILS
        self._child = os.fork()
        if self._child == 0:
            try:
                for each in (0, 1, self._into, self._out):
                    os.close(each)  # it must not read or answer what others ask
                gc.enable()  # what one mail leaves behind is not kept for two hundred
                shut_in()
                self._serve(source, sink)
            finally:
                os._exit(0)
        os.close(source)
        os.close(sink)

    def _serve(self, source: int, sink: int) -> None:
        questions = Incoming(source)
        while time.process_time() < OWN_SECONDS:
            data = questions.frame(1 << 40)
            if data is None:
                return
            try:
                found = msgspec.json.encode(read_file(data, self.own_servers, files=False))
            except NeedsOwnChild:
                found = b""
            send(sink, found)
