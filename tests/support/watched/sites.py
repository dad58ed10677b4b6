"""Four made-up sites, written the way the systems behind many Japanese company sites write pages.

A site: path -> (content type, bytes). All text is our own.
"""

import json
from collections.abc import Callable

Files = dict[str, tuple[str, bytes]]

HTML = "text/html; charset=UTF-8"
JS = "text/javascript"

_EMOJI = """/*! This file is auto-generated */
window._wpemojiSettings = {"baseUrl":"https:\\/\\/s.w.org\\/images\\/core\\/emoji\\/15.0.3\\/72x72\\/","ext":".png","source":{"concatemoji":"http:\\/\\/www.shop.test\\/wp-includes\\/js\\/wp-emoji-release.min.js?ver=6.5.2"}};
!function(i,n){var o,s;function c(e){try{var t={supportTests:e,timestamp:(new Date).valueOf()};sessionStorage.setItem(o,JSON.stringify(t))}catch(e){}}function p(e,t,n){e.clearRect(0,0,e.canvas.width,e.canvas.height),e.fillText(t,0,0);return new Uint32Array(e.getImageData(0,0,e.canvas.width,e.canvas.height).data)}function u(e){return String.fromCharCode(55356,56826,55356,56819)}i.supports={everything:!0}}(window,document);"""

_GTM = """(function(w,d,s,l,i){w[l]=w[l]||[];w[l].push({'gtm.start':new Date().getTime(),event:'gtm.js'});var f=d.getElementsByTagName(s)[0],j=d.createElement(s),dl=l!='dataLayer'?'&l='+l:'';j.async=true;j.src='https://www.googletagmanager.com/gtm.js?id='+i+dl;f.parentNode.insertBefore(j,f);})(window,document,'script','dataLayer','GTM-AB12CD3');"""


def _wordpress_page(title: str, main: str, extra: str = "") -> str:
    return f"""<!DOCTYPE html>
<html lang="ja">
<head>
<meta charset="UTF-8" />
<meta name="viewport" content="width=device-width, initial-scale=1" />
<meta name='robots' content='max-image-preview:large' />
<title>{title}</title>
<link rel="alternate" type="application/rss+xml" title="フィード" href="http://www.shop.test/feed/" />
<script>{_EMOJI}</script>
<style id='wp-block-navigation-inline-css'>.wp-block-navigation{{position:relative}}.wp-block-navigation__responsive-container{{display:none}}.screen-reader-text{{position:absolute;left:-9999px}}</style>
<link rel='stylesheet' id='plugin-css' href='http://www.shop.test/wp-content/plugins/forms-easy/style.css?ver=5.9.3' media='all' />
<script src="http://www.shop.test/wp-includes/js/jquery/jquery.min.js?ver=3.7.1" id="jquery-core-js"></script>
<script src="http://www.shop.test/wp-content/plugins/slider-x/assets/slider.min.js?ver=4.2.1" id="slider-js"></script>
<script>{_GTM}</script>
<meta name="generator" content="WordPress 6.5.2" />
</head>
<body class="home page-template-default wp-embed-responsive">
<noscript><iframe src="https://www.googletagmanager.com/ns.html?id=GTM-AB12CD3" height="0" width="0" style="display:none;visibility:hidden"></iframe></noscript>
<a class="skip-link screen-reader-text" href="#wp--skip-link--target">本文へ</a>
<div class="wp-site-blocks">
<header class="wp-block-template-part"><div class="wp-block-group alignwide is-layout-flex">
<p class="wp-block-site-title"><a href="http://www.shop.test/" rel="home">みどり工務店</a></p>
<nav class="wp-block-navigation" aria-label="メニュー"><ul class="wp-block-navigation__container">
<li class="wp-block-navigation-item"><a href="http://www.shop.test/company/"><span>会社の紹介</span></a></li>
<li class="wp-block-navigation-item"><a href="http://www.shop.test/works/"><span>施工例</span></a></li>
<li class="wp-block-navigation-item"><a href="http://www.shop.test/contact/"><span>お問い合わせ</span></a></li>
</ul></nav></div></header>
<main class="wp-block-group" id="wp--skip-link--target">
{main}
</main>
<footer class="wp-block-template-part"><p>みどり工務店 〒380-0000 長野県</p>
<p><a href="https://www.instagram.com/midori.example">Instagram</a> <a href="https://ja.wordpress.org">WordPress</a></p></footer>
</div>
{extra}
<script id="forms-easy-js-extra">
var formsEasy = {{"api":{{"root":"http:\\/\\/www.shop.test\\/wp-json\\/","nonce":"a1b2c3d4e5"}},"cached":"1"}};
</script>
<script src="http://www.shop.test/wp-content/plugins/forms-easy/includes/js/index.js?ver=5.9.3" id="forms-easy-js"></script>
</body>
</html>
"""


