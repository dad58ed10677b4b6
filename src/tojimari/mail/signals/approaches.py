"""How lures without a link approach: several things at once, each of which is ordinary alone."""

import re
from collections.abc import Iterator

from tojimari.knowledge.domains import owner_domain
from tojimari.knowledge.rented import mail_of_everybody
from tojimari.mail.acquaintances import Known
from tojimari.mail.message import Message
from tojimari.mail.signals.searching import Searched, searched, sought
from tojimari.mail.signals.seen import Seen, around
from tojimari.mail.signals.wording import own_words, to_call

Found = tuple[str, tuple[int, int], float]
"""Signal, where in the text, degree."""

_PERHAPS = 0.75
"""Degree of what an honest stranger may write as well: enough for a warning, not for more."""
_LINE_CUT = sought(
    r"(?:電話|回線|携帯|スマホ|通信|番号|電気|ガス|水道)[^。\n]{0,25}(?:使えなく|利用でき(?:なく|ませ)|停止|止ま|止め)"
    r"|\b(?:phone|line|number|service|power)\b[^.\n]{0,40}\b(?:cut off|disconnected|suspended|terminated|deactivated)",
    "電話|回線|携帯|スマホ|通信|番号|電気|ガス|水道|phone|line|number|service|power",
    "使えなく|利用でき|停止|止ま|止め|cut off|disconnected|suspended|terminated|deactivated",
)
_PRESS = sought(
    r"[1-9１-９](?:番)?を(?:押|プッシュ)|\bpress (?:[1-9]|one|two)\b",
    "押|プッシュ|press ",
)
_BLAMED = re.compile(
    r"未納|未払|滞納|不正(?:に|な|利用|契約)|違反|犯罪|名義|\b(?:unpaid|overdue|illegal|fraud|misused)",
    re.IGNORECASE,
)
_CARD_BOUGHT = sought(
    r"(?:ギフト|プリペイド|itunes|google\s?play|amazon|アマゾン|apple|電子マネー|steam)\W{0,3}(?:の)?\W{0,3}(?:カード|券)"
    r"|\b(?:gift|prepaid|itunes|google play|steam|apple|amazon) ?(?:gift )?cards?\b",
    "カード|券|card",
    "ギフト|プリペイド|itunes|google|amazon|アマゾン|apple|電子マネー|steam|gift|prepaid",
)
_CARD_TOLD = re.compile(
    r"(?:裏面?|削|スクラッチ|コード|番号)[^。\n]{0,12}(?:写真|撮)[^。\n]{0,10}(?:送って|送信|ください|くれ|下さい)"
    r"|(?:コード|裏の?番号|カードの?番号)[^。\n]{0,8}(?:教えて|送って|伝えて|知らせて)"
    r"|\b(?:send|text|tell|give|scratch|photos?|pictures?)\b[^.\n]{0,40}\b(?:codes?|pins?|backs?)\b",
    re.IGNORECASE,
)
_FAMILY = re.compile(
    r"\b(?:hi|hello|hey|hallo|dear)[ ,]+(?:mum|mom|mama|mummy|dad|daddy|papa|gran|grandma|grandpa)\b"
    r"|(?:お母さん|お父さん|母さん|父さん|ばあちゃん|じいちゃん|ママ|パパ)|(?:俺|オレ|わたし|私)だけど",
    re.IGNORECASE,
)
_OTHER_PHONE = re.compile(
    r"\b(?:new|this|friend'?s|another|different|temporary) (?:number|phone|mobile|cell)|\b(?:broke|broken|lost|dropped|damaged)\b[^.\n]{0,25}\b(?:phone|screen|mobile|cell)|\b(?:phone|screen|mobile)\b[^.\n]{0,25}\b(?:broke|broken|lost|stolen|damaged)"
    r"|(?:携帯|スマホ|電話|画面)[^。\n]{0,15}(?:壊|落と|なくし|無くし|水没|割れ)|番号[^。\n]{0,6}変わ",
    re.IGNORECASE,
)
_MONEY = re.compile(
    r"\b(?:pay|transfer|lend|borrow)\b|お金|振込|振り込|立て替え|立替|払わ|貸し|用意して|用意でき",
    re.IGNORECASE,
)
_UNKNOWN_PERSON = sought(
    r"はじめまして|初めまして|突然(?:の|すみ|失礼|ご)|番号を?間違え|間違えて(?:登録|送|追加)|人違い|プロフィール(?:を|に|が)"
    r"|\bwrong (?:number|person|contact)\b|\bis (?:this|that) \w+\?|\b(?:saw|seen|read|viewed|found|came across|went through) your (?:profile|picture|photo)"
    r"|\bfound your (?:number|contact|e-?mail)\b",
    "はじめまして|初めまして|突然|番号|間違えて|人違い|プロフィール|wrong |is this |is that |profile|picture|photo|found your ",
)
_WANTS_FRIENDSHIP = re.compile(
    r"友達になり|友だちになり|(?:友達|友だち)にな(?:って|れ)|仲良く(?:し|な)|ご縁|運命|お話し?(?:しませんか|できたら|できれば|したい)|あなたのことを(?:もっと)?知りたい"
    r"|\b(?:be|become|make) (?:good )?friends?\b|\bget to know (?:you|each other)|\bknow (?:you|each other) (?:better|more)|\b(?:touched|stole|won) my heart"
    r"|\bshare my life\b|\b(?:life|soul) ?(?:mate|partner)\b|\bserious relationship\b|\bsend you my (?:pictures?|photos?)\b",
    re.IGNORECASE,
)
_WORK = sought(
    r"在宅|副業|お小遣い稼ぎ|スマホ(?:だけ|一台|1台)|\b(?:remote|online|flexible|part[- ]time|home)[- ](?:\w+ )?(?:jobs?|work|position)|\bwork (?:from home|online|remotely)"
    r"|\b(?:part[- ]time|flexible)\b[^.\n]{0,20}\b(?:online|remote)|\b(?:resume|cv|profile) (?:was|has been) (?:recommended|shortlisted|selected|forwarded)",
    "在宅|副業|お小遣い稼ぎ|スマホ|job|work|position|online|remote|resume|cv |profile",
)
_PAID_A_DAY = re.compile(
    r"日給|日払い|即日払い|(?:1日|一日|1件|一件|毎日)[^。\n]{0,12}円|(?:1日|一日)[^。\n]{0,10}稼"
    r"|(?:[$€£]\s?\d|\d\s?(?:dollars|usd|euros?|eur|pounds|yen)\b)[^.\n]{0,20}\b(?:per|an?|each|every|daily)\b(?: (?:day|task|hour|week))?|\bpaid daily\b",
    re.IGNORECASE,
)
_ANSWER_ME = re.compile(
    r"返信|返事|追加|登録|ご?連絡(?:ください|下さい|を)|興味(?:が|の)あ"
    r"|\b(?:reply|respond|answer|contact|text|message|write|add) (?:me|us|back|yes|now|to)\b|\b(?:whatsapp|telegram)\b|\bif (?:you(?:'re| are) )?interested\b",
    re.IGNORECASE,
)
_TRADES = sought(
    r"銘柄|株(?:式|価|の)|投資|トレード|仮想通貨|暗号資産|\b(?:stocks?|shares?|trad(?:es?|ing)|crypto|investments?|forex)\b",
    "銘柄|株|投資|トレード|仮想通貨|暗号資産|stock|share|trad|crypto|investment|forex",
)
_IN_A_GROUP = re.compile(
    r"グループ|アシスタント|助手|\b(?:group|assistant|mentor|vip (?:club|channel)|community)\b",
    re.IGNORECASE,
)
_GAINS = re.compile(
    r"利益|儲|もうか|倍に|稼|的中|元本(?:は)?保証|必ず上が|\b(?:profits?|gains?|returns?|earn(?:ed|ing)?|doubled?|guaranteed)\b",
    re.IGNORECASE,
)
_MACHINE = sought(
    r"ATM|現金自動|\bcash ?(?:machine|point)\b|\bcashpoint\b",
    "atm|現金自動|cash",
)
_MONEY_BACK = re.compile(
    r"還付|払い?戻|返金|戻り|受け取れ|支給|\b(?:refund|rebate|reimburse\w*|overpaid)\b",
    re.IGNORECASE,
)
_ON_THE_PHONE = re.compile(r"電話|携帯|操作|\b(?:call|phone|ring|dial)\b", re.IGNORECASE)
_MAKE_A_GROUP = sought(r"グループ[^。\n]{0,14}(?:作成し|作って|作り|立ち上げ)", "グループ")
_SEND_ITS_CODE = re.compile(
    r"(?:QR|二次元|2次元|招待)[^。\n]{0,30}(?:送っ|送付|送信|返信|添付)[^。\n]{0,8}(?:くださ|下さ|くれ|もらえ|いただ|ほし|欲し|願い)",
    re.IGNORECASE,
)
_ACCOUNT_MOVED = sought(
    r"(?:(?:振込|入金|送金|支払い?)先|口座|取引銀行)[^。\n]{0,20}(?:変わ|変更|変え|切り替|移行|使用できな|使えな|利用できな|凍結)"
    r"|\b(?:bank|accounts?)\b[^.\n]{0,60}\b(?:under (?:review|audit)|ongoing audit|frozen|on hold|unavailable|suspended|(?:can ?not|unable to) (?:receive|accept)|changed|no longer)\b"
    r"|\b(?:changed|changing|switched|moved)\b[^.\n]{0,20}\bbanks?\b",
    "振込先|入金先|送金先|支払先|支払い先|口座|取引銀行|bank|account",
    "変わ|変更|変え|切り替|移行|使用できな|使えな|利用できな|凍結|review|audit|frozen|hold|unavailable|suspended|receive|accept|chang|no longer|switched|moved",
)
_PAY_THERE = re.compile(
    r"(?:下記|以下|次|添付|新しい|新たな|別|こちら|記載)[^。\n]{0,25}(?:口座|銀行)[^。\n]{0,15}(?:お?振り?込|ご?送金|お?支払|ご?入金|お願い)"
    r"|\b(?:transfer|payments?|pay|remit\w*|wire|send)\b[^.\n]{0,60}\b(?:(?:new|another|different|other|updated|following|subsidiary(?:'s)?|alternate|alternative) (?:bank )?(?:accounts?|details)|accounts? instead|account (?:below|attached))",
    re.IGNORECASE,
)


