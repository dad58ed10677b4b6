"""Run by test_unattended in a copy of the system, as its root: does one task, prints what came of it."""

import json

from tojimari.agent.actor.switches import UnattendedUpgrades


def main() -> None:
    """Ask, do, print."""
    engine = UnattendedUpgrades(seconds=300.0)
    plan = engine.plan("security_updates", {})
    outcome = engine.run("security_updates", {}, plan)
    said = {
        "present": engine.present(),
        "plan": [[one.name, one.before, one.after] for one in plan.changes],
        "state": outcome.state,
        "reason": outcome.reason,
        "changes": [[one.name, one.before, one.after] for one in outcome.changes],
        "versions": engine.dpkg.versions(),
    }
    print("\n" + json.dumps(said))


if __name__ == "__main__":
    main()
