"""Faults that play with time, size and the connection itself.

Owns checks.md 1.1 U15, U20, U21, U26, U27 and U36. All of them stop when the client
goes. A refused connection is `StandIn.refusing()`.
"""

import asyncio
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from tracker.rehearsal import wire
from tracker.rehearsal.exchange import Exchange

_CHUNK = 64 * 1024
_MEBIBYTE = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Truncated:
    """U15: the connection closes after half the body.

    With `Content-Length` the client can tell; by `close` it is a clean 200; a `chunked`
    body lacks its last chunk.
    """

    by: Literal["length", "close", "chunked"] = "length"

    async def __call__(self, exchange: Exchange) -> None:
        exchange.keep_alive = False
        body = exchange.good_answer().body
        half = body[: len(body) // 2]
        headers = wire.usual_headers(exchange.now)
        if self.by == "length":
            headers.append(("content-length", str(len(body))))
        elif self.by == "chunked":
            headers.append(("transfer-encoding", "chunked"))
            half = b"%x\r\n%s\r\n" % (len(half), half)
        else:
            headers = [h for h in headers if h[0] != "connection"]
            headers.append(("connection", "close"))
        await exchange.write(wire.head(200, headers) + half)


@dataclass(frozen=True, slots=True)
class Delayed:
    """U36: the good answer, `seconds` late."""

    seconds: float

    async def __call__(self, exchange: Exchange) -> None:
        await asyncio.sleep(self.seconds)
        await exchange.send(exchange.good_answer())


@dataclass(frozen=True, slots=True)
class Hang:
    """U20: not one byte, until the client gives up."""

    async def __call__(self, exchange: Exchange) -> None:
        await exchange.until_client_goes()


@dataclass(frozen=True, slots=True)
class SlowHeaders:
    """U20: a header that grows by a byte every `seconds`, for ever."""

    seconds: float = 0.2

    async def __call__(self, exchange: Exchange) -> None:
        exchange.keep_alive = False
        await exchange.write(b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n")
        await exchange.write(b"x-drip: ")
        while True:
            await exchange.write(b".")
            await asyncio.sleep(self.seconds)


@dataclass(frozen=True, slots=True)
class SlowBody:
    """U20: a good head, then a byte every `seconds`: the body first, then blanks."""

    seconds: float = 0.2

    async def __call__(self, exchange: Exchange) -> None:
        exchange.keep_alive = False
        headers = wire.usual_headers(exchange.now)
        await exchange.write(
            wire.head(200, [*headers, ("transfer-encoding", "chunked")])
        )
        position, body = 0, exchange.good_answer().body
        while True:
            byte = body[position : position + 1] or b" "
            await exchange.write(b"1\r\n%s\r\n" % byte)
            position += 1
            await asyncio.sleep(self.seconds)


@dataclass(frozen=True, slots=True)
class HugeBody:
    """U21: `size` bytes of blanks; its length is told or, chunked, not."""

    size: int = 2 * 1024 * _MEBIBYTE
    has_length: bool = True

    async def __call__(self, exchange: Exchange) -> None:
        exchange.keep_alive = False
        headers = [*wire.usual_headers(exchange.now), ("connection", "close")]
        if self.has_length:
            headers.append(("content-length", str(self.size)))
        else:
            headers.append(("transfer-encoding", "chunked"))
        await exchange.write(wire.head(200, headers))
        blanks = b" " * _CHUNK
        for start in range(0, self.size, _CHUNK):
            piece = blanks[: self.size - start]
            if not self.has_length:
                piece = b"%x\r\n%s\r\n" % (len(piece), piece)
            await exchange.write(piece)
        if not self.has_length:
            await exchange.write(b"0\r\n\r\n")


@dataclass(frozen=True, slots=True)
class GzipBomb:
    """U21: some hundred kilobytes that inflate to `mebibytes` of blanks."""

    mebibytes: int = 200

    async def __call__(self, exchange: Exchange) -> None:
        exchange.keep_alive = False
        headers = wire.usual_headers(exchange.now)
        headers += [("content-encoding", "gzip"), ("transfer-encoding", "chunked")]
        headers.append(("connection", "close"))
        await exchange.write(wire.head(200, headers))
        for piece in bomb_pieces(self.mebibytes):
            await exchange.write(b"%x\r\n%s\r\n" % (len(piece), piece))
        await exchange.write(b"0\r\n\r\n")


@dataclass(frozen=True, slots=True)
class HeaderFlood:
    """U26: `size` bytes of headers before the good body."""

    size: int = 200_000

    async def __call__(self, exchange: Exchange) -> None:
        exchange.keep_alive = False
        flood = [(f"x-flood-{i}", "f" * 500) for i in range(self.size // 512)]
        headers = [*wire.usual_headers(exchange.now), *flood]
        await exchange.respond(200, headers, exchange.good_answer().body)


@dataclass(frozen=True, slots=True)
class ResetInBody:
    """U27: a TCP reset after half the body."""

    async def __call__(self, exchange: Exchange) -> None:
        body = exchange.good_answer().body
        headers = wire.usual_headers(exchange.now)
        headers.append(("content-length", str(len(body))))
        await exchange.write(wire.head(200, headers) + body[: len(body) // 2])
        await exchange.reset()


@dataclass(frozen=True, slots=True)
class ResetAtOnce:
    """U27: a TCP reset instead of an answer."""

    async def __call__(self, exchange: Exchange) -> None:
        await exchange.reset()


def bomb_pieces(mebibytes: int) -> Iterator[bytes]:
    """Return one whole gzip member in pieces, inflating to that many MiB of blanks.

    A fully flushed block of deflate stands by itself, so one is made and repeated.
    """
    blanks = b" " * _MEBIBYTE
    deflate = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    block = deflate.compress(blanks) + deflate.flush(zlib.Z_FULL_FLUSH)
    yield b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\xff"
    checksum = 0
    for _ in range(mebibytes):
        checksum = zlib.crc32(blanks, checksum)
        yield block
    yield b"\x03\x00" + struct.pack("<II", checksum, mebibytes * _MEBIBYTE % 2**32)
