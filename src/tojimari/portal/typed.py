"""What people type into forms, made plain."""


def plain_name(name: str, *, at_most: int = 60) -> str:
    """Return a name without control characters, at most ``at_most`` letters, for a list."""
    return "".join(letter for letter in name if letter.isprintable()).strip()[:at_most]