def approaches(message: Message, known: Known) -> Iterator[Seen]:
    """Yield what a text tells the reader to do that hardly anybody honest does.

    Somebody who writes from a company's own address is not taken for a stranger here: what he wants
    is told by the lists of phrases.
    """
    text = own_words(message)
    words = searched(text)
    nobody = message.kind == "text" or owner_domain(message.sender.domain) in mail_of_everybody()
    found = [
        *_pretends(message, words),
        *_errands(message, words),
        *(_stranger(words) if nobody and not message.in_reply_to else ()),
    ]
    for name, (first, end), degree in found:
        yield Seen(name, "text", around(text, first, end), degree=degree)


def _pretends(message: Message, words: Searched) -> Iterator[Found]:
    """A line that is cut off *and* a key to press, or blame and a number to call; cards to be bought
    *and* their codes to be told; family *and* another telephone *and* money, in a message without a
    sender's address.
    """
    text = words.text
    if cut := words.find(_LINE_CUT):
        if pressed := words.find(_PRESS):
            yield "scare", cut.span(), 1.0
            yield "call_back", pressed.span(), 1.0
        elif _BLAMED.search(text) and (number := to_call(message, text)):
            yield "call_back", number, 1.0  # somebody whose bill is unpaid is told so honestly, too
    bought = words.find(_CARD_BOUGHT)
    if bought and _CARD_TOLD.search(text, bought.end()):
        yield "favour", bought.span(), 1.0
    other = _OTHER_PHONE.search(text) if message.kind == "text" else None
    if other and _FAMILY.search(text) and _MONEY.search(text):
        yield "favour", other.span(), 1.0


