"""Japan's time and its 47 prefectures: kept as numbers, "01" to "47" (JIS X 0401)."""

from datetime import timedelta, timezone

JAPAN = timezone(timedelta(hours=9))
"""Time in Japan: deadlines of programmes are days there."""
PREFECTURES = (
    "北海道",
    "青森県",
    "岩手県",
    "宮城県",
    "秋田県",
    "山形県",
    "福島県",
    "茨城県",
    "栃木県",
    "群馬県",
    "埼玉県",
    "千葉県",
    "東京都",
    "神奈川県",
    "新潟県",
    "富山県",
    "石川県",
    "福井県",
    "山梨県",
    "長野県",
    "岐阜県",
    "静岡県",
    "愛知県",
    "三重県",
    "滋賀県",
    "京都府",
    "大阪府",
    "兵庫県",
    "奈良県",
    "和歌山県",
    "鳥取県",
    "島根県",
    "岡山県",
    "広島県",
    "山口県",
    "徳島県",
    "香川県",
    "愛媛県",
    "高知県",
    "福岡県",
    "佐賀県",
    "長崎県",
    "熊本県",
    "大分県",
    "宮崎県",
    "鹿児島県",
    "沖縄県",
)
PREFECTURES_EN = (
    "Hokkaido",
    "Aomori",
    "Iwate",
    "Miyagi",
    "Akita",
    "Yamagata",
    "Fukushima",
    "Ibaraki",
    "Tochigi",
    "Gunma",
    "Saitama",
    "Chiba",
    "Tokyo",
    "Kanagawa",
    "Niigata",
    "Toyama",
    "Ishikawa",
    "Fukui",
    "Yamanashi",
    "Nagano",
    "Gifu",
    "Shizuoka",
    "Aichi",
    "Mie",
    "Shiga",
    "Kyoto",
    "Osaka",
    "Hyogo",
    "Nara",
    "Wakayama",
    "Tottori",
    "Shimane",
    "Okayama",
    "Hiroshima",
    "Yamaguchi",
    "Tokushima",
    "Kagawa",
    "Ehime",
    "Kochi",
    "Fukuoka",
    "Saga",
    "Nagasaki",
    "Kumamoto",
    "Oita",
    "Miyazaki",
    "Kagoshima",
    "Okinawa",
)
NUMBERS = tuple(f"{number:02}" for number in range(1, len(PREFECTURES) + 1))
"""The numbers of the prefectures; the first two digits of a municipality's five (JIS X 0402)."""


def prefecture_number(name: str) -> str:
    """Return the number of a prefecture that is given by number or Japanese name; "" for none."""
    plain = name.strip()
    if plain.isdecimal() and plain.isascii() and plain.zfill(2) in NUMBERS:
        return plain.zfill(2)
    return next(
        (
            number
            for number, known in zip(NUMBERS, PREFECTURES, strict=True)
            if plain and plain in (known, known[:-1])
        ),
        "",
    )
