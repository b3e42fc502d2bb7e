"""Models of pairs that only see words or lengths: what a reward model must beat. Needs numpy and scikit-learn."""

import json

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression


def read_rows(path):
    with open(path, encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def turned(row):
    return row | {"chosen": row["rejected"], "rejected": row["chosen"]}


def tfidf_pair_model(rows, used, fitted_to_choose):
    """Words and pairs of words, logistic regression on differences, its C chosen on the rows that are used but not fitted on.
    What it makes of pairs: a margin each."""
    words = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True, min_df=2, norm=None)
    words.fit({text for row, use in zip(rows, used) if use for text in (row["chosen"], row["rejected"])})

    def differences(of):
        return words.transform([row["chosen"] for row in of]) - words.transform([row["rejected"] for row in of])

    difference = differences(rows)

    def fitted(used, c):
        sign = np.where(np.arange(used.sum()) % 2 == 0, 1, -1)  # both classes, without an intercept
        model = LogisticRegression(C=c, fit_intercept=False, max_iter=1000)
        return model.fit(difference[used].multiply(sign[:, None]).tocsr(), sign).coef_[0]

    def loss(c):
        return np.logaddexp(0, -(difference[used & ~fitted_to_choose] @ fitted(used & fitted_to_choose, c))).mean()

    weights = fitted(used, min((1e-5, 1e-4, 1e-3, 1e-2), key=loss))
    return lambda of: differences(of) @ weights


def length_model(rows):
    """Logistic regression on the difference of log lengths, without intercept: what it makes of pairs, a margin each."""
    def differences(of):
        return np.array([[np.log(max(1, len(row["chosen"]))) - np.log(max(1, len(row["rejected"])))] for row in of])

    sign = np.where(np.arange(len(rows)) % 2 == 0, 1, -1)
    weight = LogisticRegression(C=1e6, fit_intercept=False).fit(differences(rows) * sign[:, None], sign).coef_[0]
    return lambda of: differences(of) @ weight
