"""The portal's own secret, made by whichever of its processes starts first."""

import threading

from tojimari.portal.secret import secret_key


def test_a_process_that_starts_beside_another_waits_for_its_key(tmp_path):
    file = tmp_path / "secret.key"
    file.touch()  # what the other one has done so far
    writing = threading.Timer(0.2, file.write_text, ("the other one's",))
    writing.start()
    assert secret_key(tmp_path) == "the other one's"
    writing.join()


def test_it_is_made_once(tmp_path):
    assert secret_key(tmp_path) == secret_key(tmp_path) != ""
