"""Mails and files as attackers and mail programs make them, made by other programs than ours."""

import io
import struct
import zipfile
import zlib
from email.message import EmailMessage

import pycdlib
import segno
from PIL import Image, ImageDraw, ImageFont

PROGRAM = b"MZ" + b"\x00" * 62
OUTLOOK_SUBJECT = b"=?iso-2022-jp?B?GyRCLSEtahsoSUpdNjgbKEI=?="
"""①㈱ﾊﾝｶｸ, as Outlook writes it."""
FORWARDS = {
    "Gmail": "---------- Forwarded message ---------\nFrom: 銀行 <a@evil.example>\nDate: 2026年3月1日(日) 10:00\nSubject: 至急\nTo: <a@kado.example>\n\n\n",
    "Outlook": "________________________________\n差出人: 銀行 <a@evil.example>\n送信日時: 2026年3月1日 10:00\n宛先: 角田 <a@kado.example>\n件名: 至急\n\n",
    "Outlook, plain": "-----Original Message-----\nFrom: 銀行 <a@evil.example> \nSent: Sunday, March 1, 2026 10:00 AM\nTo: a@kado.example\nSubject: 至急\n\n",
    "Outlook on the web": "差出人: 銀行 <a@evil.example>\n送信日時: 2026年3月1日 10:00\n宛先: a@kado.example\n件名: 至急\n\n",
    "Apple": "転送されたメッセージ：\n\n差出人: 銀行 <a@evil.example>\n件名: 至急\n日付: 2026年3月1日 10:00:00 JST\n宛先: a@kado.example\n\n",
    "Apple, English": "Begin forwarded message:\n\n> From: 銀行 <a@evil.example>\n> Subject: 至急\n> Date: 1 March 2026\n> To: a@kado.example\n\n",
    "Thunderbird": "-------- 転送メッセージ --------\n件名: \t至急\n日付: \tSun, 1 Mar 2026\n送信元: \t銀行 <a@evil.example>\n宛先: \ta@kado.example\n\n",
    "bold heads": "*From:* 銀行 <a@evil.example>\n*Sent:* Sunday\n*To:* a@kado.example\n*Subject:* 至急\n\n",
}
"""Heads of a mail from 銀行 <a@evil.example>, 至急, as programs write them where one is forwarded."""

VERIFIED = (
    b"Authentication-Results: mx.example.jp; dkim=pass header.d=yamada-shoji.example; dmarc=pass header.from=yamada-shoji.example\n"
    b"Received: from mail.yamada-shoji.example (mail.yamada-shoji.example [192.0.2.7]) by mx.example.jp; Mon, 23 Nov 2026 10:00:00 +0900\n"
    b"From: =?utf-8?b?5bGx55Sw?= <taro@yamada-shoji.example>\nTo: owner@himitsu.example\nMessage-ID: <1@yamada-shoji.example>\n"
    b"Subject: estimate\nContent-Type: text/plain; charset=utf-8\n\n" + "お見積りの件、金曜日までにお送りします。よろしくお願いします。".encode()
)  # fmt: skip
"""An honest mail whose sender the receiving server verified."""


def mail(text: str = "本文です", html: str = "", **headers: str) -> EmailMessage:
    made = EmailMessage()
    given = {
        "From": "山田 <yamada@shop.example>",
        "To": "a@kado.example",
        "Subject": "件",
        **headers,
    }
    for name, value in given.items():
        made[name.replace("_", "-")] = value
    made.set_content(text)
    if html:
        made.add_alternative(html, subtype="html")
    return made


def attached(name: str, data: bytes, kind: str = "application/octet-stream") -> bytes:
    made = mail()
    main, _, sub = kind.partition("/")
    made.add_attachment(data, maintype=main, subtype=sub, filename=name)
    return made.as_bytes()


def zipped(**files: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name.replace("__", "."), data)
    return out.getvalue()


def encrypted_zip() -> bytes:
    """A zip whose entry says that it is encrypted (bit 0 of its flags, in both places)."""
    data = bytearray(zipped(seikyu__pdf=b"x" * 40))
    data[6] |= 1
    data[data.rfind(b"PK\x01\x02") + 8] |= 1
    return bytes(data)


