"""Firewalls of real situations: rules loaded in a network of their own, judged as the kernel would."""

import json
import sys
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.facts import judged, measured
from tests.support.hosts import RecordedHost, fact, judged_rules, seen, write
from tests.support.own_network import firewall_of
from tests.support.patience import BOUNDED
from tojimari.collect.device.linux.firewall import read_network
from tojimari.collect.device.linux.iptables import parse_iptables_save
from tojimari.collect.device.linux.nft import parse_nft
from tojimari.collect.host import LocalHost, Output
from tojimari.model.facts import DeviceFirewall, DeviceListening, LetIn, ListeningSocket

CASES = Path(__file__).parents[3] / "assets" / "device"


def verdict(found: DeviceFirewall) -> tuple[str, str]:
    finding = judged("device-firewall", measured(found))
    return finding.state, finding.reason


def open_services(found: DeviceFirewall, *ports: int) -> str:
    rows = tuple(ListeningSocket("tcp", "0.0.0.0", port, None) for port in ports)
    return judged("open-services", measured(DeviceListening(rows)), measured(found)).state


@pytest.mark.programs
@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("fw-comment-drop", ("met", "loaded")),
        ("fw-docker-published", ("not_met", "published")),
        ("fw-fail2ban-only", ("not_met", "not_loaded")),
        ("fw-fedora-workstation", ("partly", "wide")),
        ("fw-ipv6-open", ("partly", "ipv6_open")),
        ("fw-nft-vmap", ("met", "loaded")),
        ("fw-tailscale-only", ("not_met", "not_loaded")),
    ],
)
def test_the_cases(name, said):
    rules = next((CASES / name).glob("rules.*"))
    program = "nft" if rules.suffix == ".nft" else "sh"
    assert verdict(firewall_of(program, rules.read_text())) == said


@pytest.mark.programs
def test_what_docker_publishes_is_an_open_service_whether_or_not_anything_listens():
    found = firewall_of("sh", (CASES / "fw-docker-published/rules.sh").read_text())
    assert found.let_in == (LetIn("published", "ipv4", "tcp", 5432, 5432),)
    assert open_services(found) == "not_met"
    assert open_services(found, 5432) == "not_met"


@pytest.mark.programs
def test_what_a_zone_lets_in_is_open():
    found = firewall_of("nft", (CASES / "fw-fedora-workstation/rules.nft").read_text())
    assert found.backend == "firewalld"
    assert open_services(found, 3306) == "not_met"
    assert open_services(found, 445) == "partly"


ACCEPTED = "iptables -A INPUT -i lo -j ACCEPT\niptables -A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT\n"
DROPS = "iptables -P INPUT DROP\n" + ACCEPTED
DNAT = """iptables -t nat -N DOCKER
iptables -t nat -A PREROUTING -m addrtype --dst-type LOCAL -j DOCKER
iptables -t nat -A DOCKER {} ! -i docker0 -p tcp -m tcp --dport {} -j DNAT --to-destination 172.17.0.2:{}
iptables -P FORWARD DROP
iptables -N DOCKER-USER
iptables -A FORWARD -j DOCKER-USER
iptables -A FORWARD -d 172.17.0.2/32 ! -i docker0 -o docker0 -p tcp -m tcp --dport {} -j ACCEPT
"""


