"""Prints the constants of calibration_test.cpp, logistic_test.cpp, covariate_effect_test.cpp and position_bias_test.cpp, by
numpy, scipy, scikit-learn and statsmodels.

Run: python tests/eval/oracle_calibration.py
"""
import numpy as np
import statsmodels.api as sm
from scipy import stats
from scipy.special import expit
from sklearn.linear_model import LogisticRegression

from oracle import labels, pairs, show

SOFT = np.array([1, 0.5, 0.75, 0.6])


def logistic(x, target, weight=None):
    """Each outcome stands as a yes of weight t and a no of weight 1 - t. No intercept, no penalty."""
    x, target = np.reshape(x, (len(target), -1)), np.asarray(target, float)
    weight = np.ones(len(target)) if weight is None else weight
    model = LogisticRegression(C=np.inf, fit_intercept=False, solver="newton-cholesky", tol=1e-13,
                               max_iter=1000)
    yes = np.repeat([1, 0], len(target))
    model.fit(np.vstack([x, x]), yes, np.concatenate([weight * target, weight * (1 - target)]))
    return model.coef_[0]


def mass_bins(p):
    """The bin of the lowest rank of equal probabilities."""
    bins = max(1, min(10, len(p) // 10))
    return ((stats.rankdata(p, "min") - 1) * bins // len(p)).astype(int)


def errors(p, y, brier, uncertainty):
    """calibration_mse, reliability, resolution, uncertainty."""
    bins, n, mse, reliability = mass_bins(p), len(p), 0, 0
    for b in np.unique(bins):
        of_bin = bins == b
        gap, size = (y[of_bin].mean() - p[of_bin].mean()) ** 2, of_bin.sum()
        reliability += size / n * gap
        mse += size / n * (gap - y[of_bin].var() / (size - 1))
    return [mse, reliability, reliability + uncertainty - brier, uncertainty]


def ece(p, y, lowest):
    bins = np.minimum(((p - lowest) / (1 - lowest) * 10).astype(int), 9)
    return sum(abs((y - p)[bins == b].sum()) for b in range(10)) / len(p)


def null_band(p, even, statistic, draws=20000):
    """even: equal rewards of a pair, of which a half is a win."""
    rng = np.random.default_rng(0)
    values = [statistic(p, np.where(even, 0.5, rng.random(len(p)) < p)) for _ in range(draws)]
    return [np.mean(values), *np.percentile(values, [2.5, 97.5])]


def pair_forecasts(n, target=None):
    better, worse, *_ = pairs(n)
    d, target = better - worse, np.ones(n) if target is None else target
    brier, uncertainty = ((expit(d) - target) ** 2).mean(), ((target - 0.5) ** 2).mean()
    agreement = np.where(d > 0, target, np.where(d < 0, 1 - target, 0.5))
    return d, expit(abs(d)), agreement, brier, uncertainty


def mix64(x):
    """core/random.h"""
    x = (int(x) + 0x9E3779B97F4A7C15) % 2**64
    x = (x ^ x >> 30) * 0xBF58476D1CE4E5B9 % 2**64
    x = (x ^ x >> 27) * 0x94D049BB133111EB % 2**64
    return x ^ x >> 31


def length_metrics(n, prompt, target, weight):
    _, _, longer, shorter = pairs(n)
    length = np.log(np.maximum(longer, 1)) - np.log(np.maximum(shorter, 1))
    return covariate_metrics(n, prompt, length, target, weight)


def covariate_metrics(n, prompt, x, target, weight):
    better, worse, *_ = pairs(n)
    d = better - worse
    both = lambda values: np.concatenate([np.repeat(values, weight), -np.repeat(values, weight)])
    correlation = stats.pearsonr(both(d), both(x))[0]
    order = sorted(set(prompt), key=mix64)
    fold = np.array([order.index(p) % min(10, len(order)) for p in prompt])
    rest = d.copy()
    for f in set(fold):
        other = fold != f
        beta = np.polyfit(both(np.where(other, x, 0)), both(np.where(other, d, 0)), 1)[0]
        rest[~other] -= beta * x[~other]
    decided, win = target != 0.5, (rest > 0) + 0.5 * (rest == 0)
    return [correlation, *logistic(np.stack([d, x], 1), target, weight),
            np.average(win[decided], weights=weight[decided])]


def position_metrics(n, target, weight):
    """first_wins, reward_coefficient, first_coefficient; the better answer of pair i came first unless i % 3 == 1."""
    better, worse, *_ = pairs(n)
    first = np.arange(n) % 3 != 1
    d, t = np.where(first, better - worse, worse - better), np.where(first, target, 1 - target)
    decided = t != 0.5
    fit = sm.GLM(t, np.stack([d, np.ones(n)], 1), family=sm.families.Binomial(), freq_weights=weight)
    return [np.average(t[decided] > 0.5, weights=weight[decided]),
            *fit.fit(tol=1e-14, maxiter=100).params]


def main():
    soft = SOFT[np.arange(240) % 4]
    for name, target in (("pairs(240)", np.ones(240)), ("soft_pairs(240)", soft)):
        d, p, y, brier, uncertainty = pair_forecasts(240, target)
        show(f"{name}: slope", logistic(d, target))
        show(f"{name}: calibration_mse, reliability, resolution, uncertainty",
             errors(p, y, brier, uncertainty))
    d, p, y, brier, uncertainty = pair_forecasts(240)
    weight = np.arange(240) % 4
    show("pairs(240), outcome i taken i % 4 times: slope", logistic(d, np.ones(240), weight))
    show("pairs(240): ece_if_calibrated", null_band(p, d == 0, lambda p, y: ece(p, y, 0.5)))
    show("pairs(240): calibration_mse_if_calibrated",
         null_band(p, d == 0, lambda p, y: errors(p, y, 0, 0)[0]))

    prompt, once = np.arange(240) % 40, np.ones(240, int)
    show("pairs(240) of 40 prompts: length", length_metrics(240, prompt, np.ones(240), once))
    show("soft_pairs(240): length", length_metrics(240, prompt, soft, once))
    show("pairs(240), outcome i taken i % 4 times: length",
         length_metrics(240, prompt, np.ones(240), np.arange(240) % 4))

    i = np.arange(240)
    x = (i * 11 % 7 - i * 4 % 5).astype(float)
    show("soft_pairs(240): covariate", covariate_metrics(240, prompt, x, soft, once))

    show("pairs(240): position", position_metrics(240, np.ones(240), once))
    show("soft_pairs(240): position", position_metrics(240, soft, once))
    show("pairs(240), outcome i taken i % 4 times: position",
         position_metrics(240, np.ones(240), np.arange(240) % 4))

    label, p = labels(240)
    reward = 3 * p - 1
    show("labels(240): slope and intercept of reward = 3 p - 1",
         logistic(np.stack([reward, np.ones(240)], 1), label))
    brier, uncertainty = ((p - label) ** 2).mean(), label.var()
    show("labels(240): calibration_mse, reliability, resolution, uncertainty",
         errors(p, label, brier, uncertainty))
    show("labels(240): ece", [ece(p, label, 0)])
    show("labels(240): ece_if_calibrated",
         null_band(p, np.zeros(240, bool), lambda p, y: ece(p, y, 0)))


if __name__ == "__main__":
    main()
