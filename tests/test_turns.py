"""tracker.turns: so many at once, the most urgent first, and none lost by a stop."""

import asyncio

from tracker.turns import Turns


def test_the_most_urgent_of_those_who_wait_goes_first():
    order: list[int] = []

    async def one(turns: Turns, urgency: int) -> None:
        async with turns.turn((urgency,)):
            order.append(urgency)
            await asyncio.sleep(0)

    async def all_of_them() -> None:
        turns = Turns(1)
        await asyncio.gather(*(one(turns, urgency) for urgency in (9, 5, 7, 1)))

    asyncio.run(all_of_them())
    assert order == [9, 1, 5, 7]


def test_no_more_have_a_turn_than_there_are():
    under_way, most = 0, 0

    async def one(turns: Turns) -> None:
        nonlocal under_way, most
        async with turns.turn((0,)):
            under_way += 1
            most = max(most, under_way)
            await asyncio.sleep(0)
            under_way -= 1

    async def all_of_them() -> None:
        turns = Turns(3)
        await asyncio.gather(*(one(turns) for _ in range(20)))

    asyncio.run(all_of_them())
    assert most == 3


def test_one_that_is_stopped_while_it_waits_or_is_called_takes_no_turn_with_it():
    async def all_of_them() -> None:
        turns = Turns(1)

        async def one() -> None:
            async with turns.turn((0,)):
                await asyncio.sleep(0)

        async with turns.turn((0,)):
            waiting, called = asyncio.create_task(one()), asyncio.create_task(one())
            await asyncio.sleep(0)
            waiting.cancel()
            await asyncio.sleep(0)
        called.cancel()  # its turn has come, but it has not gone on yet
        await asyncio.wait((waiting, called))
        async with asyncio.timeout(5):
            await one()
        assert waiting.cancelled()
        assert called.cancelled()

    asyncio.run(all_of_them())
