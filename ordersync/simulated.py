"""The simulated sides that `manage.py simulate` serves: those of all marketplaces and platforms that have one.

A side is kept as `<code>.kept` in a directory: a line with the version of its code and a checksum, then its pickle.
"""

from __future__ import annotations

import hashlib
import inspect
import os
import pickle
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any
from wsgiref.simple_server import WSGIServer

from adapterkit.simulator import Simulator, served
from adapterkit.spec import MarketplaceSpec, ShopSpec
from adapterkit.trying_out import ControlDoor, Sold
from marketplaces import registry as marketplaces
from shops import registry as shops

HOST = "127.0.0.1"
DEMO = ("bol", "woocommerce")  # between which the demo's orders walk
CATALOGUE = tuple(
    Sold(sku=sku, title=title, price=Decimal(price), ean=f"87104000000{place}{place}", stock=250, reduced=reduced)
    for place, (sku, title, price, reduced) in enumerate(
        (
            ("MUG-BLUE", "Mug, blue", "12.10", False),
            ("MUG-RED", "Mug, red", "12.95", False),
            ("TEA-250", "Green tea, 250 g", "10.90", True),
            ("LAMP-01", "Desk lamp", "49.99", False),
            ("BOOK-NL", "Cookbook", "24.50", True),
        )
    )
)


def simulated_codes() -> list[str]:
    """Return the codes of all sides that can be served, marketplaces first; bol and WooCommerce, the demo's, lead."""
    found = [
        code for registry in (marketplaces.MARKETPLACES, shops.SHOPS) for code, (*_, name) in registry.items() if name
    ]
    demo = [code for code in DEMO if code in found]
    return demo + [code for code in found if code not in demo]


def name_of(code: str) -> str:
    return _spec(code).name


def stocked(code: str, **options: Any) -> Any:
    """Return a new simulated side that sells the catalogue; raises KeyError for one that we do not know."""
    kind: Any = _kind(code)
    # Numbers go on after a restart, as the real sides' do.
    side = kind(first_id=int(time.time()), **options)
    for product in CATALOGUE:
        side.stock_up(product)
    return side


class NotKept(Exception):
    """What was kept of a side cannot go on; the text says why."""


def keep(directory: Path, code: str, side: Any) -> None:
    """Write a side down as it is now, unless it is written down so already."""
    with side.lock:
        pickled = pickle.dumps(side)
        path, head = _path(directory, code), _head(code, pickled)
        if path.exists():
            with path.open("rb") as file:
                if file.readline() == head:
                    return
        directory.mkdir(parents=True, exist_ok=True)
        draft = path.with_suffix(".draft")
        draft.unlink(missing_ok=True)
        # It holds names and addresses, and is read back as code would be: its owner's alone.
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(head + pickled)
        draft.replace(path)


def kept(directory: Path, code: str) -> Any:
    """Return a side as it was kept, None when it never was; raises `NotKept` when it cannot go on."""
    path, name = _path(directory, code), name_of(code)
    try:
        with path.open("rb") as file:
            head, pickled = file.readline(), file.read()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise NotKept(f"The simulated {name} cannot go on: {path} cannot be read ({error.strerror}).") from None
    expected = _head(code, pickled)
    if head.split()[1:] != expected.split()[1:]:
        raise NotKept(f"The simulated {name} cannot go on: {path} is damaged.")
    if head != expected:
        raise NotKept(f"The simulated {name} cannot go on: another version of OrderSync kept it.")
    try:
        return pickle.loads(pickled)  # noqa: S301 - what we wrote, in a directory of ours
    except Exception:  # noqa: BLE001 - another Python may find anything wrong with it
        raise NotKept(f"The simulated {name} cannot go on: {path} does not fit this Python.") from None


def forget(directory: Path, code: str) -> None:
    _path(directory, code).unlink(missing_ok=True)


def _path(directory: Path, code: str) -> Path:
    return directory / f"{code}.kept"


def _head(code: str, pickled: bytes) -> bytes:
    return f"{version_of(code)} {hashlib.sha256(pickled).hexdigest()}\n".encode()


@cache
def version_of(code: str) -> str:
    """Return a hash of the code that a side is made of: all files beside the classes of its simulator."""
    folders = {Path(inspect.getfile(one)).parent for one in _kind(code).__mro__ if issubclass(one, Simulator)}
    version = hashlib.sha256()
    for path in sorted(path for folder in folders for path in folder.glob("*.py")):
        version.update(path.read_bytes())
    return version.hexdigest()


@dataclass(frozen=True, slots=True)
class Served:
    """A side at an address of this machine. `fields` is what connects it, in the words of its page."""

    name: str
    side: Any
    server: WSGIServer
    url: str
    fields: Callable[[], Mapping[str, str]]


def serve(code: str, side: Any, port: int, *, directory: Path | None = None) -> Served:
    """Serve a side with its control door; port 0 takes any that is free. It is kept in the directory that is given."""
    spec = _spec(code)
    labels = {setting.name: setting.label for setting in spec.settings}

    def fields() -> Mapping[str, str]:
        return {labels[name]: value for name, value in side.connect_with(url).items()}

    door: Callable[..., Iterable[bytes]] = ControlDoor(side, fields)
    server = served(Keeping(door, lambda: keep(directory, code, side)) if directory else door, HOST, port)
    url = f"http://{HOST}:{server.server_port}"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return Served(spec.name, side, server, url, fields)


class Keeping:
    """A WSGI application: a side that is kept after each write, and before its answer. What we know, a kill leaves."""

    def __init__(self, application: Callable[..., Iterable[bytes]], keep: Callable[[], None]) -> None:
        self.application, self.keep = application, keep

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        answer = self.application(environ, start_response)
        if environ["REQUEST_METHOD"] not in {"GET", "HEAD"}:
            self.keep()
        return answer


def _kind(code: str) -> type[Simulator]:
    return marketplaces.simulator_for(code) if code in marketplaces.MARKETPLACES else shops.simulator_for(code)


def _spec(code: str) -> MarketplaceSpec | ShopSpec:
    return marketplaces.marketplace(code).spec if code in marketplaces.MARKETPLACES else shops.shop(code).spec
