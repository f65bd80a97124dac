"""The conversation with the mail server. Everything that can go wrong is an Outcome.

Owns the connection, encryption, login, and time: every step has a limit and so has the
whole. Which server it is: mail_server.py; what an answer means: rules/handover.py. Raises only what the caller's own
`hand_over` raises.
"""

import re
import smtplib
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from tracker.outbox.mail_server import Patience, Server
from tracker.rules.handover import Outcome, Step, outcome_of_answer, outcome_of_loss

TOO_LATE = "the mail server did not answer in time"


class _Answered(Exception):  # noqa: N818 - an answer, not an error of ours
    """The server answered with what ends this try."""

    def __init__(self, code: int, text: bytes) -> None:
        super().__init__(code)
        self.code = code
        self.text = " ".join(text.decode("utf-8", "replace").split())


class _NotSecureError(Exception):
    """Encryption was asked for and can't be had."""


class _Plain(smtplib.SMTP):
    """A connection that is made later, so that whoever limits its time has hold of it."""

    def __init__(self, server: Server, seconds: float) -> None:
        super().__init__(local_hostname=server.name, timeout=seconds)
        # smtplib takes the name that the certificate must have from its constructor
        # only, where it would connect at once.
        self._host = server.host


class _Encrypted(smtplib.SMTP_SSL):
    """The same, encrypted from the first byte."""

    def __init__(self, server: Server, seconds: float) -> None:
        context = ssl.create_default_context()
        super().__init__(local_hostname=server.name, timeout=seconds, context=context)
        self._host = server.host


