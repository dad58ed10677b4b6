import pytest

from tests.support.stage import GOOD, Stage
from tests.support.web_servers import nginx
from tojimari.collect.host import Unreachable
from tojimari.collect.outside.trust import trust


@pytest.fixture
def stage(tmp_path, monkeypatch):
    made = Stage(tmp_path, [])
    monkeypatch.setenv("SSL_CERT_FILE", str(made.authority.file))
    yield made
    made.stop()


def test_a_signed_certificate_for_the_right_name_is_believed(stage):
    assert trust(stage.egress(), "www.shop.test") == "trusted"


@pytest.mark.parametrize("host", ["www.bad.test", "www.wrong-name.test", "a.b.shop.test"])
def test_an_unsigned_one_or_another_name_is_not(stage, host):
    assert trust(stage.egress(), host) == "untrusted"


def test_the_stage_is_not_believed_without_its_authority(stage, monkeypatch):
    monkeypatch.delenv("SSL_CERT_FILE")
    assert trust(stage.egress(), "www.shop.test") == "untrusted"


def test_a_server_without_tls(stage):
    assert trust(stage.egress({443: stage.http}), "www.shop.test") == "no_tls"


def test_a_server_that_speaks_only_what_browsers_gave_up(stage):
    old = "ssl_protocols TLSv1 TLSv1.1; ssl_ciphers ALL:@SECLEVEL=0;"
    with nginx(stage.authority.pem(GOOD), secure=old) as ports:
        assert trust(stage.egress(ports), "www.shop.test") == "no_tls"


def test_nobody_there(stage):
    with pytest.raises(Unreachable):
        trust(stage.egress({443: 1}), "www.shop.test")
