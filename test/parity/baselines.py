"""MGDA, PCGrad and CAGrad by their papers' definitions on whole vectors, by numerical minimisation where they minimise.

Answers lines of JSON {"a": [...], "b": [...], "weight": w, "c": c} with the direction of each method.
"""

import json
import sys

import torch

torch.set_num_threads(1)


def minimum(f, steps=200):
    """The minimum of a convex function of one number in [0, 1], by ternary search."""
    low, high = torch.tensor(0.0, dtype=torch.float64), torch.tensor(1.0, dtype=torch.float64)
    for _ in range(steps):
        left, right = low + (high - low) / 3, high - (high - low) / 3
        if f(left) < f(right):
            high = right
        else:
            low = left
    return (low + high) / 2


def mgda(a, b):
    gamma = minimum(lambda w: (w * a + (1 - w) * b).norm())
    return gamma * a + (1 - gamma) * b


def pcgrad(a, b, weight):
    tasks = [weight * a, (1 - weight) * b]
    total = torch.zeros_like(a)
    for i, task in enumerate(tasks):
        other = tasks[1 - i]
        along = task @ other
        total += task - along / (other @ other) * other if along < 0 else task
    return total


def cagrad(a, b, weight, c):
    g0 = weight * a + (1 - weight) * b
    root = c * g0.norm()
    w = minimum(lambda w: (w * a + (1 - w) * b) @ g0 + root * (w * a + (1 - w) * b).norm())
    gw = w * a + (1 - w) * b
    return g0 + root / gw.norm() * gw


for line in sys.stdin:
    job = json.loads(line)
    a, b = (torch.tensor(job[name], dtype=torch.float64) for name in "ab")
    answers = {
        "mgda": mgda(a, b),
        "pcgrad": pcgrad(a, b, job["weight"]),
        "cagrad": cagrad(a, b, job["weight"], job["c"]),
    }
    print("answer " + json.dumps({name: value.tolist() for name, value in answers.items()}), flush=True)
