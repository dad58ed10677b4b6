"""What is read from program files: real libraries as they are updated, and loaders put into them."""

import base64
import time

import pytest

from tests.support.watched.finer_edits import ADDRESS, LOADER
from tests.support.watched.libraries import JS, alarms, updates
from tojimari.collect.outside.defacement.script_features import script_features

LIBRARIES = [
    *sorted(JS.glob("*.min.js")),
    *sorted(JS.glob("jquery/**/*.min.js")),
    JS / "plupload/moxie.min.js",
    JS / "dist/compose.min.js",
    JS / "dist/vendor/react-dom.min.js",
]
# It makes a script beside letters made of numbers, as a loader does (not in WordPress 6.8 any more).
ALIKE = {"wp-emoji-loader.min.js"}


def test_updates_of_real_libraries_are_daily_work():
    played = list(updates(LIBRARIES))
    assert len(played) > 250, "install wordpress"
    assert {name for name, found in played if found} <= ALIKE


def _loaders() -> dict[str, str]:
    coded = base64.b64encode(ADDRESS.encode()).decode()
    pieces = ",".join(f"'{ADDRESS[at : at + 3]}'" for at in range(0, len(ADDRESS), 3))
    program = base64.b64encode((LOADER % f"'{ADDRESS}'").encode()).decode()
    return {
        "open": LOADER % f"'{ADDRESS}'",
        "base64": LOADER % f"atob('{coded}')",
        "letters": LOADER % "+".join(f"String.fromCharCode({ord(c)})" for c in ADDRESS),
        "percents": LOADER % f"unescape('{''.join(f'%{ord(c):02x}' for c in ADDRESS)}')",
        "backwards": LOADER % f"'{ADDRESS[::-1]}'.split('').reverse().join('')",
        "pieces": LOADER % f"[{pieces}].join('')",
        "run": f";eval(atob('{program}'));",
        "unlocked": LOADER
        % "k.split('').map(function(c){return String.fromCharCode(c.charCodeAt(0)^7)}).join('')",
        "in what looks like a remark": f';var a="/*";{LOADER % repr(ADDRESS)}var b="*/";',
        "in what looks like a line's remark": f';var a="x //";{LOADER % repr(ADDRESS)}',
    }


@pytest.mark.parametrize("at_end", [True, False])
@pytest.mark.parametrize("loader", _loaders().values(), ids=_loaders())
@pytest.mark.parametrize("library", ["jquery/jquery.min.js", "dist/vendor/react-dom.min.js"])
def test_a_loader_in_a_real_library_rings(library, loader, at_end):
    text = (JS / library).read_text("utf-8")
    changed = f"{text}\n{loader}" if at_end else f"{loader}\n{text}"
    assert alarms(script_features(text), script_features(changed))


HOSTILE = {
    "remarks": "/*" * 200_000,
    "remarks of a line": " //" * 130_000,
    "remarks in texts": '"/*fetch*/' * 40_000,
    "lines in texts": 'a=" //fetch\n' * 33_000,
    "lists": '["' * 200_000,
    "lists of brackets": '["[",' * 80_000,
    "long lists": "[" + "'aaa'," * 60_000 + "].join('')",
    "backwards": "'aaaaaaaaa'.split" * 24_000,
    "backwards, without end": "'" + "a" * 400_000,
    "makers and decoders": "eval(atob(" * 40_000,
    "sent": "fetch('/" * 50_000,
    "odd": "fetch('" + "/img/" * 80_000 + "')",
    "containers": "GTM-ABCD12 " * 40_000,
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_program_is_read_in_linear_time(text):
    before = time.process_time()
    script_features(text)
    assert time.process_time() - before < 5


def test_what_is_sent_to_the_place_of_pictures_is_told_from_what_is_sent_to_a_program():
    sends = "document.forms[0].onsubmit=function(e){fetch('%s',{body:new FormData(this)})}"
    for odd in (
        "/wp-content/uploads/2026/a.php",
        "/img/x.php?i=1",
        "/html/upload/save_image/a.php",
    ):
        assert script_features(sends % odd).odd == (odd,)
    for own in ("/contact/send.php", "/wp-admin/admin-ajax.php", "/wp-json/forms/v1", "/images"):
        assert script_features(sends % own).odd == ()
