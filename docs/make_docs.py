"""Renews the generated parts: the JSON Schema, the OpenAPI document, the pages of collectors and questions, pictures.

python docs/make_docs.py            everything that needs no browser
python docs/make_docs.py --pictures also the pictures, with Chromium, from a real look
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tojimari.assess.answers import meaning
from tojimari.catalog import Question, load_catalog
from tojimari.collect.look import collectors
from tojimari.model import Answer, declared
from tojimari.model.facts import fact_kinds
from tojimari.report.machine import json_schema

HERE = Path(__file__).parent


def schema_text() -> str:
    """Return the JSON Schema of the result document."""
    return json.dumps(json_schema(), indent=1, ensure_ascii=False, sort_keys=True) + "\n"


WINDOWS_PROOF = (
    "What stands behind each answer of Windows: *real* ran in the tests against the interface itself (under Wine),",
    "*recorded* was played from what somebody published, *assembled* from the documented meanings only.",
    "Nothing was tried on a Windows of Microsoft's.",
    "",
    "| asked | through | real | recorded | assembled |",
    "|---|---|---|---|---|",
    "| updates | COM (`Microsoft.Update.*`) | the calls, against a server of our own | - | all answers |",
    "| security products | WMI (`root\\SecurityCenter2`) | a missing namespace | one (ESET), and two servers without | the rest |",
    "| Defender's own state | WMI (`MSFT_MpComputerStatus`) | - | two machines, and one without | the rest |",
    "| Defender's exclusions | WMI (`MSFT_MpPreference`) | - | - | all |",
    "| longer support of Windows 10 | WMI (`SoftwareLicensingProduct`) | - | - | all |",
    "| drives, disks, USB | Win32, WMI (`root\\cimv2`) | yes | - | the rest |",
    '| encryption | shell property, WMI (`Win32_EncryptableVolume`) | "not told" | - | all |',
    "| who looks, what it is joined to | token, `NetGetJoinInformation` | yes | - | domain, Entra ID |",
    "| what can be reached | `GetExtendedTcpTable` and `..UdpTable`, a snapshot of the programs | ports and addresses; Wine names no owner | - | - |",
    "| accounts, administrators, rules | `Net*` functions | a refusal | - | all |",
    "| security chip | `Tbsi_GetDeviceInfo` | none there | - | the rest |",
    "| shares | `NetShareEnum` | a refusal | - | all |",
    "| SMBv1 | registry (`SMB1`), WMI (`MSFT_SmbServerConfiguration`, for administrators) | - | - | all |",
    "| Wi-Fi | `WlanQueryInterface` | no adapter | - | all |",
    "| events of backups | event log | a refusal | - | all |",
)


def collectors_text() -> str:
    """Return the page that says what is really looked at on which system."""
    catalog = load_catalog()
    from tojimari.collect.device.macos import macos

    seen = {
        "linux": {kind for c in collectors("linux") for kind in c.sees},
        "windows": {kind for c in collectors("windows") for kind in c.sees},
        "macos": {k for c in collectors("macos") for k in c.sees}
        - {kind.KIND for kind in macos.NOT_YET},
    }
    lines = [
        "# What is looked at on which system",
        "",
        "Made by `make docs` from the code; a test keeps it true.",
        "",
        "**Linux** is built and tested on the real thing. **Windows and macOS** collectors exist behind the same",
        "interface, but no Windows and no Mac was at hand: outputs that people have published from real machines, and",
        "values assembled from documentation (`tests/assets/`). A fact without either is reported as *unknown* with the",
        "place where a person can look, never guessed. `device.listening` comes from the kernel's files, on",
        "Windows from its own tables (`GetExtendedTcpTable`), on a Mac from netstat.",
        "",
        "| fact | what | Linux | Windows | macOS | counts for |",
        "|---|---|---|---|---|---|",
    ]
    for kind in catalog.facts.values():
        if not kind.id.startswith("device.") or kind.id == "device.phone":
            continue  # a phone is never looked at: what its holder says is an answer
        marks = ["yes" if kind.id in seen[name] else "unknown" for name in seen]
        if fact_kinds()[kind.id].SOURCE == "heard":  # read from the logs that somebody named
            marks = ["`tojimari watch`"] * len(seen)
        lines.append(
            f"| `{kind.id}` | {kind.about.en} | {' | '.join(marks)} | {kind.max_age_days} days |"
        )
    lines += [
        "",
        "Windows: what is in force on each of the firewall's profiles (Group Policy and device management over the local",
        "setting, for what no rule names too), unless another maker's firewall is on: then what its rules do is unknown.",
        "Security products are those of the Security Center; servers have none, so there only a Defender that guards is seen.",
        "Updates are those that Windows' own search found last; after 14 days without one \"nothing waits\" is no answer.",
        "The end of support is that of",
        "the edition and type of installation; where these are not seen, no date is given that depends on them.",
        "Longer support of Windows 10 (ESU) counts where a licence that companies buy is active; what a person enrolled by an",
        "account is not told anywhere, and neither is what was bought for a server. From Windows 11 24H2 on how the Wi-Fi is",
        "encrypted is hidden from programs, administrators' too, that may not know where the computer is.",
        "Remote control: Remote Desktop, and the programs on a list; one that is on no list is not seen. WinRM is seen where it",
        "listens. Drives without a letter are not looked at.",
        "Encryption is told by Windows' own class with administrator's rights; without them by the number the shell shows,",
        "of which on, off and locked are sure and every other is unknown. Rules on passwords are those of this computer, so",
        "they are unknown where a domain or Entra ID decides. What may be written to a share needs rights; that nobody enters",
        "without a password can be told without them. Backups: File History, Windows Server Backup and Veeam Agent with the",
        "last success; OneDrive, restic, Macrium Reflect, Acronis and AOMEI Backupper are only seen to be there. Macros of Office",
        "are judged by what the company or each person decided; where nobody did, the answer to a question decides.",
        "macOS: what profiles of a device management set decides over the Mac's own settings. Updates are those that macOS",
        "found last, the next macOS not counted; after 14 days \"nothing waits\" is no answer. Where nobody set whether",
        "updates install by themselves it is unknown: Apple names no default. XProtect is seen with its version, of Gatekeeper only whether it is on; products of",
        "other makers are seen that watch through a system extension. Time Machine's dates need Full Disk Access, or a Mac that answers without; FileVault is that",
        "of the disk the Mac starts from. What others reach is seen without programs unless root looks.",
        "Linux: the firewall is what the kernel does with a stranger's connection, with what leads past it to containers and",
        "virtual machines (by route, mark, set or map); a country, or a mark on what is for the machine itself, decides nothing.",
        "SSH is judged by what its unit starts. Updates count where this release's own sources bring them. Backups of restic,",
        "borg, Vorta, Duplicati, Back In Time, duplicity, rsnapshot, Timeshift and Déjà Dup are dated by their last success,",
        "borgmatic's by borg, Kopia's and rsync's by their own logs where they keep any; of a dozen others it is only seen that",
        "they are set up. Screen locks are read of GNOME, Cinnamon, MATE, Xfce (its screen saver, light-locker, XScreenSaver) and",
        "KDE, as they hold for each person: an administrator's lock over the own setting. A home folder that is encrypted by itself",
        "(eCryptfs, fscrypt, systemd-homed) is told apart from a disk that is. Commands that need sudo are offered to those who may",
        "use it. A product against malware counts where its scanner runs, not where an agent reports to a console.",
        "Instructions with commands that none of the company's kinds of Linux has are left out, and that is said.",
        "In WSL disks, firewall, antivirus, clock and what can be reached are unknown: the Windows around it decides them.",
        "In a container the clock is unknown, and so is a firewall where it has no rules of its own: the machine around it decides.",
        "",
        "What people set for themselves counts for those who are signed in. Where somebody else used an account on the same",
        "Windows within 90 days, what each decides alone (screen saver, AutoPlay) is *unknown* rather than fine.",
        "",
        *windows_columns(),
        *WINDOWS_PROOF,
        "",
        *macos_columns(),
        "",
        "## Rights",
        "",
        "On Linux as an ordinary user these need more rights and are unknown, each with the exact command that shows it:",
        "loaded firewall rules, empty passwords, sudo rules, sshd's effective settings, programs behind other users' sockets.",
        "",
        "## From outside",
        "",
        "`tojimari site` and the portal; the same from every system. What needs an option says so.",
        "",
        "| fact | what | seen by | counts for |",
        "|---|---|---|---|",
    ]  # fmt: skip
    from tojimari.collect.outside.probe import probes

    by = {kind: one.name.split(".")[1] for one in probes() for kind in one.sees}
    needs = {
        "network.open_ports": "`--address`",
        "mail_domain.registration": "`--registration`",
        "site.changes": "`tojimari site watch`",
        "network.watch_day": "`tojimari watch`",
        "network.box": "`tojimari box status`",
        "network.knocks": "`tojimari sensor`",
    }
    for kind in catalog.facts.values():
        if declared(kind.id.partition(".")[0]).from_outside:
            how = needs.get(kind.id, "") or f"`{by[kind.id]}`"
            lines.append(f"| `{kind.id}` | {kind.about.en} | {how} | {kind.max_age_days} days |")
    return "\n".join([*lines, ""])


SHOWN_BY = {
    "real": "a recording of a real machine",
    "assembled": "values assembled from documentation, in a real registry and without one",
    "played": "answers assembled from documentation, played to the collector",
    "run": "the function itself, in Wine",
    "unknown": "nothing: always unknown",
}
"""What stands behind a column on Windows; never more than one of these is claimed."""

WINDOWS_COLUMNS: dict[str, dict[str, tuple[str, str]]] = {
    "device.auto_updates": {
        "enabled": ("policies, device management, service; without them the edition", "assembled"),
        "mechanism": ("WSUS by policy or device management, else Windows Update", "assembled"),
        "security_only": ("never: Windows installs every update that counts", "assembled"),
        "paused_until": ("the pause of the settings, of policy and of device management", "assembled"),
        "deferred_days": ("policy and device management", "assembled"),
    },
    "device.boot": {
        "firmware": ("GetFirmwareType, else what Windows wrote down at start-up", "assembled"),
        "secure_boot": ("what Windows wrote down at start-up", "assembled"),
        "tpm": ("Tbsi_GetDeviceInfo, which needs no rights", "run"),
    },
    "device.browsers": {
        "browsers": ("updaters, lists of programs, files of the start menu's browsers", "assembled"),
    },
    "device.dns": {
        "servers": ("policy, else GetAdaptersAddresses", "run"),
        "encrypted": ("only where a policy forbids or demands it", "played"),
    },
    "device.firewall": {
        "backend": ("Security Center, else Windows", "played"),
        "active": ("profiles by policy, device management and setting, service", "real"),
        "default_inbound": ("as above", "played"),
        "inbound_rules": ("rules that are on, of policy, device management and setting", "assembled"),
        "let_in": ("the same rules: ports open to any address on public networks; not ports that Windows names by a word (RPC), nor what is open for one program on any port", "assembled"),
        "stealth": ("not looked at", "unknown"),
    },
    "device.logging": {
        "service": ("the service", "played"),
        "persistent": ("always, where the service writes", "played"),
        "kept_days": ("ReadEventLogW: age of the oldest event of a log that is full", "played"),
        "sent_elsewhere": ("policy of event forwarding, services that send; else unknown", "played"),
        "all_seen": ("the log of security is for administrators", "played"),
    },
    "device.office": {
        "versions": ("folders to start from, Click-to-Run", "assembled"),
        "channel": ("policy, else the id of Click-to-Run's channel", "assembled"),
        "runs_all": ("VBAWarnings of each person: policy from the cloud, policy, own setting", "assembled"),
        "from_internet": ("blockcontentexecutionfrominternet in the same order; what Office does where nobody set it depends on its version: default", "assembled"),
    },
    "device.os": {
        "family": ("always windows", "real"),
        "product": ("number of the build, type of installation", "real"),
        "name": ("as above, edition, patch level", "assembled"),
        "version": ("as above, edition", "assembled"),
        "edition": ("the edition in the registry", "assembled"),
        "kernel": ("number of the build", "real"),
        "arch": ("the machine's own, from its environment", "assembled"),
        "virtual": ("makers of virtual machines in the firmware's tables; never no", "assembled"),
        "patch": ("UBR in the registry", "assembled"),
        "longer_support": ("Windows 10 22H2: active licences of the three years that companies buy (SoftwareLicensingProduct); what a person enrolled is not seen", "played"),
    },
    "device.remote_desktop": {
        "enabled": ("Remote Desktop by policy over setting; services and programs on a list", "assembled"),
        "products": ("as above", "assembled"),
        "network_auth": ("policy over setting; of other programs unknown", "assembled"),
        "installed": ("services on the list that do not run", "played"),
        "ports": ("the port of Remote Desktop", "assembled"),
    },
    "device.removable_media": {
        "autorun": ("policy of the computer, else of each person, else the person's switch", "assembled"),
        "blocked": ("policies on removable storage, driver of USB storage", "assembled"),
        "attached": ("GetDriveTypeW; disks that call themselves fixed are not seen", "played"),
    },
    "device.screen_lock": {
        "desktop": ("always windows", "played"),
        "enabled": ("limit for all, screen saver by policy over setting, sleep of the power plan", "played"),
        "after_seconds": ("as above; the person whose screen locks last", "played"),
    },
    "device.software": {
        "items": ("Uninstall, 64- and 32-bit, of all and of who is signed in; store packages", "assembled"),
        "counts_by_source": ("as above", "assembled"),
        "release": ("never: it is about packages of Linux", "unknown"),
    },
    "device.sshd": {
        "installed": ("service of OpenSSH for Windows; other servers are not looked for", "played"),
        "running": ("the service", "played"),
        "password_login": ("its settings file, without what it includes", "played"),
        "root_login": ("never: there is no root", "played"),
        "empty_passwords": ("its settings file", "played"),
        "exceptions": ("its settings file", "played"),
        "only_here": ("not looked at: taken to be reached from elsewhere", "unknown"),
    },
    "device.sudo": {
        "without_password": ("User Account Control, whether the first administrator is signed in", "assembled"),
        "commands": ("there are none", "assembled"),
        "confirms": ("User Account Control", "assembled"),
    },
    "device.time_sync": {
        "service": ("policy over setting of the time service; the key of its client alone is real", "assembled"),
        "synchronised": ("not written down anywhere", "unknown"),
    },
}  # fmt: skip
"""Kind -> column -> (where it is read, what stands behind it)."""


Columns = Mapping[str, Mapping[str, tuple[str, str]]]


def _table(table: Columns, shown_by: Mapping[str, str]) -> list[str]:
    """Return the meanings of what stands behind a column, and the table of columns.

    Raises KeyError where a kind has a column that the table does not name, or a word that means
    nothing stands behind one.
    """
    lines = [
        *(f"- *{name}*: {meaning}" for name, meaning in shown_by.items()),
        "",
        "| fact | column | read from | behind it |",
        "|---|---|---|---|",
    ]
    for kind, columns in table.items():
        for column in fact_kinds()[kind].__struct_fields__:
            place, behind = columns[column]
            if behind not in shown_by:
                raise KeyError(behind)
            lines.append(f"| `{kind}` | {column} | {place} | {behind} |")
    return [*lines, ""]


def windows_columns() -> list[str]:
    """Return the table that says of every column on Windows what stands behind it."""
    return [
        "## Windows, column by column",
        "",
        "Nothing here was seen on a Windows of ours. What stands behind a column is one of these:",
        "",
        *_table(WINDOWS_COLUMNS, SHOWN_BY),
    ]


MACOS_SHOWN_BY = {
    "recorded": "what somebody published of a real Mac, its values as they were",
    "assembled": "keys and words that documentation or several programs name, values made up",
    "unknown": "nothing: always unknown",
}
"""What stands behind a column on macOS."""

_NEVER = ("not looked at", "unknown")
MACOS_COLUMNS: dict[str, dict[str, tuple[str, str]]] = {
    "device.accounts": {
        "people": ("dscl, numbers from 500 on", "recorded"),
        "administrators": ("dscl, the group admin without groups in it", "recorded"),
        "uid0": ("dscl", "recorded"),
        "inactive": _NEVER,
        "inactive_known": ("always no", "unknown"),
        "guest_enabled": ("profile, else sysadminctl, else the setting of the login window", "recorded"),
        "auto_login": ("the setting of the login window", "assembled"),
        "user_is_administrator": ("dscl, id; where root looks, whose screen it is", "recorded"),
        "joined": _NEVER,
        "may_use_sudo": ("told by user_is_administrator", "unknown"),
    },
    "device.antimalware": {
        "products": ("xprotect (from 15 on), else its bundle; systemextensionsctl, makers on a list", "recorded"),
        "unrecognised": ("systemextensionsctl", "recorded"),
        "tamper_protected": _NEVER,
        "opened": _NEVER,
        "folders_guarded": _NEVER,
        "downloads_checked": ("spctl --status (Gatekeeper)", "recorded"),
    },
    "device.auto_updates": {
        "enabled": ("profile over com.apple.SoftwareUpdate; unknown where nobody set it", "recorded"),
        "mechanism": ("always macOS", "assembled"),
        "security_only": ("always no", "assembled"),
        "paused_until": ("macOS has no pause with an end", "unknown"),
        "deferred_days": ("profile com.apple.applicationaccess, up to macOS 26", "assembled"),
    },
    "device.backups": {
        "jobs": ("com.apple.TimeMachine.plist, tmutil destinationinfo, diskutil; a disk inside: unknown", "assembled"),
    },
    "device.boot": {
        "firmware": ("the processor", "assembled"),
        "secure_boot": ("SPiBridgeDataType in English; in other languages unknown", "assembled"),
        "tpm": ("Macs have a chip of their own", "unknown"),
    },
    "device.browsers": {
        "browsers": ("Info.plist of bundles; Safari belongs to the system", "assembled"),
    },
    "device.disk_encryption": {
        "volumes": ("fdesetup; the start-up disk alone, under way is not encrypted", "recorded"),
    },
    "device.dns": {
        "servers": ("scutil --dns without those of one interface or domain", "recorded"),
        "encrypted": _NEVER,
    },
    "device.firewall": {
        "backend": ("always macos", "recorded"),
        "active": ("socketfilterfw, else the profile, else com.apple.alf.plist up to 14", "recorded"),
        "default_inbound": ("on: what was not let in is stopped", "assembled"),
        "inbound_rules": _NEVER,
        "let_in": _NEVER,
        "stealth": ("as active", "recorded"),
    },
    "device.listening": {
        "sockets": ("netstat without programs; psutil for root", "recorded"),
    },
    "device.logging": dict.fromkeys(
        ("service", "persistent", "kept_days", "sent_elsewhere", "all_seen"), _NEVER
    ),
    "device.os": {
        "family": ("always macos", "recorded"),
        "product": ("always macos", "recorded"),
        "name": ("sw_vers", "recorded"),
        "version": ("sw_vers", "recorded"),
        "edition": ("there is none", "unknown"),
        "kernel": ("uname", "assembled"),
        "arch": ("uname; an Intel Python on Apple silicon says x86_64", "assembled"),
        "virtual": _NEVER,
        "patch": ("of Windows alone", "unknown"),
        "longer_support": ("of Windows alone", "unknown"),
    },
    "device.passwords": {
        "empty": _NEVER,
        "max_age_days": ("pwpolicy", "assembled"),
        "min_length": ("pwpolicy; rules of other shapes are not guessed", "recorded"),
        "lockout_tries": ("pwpolicy; no rule is unknown", "assembled"),
    },
    "device.remote_desktop": {
        "enabled": ("launchd on Screen Sharing, processes of programs on a list", "assembled"),
        "products": ("as above", "assembled"),
        "network_auth": _NEVER,
        "installed": ("bundles of programs on the list that do not run", "assembled"),
        "ports": ("5900 where Screen Sharing is on", "assembled"),
    },
    "device.removable_media": {
        "autorun": ("macOS runs nothing from a disk by itself", "assembled"),
        "blocked": _NEVER,
        "attached": ("diskutil list external", "assembled"),
    },
    "device.screen_lock": {
        "desktop": ("always macos", "recorded"),
        "enabled": ("sysadminctl, pmset, screen saver by profile over setting", "recorded"),
        "after_seconds": ("as above; the slowest source of power", "recorded"),
    },
    "device.shares": {
        "shares": ("launchd on the SMB server, sharing -l; who may write unknown", "recorded"),
        "smb1": ("not looked at", "unknown"),
    },
    "device.software": {
        "items": ("Info.plist of bundles in the folders for programs", "assembled"),
        "counts_by_source": ("as above", "assembled"),
        "release": ("never: it is about packages of Linux", "unknown"),
    },
    "device.sshd": {
        "installed": ("always: it comes with macOS", "assembled"),
        "running": ("launchctl print-disabled, else the service's own file", "recorded"),
        "password_login": ("its settings with what they include", "assembled"),
        "root_login": ("its settings; root is off as macOS comes, which is not looked at", "assembled"),
        "empty_passwords": ("its settings", "assembled"),
        "exceptions": ("its settings", "assembled"),
        "only_here": ("not looked at: taken to be reached from elsewhere", "unknown"),
    },
    "device.sudo": {
        "without_password": ("sudo's files, which root alone may read", "assembled"),
        "commands": ("as above", "assembled"),
        "confirms": ("macOS asks for the password", "unknown"),
    },
    "device.time_sync": {
        "service": ("only where a profile demands it; the Mac's own choice needs rights", "assembled"),
        "synchronised": _NEVER,
    },
    "device.updates": {
        "manager": ("always softwareupdate", "recorded"),
        "pending": ("softwareupdate --list --no-scan", "recorded"),
        "pending_security": ("where Apple's name says security; else unknown while something waits", "assembled"),
        "pending_security_names": ("as above", "assembled"),
        "lists_refreshed_at": ("com.apple.SoftwareUpdate.plist", "recorded"),
        "last_update_at": ("InstallHistory.plist", "recorded"),
        "reboot_required": ("from 11 on: no while nothing waits; else unknown", "assembled"),
        "oldest_security_at": _NEVER,
        "critical": _NEVER,
    },
    "device.wifi": {
        "connected": ("SPAirPortDataType", "recorded"),
        "encryption": ("SPAirPortDataType; modes that are not known are unknown", "recorded"),
    },
}  # fmt: skip
"""Kind -> column -> (where it is read, what stands behind it)."""


def macos_columns() -> list[str]:
    """Return the table that says of every column on macOS what stands behind it."""
    return [
        "## macOS, column by column",
        "",
        "Nothing here was seen on a Mac of ours, so no column is *real*. What stands behind one:",
        "",
        *_table(MACOS_COLUMNS, MACOS_SHOWN_BY),
    ]


MEANS = {
    "met": "できている",
    "partly": "一部だけできている",
    "not_met": "まだできていない",
    "unknown": "不明",
    "not_applicable": "当てはまらない",
}


def questions_text() -> str:
    """Return the page on which every question is read aloud with every answer to it."""
    catalog = load_catalog()
    lines = [
        "# 質問を、答えごとに読む",
        "",
        "`make docs` がカタログから作ります (テストが、いまのカタログと同じであることを確かめます)。",
        "質問と答えを続けて声に出して読み、右の「言えること」と食い違わないかを見るための表です。",
        "「わからない」はどの質問でも選べて、その質問が語る対策は「不明」になります。",
        "",
        "| 質問 | 答え | 言えること |",
        "|---|---|---|",
    ]
    for question in catalog.questions.values():
        asked = f"{question.text.ja} (`{question.id}`)"
        if question.type == "number":
            lines.append(f"| {asked} | (数) | 会社の様子を知るだけで、対策については何も言わない |")
        for option in question.options:
            old = "" if option.offered else " (前に使った答え。いまは選べない)"
            lines.append(f"| {asked} | {option.text.ja}{old} | {_says(question, option.id)} |")
            asked = "〃"
        if question.skipped_says:
            skipped = _said(question.skipped_says)
            lines.append(f"| {asked} | (前の答えで、聞かないとき) | {skipped} |")
    return "\n".join([*lines, ""])


def _says(question: Question, option: str) -> str:
    """Return what choosing this option alone says, in plain Japanese."""
    return _said(meaning(question, Answer(question.id, (option,)))) or (
        "会社の様子を知るだけで、対策については何も言わない"
    )


def _said(states: Mapping[str, str]) -> str:
    controls = load_catalog().controls
    return "、".join(
        f"「{controls[control].title.ja}」は{MEANS[state]}" for control, state in states.items()
    )


ANSWERS = """answers:
  company-size: two_to_four
  industry: retail
  pc-count: 1
  phones: [company_phone]
  website: "yes"
  updates: all
  updates-phones: some
  antimalware: all
  passwords: partly
  mfa: not_done
  sharing: done
  know-tricks: dont_know
  backup-where: [external_disk, cloud]
  backup-when: week
  backup-detached: not_done
