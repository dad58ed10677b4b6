"""squid and ClamAV: unencrypted downloads of the office network pass a virus scanner."""

from collections.abc import Iterator

from tojimari.box.rendering.file import INTERCEPTED, PROBE_IPV4, Places, RenderedFile, heading
from tojimari.box.settings import Downloads, Settings
from tojimari.model import LANGS, Lang, Text

SQUID = "/etc/squid/conf.d/tojimari-box.conf"
SCANNER = "/etc/c-icap/tojimari-box.conf"
TEMPLATES = "/etc/c-icap/tojimari-templates"
_CLAMD = "/run/clamav/clamd.ctl"
_ICAP = 1344


def download_files(settings: Settings, places: Places) -> Iterator[RenderedFile]:
    """Return what is added to squid's configuration, the scanner's configuration, and its unit."""
    downloads = settings.downloads
    if downloads is None:
        return
    yield RenderedFile(SQUID, _squid(settings, downloads), "downloads")
    yield RenderedFile(SCANNER, _scanner(downloads, places), "downloads")
    for lang in LANGS:
        page = f"{TEMPLATES}/virus_scan/{lang}/VIRUS_FOUND"
        yield RenderedFile(page, _refused(lang), "downloads")
    unit = (
        f"{heading()}[Unit]\nDescription=c-icap: hands downloads to ClamAV\nAfter=clamav-daemon.service\n"
        "StartLimitIntervalSec=0\n\n"
        f"[Service]\nExecStart=/usr/bin/c-icap -N -f {SCANNER}\nUser=c-icap\nGroup=c-icap\n"
        "RuntimeDirectory=c-icap\nRestart=always\nRestartSec=5\nNoNewPrivileges=yes\nPrivateTmp=yes\n\n"
        "[Install]\nWantedBy=multi-user.target\n"
    )
    yield RenderedFile("/etc/systemd/system/tojimari-box-scanner.service", unit, "downloads")


_REFUSED = (
    Text(ja="ダウンロードを止めました", en="The download was stopped"),
    Text(
        ja="このファイルには、ウイルスが見つかりました。会社の箱が止めたので、パソコンには届いていません。",
        en="A virus was found in this file. Your company's box stopped it, so it did not reach the computer.",
    ),
    Text(
        ja="することはありません。仕事に要るファイルなら、送った人に電話で確かめてください。",
        en="There is nothing to do. If you need the file for your work, call whoever sent it.",
    ),
    Text(ja="見つかったもの:", en="What was found:"),
)
"""What stands in place of a download that was refused. Its address is not shown: others made it."""


def _refused(lang: Lang) -> str:
    title, what, do, found = (text.say(lang) for text in _REFUSED)
    return (
        f"<!-- {heading('').strip()} -->\n"
        f'<!doctype html><html lang="{lang}"><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{title}</title>"
        '<body style="max-width:36rem;margin:2rem auto;padding:0 1rem;font:1.1rem/1.7 sans-serif">'
        f"<h1>{title}</h1><p>{what}</p><p><b>{do}</b></p><p><small>{found} %VVN</small></p></body></html>\n"
    )


def _squid(settings: Settings, downloads: Downloads) -> str:
    # Squid's "bypass" hands a download on unread when the scanner does not answer.
    bypass = "on" if downloads.when_dead == "let_through" else "off"
    lines = [
        # Else squid asks for the box's own name, half a minute long where no name server answers.
        "visible_hostname tojimari-box",
        "pinger_enable off",
        f"http_port {INTERCEPTED} intercept",
        f"acl tojimari_office src {settings.office.own_ipv4.network} {PROBE_IPV4[1]}",
        "icap_enable on",
        # So long a scanner that is back is still left aside; squid's own figure is three minutes.
        "icap_service_revival_delay 30",
        f"icap_service tojimari_scan respmod_precache bypass={bypass} icap://127.0.0.1:{_ICAP}/virus_scan",
        "adaptation_access tojimari_scan allow tojimari_office",
        "http_access allow tojimari_office",
        "cache deny all",
        "forwarded_for delete",
        # Names and addresses people visit are nobody's business here.
        "access_log none",
    ]
    return heading() + "\n".join(lines) + "\n"


def _scanner(downloads: Downloads, places: Places) -> str:
    lines = [
        "PidFile /run/c-icap/c-icap.pid",
        "CommandsSocket /run/c-icap/c-icap.ctl",
        f"Port 127.0.0.1:{_ICAP}",
        "TmpDir /tmp",
        "ServerLog /dev/null",
        "DebugLevel 0",
        f"ModulesDir /usr/lib/{places.libraries}/c_icap",
        f"ServicesDir /usr/lib/{places.libraries}/c_icap",
        f"TemplateDir {TEMPLATES}/",
        "TemplateDefaultLanguage ja",
        "Service virus_scan virus_scan.so",
        "Module common clamd_mod.so",
        f"clamd_mod.ClamdSocket {_CLAMD}",
        "virus_scan.DefaultEngine clamd",
        "virus_scan.ScanFileTypes TEXT DATA EXECUTABLE ARCHIVE GIF JPEG MSOFFICE",
        "virus_scan.SendPercentData 0",
        f"virus_scan.MaxObjectSize {downloads.biggest_mb}M",
        # Squid's "bypass" does not know of a ClamAV that is dead behind a scanner that answers.
        f"virus_scan.PassOnError {'on' if downloads.when_dead == 'let_through' else 'off'}",
    ]
    return heading() + "\n".join(lines) + "\n"
