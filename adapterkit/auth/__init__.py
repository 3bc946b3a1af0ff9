"""How requests are signed: the kinds, each with a signer of its own. A token is shared by all workers.

An adapter whose remote side has a way of its own brings a kind in its own folder: a frozen dataclass with a method
`signer`, see `adapterkit.auth.base.Auth`.
"""

from adapterkit.auth.base import Account, Auth, NoSecretStore, Outgoing, SecretStore, Signer, TokenAnswer, TokenCall
from adapterkit.auth.combined import AllOf, AuthBySetting
from adapterkit.auth.keys import Basic, HeaderKey, PathKey
from adapterkit.auth.oauth2 import AccessToken, ClientCredentials, RefreshToken
from adapterkit.auth.sessions import Session
from adapterkit.auth.shared import Shared
from adapterkit.auth.signatures import BasicOrOAuth1, Hmac, OAuth1, StandardWebhook, body_of
from adapterkit.auth.store import MemoryTokens, TokenStore

__all__ = [
    "AccessToken",
    "Account",
    "AllOf",
    "Auth",
    "AuthBySetting",
    "Basic",
    "BasicOrOAuth1",
    "ClientCredentials",
    "HeaderKey",
    "Hmac",
    "MemoryTokens",
    "NoSecretStore",
    "OAuth1",
    "Outgoing",
    "PathKey",
    "RefreshToken",
    "SecretStore",
    "Session",
    "Shared",
    "Signer",
    "StandardWebhook",
    "TokenAnswer",
    "TokenCall",
    "TokenStore",
    "body_of",
]