"""


def pictures() -> None:
    """Look at this machine for real, with sample answers, and photograph the page."""
    sys.path.insert(0, str(HERE.parent))
    from tests.e2e.browser import chromium

    with tempfile.TemporaryDirectory() as folder:
        run = [sys.executable, "-m", "tojimari"]
        env = {**os.environ, "TOJIMARI_STATE": f"{folder}/state"}
        answers = Path(folder) / "answers.yaml"
        answers.write_text(ANSWERS, "utf-8")
        for words in (["check"], ["ask", "--answers", str(answers)]):
            subprocess.run([*run, *words], env=env, check=False, capture_output=True)
        with chromium() as browser:
            for lang in ("ja", "en"):
                page_file = Path(folder) / f"{lang}.html"
                words = ["report", "--lang", lang, "--html", str(page_file)]
                subprocess.run([*run, *words], env=env, check=False, capture_output=True)
                for name, width, height in (("desktop", 1000, 1150), ("phone", 390, 844)):
                    page = browser.new_page(viewport={"width": width, "height": height})
                    page.goto(page_file.as_uri())
                    page.screenshot(path=HERE / "images" / f"report-{lang}-{name}.png")
                    page.close()


def openapi_text() -> str:
    """Return the OpenAPI document, without the address of any one portal."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tojimari.portal.settings")
    import django

    django.setup()
    from tojimari.portal.api import openapi
    from tojimari.portal.urls import whole_api

    document = json.loads(openapi(whole_api))
    document.pop("servers")
    return json.dumps(document, ensure_ascii=False, indent=1) + "\n"