class Mailer:
    """One connection at a time, used again until `close`. Not for two threads.

    Only `abort` may be called from another one: it ends what is under way.
    """

    def __init__(self, server: Server, patience: Patience | None = None) -> None:
        self._server = server
        self._patience = patience or Patience()
        self._smtp: smtplib.SMTP | None = None
        self._step = Step.CONNECT
        self._is_fresh = True
        self._is_late = False
        self._is_aborted = False

    def send(
        self, sender: str, recipient: str, email: bytes, hand_over: Callable[[], bool]
    ) -> Outcome | None:
        """Return what came of giving one email to the server.

        `hand_over` is asked once the server takes sender and recipient, right before the
        text: None is returned if it says no. What it raises is raised here.
        """
        outcome = self._try(sender, recipient, email, hand_over)
        is_stale = self._step is Step.SENDER and not self._is_fresh
        if outcome is not None and outcome.pauses_queue and is_stale:
            # The server had enough of this connection; that says nothing about the next.
            outcome = self._try(sender, recipient, email, hand_over)
        return outcome

    def close(self) -> None:
        """Take leave of the server, if there is a connection."""
        if self._smtp is not None:
            with self._limited(self._patience.step_seconds), suppress(OSError):
                self._smtp.quit()
        self._drop()

    def abort(self) -> None:
        """End the conversation under way at once, from another thread; no new one begins."""
        self._is_aborted = True
        self._kill()

    def _try(
        self, sender: str, recipient: str, email: bytes, hand_over: Callable[[], bool]
    ) -> Outcome | None:
        is_clean = False
        try:
            with self._limited(self._patience.before_text_seconds):
                smtp = self._connected()
                self._announce(smtp, sender, recipient, len(email))
                if not hand_over():
                    smtp.rset()
                    is_clean = True
                    return None
                self._step = Step.DATA
                _expect(smtp.docmd("DATA"), 354)
            with self._limited(self._patience.text_seconds):
                self._step = Step.TEXT
                outcome = self._give_text(smtp, email)
            is_clean = not outcome.pauses_queue
        except _Answered as answer:
            outcome = outcome_of_answer(self._step, answer.code, answer.text)
            is_clean = self._is_reset() and not outcome.pauses_queue
        except (_NotSecureError, ssl.SSLCertVerificationError) as error:
            return outcome_of_loss(Step.TLS, f"no encryption: {_said(error)}")
        except (OSError, EOFError, ValueError) as error:
            # ValueError: what `ssl` says when the socket was closed under its hands.
            said = TOO_LATE if self._is_late else _said(error)
            return outcome_of_loss(self._step, f"while {self._step}: {said}")
        finally:
            if not is_clean:
                self._drop()
        return outcome

    def _connected(self) -> smtplib.SMTP:
        """Return the open connection, or a new one: encrypted, greeted and logged in."""
        self._is_fresh = self._smtp is None
        if self._smtp is not None:
            return self._smtp
        self._step = Step.CONNECT
        if self._is_aborted:
            raise ConnectionAbortedError("stopping")
        seconds = self._patience.step_seconds
        is_tls = self._server.security == "tls"
        smtp = (_Encrypted if is_tls else _Plain)(self._server, seconds)
        self._smtp = smtp
        code, text = smtp.connect(self._server.host, self._server.port)
        self._step = Step.GREETING
        _expect((code, text), 220)
        _expect(smtp.ehlo(), 250)
        if self._server.security == "starttls":
            self._encrypt(smtp)
        if self._server.user:
            self._log_in(smtp, self._server.user, self._server.password or "")
        return smtp

    def _encrypt(self, smtp: smtplib.SMTP) -> None:
        if not smtp.has_extn("starttls"):
            raise _NotSecureError("the mail server does not offer STARTTLS")
        try:
            smtp.starttls(context=ssl.create_default_context())
        except smtplib.SMTPResponseException as error:
            raise _NotSecureError(f"STARTTLS was answered {error.smtp_code}") from error
        _expect(smtp.ehlo(), 250)

    def _log_in(self, smtp: smtplib.SMTP, user: str, password: str) -> None:
        self._step = Step.LOGIN
        try:
            smtp.login(user, password)
        except smtplib.SMTPAuthenticationError as error:
            raise _Answered(error.smtp_code, _bytes(error.smtp_error)) from error
        except smtplib.SMTPNotSupportedError as error:
            raise _Answered(535, b"(no login is offered)") from error

    def _announce(
        self, smtp: smtplib.SMTP, sender: str, recipient: str, size: int
    ) -> None:
        self._step = Step.SENDER
        options = [f"size={size}"] if smtp.has_extn("size") else []
        _expect(smtp.mail(sender, options), 250)
        self._step = Step.RECIPIENT
        _expect(smtp.rcpt(recipient), 250, 251)

    def _give_text(self, smtp: smtplib.SMTP, email: bytes) -> Outcome:
        assert smtp.sock is not None, "a server that answered is connected"
        smtp.sock.settimeout(self._patience.text_seconds)
        smtp.send(_stuffed(email))
        code, text = smtp.getreply()
        smtp.sock.settimeout(self._patience.step_seconds)
        said = " ".join(text.decode("utf-8", "replace").split())
        return outcome_of_answer(Step.TEXT, code, said)

    def _is_reset(self) -> bool:
        """Return whether the connection can be used again after a refusal."""
        if self._smtp is None or self._step in (Step.GREETING, Step.LOGIN):
            return False
        try:
            code, _ = self._smtp.rset()
        except OSError:
            return False
        return code == 250

    @contextmanager
    def _limited(self, seconds: float) -> Iterator[None]:
        """End the connection if what is inside takes longer, however it drips."""
        self._is_late = False
        watchdog = threading.Timer(seconds, self._end_late)
        watchdog.daemon = True
        watchdog.start()
        try:
            yield
        finally:
            watchdog.cancel()

    def _end_late(self) -> None:
        self._is_late = True
        self._kill()

    def _kill(self) -> None:
        smtp = self._smtp
        sock = smtp.sock if smtp is not None else None
        if sock is not None:
            with suppress(OSError):
                # The plain socket's: an SSL socket must not be touched by two threads.
                socket.socket.shutdown(sock, socket.SHUT_RDWR)

    def _drop(self) -> None:
        if self._smtp is not None:
            self._smtp.close()
            self._smtp = None


def _expect(answer: tuple[int, bytes], *wanted: int) -> None:
    code, text = answer
    if code not in wanted:
        raise _Answered(code, text)


def _stuffed(email: bytes) -> bytes:
    """Return the text as it goes over the line: leading dots doubled, a dot at its end."""
    lines = email if email.endswith(b"\r\n") else email + b"\r\n"
    return re.sub(rb"(?m)^\.", b"..", lines) + b".\r\n"


def _bytes(text: bytes | str) -> bytes:
    return text if isinstance(text, bytes) else text.encode("utf-8", "replace")


def _said(error: Exception) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"the server's certificate is not good: {error.verify_message}"
    # smtplib makes a lost connection of a time-out, and says so in its text only.
    if isinstance(error, TimeoutError) or "timed out" in str(error):
        return TOO_LATE
    return str(error) or type(error).__name__
