import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.facts import fact, judged
from tojimari.model import NotSeen

CONTROL = "ssh-hardening"


def sshd(**fields):
    partly = fields.pop("partly_not_seen", None)
    return fact(
        "device.sshd",
        {
            "installed": True,
            "running": True,
            "password_login": False,
            "root_login": "no",
            "empty_passwords": False,
            **fields,
        },
        partly_not_seen=partly,
    )


@pytest.mark.parametrize("root", ["no", "prohibit-password", "forced-commands-only"])
def test_met_with_keys_only(root):
    assert judged(CONTROL, sshd(root_login=root)).state == "met"


def test_partly_when_passwords_are_accepted():
    assert judged(CONTROL, sshd(password_login=True)).state == "partly"


def test_not_met_when_root_comes_in_directly():
    finding = judged(CONTROL, sshd(password_login=True, root_login="yes"))
    assert (finding.state, finding.reason) == ("not_met", "root")


def test_not_met_with_empty_passwords():
    assert judged(CONTROL, sshd(empty_passwords=True)).reason == "empty"


@pytest.mark.parametrize("fields", [{"installed": False}, {"running": False}])
def test_it_does_not_apply_without_a_running_server(fields):
    bad = {"empty_passwords": True, "root_login": "yes"}
    assert judged(CONTROL, sshd(**bad, **fields)).state == "not_applicable"


def test_settings_count_when_it_is_not_known_whether_it_runs():
    assert judged(CONTROL, sshd(running=None, root_login="yes")).state == "not_met"


def test_unseen_settings_are_unknown_with_the_command_that_shows_them():
    why = NotSeen("no_permission", see_with="sudo sshd -T")
    settings = ("password_login", "root_login", "empty_passwords")
    finding = judged(
        CONTROL,
        sshd(**dict.fromkeys(settings), partly_not_seen=dict.fromkeys(settings, why)),
    )
    assert (finding.state, finding.not_seen) == ("unknown", why)


def test_a_bad_setting_counts_although_another_was_not_seen():
    assert judged(CONTROL, sshd(root_login=None, password_login=True)).state == "partly"


@given(
    st.sampled_from([True, False, None]),
    st.sampled_from(["yes", "no", "prohibit-password", None]),
    st.sampled_from([True, False, None]),
)
def test_a_setting_that_was_not_seen_never_comes_out_as_met(password, root, empty):
    finding = judged(CONTROL, sshd(password_login=password, root_login=root, empty_passwords=empty))
    if None in (password, root, empty):
        assert finding.state != "met"
    assert (finding.state == "unknown") == (finding.not_seen is not None)
