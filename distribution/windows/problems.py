"""What can go wrong while the package is made."""


class NotBuilt(Exception):
    """The package could not be made; the message says what, where and what to do."""
