"""The JSON API under /api/v1: one module a resource, each view described for the OpenAPI document beside its code."""

from flask import Blueprint

PREFIX = "/api/v1"


def api_blueprints() -> list[Blueprint]:
    """Every resource of the API, in the order of its description."""
    from kiosk.web.api import (
        alerts,
        bags,
        case_papers,
        cases,
        devices,
        events,
        feedback,
        handovers,
        jobs,
        lost_tickets,
        openapi,
        pickups,
        ratings,
        receipts,
        reconciliations,
        refunds,
        return_policy,
        returns,
        scans,
        surveys,
    )

    modules = (
        bags,
        lost_tickets,
        reconciliations,
        jobs,
        scans,
        devices,
        events,
        feedback,
        surveys,
        ratings,
        handovers,
        cases,
        case_papers,
        alerts,
        receipts,
        return_policy,
        returns,
        refunds,
        pickups,
        openapi,
    )
    return [module.blueprint for module in modules]
