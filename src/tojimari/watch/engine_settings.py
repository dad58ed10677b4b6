"""What to put into the settings of engines on a computer, so that they write what is heard here."""

import getpass
import re
import shlex
from collections.abc import Iterable, Sequence
from pathlib import Path

import msgspec

from tojimari.model import TojimariError
from tojimari.watch.engines.laurel import BACKUP, RENAME, backup_programs

FOLDERS = (Path("/home"),)
_PLAIN = re.compile(r"/[^\s\"'#\\]*")
"""Paths that neither auditctl nor clamd takes for anything else."""


class Setting(msgspec.Struct, frozen=True):
    """Lines for one file of an engine's settings.

    Attributes:
        why: key of the sentence (``heard.<why>``) that says what they do and what comes after.
    """

    file: str
    why: str
    text: str


def settings_of(engine: str, folders: Sequence[Path] = ()) -> list[Setting]:
    """Return what goes into the settings of ``laurel`` (with auditd), ``clamonacc``, ``suricata``, ``journal``.

    folders: for the first two, whole paths of what is to be watched; /home where none is named. Raises TojimariError
    for one that is not there or not whole, or that their settings could not name.
    """
    if engine == "suricata":
        return _suricata()
    if engine == "journal":
        return _journal()
    places = [_checked(one) for one in folders] or list(map(str, FOLDERS))
    return _laurel(places) if engine == "laurel" else _clamonacc(places)


def _checked(folder: Path) -> str:
    text = str(folder)
    if not _PLAIN.fullmatch(text) or ".." in folder.parts:
        raise TojimariError(
            f"{text}: / で始まり、空白や引用符のないパスを書いてください。",
            f"{text}: give a whole path (from /) without spaces or quotes.",
        )
    if not folder.is_dir():
        # auditctl would take none of the rules.
        raise TojimariError(
            f"{text}: そのフォルダーがありません。", f"{text}: there is no such folder."
        )
    return text


def _laurel(folders: Iterable[str]) -> list[Setting]:
    rules = [
        f"-a always,exit -F arch={arch} -S {calls} -F success=1 -F dir={folder} -k {RENAME}"
        for folder in folders
        for arch, calls in (
            ("b64", "rename,renameat,renameat2"),
            ("b32", "rename,renameat,renameat2"),
        )
    ]
    rules += [f"-w {path} -p x -k {BACKUP}" for path in backup_programs()]
    plugin = (
        "active = yes\ndirection = out\ntype = always\nformat = string\n"
        "path = /usr/sbin/laurel\nargs = --config /etc/laurel/config.toml\n"
    )
    config = (
        'directory = "/var/log/laurel"\nuser = "_laurel"\n\n[auditlog]\nfile = "audit.log"\n'
        f'size = 5000000\ngenerations = 10\nread-users = [ "{_user()}" ]\n'
    )
    return [
        Setting("/etc/audit/rules.d/60-tojimari.rules", "settings_audit_rules", _lines(rules)),
        Setting("/etc/audit/plugins.d/laurel.conf", "settings_laurel_plugin", plugin),
        Setting("/etc/laurel/config.toml", "settings_laurel", config),
    ]


SURICATA_RULES = """\
alert tcp $HOME_NET any -> $HOME_NET any (msg:"TOJIMARI scan: many doors tried one after the other"; flags:S,CE; flow:stateless; detection_filter:track by_src,count 20,seconds 60; classtype:network-scan; sid:1930001; rev:1;)
alert tcp any any -> $HOME_NET [22,23,3389,5900] (msg:"TOJIMARI guess: many connections to a log-in door"; flags:S,CE; flow:stateless; detection_filter:track by_src,count 15,seconds 120; classtype:attempted-user; sid:1930002; rev:1;)
alert dns $HOME_NET any -> any any (msg:"TOJIMARI callout: many long names, a tunnel through DNS"; dns.query; bsize:>60; content:!".ip6.arpa"; nocase; endswith; detection_filter:track by_src,count 40,seconds 60; classtype:trojan-activity; sid:1930003; rev:2;)
alert udp $HOME_NET any -> any 53 (msg:"TOJIMARI callout: many questions of a kind (NULL) that nothing but a tunnel through DNS asks"; content:"|00 00 0a 00 01|"; offset:12; detection_filter:track by_src,count 20,seconds 60; classtype:trojan-activity; sid:1930007; rev:1;)
alert tcp $HOME_NET any -> !$HOME_NET ![53,80,443,853,993,8080,8443] (msg:"TOJIMARI scan: many doors of one address outside tried"; flags:S,CE; flow:stateless; threshold:type threshold,track by_both,count 40,seconds 60; classtype:network-scan; sid:1930008; rev:1;)
alert tcp $HOME_NET any -> !$HOME_NET [22,23,445,2323,3389,5555] (msg:"TOJIMARI scan: doors of many addresses outside tried"; flags:S,CE; flow:stateless; detection_filter:track by_src,count 20,seconds 60; classtype:network-scan; sid:1930009; rev:1;)
alert http any any -> any any (msg:"TOJIMARI malware: the EICAR test file"; flow:established,to_client; file.data; content:"EICAR-STANDARD-ANTIVIRUS-TEST-FILE"; classtype:trojan-activity; sid:1930004; rev:1;)
alert smb any any -> any any (msg:"TOJIMARI malware: the EICAR test file"; file.data; content:"EICAR-STANDARD-ANTIVIRUS-TEST-FILE"; classtype:trojan-activity; sid:1930005; rev:1;)
alert smtp any any -> any any (msg:"TOJIMARI malware: the EICAR test file"; flow:established,to_server; file.data; content:"EICAR-STANDARD-ANTIVIRUS-TEST-FILE"; classtype:trojan-activity; sid:1930006; rev:1;)
"""
# Outward, each fortieth of one pair counts: Suricata 7's detection_filter never counts by_both. Doors
# to which ordinary programs open as many are left out. What is told asks for many different ones.
"""Our own few rules; each says after ``TOJIMARI`` what kind of signal it is. Others come beside them."""
_EVE = """\
outputs:
  - eve-log:
      enabled: yes
      filetype: regular
      filename: eve.json
      types:
        - alert
        - dhcp: {extended: yes}
        - dns: {requests: no, responses: yes, formats: [detailed]}
        - tls
        - http
        - flow
        - stats
"""


