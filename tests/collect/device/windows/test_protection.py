"""Windows: what is in force, who guards, and which product a build number is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.facts import judged, measured
from tests.support.hosts import RecordedHost, fact, seen, write
from tests.support.protection import (
    LOCAL,
    POLICY,
    looked,
    on_windows,
    profiles,
    recorded,
    reg,
    windows,
    windows_case,
)
from tojimari.collect.device.windows import (
    defender,
    editions,
    firewall_profiles,
    security_center,
)
from tojimari.collect.device.windows.api.licences import YEARS
from tojimari.collect.device.windows.registry import CURRENT_VERSION_KEY, SERVICES_KEY
from tojimari.collect.windows_system import Values
from tojimari.model import NotSeen
from tojimari.model.facts import (
    DeviceAntimalware,
    DeviceFirewall,
    DeviceListening,
    DeviceOs,
    ListeningSocket,
)

ON = profiles(LOCAL, Domain=1, Standard=1, Public=1)
OFF = profiles(LOCAL, Domain=0, Standard=0, Public=0)
ONLY_DOMAIN_OFF = profiles(LOCAL, Domain=0, Standard=1, Public=1)
ALL_ON = profiles(POLICY, Domain=1, Private=1, Public=1)
ALL_OFF = profiles(POLICY, Domain=0, Private=0, Public=0)
MANAGED_OFF = profiles(LOCAL, Mdm_Domain=0, Mdm_Private=0, Mdm_Public=0)
MANAGED_ON = profiles(LOCAL, Mdm_Domain=1, Mdm_Private=1, Mdm_Public=1)
DEFAULT = "DefaultInboundAction"
SMB = DeviceListening(
    (
        ListeningSocket("tcp", "::", 135, "svchost.exe"),
        ListeningSocket("tcp", "192.0.2.5", 139, "System"),
        ListeningSocket("tcp", "::", 445, "System"),
    )
)


def firewall(root, commands):
    return on_windows("device-firewall", root, commands, DeviceFirewall)


def supported(root, commands):
    return on_windows("supported-os", root, commands, DeviceOs)


def antivirus(root, control, *products, signatures=""):
    lines = "".join(f"displayName: {name}\nproductState: {state}\n" for name, state in products)
    record = f"{defender.SIGNATURES_KEY}\n    AVSignatureApplied    REG_BINARY    {signatures}\n"
    commands = windows(
        signatures=record if signatures else "", registered={"AntiVirusProduct": lines}
    )
    return on_windows(control, root, commands, DeviceAntimalware)


# --- the firewall ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("case", "state", "reason"),
    [
        ("win-gpo-off", "not_met", "not_loaded"),
        ("win-gpo-on", "unknown", "could_not_see"),  # whether it is in a domain was not recorded
        ("win-eset", "unknown", "default_not_known"),
        ("win11-25h2", "met", "loaded"),
    ],
)
def test_the_firewall_of_the_cases(tmp_path, case, state, reason):
    finding = firewall(tmp_path, windows_case(case))
    assert (finding.state, finding.reason) == (state, reason)


WORKGROUP = reg(firewall_profiles.NETWORK_KEY, Domain="")
IN_DOMAIN = reg(firewall_profiles.NETWORK_KEY, Domain="corp.example")


@pytest.mark.parametrize(
    ("settings", "state"),
    [
        # Group Policy over the local value, with the names of today and of old.
        ({"local": OFF, "policy": ALL_ON}, "met"),
        ({"local": ON, "policy": ALL_OFF}, "not_met"),
        ({"local": ON, "policy": profiles(POLICY, Public=0)}, "not_met"),
        ({"local": ON, "policy": profiles(POLICY, Standard=0)}, "not_met"),
        ({"local": profiles(LOCAL, Domain=1, Standard=0, Public=1), "policy": ALL_ON}, "met"),
        # A policy of old for "all other networks" and a public profile that differs.
        (
            {
                "local": profiles(LOCAL, Domain=1, Standard=0, Public=0),
                "policy": profiles(POLICY, Standard=1),
            },
            "unknown",
        ),
        # Device management keeps its own profiles below the same key.
        ({"local": ON + MANAGED_OFF}, "not_met"),
        ({"local": OFF + MANAGED_ON}, "met"),
        # Two managers that say the opposite.
        ({"local": ON + MANAGED_OFF, "policy": ALL_ON}, "unknown"),
        # The service is what filters.
        ({"local": ON, "service": reg(rf"{SERVICES_KEY}\mpssvc", Start=4)}, "not_met"),
        # The profile for domains counts where there is a domain.
        ({"local": ONLY_DOMAIN_OFF, "network": IN_DOMAIN}, "not_met"),
        ({"local": ONLY_DOMAIN_OFF, "network": WORKGROUP}, "met"),
        ({"local": ONLY_DOMAIN_OFF}, "unknown"),
        # What happens to the rest, by the same layers.
        ({"local": ON, "local_inbound": profiles(LOCAL, DEFAULT, Public=0)}, "partly"),
        ({"local": ON, "local_inbound": profiles(LOCAL, DEFAULT, Public=1, Standard=1)}, "met"),
        (
            {
                "local": ON,
                "local_inbound": profiles(LOCAL, DEFAULT, Public=0),
                "policy_inbound": profiles(POLICY, DEFAULT, Public=1),
            },
            "met",
        ),
        (
            {"local": ON, "policy_inbound": profiles(POLICY, DEFAULT, Private=0)},
            "partly",
        ),
        (
            {"local": ON, "local_inbound": profiles(LOCAL, DEFAULT, Domain=0)},
            "unknown",
        ),
    ],
)
def test_the_layer_that_decides_is_the_one_that_is_read(tmp_path, settings, state):
    assert firewall(tmp_path, windows(**settings)).state == state


def test_a_registry_without_the_profiles_is_no_answer(tmp_path):
    host = RecordedHost(tmp_path, windows(local=""))
    observation = seen(host, DeviceFirewall, "windows")
    assert (observation.fact, observation.not_seen.reason) == (None, "nonsense")


@pytest.mark.parametrize(
    ("products", "backend", "state"),
    [
        ([("ESET Firewall", 266240)], "ESET Firewall", "unknown"),
        ([("ノートン ファイアウォール", 266240)], "ノートン ファイアウォール", "unknown"),
        ([("McAfee Firewall", 262144)], "windows", "not_met"),  # off
        ([("Norton", 270336)], "windows", "not_met"),  # snoozed: off for now
        ([("Trend Micro", 274432)], "windows", "not_met"),  # expired
        ([("Old", 274432), ("New", 266240)], "New", "unknown"),
        ([], "windows", "not_met"),
    ],
)
def test_another_firewall_counts_while_it_is_on(tmp_path, products, backend, state):
    lines = "".join(f"displayName: {name}\nproductState: {value}\n" for name, value in products)
    commands = windows(local=OFF, registered={"FirewallProduct": lines})
    assert fact(recorded(tmp_path, commands), DeviceFirewall, "windows").backend == backend
    assert firewall(tmp_path, commands).state == state


def test_another_firewall_decides_where_windows_own_is_on_too(tmp_path):
    eset = "displayName  : ESET Firewall\nproductState : 266240\n"
    commands = windows(local=ON, registered={"FirewallProduct": eset})
    finding = firewall(tmp_path, commands)
    assert (finding.state, finding.numbers["backend"]) == ("unknown", "ESET Firewall")


@pytest.mark.parametrize("case", ["win11-25h2", "win-eset"])
def test_default_listeners_behind_a_firewall_are_partly(tmp_path, case):
    behind = looked(recorded(tmp_path, windows_case(case)), DeviceFirewall, "windows")
    assert judged("open-services", measured(SMB), behind).state == "partly"


def test_default_listeners_without_a_firewall_stay_open(tmp_path):
    behind = looked(RecordedHost(tmp_path, windows_case("win-gpo-off")), DeviceFirewall, "windows")
    assert judged("open-services", measured(SMB), behind).state == "not_met"


# --- security products ----------------------------------------------------------------------

ON_CURRENT, ON_OLD, OFF_CURRENT = 266240, 266256, 262144
DEFENDER_ON, DEFENDER_OFF, DEFENDER_OLD = 397568, 393472, 397584
SNOOZED, EXPIRED, UNTOLD = 270336, 274432, 344064


@pytest.mark.parametrize(
    ("products", "running", "fresh"),
    [
        ([("Windows Defender", DEFENDER_ON)], "met", "met"),
        ([("Windows Defender", DEFENDER_OLD)], "met", "not_met"),
        ([("Windows Defender", DEFENDER_OFF)], "not_met", "unknown"),
        ([("ESET Security", ON_CURRENT), ("Windows Defender", DEFENDER_OFF)], "met", "met"),
        ([("ESET Security", ON_OLD), ("Windows Defender", DEFENDER_OFF)], "met", "not_met"),
        ([("ウイルスバスター", EXPIRED), ("Windows Defender", DEFENDER_OFF)], "not_met", "unknown"),
        ([("Norton 360", SNOOZED)], "not_met", "unknown"),
        ([("McAfee", EXPIRED), ("Windows Defender", DEFENDER_ON)], "met", "met"),
        ([("Foo", UNTOLD)], "unknown", "met"),
    ],
)
def test_products_of_the_security_center(tmp_path, products, running, fresh):
    assert antivirus(tmp_path, "antimalware-installed", *products).state == "met"
    assert antivirus(tmp_path, "antimalware-running", *products).state == running
    assert antivirus(tmp_path, "antimalware-fresh", *products).state == fresh


@pytest.mark.parametrize(
    ("state", "signatures", "fresh", "days"),
    [
        (DEFENDER_ON, "00783B3B9B78DD01", "met", 3),  # 20 November
        (DEFENDER_OLD, "00783b3b9b78dd01", "met", 3),
        (DEFENDER_ON, "00F893F25051DD01", "not_met", 53),  # 1 October
        (DEFENDER_ON, "FFFFFFFFFFFFFF7F", "met", None),  # no moment there is: its word counts
        (DEFENDER_OLD, "0000000000000000", "not_met", None),
        (DEFENDER_OLD, "00F8", "not_met", None),
    ],
)
def test_the_age_of_defenders_signatures_is_in_its_own_record(
    tmp_path, state, signatures, fresh, days
):
    products = (("Windows Defender", state),)
    finding = antivirus(tmp_path, "antimalware-fresh", *products, signatures=signatures)
    assert (finding.state, finding.numbers.get("days")) == (fresh, days)


def test_the_record_of_a_defender_that_stepped_back_counts_for_nobody(tmp_path):
    products = (("ESET Security", ON_OLD), ("Windows Defender", DEFENDER_OFF))
    finding = antivirus(tmp_path, "antimalware-fresh", *products, signatures="00783B3B9B78DD01")
    assert (finding.state, finding.reason) == ("not_met", "said_old")


def entry(name, state, program=""):
    return f"displayName: {name}\npathToSignedProductExe: {program}\nproductState: {state}\n"


def center(root, control, *entries):
    commands = windows(registered={"AntiVirusProduct": "".join(entries)})
    return on_windows(control, root, commands, DeviceAntimalware)


PANDA = r"C:\Program Files\Panda\PSUAMain.exe"
DEFENDER = entry("Windows Defender", DEFENDER_OFF, "windowsdefender://")


def test_what_a_removed_product_left_behind_guards_nobody(tmp_path):
    left = entry("Panda", ON_CURRENT, PANDA)
    assert center(tmp_path, "antimalware-running", left, DEFENDER).reason == "stopped"
    write(tmp_path, PANDA, "")
    finding = center(tmp_path, "antimalware-running", left, DEFENDER)
    assert (finding.state, finding.numbers["names"]) == ("met", "Panda")


def test_a_firewall_that_was_removed_took_nothing_over(tmp_path):
    left = entry("Panda Firewall", ON_CURRENT, PANDA)
    commands = windows(local=OFF, registered={"FirewallProduct": left})
    assert firewall(tmp_path, commands).state == "not_met"


@pytest.mark.parametrize(
    ("states", "running", "fresh"),
    [
        ((OFF_CURRENT, ON_CURRENT), "met", "met"),
        # An update left an entry: which of the two speaks of today is not told.
        ((ON_OLD, OFF_CURRENT), "met", "unknown"),
        ((ON_OLD, ON_OLD), "met", "not_met"),
        ((OFF_CURRENT, EXPIRED), "not_met", "unknown"),
    ],
)
def test_several_entries_of_one_name_are_one_product(tmp_path, states, running, fresh):
    entries = [entry("Vipre", state) for state in states]
    assert center(tmp_path, "antimalware-running", *entries).state == running
    assert center(tmp_path, "antimalware-fresh", *entries).state == fresh


def test_an_empty_security_center_proves_nothing(tmp_path):
    for control in ("antimalware-installed", "antimalware-running", "antimalware-fresh"):
        assert antivirus(tmp_path, control).state == "unknown"


def test_a_server_has_no_security_center(tmp_path):
    finding = on_windows("antimalware-installed", tmp_path, windows(), DeviceAntimalware)
    assert finding.state == "unknown"


# --- edition and end of support -------------------------------------------------------------


def version_key(edition: str, kind: str = "Client") -> str:
    # A Windows 11 calls itself Windows 10 here: the name of the product says nothing.
    names = {"EditionID": edition, "InstallationType": kind, "ProductName": "Windows 10 Pro"}
    return reg(CURRENT_VERSION_KEY, **names)


@pytest.mark.parametrize(
    ("case", "state", "end", "name"),
    [
        ("win-server-2016", "met", "2027-01-12", "Windows Server 2016 Standard"),
        ("win-server-2019", "met", "2029-01-09", "Windows Server 2019 Standard"),
        ("win-server-2022", "met", "2031-10-14", "Windows Server 2022 Standard"),
        ("win-server-2025", "met", "2034-11-14", "Windows Server 2025 Standard"),
        ("win11-23h2", "not_met", None, "Windows 11"),
        ("win11-25h2", "met", None, "Windows 11"),
    ],
)
def test_the_end_of_support_of_the_cases(tmp_path, case, state, end, name):
    finding = supported(tmp_path, windows_case(case))
    assert (finding.state, finding.numbers.get("end")) == (state, end)
    assert finding.numbers["name"].startswith(f"{name} (10.0.")


@pytest.mark.parametrize(
    ("build", "edition", "kind", "state", "end"),
    [
        # Home and Pro against Enterprise and Education.
        ("22631", "Core", "Client", "not_met", "2025-11-11"),
        ("22631", "Enterprise", "Client", "not_met", "2026-11-10"),
        ("26100", "Professional", "Client", "not_met", "2026-10-13"),
        ("26100", "ProfessionalWorkstation", "Client", "not_met", "2026-10-13"),
        ("26100", "Education", "Client", "met", "2027-10-12"),
        ("26100", "ServerRdsh", "Client", "met", "2027-10-12"),
        ("26100", "ServerRdsh", "Server", "met", "2027-10-12"),
        ("26200", "CoreCountrySpecific", "Client", "met", "2027-10-12"),
        # Long-term editions.
        ("26100", "EnterpriseS", "Client", "met", "2029-10-09"),
        ("26100", "IoTEnterpriseS", "Client", "met", "2034-10-10"),
        ("19044", "EnterpriseS", "Client", "met", "2027-01-12"),
        ("19044", "IoTEnterpriseS", "Client", "met", "2032-01-13"),
        ("17763", "EnterpriseS", "Client", "met", "2029-01-09"),
        ("14393", "EnterpriseS", "Client", "not_met", "2026-10-13"),
        # Windows 10 with paid repairs, which not everyone has.
        ("19045", "Professional", "Client", "unknown", "2025-10-14"),
        # Servers, with and without desktop, evaluation, Azure, yearly channel.
        ("17763", "ServerDatacenter", "Server Core", "met", "2029-01-09"),
        ("17763", "ServerStandardACor", "Server Core", "not_met", "2020-11-10"),
        ("14393", "ServerSolution", "Server", "met", "2027-01-12"),
        ("20348", "ServerTurbine", "Server", "met", "2031-10-14"),
        ("20348", "ServerStandardEval", "Server", "met", "2031-10-14"),
        ("25398", "ServerDatacenterACor", "Server Core", "not_met", "2026-05-12"),
        # Editions with ends of their own, and builds nobody listed.
        ("26100", "ServerAzureStackHCICor", "Server Core", "unknown", None),
        ("26100", "CloudEdition", "Client", "unknown", None),
        ("17763", "ServerHyperCore", "Server Core", "unknown", None),
        ("27900", "Professional", "Client", "unknown", None),
        ("29500", "ServerDatacenter", "Server", "unknown", None),
    ],
)
def test_one_build_is_several_products(tmp_path, build, edition, kind, state, end):
    commands = windows(ver=f"10.0.{build}.1", current_version=version_key(edition, kind))
    finding = supported(tmp_path, commands)
    assert (finding.state, finding.numbers.get("end")) == (state, end)


@pytest.mark.parametrize(
    ("build", "state", "reason"),
    [
        ("26100", "unknown", "edition_not_known"),
        ("17763", "unknown", "edition_not_known"),
        ("14393", "unknown", "edition_not_known"),
        ("19044", "unknown", "edition_not_known"),
        ("22631", "not_met", "ended_no_date"),
        ("22621", "not_met", "ended_no_date"),
        ("26200", "met", "supported_edition"),
        ("19045", "unknown", "extended_not_told"),
        ("20348", "met", "supported"),
    ],
)
def test_without_the_edition_no_date_is_given_that_depends_on_it(tmp_path, build, state, reason):
    finding = supported(tmp_path, windows(ver=f"10.0.{build}.1"))
    assert (finding.state, finding.reason) == (state, reason)
    if reason == "edition_not_known":
        assert finding.not_seen.see_with == "place:windows-about"


@pytest.mark.parametrize(
    ("patch", "licences", "state", "reason", "end"),
    [
        (7058, [(2, 1)], "met", "supported", "2027-10-12"),
        (7058, [(1, 1), (3, 1)], "met", "supported", "2028-10-10"),
        # A year that is over, one that was not activated, none.
        (7058, [(1, 1)], "partly", "extended_other", "2025-10-14"),
        (7058, [(1, 1), (2, 5)], "partly", "extended_other", "2025-10-14"),
        (7058, [], "partly", "extended_other", "2025-10-14"),
        (7058, None, "partly", "extended_other", "2025-10-14"),
        # Nothing came since the day on which the last came to everybody.
        (6456, [], "not_met", "ended", "2025-10-14"),
        (5131, None, "not_met", "ended", "2025-10-14"),
        (None, [], "unknown", "extended_not_told", "2025-10-14"),
    ],
)
def test_windows_10_is_supported_where_a_licence_says_so(
    tmp_path, patch, licences, state, reason, end
):
    ids = {year: id_ for id_, year in YEARS.items()}
    rows = [{"ID": ids[year], "LicenseStatus": status} for year, status in licences or ()]
    held = version_key("Professional", "Client") + (
        f"    UBR    REG_DWORD    {patch:#x}\n" if patch else ""
    )
    commands = windows(ver="10.0.19045.1", current_version=held)
    commands.answers["longer_support"] = {"refused": "0x80041003"} if licences is None else rows
    finding = supported(tmp_path, commands)
    assert (finding.state, finding.reason, finding.numbers["end"]) == (state, reason, end)


def test_only_the_windows_that_can_have_it_is_asked_for_longer_support(tmp_path):
    commands = windows(current_version=version_key("Professional", "Client"))
    commands.answers["longer_support"] = AssertionError("asked")
    assert supported(tmp_path, commands).reason == "ended"


def test_what_an_earlier_version_said_of_a_build_is_judged_by_the_build():
    earlier = DeviceOs(
        family="windows",
        product="windows",
        name="Windows 10 (10.0.17763)",
        version="10-1809-w",
        edition=None,
        kernel="10.0.17763",
        arch="AMD64",
        virtual=None,
    )
    hidden = {"edition": NotSeen("not_on_this_system", see_with="place:windows-about")}
    assert judged("supported-os", measured(earlier, partly_not_seen=hidden)).state == "unknown"


@pytest.mark.parametrize(
    ("build", "edition", "kind", "name"),
    [
        ("10.0.26100", "Professional", "Client", "Windows 11 Pro (10.0.26100)"),
        ("10.0.19045", "Core", "Client", "Windows 10 Home (10.0.19045)"),
        ("10.0.26100", "IoTEnterpriseS", "Client", "Windows 11 IoT Enterprise LTSC (10.0.26100)"),
        ("10.0.20348", "", "", "Windows Server 2022 (10.0.20348)"),
        ("6.3.9600", "Professional", "Client", "Windows 8.1 Pro (6.3.9600)"),
        ("6.3.9600", "ServerStandard", "Server", "Windows Server 2012 R2 Standard (6.3.9600)"),
    ],
)
def test_it_is_called_what_it_is(tmp_path, build, edition, kind, name):
    key = version_key(edition, kind) if edition else ""
    host = RecordedHost(tmp_path, windows(ver=f"{build}.1", current_version=key))
    assert fact(host, DeviceOs, "windows").name == name


# --- what comes from outside ----------------------------------------------------------------


@given(
    st.text(max_size=200) | st.from_regex(r"[0-9a-f]{16}", fullmatch=True), st.integers(0, 2**32)
)
def test_any_text_and_state_is_read(text, state):
    defender.file_time(text.encode())
    security_center.decoded(text, state)


@given(st.text(max_size=200))
def test_any_registry_gives_a_release(text):
    held = Values({"EditionID": text, "InstallationType": text[:20]})
    assert editions.release_of("10.0.26100", held).name.startswith("Windows")


def test_a_refusal_is_no_answer(tmp_path):
    commands = windows(local=OFF)
    commands.answers[rf"{security_center.NAMESPACE}:FirewallProduct"] = {"refused": "0x80041003"}
    assert firewall(tmp_path, commands).state == "not_met"


@pytest.mark.parametrize(
    ("products", "expected"),
    [
        # Expired, snoozed or off, it fetches nothing: what it last said of itself is not news.
        ([("McAfee", 0x43000)], "unknown"),
        ([("Norton", 0x42000)], "unknown"),
        ([("Windows Defender", 0x60100)], "unknown"),
        ([("Windows Defender", 0x60110)], "not_met"),
        ([("Windows Defender", 0x60100), ("ESET Security", 0x41000)], "met"),
    ],
)
def test_a_product_that_does_not_run_does_not_vouch_for_its_signatures(
    tmp_path, products, expected
):
    assert antivirus(tmp_path, "antimalware-fresh", *products).state == expected
