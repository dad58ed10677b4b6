"""What the machine goes through, in this order, and how it must come out."""

import json
import os
import random
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

import yaml
from tests.support.box_network import asked, offered, reached

from benchmarks.box_machine.machine import MEMORY_MB, Done, Lost, Machine
from benchmarks.box_machine.portal import ADDRESS
from benchmarks.box_machine.wires import OUT, Wires, answering, fetched
from tojimari.box.rendering.firewall import TABLE
from tojimari.box.store import TRIAL

BOX = "192.168.10.1"
SETTINGS: dict[str, object] = {
    "schema": "tojimari.box/1",
    "name": "trial-box",
    "outer": {"port": "enp0s16", "ipv6": False},
    "office": {
        "port": "enp0s17",
        "ipv4": f"{BOX}/24",
        "dhcp_from": "192.168.10.100",
        "dhcp_to": "192.168.10.120",
    },
    "guest": {
        "port": "enp0s17",
        "vlan": 20,
        "ipv4": "192.168.20.1/24",
        "dhcp_from": "192.168.20.100",
        "dhcp_to": "192.168.20.120",
    },
    "line": {"names": ["alive.example"], "wait_seconds": 60},
    "firewall": {"knocks": True},
    "dns": {"block": ["bad.example"], "allow": ["good.bad.example"]},
    "dhcp": {},
    "time": {},
    "updates": {},
    "page": True,
}
FILES = {
    "etc/suricata/rules/trial.rules": (
        'drop http any any -> any any (msg:"EICAR"; file_data; '
        'content:"EICAR-STANDARD-ANTIVIRUS-TEST-FILE"; sid:9000001; rev:1;)\n'
    ),
}
RULES = ["/etc/suricata/rules/trial.rules"]
WEB = f"http://{OUT}"
CUTS = 6
_ISOLATED = "inet tojimari_isolation on"
_SURICATA = (
    "awk '/VmRSS/ {print $2}' /proc/$(systemctl show -P MainPID suricata)/status 2>/dev/null"
)
"""How many KB its one process holds: it calls itself otherwise than its program."""
_STARTED = "systemctl list-unit-files --state=enabled --no-legend | awk '{print $1}' | sort"
GONE = -1


class Seen(NamedTuple):
    """One row of the table: what was tried, what was seen, whether that is as it must be."""

    what: str
    said: str
    fine: bool


Trial = Callable[[Machine, Wires], Iterator[Seen]]


def settings(**more: object) -> str:
    """Return the settings file with some parts another."""
    return yaml.safe_dump({**SETTINGS, **more}, sort_keys=False)


def put(machine: Machine, path: str, text: str) -> None:
    """Write a file on the machine."""
    machine.do(f"mkdir -p $(dirname {path}) && cat > {path} <<'END_OF_FILE'\n{text}\nEND_OF_FILE")


def set_up(machine: Machine, *words: str, **more: object) -> Done:
    """Let `tojimari box setup` take these settings; returns what it said."""
    put(machine, "/etc/tojimari-box/settings.yaml", settings(**more))
    return machine.do(f"tojimari box setup {' '.join(words)}", 900)


def status(machine: Machine) -> dict[str, object]:
    """Return what the box says of itself."""
    said = machine.do("tojimari box status --json", 60).said
    try:
        found: dict[str, object] = json.loads(said.strip().splitlines()[-1])
    except (ValueError, IndexError):
        return {"said": said[-500:]}
    return found


def waits(what: Callable[[], bool], seconds: float) -> float:
    """Return after how many seconds something was so; -1 where it was not so for so long."""
    begin = time.monotonic()
    while True:
        if what():
            return time.monotonic() - begin
        if time.monotonic() - begin > seconds:
            return -1.0
        time.sleep(0.5)


def works(seconds: float = 180) -> float:
    """Return after how many seconds the office has the Internet: a name, then a page; -1 for never."""

    def once() -> bool:
        return asked("office", BOX, "alive.example") == OUT and (
            fetched("office", f"{WEB}/hello", 4)[0] > 0
        )

    return waits(once, seconds)


