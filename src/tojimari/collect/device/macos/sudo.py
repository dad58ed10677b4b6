"""Whether administrator rights can be had without a password: the rules of sudo, as on Linux."""

from tojimari.collect.device.linux.rights import SEE_SUDO, SudoRules
from tojimari.collect.host import Host
from tojimari.collect.look import Seen, collector, missed, saw
from tojimari.model import NotSeen
from tojimari.model.facts import DeviceSudo


@collector("macos", sees=(DeviceSudo,))
def sudo(host: Host) -> list[Seen]:
    """Read sudo's files, which macOS shows to root alone; sudo itself is never run."""
    rules = SudoRules(host)
    full, some = rules.said.without_password()
    if not full:
        # What was found open stands; "nobody" can only be said of rules that were all read.
        if rules.hidden:
            return [missed(DeviceSudo, NotSeen("no_permission", see_with=SEE_SUDO))]
        if rules.elsewhere:
            return [missed(DeviceSudo, NotSeen("not_looked", see_with="sudo -l"))]
        if not host.exists("/etc/sudoers"):  # it comes with macOS
            return [missed(DeviceSudo, NotSeen("nonsense", detail="/etc/sudoers"))]
    return [saw(DeviceSudo(tuple(full), tuple(some)))]
