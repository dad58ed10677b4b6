"""Who may log in over SSH, and with what?"""

from tojimari.assess.check import Facts, Verdict, check
from tojimari.catalog import Catalog
from tojimari.model import NotSeen

_DECIDING = ("empty_passwords", "root_login", "password_login")


@check("ssh-hardening", reads=("device.sshd",))
def judge(facts: Facts, catalog: Catalog) -> Verdict:
    """Met when only keys are accepted and root does not come in directly by password.

    A server that is not installed or not running does not apply. Where it could not be told
    whether it runs, its settings are judged all the same. The three settings are those of
    ``sshd -T``; that they matter in this order is our own view.
    """
    sshd = facts["device.sshd"]
    if not sshd["installed"] or sshd["running"] is False:
        return Verdict("not_applicable", "not_running")
    if sshd["empty_passwords"]:
        return Verdict("not_met", "empty")
    if sshd["root_login"] == "yes":
        return Verdict("not_met", "root")
    if sshd["password_login"]:
        return Verdict("partly", "passwords")
    for field in _DECIDING:
        if sshd[field] is None:
            return Verdict(
                "unknown",
                "not_told",
                not_seen=NotSeen("not_looked"),
                because_of=("device.sshd", field),
            )
    return Verdict("met", "keys_only")
