"""A real SMTP server on a socket of this machine, which goes wrong when it is told to."""

import asyncio
import shutil
import socket
import ssl
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult


@dataclass
class Received:
    """One email as the server took it."""

    mail_from: str
    recipients: list[str]
    content: bytes

    @property
    def email(self) -> EmailMessage:
        """The email, parsed."""
        parsed = message_from_bytes(self.content, policy=policy.default)
        assert isinstance(parsed, EmailMessage)
        return parsed

    @property
    def message_id(self) -> str:
        """Its Message-ID."""
        return str(self.email["Message-ID"])


@dataclass
class Behaviour:
    """How the server behaves; change it at any time.

    `answers` is a step (connect, MAIL, RCPT, DATA, dot) → an answer, given `times` times
    (None: always). `hang_at` never answers that step, `drip_at` answers without an end; `lose_after_dot` takes the email
    and then drops the connection without a word.
    """

    answers: dict[str, str] = field(default_factory=dict)
    times: int | None = None
    hang_at: str | None = None
    drip_at: str | None = None
    lose_at: str | None = None
    lose_after_dot: bool = False
    password: str | None = None
    per_connection: int | None = None


class _Handler:
    def __init__(self, server: "SmtpServer") -> None:
        self._server = server

    async def handle_EHLO(self, server, session, envelope, hostname, responses):  # noqa: N802
        session.host_name = hostname
        await self._server.fault("EHLO", server)
        return responses

    async def handle_MAIL(self, server, session, envelope, address, options):  # noqa: N802
        answer = await self._server.fault("MAIL", server)
        if answer:
            return answer
        envelope.mail_from = address
        return "250 OK"

    async def handle_RCPT(self, server, session, envelope, address, options):  # noqa: N802
        answer = await self._server.fault("RCPT", server)
        if answer:
            return answer
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):  # noqa: N802
        behaviour = self._server.behaviour
        answer = await self._server.fault("dot", server)
        if answer:
            return answer
        self._server.received.append(
            Received(envelope.mail_from, list(envelope.rcpt_tos), envelope.content)
        )
        if behaviour.lose_after_dot:
            server.transport.abort()
            return "250 nobody hears this"
        await self._server.fault("after dot", server)
        return "250 taken"


class _Smtp(SMTP):
    """aiosmtpd's server, with faults at the banner and at DATA itself."""

    def __init__(self, ours: "SmtpServer", *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._ours = ours
        self._mails = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self._ours.transports.append(transport)

    async def push(self, status: Any) -> None:
        if isinstance(status, str) and status.startswith("220 mail.example.org"):
            self._ours.connections += 1
            answer = await self._ours.fault("connect", self)
            if answer:
                status = answer
        await super().push(status)

    async def smtp_DATA(self, arg):  # noqa: N802
        answer = await self._ours.fault("DATA", self)
        if answer:
            await self.push(answer)
            return
        await super().smtp_DATA(arg)

    async def smtp_MAIL(self, arg):  # noqa: N802
        limit = self._ours.behaviour.per_connection
        self._mails += 1
        if limit is not None and self._mails > limit:
            await self.push("421 4.7.0 too many messages on this connection")
            assert self.transport is not None
            self.transport.close()
            return
        await super().smtp_MAIL(arg)


class SmtpServer:
    """The server: `received` is what it took, `behaviour` how it goes wrong."""

    def __init__(self) -> None:
        self.received: list[Received] = []
        self.behaviour = Behaviour()
        self.connections = 0
        self.transports: list[Any] = []
        self.port = 0
        self.tls: ssl.SSLContext | None = None
        self.offers_starttls = False

    @property
    def url(self) -> str:
        """The URL for mail.smtp_url."""
        return f"smtp://127.0.0.1:{self.port}"

    def ids(self) -> list[str]:
        """The Message-IDs of all it took."""
        return [received.message_id for received in self.received]

    async def fault(self, step: str, server: Any) -> str | None:
        """Do what was asked for at this step; return an answer to give instead."""
        behaviour = self.behaviour
        if behaviour.hang_at == step:
            await asyncio.sleep(3600)
        if behaviour.drip_at == step:
            while server.transport is not None and not server.transport.is_closing():
                await server.push("250-and so on")
                await asyncio.sleep(0.1)
        if behaviour.lose_at == step and server.transport is not None:
            server.transport.abort()
        if step not in behaviour.answers or behaviour.times == 0:
            return None
        if behaviour.times is not None:
            behaviour.times -= 1
        return behaviour.answers[step]

    def factory(self) -> SMTP:
        """Return the protocol of one connection."""
        return _Smtp(
            self,
            _Handler(self),
            hostname="mail.example.org",
            tls_context=self.tls if self.offers_starttls else None,
            authenticator=self._authenticate,
            auth_require_tls=False,
            decode_data=False,
        )

    def _authenticate(self, server, session, envelope, mechanism, auth_data):
        password = self.behaviour.password
        good = password is None or auth_data.password == password.encode()
        return AuthResult(success=good, handled=False)


@contextmanager
def smtp_server(
    *, tls: ssl.SSLContext | None = None, starttls: bool = False
) -> Iterator[SmtpServer]:
    """Give a server that listens on 127.0.0.1 in a thread of its own until left."""
    server = SmtpServer()
    server.tls, server.offers_starttls = tls, starttls
    loop = asyncio.new_event_loop()
    sock = socket.socket()
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    sock.bind(("127.0.0.1", 0))
    server.port = sock.getsockname()[1]
    listening = loop.run_until_complete(
        loop.create_server(
            server.factory, sock=sock, ssl=tls if tls and not starttls else None
        )
    )
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        loop.call_soon_threadsafe(listening.close)
        asyncio.run_coroutine_threadsafe(_end_all(server.transports), loop).result(5)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(5)
        loop.close()


async def _end_all(transports: list[Any]) -> None:
    """Cancel whatever still hangs, so that nothing warns at the end."""
    for transport in transports:
        transport.abort()
    me = asyncio.current_task()
    tasks = [task for task in asyncio.all_tasks() if task is not me]
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    for _ in range(5):
        await asyncio.sleep(0.01)


def certificate(folder: Path, host: str = "127.0.0.1") -> tuple[ssl.SSLContext, Path]:
    """Return a server's TLS context for `host`, and the file that makes it trusted."""
    openssl = shutil.which("openssl")
    assert openssl is not None, "openssl makes the certificate"
    pem, key = folder / "cert.pem", folder / "key.pem"
    kind = "IP" if host[0].isdigit() else "DNS"
    subprocess.run(
        [
            *(openssl, "req", "-x509", "-newkey", "ec", "-nodes", "-days", "2"),
            *("-pkeyopt", "ec_paramgen_curve:prime256v1"),
            *("-keyout", str(key), "-out", str(pem), "-subj", f"/CN={host}"),
            *("-addext", f"subjectAltName={kind}:{host}"),
        ],
        check=True,
        capture_output=True,
    )
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(pem, key)
    return context, pem
