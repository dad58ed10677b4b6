"""``tojimari mail``: the verdict as a person and as a program gets it."""

import json

import pytest

from tests.mail import made

LURE = made.mail(
    "アカウントの確認ができません。至急、下記のリンクから本人確認をお願いします。https://evil.top/x",
    From="Amazon <a@evil.top>",
    Subject="【重要】お支払い方法の確認",
)


@pytest.fixture
def files(tmp_path):
    (tmp_path / "lure.eml").write_bytes(LURE.as_bytes())
    (tmp_path / "letter.txt").write_text(
        "来週の打ち合わせは10時でお願いします。資料を持って伺います。", "utf-8"
    )
    inner = made.mail("いつもお世話になっております。このメールは本物でしょうか。")
    inner.add_attachment(LURE)
    (tmp_path / "forwarded.eml").write_bytes(inner.as_bytes())
    return tmp_path


def test_the_verdict_in_words(tojimari, files):
    done = tojimari("mail", str(files / "lure.eml"))
    assert done.returncode == 1, done.stderr
    for word in ("危険", "Amazon", "おもな理由", "いますること", "手口", "3. ["):
        assert word in done.stdout
    assert "4. [" not in done.stdout
    assert "4. [" in tojimari("mail", "--all", str(files / "lure.eml")).stdout
    english = tojimari("mail", "--lang", "en", str(files / "lure.eml")).stdout
    assert "Dangerous" in english
    assert "What to do now" in english


def test_what_looks_ordinary_is_not_called_safe(tojimari, files):
    done = tojimari("mail", "--lang", "en", str(files / "letter.txt"))
    assert (done.returncode, "does not prove it safe" in done.stdout) == (0, True)


def test_for_programs(tojimari, files):
    done = tojimari(
        "mail", "--json", *(str(files / each) for each in ("forwarded.eml", "letter.txt"))
    )
    found = json.loads(done.stdout)
    assert found["schema"] == "tojimari.mail/1"
    first, second = found["files"]
    assert (first["level"], second["level"]) == ("dangerous", "ordinary")
    assert [each["level"] for each in first["messages"]] == ["ordinary", "dangerous"]
    assert all(each["sentence"]["ja"] and each["sentence"]["en"] for each in first["reasons"])


def test_a_mailbox_and_a_folder_of_mails_are_told_in_short(tojimari, tmp_path):
    quiet = made.mail("来週の打ち合わせは10時でお願いします。資料を持って伺います。").as_bytes()
    box = b"".join(
        b"From a@b.example Mon Jan  5 10:00:00 2026\n" + each + b"\n\n"
        for each in [quiet] * 12 + [LURE.as_bytes()]
    )
    (tmp_path / "inbox").write_bytes(box)
    (tmp_path / "photo.png").write_bytes(made.code("https://evil.example"))
    (tmp_path / "one.eml").write_bytes(LURE.as_bytes())
    done = tojimari("mail", str(tmp_path))
    assert done.returncode == 1, done.stderr
    for words in ("14通", "危険: 2", "ふつうに見えます: 12", "inbox #13", "one.eml"):
        assert words in done.stdout
    assert "photo.png" not in done.stdout
    found = json.loads(tojimari("mail", "--json", str(tmp_path / "inbox")).stdout)
    assert [each["level"] for each in found["files"]] == ["ordinary"] * 12 + ["dangerous"]
    (tmp_path / "empty").mkdir()
    nothing = tojimari("mail", str(tmp_path / "empty"))
    assert (nothing.returncode, "見つかりません" in nothing.stderr) == (2, True)


def test_a_photo_of_a_screen_is_read_where_an_engine_is_there(tojimari, tmp_path):
    words = "【重要】カードの利用を停止しました\n至急、本人確認をお願いします\nhttps://evil.top/x"
    (tmp_path / "photo.png").write_bytes(made.screenshot(words))
    done = tojimari("mail", str(tmp_path / "photo.png"))
    assert done.returncode == 1, done.stderr
    assert "ふつう" not in done.stdout
    assert "写真の文字を読み取れませんでした" not in done.stdout
    assert "急がせる" in tojimari("mail", "--all", str(tmp_path / "photo.png")).stdout
    without = tojimari("mail", str(tmp_path / "photo.png"), env={"PATH": str(tmp_path)})
    assert "tesseract" in without.stderr
    assert "分かりません" in without.stdout


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["nothing.eml"], "読めません"),
        (["/dev/null/x"], "読めません"),
        (["--own", "ｘ..y", "-"], "ドメイン"),
        ([], "FILE"),
    ],
)
def test_bad_input_is_one_sentence(tojimari, words, said):
    done = tojimari("mail", *words)
    assert done.returncode == 2
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_names_of_strangers_steer_no_terminal(tojimari, files):
    made_file = files / "steer.eml"
    made_file.write_bytes(
        b"From: =?utf-8?B?G1szMW3igK4=?= Amazon <a@evil.top>\nSubject: \x1b[2J\nTo: a@b.c\n\nx"
    )
    assert "\x1b" not in tojimari("mail", str(made_file)).stdout
