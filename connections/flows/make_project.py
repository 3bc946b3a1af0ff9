"""A project: one shop with its products and its carrier plan."""

from __future__ import annotations

from datetime import datetime

from django.db import IntegrityError, transaction

from accounts.audit import write_audit
from accounts.models import Company, User
from carriers.models import CarrierPlan
from connections.models import Project


class NameTaken(Exception):
    """The company has a project of this name."""


def make_project(*, company: Company, name: str, now: datetime, by: User | None) -> Project:
    """Make a project with a carrier plan of its own. Raises `NameTaken`, with nothing made."""
    try:
        with transaction.atomic():
            plan, _ = CarrierPlan.objects.get_or_create(company=company, name=name)
            project = Project.objects.create(company=company, name=name, carrier_plan=plan)
            write_audit(company, by, "project_made", f"project:{project.pk}", now, name=name)
    except IntegrityError:
        raise NameTaken from None
    return project
