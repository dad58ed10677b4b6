"""The conductor: observations and answers become assessment, standing, peers and plan.

It shows nothing. The command and the portal ask it; each part is worked out when it is first
asked for, and once.
"""

from collections.abc import Collection, Iterable, Mapping
from datetime import date, datetime
from functools import cached_property

import msgspec

from tojimari.ask.diagnosis import BASIC_STAGES, waiting
from tojimari.assess.answers import latest_answers
from tojimari.assess.assessment import assess, assess_said
from tojimari.assess.standing import (
    BASICS,
    FrameworkStanding,
    ItemStanding,
    basic_controls,
    standing,
)
from tojimari.catalog import Catalog
from tojimari.model import (
    FIRST_HAND,
    OPEN,
    Answer,
    Assessment,
    ControlStanding,
    Finding,
    Observation,
    Profile,
    State,
    looked_at,
    worst_first,
)
from tojimari.model.japan import JAPAN
from tojimari.peers import Comparison, compare
from tojimari.plan import (
    LOOK_HERE,
    Due,
    PutOff,
    Step,
    calendar,
    lessons_of,
    plan,
    steps_put_off,
)
from tojimari.plan.money import (
    KnownCompany,
    Offer,
    held_papers,
    known_company,
    offer_for,
    offers,
    profile_of,
)
from tojimari.plan.urgency import Urgency, urgency


class Diagnosis(msgspec.Struct, frozen=True, eq=False, dict=True):
    """Where one company stands and what comes next, all from one assessment.

    Attributes:
        assessment: what was judged.
        observations: what it was judged from.
        catalog: the knowledge it was judged by, with the peers to compare with.
        device_names: subject id -> what people call the computer; empty where there is only one.
        tells_incidents: whether the reader may know that there were incidents. The order of the
            steps is the same for all.
        prefecture: number of the company's prefecture, where it is kept elsewhere; "" if not.
        tells_money: whether the reader may know what the company said of itself for programmes.
    """

    assessment: Assessment
    observations: tuple[Observation, ...]
    catalog: Catalog
    device_names: Mapping[str, str] = {}
    tells_incidents: bool = True
    prefecture: str = ""
    tells_money: bool = True

    @cached_property
    def answers(self) -> dict[str, Answer]:
        """The newest answer to each question."""
        latest = latest_answers(self.observations, self.assessment.as_of)
        return {id_: answer for id_, (answer, _) in latest.items()}

    @cached_property
    def looked(self) -> bool:
        """Whether at least one device was looked at."""
        return bool(looked_at(self.observations))

    @cached_property
    def standings(self) -> dict[str, FrameworkStanding]:
        """Framework id -> standing, in catalog order."""
        return {id_: self.standing_in(id_) for id_ in self.catalog.frameworks}

    @cached_property
    def _standings_known(self) -> dict[str, FrameworkStanding]:
        return {}

    def standing_in(self, framework: str) -> FrameworkStanding:
        """Return the standing in one framework, named by its id."""
        known = self._standings_known
        if framework not in known:
            known[framework] = standing(self.catalog.frameworks[framework], self.assessment)
        return known[framework]

    @property
    def basics(self) -> FrameworkStanding:
        """Standing in the six basics."""
        return self.standing_in(BASICS)

    @property
    def all_basics_met(self) -> bool:
        """Whether every one of the basics is met and somebody really looked.

        Unknown is not met, and answers alone never are: what was said is not what is there.
        """
        return self.basics.fulfilled and self.looked

    def open_in(self, item: ItemStanding) -> tuple[ControlStanding, ...]:
        """Return the controls of a framework's item that are not in place, or not known to be."""
        every = (self.assessment.controls[control] for control in item.controls)
        return tuple(one for one in every if one.state not in ("met", "not_applicable"))

    @cached_property
    def unanswered_basics(self) -> tuple[str, ...]:
        """Ids of the profile and basic questions still waiting."""
        return tuple(q.id for q in waiting(self.catalog, self.answers, BASIC_STAGES))

    @cached_property
    def steps(self) -> tuple[Step, ...]:
        """The whole plan; the first is the one next step. Empty when nothing is open."""
        steps = plan(
            self.assessment,
            self.catalog,
            basics=basic_controls(self.catalog),
            unanswered_basics=len(self.unanswered_basics),
            looked=self.looked,
            put_off=self._put_off(),
            lessons=self._lessons,
        )
        if self.tells_incidents:
            return tuple(steps)
        return tuple(msgspec.structs.replace(step, because=None) for step in steps)

    @cached_property
    def _lessons(self) -> dict[str, date]:
        found = lessons_of(self.observations, self.assessment.as_of)
        return {id_: day for id_, day in found.items() if id_ in self.assessment.controls}

    @property
    def lessons(self) -> tuple[tuple[date, ControlStanding], ...]:
        """What the company decided to change after incidents, the newest first, and where it stands.

        Empty for a reader who may not know of incidents.
        """
        if not self.tells_incidents:
            return ()
        found = [(day, self.assessment.controls[id_]) for id_, day in self._lessons.items()]
        return tuple(sorted(found, key=lambda one: (-one[0].toordinal(), one[1].control)))

    def _put_off(self) -> dict[str, PutOff]:
        """Return the steps put off, but for those of which a later look saw something new."""
        seen = {o.id: o.observed_at for o in self.observations if o.source in FIRST_HAND}
        controls = self.assessment.controls
        return {
            step: put_off
            for step, put_off in steps_put_off(self.observations, self.assessment.as_of).items()
            if step not in controls
            or not any(
                seen[id_] > put_off.since
                for finding in controls[step].measured
                if finding.state in OPEN
                for id_ in finding.rests_on
                if id_ in seen
            )
        }

    @property
    def next_step(self) -> Step | None:
        """The one next step, the same wherever it is shown; None when nothing is open."""
        return self.steps[0] if self.steps else None

    @property
    def invites_look(self) -> bool:
        """Whether a first look is worth offering beside a next step that is another."""
        look = next((step for step in self.steps if step.control == LOOK_HERE), None)
        return look is not None and look is not self.next_step and look.resting_until is None

    @cached_property
    def comparisons(self) -> tuple[Comparison, ...]:
        """Published figures that fit the company, with its own state beside each."""
        return tuple(compare(self.assessment, self.catalog))

    @cached_property
    def calendar(self) -> tuple[Due, ...]:
        """Papers and records that must be made or renewed."""
        return tuple(calendar(self.assessment, self.catalog))

    @cached_property
    def disagreements(self) -> tuple[ControlStanding, ...]:
        """Controls where said and measured differ, in catalog order."""
        return tuple(s for s in self.assessment.controls.values() if s.contradiction)

    @cached_property
    def measured(self) -> tuple[Finding, ...]:
        """Every finding of a check, the worst first."""
        found = (f for s in self.assessment.controls.values() for f in s.measured)
        return tuple(worst_first(found))

    @cached_property
    def measured_outside(self) -> tuple[Finding, ...]:
        """Every finding about what is looked at from the Internet, the worst first."""
        return tuple(f for f in self.measured if f.subject.declaration.from_outside)

    @cached_property
    def known_company(self) -> KnownCompany:
        """What is known of the company that programmes of money and help ask about."""
        said = profile_of(self.observations, self.assessment.as_of)
        return known_company(said, self.assessment.profile, prefecture=self.prefecture)

    @property
    def day(self) -> date:
        """The day in Japan for which it was judged."""
        return self.assessment.as_of.astimezone(JAPAN).date()

    @cached_property
    def offers(self) -> tuple[Offer, ...]:
        """Every programme of money and help, what can be used first."""
        # Only here: all that writes papers stands behind it, and a check offers no programme.
        from tojimari.papers.kept import in_force

        money = self.catalog.money
        made = in_force(self.observations, self.day)
        # A draft of a declaration is not the declaration: that one the company has to say.
        here = {id_ for id_ in made if id_ in money.papers and not money.papers[id_].knows}
        papers = held_papers(self.assessment, self.known_company, money, here)
        return offers(self.known_company, money, self.day, papers)

    def offer_for(self, controls: Collection[str], yen: int) -> Offer | None:
        """Return the one programme to name on a step, the same wherever it is shown.

        controls: what the step settles. yen: what it costs.
        """
        return offer_for(controls, yen, self.offers) if self.tells_money else None

    def urgency(self, *, silent: bool) -> Urgency:
        """Return how urgently the company needs help.

        silent: whether one of its devices has not reported for long.
        """
        return urgency(
            self.assessment, self.catalog, basics=self.basics, looked=self.looked, silent=silent
        )


