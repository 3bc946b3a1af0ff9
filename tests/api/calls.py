"""A program that calls the API."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.utils import timezone
from rest_framework.test import APIClient

from accounts.flows.make_api_key import make_api_key
from accounts.models import ApiKey, Company, User

ALL = [scope.value for scope in ApiKey.Scope]


def key_for(company: Company, *scopes: str, project_id: int | None = None, days: int = 30) -> tuple[ApiKey, str]:
    now = timezone.now()
    return make_api_key(
        company=company,
        name="ERP",
        scopes=scopes or ALL,
        now=now,
        by=User.objects.filter(memberships__company=company).first(),
        project_id=project_id,
        expires_at=now + timedelta(days=days),
    )


def client_with(key: str, **headers: str) -> APIClient:
    return APIClient(headers={"Authorization": f"Bearer {key}", **headers})


def program(company: Company, *scopes: str, project_id: int | None = None, **headers: str) -> APIClient:
    """Return a client with a key of the company, for these scopes or for all."""
    return client_with(key_for(company, *scopes, project_id=project_id)[1], **headers)


def problem(response: Any) -> tuple[int, str]:
    """Return status and code of a refusal, after looking that it is told as one."""
    assert response["Content-Type"] == "application/problem+json", response.content
    body = response.json()
    assert body["status"] == response.status_code
    assert all(body[name] for name in ("title", "detail", "mend"))
    return response.status_code, body["code"]