@pytest.mark.programs
@pytest.mark.parametrize(
    ("rules", "said"),
    [
        # Docker: for this machine alone, kept out by the owner's own chain, a web server's port
        (DROPS + DNAT.format("-d 127.0.0.1/32", 5432, 5432, 5432), ("met", "loaded")),
        (DROPS + DNAT.format("", 5432, 5432, 5432) + "iptables -A DOCKER-USER -i eth0 ! -s 192.168.0.0/16 -j DROP\n", ("met", "loaded")),
        (DROPS + DNAT.format("", 3307, 3306, 3306) + "iptables -A DOCKER-USER -p tcp -m conntrack --ctorigdstport 3307 -j DROP\n", ("met", "loaded")),
        (DROPS + DNAT.format("", 443, 8443, 8443), ("met", "loaded")),
        (DROPS + DNAT.format("-d 192.168.1.5/32", 3306, 3306, 3306), ("not_met", "published")),
        # published, and let in on purpose
        (DROPS + "iptables -A INPUT -p tcp --dport 8080 -j ACCEPT\n" + DNAT.format("", 8080, 80, 80), ("met", "loaded")),
        # podman by CNI, libvirt's hook, a whole range
        (
            DROPS + "iptables -t nat -N CNI-DN-1\niptables -t nat -A PREROUTING -m addrtype --dst-type LOCAL -j CNI-DN-1\n"
            "iptables -t nat -A CNI-DN-1 -p tcp -m multiport --dports 6379,6380 -m comment --comment 'dnat name: \"p\" id: \"a\"' -j DNAT --to-destination 10.88.0.2\n",
            ("not_met", "published"),
        ),
        (
            DROPS + "iptables -P FORWARD DROP\niptables -t nat -A PREROUTING -p tcp --dport 2222 -j DNAT --to-destination 192.168.122.10:22\n"
            "iptables -A FORWARD -d 192.168.122.10/32 -o virbr0 -p tcp --dport 22 -j ACCEPT\n",
            ("not_met", "published"),
        ),
        (
            DROPS + "iptables -P FORWARD DROP\niptables -t nat -A PREROUTING -p tcp --dport 2222 -j DNAT --to-destination 192.168.122.10:22\n",
            ("met", "loaded"),
        ),
        # IPv6 beside IPv4
        (DROPS + "ip6tables -P INPUT DROP\n", ("met", "loaded")),
        (DROPS + "ip6tables -A INPUT -j REJECT\n", ("met", "loaded")),
        (DROPS + "ip6tables -A INPUT -s 2001:db8::1 -j DROP\n", ("partly", "ipv6_open")),
        # comments, old ways to write the same
        (ACCEPTED + "iptables -A INPUT -m comment --comment 'then -j DROP' -j ACCEPT\n", ("not_met", "not_loaded")),
        (ACCEPTED + "iptables -A INPUT -p tcp --syn -j DROP\niptables -A INPUT -p udp -j DROP\n", ("met", "loaded")),
        (ACCEPTED + "iptables -A INPUT -p tcp --syn -j DROP\n", ("partly", "accepts_rest")),
        (ACCEPTED + "iptables -A INPUT -m state --state NEW -j REJECT\n", ("met", "loaded")),
        (ACCEPTED + "iptables -A INPUT ! -i lo -j DROP\n", ("met", "loaded")),
        (ACCEPTED + "iptables -A INPUT -p tcp -m multiport --dports 139,445 -j DROP\n", ("partly", "accepts_rest")),
        (ACCEPTED + "iptables -N LAST\niptables -A LAST -m limit --limit 5/min -j LOG\niptables -A LAST -j DROP\niptables -A INPUT -g LAST\n", ("met", "loaded")),
        # let in by interface, by limit, by range
        (DROPS + "iptables -A INPUT -i wg0 -j ACCEPT\n", ("met", "loaded")),
        (DROPS + "iptables -A INPUT -i eth0 -j ACCEPT\n", ("not_met", "not_loaded")),
        (DROPS + "iptables -A INPUT -p tcp -m limit --limit 10/s -j ACCEPT\n", ("partly", "accepts_rest")),
        (DROPS + "iptables -A INPUT -s 192.168.0.0/16 -j ACCEPT\n", ("met", "loaded")),
        (DROPS + "iptables -A INPUT -p tcp -m tcp --dport 1024:65535 -j ACCEPT\n", ("partly", "wide")),
        (DROPS + "iptables -A INPUT -p udp --dport 60000:61000 -j ACCEPT\n", ("met", "loaded")),
        # at some hours, for so many at a time, for some of them: anybody is let in
        (DROPS + "iptables -A INPUT -m time --timestart 09:00 --timestop 18:00 --weekdays Mon,Tue -j ACCEPT\n", ("not_met", "not_loaded")),
        (DROPS + "iptables -A INPUT -p tcp -m connlimit --connlimit-upto 3 --connlimit-mask 32 --connlimit-saddr -j ACCEPT\n", ("partly", "accepts_rest")),
        (ACCEPTED + "iptables -A INPUT -m time --timestart 18:00 --timestop 09:00 -j DROP\n", ("not_met", "not_loaded")),
        (DROPS + "iptables -A INPUT -m policy --dir in --pol none -j ACCEPT\n", ("not_met", "not_loaded")),
        (DROPS + "iptables -A INPUT -m policy --dir in --pol ipsec -j ACCEPT\n", ("met", "loaded")),
        # halves of the internet, and all that is handed out of IPv6
        (DROPS + "iptables -A INPUT -s 0.0.0.0/1 -j ACCEPT\niptables -A INPUT -s 128.0.0.0/1 -j ACCEPT\n", ("not_met", "not_loaded")),
        (DROPS + "iptables -A INPUT -m iprange --src-range 1.0.0.0-223.255.255.255 -j ACCEPT\n", ("not_met", "not_loaded")),
        (DROPS + "iptables -A INPUT -m iprange --src-range 192.168.1.10-192.168.1.20 -j ACCEPT\n", ("met", "loaded")),
        (DROPS + "ip6tables -P INPUT DROP\nip6tables -A INPUT -s 2000::/3 -j ACCEPT\n", ("partly", "ipv6_open")),
        (DROPS + "ip6tables -A INPUT -s 2000::/3 -j DROP\n", ("met", "loaded")),
        (DROPS + "ip6tables -P INPUT DROP\nip6tables -A INPUT -s fe80::/10 -j ACCEPT\n", ("met", "loaded")),
        # a service of a cluster, by chance one of two containers
        (
            DROPS + "iptables -t nat -N KUBE-NODEPORTS\niptables -t nat -N KUBE-SVC-A\niptables -t nat -N KUBE-SEP-A\n"
            "iptables -t nat -A PREROUTING -m addrtype --dst-type LOCAL -j KUBE-NODEPORTS\n"
            "iptables -t nat -A KUBE-NODEPORTS -p tcp -m tcp --dport 30306 -j KUBE-SVC-A\n"
            "iptables -t nat -A KUBE-SVC-A -m statistic --mode random --probability 0.5 -j KUBE-SEP-A\n"
            "iptables -t nat -A KUBE-SEP-A -p tcp -m tcp -j DNAT --to-destination 10.42.0.5:3306\n",
            ("not_met", "published"),
        ),
        # bans and private networks are no policy
        (ACCEPTED + "iptables -A INPUT -s 203.0.113.9 -j DROP\niptables -A INPUT -m conntrack --ctstate INVALID -j DROP\n", ("not_met", "not_loaded")),
        (ACCEPTED + "iptables -A INPUT -i wg0 -j DROP\n", ("not_met", "not_loaded")),
        (ACCEPTED + "iptables -A INPUT -p tcp --dport 22 -m connlimit --connlimit-above 5 -j REJECT\n", ("not_met", "not_loaded")),
        # ufw's shape
        (
            "iptables -P INPUT DROP\niptables -N ufw-not-local\niptables -N ufw-before-input\niptables -A INPUT -j ufw-before-input\n"
            "iptables -A ufw-before-input -i lo -j ACCEPT\niptables -A ufw-before-input -j ufw-not-local\n"
            "iptables -A ufw-not-local -m addrtype --dst-type LOCAL -j RETURN\niptables -A ufw-not-local -m addrtype --dst-type MULTICAST -j RETURN\n"
            "iptables -A ufw-not-local -j DROP\niptables -A ufw-before-input -p tcp --dport 22 -j ACCEPT\n",
            ("met", "loaded"),
        ),
    ],
)  # fmt: skip
def test_rules_of_iptables(rules, said):
    assert verdict(firewall_of("sh", rules)) == said


