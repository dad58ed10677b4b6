"""Made-up web sites with every shade of security headers, the same ones for the same seed."""

import random
from collections.abc import Callable
from typing import Any

Case = dict[str, Any]
Reply = dict[str, Any]

_SOURCES = (
    "'self'",
    "'none'",
    "'unsafe-inline'",
    "'unsafe-eval'",
    "'strict-dynamic'",
    "'nonce-abc123'",
    "'sha256-47DEQpj8HBSa'",
    "'SHA384-xyz'",
    "data:",
    "blob:",
    "https:",
    "http:",
    "ftp:",
    "*",
    "https://*",
    "http://*.*",
    "https://*.*",
    "https://cdn.example.com",
    "https://cdn.example.com/a/",
    "https://cdn.example.com/a/b.js",
    "https://cdn.example.com/a%2Fb",
    "http://old.example.com",
    "cdn.example.com",
    "*.example.com",
    "HTTPS://UPPER.example.com",
    "'report-sample'",
    "'unsafe-hashes'",
    "wss://live.example.com",
    "https://bad.example.com/%zz",
)
_TYPED = (*" ;,'=:%*/\".-\t\xa0\xe9", "", "", "X", "1", "%41", "''")
_DIRECTIVES = (
    "default-src",
    "script-src",
    "style-src",
    "object-src",
    "img-src",
    "media-src",
    "font-src",
    "connect-src",
    "frame-src",
    "base-uri",
    "form-action",
    "frame-ancestors",
    "report-uri",
    "report-to",
    "sandbox",
    "upgrade-insecure-requests",
    "Script-Src",
    "x-own",
)
_GOOD_POLICIES = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; form-action 'self'",
    "default-src 'self'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'",
    "default-src 'self'; style-src 'self' 'unsafe-inline'",
    "default-src 'self'; script-src 'nonce-r4nd0m' 'strict-dynamic' https: 'unsafe-inline'",
    "default-src https: 'unsafe-inline' 'unsafe-eval'",
    "upgrade-insecure-requests",
    "frame-ancestors 'self'",
    "default-src 'self'; img-src 'self' http:",
    "default-src 'self'; report-uri /csp; report-uri /csp2",
    "default-src 'self';; ;",
    "default-src",
    "img-src",
    "a b c",
    "",
    "default-src 'self', script-src 'none'",
)
_COOKIE_NAMES = (
    "sid",
    "PHPSESSID",
    "wordpress_logged_in",
    "csrftoken",
    "_ga",
    "lang",
    "LoginToken",
    "__Host-id",
    "__Secure-id",
    "heroku-session-affinity",
    "xsrf",
    "sess_csrf",
    "",
    "samesite",
)
_HSTS = (
    "max-age=31536000",
    "max-age=31536000; includeSubDomains",
    "max-age=63072000; includeSubDomains; preload",
    "max-age=15552000",
    "max-age=15551999",
    "max-age=0",
    "max-age=300; max-age=31536000",
    "MAX-AGE=31536000",
    "max-age = 31536000",
    "max-age= 31536000",
    'max-age="31536000"',
    'max-age="60"',
    "max-age=abc",
    "max-age=",
    "max-age=-1",
    "max-age=+31536000",
    "max-age=31536000abc",
    "max-age=1e9",
    "max-age=31536000, max-age=31536000",
    "includeSubDomains",
    "31536000",
    "",
    "max-age=31536000;",
    ";max-age=31536000",
    "max-age=99999999999999999999999",
)
_SCRIPTS = (
    '<script src="/js/own.js"></script>',
    '<script src="own.js" integrity="sha384-abc"></script>',
    '<script src="https://{site}/own.js"></script>',
    '<script src="https://{site}/own.js" integrity="sha384-abc"></script>',
    '<script src="http://{site}/own.js"></script>',
    '<script src="https://static.shop.test/lib.js"></script>',
    '<script src="https://cdn.example.com/lib.js"></script>',
    '<script src="https://cdn.example.com/lib.js" integrity="sha384-abc" crossorigin="anonymous"></script>',
    '<script src="https://cdn.example.com/lib.js" integrity=""></script>',
    '<script src="http://cdn.example.com/lib.js"></script>',
    '<script src="http://cdn.example.com/lib.js" integrity="sha384-abc"></script>',
    '<script src="//cdn.example.com/lib.js"></script>',
    '<script src="//cdn.example.com/lib.js" integrity="sha384-abc"></script>',
    '<script src="//{site}/lib.js"></script>',
    '<script src="///cdn.example.com/lib.js"></script>',
    '<script src=" //cdn.example.com/lib.js"></script>',
    '<script src="\n https://cdn.example.com/lib.js "></script>',
    '<script src="HTTPS://CDN.Example.com/lib.js"></script>',
    '<script src="https:\\\\cdn.example.com\\lib.js"></script>',
    '<script src="https://user@cdn.example.com:8443/lib.js"></script>',
    '<script src="https://192.0.2.7/lib.js"></script>',
    '<script src="https://[2001:db8::1]/lib.js"></script>',
    '<script src="https://日本語.jp/lib.js" integrity="sha384-abc"></script>',
    '<script src="data:text/javascript,1"></script>',
    '<script src="blob:https://cdn.example.com/1"></script>',
    '<script src=""></script>',
    "<script>var a = 1;</script>",
    '<script type="module" src="/m.js"></script>',
    "<noscript><script src='http://cdn.example.com/n.js'></script></noscript>",
    "<template><script src='http://cdn.example.com/t.js'></script></template>",
    "<!-- <script src='http://cdn.example.com/c.js'></script> -->",
    "<svg><script href='https://cdn.example.com/s.js'></script></svg>",
)
_FRAMES = (
    "DENY",
    "SAMEORIGIN",
    "sameorigin ",
    "ALLOW-FROM https://partner.example.com",
    "ALLOWALL",
    "SAMEORIGIN, SAMEORIGIN",
    "",
)
_REFERRERS = (
    "no-referrer",
    "same-origin",
    "strict-origin",
    "strict-origin-when-cross-origin",
    "origin",
    "origin-when-cross-origin",
    "unsafe-url",
    "no-referrer-when-downgrade",
    "no-referrer, strict-origin-when-cross-origin",
    "strict-origin, nonsense",
    "nonsense",
    "No-Referrer",
    "",
)
_EMBEDDING = ("same-origin", "same-site", "cross-origin", "Same-Origin", "none", "")
_SNIFFING = ("nosniff", "NoSniff", "nosniff, nosniff", "sniff", "")
_TYPES = (
    "text/html",
    "text/html; charset=UTF-8",
    "text/html ; charset=utf-8",
    "TEXT/HTML",
    "application/xhtml+xml",
    "application/json",
    None,
)


