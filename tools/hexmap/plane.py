"""Where the seats are, and where they would be if each took up as much room.

Owns the six nearest of a seat and the spreading out of a crowd of seats over the plane,
with the sea around them. Knows no hexagon. x grows to the right, y downwards, as on a screen.
"""

import math
from collections.abc import Sequence
from typing import Any, TypeAlias

import numpy as np
from scipy.sparse import csr_matrix, identity
from scipy.sparse.linalg import spsolve
from scipy.spatial import Delaunay, cKDTree

from tracker.parliament.seats import Seat

Points: TypeAlias = Any  # an array of n rows x, y; numpy's own types say no more

NEAREST_COUNT = 6
_MIDDLE_LATITUDE = math.radians(54.5)
_LONG = 2.6  # a link this many times longer than those around it joins no neighbours
_SEA_STEP = 0.16  # degrees of latitude from one point of the sea to the next, 18 km
_SEA_WIDTH = 1.0  # so far from the coast there are points of the sea
_SEAT_SIZE = 0.75  # a seat's land reaches so far, in distances to its third nearest
_ROUNDS, _PUSH_ROUNDS = 500, 150
_SPRING, _DIRECTION, _PUSH = 0.06, 0.02, 0.15  # how much of a fault one round mends


def projected(seats: Sequence[Seat]) -> Points:
    """Return the seats' middles in degrees of latitude (equirectangular at 54.5 N)."""
    squeeze = math.cos(_MIDDLE_LATITUDE)
    return np.array([(s.longitude * squeeze, -s.latitude) for s in seats])


def six_nearest(seats: Sequence[Seat]) -> list[list[int]]:
    """Return for every seat the places in `seats` of the six nearest (great circle)."""
    latitude = np.radians([s.latitude for s in seats])
    longitude = np.radians([s.longitude for s in seats])
    flat = np.cos(latitude)
    globe = np.c_[flat * np.cos(longitude), flat * np.sin(longitude), np.sin(latitude)]
    # the chord through the globe orders points as the great circle does
    order: list[list[int]] = cKDTree(globe).query(globe, NEAREST_COUNT + 1)[1].tolist()
    return [
        [other for other in others if other != seat][:NEAREST_COUNT]
        for seat, others in enumerate(order)
    ]


def spread(points: Points) -> Points:
    """Return the points moved so that neighbours are about 1 apart everywhere.

    Every link to a neighbour is given the length 1 and keeps its direction, as well as
    that can be: Cornwall stays a tail, London grows and stays where it is. The sea around
    has points too, so that channels and bays stay open. Then links act as springs and
    points that are too close push each other away, in the end only the latter.
    """
    everything = np.vstack([points, _sea(points)])
    one, other = _links(everything)
    along = everything[one] - everything[other]
    along /= np.hypot(*along.T)[:, None]
    moved = _with_links(len(everything), one, other, along)
    for _ in range(_ROUNDS):
        moved = moved + _pulled(moved, one, other, along) + _pushed(moved)
    for _ in range(_PUSH_ROUNDS):
        moved = moved + _pushed(moved)
    return moved[: len(points)]


def _sea(points: Points) -> Points:
    """Return a lattice of points where no seat's land can be."""
    low, high = points.min(axis=0) - _SEA_WIDTH, points.max(axis=0) + _SEA_WIDTH
    columns = np.arange(low[0], high[0], _SEA_STEP)
    rows = np.arange(low[1], high[1], _SEA_STEP * math.sqrt(3) / 2)
    x, y = np.meshgrid(columns, rows)
    x[1::2] += _SEA_STEP / 2
    lattice = np.c_[x.ravel(), y.ravel()]
    tree = cKDTree(points)
    land = np.maximum(_SEAT_SIZE * tree.query(points, 4)[0][:, 3], 0.8 * _SEA_STEP)
    apart, seats = tree.query(lattice, 4)
    is_sea = (apart > land[seats]).all(axis=1) & (apart[:, 0] < _SEA_WIDTH)
    return lattice[is_sea]


def _links(points: Points) -> tuple[Points, Points]:
    """Return the two ends of every link between neighbours."""
    around = cKDTree(points).query(points, 4)[0][:, 3]
    sides = np.vstack(
        [Delaunay(points).simplices[:, p] for p in ([0, 1], [1, 2], [2, 0])]
    )
    one, other = np.unique(np.sort(sides, axis=1), axis=0).T
    length = np.hypot(*(points[one] - points[other]).T)
    is_short = length < _LONG * np.maximum(around[one], around[other])
    return one[is_short], other[is_short]


def _with_links(count: int, one: Points, other: Points, along: Points) -> Points:
    """Return the points whose links differ least (in squares) from `along`."""
    rows = np.arange(len(one))
    signs = np.r_[np.ones(len(one)), -np.ones(len(one))]
    ends = csr_matrix(
        (signs, (np.r_[rows, rows], np.r_[one, other])), shape=(len(one), count)
    )
    still = (
        ends.T @ ends + 1e-9 * identity(count)
    ).tocsc()  # where it all lies is free
    return np.c_[
        spsolve(still, ends.T @ along[:, 0]), spsolve(still, ends.T @ along[:, 1])
    ]


def _pulled(points: Points, one: Points, other: Points, along: Points) -> Points:
    """Return how far its links move each point in one round."""
    link = points[one] - points[other]
    length = np.hypot(*link.T)[:, None]
    return _both_ways(
        points,
        one,
        other,
        link / length * (1 - length) * _SPRING + (along - link) * _DIRECTION,
    )


def _pushed(points: Points) -> Points:
    """Return how far points nearer than 1 push each other in one round."""
    close = cKDTree(points).query_pairs(1.0, output_type="ndarray")
    gap = points[close[:, 0]] - points[close[:, 1]]
    length = np.maximum(np.hypot(*gap.T)[:, None], 1e-9)
    push = gap / length * (1 - length) * _PUSH
    return _both_ways(points, close[:, 0], close[:, 1], push)


def _both_ways(points: Points, one: Points, other: Points, move: Points) -> Points:
    step = np.zeros_like(points)
    np.add.at(step, one, move)
    np.subtract.at(step, other, move)
    return step
