"""What the shoppers of the sample store said: a week of presses, and cases in every state, each at its own time."""

import random
from datetime import datetime, time, timedelta, tzinfo
from functools import partial
from typing import TYPE_CHECKING

import msgspec

from kiosk.demo.past import PastClock
from kiosk.desk.actors import Actor
from kiosk.desk.cases.views import CaseKind, CaseSource, NewCase
from kiosk.desk.contacts import ContactData
from kiosk.desk.feedback.views import NewPress, PressSource
from kiosk.events import EventBus

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from kiosk.web.context import Services

_DAYS = 7
_PRESSES_A_DAY = 36
# Out of a hundred shoppers, as a contented store has them: worst to best.
_SHARES = (4, 6, 12, 33, 45)
# Minutes of a day between which shoppers press.
_FROM_MIN, _TO_MIN = 8 * 60 + 5, 21 * 60 + 50
# Cases younger than this still wait for their first answer.
_ANSWERED_AFTER_H = 8
_COMMENTS = (
    "今天收银很快，谢谢！",
    "水果区的地面有点湿，差点滑倒。",
    "Please bring back the rye bread.",
    "推车轮子坏了好几辆。",
    "鱼很新鲜。",
)


class _Told(msgspec.Struct, frozen=True):
    """A case of *hours* ago, and how far it has come since: open, acknowledged, waiting, resolved, closed."""

    hours: float
    kind: CaseKind
    content: str
    department: int = 0
    product: str = ""
    contact: ContactData | None = None
    written: bool = False
    statutory: bool = False
    reached: str = "new"
    outcome: str = ""
    said: str = ""
    did: str = ""


_CASES = (
    _Told(
        150,
        CaseKind.COMPLAINT,
        "周末收银排队超过二十分钟，只开了三个收银台。",
        4,
        contact=ContactData(name="刘女士", phone="13800001234"),
        reached="closed",
        outcome="周末高峰加开两个收银台。",
        said="周末收银排队太久|Weekend queues were too long",
        did="周末高峰加开两个收银台|We open two more tills at weekend peaks",
    ),
    _Told(
        98,
        CaseKind.SUGGESTION,
        "希望母婴室放一个尿布台。",
        3,
        reached="closed",
        outcome="母婴室已添置尿布台。",
        said="母婴室缺少尿布台|The baby room had no changing table",
        did="母婴室添置了尿布台|The baby room has one now",
    ),
    _Told(
        74,
        CaseKind.COMPLAINT,
        "买的酸奶已过期两天。",
        1,
        "酸奶 200 g",
        ContactData(name="张先生", phone="13900005678"),
        written=True,
        reached="resolved",
        outcome="退款并致歉，货架已排查。",
    ),
    _Told(
        30,
        CaseKind.COMPLAINT,
        "微波炉用了三天不加热，门店不给退。",
        3,
        "微波炉 M20",
        ContactData(name="周女士", phone="13700002468"),
        statutory=True,
        reached="waiting",
    ),
    _Told(
        26,
        CaseKind.ENQUIRY,
        "会员积分能不能换购油品？",
        contact=ContactData(name="吴先生", phone="13600001357"),
        reached="acknowledged",
    ),
    _Told(5, CaseKind.COMPLAINT, "生鲜区地面有水，老人差点滑倒。", 1, reached="acknowledged"),
    _Told(1.5, CaseKind.SUGGESTION, "A bench near the exit would help older customers.", 0),
)


