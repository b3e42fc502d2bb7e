"""Prints the constants that the tests of eval/ compare with, by numpy and scipy.

Run: python tests/eval/oracle.py
"""
import numpy as np
from scipy import stats


def ratings(n):
    """Scores 0, 0.25 .. 1 with ties and predictions with ties, as in eval/outcomes.h."""
    i = np.arange(n)
    score = (i * 7 % 5) / 4
    prediction = 0.6 * score + np.round(np.sin(i * 1.7) * 4) / 16 + 0.1
    return score, prediction


def pairs(n):
    """Rewards and lengths with ties, as in eval/outcomes.h."""
    i = np.arange(n)
    better = np.round(np.sin(i * 0.9) * 8) / 4 + 0.25
    worse = np.round(np.cos(i * 2.3) * 8) / 4
    return better, worse, i * 13 % 9, i * 5 % 7


def pair_metrics(better, worse, longer):
    d = better - worse
    win = (d > 0) + 0.5 * (d == 0)
    return [win.mean(), (d == 0).mean(), win[longer].mean(), win[~longer].mean(), longer.mean(),
            np.logaddexp(0, -d).mean(), d.mean()]


def rating_metrics(score, prediction):
    error = prediction - score
    total = ((score - score.mean()) ** 2).sum()
    return [(error ** 2).mean(), abs(error).mean(), 1 - (error ** 2).sum() / total,
            stats.pearsonr(score, prediction)[0], stats.spearmanr(score, prediction)[0]]


def percentiles(draws):
    return [np.percentile(column, [2.5, 97.5]).tolist() for column in np.array(draws).T]


def by_rows(n, metric, draws=20000):
    rng = np.random.default_rng(0)
    return percentiles([metric(rng.integers(0, n, n)) for _ in range(draws)])


def by_responses(n, responses, metric, draws=20000):
    """Pair k is between responses k % responses and (k * 3 + 1) % responses."""
    rng = np.random.default_rng(0)
    k = np.arange(n)
    first, second = k % responses, (k * 3 + 1) % responses
    result = []
    for _ in range(draws):
        drawn = np.bincount(rng.integers(0, responses, responses), minlength=responses)
        weight = np.where(first == second, drawn[first], drawn[first] * drawn[second])
        result.append(metric(np.repeat(k, weight)))
    return percentiles(result)


def show(name, values):
    print(name)
    for value in values:
        print("   ", value if isinstance(value, list) else float(value))


def main():
    score, prediction = ratings(23)
    show("ratings(23)", rating_metrics(score, prediction))
    weight = np.arange(23) % 4
    show("ratings(23), outcome i taken i % 4 times",
         rating_metrics(np.repeat(score, weight), np.repeat(prediction, weight)))
    better, worse, a, b = pairs(29)
    show("pairs(29)", pair_metrics(better, worse, a > b))
    weight = np.arange(29) % 4
    show("pairs(29), outcome i taken i % 4 times",
         pair_metrics(*(np.repeat(x, weight) for x in (better, worse, a > b))))
    score, prediction = ratings(9)
    show("ratings(9)", rating_metrics(score, prediction))

    score, prediction = ratings(200)
    show("intervals of ratings(200) by row",
         by_rows(200, lambda rows: rating_metrics(score[rows], prediction[rows])))
    better, worse, a, b = pairs(240)
    show("intervals of pairs(240) by row",
         by_rows(240, lambda rows: pair_metrics(better[rows], worse[rows], (a > b)[rows])))
    show("intervals of pairs(240) of 40 responses, by response",
         by_responses(240, 40, lambda rows: pair_metrics(better[rows], worse[rows], (a > b)[rows])))


if __name__ == "__main__":
    main()
