"""What gives machines away that ask for a drill's page: names of programs, networks."""

import msgspec


class DrillMachines(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is known of programs that open links by themselves.

    Attributes:
        agents: parts of the names by which such programs call themselves, lower case.
        chrome_below: a Chrome of an older main version than this is no person's; 0: not looked at.
        networks: of data centres, as 192.0.2.0/24; an operator adds those that are seen.
        sources: where they were read.
    """

    agents: tuple[str, ...] = ()
    chrome_below: int = 0
    networks: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