def wordpress() -> Files:
    """A builder's site with a block theme, a form plugin, a slider and a tag manager."""
    news = "\n".join(
        f"""<li class="wp-block-post post-{n}"><h3 class="wp-block-post-title"><a href="http://www.shop.test/2026/0{n}/osirase-{n}/">お知らせ その{n}</a></h3><time datetime="2026-0{n}-10">2026年{n}月10日</time></li>"""
        for n in range(1, 5)
    )
    front = f"""<h1 class="wp-block-heading">木の家を建てます</h1>
<figure class="wp-block-image"><img src="http://www.shop.test/wp-content/uploads/2026/03/ie.jpg" alt="家" width="1024" height="600" /></figure>
<p>見積もりは無料です。</p><ul class="wp-block-post-template">{news}</ul>"""
    form = """<h1>お問い合わせ</h1><form action="/contact/#f1" method="post" class="forms-easy">
<input type="hidden" name="_token" value="9f8e7d6c5b" />
<p><label>お名前<input type="text" name="your-name" /></label></p><p><label>メール<input type="email" name="your-email" /></label></p>
<p><label>内容<textarea name="your-message"></textarea></label></p><p><input type="submit" value="送る" /></p></form>"""
    files: Files = {
        "/": (HTML, _wordpress_page("みどり工務店｜木の家", front).encode()),
        "/company/": (
            HTML,
            _wordpress_page(
                "会社の紹介｜みどり工務店", "<h1>会社の紹介</h1><p>昭和50年から。</p>"
            ).encode(),
        ),
        "/works/": (
            HTML,
            _wordpress_page("施工例｜みどり工務店", "<h1>施工例</h1><p>20棟</p>").encode(),
        ),
        "/contact/": (HTML, _wordpress_page("お問い合わせ｜みどり工務店", form).encode()),
        "/wp-includes/js/jquery/jquery.min.js": (JS, _library().encode()),
        "/wp-content/plugins/slider-x/assets/slider.min.js": (
            JS,
            b"/*! slider x 4.2.1 */(function($){$.fn.sliderX=function(o){return this.each(function(){$(this).addClass('on')})}})(jQuery);",
        ),
        "/wp-content/plugins/forms-easy/includes/js/index.js": (
            JS,
            b"(()=>{'use strict';document.querySelectorAll('form.forms-easy').forEach(f=>{f.addEventListener('submit',e=>{e.preventDefault();fetch(formsEasy.api.root+'forms/v1',{method:'POST',body:new FormData(f)})})})})();",
        ),
    }
    for n in range(1, 5):
        text = f"<h1>お知らせ その{n}</h1><p>{n}月の休みは第{n}水曜です。</p>"
        page = _wordpress_page(f"お知らせ その{n}｜みどり工務店", text)
        files[f"/2026/0{n}/osirase-{n}/"] = (HTML, page.encode())
    return with_sitemap(files)