def dead_units(machine: Machine) -> str:
    """Return the units of the system that failed, in one line."""
    said = machine.do("systemctl --failed --no-legend --plain").said
    names = {row.split()[0] for row in said.splitlines() if row.split()}
    return " ".join(sorted(names - machine.dead_before))


def start(machine: Machine, _: Wires) -> Iterator[Seen]:
    """Switch on what Debian and Tojimari alone are."""
    begin = time.monotonic()
    machine.start()
    machine.up()
    yield Seen("start of Debian 13 alone", f"{time.monotonic() - begin:.0f} s", True)
    said = dead_units(machine)
    machine.dead_before = frozenset(said.split())
    yield Seen("units that failed before anything was set up", said or "none", True)
    machine.do(f"{_STARTED} > /root/started")
    # Debian's installer would not start what nobody set up either; the command says what it asks for.
    machine.do("find /etc -type f -o -type l | sort | xargs -d '\\n' sha256sum > /root/before 2>&1")


_UNITS = "/etc/systemd/system"
MOMENTS = {
    "the mark is there": f"[ -e /{TRIAL} ]",
    "the unit that puts back is written": f"[ -e {_UNITS}/tojimari-box-restore.service ]",
    "it is switched on": f"[ -e {_UNITS}/sysinit.target.wants/tojimari-box-restore.service ]",
    "the filter's file is written": "[[ $(</etc/nftables.conf) == *tojimari* ]]",
    "the filter is switched on": f"[ -e {_UNITS}/sysinit.target.wants/nftables.service ]",
    "the page is switched on": f"[ -e {_UNITS}/multi-user.target.wants/tojimari-box-page.service ]",
}
"""Moments of a first change -> how bash on the machine knows that it is there."""
NOBODY_YET = 3
"""At so many of them nobody puts back yet, and there is nothing to put back."""


def first_cut(machine: Machine, _: Wires) -> Iterator[Seen]:
    """Cut the power at chosen moments of the very first change: afterwards it is as before Tojimari."""
    put(machine, "/etc/tojimari-box/settings.yaml", settings())
    for number, (what, there) in enumerate(MOMENTS.items()):
        boot = machine.do("sync; cat /proc/sys/kernel/random/boot_id").said.strip()
        # The kernel's own immediate start: what is not on the disk is gone, as with the plug, and the
        # moment is met better than from outside.
        cut = "echo b > /proc/sysrq-trigger"
        machine.send(f"tojimari box setup & until {there} || ! kill -0 $!; do :; done; {cut}", 900)
        machine.up(1200, after=boot)
        differs, early = _differs(machine), number < NOBODY_YET
        if early:
            differs = [row for row in differs if "tojimari-box" not in row]
        # One more than at the moment before: somebody put back, and a change was there to be cut.
        taken = len(machine.do(f"ls {Path('/', TRIAL).parent}").said.split("undone")) - 1
        mark = machine.do(f"test -e /{TRIAL}").code == 0
        yield Seen(
            f"cut when {what}",
            f"differs: {' / '.join(differs[:4]) or 'nothing'}; mark {'there' if mark else 'gone'}, taken back so far: {taken}",
            not differs and (early or not mark) and taken >= number - NOBODY_YET + 1,
        )
        table = machine.do("nft list tables; cat /proc/sys/net/ipv4/ip_forward").said.split()
        yield Seen("rules, forwarding", " ".join(table), table == ["0"])
        said = dead_units(machine)
        yield Seen("units that failed", said or "none", not said)


def _differs(machine: Machine) -> list[str]:
    """Return what is not as before Tojimari: what starts with the system, and files of /etc."""
    links = f"{_STARTED} | diff /root/started - | grep '^[<>]' | grep -v agent"
    now = "find /etc -type f -o -type l | sort | xargs -d '\\n' sha256sum 2>&1 | diff /root/before - | grep '^[<>]'"
    # What the system writes of itself is not the box's; the settings are the person's.
    own = "grep -vE 'systemd/(timesync|network-generator)|ld.so.cache|mtab|machine-id|adjtime|/\\.updated|resolv.conf$|tojimari-box/settings.yaml|tojimari-agent'"
    return machine.do(f"{links}; {now} | {own}").said.strip().splitlines()