def _suricata() -> list[Setting]:
    rules = "/etc/suricata/rules/tojimari.rules"
    more = f"rule-files:\n  - {rules}\n"
    return [
        Setting(rules, "settings_suricata_rules", SURICATA_RULES),
        Setting("/etc/suricata/suricata.yaml", "settings_suricata", _EVE + more),
    ]


JOURNAL = "/var/log/tojimari-journal.json"


def _journal() -> list[Setting]:
    """Return what writes the journal on from where it was written before.

    ``journalctl -f`` begins with the last ten entries at each start: those would be counted again.
    """
    # In a unit a dollar that is the shell's is written twice.
    command = shlex.join(journal_command()).replace("$", "$$")
    service = (
        "[Unit]\nDescription=Writes the journal on to a file that Tojimari hears\n\n"
        "[Service]\nType=oneshot\nStateDirectory=tojimari-journal\nUMask=0027\nGroup=adm\n"
        f"StandardOutput=append:{JOURNAL}\nExecStart={command}\n"
    )
    timer = "[Timer]\nOnActiveSec=0\nOnUnitInactiveSec=1min\n\n[Install]\nWantedBy=timers.target\n"
    rotated = f"{JOURNAL} {{\n\tdaily\n\trotate 7\n\tmissingok\n\tnotifempty\n\tcompress\n\tdelaycompress\n\tcreate 0640 root adm\n}}\n"
    unit = "/etc/systemd/system/tojimari-journal"
    return [
        Setting(f"{unit}.service", "settings_journal", service),
        Setting(f"{unit}.timer", "settings_journal_timer", timer),
        Setting("/etc/logrotate.d/tojimari-journal", "settings_journal_rotate", rotated),
    ]


def journal_command(
    cursor: str = "/var/lib/tojimari-journal/cursor", first: int = 1000
) -> list[str]:
    """Return the words that print what the journal has new since they were run last.

    The first time, before there is a cursor, that is its ``first`` newest entries: all of it may be
    gigabytes. By time it cannot be said: systemd 257 takes no --since beside a cursor.
    """
    print_on = (
        "exec /usr/bin/journalctl --quiet --output=json --cursor-file=$0"
        f" $(test -s $0 || echo --lines={first})"
    )
    return ["/bin/sh", "-c", print_on, cursor]


def _clamonacc(folders: Iterable[str]) -> list[Setting]:
    clamd = [f"OnAccessIncludePath {folder}" for folder in folders]
    clamd += ["OnAccessPrevention yes", "OnAccessExcludeUname clamav", "OnAccessMaxFileSize 5M"]
    unit = (
        "[Service]\nExecStart=\n"
        "ExecStart=/usr/sbin/clamonacc -F --fdpass --log=/var/log/clamav/clamonacc.log\n"
    )
    drop_in = "/etc/systemd/system/clamav-clamonacc.service.d/tojimari.conf"
    return [
        Setting("/etc/clamav/clamd.conf", "settings_clamd", _lines(clamd)),
        Setting(drop_in, "settings_clamonacc", unit),
    ]


def _lines(rows: Iterable[str]) -> str:
    return "".join(f"{row}\n" for row in rows)


def _user() -> str:
    try:
        name = getpass.getuser()
    except (KeyError, OSError, ImportError):  # a user without a name
        return "root"
    return name if re.fullmatch(r"[A-Za-z_][\w.-]*", name) else "root"
