"""A made-up month of a shop with nine computers: what its engines write on ordinary days, and attacks.

Nothing here was measured anywhere. The ordinary days hold what engines are known to be noisy about
(decoders' remarks, look-arounds of printers, blocked trackers, photo imports, updates that switch
protection off for a moment, typing mistakes, knocks from outside); how much of each was chosen, not
observed.
"""

import json
import random
from collections.abc import Iterator
from datetime import datetime, timedelta

Line = tuple[datetime, str, str]
"""When it is written (UTC), by which engine, and the line."""

_PORTS = [23, 22, 445, 3389, 8080, 80, 5555, 2323, 1433, 6379, 443, 123]


def knock(at: datetime, source: str, port: int) -> Line:
    packet = {
        "oob.prefix": "tojimari-knock ",
        "oob.time.sec": int(at.timestamp()),
        "src_ip": source,
        "dest_ip": "198.51.100.1",
        "dest_port": port,
        "ip.protocol": 6,
    }
    return at, "ulogd", json.dumps(packet)


def alert(
    at: datetime,
    source: str,
    target: str,
    signature: str,
    category: str,
    severity: int,
    action: str = "allowed",
) -> Line:
    address, _, port = target.partition(":")
    event = {
        "timestamp": at.strftime("%Y-%m-%dT%H:%M:%S.%f+0000"),
        "event_type": "alert",
        "src_ip": source,
        "dest_ip": address,
        "dest_port": int(port or 0),
        "alert": {
            "signature": signature,
            "category": category,
            "severity": severity,
            "action": action,
        },
    }
    return at, "suricata", json.dumps(event)


def _eve(at: datetime, type_: str, source: str, target: str, **more: object) -> Line:
    address, _, port = target.partition(":")
    event = {
        "timestamp": at.strftime("%Y-%m-%dT%H:%M:%S.%f+0000"),
        "event_type": type_,
        "src_ip": source,
        "dest_ip": address,
        "dest_port": int(port or 0),
        "proto": "TCP",
        **more,
    }
    return at, "suricata", json.dumps(event)


def call(at: datetime, source: str, target: str) -> Line:
    """Suricata's word on a connection that began then; it is written when it is over."""
    start = at.strftime("%Y-%m-%dT%H:%M:%S.%f+0000")
    return _eve(at, "flow", source, target, flow={"start": start, "reason": "timeout"})


def found(at: datetime, source: str, address: str) -> Line:
    """Return that a name was looked up, and led there."""
    answers = [{"rrname": "made.example", "rrtype": "A", "rdata": address}]
    return _eve(at, "dns", "192.168.1.1", f"{source}:53", dns={"answers": answers})


def lease(at: datetime, device: str, number: int, server: str = "192.168.1.1") -> Line:
    given = {"type": "reply", "dhcp_type": "ack", "client_mac": device, "hostname": "made"}
    dhcp = {**given, "assigned_ip": f"192.168.1.{number}"}
    return _eve(at, "dhcp", server, "255.255.255.255:68", dhcp=dhcp)


def blocked_name(at: datetime, source: str, name: str) -> Line:
    return (
        at,
        "unbound",
        f"[{int(at.timestamp())}] unbound[9:0] info: rpz: applied [list] {name}. rpz-nxdomain"
        f" {source}@5353 {name}. A IN",
    )


def fail2ban(at: datetime, deed: str, source: str) -> Line:
    stamp = at.strftime("%Y-%m-%d %H:%M:%S,000")
    part, level = ("filter", "INFO") if deed == "Found" else ("actions", "NOTICE")
    return (
        at,
        "fail2ban",
        f"{stamp} fail2ban.{part}         [9]: {level}    [sshd] {deed} {source} - x",
    )


def clam(at: datetime, said: str) -> Line:
    return at, "clamav", f"{at.strftime('%a %b %d %H:%M:%S %Y')} -> {said}"


def renamed(at: datetime, program: str, old: str, new: str) -> Line:
    event = {
        "ID": f"{at.timestamp():.3f}:1",
        "SYSCALL": {"key": "tojimari-rename", "exe": f"/usr/bin/{program}", "success": "yes"},
        "PATH": [{"name": old, "nametype": "DELETE"}, {"name": new, "nametype": "CREATE"}],
    }
    return at, "laurel", json.dumps(event)


