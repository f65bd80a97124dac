"""A real IMAP server (pymap) on a socket of this machine, in a process of its own."""

import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path

from imap_tools.mailbox import MailBoxUnencrypted

from tracker.config import Settings, settings_from

USER, PASSWORD = "drop", "secret"
DROP = "drop@campaign.example.org"


@dataclass
class ImapServer:
    """Where the server listens; what is in its INBOX is asked anew each time."""

    port: int

    @property
    def url(self) -> str:
        """What mail.imap_url is for it."""
        return f"imap://{USER}@127.0.0.1:{self.port}"

    @contextmanager
    def inbox(self) -> Iterator[MailBoxUnencrypted]:
        """Give a connection of one's own, logged in."""
        with MailBoxUnencrypted("127.0.0.1", self.port, timeout=10) as box:
            # Else each append waits for a delayed acknowledgement.
            box.client.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            yield box.login(USER, PASSWORD)

    def deliver(self, *messages: bytes, at: datetime | None = None) -> None:
        """Put messages into the INBOX, unseen, as arrived at a moment (now)."""
        with self.inbox() as box:
            for message in messages:
                box.append(message, dt=at or datetime(2026, 6, 15, 12, tzinfo=UTC))

    def uids(self, criteria: str = "ALL") -> list[int]:
        """The UIDs of the messages that are there."""
        with self.inbox() as box:
            return [int(uid) for uid in box.uids(criteria)]

    def empty(self) -> None:
        """Delete everything."""
        with self.inbox() as box:
            box.delete(box.uids())


@contextmanager
def imap_server(port: int | None = None) -> Iterator[ImapServer]:
    """Give a server whose INBOX is empty, on a free port or a given one."""
    program = Path(sys.executable).with_name("pymap")
    port = port or _free_port()
    words = [str(program), "--host", "127.0.0.1", "--port", str(port), "--no-tls"]
    words += ["dict", "--demo-user", USER, "--demo-password", PASSWORD]
    with subprocess.Popen(
        words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as process:
        try:
            _wait_for(port, process)
            yield ImapServer(port)
        finally:
            process.kill()


def mailbox_settings(
    folder: Path, url: str, *, password: str = PASSWORD, database_url: str = ""
) -> Settings:
    """Return a configuration with two motions whose drop mailbox is at `url`."""
    return settings_from(
        {
            "motions": [
                {"number": 240, "session": "2026-27"},
                {"number": 311, "session": "2026-27"},
            ],
            "parliament": {"contact": "test@example.org"},
            "database": {"url": database_url} if database_url else {},
            "mail": {
                "imap_url": url,
                "drop_address": DROP,
                "sender": "campaign@example.org",
            },
        },
        folder=folder,
        environ={"TRACKER__MAIL__IMAP_PASSWORD": password},
    )


def copy(
    name: str = "ann",
    *,
    to: str = "jane.carver.mp@parliament.example",
    results: str | None = "dkim=pass header.d=example.org",
    authserv_id: str = "mx.campaign.example.org",
    headers: tuple[tuple[str, str], ...] = (),
    sent: str = "Mon, 15 Jun 2026 10:00:00 +0100",
    subject: str = "EDM 240: please sign",
    body: str = "Please sign.",
    message_id: str | None = None,
) -> bytes:
    """Return a supporter's email to their MP as the drop mailbox gets its copy."""
    lines = [f"Delivered-To: {DROP}"]
    lines.append(
        "Received: from mail.example.org by mx.campaign.example.org with ESMTPS"
        f" for <{DROP}>; Mon, 15 Jun 2026 09:00:01 +0000"
    )
    if results is not None:
        lines.append(f"Authentication-Results: {authserv_id}; {results}")
    lines += [f"{header}: {value}" for header, value in headers]
    lines += [
        f"From: {name.title()} Example <{name}@example.org>",
        f"To: {to}",
        f"Subject: {subject}",
        f"Date: {sent}",
        f"Message-ID: <{message_id or name}@mail.example.org>",
    ]
    return ("\r\n".join([*lines, "", body, ""])).encode()


def bounce_of(message_id: str, recipient: str) -> bytes:
    """Return a mail server's report that an email did not arrive."""
    report = EmailMessage()
    report["From"] = "Mail Delivery System <mailer-daemon@mx.example.org>"
    report["To"] = DROP
    report["Subject"] = "Undelivered"
    report["Date"] = "Mon, 15 Jun 2026 10:00:00 +0000"
    report["Message-ID"] = "<report@mx.example.org>"
    text = report.as_string().rstrip("\n")
    return (
        (
            f"{text}\n"
            'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\n'
            "MIME-Version: 1.0\n\n--b\nContent-Type: text/plain\n\nIt failed.\n\n--b\n"
            "Content-Type: message/delivery-status\n\nReporting-MTA: dns; mx.example.org\n\n"
            f"Final-Recipient: rfc822; {recipient}\nAction: failed\nStatus: 5.1.1\n"
            "Diagnostic-Code: smtp; 550 no such user\n\n--b\n"
            f"Content-Type: text/rfc822-headers\n\nMessage-ID: {message_id}\n\n--b--\n"
        )
        .replace("\n", "\r\n")
        .encode()
    )


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


def _wait_for(port: int, process: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline and process.poll() is None:
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.05)
    raise RuntimeError("pymap did not start")
