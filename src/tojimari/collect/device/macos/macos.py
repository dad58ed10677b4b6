"""macOS itself, and the facts that are not read there: unknown, with the place to look.

See docs/collectors.md for what stands behind each fact.
"""

import os

from tojimari.collect.device.gaps import gaps
from tojimari.collect.device.macos.versions import SW_VERS, cycle_of, parse_sw_vers
from tojimari.collect.host import Host
from tojimari.collect.look import Seen, collector, saw
from tojimari.model import Fact, NotSeen
from tojimari.model.facts import DeviceLogging, DeviceOs

NOT_YET: dict[type[Fact], str] = {
    DeviceLogging: "log stats",
}


@collector("macos", sees=(DeviceOs,))
def system(host: Host) -> list[Seen]:
    """Ask sw_vers."""
    name, version = parse_sw_vers(host.run(SW_VERS).out)
    machine = os.uname()
    return [
        saw(
            DeviceOs(
                family="macos",
                product="macos",
                name=f"{name} {version}",
                version=cycle_of(version),
                edition=None,
                kernel=machine.release,
                arch=machine.machine,
                virtual=None,
            ),
            virtual=NotSeen("not_on_this_system"),
        )
    ]


@collector("macos", sees=tuple(NOT_YET))
def rest(host: Host) -> list[Seen]:
    """Say that these are not read here yet."""
    return gaps(NOT_YET)
