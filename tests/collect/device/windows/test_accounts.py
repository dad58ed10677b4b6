"""Accounts: who may sign in, who is an administrator, whose rules on passwords hold."""

import pytest

from tests.support.facts import judged
from tests.support.hosts import RecordedHost, fact, seen
from tests.support.played_windows import machine
from tests.support.protection import looked, played, reg
from tojimari.collect.device.windows.accounts import LSA_KEY, PROFILES_KEY, WINLOGON_KEY
from tojimari.collect.host import Output
from tojimari.model.facts import DeviceAccounts, DevicePasswords

SID = "S-1-5-21-1000000000-2000000000-3000000000-1003"


def accounts(root, windows, *keys):
    commands: dict[tuple[str, ...], Output] = {}
    if keys:
        commands["reg", "query", "x"] = Output(0, "".join(keys), "")
    return fact(RecordedHost(root, commands, windows_api=windows), DeviceAccounts, "windows")


@pytest.mark.parametrize(
    ("name", "people", "administrators", "daily", "joined"),
    [
        ("home-11-defender", ("hanako",), ("hanako",), True, "none"),
        ("pro-11-waiting", ("kanri", "太郎"), ("kanri",), False, "none"),
        ("pro-11-restart-due", ("jiro", "太郎"), ("jiro", "太郎"), True, "none"),
        ("ltsc-10-long-offline", ("Administrator",), ("Administrator",), True, "none"),
        (
            "domain-pro-11-de",
            ("FIRMA\\karl", "lokaladmin"),
            ("FIRMA\\Domänen-Admins", "lokaladmin"),
            False,
            "domain",
        ),
        (
            "pro-10-never-searched",
            ("AzureAD\\hanako", "lokaladmin"),
            ("AzureAD\\hanako", "S-1-12-1-1-2-3-4", "lokaladmin"),
            True,
            "entra",
        ),
    ],
)
def test_the_accounts_of_the_machines(tmp_path, name, people, administrators, daily, joined):
    found = accounts(tmp_path, machine(name))
    assert (found.people, found.administrators) == (people, administrators)
    assert (found.user_is_administrator, found.joined) == (daily, joined)
    assert found.guest_enabled is (name == "pro-11-restart-due")


@pytest.mark.parametrize(
    ("name", "state", "reason"),
    [
        ("home-11-defender", "partly", "daily"),
        ("pro-11-waiting", "met", "few"),
        ("pro-11-restart-due", "partly", "all"),
        ("domain-pro-11-de", "met", "few"),
        ("pro-10-service-off", "unknown", "could_not_see"),
    ],
)
def test_working_as_administrator(tmp_path, name, state, reason):
    finding = played("admin-accounts", tmp_path, machine(name), DeviceAccounts)
    assert (finding.state, finding.reason) == (state, reason)


def test_where_windows_does_not_tell_who_looks_nothing_is_fine(tmp_path):
    windows = machine("pro-11-waiting", token={"refused": "0x80070005"})
    finding = played("admin-accounts", tmp_path, windows, DeviceAccounts)
    assert (finding.state, finding.reason) == ("unknown", "not_told")


def test_without_the_list_of_administrators_nothing_is_said_of_them(tmp_path):
    windows = machine("home-11-defender", administrators={"refused": "0x80070005"})
    observation = seen(RecordedHost(tmp_path, {}, windows_api=windows), DeviceAccounts, "windows")
    assert observation.not_seen.reason == "no_permission"


def test_an_account_is_used_when_its_profile_is(tmp_path):
    """A PIN leaves no trace in the record of sign-ins."""
    windows = machine("pro-11-restart-due")
    assert accounts(tmp_path, windows).inactive == ("jiro",)
    # 21 November 2126: no clock of a test gets there.
    low, high = 0, 39_000_000
    used = reg(rf"{PROFILES_KEY}\{SID}", LocalProfileUnloadTimeLow=low, LocalProfileUnloadTimeHigh=high)  # fmt: skip
    assert accounts(tmp_path, windows, used).inactive == ()


def test_an_account_nothing_is_known_of_is_not_called_unused(tmp_path):
    windows = machine("home-11-defender")
    windows.answers["users"][-1]["last_logon"] = 0
    found = accounts(tmp_path, windows)
    assert (found.inactive, found.inactive_known) == ((), False)


@pytest.mark.parametrize(
    ("values", "automatic"),
    [
        ({"AutoAdminLogon": "1", "DefaultUserName": "hanako"}, True),
        ({"AutoAdminLogon": "0", "DefaultUserName": "hanako"}, False),
        ({"DefaultUserName": "hanako"}, False),
        ({"AutoAdminLogon": "1"}, None),  # whom it signs in is not documented
        ({"AutoAdminLogon": 1, "DefaultUserName": "hanako"}, None),  # no text
        ({"AutoAdminLogon": 0}, None),
    ],
)
def test_signing_in_by_itself(tmp_path, values, automatic):
    found = accounts(tmp_path, machine("home-11-defender"), reg(WINLOGON_KEY, **values))
    assert found.auto_login is automatic
    assert accounts(tmp_path, machine("home-11-defender")).auto_login is None


@pytest.mark.parametrize(
    ("name", "lockout", "length"),
    [
        ("home-11-defender", "partly", "partly"),  # locks, with any length
        ("pro-11-waiting", "met", "unknown"),
        ("pro-11-restart-due", "not_met", "partly"),
        # Rules kept here rule nobody who signs in from there.
        ("domain-pro-11-de", "unknown", "unknown"),
        ("pro-10-never-searched", "unknown", "unknown"),
        ("pro-10-service-off", "unknown", "unknown"),
    ],
)
def test_the_rules_on_passwords(tmp_path, name, lockout, length):
    host = RecordedHost(tmp_path, {}, windows_api=machine(name))
    observation = looked(host, DevicePasswords, "windows")
    assert judged("login-lockout", observation).state == lockout
    assert judged("strong-passwords", observation).state == length
    assert judged("empty-passwords", observation).state == "unknown"


def test_passwords_that_never_run_out_have_no_age(tmp_path):
    for name, days in (("pro-11-waiting", None), ("home-11-defender", 42)):
        host = RecordedHost(tmp_path, {}, windows_api=machine(name))
        assert fact(host, DevicePasswords, "windows").max_age_days == days


def test_an_account_that_may_have_an_empty_password_is_named_for_the_curious(tmp_path):
    host = RecordedHost(tmp_path, {}, windows_api=machine("home-11-defender"))
    observation = seen(host, DevicePasswords, "windows")
    assert observation.fact.empty is None
    assert observation.partly_not_seen["empty"].detail == "PASSWD_NOTREQD: hanako"


def test_an_empty_password_that_counts_from_afar_is_said(tmp_path):
    commands: dict[tuple[str, ...], Output] = {
        ("reg", "query", "x"): Output(0, reg(LSA_KEY, LimitBlankPasswordUse=0), "")
    }
    host = RecordedHost(tmp_path, commands, windows_api=machine("home-11-defender"))
    why = seen(host, DevicePasswords, "windows").partly_not_seen["empty"]
    assert why.detail == "PASSWD_NOTREQD: hanako; LimitBlankPasswordUse: 0"
