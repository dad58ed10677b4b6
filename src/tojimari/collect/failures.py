"""Why a file, a command or an answer could not be had."""


class Unavailable(Exception):
    """A file or command that could not be used. Subclasses say why."""


class Missing(Unavailable):
    """The file or program is not there."""


class Denied(Unavailable):
    """It is there, but this user may not read or run it."""


class TookTooLong(Unavailable):
    """The command did not end within its limit and was stopped."""


class Unreachable(Unavailable):
    """No such name on the network, nobody answers there, or the connection was cut."""


class ErrorAnswered(Unreachable):
    """Somebody answered, with an error of their own in place of what was asked for.

    Its text begins with what was answered, e.g. ``HTTP 503: https://example.co.jp/``.
    """


class Nonsense(Unavailable):
    """It answered with something that cannot be right (too large, not text, wrong shape)."""
