"""The product's tables, straight from the models."""

import importlib
import importlib.util

import sqlalchemy as sa

from kiosk.db import Base

_MODELS = (
    "kiosk.devices.jobs",
    "kiosk.desk.audit",
    "kiosk.desk.staff.models",
    "kiosk.desk.bags.models",
    "kiosk.web.idempotency",
)


def create_schema(engine: sa.Engine) -> None:
    for name in _MODELS:
        parent = name.rpartition(".")[0]
        if importlib.util.find_spec(parent) and importlib.util.find_spec(name):
            importlib.import_module(name)
    Base.metadata.create_all(engine)
    if importlib.util.find_spec("kiosk.desk.audit_ddl"):
        with engine.begin() as connection:
            importlib.import_module("kiosk.desk.audit_ddl").install_triggers(connection)
