"""The one call of a webhook that we send: a signed message, posted to the address that a company gave."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlsplit

from requests.adapters import BaseAdapter
from requests.utils import requote_uri

from adapterkit.auth import StandardWebhook
from adapterkit.dialects import Nothing
from adapterkit.network import PUBLIC_ONLY, NetworkPolicy
from adapterkit.spec import replaces
from adapterkit.transport import Answer, Recorder, Transport

MESSAGE = Nothing(content_type="application/json")


def post_webhook(
    *,
    url: str,
    message_id: str,
    body: bytes,
    secrets: Mapping[str, str],
    recorder: Recorder | None = None,
    policy: NetworkPolicy = PUBLIC_ONLY,
    mounts: Mapping[str, BaseAdapter] | None = None,
) -> Answer:
    """Post one message to an address that `check_webhook_url` let pass.

    Raises `AdapterError` for every answer but a success; a redirect is none. May be repeated: whoever gets the message
    knows it by its id. `secrets` are `secret` and, while it is being replaced, `previous_secret`. What follows the
    question mark of the address often is a secret too, and is hidden.
    """
    parts = urlsplit(url)
    wanted = f"{parts.path}?{parts.query}" if parts.query else parts.path
    transport = Transport(
        base_url=f"{parts.scheme}://{parts.netloc}",
        auth=StandardWebhook(),
        credentials={**secrets, "query": parts.query, "query_as_sent": urlsplit(requote_uri(url)).query},
        settings={"message_id": message_id},
        recorder=recorder,
        policy=policy,
        mounts=mounts,
    )
    return transport.call(replaces(wanted, method="POST", dialect=MESSAGE), body=body)
