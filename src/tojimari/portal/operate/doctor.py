"""Says what is wrong with this installation, and what to do about it."""

from django.conf import settings
from django.core.checks import WARNING, CheckMessage, run_checks

from tojimari.model import Text
from tojimari.portal.signs import DOCTOR, Sign, SignMessage

DJANGO = "check"
"""The name of what Django itself has to say of a portal for others."""
ORDER = (
    "database",
    "migrations",
    "home",
    "disk",
    "static",
    "worker",
    "mail",
    "https",
    "operator",
    "policies",
    DJANGO,
    "pdf",
    "installer",
    "knowledge",
)
"""As it is shown; signs that are not named here come last."""

_IN_JAPANESE = {
    "security.W001": "通信を守る部品 (SecurityMiddleware) が外れています。",
    "security.W002": "ほかのサイトの枠の中に表示されるのを防ぐ部品が外れています。",
    "security.W003": "よそからの偽の送信を防ぐ部品 (CSRF) が外れています。",
    "security.W004": "いつもhttpsで開かせる設定 (HSTS) がありません。httpsで問題なく動いてから入れてください。",
    "security.W005": "いつもhttpsで開かせる設定 (HSTS) が、下位の名前 (サブドメイン) には及びません。",
    "security.W006": "ファイルの種類をブラウザーに推測させない設定がオフです。",
    "security.W008": "httpで来た人をhttpsへ移す設定がオフです。前段のサーバーが移しているなら構いません。",
    "security.W009": "秘密の鍵 (SECRET_KEY) が短いか、推測されやすいものです。長い乱数に替えてください。",
    "security.W010": "ログインのCookieが、httpでも送られます。httpsにしてください。",
    "security.W011": "ログインのCookieが、httpでも送られます。httpsにしてください。",
    "security.W012": "ログインのCookieが、httpでも送られます。httpsにしてください。",
    "security.W016": "偽の送信を防ぐCookieが、httpでも送られます。httpsにしてください。",
    "security.W018": "開発用の設定 (DEBUG) のまま動いています。必ずオフにしてください。",
    "security.W019": "ほかのサイトの枠の中に表示できる設定です。",
    "security.W020": "この窓口の名前 (ALLOWED_HOSTS) が決まっていません。",
    "security.W021": "ブラウザーに初めからhttpsを覚えさせる設定 (HSTS preload) がありません。",
    "security.W022": "よそへ移るときに送るアドレスの範囲 (Referrer-Policy) が決まっていません。",
}
"""What Django's own checks of a deployment say, by their id."""
_OTHER = "土台のソフトウェア (Django) の点検が注意を出しています。この番号をDjangoの説明書で調べてください。"


def examine() -> list[Sign]:
    """Return everything the registered checks found, good and bad, in the order it is shown.

    On a computer that serves only its owner, Django's own advice for servers is left out.
    """
    tags = [DOCTOR] if settings.LOCAL else None
    found = run_checks(tags=tags, include_deployment_checks=True)
    return sorted(filter(None, map(_sign, found)), key=_place)


def _sign(message: CheckMessage) -> Sign | None:
    if isinstance(message, SignMessage):
        return message.sign
    if message.level < WARNING:
        return None
    in_japanese = _IN_JAPANESE.get(str(message.id), _OTHER)
    ja, en = f"{message.id}: {in_japanese}", f"{message.id}: {message.msg}"
    return Sign(DJANGO, "warn", Text(ja=ja, en=en))


def _place(sign: Sign) -> tuple[int, str]:
    place = ORDER.index(sign.name) if sign.name in ORDER else len(ORDER)
    return place, sign.text.en if sign.name == DJANGO else sign.name