def portal_pictures() -> None:
    """Photograph the portal as it runs: the owner's pages, then the fleet of a made-up chamber."""
    sys.path.insert(0, str(HERE.parent))
    from tests.e2e.browser import chromium
    from tests.support.servers import Portal

    with tempfile.TemporaryDirectory() as folder, chromium() as browser:
        portal = Portal(Path(folder), "up", "--no-browser")
        try:
            _owner_pictures(browser, portal)
        finally:
            portal.stop()
        fleet = Portal(Path(folder), "serve", env={"TOJIMARI_MODE": "server"})
        try:
            _fleet_pictures(browser, fleet)
        finally:
            fleet.stop()
    with tempfile.TemporaryDirectory() as folder, chromium() as browser:
        trust = Portal(Path(folder), "serve", env={"TOJIMARI_MODE": "server"}, worker=True)
        try:
            _trust_pictures(browser, trust)
        finally:
            trust.stop()


def _owner_pictures(browser: Any, portal: Any) -> None:
    answers = dict(line.strip().split(": ", 1) for line in ANSWERS.splitlines()[1:])
    context = browser.new_context(viewport={"width": 390, "height": 844}, locale="ja-JP")
    page = context.new_page()
    page.goto(portal.entrance())
    page.locator("a.button.big").click()
    shot = HERE / "images"
    while "/ask/" in page.url:
        question = page.url.split("/ask/")[1].split("/")[0]
        if question == "updates":
            page.screenshot(path=shot / "portal-question-ja-phone.png")
        chosen = [c.strip(' []"') for c in answers.get(question, "dont_know").split(",")]
        if page.locator("input[type=checkbox]").count() and chosen != ["dont_know"]:
            for one in chosen:
                page.locator(f"input[value={one}]").check()
            page.locator("button.big").click()
        else:
            name = "number" if question == "pc-count" else "choice"
            page.locator(f"button[name={name}][value='{chosen[0]}']").click()
    page.locator("form[action$='/look/'] button").click()
    page.wait_for_selector("section.next", timeout=60_000)
    for lang in ("ja", "en"):
        page.locator(f".langs button[value={lang}]").click()
        for name, width, height in (("phone", 390, 844), ("desktop", 1100, 1150)):
            page.set_viewport_size({"width": width, "height": height})
            page.screenshot(path=shot / f"portal-result-{lang}-{name}.png")
    page.locator(".langs button[value=ja]").click()
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(page.url.rstrip("/").split("?")[0] + "/weekly/")
    page.screenshot(path=shot / "portal-weekly-ja-phone.png")
    context.close()


