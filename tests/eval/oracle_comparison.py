"""Prints the constants of model_comparison_test.cpp and simultaneous_test.cpp, by numpy.

Run: python tests/eval/oracle_comparison.py
"""
import numpy as np

from oracle import pair_metrics, pairs, percentiles, show

DRAWS = 20000


def pairs_of_another(n, shift=0.4):
    """As in eval/synthetic_outcomes.h."""
    i = np.arange(n)
    _, _, a, b = pairs(n)
    return np.round(np.sin(i * 0.9 + shift) * 8) / 4 + 0.5, np.round(np.cos(i * 2.3 + shift) * 8) / 4, a, b


def values(model, rows):
    better, worse, a, b = (column[rows] for column in model)
    return np.array(pair_metrics(better, worse, a > b))


def flips(first, other):
    a, b = first[0] - first[1], other[0] - other[1]
    return [int(x) for x in (((a > 0) & (b > 0)).sum(), ((a < 0) & (b < 0)).sum(), ((a > 0) & (b < 0)).sum(),
                             ((a < 0) & (b > 0)).sum(), ((a == 0) | (b == 0)).sum())]


def accuracy(model, rows):
    d = (model[0] - model[1])[rows]
    return ((d > 0) + 0.5 * (d == 0)).mean()


def largest_t(first, others, rows, n, rng):
    """95th percentile of the largest |t| of the differences of accuracy, and these with their errors."""
    base = np.array([accuracy(m, rows) - accuracy(first, rows) for m in others])
    draws = []
    for _ in range(DRAWS):
        drawn = rng.integers(0, n, n)
        draws.append([accuracy(m, drawn) - accuracy(first, drawn) for m in others])
    draws = np.array(draws)
    error = draws.std(axis=0, ddof=1)
    return base, error, np.quantile((abs(draws - base) / error).max(axis=1), 0.95)


def main():
    n = 240
    every = np.arange(n)
    first, other, third = pairs(n), pairs_of_another(n), pairs_of_another(n, 1.1)
    rng = np.random.default_rng(0)
    show("another model less the first, pairs(240)", values(other, every) - values(first, every))
    print("both right, both wrong, lost, gained, undecided", flips(first, other))
    draws = []
    for _ in range(DRAWS):
        rows = rng.integers(0, n, n)
        draws.append(values(other, rows) - values(first, rows))
    show("intervals of the differences by row", percentiles(draws))
    base, error, critical = largest_t(first, [other, third], every, n, rng)
    print("differences of accuracy of two others", base.tolist(), "errors", error.tolist(),
          "critical", float(critical))


if __name__ == "__main__":
    main()
