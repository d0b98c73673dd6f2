"""Goods whose verdict must stay what it is while the table is edited: a change that turns one over says so before it counts."""

from typing import NamedTuple

import msgspec

from kiosk.desk.returns.policy.rules import judge
from kiosk.desk.returns.policy.views import Outcome, Policy, PolicyExample, Verdict


class Turned(NamedTuple):
    """An example that comes out otherwise now. *number* counts from 0."""

    number: int
    example: PolicyExample
    verdict: Verdict


def outcome_of(verdict: Verdict) -> Outcome:
    """*verdict* in the words of a row."""
    if verdict.repair_first:
        return Outcome.REPAIR_FIRST
    return Outcome.ALLOW if verdict.allowed else Outcome.REFUSE


def turned(policy: Policy) -> list[Turned]:
    """The examples of *policy* that its table does not judge as they expect."""
    judged = [Turned(number, example, judge(policy, example.facts)) for number, example in enumerate(policy.examples)]
    return [one for one in judged if outcome_of(one.verdict) is not one.example.expected]


def following(policy: Policy) -> Policy:
    """*policy* whose examples expect what its table says."""
    examples = [PolicyExample(example.facts, outcome_of(judge(policy, example.facts))) for example in policy.examples]
    return msgspec.structs.replace(policy, examples=examples)
