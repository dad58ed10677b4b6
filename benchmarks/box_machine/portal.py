"""A portal for the machine, behind nginx as an operator has it; and what a person would press there.

    python -m benchmarks.box_machine.portal FOLDER

in the space of the Internet. Takes a row of words a line and answers each with a row of JSON:
``code`` makes an enrolment's code, ``fingerprint`` shows the task key's, ``give KIND KEY=VALUE ...`` gives the box a task with an owner's
yes, ``state`` says what the portal knows of the box.
"""

import contextlib
import json
import os
import shutil
import subprocess
import sys
import time
import urllib.request
from datetime import timedelta
from pathlib import Path
from typing import Any

HOST, PORT = "portal.example", 8443
ADDRESS = f"https://{HOST}:{PORT}"
INNER = 8765


def _surroundings(folder: Path) -> None:
    for name in [one for one in os.environ if one.startswith(("TOJIMARI_", "DJANGO_"))]:
        del os.environ[name]
    os.environ.update(
        {
            "TOJIMARI_MODE": "server",
            "TOJIMARI_HOME": str(folder / "home"),
            "TOJIMARI_STATE": str(folder / "state.sqlite3"),
            "TOJIMARI_PUBLIC_URL": ADDRESS,
            "TOJIMARI_BEHIND_PROXY": "true",
            "DJANGO_SETTINGS_MODULE": "tojimari.portal.settings",
        }
    )


def authority(folder: Path) -> Path:
    """Make an authority and a certificate for the portal; returns the file of the authority's own."""
    from tests.support.stage import Authority

    folder.mkdir(parents=True, exist_ok=True)
    made = Authority(folder)
    made.pem((HOST,))
    return made.file


def _nginx(folder: Path) -> subprocess.Popen[bytes]:
    pem = folder / f"{HOST}.pem"
    (folder / "nginx.conf").write_text(
        f"daemon off;\npid {folder}/nginx.pid;\nerror_log {folder}/nginx.log;\n"
        "events {}\nhttp {\n  access_log off;\n  client_max_body_size 8m;\n"
        f"  server {{\n    listen {PORT} ssl;\n    ssl_certificate {pem};\n    ssl_certificate_key {pem};\n"
        f"    location / {{\n      proxy_pass http://127.0.0.1:{INNER};\n"
        "      proxy_set_header Host $http_host;\n      proxy_set_header X-Forwarded-Proto https;\n"
        "      proxy_set_header X-Forwarded-For $remote_addr;\n    }\n  }\n}\n"
    )
    program = shutil.which("nginx", path="/usr/sbin:/usr/bin") or "nginx"
    return subprocess.Popen([program, "-c", str(folder / "nginx.conf"), "-p", str(folder)])


class Office:
    """A company with an owner, and its box."""

    def __init__(self) -> None:
        """Found it, after Django is set up."""
        from allauth.account.models import EmailAddress

        from tojimari.portal.companies.start import found_company
        from tojimari.portal.people.models import User

        self.owner = User.objects.create_user("owner@example.jp", name="owner")
        EmailAddress.objects.create(
            user=self.owner, email=self.owner.email, verified=True, primary=True
        )
        self.company = found_company(self.owner, "ためし商店")

    def code(self) -> str:
        """Make a code for a computer."""
        from tojimari.portal.devices.models import EnrolCode

        return EnrolCode.make(self.company, "computer", self.owner)[1]

    def fingerprint(self) -> str:
        """Return the task key's fingerprint, as the page of updates shows it."""
        from tojimari.portal.updates.models import TaskKey

        return str(TaskKey.objects.get(state=TaskKey.CURRENT).kid)

    def give(self, kind: str, **parameters: str) -> str:
        """Give a task to every device that does it, with the owner's yes. Returns the proposal."""
        from django.utils import timezone

        from tojimari.portal.devices.models import Device
        from tojimari.portal.updates import isolation
        from tojimari.portal.updates.agreement import By, Wanted
        from tojimari.portal.updates.fresh import Fresh
        from tojimari.portal.updates.proposals import approve, propose

        by, fresh = By(self.owner, "owner"), Fresh("mail", time.time())
        devices = [one.pk for one in Device.objects.of(self.company)]
        for alone in isolation.KINDS:
            if kind == alone:
                hours = parameters.get("hours", "")
                made = isolation.ask(self.company, devices[0], alone, by, fresh, hours)
                return str(made.pk)
        now = timezone.now()
        wanted = Wanted(
            kind=kind, parameters=parameters, not_before=now, until=now + timedelta(days=1)
        )
        made = propose(self.company, wanted, devices, by)
        approve(made, self.owner, "owner", fresh)
        return str(made.pk)

    def state(self) -> dict[str, Any]:
        """Say what is known of the box: facts of its own, what it allows, tasks and how they stand."""
        from tojimari.portal.devices.models import Device
        from tojimari.portal.sensors.models import GatewayBox
        from tojimari.portal.updates.models import Actuator, DeviceTask

        devices, tasks = Device.objects.of(self.company), DeviceTask.objects.of(self.company)
        told = [one.last_report_at.isoformat() if one.last_report_at else None for one in devices]
        actuators = Actuator.objects.of(self.company)
        until = [one.isolated_until for one in actuators]
        return {
            "devices": [one.name for one in devices],
            "reported_at": told,
            "allows": [sorted(one.kinds or ()) for one in actuators],
            "isolated_until": [one.isoformat() if one else None for one in until],
            "tasks": [
                [one.proposal.kind, one.state, one.reason] for one in tasks.order_by("sequence")
            ],
            "box": [one.state for one in GatewayBox.objects.of(self.company)],
        }


def main() -> int:
    """Serve, and do what is asked for by lines."""
    folder = Path(sys.argv[1])
    _surroundings(folder)
    run = [sys.executable, "-m", "tojimari"]
    log = (folder / "portal.log").open("ab")
    subprocess.run([*run, "portal", "migrate"], check=True, stdout=log, stderr=log)
    running = [
        subprocess.Popen([*run, *words], stdout=log, stderr=log)
        for words in (["serve", "--port", str(INNER)], ["worker"])
    ]
    running.append(_nginx(folder))
    try:
        import django

        django.setup()
        office = Office()
        _wait()
        print(json.dumps("ready"), flush=True)
        for line in sys.stdin:
            what, *words = line.split()
            values = dict(word.split("=", 1) for word in words[1:])
            try:
                answer = (
                    office.give(words[0], **values) if what == "give" else getattr(office, what)()
                )
            except Exception as error:  # noqa: BLE001  # said to whoever asked, who waits for a line
                answer = f"{type(error).__name__}: {error}"
            print(json.dumps(answer, ensure_ascii=False), flush=True)
    finally:
        for one in running:
            one.terminate()
    return 0


def _wait() -> None:
    until = time.monotonic() + 120
    while time.monotonic() < until:
        with contextlib.suppress(OSError):
            asked = urllib.request.Request(f"http://127.0.0.1:{INNER}/health/")
            asked.add_header("Host", f"{HOST}:{PORT}")
            asked.add_header("X-Forwarded-Proto", "https")
            with urllib.request.urlopen(asked, timeout=5) as answer:
                if answer.status == 200:
                    return
        time.sleep(0.3)
    raise SystemExit("the portal does not answer")


if __name__ == "__main__":
    sys.exit(main())