@pytest.mark.programs
def test_a_table_of_nft_may_bear_the_name_of_one_of_iptables():
    """iptables-save shows it as if it were empty."""
    own = table("drop", "tcp dport 22 accept", family="ip").replace(
        "table ip f ", "table ip filter "
    )
    found = firewall_of("nft", own)
    assert (found.backend, found.default_inbound) == ("nftables", "drop")
    assert found.let_in == (LetIn("inbound", "ipv4", "tcp", 22, 22),)
    assert verdict(firewall_of("nft", own.replace("policy drop", "policy accept")))[0] == "not_met"


@pytest.mark.programs
def test_rules_in_the_older_tables_of_iptables_count_too():
    rules = "iptables-legacy -P INPUT DROP\niptables-legacy -A INPUT -p tcp --dport 22 -j ACCEPT\niptables -N X\n"
    found = firewall_of("sh", rules)
    assert (found.backend, found.default_inbound) == ("iptables", "drop")
    assert LetIn("inbound", "ipv4", "tcp", 22, 22) in found.let_in


INPUT = "table {} f {{\n{}\n chain input {{ type filter hook input priority 0; policy {};\n{}\n }}\n{}\n}}\n"


def table(
    policy: str, rules: str, *, family: str = "inet", before: str = "", after: str = ""
) -> str:
    return INPUT.format(family, before, policy, rules, after)


NETAVARK = """table inet netavark {
 chain PREROUTING { type nat hook prerouting priority dstnat; policy accept;
  fib daddr type local jump HOSTPORT
 }
 chain HOSTPORT { tcp dport 27017 jump dnat_a
 }
 chain dnat_a { ip saddr 10.88.0.0/24 tcp dport 27017 counter
  tcp dport 27017 dnat ip to 10.88.0.2:27017
 }
 chain FORWARD { type filter hook forward priority filter; policy accept;
  ct state invalid drop
  ip daddr 10.88.0.0/24 ct state { established, related } accept
 }
}
"""
ARRIVAL = """table inet r {{
 chain p {{ type filter hook prerouting priority raw; policy accept;
  iifname != "lo" {}
 }}
}}
"""
# Docker Engine 29's own rules of nft: maps of interfaces, and a chain for each network.
DOCKER_NFT = """table ip docker-bridges {{
 map filter-forward-in-jumps {{ type ifname : verdict
  elements = {{ "docker0" : jump filter-forward-in__docker0 }}
 }}
 chain filter-FORWARD {{ type filter hook forward priority filter; policy accept;
  oifname vmap @filter-forward-in-jumps
 }}
 chain filter-forward-in__docker0 {{ ct state established,related counter accept
  iifname "docker0" counter accept comment "ICC"
  ip daddr 172.17.0.2 tcp dport 5432 counter accept
  counter drop comment "UNPUBLISHED PORT DROP"
 }}
 chain nat-PREROUTING {{ type nat hook prerouting priority dstnat; policy accept;
  fib daddr type local counter jump nat-prerouting-and-output
 }}
 chain nat-prerouting-and-output {{ iifname != "docker0" {} tcp dport 5432 counter dnat to 172.17.0.2:5432 comment "DNAT"
 }}
}}
"""
ZONE = """table inet firewalld {{
 chain filter_INPUT {{ type filter hook input priority filter + 10; policy accept;
  ct state {{ established, related }} accept
  ct status dnat accept
  iifname "lo" accept
  ct state invalid drop
  jump filter_INPUT_ZONES
  reject with icmpx type admin-prohibited
 }}
 chain filter_INPUT_ZONES {{
  {}
 }}
 chain filter_IN_trusted {{ accept
 }}
 chain filter_IN_drop {{ jump filter_IN_drop_allow
  drop
 }}
 chain filter_IN_drop_allow {{ {}
 }}
}}
"""


