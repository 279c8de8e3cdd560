"""Writes pymoo.json: what pymoo says of random fronts, for indicators.test.ts.

    python -m venv VENV && VENV/bin/pip install pymoo==0.6.2
    VENV/bin/python test/evaluation/make-pymoo-fixture.py
"""

import json
import os

import numpy as np
import pymoo
from pymoo.indicators.hv import HV
from pymoo.indicators.igd import IGD
from pymoo.indicators.igd_plus import IGDPlus
from pymoo.util.nds.non_dominated_sorting import NonDominatedSorting

KINDS = {
    # All over the box, most points dominated.
    "uniform": lambda random, n, m: random.uniform(0, 1, (n, m)),
    # On a sphere: every point on the front.
    "concave": lambda random, n, m: (lambda x: x / np.linalg.norm(x, axis=1, keepdims=True))(np.abs(random.normal(size=(n, m)))),
    # On a simplex.
    "linear": lambda random, n, m: random.dirichlet(np.ones(m), n),
    # On a coarse grid: many points equal, or equal in one objective.
    "grid": lambda random, n, m: np.round(random.uniform(0, 1, (n, m)) * 4) / 4,
}


def case(kind, objectives, count, seed):
    random = np.random.default_rng(seed)
    points = np.round(KINDS[kind](random, count, objectives), 6)
    # Some points are beyond it.
    reference = np.full(objectives, 0.9 if kind != "grid" else 0.75)
    front = np.round(KINDS["concave"](random, 15, objectives) * 0.5, 6)
    volume = HV(ref_point=reference)
    total = float(volume(points))
    without = [float(volume(np.delete(points, i, axis=0))) for i in range(count)]
    steps = [float(volume(points[: i + 1])) for i in range(count)]
    return {
        "kind": kind,
        "seed": seed,
        "points": points.tolist(),
        "reference": reference.tolist(),
        "nondominated": sorted(int(i) for i in NonDominatedSorting().do(points, only_non_dominated_front=True)),
        "hypervolume": total,
        "contributions": [total - rest for rest in without],
        "history": steps,
        "front": front.tolist(),
        "igd": float(IGD(front)(points)),
        "igdPlus": float(IGDPlus(front)(points)),
    }


def main():
    cases = [
        case(kind, objectives, count, 1000 * objectives + i)
        for objectives, count in [(2, 30), (3, 20), (4, 14), (5, 10)]
        for i, kind in enumerate(KINDS)
    ]
    place = os.path.join(os.path.dirname(os.path.abspath(__file__)), "pymoo.json")
    with open(place, "w") as file:
        json.dump({"pymoo": pymoo.__version__, "numpy": np.__version__, "cases": cases}, file)
        file.write("\n")


main()