def setup(machine: Machine, _: Wires) -> Iterator[Seen]:
    """Make it a gateway."""
    dry = set_up(machine, "--dry-run", intrusion={"mode": "tell", "rules": RULES})
    yield Seen("dry run", f"exit code {dry.code}{_tail(dry)}", dry.code == 0)
    begin = time.monotonic()
    done = set_up(machine, intrusion={"mode": "tell", "rules": RULES})
    took = time.monotonic() - begin
    yield Seen(
        "`tojimari box setup`", f"exit code {done.code}, {took:.0f} s{_tail(done)}", done.code == 0
    )
    yield from _as_it_must_be(machine)


def _tail(done: Done) -> str:
    return "" if done.code == 0 else ": " + " / ".join(done.said.strip().splitlines()[-4:])


def _as_it_must_be(machine: Machine, wait: float = 180) -> Iterator[Seen]:
    took = works(wait)
    yield Seen("the office has the Internet", f"after {took:.0f} s", took >= 0)
    said = dead_units(machine)
    yield Seen("units that failed", said or "none", not said)
    state = status(machine)
    engines = state.get("engines", [])
    assert isinstance(engines, list)
    dead = [one["engine"] for one in engines if one.get("running") is not True]
    yield Seen(
        "engines that do not run",
        ", ".join(dead) or f"none of {len(engines)}",
        not dead and bool(engines),
    )
    yield Seen("filter in the kernel", str(state.get("filtering")), state.get("filtering") is True)


def passes(machine: Machine, _: Wires) -> Iterator[Seen]:
    """Try every way with real packets."""
    out = [reached("office", OUT, 80, 3.0) is not None, fetched("guest", f"{WEB}/hello")[0] > 0]
    yield Seen("visitors reach the Internet", str(out[1]), out[1])
    shut = [
        fetched("guest", f"http://{one}/", 3)[0] for one in ("192.168.10.50", BOX, "192.168.20.1")
    ]
    yield Seen("visitors reach the office or the page", str(max(shut) > 0), max(shut) < 0)
    page = fetched("office", f"http://{BOX}/", 5)[0]
    yield Seen("the box's page in the office", f"{page} bytes", page > 0)
    names = [
        asked("office", BOX, one) for one in ("alive.example", "bad.example", "good.bad.example")
    ]
    yield Seen("names: ordinary, harmful, allowed", ", ".join(names), names == [OUT, "no", OUT])
    given = offered("office")
    yield Seen("an address is given", given, given.startswith("192.168.10."))
    address = machine.do("ip -4 -o address show enp0s16 | grep -o 'inet [0-9.]*'").said.split()[-1]
    begun = [
        reached("outside", one, port, 1.0)
        for one in (address, BOX, "192.168.10.50")
        for port in (22, 53, 80)
    ]
    yield Seen("anything begun outside comes in", str(any(begun)), not any(begun))
    free = machine.do("free -m | awk '/Mem:/ {print $3}'").said.strip()
    rss = machine.do(_SURICATA).said.strip() or "0"
    yield Seen(
        "memory in use", f"{free} MB of {MEMORY_MB} MB, Suricata {int(rss) // 1024} MB", True
    )
    timers = machine.do(
        "systemctl list-timers --no-legend | grep -o 'tojimari[^ ]*timer' | sort -u"
    ).said.split()
    yield Seen("timers that wait", ", ".join(timers), "tojimari-box-guard.timer" in timers)
    dog = machine.do(
        "cat /sys/class/watchdog/watchdog0/state; systemctl show -p RuntimeWatchdogUSec"
    ).said
    yield Seen("watchdog", " ".join(dog.split()), "inactive" not in dog and "active" in dog)


