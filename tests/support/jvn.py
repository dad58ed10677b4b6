"""Lists as the MyJVN API answers them (JVNRSS 3.2 with mod_sec 3.0), made up."""

from xml.sax.saxutils import escape, quoteattr

_HEAD = """\
<?xml version="1.0" encoding="UTF-8"?>
<rdf:RDF xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns="http://purl.org/rss/1.0/"
  xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:dc="http://purl.org/dc/elements/1.1/"
  xmlns:dcterms="http://purl.org/dc/terms/" xmlns:sec="http://jvn.jp/rss/mod_sec/3.0/"
  xmlns:status="http://jvndb.jvn.jp/myjvn/Status" xml:lang="ja">
<channel rdf:about="https://jvndb.jvn.jp/apis/myjvn"><title>JVNDB</title>
<link>https://jvndb.jvn.jp/apis/myjvn</link><dcterms:modified>2026-12-01T00:00:00+09:00</dcterms:modified></channel>
"""
_NOTHING_FITS = """\
<?xml version="1.0" encoding="UTF-8"?>
<Result version="3.3" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"
  xmlns="http://jvndb.jvn.jp/myjvn/Results" xmlns:mjres="http://jvndb.jvn.jp/myjvn/Results"
  xmlns:status="http://jvndb.jvn.jp/myjvn/Status">
"""


def _status(
    sent: int, code: str = "0", error: str = "", method: str = "getVulnOverviewList"
) -> str:
    return (
        f'<status:Status version="3.3" method="{method}" lang="ja" retCd="{code}" retMax="50" '
        f'errCd="{error}" errMsg="{error}" totalRes="{sent}" totalResRet="{sent}" firstRes="1" feed="hnd"/>'
    )


def item(number: str, title: str, *cves: str, link: str = "", day: str = "2026-11-20") -> str:
    """Return one entry of a list."""
    page = link or f"https://jvndb.jvn.jp/ja/contents/{number[6:10]}/{number}.html"
    references = "".join(
        f'<sec:references source="CVE" id={quoteattr(one)} title="t">https://www.cve.org/</sec:references>'
        for one in cves
    )
    return (
        f"<item rdf:about={quoteattr(page)}><title>{escape(title)}</title><link>{escape(page)}</link>"
        f"<description>d</description><sec:identifier>{escape(number)}</sec:identifier>{references}"
        '<sec:cpe version="2.2" vendor="v" product="p">cpe:/a:v:p</sec:cpe>'
        f"<dcterms:issued>{day}T09:00:00+09:00</dcterms:issued>"
        f"<dcterms:modified>{day}T09:00:00+09:00</dcterms:modified></item>\n"
    )


def listed(*items: str, sent: int | None = None) -> bytes:
    """Return a whole answer. sent: how many entries it says to hold, if others than it does."""
    status = _status(len(items) if sent is None else sent)
    return (_HEAD + "".join(items) + status + "</rdf:RDF>").encode()


def feed(*items: str) -> bytes:
    """Return a feed of new entries: a list without the service's status."""
    return (_HEAD + "".join(items) + "</rdf:RDF>").encode()


def nothing_fits(code: str = "0", error: str = "", method: str = "getVulnOverviewList") -> bytes:
    """Return the answer where nothing fits what was asked, or (code "1") where the service failed."""
    return (_NOTHING_FITS + _status(0, code, error, method) + "</Result>").encode()
