"""What Office on this device does with macros."""

from typing import ClassVar, Literal

from tojimari.model.facts.base import Fact


class DeviceOffice(Fact, frozen=True, forbid_unknown_fields=True):
    """Which Office is there, and what it does with macros.

    Attributes:
        versions: generations of Office that are there; empty when there is none.
        channel: where its updates come from; None when it was not seen.
        runs_all: programs of it that run every macro without asking.
        from_internet: what happens to macros in files from the Internet: default where nobody
            set it; None when it was not seen.
    """

    KIND: ClassVar[str] = "device.office"

    versions: tuple[str, ...]
    channel: str | None
    runs_all: tuple[str, ...]
    from_internet: Literal["blocked", "open", "default"] | None