def _errands(message: Message, words: Searched) -> Iterator[Found]:
    """A group to be made *and* its code to be sent; an account that is no longer used *and* another
    one to pay to. Whoever does this has a domain of his own as well, or one that he took over.
    """
    group = words.find(_MAKE_A_GROUP)
    if group and _SEND_ITS_CODE.search(words.text):
        yield "authority", group.span(), 1.0
    moved = words.find(_ACCOUNT_MOVED) if message.kind == "mail" else None
    if moved and _PAY_THERE.search(words.text):
        yield "bank_change", moved.span(), _PERHAPS


def _stranger(words: Searched) -> Iterator[Found]:
    """Somebody unknown *and* friendship; work at home *and* pay by the day *and* an answer wanted;
    trading *and* a group *and* gains; money back *and* a cash machine *and* a telephone.
    """
    text = words.text
    unknown = words.find(_UNKNOWN_PERSON)
    if unknown and _WANTS_FRIENDSHIP.search(text):
        yield "favour", unknown.span(), _PERHAPS
    work = words.find(_WORK)
    if work and _PAID_A_DAY.search(text) and _ANSWER_ME.search(text):
        yield "reward", work.span(), _PERHAPS
    trades = words.find(_TRADES)
    if trades and _IN_A_GROUP.search(text) and _GAINS.search(text):
        yield "reward", trades.span(), _PERHAPS
    machine = words.find(_MACHINE)
    if machine and _MONEY_BACK.search(text) and _ON_THE_PHONE.search(text):
        yield "reward", machine.span(), 1.0  # no office pays at a machine