def _library() -> str:
    """A library of many uses, as jQuery is: it knows keys, fields, sending and loading."""
    return (
        "/*! library v3.7.1 | https://library.example/license */"
        '!function(e,t){"use strict";function n(e){var n=t.createElement("script");n.text=e,t.head.appendChild(n)}'
        'var r=String.fromCharCode;"blur focus keydown keypress keyup submit".split(" ").forEach(function(){});'
        "e.ajax=function(o){var x=new e.XMLHttpRequest;x.open(o.type,o.url),x.send(o.data)};"
        "e.val=function(i){return i.value};e.unescape=function(s){return s.replace(/x/,function(t){return r(t)})};"
        "e.globalEval=function(s){n(s)}}(window,document);"
    )


def _shop_page(title: str, main: str) -> str:
    return f"""<!doctype html>
<html lang="ja">
<head prefix="og: http://ogp.me/ns#">
<meta charset="utf-8">
<meta name="eccube-csrf-token" content="Zx81kdQpLr0a7vM">
<title>きたや酒店 / {title}</title>
<link rel="icon" href="/html/user_data/assets/img/common/favicon.ico">
<link rel="stylesheet" href="https://cdnjs.cloudflare.com/ajax/libs/bootstrap/3.4.1/css/bootstrap.min.css">
<link rel="stylesheet" href="/html/template/default/assets/css/style.css?v=1">
<script src="https://code.jquery.com/jquery-3.6.0.min.js" integrity="sha256-x" crossorigin="anonymous"></script>
<script async src="https://www.googletagmanager.com/gtag/js?id=G-KITAYA0001"></script>
<script>window.dataLayer=window.dataLayer||[];function gtag(){{dataLayer.push(arguments);}}gtag('js',new Date());gtag('config','G-KITAYA0001');</script>
<script>$(function(){{$.ajaxSetup({{'headers':{{'ECCUBE-CSRF-TOKEN':$('meta[name="eccube-csrf-token"]').attr('content')}}}});}});</script>
</head>
<body id="page_homepage" class="front_page">
<div class="ec-layoutRole"><div class="ec-layoutRole__header">
<div class="ec-headerNaviRole"><div class="ec-headerSearch"><form method="get" class="searchform" action="/products/list"><div class="ec-select"><select name="category_id" class="category_id"><option value="">すべて</option><option value="1">日本酒</option></select></div><div class="ec-input"><input type="search" name="name" maxlength="50" class="search-name" placeholder="さがす"></div></form></div>
<div class="ec-headerNav"><a href="/entry">新規登録</a> <a href="/mypage/login">ログイン</a></div></div>
<div class="ec-categoryNaviRole"><ul class="ec-itemNav__nav"><li><a href="/products/list?category_id=1">日本酒</a></li><li><a href="/products/list?category_id=2">焼酎</a></li></ul></div></div>
<div class="ec-layoutRole__contents"><div class="ec-layoutRole__main">{main}</div></div>
<div class="ec-layoutRole__footer"><ul class="ec-footerNavi"><li><a href="/help/about">お店について</a></li><li><a href="/help/tradelaw">特定商取引法</a></li><li><a href="/contact">お問い合わせ</a></li></ul></div></div>
<div class="ec-overlayRole"></div><div class="ec-drawerRole" style="display:none"><a href="/mypage/login">ログイン</a></div>
<script>var eccube_lang={{"common.delete_confirm":"消しますか"}};</script>
<script src="/html/template/default/assets/js/function.js?v=1"></script>
<script src="/html/template/default/assets/js/eccube.js?v=1"></script>
</body></html>
"""


