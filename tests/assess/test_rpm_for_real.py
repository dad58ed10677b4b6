"""A computer with rpm's own database, looked at as it is, held against updateinfo.xml."""

from datetime import UTC, datetime

from tests.support.dnf_repository import RpmWorld
from tojimari.assess.advisories import concerns
from tojimari.catalog import load_catalog
from tojimari.collect.host import LocalHost
from tojimari.collect.look import collectors
from tojimari.collect.run import look
from tojimari.knowledge.advisories.index import Index, make_index
from tojimari.model import Subject
from tojimari.model.facts import DeviceSoftware

UPDATEINFO = """<?xml version="1.0"?><updates>
<update from="x" status="final" type="security" version="1"><id>RLSA-2026:1</id><title>t</title>
<issued date="2026-11-01 00:00:00"/><references><reference href="h" id="CVE-2021-44228" type="cve"/>
</references><pkglist><collection short="c"><name>c</name>
<package name="shopapp" epoch="1" version="2.0" release="1.el9" arch="noarch"
 src="shopapp-2.0-1.el9.src.rpm"><filename>f</filename></package></collection></pkglist></update>
</updates>"""


def test_what_rpm_says_is_installed_is_found_weak_until_it_is_mended(tmp_path):
    world = RpmWorld(tmp_path)
    (world.root / "etc/os-release").write_text('ID="rocky"\nVERSION_ID="9.4"\n')
    (tmp_path / "u.xml").write_text(UPDATEINFO)
    make_index([tmp_path / "u.xml"], tmp_path / "index.sqlite3")
    index = Index(tmp_path / "index.sqlite3")
    made = "Epoch: 1\nVendor: Rocky Enterprise Software Foundation"

    def found():
        chosen = [one for one in collectors("linux") if DeviceSoftware.KIND in one.sees]
        seen = look(
            LocalHost(world.root),
            chosen,
            catalog=load_catalog(),
            subject=lambda _: Subject("device", "d"),
            at=datetime.now(UTC),
        )
        (software,) = [one.fact for one in seen if isinstance(one.fact, DeviceSoftware)]
        said = concerns(software, index)
        rows = [(one.package, one.installed, one.fixed, one.attacked) for one in said.found]
        return rows, said.compared, said.not_compared

    other = world.package("other", "1.0", signed=False)  # nobody says who made it
    world.install(world.package("shopapp", "1.0", made, signed=False, release="1.el9"), other)
    assert found() == ([("shopapp", "1:1.0-1.el9", "1:2.0-1.el9", True)], 1, 1)
    mended = world.package("shopapp", "2.0", made, signed=False, release="1.el9_4.2")
    world.install(mended, more="-U")
    assert found() == ([], 1, 1)
