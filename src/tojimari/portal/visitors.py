"""What a visitor's browser says it runs on; only to put the fitting words first."""

from django.http import HttpRequest

_PHONES = (("iPhone", "ios"), ("iPad", "ipados"), ("Android", "android"))
_COMPUTERS = (("Windows", "windows"), ("Macintosh", "macos"), ("Linux", "linux"))


def _claimed(request: HttpRequest, words: tuple[tuple[str, str], ...]) -> str:
    agent = request.META.get("HTTP_USER_AGENT", "")
    return next((system for word, system in words if word in agent), "")


_BROWSERS = (
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser", "Samsung Internet"),
    ("Firefox", "Firefox"),
    ("FxiOS", "Firefox"),
    ("CriOS", "Chrome"),
    ("Chrome", "Chrome"),
    ("Safari", "Safari"),
)
"""A browser names those it is like too: the first that fits is the one it is."""
_SYSTEMS = (*((word, word) for word, _ in _PHONES), *((word, word) for word, _ in _COMPUTERS))


def described(agent: str) -> str:
    """Return what a browser claims to be, as people call it: "Chrome (Windows)".

    The beginning of the claim itself where it names nothing that is known.
    """
    browser = next((name for word, name in _BROWSERS if word in agent), "")
    system = next((name for word, name in _SYSTEMS if word in agent), "")
    system = "Mac" if system == "Macintosh" else system
    if browser and system:
        return f"{browser} ({system})"
    return browser or system or agent[:60]


def phone_of(request: HttpRequest) -> str:
    """Return the phone system a browser claims: ios, ipados, android, or ""."""
    return _claimed(request, _PHONES)


def computer_of(request: HttpRequest) -> str:
    """Return the computer system a browser claims: windows, macos, linux, or ""."""
    return "" if phone_of(request) else _claimed(request, _COMPUTERS)
