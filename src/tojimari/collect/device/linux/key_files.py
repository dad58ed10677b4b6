"""Files of sections with ``key=value`` lines, as display managers and units are set up with."""

from typing import NamedTuple

from tojimari.collect.host import Host, Unavailable


class Setting(NamedTuple):
    """One line of a key file, without comment lines."""

    section: str
    key: str
    value: str


def parse_key_file(text: str) -> list[Setting]:
    """Return the settings in their order; lines of any other form are passed over."""
    section, found = "", []
    for line in text.splitlines():
        line = line.strip()
        if line.startswith("[") and line.endswith("]"):
            section = line[1:-1].strip()
        elif line[:1] not in ("#", ";") and "=" in line:
            key, _, value = line.partition("=")
            found.append(Setting(section, key.strip(), value.strip()))
    return found


def read_key_files(host: Host, *patterns: str) -> list[Setting]:
    """Return the settings of every file that matches, in the patterns' order, then by name."""
    found: list[Setting] = []
    for pattern in patterns:
        for path in host.glob(pattern):
            try:
                found += parse_key_file(host.read(path))
            except Unavailable:
                continue
    return found


def last_value(settings: list[Setting], section: str, key: str) -> str:
    """Return what the last line says for a key of a section; "" where none does."""
    values = [s.value for s in settings if s.section == section and s.key == key]
    return values[-1] if values else ""