def scanned(machine: Machine, _: Wires) -> Iterator[Seen]:
    """Knock at every door of the box: from the office, to see that knocking works, and from outside."""
    done = set_up(machine, outer={**_part("outer"), "ipv6": True})
    yield Seen("IPv6 at the outer port", f"exit code {done.code}{_tail(done)}", done.code == 0)
    doors = answering("office", BOX, "tcp", 1, 1024)["open"]
    yield Seen("doors open to the office (TCP)", str(doors), doors == [53, 80])
    four = machine.do("ip -4 -o address show enp0s16 | grep -o 'inet [0-9.]*'").said.split()[-1]
    six = machine.do("ip -6 -o address show enp0s16 | grep -o 'fe80[0-9a-f:]*'").said.split()
    assert six, "no IPv6 at the outer port"
    with ThreadPoolExecutor() as pool:  # most of it is waiting for answers that do not come
        looks = {
            (kind, address): pool.submit(answering, "outside", address, kind)
            for address in (four, BOX, f"{six[0]}%eth0")
            for kind in ("tcp", "udp")
        }
        for (kind, address), look in looks.items():
            found = look.result()
            said = f"{len(found['open'])} open, {len(found['shut'])} that say they are shut"
            yield Seen(
                f"all {kind.upper()} doors of {address} from outside", said, not any(found.values())
            )
    done = set_up(machine)
    yield Seen("as it was", f"exit code {done.code}{_tail(done)}", done.code == 0)


def _part(name: str) -> dict[str, object]:
    part = SETTINGS[name]
    assert isinstance(part, dict)
    return part


def helped(machine: Machine, wires: Wires) -> Iterator[Seen]:
    """Enrol it, let the portal block a name, and cut it off from afar; let it in again in three ways."""
    wires.portal()
    code = wires.ask("code")
    done = machine.do(f"tojimari agent enroll {code} --server {ADDRESS} 2>&1", 300)
    yield Seen("enrolled with a code", f"exit code {done.code}{_tail(done)}", done.code == 0)
    key = wires.ask("fingerprint")
    started = "systemctl daemon-reload && systemctl enable --now tojimari-agent"
    allowed = f"tojimari agent allow --kind isolate --kind box_block --fingerprint {key}"
    done = machine.do(f"(tojimari agent install && {started} && {allowed}) 2>&1", 600)
    yield Seen("installed, kinds allowed", f"exit code {done.code}{_tail(done)}", done.code == 0)
    done = _speaks(machine)
    state = wires.ask("state")
    box = state["box"][0] if state["box"] else {}
    yield Seen("the portal knows the box", f"generation {box.get('generation')}", bool(box))
    wires.ask("give box_block name=alsobad.example")
    yield from _done_from_afar(machine, wires, "box_block")
    name = asked("office", BOX, "alsobad.example")
    yield Seen("the name that the portal blocked", name, name == "no")
    for how in ("release", "by hand", "time"):
        wires.ask("give isolate hours=1")
        yield from _done_from_afar(machine, wires, "isolate")
        reach = [_reached(machine, OUT, port) for port in (80, 8443)]
        yield Seen("isolated: a web page, the portal", str(reach), reach == [False, True])
        page = fetched("office", f"{WEB}/hello", 4)[0]
        yield Seen("isolated: the office behind it", "goes on" if page > 0 else "cut off", page < 0)
        if how == "release":
            wires.ask("give release")
            yield from _done_from_afar(machine, wires, "release")
        elif how == "by hand":
            done = machine.do("tojimari agent release 2>&1", 120)
            yield Seen(
                "`tojimari agent release`", f"exit code {done.code}{_tail(done)}", not done.code
            )
        else:
            # An hour is not waited for: the same set, of which the kernel takes away what is over.
            short = "{ ipv4 timeout 15s, ipv6 timeout 15s }"
            machine.do(f"nft 'flush set {_ISOLATED}; add element {_ISOLATED} {short}'")
        took = waits(lambda: _reached(machine, OUT, 80), 60)
        yield Seen(f"the Internet again ({how})", f"after {took:.0f} s", took >= 0)
        if how == "time":
            machine.do("tojimari agent release", 120)
    yield Seen("units that failed", dead_units(machine) or "none", not dead_units(machine))


def _speaks(machine: Machine) -> Done:
    """Let the agent report and ask now: its own time would be in up to a quarter of an hour."""
    return machine.do("tojimari agent run --once 2>&1", 600)


