"""What an adapter can do, read from its class: there is no list to keep equal to the code."""

from __future__ import annotations

from adapterkit import marketplace, shop
from adapterkit.marketplace import Marketplace
from adapterkit.shop import Shop


def has(adapter: type, capability: type) -> bool:
    """Whether an adapter's class has every method of a capability."""
    methods = [name for name in vars(capability) if not name.startswith("_")]
    return all(callable(getattr(adapter, name, None)) for name in methods)


def capabilities(adapter: type[Marketplace] | type[Shop]) -> list[str]:
    """Return the names of the capabilities an adapter has, in the order of the contract."""
    known = marketplace.CAPABILITIES if issubclass(adapter, Marketplace) else shop.CAPABILITIES
    return [capability.__name__ for capability in known if has(adapter, capability)]
