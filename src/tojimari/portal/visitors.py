"""What a visitor's browser says it runs on; only to put the fitting words first."""

from django.http import HttpRequest

_PHONES = (("iPhone", "ios"), ("iPad", "ipados"), ("Android", "android"))
_COMPUTERS = (("Windows", "windows"), ("Macintosh", "macos"), ("Linux", "linux"))


def _claimed(request: HttpRequest, words: tuple[tuple[str, str], ...]) -> str:
    agent = request.META.get("HTTP_USER_AGENT", "")
    return next((system for word, system in words if word in agent), "")


def phone_of(request: HttpRequest) -> str:
    """Return the phone system a browser claims: ios, ipados, android, or ""."""
    return _claimed(request, _PHONES)


def computer_of(request: HttpRequest) -> str:
    """Return the computer system a browser claims: windows, macos, linux, or ""."""
    return "" if phone_of(request) else _claimed(request, _COMPUTERS)