def shop() -> Files:
    """A shop with a log-in and a page that asks for a card."""
    shelf = "".join(
        f"""<li class="ec-shelfGrid__item"><a href="/products/detail/{n}"><p class="ec-shelfGrid__item-image"><img src="/html/upload/save_image/sake{n}.jpg"></p><p>地酒 {n}号</p><p class="price02-default">￥{n},500</p></a></li>"""
        for n in range(1, 6)
    )
    login = """<form name="login_mypage" id="login_mypage" method="post" action="/mypage/login"><input type="email" name="login_email" placeholder="メール"><input type="password" name="login_pass"><input type="hidden" name="_csrf_token" value="q1w2e3r4t5"><button type="submit">ログイン</button></form>"""
    card = """<form id="shopping-form" method="post" action="/shopping/checkout"><input type="text" name="card_no" autocomplete="cc-number"><input type="text" name="card_exp"><input type="text" name="security_code"><button>注文する</button></form>"""
    contact = """<form method="post" action="/contact" class="h-adr"><input type="text" name="contact[name]"><input type="email" name="contact[email]"><textarea name="contact[contents]"></textarea><button type="submit">確認</button></form>"""
    pages = {
        "/": ("TOPページ", f'<h1>地酒の店</h1><ul class="ec-shelfGrid">{shelf}</ul>'),
        "/products/list": ("商品一覧", f'<ul class="ec-shelfGrid">{shelf}</ul>'),
        "/mypage/login": ("ログイン", login),
        "/entry": ("会員登録", '<p>会員になる</p><a href="/shopping/card">カードの登録</a>'),
        "/shopping/card": ("ご注文", card),
        "/contact": ("お問い合わせ", contact),
        "/help/about": ("お店について", "<p>駅前で五十年。</p>"),
        "/help/tradelaw": ("特定商取引法", "<p>送料は全国一律です。</p>"),
    }
    files: Files = {path: (HTML, _shop_page(*page).encode()) for path, page in pages.items()}
    for n in range(1, 6):
        text = f'<h2>地酒 {n}号</h2><p class="ec-price">￥{n},500</p><form action="/products/add/{n}" method="post"><input type="number" name="quantity" value="1"><button>入れる</button></form>'
        files[f"/products/detail/{n}"] = (HTML, _shop_page(f"地酒 {n}号", text).encode())
    files["/html/template/default/assets/js/function.js"] = (
        JS,
        b"$(function(){$('.pagetop').hide();$(window).on('scroll',function(){$('.pagetop').toggle($(this).scrollTop()>100)});$('.ec-headerNavSP').on('click',function(){$('.ec-drawerRole').toggleClass('is_active')})});",
    )
    files["/html/template/default/assets/js/eccube.js"] = (
        JS,
        b"(function(window){var eccube=window.eccube||{};eccube.isString=function(o){return typeof o==='string'};eccube.submitForm=function(v,f){document.forms[f].submit()};window.eccube=eccube})(window);",
    )
    return with_sitemap(files)


def _hand_page(title: str, main: str) -> bytes:
    return f"""<HTML><HEAD><META http-equiv="Content-Type" content="text/html; charset=Shift_JIS">
<TITLE>{title}</TITLE>
<SCRIPT language="JavaScript"><!--
function hiduke(){{var d=new Date();document.write(d.getFullYear()+"年"+(d.getMonth()+1)+"月"+d.getDate()+"日");}}
//--></SCRIPT></HEAD>
<BODY bgcolor="#ffffff" background="kabe.gif"><CENTER><FONT size=5 color=blue>{title}</FONT><BR>
<SCRIPT>hiduke()</SCRIPT>
<TABLE border=1 width=600><TR><TD width=120 valign=top><A href="index.html">入口</A><BR><A href="annai.html">ご案内</A><BR><A href="tizu.html">地図</A><BR><A href="toiawase.html">お便り</A></TD><TD>
{main}
</TD></TR></TABLE>
<IMG src="/cgi-bin/count/dream.cgi?id=main" alt="counter">
<HR><A href="http://www.town.example.jp/">町のページ</A> <A href="javascript:history.back()">もどる</A></CENTER></BODY></HTML>
""".encode("cp932")


