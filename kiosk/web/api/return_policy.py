"""The return policy for programs: the version that counts, every earlier one, trying goods out, and saving another."""

from typing import Annotated

import msgspec
from flask import Blueprint
from flask.typing import ResponseReturnValue
from msgspec import Meta

from kiosk.desk.returns.policy.models import NOTE_LENGTH
from kiosk.desk.returns.policy.views import LineFacts, Need, Policy, PolicyVersion, RefundTo, Verdict
from kiosk.web.api import PREFIX
from kiosk.web.api.description import describe
from kiosk.web.auth import require_actor, requires
from kiosk.web.commands import command, json_answer, json_response
from kiosk.web.context import current_services
from kiosk.web.decoding import decode, decode_query
from kiosk.web.i18n import translate

blueprint = Blueprint("api_return_policy", __name__, url_prefix=f"{PREFIX}/return-policy")


class PolicyVersionsQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How many versions."""

    limit: Annotated[int, Meta(ge=1, le=200, description="Versions at most.")] = 50


class PolicyVersions(msgspec.Struct, frozen=True):
    """Versions, the newest first."""

    versions: list[PolicyVersion]


class NewPolicy(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A policy to be saved."""

    policy: Policy
    based_on: Annotated[int, Meta(description="The version that was read and changed; another that counts meanwhile is a 409.")]
    note: Annotated[str, Meta(max_length=NOTE_LENGTH, description="What was changed, and why.")] = ""
    turn_examples: Annotated[
        bool, Meta(description="Save although examples of the policy come out otherwise, which is a 409 else; they follow the table.")
    ] = False


class TryOut(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Goods that the policy is asked about."""

    facts: LineFacts
    policy: Annotated[Policy | None, Meta(description="A policy that is not saved; without it the one that counts.")] = None


class TriedOut(msgspec.Struct, frozen=True):
    """The verdict, its texts in the reader's language. *row* counts from 0; null: the policy's own days, or what no row may change."""

    allowed: bool
    reason: str
    remedy: str | None
    needs: list[Need]
    refund_to: RefundTo
    days_left: int | None
    row: int | None
    open_questions: list[str]
    repair_first: bool


@blueprint.get("")
@describe("The return policy that counts", answers={200: PolicyVersion}, problems=(404,))
@requires("returns:read")
def get_return_policy() -> ResponseReturnValue:
    services = current_services()
    with services.db.read() as session:
        return json_response(services.policy.current(session))


@blueprint.get("/versions")
@describe("Versions of the return policy, the newest first", query=PolicyVersionsQuery, answers={200: PolicyVersions}, problems=(422,))
@requires("returns:read")
def list_return_policies() -> ResponseReturnValue:
    query, services = decode_query(PolicyVersionsQuery), current_services()
    with services.db.read() as session:
        return json_response(PolicyVersions(services.policy.versions(session, query.limit)))


@blueprint.get("/<id:version>")
@describe("One version of the return policy", answers={200: PolicyVersion}, problems=(404,))
@requires("returns:read")
def get_return_policy_version(version: int) -> ResponseReturnValue:
    services = current_services()
    with services.db.read() as session:
        return json_response(services.policy.version(session, version))


@blueprint.post("")
@describe(
    "Save a return policy: a new version, which counts from now on",
    body=NewPolicy,
    answers={201: PolicyVersion},
    problems=(409, 422),
    example={
        "policy": {
            "rows": [
                {
                    "outcome": "refuse",
                    "categories": ["生鲜"],
                    "reason": {"zh": "生鲜商品不能退换。", "en": "Fresh goods cannot be taken back."},
                }
            ],
            "return_days": 7,
            "exchange_days": 15,
        },
        "based_on": 1,
        "note": "Fresh goods only",
    },
)
@requires("returns:manage")
def save_return_policy() -> ResponseReturnValue:
    wanted, services, actor = decode(NewPolicy), current_services(), require_actor()
    return command(
        lambda session: services.policy.save(
            session, actor, wanted.policy, based_on=wanted.based_on, note=wanted.note, turn_examples=wanted.turn_examples
        ),
        lambda saved: json_answer(saved, 201, location=f"{PREFIX}/return-policy/{saved.version}"),
    )


@blueprint.post("/try")
@describe(
    "What the policy, or one that is not saved, says about goods; nothing is recorded",
    body=TryOut,
    answers={200: TriedOut},
    problems=(404, 422),
    example={"facts": {"kind": "return", "days": 3, "category": "生鲜/水果", "unit_price_fen": 1180}},
)
@requires("returns:read")
def try_return_policy() -> ResponseReturnValue:
    asked, services = decode(TryOut), current_services()
    if asked.policy is not None:
        policy = services.policy.checked(asked.policy)
    else:
        with services.db.read() as session:
            policy = services.policy.current(session).policy
    return json_response(_tried(services.policy.judge(policy, asked.facts)))


def _tried(verdict: Verdict) -> TriedOut:
    return TriedOut(
        allowed=verdict.allowed,
        reason=translate(verdict.reason),
        remedy=translate(verdict.remedy) if verdict.remedy is not None else None,
        needs=sorted(verdict.needs),
        refund_to=verdict.refund_to,
        days_left=verdict.days_left,
        row=verdict.row,
        open_questions=sorted(verdict.open_questions),
        repair_first=verdict.repair_first,
    )