@pytest.mark.programs
@pytest.mark.parametrize(
    ("rules", "said"),
    [
        # jumps, maps of verdicts, names of sets
        (table("accept", "meta l4proto { tcp, udp } reject"), ("met", "loaded")),
        (table("accept", "meta l4proto vmap { tcp : jump t, udp : drop }", before=" chain t { tcp dport 22 accept\n drop\n }"), ("met", "loaded")),
        (table("drop", "tcp dport vmap @doors", before=" map doors { type inet_service : verdict; flags interval; elements = { 22 : accept, 1000-40000 : accept } }"), ("partly", "wide")),
        (table("drop", "tcp dport { 22, 80, 443 } accept"), ("met", "loaded")),
        (table("drop", "iifname vmap { \"lo\" : accept, \"eth0\" : jump world }", before=" chain world { accept\n }"), ("not_met", "not_loaded")),
        (table("accept", "iifname != { \"lo\", \"tailscale0\" } drop"), ("met", "loaded")),
        (table("accept", "iifname != \"lo\" tcp dport 1-65535 drop\n iifname != \"lo\" udp dport 1-65535 drop"), ("partly", "accepts_rest")),
        (table("accept", "tcp flags & (fin | syn | rst | ack) == syn reject\n meta l4proto udp reject"), ("met", "loaded")),
        (table("accept", "fib daddr type { broadcast, multicast } drop"), ("not_met", "not_loaded")),
        # IPv6 beside IPv4 in one table, and bans in a set
        (table("accept", "meta nfproto ipv4 drop"), ("partly", "ipv6_open")),
        (table("drop", "meta nfproto ipv6 accept"), ("partly", "ipv6_open")),
        (table("drop", "", family="ip") + table("accept", "", family="ip6"), ("partly", "ipv6_open")),
        (table("drop", "", family="ip") + table("drop", "", family="ip6"), ("met", "loaded")),
        (table("accept", "ip saddr @bad drop", before=" set bad { type ipv4_addr; flags timeout; elements = { 203.0.113.9 timeout 1h } }"), ("not_met", "not_loaded")),
        (table("accept", "ip saddr != 192.168.0.0/16 drop"), ("partly", "ipv6_open")),
        (table("drop", "ip saddr 1.0.0.0-223.255.255.255 accept"), ("not_met", "not_loaded")),
        (table("drop", "ip saddr { 10.0.0.0/8, 192.168.0.0-192.168.3.255 } accept"), ("met", "loaded")),
        (table("drop", "ip6 saddr 2000::/3 accept"), ("partly", "ipv6_open")),
        # at some hours, for a share
        (table("drop", "meta hour \"09:00\"-\"18:00\" accept"), ("not_met", "not_loaded")),
        (table("drop", "numgen random mod 2 0 accept"), ("not_met", "not_loaded")),
        # what is not one port of TCP says nothing about UDP
        (table("accept", "tcp dport != 22 drop"), ("partly", "accepts_rest")),
        (table("drop", "udp dport != 53 accept"), ("partly", "accepts_rest")),
        # the words of a comment, another table that drops too
        (table("accept", "tcp dport 80 accept comment \"drop reject\""), ("not_met", "not_loaded")),
        (table("accept", "") + table("drop", "").replace("inet f", "inet g"), ("met", "loaded")),
        # stopped on arrival already, with and without an exception
        (ARRIVAL.format("tcp flags & (fin | syn | rst | ack) == syn tcp dport != 22 drop\n  iifname != \"lo\" meta l4proto udp drop"), ("met", "loaded")),
        (ARRIVAL.format("ip saddr 203.0.113.9 drop"), ("not_met", "not_loaded")),
        # what leads past it
        (table("drop", "") + NETAVARK, ("not_met", "published")),
        (table("drop", "") + NETAVARK.replace("fib daddr type local jump", "ip daddr 127.0.0.1 jump"), ("met", "loaded")),
        (table("drop", "") + DOCKER_NFT.format(""), ("not_met", "published")),
        (table("drop", "") + DOCKER_NFT.format("ip daddr 127.0.0.1"), ("met", "loaded")),
        (table("drop", "") + NETAVARK.replace("ct state invalid drop", "iifname \"eth0\" drop"), ("met", "loaded")),
        # firewalld's zones: a trusted interface, a rich rule, a range, the strictest zone
        (ZONE.format('iifname "enp1s0" goto filter_IN_trusted\n goto filter_IN_drop', ""), ("not_met", "not_loaded")),
        (ZONE.format('iifname "docker0" goto filter_IN_trusted\n goto filter_IN_drop', ""), ("met", "loaded")),
        (ZONE.format('iifname "tailscale0" goto filter_IN_trusted\n goto filter_IN_drop', "tcp dport 22 accept"), ("met", "loaded")),
        (ZONE.format("goto filter_IN_drop", "ip saddr 192.168.1.0/24 accept"), ("met", "loaded")),
        (ZONE.format("goto filter_IN_drop", "ip saddr 0.0.0.0/0 accept"), ("not_met", "not_loaded")),
        (ZONE.format("goto filter_IN_drop", "udp dport 32768-60999 accept"), ("partly", "wide")),
        (ZONE.format("goto filter_IN_drop", "meta l4proto tcp accept"), ("partly", "accepts_rest")),
    ],
)  # fmt: skip
def test_rules_of_nft(rules, said):
    assert verdict(firewall_of("nft", rules)) == said


# --- interfaces and versions of IP that are really there ------------------------------------------


DEV = "Inter-|   Receive\n face |bytes\n    lo: 0 0\n  eth0: 0 0\ndocker0: 0 0\n"
V4_DROPS = "# Generated by iptables-save v1.8.9 (nf_tables)\n*filter\n:INPUT DROP [0:0]\n-A INPUT -i lo -j ACCEPT\nCOMMIT\n"
GLOBAL = "20010db8000000000000000000000005 02 40 00 80     eth0\n"
OF_DOCKER = "fe800000000000000042acfffe110002 03 40 20 80  docker0\n"


@pytest.mark.parametrize(
    ("addresses", "disabled", "state"),
    [(GLOBAL, "0", "partly"), (GLOBAL, "1", "met"), (OF_DOCKER, "0", "met"), ("", "0", "met")],
)
def test_ipv6_counts_where_it_is_in_use(tmp_path, addresses, disabled, state):
    write(tmp_path, "/proc/net/dev", DEV)
    write(tmp_path, "/proc/net/if_inet6", addresses)
    write(tmp_path, "/proc/sys/net/ipv6/conf/all/disable_ipv6", disabled + "\n")
    host = RecordedHost(tmp_path, {("iptables-save",): Output(0, V4_DROPS, "")})
    assert verdict(fact(host, DeviceFirewall))[0] == state


def test_the_worst_of_the_interfaces_counts(tmp_path):
    write(tmp_path, "/proc/net/dev", DEV + " wlan0: 0 0\n")
    assert read_network(LocalHost(tmp_path)).interfaces == ("eth0", "wlan0")
    rules = "*filter\n:INPUT ACCEPT [0:0]\n-A INPUT -i eth0 -j DROP\nCOMMIT\n"
    host = RecordedHost(tmp_path, {("iptables-save",): Output(0, rules, "")})
    assert verdict(fact(host, DeviceFirewall)) == ("partly", "accepts_rest")


def test_where_another_program_decides_it_is_unknown(tmp_path):
    rules = (
        "*filter\n:INPUT ACCEPT [0:0]\n-A INPUT -j NFQUEUE --queue-num 0 --queue-bypass\nCOMMIT\n"
    )
    host = RecordedHost(tmp_path, {("iptables-save",): Output(0, rules, "")})
    assert verdict(fact(host, DeviceFirewall)) == ("unknown", "default_not_known")


