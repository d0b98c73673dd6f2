"""The demo's staff: one of each role, with a PIN to type and a badge to scan."""

from dataclasses import dataclass

from kiosk.desk.actors import Role


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody of the demo store. PIN and badge are printed on the screen: they protect sample data only."""

    name: str
    role: Role
    pin: str
    badge: str


PEOPLE = (
    Person("王芳", Role.BAG_CHECK, "204060", "BADGE-WANGFANG2024DEMO"),
    Person("李明", Role.DESK, "305070", "BADGE-LIMING2024DEMO"),
    Person("陈静", Role.SUPERVISOR, "406080", "BADGE-CHENJING2024DEMO"),
    Person("赵强", Role.MANAGER, "507090", "BADGE-ZHAOQIANG2024DEMO"),
    # The name that a first start gives its technician, whose one-time PIN the demo replaces.
    Person("technician", Role.TECHNICIAN, "608010", "BADGE-TECHNICIAN2024DEMO"),
)
