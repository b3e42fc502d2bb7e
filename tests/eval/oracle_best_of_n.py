"""Prints the constants of best_of_n_test.cpp, by numpy and scipy.

Run: python tests/eval/oracle_best_of_n.py
"""
import numpy as np
from scipy.special import comb

from oracle import percentiles

DRAWS = 20000


def answers(prompt, count):
    """As in best_of_n_test.cpp."""
    i = np.arange(count)
    reward = np.round(np.sin(i * 1.3 + prompt) * 3) / 2
    return reward, np.cos(i * 0.7 + prompt * 0.3) + 0.3 * reward, (i * 5.0 + prompt * 3) % 7


def expected_best(key, score, n):
    """Sum over the values of the key of P(it is the largest of n) x mean score; exact integers."""
    total, below, value = comb(len(key), n, exact=True), 0, 0.0
    for k in np.unique(key):
        here = comb(int((key <= k).sum()), n, exact=True)
        value += (here - below) / total * score[key == k].mean()
        below = here
    return value


def main():
    reward, score, _ = answers(3, 400)
    for n in (1, 16, 200):
        print("answers(3, 400), n =", n, repr(float(expected_best(reward, score, n))))
    numbers = [1, 2, 3, 4, 6, 8]
    prompts = [answers(p, 16) for p in range(60)]
    curves = np.array([[expected_best(r, s, n) for n in numbers] for r, s, _ in prompts])
    longest = np.array([[expected_best(length, s, n) for n in numbers] for _, s, length in prompts])
    rng = np.random.default_rng(0)
    draws = curves[rng.integers(0, 60, (DRAWS, 60))].mean(axis=1)
    score_intervals, gain_intervals = percentiles(draws), percentiles(draws - draws[:, :1])
    gain = curves - curves[:, :1]
    for k in range(1, len(numbers)):
        print("{%d, %r, %r, %r, %r, %r, %r, %r}," % (
            k, float(curves[:, k].mean()), *map(float, score_intervals[k]), float(gain[:, k].mean()),
            *map(float, gain_intervals[k]), float(longest[:, k].mean())))


if __name__ == "__main__":
    main()
