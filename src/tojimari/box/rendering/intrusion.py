"""Suricata: what is laid over the system's own configuration, and how it is started."""

from collections.abc import Iterator

import yaml

from tojimari.box.rendering.file import QUEUE, Places, RenderedFile, heading
from tojimari.box.settings import Intrusion, Settings
from tojimari.watch.engine_settings import SURICATA_RULES

CONFIG = "/etc/suricata/tojimari-box.yaml"
RULES = "/etc/suricata/rules/tojimari-box.rules"
"""Our own few rules, beside the ones that the settings name."""
SYSTEMS_OWN = "/etc/suricata/suricata.yaml"


def intrusion_files(settings: Settings, places: Places) -> Iterator[RenderedFile]:
    """Return Suricata's configuration and its unit's."""
    intrusion = settings.intrusion
    if intrusion is None:
        return
    yield RenderedFile(RULES, heading() + _own_rules(intrusion), "intrusion")
    yield RenderedFile(CONFIG, _config(settings, intrusion, places), "intrusion")
    way = f"-q {QUEUE}" if intrusion.mode == "stop" else "--af-packet"
    # Laid over from a file, "vars" would lose everything that the system's own file says there.
    home = f"vars.address-groups.HOME_NET=[{','.join(_inside(settings))}]"
    start = f"/usr/bin/suricata -c {SYSTEMS_OWN} --include {CONFIG} --set {home} {way}"
    unit = (
        f"{heading()}[Unit]\nStartLimitIntervalSec=0\n\n[Service]\nType=simple\nPIDFile=\n"
        f"ExecStart=\nExecStart={start}\nRestart=always\nRestartSec=5\n"
    )
    yield RenderedFile(
        "/etc/systemd/system/suricata.service.d/tojimari-box.conf", unit, "intrusion"
    )


def _own_rules(intrusion: Intrusion) -> str:
    """Return our own rules; a virus is stopped where Suricata can stop it, and is said to be."""
    if intrusion.mode == "tell":
        return SURICATA_RULES
    rows = SURICATA_RULES.splitlines(keepends=True)
    return "".join(
        row.replace("alert ", "drop ", 1) if "TOJIMARI malware" in row else row for row in rows
    )


def _inside(settings: Settings) -> list[str]:
    found = []
    for network in settings.networks.values():
        found.append(str(network.own_ipv4.network))
        found += [str(network.own_ipv6.network)] if network.own_ipv6 else []
    return found


def _config(settings: Settings, intrusion: Intrusion, places: Places) -> str:
    # Who was given an address, for new devices. Never who asked for which site.
    config: dict[str, object] = {
        "default-rule-path": "/etc/suricata/rules",
        "rule-files": [places.of(RULES), *intrusion.rules],
        "outputs": [
            {
                "eve-log": {
                    "enabled": True,
                    "filetype": "regular",
                    "filename": "eve.json",
                    "types": [
                        "alert",
                        {"dhcp": {"extended": True}},
                        {"stats": {"totals": True, "threads": False}},
                    ],
                }
            }
        ],
    }
    if intrusion.mode == "tell":
        # Behind the translation of addresses: there it is seen which device it was.
        config["af-packet"] = [
            {"interface": one.interface, "cluster-id": 90 + n, "cluster-type": "cluster_flow"}
            for n, one in enumerate(settings.networks.values())
        ]
    else:
        config["nfq"] = {"mode": "accept", "fail-open": intrusion.when_dead == "let_through"}
    text = yaml.safe_dump(config, sort_keys=False, allow_unicode=True)
    return f"%YAML 1.1\n---\n{heading()}{text}"
