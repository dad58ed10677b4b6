"""A file that is none of GoPhish's, or too large."""

from tojimari.model import TojimariError


class BadGophishFile(TojimariError):
    """Nothing of the file was taken over; the message says what is wrong with it."""
