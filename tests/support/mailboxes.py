"""Debian's dovecot on loopback: a mailbox that mail is delivered into by LMTP and fetched by IMAP."""

import imaplib
import os
import pwd
import shutil
import smtplib
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.support.patience import PATIENCE
from tests.support.ports import free_port

DOVECOT = shutil.which("dovecot", path="/usr/sbin:/usr/bin:/sbin:/bin")
USER, PASSWORD = "desk@mailbox.example", "a?b/c@d"


class Mailbox:
    """One person's mailbox, whoever a mail is addressed to."""

    def __init__(self, folder: Path, imap: int, lmtp: int) -> None:
        self.folder, self.imap, self.lmtp = folder, imap, lmtp

    @property
    def url(self) -> str:
        from urllib.parse import quote

        name, word = quote(USER, safe=""), quote(PASSWORD, safe="")
        return f"imap://{name}:{word}@127.0.0.1:{self.imap}/INBOX"

    def deliver(self, sender: str, to: str, data: bytes) -> None:
        """Deliver a mail as a provider does."""
        with smtplib.LMTP("127.0.0.1", self.lmtp) as server:
            assert not server.sendmail(sender, [to], data)

    @contextmanager
    def opened(self) -> Iterator[imaplib.IMAP4]:
        box = imaplib.IMAP4("127.0.0.1", self.imap, timeout=PATIENCE)
        box.login(USER, PASSWORD)
        try:
            yield box
        finally:
            box.logout()

    def there(self, folder: str) -> int:
        """Return how many mails are in a folder; 0 where there is none."""
        with self.opened() as box:
            state, said = box.select(folder, readonly=True)
            return int(said[0] or 0) if state == "OK" else 0

    def begin_anew(self) -> None:
        """Lose the mailbox and make it again: UIDs begin at 1, UIDVALIDITY is another."""
        mail = self.folder / "mail"
        for name in ("cur", "new", "tmp"):
            shutil.rmtree(mail / name, ignore_errors=True)
        for one in mail.glob("dovecot*"):
            one.unlink()


@contextmanager
def dovecot() -> Iterator[Mailbox]:
    """Run a dovecot with one mailbox; as root it runs as nobody."""
    assert DOVECOT, "install dovecot-imapd and dovecot-lmtpd"
    folder = Path(tempfile.mkdtemp(prefix="tojimari-imap-"))
    folder.chmod(0o755)
    user = "nobody" if os.geteuid() == 0 else pwd.getpwuid(os.geteuid()).pw_name
    entry = pwd.getpwnam(user)
    mail = folder / "mail"
    mail.mkdir()
    if os.geteuid() == 0:
        os.chown(mail, entry.pw_uid, entry.pw_gid)
    box = Mailbox(folder, free_port(), free_port())
    config = folder / "dovecot.conf"
    version = subprocess.run([DOVECOT, "--version"], capture_output=True, text=True).stdout
    of_its_release = _since_2_4 if version.startswith("2.4") else _before_2_4
    config.write_text(
        f"""{of_its_release(entry, mail)}
protocols = imap lmtp
base_dir = {folder}/run
state_dir = {folder}/state
log_path = {folder}/log
ssl = no
default_internal_user = {user}
default_login_user = {user}
default_internal_group = {_group(entry.pw_gid)}
first_valid_uid = {entry.pw_uid}
last_valid_uid = {entry.pw_uid}
first_valid_gid = {entry.pw_gid}
listen = 127.0.0.1
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {box.imap}
  }}
  inet_listener imaps {{
    port = 0
  }}
}}
service lmtp {{
  inet_listener lmtp {{
    port = {box.lmtp}
  }}
}}
service anvil {{
  chroot =
}}
service stats {{
  chroot =
}}
"""
    )
    log = (folder / "out").open("wb")
    running = subprocess.Popen([DOVECOT, "-F", "-c", str(config)], stdout=log, stderr=log)
    try:
        until = time.monotonic() + PATIENCE
        while True:
            try:
                with box.opened():
                    break
            except (OSError, imaplib.IMAP4.error):
                if running.poll() is not None or time.monotonic() > until:
                    said = [p.read_text() for p in (folder / "out", folder / "log") if p.exists()]
                    raise AssertionError("\n".join(said)) from None
                time.sleep(0.1)
        yield box
    finally:
        running.terminate()
        running.wait()
        log.close()
        shutil.rmtree(folder, ignore_errors=True)


def _before_2_4(entry: pwd.struct_passwd, mail: Path) -> str:
    """As Debian 12 and Ubuntu 24.04 have it."""
    return f"""
disable_plaintext_auth = no
mail_location = maildir:{mail}
passdb {{
  driver = static
  args = password={PASSWORD}
}}
userdb {{
  driver = static
  args = uid={entry.pw_uid} gid={entry.pw_gid} home={mail} allow_all_users=yes
}}
"""


def _since_2_4(entry: pwd.struct_passwd, mail: Path) -> str:
    """As Debian 13 has it: settings have other names, and the file says of which version it is."""
    return f"""dovecot_config_version = 2.4.0
dovecot_storage_version = 2.4.0
auth_allow_cleartext = yes
mail_driver = maildir
mail_path = {mail}
passdb static {{
  password = {PASSWORD}
}}
userdb static {{
  allow_all_users = yes
  fields {{
    uid = {entry.pw_uid}
    gid = {entry.pw_gid}
    home = {mail}
  }}
}}
"""


def _group(number: int) -> str:
    import grp

    return grp.getgrgid(number).gr_name
