"""Prints the constants that the tests of eval/ compare with, by numpy and scipy.

Run: python tests/eval/oracle.py
"""
import itertools

import numpy as np
from scipy import stats


def ratings(n):
    """Scores 0, 0.25 .. 1 with ties and predictions with ties, as in eval/made_outcomes.h."""
    i = np.arange(n)
    score = (i * 7 % 5) / 4
    prediction = 0.6 * score + np.round(np.sin(i * 1.7) * 4) / 16 + 0.1
    return score, prediction


def pairs(n):
    """Rewards and lengths with ties, as in eval/made_outcomes.h."""
    i = np.arange(n)
    better = np.round(np.sin(i * 0.9) * 8) / 4 + 0.25
    worse = np.round(np.cos(i * 2.3) * 8) / 4
    return better, worse, i * 13 % 9, i * 5 % 7


def calibration_error(d, target):
    """Ten bins of confidence in the answer with the higher reward, from 1/2 to 1."""
    confidence = 1 / (1 + np.exp(-abs(d)))
    agreement = np.where(d > 0, target, np.where(d < 0, 1 - target, 0.5))
    bins = np.minimum((confidence * 20 - 10).astype(int), 9)
    return sum(abs((agreement - confidence)[bins == b].sum()) for b in range(10)) / len(d)


def pair_metrics(better, worse, longer, target=None):
    target = np.ones(len(better)) if target is None else target
    d = better - worse
    p = 1 / (1 + np.exp(-d))
    loss = target * np.logaddexp(0, -d) + (1 - target) * np.logaddexp(0, d)
    rest = [loss.mean(), None, ((p - target) ** 2).mean(), calibration_error(d, target)]
    decided = target != 0.5
    longer, d = longer[decided], d[decided]
    win = (d > 0) + 0.5 * (d == 0)
    rest[1] = d.mean()
    if not decided.all():
        rest.append((~decided).mean())
    of_longer, of_others = win[longer].mean(), win[~longer].mean()
    return [win.mean(), (d == 0).mean(), of_longer, of_others, (of_longer + of_others) / 2,
            longer.mean(), *rest]


def rating_metrics(score, prediction):
    error = prediction - score
    total = ((score - score.mean()) ** 2).sum()
    return [(error ** 2).mean(), abs(error).mean(), 1 - (error ** 2).sum() / total,
            stats.pearsonr(score, prediction)[0], stats.spearmanr(score, prediction)[0],
            score.var()]


def labels(n):
    i = np.arange(n)
    label = (i * 7 % 5 < 2).astype(float)
    return label, 0.45 + 0.1 * label + np.round(np.sin(i * 1.7) * 4) / 10


def label_metrics(label, prediction):
    yes, no = prediction[label == 1], prediction[label == 0]
    auc = stats.mannwhitneyu(yes, no).statistic / (len(yes) * len(no))
    right = np.where(prediction == 0.5, 0.5, (prediction > 0.5) == (label == 1))
    loss = -np.log(np.where(label == 1, prediction, 1 - prediction))
    rate = label.mean()
    return [auc, right.mean(), max(rate, 1 - rate), loss.mean(),
            ((prediction - label) ** 2).mean(), rate]


def stated(n):
    i = np.arange(n)
    differ = np.where(i % 5 == 4, -1, (i * 3 % 4) / 2 + 0.25 * (i % 3))
    return np.sin(i * 1.3) * (1 + i % 3), 0.5 + (i * 5 % 4) * 0.25 + 0.25 * (i % 3), differ


def deviation_metrics(error, deviation, differ):
    known = differ >= 0
    return [stats.spearmanr(deviation, abs(error))[0], -stats.norm.logpdf(error, 0, deviation).mean(),
            (abs(error) <= stats.norm.ppf(0.95) * deviation).mean(), deviation.mean(),
            stats.spearmanr(deviation[known], differ[known])[0]]


def lists(n):
    for i in range(n):
        k = np.arange(2 + i % 5)
        yield ((i + 1 + k * (2 + i % 3)) % 4 - 1.0, np.round(np.sin(i * 2.1 + k * 1.3) * 3) / 2,
               (i * 5 + k * 7) % 6)


def discounted_gain(gain, key):
    """The mean over all orders of equal keys."""
    sums = []
    for order in itertools.permutations(range(len(gain))):
        if all(key[a] >= key[b] for a, b in itertools.pairwise(order)):
            sums.append(sum(gain[r] / np.log2(2 + place) for place, r in enumerate(order)))
    return np.mean(sums)


def list_metrics(all_lists):
    rows = []
    for score, reward, length in all_lists:
        better = [(a, b) for a, b in itertools.permutations(range(len(score)), 2)
                  if score[a] > score[b]]
        if not better:
            continue
        gain, best, first = score - score.min(), score == score.max(), reward == reward.max()
        rows.append([
            np.mean([np.sign(reward[a] - reward[b]) / 2 + 0.5 for a, b in better]),
            np.mean([length[a] > length[b] for a, b in better]),
            stats.kendalltau(reward, score)[0],
            discounted_gain(gain, reward) / discounted_gain(gain, gain),
            best[first].mean(), best.mean()])
    return [len(rows), *np.nanmean(np.array(rows), axis=0)]


def places(n):
    """A label, its place and whether it is the last of its response of 1 to 4 segments."""
    label, index, last = [], [], []
    for r in range(n):
        for k in range(1 + r % 4):
            index.append(k)
            last.append(k == r % 4)
            label.append(float((r * 3 + k * 5) % 7 < (2 if last[-1] else 5)))
    return np.array(label), np.array(index), np.array(last)


def segment_position_metrics(label, index, last):
    yes, no = index[label == 1], index[label == 0]
    right = sum(max((label[last == part] == 1).sum(), (label[last == part] == 0).sum())
                for part in (True, False))
    return [stats.mannwhitneyu(yes, no).statistic / (len(yes) * len(no)), right / len(label)]


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


def normalization(reward, prompt):
    """Mean, deviation, and deviation within prompts by a regression on their indicators."""
    indicator = (prompt[:, None] == np.unique(prompt)).astype(float)
    rest = reward - indicator @ np.linalg.lstsq(indicator, reward, rcond=None)[0]
    free = len(reward) - indicator.shape[1]
    return [reward.mean(), reward.std(ddof=1), np.sqrt((rest ** 2).sum() / free)]


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
    soft = np.array([1, 0.5, 0.75, 0.6])[np.arange(29) % 4]
    show("soft_pairs(29)", pair_metrics(better, worse, a > b, soft))
    show("labels(23)", label_metrics(*labels(23)))
    show("labels(23), outcome i taken i % 4 times",
         label_metrics(*(np.repeat(x, np.arange(23) % 4) for x in labels(23))))
    show("stated(31)", deviation_metrics(*stated(31)))
    show("lists(20): n, then metrics", list_metrics(lists(20)))
    show("places(13)", segment_position_metrics(*places(13)))
    score, prediction = ratings(9)
    show("ratings(9)", rating_metrics(score, prediction))

    i = np.arange(20)
    show("normalization of sin(0.9 i) + 1000", normalization(np.sin(0.9 * i) + 1000, i % 6))

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
