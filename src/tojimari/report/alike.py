"""Findings on several computers that say the same, told once."""

from collections.abc import Mapping

from tojimari.catalog import Catalog
from tojimari.model import ControlStanding, Finding, Lang, worst_first
from tojimari.report.sentences import sentence


def alike(
    standing: ControlStanding, names: Mapping[str, str], catalog: Catalog, lang: Lang
) -> list[list[Finding]]:
    """Return what was measured of a control, those of computers that say the same in one list.

    The worst first, and of the worst what explains the state. The findings of one list are in the
    order of ``names``.
    """
    explains = [finding for finding in standing.measured if finding == standing.headline]
    findings = [*explains, *(f for f in standing.measured if f not in explains)]
    order = {id_: place for place, id_ in enumerate(names)}
    groups: dict[object, list[Finding]] = {}
    for finding in worst_first(findings):
        key: object = finding.subject
        if len(names) > 1 and finding.subject.id in names:
            key = (finding.state, sentence(finding, catalog, lang), finding.not_seen)
        groups.setdefault(key, []).append(finding)
    return [sorted(group, key=lambda f: order.get(f.subject.id, 0)) for group in groups.values()]
