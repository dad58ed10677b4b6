"""Says what was heard: the notices of a ledger by the catalog's rules, and what "that was us" does."""

from datetime import datetime, timedelta

from tojimari.catalog import Catalog
from tojimari.catalog.watch_rule import WatchRule
from tojimari.model import TojimariError
from tojimari.watch.engine import engines
from tojimari.watch.familiar import CONTACTS_KEPT_DAYS
from tojimari.watch.ledger import KEPT_DAYS, Ledger
from tojimari.watch.notice import Notice, due, fallen_silent, notices, steady_calls


class Desk:
    """What is told of one ledger."""

    def __init__(self, ledger: Ledger, catalog: Catalog) -> None:
        """Read nothing yet."""
        self.ledger, self.rules = ledger, catalog.watch.rules
        telling = [rule for rule in self.rules.values() if rule.level != "line"]
        self._kinds = {rule.kind for rule in telling} | {
            rule.settled_by for rule in telling if rule.settled_by
        }

    def notices(self, as_of: datetime) -> list[Notice]:
        """Return every matter worth telling of the days for which signals are kept."""
        logs = self.ledger.logs()
        known = engines()
        seen = self.ledger.sightings(as_of - timedelta(days=KEPT_DAYS), sorted(self._kinds))
        rhythms = self.ledger.rhythms(as_of - timedelta(days=CONTACTS_KEPT_DAYS))
        for rule in self.rules.values():
            seen += steady_calls(rule, rhythms)
        listening = self.ledger.listening()
        if listening is not None:
            seen += fallen_silent(
                logs,
                lambda id_: id_ in known and known[id_].beats,
                listening_since=listening[0],
                as_of=as_of,
            )
        return notices(
            seen,
            self.rules.values(),
            titles={log.id: known[log.engine].title for log in logs if log.engine in known},
            as_of=as_of,
            silences=self.ledger.silences(as_of),
        )

    def tell(self, as_of: datetime) -> list[Notice]:
        """Return what is to be told now, and keep that it was told."""
        telling = due(self.notices(as_of), self.rules, self.ledger.told(), as_of=as_of)
        if telling:
            self.ledger.tell(((one.id, one.level == "now") for one in telling), as_of)
        return telling

    def ours(self, id_: str, now: datetime) -> tuple[Notice, WatchRule, datetime]:
        """Keep that a matter was the people's own doing; returns until when it stays quiet.

        Only the same matter is silenced (the same device, the same name: what the rule puts
        together), and only for the rule's days. Raises TojimariError where that cannot be.
        """
        found = next((one for one in self.notices(now) if one.id == id_), None)
        if found is None:
            raise TojimariError(
                f"「{id_[:20]}」という知らせはありません。`tojimari watch` で番号を確かめてください。",
                f"There is no notice {id_[:20]!r}. `tojimari watch` shows their numbers.",
            )
        rule = self.rules[found.rule]
        if rule.ours is None:
            raise TojimariError(
                "この知らせには「自分たちでした」という答えはありません。書いてあることを一つ行ってください。",
                'This notice has no answer "that was us". Do the one thing that it names.',
            )
        until = now + timedelta(days=rule.ours_days)
        self.ledger.silence(rule.id, found.about, until, now)
        return found, rule, until