def _done_from_afar(machine: Machine, wires: Wires, kind: str) -> Iterator[Seen]:
    begin = time.monotonic()

    def over() -> bool:
        _speaks(machine)
        rows = [one for one in wires.ask("state")["tasks"] if one[0] == kind]
        return bool(rows) and rows[-1][1] in ("done", "failed", "refused")

    waits(over, 400)
    rows = [one for one in wires.ask("state")["tasks"] if one[0] == kind]
    said = f"{rows[-1][1]} {rows[-1][2]}, {time.monotonic() - begin:.0f} s" if rows else "no task"
    yield Seen(f"task `{kind}`", said, bool(rows) and rows[-1][1] == "done")


def _reached(machine: Machine, address: str, port: int) -> bool:
    return machine.do(f"timeout 5 bash -c 'true < /dev/tcp/{address}/{port}'").code == 0


_SCHEDULED = "sed -n 's/^USEC=//p' /run/systemd/shutdown/scheduled | cut -c1-10 | xargs -I_ date -d @_ +%H:%M"


def updated(machine: Machine, _: Wires) -> Iterator[Seen]:
    """See when security updates come, and when the box starts anew for one; by its clock, set forward."""
    machine.do('echo "$(date +%s) $(cut -d. -f1 /proc/uptime)" > /root/clock')
    said = machine.do("unattended-upgrade --dry-run -v 2>&1 | grep -i 'allowed origins'", 300).said
    yield Seen("may put in", said.strip(), "-security" in said)
    timer = "apt-daily-upgrade.timer"
    said = machine.do(f"systemctl show -P NextElapseUSecRealtime {timer}").said.strip()
    yield Seen("their next time", said, " 03:0" in said)
    # One that was missed is made up for as soon as the box is on, here at ten in the morning.
    machine.do("date -s 'tomorrow 10:00' && touch /run/reboot-required")
    done = machine.do("unattended-upgrade 2>&1", 300)
    at = machine.do(_SCHEDULED).said.strip()
    yield Seen("one made up for at 10:00: starts anew at", at or done.said[-300:], at == "04:00")
    machine.do("shutdown -c; rm -f /run/reboot-required")
    place = f"/run/systemd/system/{timer}.d/zz.conf"
    put(machine, place, "[Timer]\nRandomizedDelaySec=0")
    began = "systemctl show -P ExecMainStartTimestamp apt-daily-upgrade.service"
    machine.do(f"systemctl daemon-reload; systemctl restart {timer}")
    before = machine.do(f"date -s 'tomorrow 02:59:40'; {began}").said.splitlines()[-1]
    took = waits(lambda: machine.do(began).said.strip() != before.strip(), 120)
    yield Seen("they begin at 3:00", machine.do(began).said.strip(), took >= 0)
    machine.do(f"rm {place}; systemctl daemon-reload; read at up < /root/clock; "
               "date -s @$((at - up + $(cut -d. -f1 /proc/uptime)))")  # fmt: skip


def killed(machine: Machine, _: Wires) -> Iterator[Seen]:
    """Kill every engine outright."""
    names = {"unbound": "unbound", "dnsmasq": "dnsmasq", "chrony": "chronyd", "suricata": "suricata",
             "tojimari-box-page": "", "systemd-networkd": ""}  # fmt: skip
    for unit in names:
        before = machine.do(f"systemctl show -p MainPID --value {unit}").said.strip()
        machine.do(f"kill -9 {before}")

        def back(unit: str = unit, before: str = before) -> bool:
            now = machine.do(
                f"systemctl is-active {unit}; systemctl show -p MainPID --value {unit}"
            ).said.split()
            return now[0] == "active" and now[-1] not in ("0", before)

        took = waits(back, 60)
        yield Seen(f"{unit} killed", f"runs again after {took:.0f} s", took >= 0)
    took = works(60)
    yield Seen("the office has the Internet", f"after {took:.0f} s", took >= 0)