PHONE, DESKTOP = ("phone", 390, 844), ("desktop", 1280, 1000)


_FILLS = (
    "import runpy, sys, django; django.setup(); runpy.run_path(sys.argv[1], run_name='__main__')"
)


def _filled(portal: Any, script: str) -> str:
    """Fill a portal by a script beside this one, in a process of its own; return what it prints."""
    paths = {"PYTHONPATH": os.pathsep.join([str(HERE.parent), os.environ.get("PYTHONPATH", "")])}
    filled = subprocess.run(
        [sys.executable, "-c", _FILLS, str(HERE / script)],
        env={**portal.env, **paths, "DJANGO_SETTINGS_MODULE": "tojimari.portal.settings"},
        capture_output=True,
        text=True,
        check=True,
    )
    return filled.stdout


def _trust_pictures(browser: Any, portal: Any) -> None:
    """Fill a portal with a made-up buyer, bank and supplier, and photograph what each of them sees."""
    made = json.loads(_filled(portal, "made_up_trust.py"))
    inquiry = f"/c/{made['company']}/requests/{made['inquiry']}/"
    _send_answer(browser, portal, made["sessions"]["owner"], inquiry)
    request = f"/s/{made['firm']}/requests/{made['request']}/"
    shots = (
        ("supplier-check", "owner", f"{inquiry}check/", PHONE, "main h1"),
        ("proof-own", "owner", f"/c/{made['company']}/proofs/{made['proof']}/", PHONE, "main"),
        ("holds", "other", f"/c/{made['other']}/holds/", PHONE, "main h1"),
        ("proof", "", f"/proof/{made['secret']}/", PHONE, "main h1"),
        ("buyer-answer", "buyer", f"{request}{made['inquiry']}/", DESKTOP, "#signed"),
        ("buyer-chain", "buyer", f"/s/{made['firm']}/chain/", DESKTOP, "main h1"),
        ("bank", "bank", f"/s/{made['bank']}/loans/", DESKTOP, "main h1"),
    )
    for lang, locale in (("ja", "ja-JP"), ("en", "en-US")):
        for name, who, path, (view, width, height), to in shots:
            page = _opened(browser, portal, made["sessions"].get(who, ""), locale, width, height)
            page.goto(path)
            page.locator(to).first.evaluate(
                "one => scrollBy(0, one.getBoundingClientRect().top - 30)"
            )
            page.screenshot(path=HERE / "images" / f"trust-{name}-{lang}-{view}.png")
            page.context.close()


