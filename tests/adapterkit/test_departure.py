"""What is known of a call that broke: whether any of the request went out, whatever the error is called."""

from __future__ import annotations

import datetime
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from adapterkit.auth import Basic
from adapterkit.errors import OutcomeUnknown, TemporarilyUnavailable
from adapterkit.network import NetworkPolicy
from adapterkit.pinned import tls_context
from adapterkit.spec import creates
from adapterkit.transport import Transport

pytestmark = pytest.mark.sockets
CREATE = creates("/things")
PATIENCE = 20


@pytest.fixture(scope="module")
def identity(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A key and a certificate of its own for localhost, in one file."""
    key, name = (
        ec.generate_private_key(ec.SECP256R1()),
        x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")]),
    )
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1000))
        .not_valid_after(now + datetime.timedelta(days=1000))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "identity.pem"
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.write_bytes(secret + made.public_bytes(serialization.Encoding.PEM))
    return path


class Server:
    """Takes one connection after the other and does with each what it was told to."""

    def __init__(self, serve: Callable[[socket.socket], None]) -> None:
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.serve = serve
        threading.Thread(target=self._run, daemon=True).start()

    def _run(self) -> None:
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            with connection:
                connection.settimeout(PATIENCE)
                self.serve(connection)


@pytest.fixture
def served() -> Iterator[Callable[[Callable[[socket.socket], None]], Server]]:
    running: list[Server] = []

    def begin(serve: Callable[[socket.socket], None]) -> Server:
        running.append(Server(serve))
        return running[-1]

    yield begin
    for server in running:
        server.listener.close()


def post(port: int, scheme: str = "https", resolver: Callable[[str, int], list[str]] | None = None) -> None:
    policy = NetworkPolicy(
        allowed_private_hosts=frozenset({f"localhost:{port}"}), resolver=resolver or (lambda *_: ["127.0.0.1"])
    )
    door = Transport(
        base_url=f"{scheme}://localhost:{port}",
        auth=Basic(username="user", password="secret"),
        credentials={"secret": "S3cret"},
        settings={"user": "me"},
        policy=policy,
    )
    door.call(CREATE, body={"thing": 1})


def test_tls_that_breaks_before_the_request_left_nothing_there(served: Callable[..., Server]) -> None:
    server = served(lambda connection: connection.recv(5) and None)

    with pytest.raises(TemporarilyUnavailable):
        post(server.port)


def test_a_certificate_that_nobody_vouches_for_left_nothing_there(
    served: Callable[..., Server], identity: Path
) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(identity)

    def serve(connection: socket.socket) -> None:
        with suppress(OSError):
            context.wrap_socket(connection, server_side=True).recv(1)

    with pytest.raises(TemporarilyUnavailable, match="certificate is not valid"):
        post(served(serve).port)


def test_tls_that_breaks_after_the_request_leaves_open_what_happened(
    served: Callable[..., Server], identity: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(identity)
    seen: list[bytes] = []

    def serve(connection: socket.socket) -> None:
        raw = connection.dup()
        secure = context.wrap_socket(connection, server_side=True)
        seen.append(secure.recv(65536))
        raw.sendall(b"\x17\x03\x03\x00\x20" + b"x" * 32)  # a record that no key opens
        raw.close()

    trusting = tls_context.__wrapped__()
    trusting.load_verify_locations(identity)
    monkeypatch.setattr("adapterkit.pinned.tls_context", lambda: trusting)

    with pytest.raises(OutcomeUnknown):
        post(served(serve).port)
    assert seen[0].startswith(b"POST /things")


def test_a_connection_that_ends_after_the_request_leaves_open_what_happened(served: Callable[..., Server]) -> None:
    server = served(lambda connection: connection.recv(65536) and None)

    with pytest.raises(OutcomeUnknown):
        post(server.port, "http")


@pytest.mark.parametrize("error", [OSError("no resolver"), UnicodeError("label too long"), TimeoutError()])
def test_a_name_that_does_not_resolve_left_nothing_there(error: Exception) -> None:
    def resolver(host: str, port: int) -> list[str]:
        raise error

    with pytest.raises(TemporarilyUnavailable, match="nobody knows the host's name"):
        post(9, resolver=resolver)


def test_nobody_listens_left_nothing_there() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]

    with pytest.raises(TemporarilyUnavailable, match="cannot be reached"):
        post(port)
