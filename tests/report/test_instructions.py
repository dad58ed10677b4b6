"""No computer is told to use a command that its kind of Linux does not have."""

import re
from functools import cache

import pytest
from msgspec import structs

from tests.support.facts import AS_OF, measured
from tojimari.catalog import load_catalog
from tojimari.diagnose import Diagnosis, diagnose
from tojimari.model import Subject
from tojimari.model.facts import DeviceAccounts, DeviceOs
from tojimari.report.instructions import how_to, steps_on
from tojimari.report.linux_commands import seen_linux

CATALOG = load_catalog()


@cache
def company(*products: str) -> Diagnosis:
    observations = [
        structs.replace(
            measured(DeviceOs("linux", one, f"{one} 1", "1", None, None, "x86_64", None)),
            subject=Subject("device", one),
        )
        for one in products
    ]
    return diagnose(observations, company="c", catalog=CATALOG, as_of=AS_OF)


def steps(control: str, *products: str) -> str:
    systems = seen_linux(company(*products))
    shown = steps_on(CATALOG.controls[control], "linux", CATALOG, "en", systems=systems)
    return "\n".join(line.text for line in shown.lines)


FAILS = {
    "debian": "",
    "devuan": r"`(?:sudo )?(?:systemctl|timedatectl)",
    "fedora": r"`(?:sudo )?(?:apt|ufw|dpkg-reconfigure|pam-auth-update)\b",
    "opensuse": r"`(?:sudo )?(?:apt|ufw|dpkg-reconfigure|pam-auth-update)\b",
    "alpine-linux": r"`(?:sudo )?(?:apt|ufw|systemctl|timedatectl|dpkg-reconfigure)\b",
    "one nobody knows": r"`(?:sudo )?(?:apt|ufw|systemctl|timedatectl|dpkg-reconfigure)\b",
}


@pytest.mark.parametrize("product", FAILS)
def test_no_step_fails_on_the_only_kind_of_linux_there_is(product):
    for control in (one for one in CATALOG.controls.values() if "linux" in one.how):
        whole = [line.say("en") for line in control.how["linux"]]
        shown = steps(control.id, product)
        if product == "debian":
            assert shown == "\n".join(whole)
            continue
        for line in shown.splitlines():
            # A line that names this system's own way beside another's may stay.
            assert not re.search(FAILS[product], line) or "dnf upgrade" in line
        left_out = [line for line in whole if line not in shown]
        assert bool(left_out) == ("needs steps that are not given here" in shown)


def test_what_dnf_does_is_said_to_those_who_have_it():
    assert "sudo dnf upgrade" in steps("os-updates-pc", "fedora")
    assert "dnf" not in steps("os-updates-pc", "alpine-linux")


def test_several_kinds_of_linux_keep_the_steps_and_name_who_differs():
    shown = steps("device-firewall", "debian", "fedora")
    assert "sudo ufw enable" in shown
    assert "others on fedora 1" in shown


def test_where_no_linux_was_looked_at_nothing_is_left_out():
    assert steps("device-firewall") == "\n".join(
        line.say("en") for line in CATALOG.controls["device-firewall"].how["linux"]
    )


@pytest.mark.parametrize(("may", "asked"), [(True, False), (None, False), (False, True)])
def test_who_may_not_use_sudo_is_told_whom_to_ask(may, asked):
    found = company("debian")
    linux = next(o.subject for o in found.observations if isinstance(o.fact, DeviceOs))
    accounts = DeviceAccounts(("hanako",), (), (), (), True, False, False, may_use_sudo=may)
    told = structs.replace(measured(accounts), subject=linux)
    windows = structs.replace(told, subject=Subject("device", "elsewhere"))
    found = structs.replace(found, observations=(*found.observations, told, windows))
    catalog = load_catalog()
    asking = catalog.ui("how.ask_keeper").say("ja")
    for control, commands in (("os-updates-pc", True), ("screen-lock", False)):
        [linux_steps] = [
            steps
            for steps in how_to(catalog.controls[control], found, catalog, "ja")
            if steps.platform == "linux"
        ]
        assert (linux_steps.lines[0].text == asking) is (asked and commands)
    helped = how_to(catalog.controls["os-updates-pc"], found, catalog, "ja", to_helper=True)
    assert asking not in [line.text for steps in helped for line in steps.lines]
