"""The same button pressed by several workers at the same moment, with real transactions."""

import threading
from uuid import UUID

import pytest
from django.db import connection, connections

from tojimari.portal.companies.models import Standing
from tojimari.portal.supporters.fleet import _keep_nudges


@pytest.mark.django_db(transaction=True)
def test_presses_at_once_write_once(new_world):
    if connection.vendor == "sqlite":
        pytest.skip("an in-memory SQLite has one connection; the PostgreSQL run shows it")
    kept: list[list[UUID]] = []

    def press() -> None:
        try:
            rows = Standing.objects.across("test").filter(company=new_world.company)
            kept.append(_keep_nudges(new_world.chamber, rows, new_world.supporter, ""))
        finally:
            connections.close_all()

    threads = [threading.Thread(target=press) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(map(len, kept)) == [0, 0, 0, 1]