class _Maker:
    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.seed = seed
        self.made = 0

    def pick(self, choices: Any) -> Any:
        return self.random.choice(choices)

    def chance(self, share: float) -> bool:
        return self.random.random() < share

    def some(self, choices: Any, least: int, most: int) -> list[Any]:
        return [self.pick(choices) for _ in range(self.random.randint(least, most))]

    def bent(self, text: str, share: float = 0.1) -> str:
        """Return ``text`` with a typing mistake or two, in that share of cases."""
        if not self.chance(share):
            return text
        for _ in range(self.random.randint(1, 3)):
            at = self.random.randint(0, len(text))
            text = text[:at] + self.pick(_TYPED) + text[at + self.random.randint(0, 1) :]
        return text.strip()

    def page(
        self,
        headers: list[list[str]],
        *,
        head: str = "",
        body: str = "",
        kind: str | None = "text/html; charset=utf-8",
        status: int = 200,
        options: Reply | None = None,
    ) -> Reply:
        typed = [["Content-Type", kind]] if kind is not None else []
        html = f"<!doctype html><html><head><title>t</title>{head}</head><body>{body}<p>x</p></body></html>"
        reply = {"status": status, "headers": [*typed, *headers], "body": html}
        return reply | ({"options": options} if options else {})

    def site(
        self,
        about: str,
        secure: Reply | None,
        *,
        plain: Reply | str | None = "to https",
        host: str = "",
        more: dict[str, Any] | None = None,
    ) -> Case:
        host = host or self.host()
        if plain == "to https":
            plain = self.to(f"https://{host}/")
        play: dict[str, Any] = {}
        if plain is not None:
            play["http"] = {"/": plain}
        if secure is not None:
            play["https"] = {"/": secure}
        return {"about": about, "site": host, "hosts": {host: play, **(more or {})}}

    def host(self, below: str = "shop.test") -> str:
        self.made += 1
        return f"s{self.seed}-{self.made}.{below}"

    def to(self, url: str, status: int = 301, headers: Any = ()) -> Reply:
        return {"status": status, "headers": [["Location", url], *headers], "body": ""}

    # What a header may hold.

    def policy(self) -> str:
        if self.chance(0.3):
            return str(self.pick(_GOOD_POLICIES))
        names = list(dict.fromkeys(self.some(_DIRECTIVES, 1, 6)))
        if self.chance(0.04):
            names.append(self.pick(names))
        usual = self.chance(0.5)
        parts = []
        for name in names:
            sources = self.some(_SOURCES[:2] if usual and self.chance(0.6) else _SOURCES, 0, 4)
            parts.append(" ".join([name, *sources]))
        return self.bent(self.pick(("; ", ";", " ; ")).join(parts))

    def cookie(self) -> str:
        name = self.pick(_COOKIE_NAMES)
        parts = [f"{name}={self.pick(('secretvalue', '', 'a=b'))}" if self.chance(0.95) else name]
        if self.chance(0.6):
            parts.append(self.pick(("Secure", "secure", "SECURE=1")))
        if self.chance(0.6):
            parts.append(self.pick(("HttpOnly", "httponly")))
        if self.chance(0.5):
            parts.append(
                self.pick(
                    (
                        "SameSite=Lax",
                        "SameSite=Strict",
                        "samesite=none",
                        "SameSite",
                        "SameSite=odd",
                        "SameSite=",
                        "SameSite = Lax",
                    )
                )
            )
        if self.chance(0.4):
            parts.append(self.pick(("Path=/", "Path=/app", "Path=", "Path=app")))
        if self.chance(0.2):
            parts.append(
                self.pick(
                    (
                        "Domain=shop.test",
                        "Domain=.shop.test",
                        "Domain=test",
                        "Domain=other.test",
                        "Domain=",
                        "Domain=co.jp",
                        "Domain=SHOP.test",
                    )
                )
            )
        if self.chance(0.2):
            parts.append(
                self.pick(
                    (
                        "Max-Age=0",
                        "Max-Age=3600",
                        "Expires=Thu, 01 Jan 1970 00:00:00 GMT",
                        "Expires=Fri, 01 Jan 2100 00:00:00 GMT",
                        "Expires=never",
                    )
                )
            )
        self.random.shuffle(rest := parts[1:])
        return self.bent(self.pick(("; ", ";")).join([parts[0], *rest]))

    def hsts(self) -> list[list[str]]:
        return [["Strict-Transport-Security", self.bent(self.pick(_HSTS))]]

    # Kinds of cases.

    def policies(self) -> Case:
        headers = [["Content-Security-Policy", self.policy()]]
        if self.chance(0.1):
            headers.append(["Content-Security-Policy", self.policy()])
        if self.chance(0.1):
            headers = [["Content-Security-Policy-Report-Only", self.policy()]]
        page = self.page(headers)
        if self.chance(0.1):
            return self.site("policy", None, plain=page)
        return self.site("policy", page)

    def policies_in_page(self) -> Case:
        def meta() -> str:
            content = self.policy().replace('"', "&quot;")
            kind = self.pick(
                (
                    "Content-Security-Policy",
                    "content-security-policy",
                    " Content-Security-Policy ",
                    "Content-Security-Policy-Report-Only",
                    "refresh",
                )
            )
            made = f'<meta http-equiv="{kind}" content="{content}">'
            wrap = ("{}", "{}", "{}", "<noscript>{}</noscript>", "<template>{}</template>")
            return str(self.pick(wrap)).format(made)

        metas = [meta() for _ in range(self.random.randint(1, 3))]
        headers = [["Content-Security-Policy", self.policy()]] if self.chance(0.5) else []
        in_body = self.chance(0.2)
        kind = self.pick(_TYPES) if self.chance(0.15) else "text/html"
        text = "".join(metas)
        page = self.page(
            headers, head="" if in_body else text, body=text if in_body else "", kind=kind
        )
        return self.site("policy in page", page)

    def same_policy_twice(self) -> Case:
        """Header and page say nearly the same: what both allow is what counts."""
        words = self.some(_SOURCES, 1, 5)
        other = [word for word in words if self.chance(0.7)] + self.some(_SOURCES, 0, 2)
        names = self.some(_DIRECTIVES[:6], 1, 3)
        names = list(dict.fromkeys(names))
        first = "; ".join(f"{name} {' '.join(words)}" for name in names)
        second = "; ".join(f"{name} {' '.join(other)}" for name in names if self.chance(0.8))
        page = self.page(
            [["Content-Security-Policy", first]],
            head=f'<meta http-equiv="Content-Security-Policy" content="{second}">',
        )
        return self.site("policy twice", page)

    def cookies(self) -> Case:
        lines = [["Set-Cookie", self.cookie()] for _ in range(self.random.randint(1, 3))]
        guard = [["Strict-Transport-Security", "max-age=31536000"]] if self.chance(0.5) else []
        page = self.page([*lines, *guard])
        if self.chance(0.15):
            return self.site("cookies", None, plain=page)
        if self.chance(0.3):
            host = self.host()
            first = self.to("/top", 302, [["Set-Cookie", self.cookie()]])
            made = self.site("cookies", first, host=host)
            made["hosts"][host]["https"]["/top"] = page
            return made
        return self.site("cookies", page)

    def transport(self) -> Case:
        headers = self.hsts()
        if self.chance(0.1):
            headers += self.hsts()
        below = self.pick(("shop.test",) * 6 + ("preloaded.test", "bad.test"))
        return self.site("hsts", self.page(headers), host=self.host(below))

    def redirects(self) -> Case:
        host, other = self.host(), self.host("other.test")
        www = f"www-{host}"
        page = self.page(self.hsts() if self.chance(0.5) else [])
        status = self.pick((301, 302, 303, 307, 308))
        whole = {"http": {"*": page}, "https": {"*": page}}
        bad, known = self.host("bad.test"), self.host("preloaded.test")
        away = {"http": {"/": self.to(f"https://{other}/")}, "https": {"*": page}}
        shapes: list[tuple[Reply | str | None, Reply | None, dict[str, Any]]] = [
            (self.to(f"https://{host}/", status), page, {}),
            (self.to(f"HTTPS://{host.upper()}/start", status), page, {}),
            (self.to(f"https://{www}/", status), page, {www: whole}),
            (self.to(f"http://{www}/", status), page, {www: away, other: whole}),
            (self.to(f"http://{www}/", status), page, {www: whole}),
            (self.to(f"https://{other}/", status), page, {other: whole}),
            (self.to("/start", status), page, {}),
            (self.to("//" + www + "/x", status), page, {www: whole}),
            (page, page, {}),
            (page, None, {}),
            (None, page, {}),
            (self.to(f"https://{bad}/", status), page, {bad: whole}),
            (self.to(f"https://{host}/", status), None, {}),
            (self.to(f"http://{host}/", status), page, {}),
            (self.to(f"https://{host}/loop", status), page, {}),
            ({"status": status, "headers": [], "body": ""}, page, {}),
            (self.to("ftp://files.example.com/", status), page, {}),
            (
                self.to(f"https://{host}/", status),
                self.to(f"http://{host}/", status),
                {},
            ),
            (self.to(f"https://{host}/", status), self.to(f"https://{www}/"), {www: whole}),
            (self.to(f"https://{known}/", status), page, {known: whole}),
            ({"status": 403, "headers": [], "body": "no"}, page, {}),
        ]
        plain, secure, more = self.pick(shapes)
        made = self.site("redirects", secure, plain=plain, host=host, more=more)
        if isinstance(plain, dict) and any(v == "/start" for _, v in plain.get("headers", ())):
            made["hosts"][host]["http"]["/start"] = self.page([])
        if "https" in made["hosts"][host]:
            made["hosts"][host]["https"].setdefault("/start", page)
            made["hosts"][host]["https"]["/loop"] = self.to(f"https://{host}/loop")
        return made

    def scripts(self) -> Case:
        host = self.host()
        tags = [tag.replace("{site}", host) for tag in self.some(_SCRIPTS, 0, 4)]
        base = self.pick(("https://cdn.example.com/x/", "/sub/", f"https://{host}/", "http:"))
        head = f'<base href="{base}">' if self.chance(0.1) else ""
        kind = self.pick(_TYPES) if self.chance(0.2) else "text/html; charset=utf-8"
        tags = [self.bent(tag, 0.05) for tag in tags]
        half = len(tags) // 2
        page = self.page([], head=head + "".join(tags[:half]), body="".join(tags[half:]), kind=kind)
        if self.chance(0.15):
            return self.site("scripts", None, plain=page, host=host)
        return self.site("scripts", page, host=host)

    def sharing(self) -> Case:
        allowed = self.pick(
            ("*", "{origin}", "https://partner.example.com", "null", "", "* ", "{origin} ")
        )
        headers = [["Access-Control-Allow-Origin", allowed]]
        if self.chance(0.6):
            headers.append(
                ["Access-Control-Allow-Credentials", self.pick(("true", "True", "false"))]
            )
        answer = {"status": self.pick((200, 204, 204, 403, 500)), "headers": headers, "body": ""}
        return self.site("sharing", self.page(headers, options=answer))

    def small(self) -> Case:
        headers = []
        for name, values in (
            ("X-Frame-Options", _FRAMES),
            ("X-Content-Type-Options", _SNIFFING),
            ("Referrer-Policy", _REFERRERS),
            ("Cross-Origin-Resource-Policy", _EMBEDDING),
        ):
            headers += [[name, self.bent(value)] for value in self.some(values, 0, 1)]
            if self.chance(0.05):
                headers.append([name, self.pick(values)])
        head = ""
        if self.chance(0.3):
            head = f'<meta name="{self.pick(("referrer", "Referrer", " referrer "))}" content="{self.pick(_REFERRERS)}">'
        return self.site("small headers", self.page(headers, head=head))

    def robots(self) -> Case:
        """A cookie comes with robots.txt only."""
        host = self.host(self.pick(("shop.test", "bad.test")))
        made = self.site("robots", self.page([]), host=host)
        robots = {"status": 200, "headers": [["Set-Cookie", "sess=secretvalue"]], "body": ""}
        made["hosts"][host]["https"]["/robots.txt"] = robots
        return made

    def well_kept(self) -> Case:
        """Good sites with a fault or two, so that bonus points count and every grade is given."""
        host = self.host()
        headers = []
        for name, values, share in (
            ("Strict-Transport-Security", (*_HSTS[:4], "max-age=300"), 0.85),
            ("X-Content-Type-Options", ("nosniff",), 0.7),
            ("Content-Security-Policy", _GOOD_POLICIES[:8], 0.9),
            ("X-Frame-Options", ("DENY",), 0.6),
            ("Referrer-Policy", _REFERRERS, 0.6),
            ("Cross-Origin-Resource-Policy", _EMBEDDING, 0.5),
            ("Set-Cookie", ("sid=secretvalue; Secure; HttpOnly; SameSite=Lax", "_ga=1"), 0.5),
        ):
            if self.chance(share):
                headers.append([name, self.pick(values)])
        tag = self.pick(_SCRIPTS).replace("{site}", host) if self.chance(0.5) else ""
        return self.site("well kept", self.page(headers, body=tag), host=host)

    def anything(self) -> Case:
        """Some of everything at once."""
        parts = (self.policies, self.cookies, self.transport, self.small, self.scripts)
        made = self.site("anything", self.page([]))
        page = made["hosts"][made["site"]]["https"]["/"]
        for part in parts:
            if self.chance(0.6):
                other = next(iter(part()["hosts"].values()))
                source = (other.get("https") or other.get("http"))["/"]
                page["headers"] += [h for h in source["headers"] if h[0] not in _OWN]
                page["body"] += source["body"]
        page["status"] = self.pick((200, 200, 200, 401, 403, 404, 503))
        return made


_OWN = ("Content-Type", "Location")


def made_up_sites(seed: int, scale: int = 1) -> list[Case]:
    """Return about 100 x ``scale`` cases of every kind."""
    maker = _Maker(seed)
    wanted: tuple[tuple[Callable[[], Case], int], ...] = (
        (maker.policies, 22),
        (maker.policies_in_page, 8),
        (maker.same_policy_twice, 6),
        (maker.cookies, 16),
        (maker.transport, 8),
        (maker.redirects, 10),
        (maker.scripts, 14),
        (maker.sharing, 7),
        (maker.small, 8),
        (maker.robots, 1),
        (maker.well_kept, 16),
        (maker.anything, 6),
    )
    return [make() for make, count in wanted for _ in range(count * scale)]
