"""Somebody who walks through pages without a browser."""

import http.cookiejar
import re
import urllib.parse
import urllib.request

from tests.support.patience import PATIENCE


class Visitor:
    """A browser without scripts: keeps cookies, follows redirects, sends forms."""

    def __init__(self) -> None:
        jar = urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar())
        self.opener = urllib.request.build_opener(jar)
        self.address = ""
        """Of the page that came last."""

    def get(self, address: str) -> str:
        """Return the page at ``address``."""
        with self.opener.open(address, timeout=PATIENCE) as answer:
            self.address = answer.url
            return str(answer.read().decode())

    def press(self, page: str, address: str, **words: str) -> str:
        """Send the form of ``page`` to ``address``; return the page that comes."""
        token = re.search(r'csrfmiddlewaretoken" value="(\w+)"', page)
        assert token is not None
        body = urllib.parse.urlencode({"csrfmiddlewaretoken": token[1], **words}).encode()
        sent = urllib.request.Request(address, body, {"Referer": address})
        with self.opener.open(sent, timeout=PATIENCE) as answer:
            self.address = answer.url
            return str(answer.read().decode())
