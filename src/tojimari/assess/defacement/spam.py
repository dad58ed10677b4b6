"""How many words of spam make a page an intruder's."""

from tojimari.model.snapshots import SpamCount


def sells_fakes(found: SpamCount) -> bool:
    """Say whether it is a page of an intruder by itself, whatever was there before."""
    if not found.strong:
        return False
    return (len(found.strong) >= 2 and found.times >= 3) or found.times >= 5 or found.trade >= 4


def sells_brands(found: SpamCount) -> bool:
    """Say whether it deals in brands: the trade of some, and of many an intruder."""
    return found.brands >= 3 and found.trade >= 3