def _opened(browser: Any, portal: Any, session: str, locale: str, width: int, height: int) -> Any:
    """Return a page of somebody who is signed in; of nobody for an empty ``session``."""
    view = {"width": width, "height": height}
    context = browser.new_context(viewport=view, locale=locale, base_url=portal.address)
    if session:
        context.add_cookies([{"name": "tojimari", "value": session, "url": portal.address}])
    return context.new_page()


def _send_answer(browser: Any, portal: Any, session: str, inquiry: str) -> None:
    """Send an answer as its page offers it, and wait until its proof is signed."""
    page = _opened(browser, portal, session, "ja-JP", 390, 844)
    page.goto(f"{inquiry}check/")
    page.locator("#person").fill("伊藤")
    page.locator("input[name=sure]").check()
    page.locator("main form button").last.click()
    page.locator("#signed").wait_for()
    until = time.monotonic() + 60
    while not page.locator("#signed + p", has_text="本物").count() and time.monotonic() < until:
        time.sleep(1)
        page.reload()
    page.context.close()


def _fleet_pictures(browser: Any, portal: Any) -> None:
    """Fill a portal with made-up companies in a process of its own, and photograph the list."""
    organisation, session = _filled(portal, "made_up_fleet.py").split()
    for lang, locale in (("ja", "ja-JP"), ("en", "en-US")):
        context = browser.new_context(viewport={"width": 1280, "height": 900}, locale=locale)
        context.add_cookies([{"name": "tojimari", "value": session, "url": portal.address}])
        page = context.new_page()
        page.goto(f"{portal.address}/s/{organisation}/")
        page.screenshot(path=HERE / "images" / f"portal-fleet-{lang}-desktop.png")
        context.close()


def main() -> None:
    """Write what is generated."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--pictures", action="store_true")
    (HERE / "schema" / "result-1.json").write_text(schema_text(), "utf-8")
    (HERE / "questions.ja.md").write_text(questions_text(), "utf-8")
    (HERE / "collectors.md").write_text(collectors_text(), "utf-8")
    (HERE / "schema" / "openapi.json").write_text(openapi_text(), "utf-8")
    if options.parse_args().pictures:
        pictures()
        portal_pictures()


if __name__ == "__main__":
    main()