def diagnose(
    observations: Iterable[Observation],
    *,
    company: str,
    catalog: Catalog,
    as_of: datetime,
    device_names: Mapping[str, str] | None = None,
    prefecture: str = "",
) -> Diagnosis:
    """Return the diagnosis of ``company`` as of a moment (UTC). Pure.

    observations: all of the company's, in any order.
    catalog: the knowledge to judge by, with the peers to compare with.
    device_names, prefecture: see ``Diagnosis``.
    """
    known = tuple(observations)
    assessment = assess(known, company=company, catalog=catalog, as_of=as_of)
    return Diagnosis(
        assessment, known, catalog, device_names=device_names or {}, prefecture=prefecture
    )


def diagnose_said(
    states: Mapping[str, State], profile: Profile, *, catalog: Catalog, as_of: datetime
) -> Diagnosis:
    """Return the diagnosis of a company by what it said alone, in a survey for example. Pure.

    states: control id -> state. profile: profile question id -> answer, for choosing peers.
    """
    assessment = assess_said(states, profile, catalog=catalog, as_of=as_of)
    return Diagnosis(assessment, (), catalog)


def moment_of(observations: Iterable[Observation], now: datetime) -> datetime:
    """Return the moment to judge for: ``now``, or a little later where a device's clock is ahead.

    What such a device saw is not in the future.
    """
    return max([now, *(o.observed_at for o in observations)])