def test_many_bans_and_many_ports_are_followed_in_time(tmp_path):
    bans = "".join(f"-A INPUT -s 10.{n // 256}.{n % 256}.1/32 -j DROP\n" for n in range(20_000))
    ports = "".join(f"-A INPUT -p tcp -m tcp --dport {n * 7} -j ACCEPT\n" for n in range(200))
    rules = f"*filter\n:INPUT DROP [0:0]\n{bans}{ports}COMMIT\n"
    host = RecordedHost(tmp_path, {("iptables-save",): Output(0, rules, "")})
    started = time.monotonic()
    assert fact(host, DeviceFirewall).default_inbound == "drop"
    assert time.monotonic() - started < BOUNDED


def test_chains_that_lead_to_each_other_come_to_an_end():
    rules = "*filter\n:INPUT DROP [0:0]\n:A - [0:0]\n-A INPUT -j A\n-A A -j A\nCOMMIT\n"
    assert judged_rules(parse_iptables_save(rules, "ip")).default_inbound == "drop"


words = st.sampled_from(
    "-A INPUT -j DROP ACCEPT ! -s 10.0.0.0/8 --dport 22:80 -p tcp -m comment -i eth0 -g X".split()  # noqa: SIM905
)


@given(st.lists(words, max_size=14), st.text(max_size=20))
def test_any_words_as_rules(parts, text):
    save = f"*filter\n:INPUT ACCEPT [0:0]\n:X - [0:0]\n{' '.join(parts)} {text}\n-A X {text}\n"
    judged_rules(parse_iptables_save(save, "ip"))


plain = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 70000) | st.sampled_from(["tcp", "new", "@s", "*", "lo"]),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(
        st.sampled_from("match left right op meta key ct payload protocol field set range prefix addr len accept drop jump target vmap data concat & | elem val fib limit xt dnat".split()),  # noqa: SIM905
        inner,
        max_size=4,
    ),
    max_leaves=12,
)  # fmt: skip


@given(st.lists(plain, max_size=5), plain)
def test_any_json_of_nft_gives_a_firewall_or_nothing(expressions, elements):
    chain = {"family": "inet", "table": "f", "name": "c", "hook": "input", "type": "filter"}
    rule = {"family": "inet", "table": "f", "chain": "c", "expr": expressions}
    named = {"family": "inet", "table": "f", "name": "s", "elem": elements}
    text = json.dumps({"nftables": [{"chain": chain}, {"set": named}, {"rule": rule}, elements]})
    judged_rules(parse_nft(text))


NFT_DROPS = """table inet f {
 chain i {
  type filter hook input priority 0; policy drop;
  ct state established accept
  iif lo accept
 }
}
"""
PODMAN = """table inet netavark {
 chain dnat_to_pod {
  tcp dport %s dnat ip to 10.88.0.5:5432
 }
 chain hostport {
  %s jump dnat_to_pod
 }
 chain PREROUTING {
  type nat hook prerouting priority dstnat; policy accept;
  fib daddr type local jump hostport
 }
 chain FORWARD {
  type filter hook forward priority filter; policy accept;
 }
}
"""


@pytest.mark.programs
@pytest.mark.parametrize(
    ("rules", "said"),
    [
        (NFT_DROPS + PODMAN % ("5432", "tcp dport 5432"), ("not_met", "published")),
        (NFT_DROPS + PODMAN % ("5432", "ip daddr 127.0.0.1"), ("met", "loaded")),
        # What guards something else than the usual way in is no firewall of this machine.
        (NFT_DROPS.replace("inet", "ip6"), ("not_met", "not_loaded")),
        (NFT_DROPS.replace("input", "output").replace("iif", "oif"), ("not_met", "not_loaded")),
        # A list of addresses that are kept out lets everybody else in.
        (
            NFT_DROPS.replace("policy drop", "policy accept").replace(
                "iif lo accept", "ip saddr { 192.0.2.0/24, 203.0.113.7 } drop"
            ),
            ("not_met", "not_loaded"),
        ),
    ],
)
def test_tables_of_podman_and_tables_that_guard_another_way(rules, said):
    assert verdict(firewall_of("nft", rules)) == said


@pytest.mark.programs
def test_ufw_told_to_leave_ipv6_alone(tmp_path):
    rules = DROPS + "ip link add eth0 type veth peer name peer0\nip link set eth0 up\n"
    rules += "ip link set peer0 up\nip -6 addr add 2001:db8::5/64 dev eth0 nodad\n"
    assert verdict(firewall_of("sh", rules)) == ("partly", "ipv6_open")


@pytest.mark.programs
def test_a_rule_that_the_owner_added_to_firewalld_directly_lets_in():
    rules = ACCEPTED + "iptables -N INPUT_direct\niptables -A INPUT -j INPUT_direct\n"
    rules += "iptables -A INPUT_direct -p tcp --dport 3306 -j ACCEPT\niptables -A INPUT -j REJECT\n"
    found = firewall_of("sh", rules)
    assert LetIn("inbound", "ipv4", "tcp", 3306, 3306) in found.let_in
    assert open_services(found, 3306) == "not_met"


# --- as programs for containers, routers and limits write it ---------------------------------------

