"""The codes that let a device in: what they are made of, and how a typed one is read."""

ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Letters and digits nobody confuses when reading a code aloud."""
CODE_LENGTH = 8


def normal_code(typed: str) -> str:
    """Return a code as it is kept: capitals, without spaces and dashes, full width as half."""
    import unicodedata

    plain = unicodedata.normalize("NFKC", typed).upper()
    return "".join(letter for letter in plain if letter in ALPHABET)
