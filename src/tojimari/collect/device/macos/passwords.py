"""Rules on passwords: the account policies in force, which profiles write to as well."""

import re
from collections.abc import Iterator

from tojimari.collect.device.macos.preferences import Plist, number, parse_plist
from tojimari.collect.host import Host, Nonsense
from tojimari.collect.look import Seen, collector, saw
from tojimari.model import NotSeen
from tojimari.model.facts import DevicePasswords

POLICIES = ("/usr/bin/pwpolicy", "-getaccountpolicies")
_LENGTH = re.compile(
    r"policyAttributePassword matches '(\^\$\|)?\^?\.\{(\d{1,4}),(?:\d{0,4})\}\+?\$?'"
)
_FAILURES = "policyAttributeMaximumFailedAuthentications"
_DAYS = "policyAttributeExpiresEveryNDays"


def parse_policies(text: str) -> Plist:
    """Return the policies: categories of rules. A line of words stands before the list.

    Raises Nonsense.
    """
    start = text.find("<?xml")
    start = text.find("<plist") if start < 0 else start
    if start < 0:
        raise Nonsense("pwpolicy printed no policies")
    held = parse_plist(text[start:].encode(), "pwpolicy")
    if not isinstance(held, dict):
        raise Nonsense("pwpolicy: a list")
    return held


def _rules(policies: Plist) -> Iterator[Plist]:
    for category in policies.values():
        if isinstance(category, list):
            yield from (rule for rule in category if isinstance(rule, dict))


def _parameter(policies: Plist, name: str) -> list[int]:
    held = (rule.get("policyParameters") for rule in _rules(policies))
    found = (number(one.get(name)) for one in held if isinstance(one, dict))
    return [one for one in found if one is not None and 0 <= one <= 10_000]


def least_length(policies: Plist) -> int | None:
    """Return the least length, the longest of all rules; 0 where an empty one is let through.

    None where no rule is of a known shape: what other rules demand is not guessed.
    """
    found = _parameter(policies, "minimumLength")
    for rule in _rules(policies):
        match = _LENGTH.fullmatch(str(rule.get("policyContent", "")).strip())
        if match:
            found.append(0 if match.group(1) else int(match.group(2)))
    return max(found, default=None)


@collector("macos", sees=(DevicePasswords,))
def passwords(host: Host) -> list[Seen]:
    """Read the policies for everybody.

    That no rule on failures is there is no "never locks": on Macs with a security chip the chip
    itself makes guessing slow. Who has an empty password cannot be seen.
    """
    policies = parse_policies(host.run(POLICIES).out)
    length = least_length(policies)
    tries = min(filter(None, _parameter(policies, _FAILURES)), default=None)
    hidden = {"empty": NotSeen("not_told", detail="pwpolicy")}
    if length is None:
        hidden["min_length"] = NotSeen("not_told", detail="policyContent")
    if tries is None:
        hidden["lockout_tries"] = NotSeen("not_told", detail=_FAILURES)
    return [
        saw(
            DevicePasswords(
                empty=None,
                max_age_days=min(filter(None, _parameter(policies, _DAYS)), default=None),
                min_length=length,
                lockout_tries=tries,
            ),
            **hidden,
        )
    ]
