"""Words of the pages that intruders put on other people's sites: fake brands, casinos, pills."""

import re
import unicodedata

from tojimari.model.snapshots import SpamCount

TEXT_CHARACTERS = 200_000

# Lower case, as after NFKC.
_STRONG = (
    "スーパーコピー",
    "ブランドコピー",
    "コピーブランド",
    "コピー時計",
    "コピー品",
    "コピー財布",
    "偽ブランド",
    "レプリカ時計",
    "n級品",
    "n品通販",
    "オンラインカジノ",
    "オンカジ",
    "カジノボーナス",
    "バイアグラ",
    "シアリス",
    "出会い系無料",
    "viagra",
    "cialis",
    "levitra",
    "online casino",
    "slot gacor",
    "situs slot",
    "judi online",
    "togel",
    "replica watches",
    "fake rolex",
    "payday loan",
    "博彩",
    "时时彩",
    "赌场",
    "娱乐城",
)
_BRANDS = (
    "ルイヴィトン",
    "ルイ・ヴィトン",
    "シャネル",
    "グッチ",
    "エルメス",
    "ロレックス",
    "オメガ",
    "プラダ",
    "クロエ",
    "モンクレール",
    "カナダグース",
    "ティファニー",
    "カルティエ",
    "ニューバランス",
    "ナイキ",
    "バーバリー",
    "ミュウミュウ",
    "ボッテガ",
    "セリーヌ",
    "バレンシアガ",
    "ウブロ",
    "タグホイヤー",
    "オークリー",
    "レイバン",
    "rolex",
    "louis vuitton",
    "gucci",
    "moncler",
)
_TRADE = (
    "激安",
    "通販",
    "送料無料",
    "最安値",
    "格安",
    "正規品",
    "海外発送",
    "代引",
    "アウトレット",
    "セール",
    "専門店",
    "人気ランキング",
    "即納",
    "新作",
    "%off",
    "楽天",
    "口コミ",
    "値下げ",
)
# A shop that says it takes no copies, or a notice that warns of them, is not one that sells them.
_REFUSES = re.compile(
    r"お断り|でき(?:ません|かねます)|取り?扱(?:って|い|わ)|扱っており|禁止|違法|注意|犯罪|被害|詐欺|買い?取"
    r"|見分け|偽物|相談|依存|撲滅|防止|警察|ありません|illegal|warn|scam|beware"
)
_DEFACED = re.compile(
    r"(?:hacked|h4ck3d|hack3d|owned|0wned|pwned|defaced|stamped|touched)\s*by\b"
    r"|\b(?:h4ck3d|hack3d|pwn3d|0wn3d|you(?:'ve| have)? been hacked|got hacked|cyber\s*army"
    r"|was\s+here\s*[!~<]|security is (?:low|an illusion))"
    r"|ハッキングされました|ハックしました",
    re.IGNORECASE,
)
# What links that nobody sees are for, beside the words of pages. Short words stand alone.
_LURE = re.compile(
    r"casino|カジノ|viagra|cialis|levitra|kamagra|バイアグラ|シアリス|togel|gacor|sportsbook|gambl"
    r"|スロット|パチスロ|ブックメーカー|アダルト|出会い系|コピー(?:品|時計|財布|バッグ)|偽ブランド|レプリカ"
    r"|博彩|赌场|娱乐城|時計コピー|porn|escorts?\b|payday"
    r"|\b(?:slots?|poker|baccarat|bingo|bet(?:ting|s)?|betway|1xbet|pills?|pharmacy|steroids?|replicas?"
    r"|fake (?:rolex|watch(?:es)?|bags?)|loans?|essay writing|xxx|judi|bandar)\b"
)
# Talking about it: "hacked by": what to do ...
_ABOUT = re.compile(
    r"対策|方法|とは|ニュース|事例|復旧|セミナー|how to|what to do|guide|report|repair"
)


def plain(text: str) -> str:
    """Return text without differences of width and case, bounded."""
    return unicodedata.normalize("NFKC", text[:TEXT_CHARACTERS]).lower()


def spam_in(text: str) -> SpamCount:
    """Count the words of spam in a page's text."""
    text = plain(text)
    strong, times = [], 0
    for word in _STRONG:
        n, at = 0, text.find(word)
        while at >= 0 and n < 100:
            if not _REFUSES.search(text, max(0, at - 25), at + len(word) + 40):
                n += 1
            at = text.find(word, at + len(word))
        if n:
            strong.append(word)
            times += n
    return SpamCount(
        tuple(strong[:10]),
        times,
        sum(word in text for word in _BRANDS),
        sum(word in text for word in _TRADE),
    )


def lures(text: str) -> bool:
    """Say whether the text or address of a hidden link offers what intruders sell.

    One word is enough for a link that nobody is to see; of what people read it would say nothing.
    """
    text = plain(text[:500])
    found = _LURE.search(text) or next((word for word in _STRONG if word in text), None)
    return bool(found) and not _REFUSES.search(text)


def defaced(text: str) -> str:
    """Return the boast of an intruder in a title or heading, "" when there is none."""
    found = _DEFACED.search(text[:400])
    return text[:80].strip() if found and not _ABOUT.search(text[:400].lower()) else ""


def spam_name(path: str) -> bool:
    """Say whether the name of a page is one of spam; ``path`` is already unquoted."""
    name = plain(path[:500]).replace("-", " ").replace("_", " ")
    return any(word in name for word in _STRONG) or (
        sum(word in name for word in _BRANDS) >= 1 and sum(word in name for word in _TRADE) >= 1
    )