def reboot(machine: Machine, _: Wires) -> Iterator[Seen]:
    """Start the box anew."""
    yield from _rebooted(machine, "systemctl reboot")


def _rebooted(machine: Machine, how: str, wait: float = 420) -> Iterator[Seen]:
    boot = machine.do("cat /proc/sys/kernel/random/boot_id").said.strip()
    begin = time.monotonic()
    machine.send(f"sleep 0.2; {how}")
    # First it goes down: what still answers is the start before.
    waits(lambda: fetched("office", f"{WEB}/hello", 2)[0] < 0, 240)
    took = works(wait)
    yield Seen(f"line after `{how}`", f"back {time.monotonic() - begin:.0f} s later", took >= 0)
    machine.up(after=boot)
    yield from _as_it_must_be(machine)


def hung(machine: Machine, _: Wires) -> Iterator[Seen]:
    """Let the first of all processes stop dead: nothing but the watchdog can help."""
    yield from _rebooted(machine, "kill -SEGV 1")


def stops(machine: Machine, _: Wires) -> Iterator[Seen]:
    """Lead the traffic through Suricata, and let it die."""
    for when in ("let_through", "stop_everything"):
        more = {"intrusion": {"mode": "stop", "when_dead": when, "rules": RULES}}
        done = set_up(machine, **more)
        yield Seen(
            f"Suricata in the way, {when}", f"exit code {done.code}{_tail(done)}", done.code == 0
        )
        took = works(60)
        yield Seen("the office has the Internet", f"after {took:.0f} s", took >= 0)
        virus = fetched("office", f"{WEB}/virus.com", 6)[0]
        yield Seen("the test virus by http", "came" if virus > 0 else "stopped", virus < 0)
        yield _address_heard_of(machine)
        told = machine.do('grep -c \'"action":"blocked"\' /var/log/suricata/eve.json').said.strip()
        yield Seen("said so in eve.json", f"{told} lines", told not in ("", "0"))
        yield from _fast(f"through Suricata ({when})")
        machine.do("systemctl mask --runtime --now suricata")
        virus, page = (
            fetched("office", f"{WEB}/virus.com", 6)[0],
            fetched("office", f"{WEB}/hello", 6)[0],
        )
        want = when == "let_through"
        yield Seen(
            f"Suricata dead, {when}: pages",
            "come" if page > 0 else "do not come",
            (page > 0) == want,
        )
        given = offered("office")
        yield Seen("an address is given all the same", given, given.startswith("192.168.10."))
        code = machine.do("tojimari box status").code
        yield Seen("`tojimari box status` then", f"exit code {code}", code == 1)
        machine.do("systemctl unmask --runtime suricata; systemctl start suricata")
        took = works(90)
        yield Seen("Suricata again: the Internet", f"after {took:.0f} s", took >= 0)
    done = set_up(machine)
    yield Seen("Suricata left out", f"exit code {done.code}{_tail(done)}", done.code == 0)
    yield Seen(
        "it runs no more",
        machine.do("systemctl is-active suricata").said.strip(),
        machine.do("systemctl is-active suricata").code != 0,
    )
    yield from _fast("without Suricata")


def _address_heard_of(machine: Machine) -> Seen:
    given = offered("office")

    def heard() -> bool:
        rows = machine.do("grep -a '\"dhcp\"' /var/log/suricata/eve.json | tail -20").said
        return f'"assigned_ip":"{given}"' in rows

    fine = bool(given) and waits(heard, 20) >= 0
    return Seen("an address is given, and heard of", given or "none", fine)


def _fast(how: str) -> Iterator[Seen]:
    size, took = fetched("office", f"{WEB}/big", 120)
    rate = f"{size * 8 / took / 1e6:.0f} Mbit/s" if size > 0 else "did not end"
    yield Seen(f"200 MB download {how}", rate, size > 0)


