"""A computer joins a portal with a one-time code."""

import platform

from tojimari.agent import client, invitation
from tojimari.agent.home import AgentError, DeviceIdentity, Home
from tojimari.agent.wire import Enrolment
from tojimari.collect.look import current_system

NAME_AT_MOST, CODE_AT_MOST = 60, 40


def join(home: Home, server: str, code: str, name: str = "") -> DeviceIdentity:
    """Enrol this computer with the portal at ``server``; returns who it is there.

    name: what to call it; without one it goes by the name it has itself. Raises AgentError: it is
    enrolled already, the address is none, the portal refused or cannot be reached.
    """
    if home.enrolled:
        company = home.identity().company
        raise AgentError(
            f"もう {company} に登録されています。やり直すなら、先にその登録をやめてください "
            "(`tojimari agent leave`)。",
            f"This device is enrolled with {company} already. To start over, leave it first "
            "(`tojimari agent leave`).",
        )
    address = client.server_address(server)
    system = current_system()
    called = (name or platform.node() or system)[:NAME_AT_MOST]
    key = home.make_key()
    answer = client.enrol(
        address, Enrolment(code[:CODE_AT_MOST], client.public_hex(key), called, system)
    )
    made = DeviceIdentity(address, answer.device, answer.company, called, system, answer.task_key)
    home.save_identity(key, made)
    invitation.put_away(home.folder)
    return made
