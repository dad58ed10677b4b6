"""Lines of a made record, chained."""

from datetime import UTC, datetime, timedelta

from tojimari.respond.record import Entry, Leaf, Shown, blind, digest_of, moment_text, new_salt

RECORD = "0b9fbf0e-0000-4000-8000-000000000001"
NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)
FILE = b"a photo"


def line(number: int, previous: str, leaves: dict[str, str], **more) -> Shown:
    made = {name: Leaf(new_salt(), text) for name, text in leaves.items()}
    digests = {
        name: blind(leaf.salt, FILE if name == "file" else leaf.value.encode())
        for name, leaf in made.items()
    }
    size = len(FILE) if "file" in leaves else 0
    entry = Entry(
        **{
            "record": RECORD,
            "number": number,
            "kind": "note",
            "written_at": moment_text(NOW + timedelta(minutes=number)),
            "previous": previous,
            "size": size,
            "digests": digests,
            **more,
        }
    )
    return Shown(entry, digest_of(entry), made)


def record_of(texts: list[str]) -> list[Shown]:
    found: list[Shown] = []
    for number, text in enumerate(texts, 1):
        leaves = {"who": "店主", "text": text}
        if number % 3 == 0:
            leaves |= {"name": "写真.jpg", "file": "evidence/1.jpg"}
        found.append(line(number, found[-1].digest if found else "", leaves))
    return found


def file_there(leaf: Leaf, size: int) -> str | None:
    return blind(leaf.salt, FILE) if size == len(FILE) else ""