def speed(machine: Machine, _: Wires) -> Iterator[Seen]:
    """Download the same through the box in each way it can be set up; only what they are to each other counts."""
    modes = {
        "nftables alone": None,
        "Suricata looks on": {"mode": "tell", "rules": RULES},
        "Suricata in the way": {"mode": "stop", "when_dead": "let_through", "rules": RULES},
    }
    plain = (
        f"nft 'delete table inet {TABLE}; add table ip plain; add chain ip plain out "
        "{ type nat hook postrouting priority 100; }; add rule ip plain out oifname enp0s16 masquerade'"
    )
    machine.do(f"systemctl stop suricata; {plain}")
    rates = {"a plain router (nothing but translated addresses)": _rates()}
    machine.do("nft delete table ip plain; systemctl restart nftables")
    for how, mode in modes.items():
        done = set_up(machine, **({"intrusion": mode} if mode else {}))
        yield Seen(how, f"exit code {done.code}{_tail(done)}", done.code == 0)
        works(90)
        rates[how] = _rates()
        used = machine.do("free -m | awk '/Mem:/ {print $3}'").said.strip()
        rss = machine.do(_SURICATA).said.strip() or "0"
        said = f"{used} MB of {MEMORY_MB} MB, Suricata {int(rss) // 1024} MB"
        yield Seen(f"memory in use, {how}", said, True)
    most = max(max(found) for found in rates.values())
    for how, found in rates.items():
        said = ", ".join(f"{one:.0f}" for one in found)
        yield Seen(f"3 downloads of 200 MB, {how}",
                   f"{said} Mbit/s, at best {max(found) / most:.0%}", min(found) > 0)  # fmt: skip


def _rates() -> list[float]:
    found = [fetched("office", f"{WEB}/big", 240) for _ in range(3)]
    return [size * 8 / took / 1e6 if size > 0 else 0.0 for size, took in found]


def bad_change(machine: Machine, _: Wires) -> Iterator[Seen]:
    """Make a change that kills the line."""
    before = status(machine).get("generation")
    dns = {"forward_to": ["203.0.113.250"]}
    begin = time.monotonic()
    done = set_up(machine, dns=dns, line={"names": ["alive.example"], "wait_seconds": 20})
    took = works(60)
    yield Seen(
        "a change that kills the line",
        f"taken back, exit code {done.code}, Internet again {time.monotonic() - begin:.0f} s later",
        done.code == 1 and took >= 0,
    )
    yield Seen(
        "generation",
        f"{before} -> {status(machine).get('generation')}",
        status(machine).get("generation") == before,
    )


def power_cut(machine: Machine, _: Wires) -> Iterator[Seen]:
    """Pull the plug in the middle of a change, at moments that chance chooses."""
    chance = random.Random(24)
    for n in range(CUTS):
        more = (
            {"dns": {"block": [f"bad{n}.example"]}, "intrusion": {"mode": "tell", "rules": RULES}}
            if n % 2
            else {"dns": {"block": [f"bad{n}.example"]}}
        )
        put(machine, "/etc/tojimari-box/settings.yaml", settings(**more))
        machine.do("sync")
        machine.send("tojimari box setup", 900)
        # Most of a change is looking: from the mark on it touches files, then services, then the line.
        marked = waits(lambda: machine.do(f"test -e /{TRIAL}", 20).code == 0, 300)
        yield Seen("the change begins", f"after {marked:.0f} s", marked >= 0)
        wait = chance.uniform(0, 6)
        time.sleep(wait)
        machine.cut()
        begin = time.monotonic()
        machine.start()
        took = works(420)
        yield Seen(
            f"plug pulled {wait:.1f} s after the first file was touched",
            f"Internet {time.monotonic() - begin:.0f} s after power",
            took >= 0,
        )
        machine.up()
        settled = waits(lambda: status(machine).get("changing") is False, 300)
        state = status(machine)
        yield Seen(
            "then",
            f"generation {state.get('generation')}, settled after {settled:.0f} s, files changed by hand: {state.get('changed_by_hand')}",
            settled >= 0 and state.get("changed_by_hand") == 0,
        )
    said = dead_units(machine)
    yield Seen("units that failed", said or "none", not said)


