"""What a store starts with until its manager edits it: seven days for a return, fifteen for an exchange, and what comes never back.

Goods that are faulty come back where others of their kind do not; appliances are tried first, and after the terms their
vendor looks at them, as the usual guarantee (returned in 7 days, exchanged in 15, repaired for a year) has it.
"""

from kiosk.desk.returns.policy.views import (
    Condition,
    LineFacts,
    Need,
    Outcome,
    Packaging,
    Policy,
    PolicyExample,
    PolicyRow,
    ReturnKind,
)

RETURN_DAYS, EXCHANGE_DAYS = 7, 15
# Guarantee of appliances in days after the sale.
GUARANTEE_DAYS = 365

_FAULTY = [Condition.FAULTY]
_FRESH, _HYGIENE, _MADE_TO_ORDER, _APPLIANCES = ["生鲜"], ["个护", "内衣"], ["定制"], ["家电"]


ROWS = [
    PolicyRow(
        Outcome.REFUSE,
        {"zh": "商品由顾客造成损坏，不能退换。", "en": "The goods were damaged after the sale and cannot be taken back."},
        conditions=[Condition.DAMAGED],
    ),
    PolicyRow(
        Outcome.REFUSE,
        {
            "zh": "赠品不能单独退换，须与所购商品一起退回。",
            "en": "A gift cannot come back alone, only together with the goods that it was given with.",
        },
        gift=True,
    ),
    PolicyRow(
        Outcome.REFUSE,
        {"zh": "购物卡、充值和票券售出后不能退换。", "en": "Gift cards, phone credit and tickets cannot be taken back."},
        categories=["卡券", "充值"],
    ),
    PolicyRow(
        Outcome.ALLOW,
        {
            "zh": "生鲜商品变质，次日前可退换，须主管确认。",
            "en": "Spoiled fresh goods come back until the day after the sale; a supervisor confirms it.",
        },
        categories=_FRESH,
        conditions=_FAULTY,
        return_days=1,
        exchange_days=1,
        needs=[Need.SUPERVISOR],
    ),
    PolicyRow(
        Outcome.REFUSE,
        {"zh": "生鲜商品不能退换，变质除外。", "en": "Fresh goods cannot be taken back unless they are spoiled."},
        categories=_FRESH,
    ),
    PolicyRow(
        Outcome.ALLOW,
        {
            "zh": "个人护理用品和内衣有质量问题可退换，须主管确认。",
            "en": "Faulty hygiene goods and underwear can be taken back; a supervisor confirms it.",
        },
        categories=_HYGIENE,
        conditions=_FAULTY,
        needs=[Need.SUPERVISOR],
    ),
    PolicyRow(
        Outcome.REFUSE,
        {
            "zh": "个人护理用品和内衣拆封后不能退换。",
            "en": "Hygiene goods and underwear cannot be taken back once their packaging is opened.",
        },
        categories=_HYGIENE,
        packaging=[Packaging.OPENED, Packaging.MISSING],
    ),
    PolicyRow(
        Outcome.REFUSE,
        {
            "zh": "个人护理用品和内衣使用后不能退换。",
            "en": "Hygiene goods and underwear cannot be taken back once they are opened or used.",
        },
        categories=_HYGIENE,
        conditions=[Condition.OPENED, Condition.USED],
    ),
    PolicyRow(
        Outcome.REPAIR_FIRST,
        {"zh": "定制商品有质量问题，先由厂家修改或重做。", "en": "Faulty goods made to order are put right by their maker first."},
        categories=_MADE_TO_ORDER,
        conditions=_FAULTY,
    ),
    PolicyRow(
        Outcome.REFUSE,
        {"zh": "定制商品不能退换。", "en": "Goods made to order cannot be taken back."},
        categories=_MADE_TO_ORDER,
    ),
    PolicyRow(
        Outcome.REPAIR_FIRST,
        {
            "zh": "退货期已过，在保修期内先由厂家检修。",
            "en": "The term for a return has passed; within the guarantee the vendor looks at the appliance first.",
        },
        categories=_APPLIANCES,
        kinds=[ReturnKind.RETURN],
        conditions=_FAULTY,
        days_from=RETURN_DAYS + 1,
        days_to=GUARANTEE_DAYS,
    ),
    PolicyRow(
        Outcome.REPAIR_FIRST,
        {
            "zh": "换货期已过，在保修期内先由厂家检修。",
            "en": "The term for an exchange has passed; within the guarantee the vendor looks at the appliance first.",
        },
        categories=_APPLIANCES,
        kinds=[ReturnKind.EXCHANGE],
        conditions=_FAULTY,
        days_from=EXCHANGE_DAYS + 1,
        days_to=GUARANTEE_DAYS,
    ),
    PolicyRow(
        Outcome.ALLOW,
        {
            "zh": "家电有质量问题，试机并核对序列号后可退换。",
            "en": "A faulty appliance can be taken back once it was tried and its serial number noted.",
        },
        categories=_APPLIANCES,
        conditions=_FAULTY,
        needs=[Need.APPLIANCE_TEST, Need.SERIAL],
    ),
    PolicyRow(
        Outcome.REFUSE,
        {"zh": "无质量问题的商品使用后不能退换。", "en": "Goods that are not faulty cannot be taken back once they were used."},
        conditions=[Condition.USED],
    ),
    PolicyRow(
        Outcome.ALLOW,
        {
            "zh": "家电试机、核对序列号且包装齐全可退换。",
            "en": "An appliance can be taken back once it was tried and its serial number noted, with its whole packaging.",
        },
        categories=_APPLIANCES,
        needs=[Need.APPLIANCE_TEST, Need.SERIAL, Need.PACKAGING],
    ),
    PolicyRow(
        Outcome.REFUSE,
        {"zh": "食品开封后不能退换，有质量问题除外。", "en": "Food cannot be taken back once it was opened, unless it is faulty."},
        categories=["食品"],
        conditions=[Condition.OPENED],
    ),
]


def _example(
    expected: Outcome, category: str, days: int, condition: Condition, packaging: Packaging, kind: ReturnKind = ReturnKind.RETURN
) -> PolicyExample:
    return PolicyExample(LineFacts(kind=kind, days=days, category=category, condition=condition, packaging=packaging), expected)


# What everybody at the desk knows by heart; a change of the table that turns one of them over asks first.
EXAMPLES = [
    _example(Outcome.ALLOW, "百货", 1, Condition.AS_NEW, Packaging.OPENED),
    _example(Outcome.REFUSE, "百货", 60, Condition.AS_NEW, Packaging.OPENED),
    _example(Outcome.ALLOW, "百货", 3, Condition.AS_NEW, Packaging.OPENED, ReturnKind.EXCHANGE),
    _example(Outcome.REFUSE, "生鲜", 0, Condition.AS_NEW, Packaging.SEALED),
    _example(Outcome.ALLOW, "生鲜", 0, Condition.FAULTY, Packaging.OPENED),
    _example(Outcome.REFUSE, "个护", 1, Condition.AS_NEW, Packaging.OPENED),
    _example(Outcome.REFUSE, "定制", 0, Condition.AS_NEW, Packaging.SEALED),
    _example(Outcome.ALLOW, "家电", 3, Condition.FAULTY, Packaging.OPENED),
    _example(Outcome.REPAIR_FIRST, "家电", 30, Condition.FAULTY, Packaging.OPENED),
    _example(Outcome.REFUSE, "家电", 3, Condition.DAMAGED, Packaging.OPENED),
]

POLICY = Policy(rows=ROWS, return_days=RETURN_DAYS, exchange_days=EXCHANGE_DAYS, examples=EXAMPLES)
