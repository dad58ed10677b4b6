"""Accounts, passwords, rights, shares."""

from tojimari.assess.check import Facts, Verdict, check
from tojimari.assess.checks.names import few
from tojimari.catalog import Catalog
from tojimari.model import NotSeen
from tojimari.model.facts import (
    DeviceAccounts,
    DeviceOs,
    DevicePasswords,
    DeviceShares,
    DeviceSudo,
)

LOCK_TRIES = 10
"""SCS 4-1-4-1 and Cyber Essentials: lock after at most ten failures."""
LEAST_TO_UNLOCK = 6
"""SCS 4-1-4-2: six characters or more."""
LEAST_LENGTH = 10
"""SCS 4-1-5-3 without MFA: ten characters or more."""


@check("empty-passwords", reads=(DevicePasswords,), also=(DeviceAccounts,))
def empty_passwords(facts: Facts, catalog: Catalog) -> Verdict:
    """An empty password, automatic log-in or a guest: each lets anybody in."""
    empty = facts[DevicePasswords].empty
    if empty:
        return Verdict("not_met", "empty", {"names": few(empty)})
    accounts = facts.get(DeviceAccounts)
    if accounts is not None and accounts.auto_login:
        return Verdict("not_met", "auto_login")
    if accounts is not None and accounts.guest_enabled:
        return Verdict("not_met", "guest")
    if empty is None:
        return Verdict("unknown", "not_told", because_of=(DevicePasswords, "empty"))
    return Verdict("met", "none")


@check("login-lockout", reads=(DevicePasswords,))
def lockout(facts: Facts, catalog: Catalog) -> Verdict:
    """Locks after at most ten failures, with six characters or more (both must be known)."""
    rules = facts[DevicePasswords]
    tries, length = rules.lockout_tries, rules.min_length
    if tries is None:
        return Verdict("unknown", "not_told", because_of=(DevicePasswords, "lockout_tries"))
    if tries == 0:
        return Verdict("not_met", "never")
    if tries > LOCK_TRIES:
        return Verdict("partly", "many", {"n": tries})
    if length is None:
        return Verdict("unknown", "not_told", because_of=(DevicePasswords, "min_length"))
    if length < LEAST_TO_UNLOCK:
        return Verdict("partly", "short", {"n": length})
    return Verdict("met", "locks", {"n": tries})


@check("strong-passwords", reads=(DevicePasswords,))
def strong_passwords(facts: Facts, catalog: Catalog) -> Verdict:
    """A device shows what length it asks for, never whether a password is used twice.

    So a good rule alone stays "unknown" here and the owner's answer decides.
    """
    length = facts[DevicePasswords].min_length
    if length is None:
        return Verdict("unknown", "not_told", because_of=(DevicePasswords, "min_length"))
    if length < LEAST_LENGTH:
        return Verdict("partly", "short", {"n": length})
    return Verdict("unknown", "long_enough", {"n": length}, NotSeen("not_asked", "passwords"))


@check("passwordless-admin", reads=(DeviceSudo,), revision=3)
def passwordless_admin(facts: Facts, catalog: Catalog) -> Verdict:
    """Nobody becomes administrator unasked; single commands are "partly".

    Windows asks its administrators to confirm, which no program can do in their place.
    """
    sudo = facts[DeviceSudo]
    if sudo.without_password:
        return Verdict("not_met", "without", {"names": few(sudo.without_password)})
    if sudo.commands:
        return Verdict("partly", "commands", {"commands": few(sudo.commands)})
    return Verdict("met", "confirms" if sudo.confirms else "asks")


@check("admin-accounts", reads=(DeviceAccounts,), also=(DeviceOs,), revision=3)
def admin_accounts(facts: Facts, catalog: Catalog) -> Verdict:
    """A second all-powerful account is open; several people who are all administrators "partly".

    So is somebody who works as administrator, where the device tells who looked.
    """
    accounts = facts[DeviceAccounts]
    if accounts.uid0:
        return Verdict("not_met", "uid0", {"names": few(accounts.uid0)})
    people, administrators = accounts.people, accounts.administrators
    if len(people) > 1 and set(people) <= set(administrators):
        return Verdict("partly", "all", {"n": len(people)})
    if accounts.user_is_administrator:
        return Verdict("partly", "daily")
    system = facts.get(DeviceOs)
    a_mac = system is not None and system.family == "macos"
    if accounts.user_is_administrator is None and (a_mac or accounts.joined is not None):
        # Windows and Macs tell this of the one who works there; not to root, who is nobody's.
        because = (DeviceAccounts, "user_is_administrator")
        return Verdict("unknown", "not_told", because_of=because)
    return Verdict("met", "few", {"n": len(administrators)})


@check("inactive-accounts", reads=(DeviceAccounts,))
def inactive_accounts(facts: Facts, catalog: Catalog) -> Verdict:
    """No account unused for 90 days."""
    accounts = facts[DeviceAccounts]
    if accounts.inactive:
        return Verdict("not_met", "some", {"names": few(accounts.inactive)})
    if not accounts.inactive_known:
        return Verdict("unknown", "not_told", not_seen=NotSeen("not_looked"))
    return Verdict("met", "none")


@check("open-shares", reads=(DeviceShares,), revision=2)
def open_shares(facts: Facts, catalog: Catalog) -> Verdict:
    """A share anyone may write to is what ransomware rewrites first.

    A server that answers SMBv1, which its maker gave up, is "partly" even without such a share.
    """
    shares = facts[DeviceShares].shares
    guest = [s for s in shares if s.guest]
    writable = [s.name for s in guest if s.writable is not False]
    if writable:
        return Verdict("not_met", "write", {"names": few(writable)})
    if guest:
        return Verdict("partly", "read", {"names": few(s.name for s in guest)})
    unclear = [s.name for s in shares if s.guest is None]
    if unclear:
        return Verdict("unknown", "not_told", {"names": few(unclear)}, NotSeen("not_looked"))
    if facts[DeviceShares].smb1:
        return Verdict("partly", "old_protocol")
    return Verdict("met", "none")
