"""Text of strangers, made fit to be kept and shown."""

import unicodedata

# Controls steer terminals, format marks turn lines around, half characters cannot be saved.
_UNFIT = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})


def printable(text: str, *, keep: str = "") -> str:
    """Return text without characters that could steer a terminal, a log or a database.

    keep: control characters that stay, e.g. line feeds of a text that has lines.
    """
    if text.isprintable():
        return text
    return "".join(
        "\ufffd" if unicodedata.category(char) in _UNFIT and char not in keep else char
        for char in text
    )
