"""The key for tasks: in no backup, rotated with a statement, revoked without one."""

import io
import zipfile

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from tests.support.pressing import run_tasks
from tests.support.updates import allowed, key, proposed, say_yes, task_of
from tojimari.agent.tasks import TaskRefused, read_key_change
from tojimari.portal.companies.export import everything_of
from tojimari.portal.core.models import AuditEvent
from tojimari.portal.operate.backup import backup
from tojimari.portal.updates import task_keys
from tojimari.portal.updates.checks import task_key as doctor
from tojimari.portal.updates.delivery import errand_of
from tojimari.portal.updates.models import DeviceTask, Proposal, TaskKey
from tojimari.portal.updates.periodic import tend_updates

pytestmark = pytest.mark.django_db
_SIGNED = jwt.PyJWS(algorithms=["EdDSA"])


@pytest.fixture
def file(settings, tmp_path):
    settings.TASK_KEY = tmp_path / "keys" / "task-key"
    assert task_keys.make_first()
    return settings.TASK_KEY


def opened(signed: str, row: TaskKey) -> bytes:
    public = Ed25519PublicKey.from_public_bytes(bytes.fromhex(row.public))
    return _SIGNED.decode(signed, key=public, algorithms=["EdDSA"])


def test_a_stolen_backup_signs_nothing_and_hands_nothing_out(
    world, machine, file, settings, tmp_path
):
    allowed(world, machine)
    made = proposed(world, machine)
    say_yes(world.client("owner"), made)
    (signed,) = errand_of(machine.device).tasks
    assert opened(signed, key())
    private = file.read_text().strip()
    path = tmp_path / "stolen.backup"
    backup(path)
    inside = io.BytesIO(path.read_bytes())
    with zipfile.ZipFile(inside) as archive:
        everything = b"".join(archive.read(name) for name in archive.namelist())
    assert key().public.encode() in everything
    for secret in (private, private.upper(), signed, signed.rpartition(".")[2]):
        assert secret.encode() not in everything
    assert bytes.fromhex(private) not in everything
    assert signed not in str(everything_of(world.company))
    # With the database and the portal's secret alone, nothing can be signed.
    settings.TASK_KEY = tmp_path / "nothing-here"
    with pytest.raises(task_keys.NoTaskKey):
        task_keys.signing_key()
    assert not task_keys.make_first()
    assert not settings.TASK_KEY.exists()


def test_only_its_user_reads_the_file_and_the_doctor_says_where_it_is_not_so(file, settings):
    assert file.stat().st_mode & 0o777 == 0o600
    assert [one.id for one in doctor()]
    healths = {one.health for one in map(_sign, doctor())}
    assert healths == {"good"}
    file.chmod(0o644)
    assert {_sign(one).health for one in doctor()} == {"bad"}
    file.unlink()
    assert {_sign(one).health for one in doctor()} == {"bad"}


def _sign(message):
    return message.obj if hasattr(message.obj, "health") else message.sign


def test_a_task_waits_while_the_key_is_not_here_and_is_signed_when_it_is(
    world, machine, file, settings, tmp_path
):
    allowed(world, machine)
    made = proposed(world, machine)
    settings.TASK_KEY = tmp_path / "elsewhere"
    say_yes(world.client("owner"), made)
    assert task_of(made).state == DeviceTask.APPROVED
    settings.TASK_KEY = file
    tend_updates.func()
    run_tasks()
    assert task_of(made).state == DeviceTask.SIGNED


def test_rotating_leaves_a_statement_of_the_old_key_about_the_new(file):
    first = key()
    task_keys.rotate()
    second = key()
    assert task_keys.public_key() == second.public != first.public
    first.refresh_from_db()
    (told,) = task_keys.handovers()
    assert read_key_change(told, first.public, highest=0).public_key == second.public
    with pytest.raises(TaskRefused):
        read_key_change(told, second.public, highest=0)
    assert AuditEvent.objects.across("test").filter(action="updates.key_rotated").exists()
    kid, _ = task_keys.signing_key()
    assert kid == second.kid


def test_a_rotation_that_was_cut_off_is_finished_by_the_next_look(file, monkeypatch):
    before = file.read_text()
    replace = type(file).replace

    def cut_off(self, target):
        return None if self.name.endswith(".next") else replace(self, target)

    monkeypatch.setattr(type(file), "replace", cut_off)
    task_keys.rotate()
    monkeypatch.undo()
    assert file.read_text() == before
    assert task_keys.signing_key()[0] == key().kid
    assert file.read_text() != before


def test_revoking_leaves_no_statement_and_stops_everything(world, machine, file):
    from tojimari.portal.updates.endings import stop_everything

    allowed(world, machine)
    made = proposed(world, machine)
    say_yes(world.client("owner"), made)
    task_keys.rotate()
    assert task_keys.handovers()
    task_keys.revoke()
    assert stop_everything() == 1
    made.refresh_from_db()
    assert (made.state, made.stopped_by) == (Proposal.STOPPED, "key")
    assert task_keys.handovers() == []
    assert errand_of(machine.device).tasks == ()
    assert set(TaskKey.objects.exclude(state="current").values_list("state", flat=True)) == {
        "revoked"
    }


def test_an_older_backup_takes_the_files_key_only_when_told_to(file):
    old = key()
    task_keys.rotate()
    TaskKey.objects.exclude(pk=old.pk).delete()
    TaskKey.objects.filter(pk=old.pk).update(state=TaskKey.CURRENT, handover="", ended_at=None)
    with pytest.raises(task_keys.NoTaskKey):
        task_keys.signing_key()
    adopted = task_keys.adopt()
    assert task_keys.signing_key()[0] == adopted != old.kid
    assert task_keys.adopt() == adopted
