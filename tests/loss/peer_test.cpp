// Losses that sentence-transformers has too give its values and gradients
// (scripts/make_golden_losses.py). Where a convention differs, the golden file's factor says by how
// much: its LambdaLoss and RankNetLoss take logarithms to base 2 by default (factor log 2), its
// ListMLELoss sums over a list (factor 1 / (K - 1), since laurel takes the mean over choices). It
// breaks ties in ListMLE by the order of positions, so tied lists are compared for the others only.
#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

#include "core/files.h"
#include "core/json.h"
#include "loss/labels.h"
#include "loss/loss.h"

namespace laurel::peer_test {
namespace {

Json golden() {
  const std::string file = LAUREL_SOURCE_DIR "/tests/loss/peer_losses.json";
  return parse_json(read_file(file), file, ErrorKind::data);
}

std::vector<double> list_of(const Json& json) { return json.get<std::vector<double>>(); }

void expect_near(const std::vector<double>& found, const std::vector<double>& peer, double factor) {
  ASSERT_EQ(found.size(), peer.size());
  for (size_t i = 0; i < found.size(); ++i) EXPECT_NEAR(found[i], factor * peer[i], 2e-6) << i;
}

TEST(SentenceTransformers, GivesTheSameForListsAloneAndPaddedTogether) {
  const std::map<std::string, Loss> same{
      {"listnet", ListNet{}},
      {"list_mle", PlackettLuce{}},
      {"plist_mle", PlackettLuce{.position_weighting = PositionWeighting::exponential}},
      {"ranknet", AllPairs{}},
      {"ndcg2pp", Lambda{}},
      {"ndcg2pp_mu_3", Lambda{.mu = 3}},
      {"ndcg2", Lambda{.weighting = PairWeighting::ndcg2}},
      {"lambda_rank", Lambda{.weighting = PairWeighting::lambda_rank}},
      {"lambda_rank_top_2_sigma_2",
       Lambda{.weighting = PairWeighting::lambda_rank, .sigma = 2, .top_k = 2}},
      {"adr_mse", AdrMse{}},
      {"adr_mse_alpha_2", AdrMse{.alpha = 2}}};
  const Json all = golden();
  for (const Json& one : all["lists"]) {
    const std::string name = one["name"];
    const Loss& loss = same.at(name);
    std::vector<double> rewards, expected;
    std::vector<List> lists;
    double sum = 0;
    for (const Json& entry : one["lists"]) {
      SCOPED_TRACE(testing::Message() << name << " " << entry["reward"].dump());
      const double factor = entry["factor"];
      const std::vector<double> reward = list_of(entry["reward"]);
      List list{.rank = entry["rank"].get<std::vector<int64_t>>(),
                .score = list_of(entry["score"])};
      for (size_t i = 0; i < reward.size(); ++i) list.positions.push_back(static_cast<int64_t>(i));
      EXPECT_NEAR(value_at(loss, list_labels({list}), reward),
                  factor * entry["value"].get<double>(), 2e-6);
      expect_near(gradient_at(loss, list_labels({list}), reward), list_of(entry["gradient"]),
                  factor);
      for (int64_t& position : list.positions) position += static_cast<int64_t>(rewards.size());
      lists.push_back(list);
      rewards.insert(rewards.end(), reward.begin(), reward.end());
      for (const double g : list_of(entry["gradient"])) expected.push_back(factor * g);
      sum += factor * entry["value"].get<double>();
    }
    SCOPED_TRACE(name);
    EXPECT_NEAR(value_at(loss, list_labels(lists), rewards), sum, 1e-5);
    expect_near(gradient_at(loss, list_labels(lists), rewards), expected, 1);
  }
}

// Its means over three units are a third of laurel's sums.
TEST(SentenceTransformers, GivesTheSameForPairsAndRatings) {
  const Json all = golden();
  const Json& pairs = all["pairs"];
  std::vector<Pair> labelled;
  for (const double margin : list_of(pairs["margin"])) {
    const auto position = static_cast<int64_t>(2 * labelled.size());
    labelled.push_back({.better = position, .worse = position + 1, .margin = margin});
  }
  const auto expect_thirds = [](const Loss& loss, const Labels& labels, const Json& one) {
    const std::vector<double> rewards = list_of(one["reward"]);
    EXPECT_NEAR(value_at(loss, labels, rewards), 3 * one["value"].get<double>(), 1e-5);
    expect_near(gradient_at(loss, labels, rewards), list_of(one["gradient"]), 3);
  };
  expect_thirds(MarginSquaredError{}, pair_labels(labelled), pairs);
  for (const Json& one : all["ratings"]) {
    std::vector<Rating> ratings;
    for (const double score : list_of(one["score"])) {
      ratings.push_back({.position = static_cast<int64_t>(ratings.size()), .score = score});
    }
    const Loss loss = one["name"] == "mse" ? Loss{SquaredError{}} : Loss{BinaryCrossEntropy{}};
    expect_thirds(loss, rating_labels(ratings), one);
  }
}

}  // namespace
}  // namespace laurel::peer_test