def full(machine: Machine, _: Wires) -> Iterator[Seen]:
    """Fill the disk to the last byte."""
    machine.do("head -c 5G /dev/zero > /var/full; cat /dev/zero > /var/full2", 300)
    left = machine.do("df --output=avail / | tail -1").said.strip()
    done = set_up(machine, dns={"block": ["bad-full.example"]})
    plain = "Traceback" not in done.said
    yield Seen(
        f"a change with {left} KB left",
        f"exit code {done.code}{_tail(done)}",
        done.code in (1, 2) and plain,
    )
    took = works(60)
    yield Seen("the office has the Internet", f"after {took:.0f} s", took >= 0)
    yield from _rebooted(machine, "systemctl reboot")
    machine.do("rm -f /var/full /var/full2")
    done = set_up(machine, dns={"block": ["bad-full.example"]})
    yield Seen(
        "a change when there is room again", f"exit code {done.code}{_tail(done)}", done.code == 0
    )


def reset(machine: Machine, _: Wires) -> Iterator[Seen]:
    """Take everything back to what was there before Tojimari."""
    asked("office", BOX, "bad.example")
    left = "ls /var/lib/unbound/tojimari-* /var/lib/misc/dnsmasq.leases /var/log/suricata/eve.json* 2>/dev/null"
    before = machine.do(left).said.split()
    yield Seen("what engines wrote of people", f"{len(before)} files", bool(before))
    done = machine.do("tojimari box reset --yes", 300)
    # As Debian installs them, dnsmasq and unbound want the same port: one of them fails, then as before.
    wrong = [row for row in done.said.splitlines() if "systemctl" in row]
    fine = all("dnsmasq" in row or "unbound" in row for row in wrong)
    yield Seen("`tojimari box reset --yes`", f"exit code {done.code}{_tail(done)}", fine)
    after = machine.do(left).said.split()
    yield Seen("what is left of it", " ".join(after) or "nothing", not after)
    boot = machine.do("cat /proc/sys/kernel/random/boot_id").said.strip()
    machine.send("sleep 0.2; systemctl reboot")
    machine.up(after=boot)
    differs = _differs(machine)
    yield Seen("what differs from before", " / ".join(differs[:6]) or "nothing", not differs)
    table = machine.do("nft list tables").said.strip()
    yield Seen("rules in the kernel", table or "none", "tojimari" not in table)
    said = dead_units(machine)
    yield Seen("units that failed", said or "none", True)


TRIALS: dict[str, Trial] = {
    "start": start, "first_cut": first_cut, "setup": setup, "passes": passes, "updated": updated, "killed": killed, "reboot": reboot,
    "scanned": scanned, "helped": helped, "stops": stops, "speed": speed, "bad_change": bad_change, "power_cut": power_cut, "full": full, "hung": hung,
    "reset": reset,
}  # fmt: skip
ALWAYS = ("start", "setup")


def through(machine: Machine, wires: Wires, only: list[str] | None) -> int:
    """Go through the trials; prints the table as it grows. Returns 1 where a row is not as it must be."""
    print(
        f"| trial | what | seen | |\n|---|---|---|---|\n| | processor's help | {machine.accel[1]} | |",
        flush=True,
    )
    rows, wrong, begin = 0, 0, time.monotonic()
    for name, trial in TRIALS.items():
        if only is not None and name not in (*ALWAYS, *only):
            continue
        try:
            for one in trial(machine, wires):
                rows, wrong = rows + 1, wrong + (not one.fine)
                print(
                    f"| {name} | {one.what} | {one.said} | {'ok' if one.fine else '**NO**'} |",
                    flush=True,
                )
        except Lost as error:
            wrong += 1
            print(f"| {name} | the machine was lost | {str(error)[-1500:]} | **NO** |", flush=True)
            if machine.running is not None:
                machine.cut()
            machine.start()
            machine.up()
    minutes, load = (time.monotonic() - begin) / 60, os.getloadavg()[2]
    print(
        f"\n{rows} rows, {wrong} not as they must be; {minutes:.0f} minutes, load {load:.0f} on {os.cpu_count()} processors.",
        flush=True,
    )
    return 1 if wrong else 0


def console(folder: Path) -> str:
    """Return what the machine wrote on its screen."""
    return (folder / "console").read_text(errors="replace")
