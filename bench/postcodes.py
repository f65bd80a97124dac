"""Loading a table of postcodes, beside the least that could be done with the same file."""

import csv
import sqlite3
import tempfile
import time
from collections.abc import Callable, Iterator
from itertools import product
from pathlib import Path
from statistics import median
from string import ascii_uppercase

from tracker.clock import utc_now
from tracker.parliament.seats import seats_of
from tracker.store.schema import open_database
from tracker.supporters.postcodes import load_postcodes

ROWS = 500_000
ROUNDS = 5
HEAD = (  # columns of the ONS Postcode Directory
    "pcd,pcd2,pcds,dointr,doterm,oscty,ced,oslaua,osward,parish,usertype,oseast1m,"
    "osnrth1m,osgrdind,oshlthau,nhser,ctry,rgn,streg,pcon,eer,teclec,ttwa,pct,itl,"
    "statsward,oa01,casward,npark,lsoa01,msoa01,ur01ind,oac01,oa11,lsoa11,msoa11,wz11,"
    "sicbl,bua24,ru11ind,oac11,lat,long,lep1,lep2,pfa,imd,calncv,icb,oa21,lsoa21,msoa21"
)


def measure_postcodes() -> Iterator[str]:
    """Loading postcodes as the ONS Directory has them (to reach: 0.4 of executemany)."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        file = folder / "postcodes.csv"
        write_directory(file, ROWS)
        plain: list[float] = []
        ours: list[float] = []
        for _ in range(ROUNDS):
            plain.append(_seconds(lambda: _execute_many(file, folder)))
            ours.append(_seconds(lambda: _load(file, folder)))
    yield _shown(f"csv.reader and executemany, {ROWS:,} rows", plain)
    yield _shown("the load, from the file to the table in use", ours)
    yield f"ratio of medians: {median(plain) / median(ours):.2f}"


def write_directory(path: Path, count: int) -> None:
    """Write that many invented postcodes with the Directory's columns, in its order."""
    codes = [seat.ons_code for seat in seats_of("2024")]
    columns = HEAD.split(",")
    blank = ["E99999999"] * len(columns)
    at = {name: place for place, name in enumerate(columns)}
    with path.open("w", newline="", encoding="utf-8") as lines:
        writer = csv.writer(lines)
        writer.writerow(columns)
        for number, (outward, inward) in enumerate(_postcodes(count)):
            row = list(blank)
            row[at["pcd"]] = f"{outward:<4}{inward}"
            row[at["pcd2"]] = f"{outward:<4} {inward}"
            row[at["pcds"]] = f"{outward} {inward}"
            row[at["doterm"]] = "199606" if number % 3 == 0 else ""
            row[at["pcon"]] = codes[number * len(codes) // count]
            writer.writerow(row)


def _postcodes(count: int) -> Iterator[tuple[str, str]]:
    areas = product("ABCDEFGHKLMNPRSTWY", "ABDEHLNRST", range(1, 30))
    made = (
        (f"{first}{second}{district}", f"{sector}{unit[0]}{unit[1]}")
        for first, second, district in areas
        for sector in range(10)
        for unit in product(ascii_uppercase[:10], repeat=2)
    )
    yield from (next(made) for _ in range(count))


def _execute_many(file: Path, folder: Path) -> None:
    path = folder / "plain.db"
    path.unlink(missing_ok=True)
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE plain (postcode TEXT, code TEXT, ended TEXT)")
    with file.open(encoding="utf-8", newline="") as lines:
        reader = csv.reader(lines)
        next(reader)
        connection.executemany(
            "INSERT INTO plain VALUES (?, ?, ?)",
            ((row[2], row[19], row[4]) for row in reader),
        )
    connection.commit()
    connection.close()


def _load(file: Path, folder: Path) -> None:
    engine = open_database(f"sqlite:///{folder / 'ours.db'}", is_upgraded=True)
    load_postcodes(engine, file, now=utc_now())
    engine.dispose()


def _seconds(work: Callable[[], None]) -> float:
    before = time.perf_counter()
    work()
    return time.perf_counter() - before


def _shown(name: str, taken: list[float]) -> str:
    return f"{name}: {min(taken):.2f} / {median(taken):.2f} / {max(taken):.2f} s"
