"""Whether a form asks for a card: by the names of its fields, or by the words that people read."""

import re
import unicodedata

CARD_FIELD = re.compile(
    r"card[_-]?(?:no\b|num|number)|^cc[_-]?(?:num|no\b|csc|exp)|\bcc-|cvv|cvc|security[_-]?code"
    r"|credit[_-]?card|(?<!会員)(?<!ポイント)(?<!メンバーズ)(?<!ギフト)(?<!診察)(?<!図書)カード番号|セキュリティコード",
    re.IGNORECASE,
)
"""Of one field's name, hint or description."""

_CHARACTERS = 40
"""What stands before a field is short; a sentence about cards is not."""
_MARKS = re.compile(r"^[\s※*●■・◆▼\d.:)\]【「]{0,10}+")
# From the beginning: 会員カード番号 is a member's number.
_NUMBER = re.compile(
    r"(?:ご?利用の?|お?支払い?の?|決済用?の?)?(?:クレジット|デビット|クレジット・デビット)?カード(?:の)?(?:番号|ナンバー)"
    r"|クレジット番号|(?:your |credit |debit |bank |credit/debit )?card (?:number|no\b)"
)
_BESIDE = (
    re.compile(r"(?:カード)?(?:の)?セキュリティ(?:ー)?コード|(?:card )?security code|cvv|cvc"),
    re.compile(
        r"(?:カード)?(?:の)?有効期限|(?:card )?expir(?:y|ation)|mm ?/ ?yy|valid (?:thru|until)"
    ),
    re.compile(r"カード(?:の)?名義|名義人|card ?holder|name on (?:the )?card"),
)
_NOT_ASKED = re.compile(
    r"ない(?:で|よう)|ません|不要|ご遠慮|控え|お断り|do not|don't|never|not required"
)


class Labels:
    """The short words around the fields of a form, as they are read."""

    def __init__(self) -> None:
        """Begin with none."""
        self._number = False
        self._beside: set[int] = set()

    def read(self, text: str) -> None:
        """Take note of one piece of text."""
        if not 2 < len(text) <= 400:
            return
        words = unicodedata.normalize("NFKC", " ".join(text.split())).lower()
        words = _MARKS.sub("", words)
        if len(words) > _CHARACTERS or _NOT_ASKED.search(words):
            return
        self._number = self._number or bool(_NUMBER.match(words))
        self._beside |= {at for at, word in enumerate(_BESIDE) if word.match(words)}

    def of_card(self) -> bool:
        """Say whether they ask for a card: for its number, or for two of what stands beside it.

        A security code alone is as often the letters of a picture, a date alone that of a coupon.
        """
        return self._number or len(self._beside) >= 2