def by_hand() -> Files:
    """A noodle shop's pages, written by hand long ago in Shift_JIS, tags in capitals."""
    kind = "text/html"
    mail = '<FORM method="POST" action="/cgi-bin/mail.cgi">お名前<INPUT name="namae"><BR>お便り<TEXTAREA name="tegami"></TEXTAREA><INPUT type="submit" value="送信"></FORM>'
    files: Files = {
        "/": (
            kind,
            _hand_page(
                "手打ちそば 山路", "<P>ようこそ。<P>11月24日 新そば始めました。<IMG src=soba.jpg>"
            ),
        ),
        "/annai.html": (
            kind,
            _hand_page("ご案内", "<UL><LI>もり 700円<LI>かけ 750円<LI>天ざる 1400円</UL>"),
        ),
        "/tizu.html": (kind, _hand_page("地図", "<P>駅から歩いて十分です。")),
        "/toiawase.html": (kind, _hand_page("お便り", mail)),
    }
    files["/index.html"] = files["/"]
    return files


def _builder_page(title: str, main: str) -> str:
    model = json.dumps(
        {
            "siteId": "5f7c9b2e-1d0a-4c6e-9f3b-7a2d4e8c1b60",
            "sessionId": "eyJhbGciOiJIUzI1NiJ9.c2Vzc2lvbi0xMjM0NTY3ODkw.abcdEFGHijkl",
            "components": [{"id": f"comp-{n:04x}", "type": "Text"} for n in range(80)],
        }
    )
    return f"""<!DOCTYPE html>
<html lang="ja"><head><meta charset="utf-8"/><meta name="generator" content="Site Builder"/>
<title>{title}</title>
<script type="application/json" id="page-model">{model}</script>
<script>window.__start={{"t":1732412345678,"x":"a9f3c2"}};(function(){{var q=[];window.queue=function(e){{q.push(e)}}}})();</script>
<script src="https://static.builder-parts.example/runtime/1.13948.0/main.bundle.min.js" crossorigin="anonymous"></script>
<script src="https://static.builder-parts.example/runtime/1.13948.0/vendor.bundle.min.js" crossorigin="anonymous"></script>
<script src="https://assets.builder-analytics.example/collect.js" async></script>
</head><body class="responsive"><div id="SITE_CONTAINER"><div id="main_MF">
<header id="SITE_HEADER"><div style="visibility:hidden" class="mobile"><a href="/menu">メニュー</a></div><nav><a href="/">ホーム</a><a href="/menu">メニュー</a><a href="/access">アクセス</a><a href="/blog">ブログ</a></nav></header>
<div id="PAGES_CONTAINER">{main}</div>
<footer><a href="https://www.facebook.com/hanabi.example">Facebook</a></footer></div></div>
<div id="popup-root" style="display:none"><form action="/_api/subscribe" method="post"><input type="email" name="email"></form></div>
<script>queue({{"page":"{title}","count":1483}});</script>
</body></html>
"""


def builder() -> Files:
    """A hair salon's site from a site builder: much script, few tags, numbers that always change."""
    pages = {
        "/": ("美容室 はなび", '<section class="comp-0001"><h1>美容室 はなび</h1><p>予約は電話で。</p><div style="opacity:1"><img src="https://static.builder-parts.example/media/abc_1.jpg"></div></section>'),
        "/menu": ("メニュー | 美容室 はなび", "<ul><li>カット 4,400円</li><li>カラー 6,600円</li></ul>"),
        "/access": ("アクセス | 美容室 はなび", "<p>駅前通り1-2</p>"),
        "/blog": ("ブログ | 美容室 はなび", "<article><h2>秋の髪型</h2><p>短めが人気です。</p></article>"),
    }  # fmt: skip
    return with_sitemap(
        {path: (HTML, _builder_page(*page).encode()) for path, page in pages.items()}
    )


def with_sitemap(files: Files) -> Files:
    """Return a site with the sitemap of its pages."""
    places = "".join(
        f"<url><loc>http://www.shop.test{path}</loc></url>"
        for path, (kind, _) in files.items()
        if "html" in kind
    )
    text = f'<?xml version="1.0" encoding="UTF-8"?><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{places}</urlset>'
    return files | {"/sitemap.xml": ("application/xml", text.encode())}


SITES: dict[str, Callable[[], Files]] = {
    "WordPress": wordpress,
    "EC-CUBE": shop,
    "by hand (Shift_JIS)": by_hand,
    "site builder": builder,
}
