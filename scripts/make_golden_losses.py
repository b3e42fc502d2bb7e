"""Writes tests/loss/peer_losses.json: values and gradients of sentence-transformers' reranking losses.

Run with an environment that has sentence-transformers 6.2: python scripts/make_golden_losses.py
Each case holds inputs, the peer's value and gradient, and the factor by which laurel's differs from them by
convention (base of the logarithm, sum or mean over a list); docs/losses.md states these.
"""

import json
import math
import pathlib

import sentence_transformers
import torch
from sentence_transformers.cross_encoder import CrossEncoder, losses

FILE = pathlib.Path(__file__).resolve().parent.parent / "tests" / "loss" / "peer_losses.json"
LN2 = math.log(2)


class Scorer(CrossEncoder):
    """Gives document number i the i-th of some fixed rewards."""

    def __init__(self, rewards):
        torch.nn.Module.__init__(self)
        self.rewards = torch.nn.Parameter(torch.tensor(rewards))

    num_labels = 1
    device = torch.device("cpu")

    def preprocess(self, pairs, prompt=None, task=None):
        return {"document": torch.tensor([int(document) for _, document in pairs])}

    def forward(self, features):
        return {"scores": self.rewards[features["document"]].unsqueeze(1)}


def value_and_gradient(make_loss, rewards, inputs, labels):
    model = Scorer(rewards)
    value = make_loss(model)(inputs, labels)
    value.backward()
    return {"value": value.item(), "gradient": model.rewards.grad.tolist()}


LISTS = [
    {"reward": [1.3, 0.2, -0.7, 0.5], "score": [3, 2, 1, 0]},
    {"reward": [-0.4, 0.9, 2.1, 0.1, -1.6], "score": [0, 1, 2, 4, 3]},
    {"reward": [0.3, -0.2], "score": [1, 0]},
    {"reward": [4.0, -6.0, 1.0], "score": [0, 2, 1]},
]
TIED = [
    {"reward": [1.3, 0.2, -0.7, 0.5, 0.0], "score": [2, 2, 0, 1, 0]},
    {"reward": [-0.4, 0.9, 2.1], "score": [1, 1, 0]},
]


def ranks(scores):
    return [1 + sum(other > score for other in scores) for score in scores]


def list_case(name, make_loss, lists, factor=lambda count: 1):
    case = {"name": name, "lists": []}
    for entry in lists:
        count = len(entry["reward"])
        documents = [str(i) for i in range(count)]
        result = value_and_gradient(
            make_loss, entry["reward"], [["query"], [documents]], [torch.tensor(entry["score"]).float()]
        )
        case["lists"].append({**entry, "rank": ranks(entry["score"]), **result, "factor": factor(count)})
    return case


def lambda_case(name, scheme, lists, factor=1, **options):
    return list_case(name, lambda m: losses.LambdaLoss(m, scheme, **options), lists, lambda _: factor)


def list_cases():
    choices = lambda count: 1 / (count - 1)
    return [
        list_case("listnet", losses.ListNetLoss, LISTS + TIED),
        list_case("list_mle", lambda m: losses.ListMLELoss(m, respect_input_order=False), LISTS, choices),
        list_case("plist_mle", lambda m: losses.PListMLELoss(m, respect_input_order=False), LISTS),
        list_case("ranknet", lambda m: losses.RankNetLoss(m, reduction_log="natural"), LISTS + TIED),
        list_case("ranknet", losses.RankNetLoss, LISTS + TIED, lambda _: LN2),
        lambda_case("ndcg2pp", losses.NDCGLoss2PPScheme(), LISTS + TIED, LN2),
        lambda_case("ndcg2pp_mu_3", losses.NDCGLoss2PPScheme(mu=3.0), LISTS, LN2),
        lambda_case("ndcg2", losses.NDCGLoss2Scheme(), LISTS + TIED, reduction_log="natural"),
        lambda_case("lambda_rank", losses.LambdaRankScheme(), LISTS + TIED, reduction_log="natural"),
        lambda_case("lambda_rank_top_2_sigma_2", losses.LambdaRankScheme(), LISTS, LN2, k=2, sigma=2.0),
        list_case("adr_mse", losses.ADRMSELoss, LISTS + TIED),
        list_case("adr_mse_alpha_2", lambda m: losses.ADRMSELoss(m, alpha=2.0), LISTS),
    ]


def rating_case(name, make_loss, rewards, scores):
    documents = [str(i) for i in range(len(rewards))]
    result = value_and_gradient(
        make_loss, rewards, [["query"] * len(rewards), documents], torch.tensor(scores)
    )
    return {"name": name, "reward": rewards, "score": scores, **result}


def main():
    rewards, margins = [1.3, 0.2, -0.7, 0.5, 0.1, -2.0], [0.5, 1.0, 3.0]
    margin_mse = value_and_gradient(
        losses.MarginMSELoss, rewards, [["query"] * 3, ["0", "2", "4"], ["1", "3", "5"]], torch.tensor(margins)
    )
    golden = {
        "sentence_transformers": sentence_transformers.__version__,
        "lists": list_cases(),
        "pairs": {"name": "margin_mse", "reward": rewards, "margin": margins, **margin_mse},
        "ratings": [
            rating_case("mse", losses.MSELoss, [0.3, -1.0, 2.5], [0.0, 1.0, 2.0]),
            rating_case("binary_cross_entropy", losses.BinaryCrossEntropyLoss, [0.3, -1.0, 2.5], [0.0, 1.0, 0.25]),
        ],
    }
    FILE.write_text(json.dumps(golden, indent=1) + "\n")


if __name__ == "__main__":
    main()