def seed_voices(services: "Services", clerk: Actor, manager: Actor) -> None:
    """Add presses and cases to a store that has none. Nothing is printed and nobody is alerted."""
    from kiosk.wiring import build_services

    now = services.clock.now()
    with services.db.read() as session:
        if services.feedback.totals(session, since=now - timedelta(days=400), until=now + timedelta(days=1)).raw:
            return
    clock = PastClock(now)
    # The ordinary services, living in the past without devices; a bus of their own tells nobody.
    quiet = msgspec.structs.replace(
        services.settings,
        alerts=msgspec.structs.replace(services.settings.alerts, channels=[]),
        scans=msgspec.structs.replace(services.settings.scans, beeper=""),
    )
    past = build_services(quiet, (), db=services.db, bus=EventBus(), clock=clock)
    chance = random.Random(7)
    for days_ago in reversed(range(_DAYS)):
        moments = _moments(now, days_ago, services.settings.store.zone, chance)
        services.db.write(partial(_press_all, past=past, clock=clock, moments=moments, seed=chance.random()))
    for told in _CASES:
        services.db.write(partial(_tell, past=past, clock=clock, told=told, now=now, clerk=clerk, manager=manager))


def _moments(now: datetime, days_ago: int, zone: tzinfo, chance: random.Random) -> list[datetime]:
    day = (now.astimezone(zone) - timedelta(days=days_ago)).date()
    begin = datetime.combine(day, time(), zone)
    minutes = sorted(chance.sample(range(_FROM_MIN, _TO_MIN), _PRESSES_A_DAY))
    return [at for minute in minutes if (at := begin + timedelta(minutes=minute)) < now - timedelta(minutes=1)]


def _press_all(session: "Session", *, past: "Services", clock: PastClock, moments: list[datetime], seed: float) -> None:
    chance = random.Random(seed)
    survey = past.surveys.version(session, "satisfaction")
    for number, at in enumerate(moments):
        clock.at = at
        rating = chance.choices(range(1, 6), _SHARES)[0]
        offered = [reason.id for reason in survey.survey.reasons if rating in reason.ratings]
        reasons = tuple(chance.sample(offered, min(len(offered), chance.choice((0, 0, 1, 1, 2)))))
        comment = chance.choice(_COMMENTS) if number % 17 == 5 else ""
        key = f"sample{chance.getrandbits(80):020x}"
        past.feedback.press(
            session, NewPress(key=key, survey="satisfaction", rating=rating, source=PressSource.KIOSK, reasons=reasons, comment=comment)
        )


def _tell(session: "Session", *, past: "Services", clock: PastClock, told: _Told, now: datetime, clerk: Actor, manager: Actor) -> None:
    cases, settings = past.cases, past.settings
    clock.at = at = now - timedelta(hours=told.hours)
    taken = cases.open(
        session,
        clerk,
        NewCase(
            kind=told.kind,
            content=told.content,
            source=CaseSource.DESK,
            contact=told.contact,
            consent_version=settings.privacy.consent_version if told.contact else "",
            department=settings.cases.departments[told.department],
            product=told.product,
            written=told.written,
            statutory=told.statutory,
            call_back_at=now + timedelta(hours=3) if told.kind is CaseKind.ENQUIRY else None,
            print_slip=False,
        ),
    )
    if told.reached == "new":
        return
    step = (now - at) / 6
    clock.at = at + step
    cases.acknowledge(session, clerk, taken.id)
    cases.assign(session, manager, taken.id, owner_id=clerk.id)
    if told.hours > _ANSWERED_AFTER_H:
        cases.first_answer(session, clerk, taken.id, "已电话告知顾客正在处理")
    if told.reached == "acknowledged":
        return
    clock.at += step
    cases.start(session, clerk, taken.id)
    if told.reached == "waiting":
        cases.wait(session, clerk, taken.id, "厂家检测结果")
        return
    clock.at += step
    cases.resolve(session, clerk, taken.id, told.outcome)
    if told.reached == "resolved":
        return
    clock.at += step
    cases.close(session, clerk, taken.id, call_back="已电话回复，顾客满意" if told.contact else "no contact left")
    if told.said:
        said, did = (dict(zip(("zh", "en"), text.split("|"), strict=True)) for text in (told.said, told.did))
        cases.release_story(session, manager, taken.id, said, did)