ETH0 = "ip link add eth0 type veth peer name veth1\nip link set eth0 up\n"
SHOP = "ip link add shop type bridge\nip addr add 192.0.2.1/24 dev shop\nip link set shop up\n"
# The form of Docker 29 with "firewall-backend": "nftables"; its bridge has a name of its own.
DOCKER_29 = """table ip docker-bridges {
 map filter-forward-in-jumps { type ifname : verdict
  elements = { "docker0" : jump in_docker0, "shop" : jump in_shop }
 }
 chain filter-FORWARD { type filter hook forward priority filter; policy %s;
  oifname vmap @filter-forward-in-jumps
 }
 chain nat-PREROUTING { type nat hook prerouting priority dstnat; policy accept;
  fib daddr type local counter jump nat-prerouting-and-output
 }
 chain nat-prerouting-and-output { iifname != "shop" tcp dport 5432 counter dnat to 192.0.2.2:5432 comment "DNAT"
 }
 chain raw-PREROUTING { type filter hook prerouting priority raw; policy accept;
  ip daddr 192.0.2.2 iifname != "shop" counter drop comment "DROP DIRECT ACCESS"
 }
 chain in_docker0 { iifname "docker0" counter accept comment "ICC"
  counter drop comment "UNPUBLISHED PORT DROP"
 }
 chain in_shop { iifname "shop" counter accept comment "ICC"
  %s
  counter drop comment "UNPUBLISHED PORT DROP"
 }
}
"""
TO_SHOP = "ip daddr 192.0.2.2 tcp dport 5432 counter accept"
# Docker 28 keeps its bridges in a set; what it holds is not printed.
DOCKER_28 = """*filter
:INPUT DROP [0:0]
:FORWARD DROP [0:0]
:DOCKER - [0:0]
:DOCKER-FORWARD - [0:0]
-A FORWARD -j DOCKER-FORWARD
-A DOCKER-FORWARD -m set --match-set docker-ext-bridges-v4 dst -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
-A DOCKER-FORWARD -m set --match-set docker-ext-bridges-v4 dst -j DOCKER
-A DOCKER -d 172.18.0.2/32 ! -i br-3cdb1cb92a36 -o br-3cdb1cb92a36 -p tcp -m tcp --dport 5432 -j ACCEPT
-A DOCKER ! -i docker0 -o docker0 -j DROP
COMMIT
*nat
:PREROUTING ACCEPT [0:0]
:DOCKER - [0:0]
-A PREROUTING -m addrtype --dst-type LOCAL -j DOCKER
-A DOCKER ! -i br-3cdb1cb92a36 -p tcp -m tcp --dport 5432 -j DNAT --to-destination 172.18.0.2:5432
COMMIT
"""
KUBERNETES = """*filter
:INPUT DROP [0:0]
:FORWARD DROP [0:0]
:KUBE-FORWARD - [0:0]
-A FORWARD -m comment --comment "kubernetes forwarding rules" -j KUBE-FORWARD
-A KUBE-FORWARD -m conntrack --ctstate INVALID -j DROP
-A KUBE-FORWARD -m comment --comment "kubernetes forwarding rules" -m mark --mark 0x4000/0x4000 -j ACCEPT
COMMIT
*nat
:PREROUTING ACCEPT [0:0]
:KUBE-NODEPORTS - [0:0]
:KUBE-SVC-A - [0:0]
:KUBE-SEP-A - [0:0]
:KUBE-SEP-B - [0:0]
-A PREROUTING -m comment --comment "service nodeports" -m addrtype --dst-type LOCAL -j KUBE-NODEPORTS
-A KUBE-NODEPORTS -p tcp -m comment --comment "default/db" -m tcp --dport 30432 -j KUBE-SVC-A
-A KUBE-SVC-A -m statistic --mode random --probability 0.5 -j KUBE-SEP-A
-A KUBE-SVC-A -j KUBE-SEP-B
-A KUBE-SEP-A -p tcp -m tcp -j DNAT --to-destination 10.42.0.9:5432
-A KUBE-SEP-B -p tcp -m tcp -j DNAT --to-destination 10.42.0.8:5432
COMMIT
"""


def nft_in_shell(rules: str) -> str:
    return f"nft -f - <<'RULES'\n{rules}\nRULES\n"


@pytest.mark.programs
@pytest.mark.parametrize(
    ("before", "policy", "rule", "said"),
    [
        (ETH0 + SHOP, "accept", TO_SHOP, ("not_met", "published")),
        (ETH0 + SHOP, "drop", TO_SHOP, ("not_met", "published")),
        (ETH0 + SHOP, "accept", "", ("met", "loaded")),
        (ETH0, "drop", TO_SHOP, ("not_met", "published")),
    ],
)
def test_a_port_of_docker_29_on_a_bridge_of_any_name(before, policy, rule, said):
    rules = nft_in_shell(table("drop", "") + DOCKER_29 % (policy, rule))
    assert verdict(firewall_of("sh", before + rules)) == said


def recorded_rules(root: Path, save: str) -> DeviceFirewall:
    return fact(RecordedHost(root, {("iptables-save",): Output(0, save, "")}), DeviceFirewall)


@pytest.mark.parametrize("rules", [DOCKER_28, KUBERNETES])
def test_what_a_set_or_a_mark_lets_on_to_containers_is_published(tmp_path, rules):
    assert verdict(recorded_rules(tmp_path, rules)) == ("not_met", "published")


def test_the_route_tells_which_bridge_a_port_leads_to(tmp_path):
    """Another bridge's rule stops nothing; a rule about the bridge itself does."""
    write(tmp_path, "/proc/net/dev", DEV + "  shop: 0 0\n")
    (tmp_path / "sys/class/net/shop/bridge").mkdir(parents=True)
    write(tmp_path, "/sys/class/net/shop/brif/veth0/state", "3\n")
    # 172.18.0.0/16 by "shop", the rest by eth0; numbers as this machine's processor stores them
    to, mask = (
        int.from_bytes(bytes(one), sys.byteorder) for one in ((172, 18, 0, 0), (255, 255, 0, 0))
    )
    rows = [("eth0", 0, 0), ("shop", to, mask)]
    head = "Iface Destination Gateway Flags RefCnt Use Metric Mask MTU Window IRTT\n"
    table_of_routes = "".join(
        f"{n} {to:08X} 00000000 0001 0 0 0 {m:08X} 0 0 0\n" for n, to, m in rows
    )
    write(tmp_path, "/proc/net/route", head + table_of_routes)
    assert read_network(LocalHost(tmp_path)).interfaces == ("eth0",)
    assert read_network(LocalHost(tmp_path)).way("172.18.0.2") == "shop"
    stops = "-A DOCKER-FORWARD -i eth0 -o {} -j DROP\n-A DOCKER -d"
    for name, said in (("br-0123456789ab", "published"), ("shop", "loaded")):
        rules = DOCKER_28.replace("br-3cdb1cb92a36", "shop").replace(
            "-A DOCKER -d", stops.format(name)
        )
        rules = rules.replace(
            "-A DOCKER-FORWARD -m set --match-set docker-ext-bridges-v4 dst -j DOCKER\n", ""
        )
        rules = rules.replace("-A DOCKER !", "-A DOCKER-FORWARD -j DOCKER\n-A DOCKER !")
        assert verdict(recorded_rules(tmp_path, rules))[1] == said