def ran(at: datetime, *words: str) -> Line:
    event = {
        "ID": f"{at.timestamp():.3f}:1",
        "SYSCALL": {"key": "tojimari-backup", "exe": f"/usr/bin/{words[0]}", "success": "yes"},
        "EXECVE": {"ARGV": list(words)},
    }
    return at, "laurel", json.dumps(event)


def failed_login(at: datetime, source: str) -> Line:
    entry = {
        "__REALTIME_TIMESTAMP": str(int(at.timestamp() * 1e6)),
        "MESSAGE": f"Failed password for aoki from {source} port 5 ssh2",
        "SYSLOG_IDENTIFIER": "sshd",
    }
    return at, "journal", json.dumps(entry)


def defender(at: datetime, id_: int, **data: str) -> Line:
    named = {key.replace("_", " "): value for key, value in data.items()}
    return at, "defender", json.dumps({"id": id_, "at": at.isoformat(), "data": named})


def touched(at: datetime, source: str, logtype: int) -> Line:
    stamp = at.strftime("%Y-%m-%d %H:%M:%S.%f")
    event = {"logtype": logtype, "src_host": source, "dst_port": 80, "utc_time": stamp}
    return at, "opencanary", json.dumps(event)


class OrdinaryMonth:
    """The ordinary days; the same seed gives the same lines."""

    def __init__(self, begin: datetime, seed: int) -> None:
        self.begin, self.chance = begin, random.Random(seed)

    def _at(self, day: datetime, first: float = 0, last: float = 24) -> datetime:
        return day + timedelta(hours=self.chance.uniform(first, last))

    def _outside(self) -> str:
        return f"203.0.{self.chance.randrange(114, 250)}.{self.chance.randrange(1, 255)}"

    def _inside(self) -> str:
        return f"192.168.1.{self.chance.randrange(10, 19)}"

    def day(self, number: int) -> list[Line]:
        day = self.begin + timedelta(days=number)
        lines = [*self._from_outside(day), *self._network(day), *self._computers(day, number)]
        lines += [*self._calls(day), *self._leases(day)]
        return sorted(lines)

    def _from_outside(self, day: datetime) -> Iterator[Line]:
        for _ in range(self.chance.randrange(300, 500)):
            yield knock(self._at(day), self._outside(), self.chance.choice(_PORTS))
        for _ in range(self.chance.randrange(0, 8)):
            at, source = self._at(day), self._outside()
            for n in range(5):
                yield fail2ban(at + timedelta(seconds=20 * n), "Found", source)
            yield fail2ban(at + timedelta(seconds=101), "Ban", source)
        for _ in range(self.chance.randrange(5, 30)):
            yield alert(
                self._at(day), self._outside(), "192.168.1.10:443", "ET SCAN made", "Misc Attack", 2
            )
        for _ in range(self.chance.randrange(0, 4)):
            yield alert(
                self._at(day),
                self._outside(),
                "192.168.1.10:443",
                "made probe",
                "Web Application Attack",
                1,
            )

    def _network(self, day: datetime) -> Iterator[Line]:
        for _ in range(self.chance.randrange(50, 150)):
            yield alert(
                self._at(day),
                self._inside(),
                "192.168.1.1:53",
                "SURICATA made checksum",
                "Generic Protocol Command Decode",
                3,
            )
        for _ in range(self.chance.randrange(3, 12)):
            at, source = self._at(day, 0, 9), self._inside()
            for n in range(self.chance.randrange(2, 20)):  # a page with blocked places in it
                name = f"tracker{n % 4}.example"
                yield blocked_name(at + timedelta(seconds=n), source, name)
        busy = self._inside()
        for n in range(96):  # a program that asks for a blocked name every quarter of an hour
            yield blocked_name(day + timedelta(minutes=15 * n), busy, "telemetry.example")
        if self.chance.random() < 0.2:
            yield alert(
                self._at(day),
                self._inside(),
                "203.0.113.80:443",
                "made mistake of a rule",
                "A Network Trojan was detected",
                1,
            )
        at, source = self._at(day, 0, 9), self._inside()
        for n in range(8):  # a printer's program looks around
            yield alert(
                at + timedelta(seconds=n),
                source,
                f"192.168.1.{20 + n}:9100",
                "ET SCAN made",
                "Attempted Information Leak",
                2,
            )
            yield touched(at + timedelta(seconds=n), source, self.chance.choice((3000, 4000)))

    def _calls(self, day: datetime) -> Iterator[Line]:
        for _ in range(12):  # a page: its names, and several connections to each
            at, source = self._at(day, 0, 9), self._inside()
            for place in (self._outside(), self._outside()):
                yield found(at, source, place)
                for n in range(4):
                    yield call(at + timedelta(seconds=n), source, f"{place}:443")
        morning, sync = day + timedelta(hours=1), self._outside()
        yield found(morning, "192.168.1.12", sync)  # a service that moves every day
        for n in range(100):
            moment = morning + timedelta(seconds=60 * n + self.chance.uniform(0, 2))
            yield call(moment, "192.168.1.12", f"{sync}:443")
            yield call(moment, "192.168.1.11", "203.0.113.123:123")  # the time, by its address
            yield call(moment, "192.168.1.13", "203.0.113.200:4500")  # the way to the main office
        for _ in range(3):  # a talk with a picture, straight to whoever is at the other end
            at, peer = self._at(day, 0, 9), self._outside()
            for _ in range(25):
                at += timedelta(seconds=self.chance.expovariate(1 / 60))
                yield call(at, "192.168.1.15", f"{peer}:50000")

    def _leases(self, day: datetime) -> Iterator[Line]:
        for number in range(10, 19):
            device = f"00:00:5e:00:53:{number}"
            for hour in (0, 6):
                yield lease(self._at(day, hour, hour + 1), device, number)
        for _ in range(2):  # phones that make up another address each day
            device = f"da:{self.chance.randrange(10, 99)}:{self.chance.randrange(10, 99)}:00:00:01"
            yield lease(self._at(day, 0, 9), device, 40)

    def _computers(self, day: datetime, number: int) -> Iterator[Line]:
        for hour in (3, 15):
            yield clam(self._at(day, hour, hour + 1), "daily.cld database is up-to-date (made)")
        if number % 7 == 2:
            at = self._at(day)
            yield clam(at, "--- Stopped at made")
            yield clam(at + timedelta(seconds=30), "+++ Started at made")
            yield clam(at + timedelta(hours=1), "/home/a/tool.exe: PUA.Win.Tool FOUND")
            yield clam(at + timedelta(hours=2), "ERROR: Update failed for made")
        yield from self._files(day, number)
        for _ in range(self.chance.randrange(0, 4)):
            yield failed_login(self._at(day, 0, 9), self._inside())
        for n in range(24):  # a device with an old password
            yield failed_login(day + timedelta(hours=n), "192.168.1.30")
        yield defender(self._at(day), 2000)
        if number % 10 == 4:
            at = self._at(day)
            yield defender(at, 1116, Threat_Name="PUA:made", Severity_ID="5", Path="file:_C:\\x")
            yield defender(
                at + timedelta(seconds=40),
                1117,
                Threat_Name="PUA:made",
                Severity_ID="5",
                Path="file:_C:\\x",
                Error_Code="0x00000000",
            )
            yield defender(at + timedelta(hours=1), 5001)
            yield defender(at + timedelta(hours=1, minutes=4), 5000)
            for n in range(9):  # a game's updater at the documents folder
                yield defender(
                    at + timedelta(hours=2, seconds=n),
                    1123,
                    Process_Name="updater.exe",
                    Path="C:\\d",
                )

    def _files(self, day: datetime, number: int) -> Iterator[Line]:
        at = self._at(day, 0, 9)
        for n in range(self.chance.randrange(0, 250)):  # photographs from a camera
            yield renamed(
                at + timedelta(milliseconds=50 * n),
                "rapid",
                f"/h/IMG_{n}.jpg.part",
                f"/h/IMG_{n}.jpg",
            )
        for n in range(40):  # another version of a folder, an archive, records put aside
            moment = at + timedelta(minutes=20, milliseconds=20 * n)
            yield renamed(moment, "git", f"/h/{n}.txt.lock", f"/h/{n}.txt")
            yield renamed(moment, "logrotate", f"/h/{n}.log", f"/h/{n}.log.1")
            yield renamed(moment, "cp", f"/h/{n}.ods", f"/h/{n}.ods.bak")
            yield renamed(moment, "mv", f"/h/{n}.jpg", f"/h/trip-{n}.jpg")
        if number % 9 == 5:
            for n in range(5):
                yield renamed(at, "mv", f"/h/{n}.conf", f"/h/{n}.conf.disabled")
        yield ran(self._at(day, 15, 16), "restic", "backup", "/home")
        yield ran(self._at(day, 16, 17), "restic", "forget", "--keep-daily", "7", "--prune")


