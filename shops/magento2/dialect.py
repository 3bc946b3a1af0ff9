"""What refusals mean, by Magento's own words: templates with their values apart, and statuses that say little."""

from __future__ import annotations

from adapterkit.dialects import Json
from adapterkit.errors import AdapterError, AlreadyExists, AuthenticationFailed, NotFound, Rejected
from adapterkit.sentences import say
from adapterkit.spec import Endpoint
from adapterkit.transport import Answer
from shops.magento2 import mapper

WRONG_SIGNATURE = "signature is invalid"


class MagentoJson(Json):
    """See the module."""

    def judge(self, answer: Answer, endpoint: Endpoint) -> AdapterError | None:
        said = mapper.words(answer.body)
        match answer.status:
            case 401 | 403 if said:
                return _unauthorised(answer, said)
            case 404 if "does not match any route" in said:
                return Rejected(
                    "The shop has no such address: is the code of the store view right, and its inventory switched on?",
                    remote=said,
                    status=404,
                )
            case 404 if said:
                return NotFound("The shop does not have it", remote=said, status=404)
            case 404:
                return Rejected("There is no Magento API at this address; enter the shop's own", status=404)
            case 400 if said:
                return _refusal(said)
            case _:
                return None


class SalableJson(MagentoJson):
    """For an unknown SKU `get-product-salable-quantity` fails with a bare sentence instead of data."""

    def judge(self, answer: Answer, endpoint: Endpoint) -> AdapterError | None:
        if answer.status == 500 and answer.headers.get("Content-Type", "").startswith("text/plain"):  # noqa: PLR2004
            return NotFound("The shop does not know this SKU", status=answer.status)
        return super().judge(answer, endpoint)


MAGENTO, SALABLE = MagentoJson(), SalableJson()


def not_taken_alone(answer: Answer) -> AdapterError | None:
    """Return what a refusal means where the merchant chose to sign with the access token alone."""
    said = mapper.words(answer.body)
    resources = mapper.resources(answer.body) if answer.status in {401, 403} and said else ""
    if not resources or WRONG_SIGNATURE in said:
        return None
    return AuthenticationFailed(
        say(
            "Magento does not take the access token alone: allow it on the server with bin/magento config:set "
            "oauth/consumer/enable_integration_as_bearer 1, or enter all four keys. Where it is allowed, the "
            "integration lacks %(resources)s",
            resources=resources,
        ),
        remote=said,
        status=answer.status,
    )


def _unauthorised(answer: Answer, said: str) -> AuthenticationFailed:
    resources = mapper.resources(answer.body)
    if WRONG_SIGNATURE in said:
        return AuthenticationFailed(
            "The shop refuses the signature: one of the two secrets is wrong, or the shop stands behind a proxy "
            "and does not know that its address begins with https",
            remote=said,
            status=answer.status,
        )
    if not resources:
        return AuthenticationFailed("The shop refuses the keys", remote=said, status=answer.status)
    return AuthenticationFailed(
        say(
            "The integration may not use %(resources)s: grant it under System > Extensions > Integrations",
            resources=resources,
        ),
        remote=said,
        status=answer.status,
    )


def _refusal(said: str) -> Rejected:
    if "Unique constraint violation" in said:
        return AlreadyExists("The order number is taken", remote=said, status=400)
    if said.startswith("We can't save the address"):
        return Rejected(
            "The shop does not take the address: correct it here, or make the field optional under "
            "Stores > Configuration > Customers > Customer Configuration > Name and Address Options",
            remote=said,
            status=400,
        )
    return Rejected("The shop refuses it", remote=said, status=400)