DYNAMIC = " set m { type ipv4_addr; size 999; flags dynamic; }"
PORT_MAP = "table ip n {{\n{}\n chain p {{ type nat hook prerouting priority dstnat; policy accept;\n {}\n }}\n}}\n"


@pytest.mark.programs
@pytest.mark.parametrize(
    ("rules", "said"),
    [
        # a table that is dormant guards nothing
        (table("drop", "").replace("f {", "f {\n flags dormant;", 1), ("not_met", "not_loaded")),
        (table("drop", "") + table("accept", "").replace("inet f {", "inet g {\n flags dormant;"), ("met", "loaded")),
        # what stops only too many stops no stranger
        (table("accept", "ct state new add @m { ip saddr limit rate over 10/minute } drop", before=DYNAMIC), ("not_met", "not_loaded")),
        (table("accept", "ct state new ct count over 20 drop"), ("not_met", "not_loaded")),
        # maps of where a router sends ports on to: the web's, a screen's, by a name
        (table("drop", "") + PORT_MAP.format("", 'iifname "eth0" dnat to tcp dport map { 80 : 192.168.1.10, 443 : 192.168.1.11 }'), ("met", "loaded")),
        (table("drop", "") + PORT_MAP.format("", "dnat ip to tcp dport map { 3389 : 192.168.1.10 . 3389 }"), ("not_met", "published")),
        (table("drop", "") + PORT_MAP.format(" map fw { type inet_service : ipv4_addr . inet_service\n elements = { 3389 : 10.0.0.5 . 3389 }\n }", "dnat ip to tcp dport map @fw"), ("not_met", "published")),
    ],
)  # fmt: skip
def test_tables_that_sleep_limits_and_maps(rules, said):
    assert verdict(firewall_of("nft", rules)) == said


RECENT = "-m recent {} --name X --mask 255.255.255.255 --rsource"
SAVED = (
    "*filter\n:INPUT {} [0:0]\n:FORWARD DROP [0:0]\n-A INPUT -i lo -j ACCEPT\n{}\nCOMMIT\n"
    "*nat\n:PREROUTING ACCEPT [0:0]\n{}\nCOMMIT\n"
)


@pytest.mark.parametrize(
    ("rules", "said", "mysql"),
    [
        (SAVED.format("DROP", f"-A INPUT -p tcp --dport 3306 {RECENT.format('--set')} -j ACCEPT", ""), "loaded", "not_met"),
        (SAVED.format("DROP", f"-A INPUT -p tcp --dport 3306 {RECENT.format('--rcheck --seconds 30')} -j ACCEPT", ""), "loaded", "partly"),
        (SAVED.format("ACCEPT", f"-A INPUT {RECENT.format('! --rcheck --seconds 30')} -j DROP", ""), "loaded", "partly"),
        (SAVED.format("ACCEPT", f"-A INPUT {RECENT.format('--update --seconds 60 --hitcount 4')} -j DROP", ""), "not_loaded", "not_met"),
        (SAVED.format("DROP", "-A INPUT -p tcp --sport 1024:65535 --dport 3306 -m conntrack --ctstate NEW,ESTABLISHED -j ACCEPT", ""), "loaded", "not_met"),
        (SAVED.format("DROP", "-A INPUT -p tcp --sport 53 -j ACCEPT", ""), "loaded", "partly"),
        # a router that lets on to a computer behind it, and one whose rule only lets out
        (SAVED.format("DROP", "-A FORWARD -i eth0 -o eth1 -d 192.168.1.50/32 -p tcp --dport 3389 -j ACCEPT", "-A PREROUTING -i eth0 -p tcp --dport 3389 -j DNAT --to-destination 192.168.1.50:3389"), "published", "partly"),
        (SAVED.format("DROP", "-A FORWARD -i eth1 -o eth0 -j ACCEPT", "-A PREROUTING -i eth0 -p tcp --dport 3389 -j DNAT --to-destination 192.168.1.50:3389"), "loaded", "partly"),
    ],
)  # fmt: skip
def test_who_was_seen_before_and_the_senders_port(tmp_path, rules, said, mysql):
    found = recorded_rules(tmp_path, rules)
    assert verdict(found)[1] == said
    assert open_services(found, 3306) == mysql