def code(address: str) -> bytes:
    out = io.BytesIO()
    segno.make(address).save(out, kind="png", scale=5)
    return out.getvalue()


def endless_picture() -> bytes:
    """A PNG that says it is 100,000 pixels wide and high, and holds next to none."""
    chunks = {
        b"IHDR": struct.pack(">IIBBBBB", 100_000, 100_000, 8, 0, 0, 0, 0),
        b"IDAT": zlib.compress(bytes(1000)),
        b"IEND": b"",
    }
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
        for name, data in chunks.items()
    )


FONT = "/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc"


def screenshot(words: str = "", address: str = "") -> bytes:
    """A photo of a screen with words and a code in it."""
    picture = Image.new("RGB", (1100, 700), "white")
    if words:
        font = ImageFont.truetype(FONT, 34)
        ImageDraw.Draw(picture).text((40, 40), words, fill="black", font=font)
    if address:
        picture.paste(Image.open(io.BytesIO(code(address))).convert("RGB"), (600, 350))
    out = io.BytesIO()
    picture.save(out, "JPEG")
    return out.getvalue()


def disk_image(name: str, data: bytes) -> bytes:
    image = pycdlib.PyCdlib()
    image.new(joliet=3)
    image.add_fp(io.BytesIO(data), len(data), "/A.EXE;1", joliet_path=f"/{name}")
    out = io.BytesIO()
    image.write_fp(out)
    image.close()
    return out.getvalue()


def shortcut(arguments: str) -> bytes:
    """A Windows shortcut (MS-SHLLINK): the header, and its arguments alone."""
    head = struct.pack("<I16sIIQQQIiIHHII", 0x4C, bytes.fromhex("0114020000000000c000000000000046"), 0xA0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0)  # fmt: skip
    text = arguments.encode("utf-16-le")
    return head + struct.pack("<H", len(text) // 2) + text + b"\x00" * 4


def pdf(target: str = "", *, opens: str = "") -> bytes:
    """A PDF of one page with a link, or with something it does when it is opened."""
    annotation = f"/Annots[<</Type/Annot/Subtype/Link/Rect[0 0 90 90]/A<</S/URI/URI({target})>>>>]"
    objects = [
        f"<</Type/Catalog/Pages 2 0 R{opens}>>",
        "<</Type/Pages/Kids[3 0 R]/Count 1>>",
        f"<</Type/Page/Parent 2 0 R/MediaBox[0 0 100 100]{annotation if target else ''}>>",
    ]
    out, places = b"%PDF-1.7\n", []
    for number, body in enumerate(objects, 1):
        places.append(len(out))
        out += f"{number} 0 obj\n{body}\nendobj\n".encode()
    start = len(out)
    out += b"xref\n0 4\n0000000000 65535 f \n" + b"".join(b"%010d 00000 n \n" % at for at in places)
    return out + f"trailer\n<</Size 4/Root 1 0 R>>\nstartxref\n{start}\n%%EOF\n".encode()


def onenote(inside: bytes) -> bytes:
    """The start of a OneNote section, and a file in it (MS-ONESTORE, FileDataStoreObject)."""
    head = bytes.fromhex("e4525c7b8cd8a74daeb15378d02996d3") + b"\x00" * 100
    file = bytes.fromhex("e716e3bd65261145a4c48d4d0b7a9eac")
    return head + file + struct.pack("<QIQ", len(inside), 0, 0) + inside


SMUGGLING = b"""<html><body><script>var d=atob("%s");var b=new Blob([d]);
var a=document.createElement('a');a.href=URL.createObjectURL(b);a.download='invoice.zip';a.click();
</script></body></html>""" % (b"UEsDBAoAAAAA" * 300)
OPENXML = {"[Content_Types].xml": b"<Types/>"}


def openxml(**parts: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, data in {
            **OPENXML,
            **{key.replace("__", "/"): value for key, value in parts.items()},
        }.items():
            archive.writestr(name, data)
    return out.getvalue()
