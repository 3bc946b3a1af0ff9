"""How the secret of an endpoint looks: 32 random bytes, as Standard Webhooks writes them."""

from __future__ import annotations

import secrets
from base64 import b64encode


def new_secret() -> str:
    return f"whsec_{b64encode(secrets.token_bytes(32)).decode()}"
