"""apt's configuration as apt reads it: nested blocks, lists, comments, later files over earlier."""

import re
from collections.abc import Iterator

from tojimari.collect.host import Host, Unavailable

_TOKEN = re.compile(
    r"""/\*.*?(?:\*/|\Z)|//[^\n]*|\#clear\b|\#[^\n]*|"([^"\n]*)"|([{};])|([^\s{};"]+)""", re.DOTALL
)
_MOST_TOKENS = 200_000


class AptConf:
    """Values by name. Names are not case-sensitive and are joined by ``::``, as in apt itself."""

    def __init__(self) -> None:
        """Begin with nothing set."""
        self._values: dict[str, str] = {}
        self._lists: dict[str, list[str]] = {}
        self._stated: set[str] = set()

    def value(self, name: str, default: str = "") -> str:
        """Return what ``name`` was last set to, or ``default``."""
        return self._values.get(name.lower(), default).strip()

    def entries(self, name: str) -> tuple[str, ...]:
        """Return the entries of the list ``name``, in the order they were added."""
        return tuple(self._lists.get(name.lower(), ()))

    def states(self, name: str) -> bool:
        """Return whether a block or value of this name was stated at all, be it empty."""
        return name.lower() in self._stated

    def on(self, name: str) -> bool:
        """Return whether ``name`` is set to what apt takes for true."""
        return self.value(name).lower() in ("1", "yes", "true", "with", "on", "enable")

    def add(self, text: str) -> None:
        """Read a file's ``text`` over what is there. What cannot be understood is passed over."""
        scopes: list[str] = []
        words: list[tuple[str, bool]] = []
        for word, quoted in _tokens(text):
            if quoted or word not in ("{", "}", ";"):
                words.append((word, quoted))
                continue
            if word == "{":
                scopes.append(words[0][0] if words else "")
                self._stated.add(_name(scopes))
            else:
                self._statement(scopes, words)
                if word == "}" and scopes:
                    scopes.pop()
            words = []

    def _statement(self, scopes: list[str], words: list[tuple[str, bool]]) -> None:
        if not words:
            return
        if words[0] == ("#clear", False):
            for name, _ in words[1:]:
                self._clear(name)
            return
        (first, quoted), *rest = words
        if quoted and not rest:
            self._lists.setdefault(_name(scopes), []).append(first)
            return
        name = _name([*scopes, first.removesuffix("::")])
        value = rest[0][0] if rest else ""
        self._stated.add(name)
        if first.endswith("::"):
            self._lists.setdefault(name, []).append(value)
        else:
            self._values[name] = value

    def _clear(self, name: str) -> None:
        gone = name.lower().removesuffix("::")
        for known in (self._values, self._lists):
            for key in [key for key in known if key == gone or key.startswith(f"{gone}::")]:
                del known[key]


def _name(scopes: list[str]) -> str:
    return "::".join(scope for scope in scopes if scope).lower()


def _tokens(text: str) -> Iterator[tuple[str, bool]]:
    """Give the words, each with whether it stood in quotes; comments are left out."""
    for count, match in enumerate(_TOKEN.finditer(text)):
        if count > _MOST_TOKENS:
            return
        quoted, mark, word = match.groups()
        if quoted is not None:
            yield quoted, True
        elif mark or word or match.group() == "#clear":
            yield mark or word or "#clear", False


def _counts(name: str) -> bool:
    """Return whether apt reads a file of this name in apt.conf.d (apt.conf(5))."""
    return re.fullmatch(r"[\w-]+|[\w.-]+\.conf", name) is not None


def apt_conf(host: Host) -> AptConf:
    """Return the configuration: the files of apt.conf.d in order, then apt.conf over them."""
    conf = AptConf()
    for path in [*host.glob("/etc/apt/apt.conf.d/*"), "/etc/apt/apt.conf"]:
        if not _counts(path.rsplit("/", 1)[-1]):
            continue
        try:
            conf.add(host.read(path))
        except Unavailable:
            continue
    return conf