def attacks(at: datetime) -> dict[str, tuple[str, list[Line]]]:
    """Return name -> (id of the rule that tells it, lines): attacks that begin at a moment."""

    def every(seconds: float, times: int) -> Iterator[datetime]:
        return (at + timedelta(seconds=seconds * n) for n in range(times))

    inside, outside = "192.168.1.14", "203.0.113.66"
    return {
        "files are locked": (
            "renaming",
            [renamed(t, "python3", "/h/a.xlsx", "/h/a.xlsx.locked") for t in every(0.1, 40)],
        ),
        "snapshots are deleted": ("backup_wiped", [ran(at, "timeshift", "--delete-all")]),
        "a virus stays": ("malware_open", [clam(at, "/home/a/x.exe: Trojan.Made FOUND")]),
        "a virus that Defender could not remove": (
            "malware_open",
            [
                defender(at, 1116, Threat_Name="Trojan:Made", Severity_ID="5"),
                defender(
                    at + timedelta(seconds=30),
                    1117,
                    Threat_Name="Trojan:Made",
                    Severity_ID="5",
                    Error_Code="0x80508023",
                ),
            ],
        ),
        "something calls home every minute": (
            "beacon",
            [
                alert(
                    t, inside, f"{outside}:443", "made beacon", "A Network Trojan was detected", 1
                )
                for t in every(60, 30)
            ],
        ),
        "it calls home and is stopped": (
            "callout_stopped",
            [
                alert(
                    t, inside, f"{outside}:443", "made", "Malware Command and Control", 1, "blocked"
                )
                for t in every(60, 40)
            ],
        ),
        "a known bad name again and again": (
            "bad_name_again",
            [blocked_name(t, inside, "bad.example") for t in every(60, 60)],
        ),
        "somebody tries the decoy's door": (
            "decoy_login",
            [touched(t, inside, 4002) for t in every(5, 3)],
        ),
        "somebody looks for the next computer": (
            "scan_inside",
            [
                alert(
                    t,
                    inside,
                    f"192.168.1.{20 + n}:445",
                    "ET SCAN made",
                    "Attempted Information Leak",
                    2,
                )
                for n, t in enumerate(every(1, 40))
            ],
        ),
        "passwords are guessed inside": (
            "guess_inside",
            [failed_login(t, inside) for t in every(5, 60)],
        ),
        "an open door is tried all day": (
            "guess_outside",
            [fail2ban(t, "Found", f"203.0.113.{n % 200}") for n, t in enumerate(every(40, 1500))],
        ),
        "a weakness is aimed at": (
            "attack_open",
            [
                alert(
                    t,
                    outside,
                    "192.168.1.10:443",
                    "made hole",
                    "Attempted Administrator Privilege Gain",
                    1,
                )
                for t in every(30, 6)
            ],
        ),
        "a program writes into guarded folders": (
            "folder_guard_again",
            [defender(t, 1123, Process_Name="tool.exe", Path="C:\\d") for t in every(2, 40)],
        ),
        "something calls an address without a name every minute": (
            "steady_unknown",
            [call(t, inside, f"{outside}:443") for t in every(60.5, 40)],
        ),
        "a device that nobody knows": (
            "new_device_here",
            [lease(t, "00:00:5e:00:53:77", 77) for t in every(1800, 2)],
        ),
        "somebody else gives out addresses": (
            "two_give_addresses",
            [
                lease(t, "00:00:5e:00:53:10", 10, server)
                for t, server in zip(every(600, 2), ("192.168.1.1", "192.168.1.99"), strict=True)
            ],
        ),
        "protection is switched off": ("protection_off", [defender(at, 5001)]),
    }