# What the project ufw-docker adds below after.rules: strangers reach only what "ufw route" allows.
UFW_DOCKER = """*filter
:INPUT DROP [0:0]
:FORWARD DROP [0:0]
:DOCKER - [0:0]
:DOCKER-USER - [0:0]
:ufw-user-forward - [0:0]
:ufw-docker-logging-deny - [0:0]
-A FORWARD -j DOCKER-USER
-A FORWARD -o docker0 -j DOCKER
-A DOCKER -d 172.17.0.2/32 ! -i docker0 -o docker0 -p tcp -m tcp --dport 5432 -j ACCEPT
-A DOCKER-USER -j ufw-user-forward
-A DOCKER-USER -s 10.0.0.0/8 -j RETURN
-A DOCKER-USER -s 172.16.0.0/12 -j RETURN
-A DOCKER-USER -s 192.168.0.0/16 -j RETURN
-A DOCKER-USER -p udp -m udp --sport 53 --dport 1024:65535 -j RETURN
-A DOCKER-USER -d 172.16.0.0/12 {} -j ufw-docker-logging-deny
-A DOCKER-USER -j RETURN
{}
-A ufw-docker-logging-deny -m limit --limit 3/min --limit-burst 10 -j LOG --log-prefix "[UFW DOCKER BLOCK] "
-A ufw-docker-logging-deny -j DROP
COMMIT
*nat
:PREROUTING ACCEPT [0:0]
:DOCKER - [0:0]
-A PREROUTING -m addrtype --dst-type LOCAL -j DOCKER
-A DOCKER ! -i docker0 -p tcp -m tcp --dport 5432 -j DNAT --to-destination 172.17.0.2:5432
COMMIT
"""
SYN = "-p tcp -m tcp --tcp-flags FIN,SYN,RST,ACK SYN"
ROUTE = "-A ufw-user-forward -d 172.17.0.2/32 -p tcp -m tcp --dport 5432 -j ACCEPT"
# A service of a swarm: its own chain before Docker's others.
SWARM = """*filter
:INPUT DROP [0:0]
:FORWARD DROP [0:0]
:DOCKER-INGRESS - [0:0]
-A FORWARD -j DOCKER-INGRESS
-A DOCKER-INGRESS -p tcp -m tcp --dport 6379 -j ACCEPT
-A DOCKER-INGRESS -j RETURN
COMMIT
*nat
:PREROUTING ACCEPT [0:0]
:DOCKER-INGRESS - [0:0]
-A PREROUTING -m addrtype --dst-type LOCAL -j DOCKER-INGRESS
-A DOCKER-INGRESS -p tcp -m tcp --dport 6379 -j DNAT --to-destination 172.18.0.2:6379
-A DOCKER-INGRESS -j RETURN
COMMIT
"""
# ConfigServer's csf, with one port open.
CSF = """*filter
:INPUT DROP [0:0]
:INVALID - [0:0]
:INVDROP - [0:0]
:LOCALINPUT - [0:0]
:LOGDROPIN - [0:0]
:DENYIN - [0:0]
-A INPUT ! -i lo -j LOCALINPUT
-A INPUT -i lo -j ACCEPT
-A INPUT ! -i lo -p tcp -j INVALID
-A INPUT ! -i lo -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
-A INPUT ! -i lo -p tcp -m conntrack --ctstate NEW -m tcp --dport 22 -j ACCEPT
-A INPUT ! -i lo -j LOGDROPIN
-A INVALID -m conntrack --ctstate INVALID -j INVDROP
-A INVALID -p tcp -m tcp --tcp-flags SYN,FIN SYN,FIN -j INVDROP
-A INVALID -p tcp -m tcp ! --tcp-flags FIN,SYN,RST,ACK SYN -m conntrack --ctstate NEW -j INVDROP
-A INVDROP -j DROP
-A LOCALINPUT ! -i lo -j DENYIN
-A LOGDROPIN -j DROP
COMMIT
"""


@pytest.mark.parametrize(
    ("rules", "said"),
    [
        (UFW_DOCKER.format(SYN, ""), ("met", "loaded")),
        (UFW_DOCKER.format("-m conntrack --ctstate NEW", ""), ("met", "loaded")),
        (UFW_DOCKER.format(SYN, ROUTE), ("not_met", "published")),
        (SWARM, ("not_met", "published")),
        (CSF, ("met", "loaded")),
        (CSF.replace(":INPUT DROP", ":INPUT ACCEPT").replace("-A INPUT ! -i lo -j LOGDROPIN\n", ""), ("not_met", "not_loaded")),
    ],
)  # fmt: skip
def test_as_other_peoples_tools_set_it_up(tmp_path, rules, said):
    assert verdict(recorded_rules(tmp_path, rules)) == said


@pytest.mark.parametrize(
    ("rules", "inside", "said"),
    [
        ("*filter\n:INPUT ACCEPT [0:0]\nCOMMIT\n", True, None),
        ("*filter\n:INPUT ACCEPT [0:0]\nCOMMIT\n", False, ("not_met", "not_loaded")),
        ("", True, None),
        ("*filter\n:INPUT DROP [0:0]\nCOMMIT\n", True, ("met", "loaded")),
    ],
)
def test_a_container_may_be_guarded_by_the_machine_around_it(tmp_path, rules, inside, said):
    if inside:
        write(tmp_path, "/run/systemd/container", "lxc\n")
    host = RecordedHost(tmp_path, {("iptables-save",): Output(0, rules, "")})
    found = seen(host, DeviceFirewall)
    if said is None:
        assert found.not_seen is not None
        assert found.not_seen.reason == "host_decides"
    else:
        assert isinstance(found.fact, DeviceFirewall)
        assert verdict(found.fact) == said


def test_broken_output_of_nft_is_not_an_empty_one(tmp_path):
    """As nft 1.0.6 prints it for a table that is dormant; others show it whole in words."""
    broken = '{"nftables": [{"table": {"family": "inet", "name": "d", "flags": '
    answers: dict[tuple[str, ...], Output] = {
        ("nft", "-j", "list", "ruleset"): Output(0, broken, "")
    }
    why = seen(RecordedHost(tmp_path, dict(answers)), DeviceFirewall).not_seen
    assert why is not None
    assert why.reason == "nonsense"
    answers |= {("nft", "list", "ruleset"): Output(0, "table inet d {\n\tflags dormant\n}\n", "")}
    assert verdict(fact(RecordedHost(tmp_path, answers), DeviceFirewall)) == (
        "not_met",
        "not_loaded",
    )
