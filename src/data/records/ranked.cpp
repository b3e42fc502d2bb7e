// Reads the row of a list.
#include "data/records/ranked.h"

#include <algorithm>
#include <cmath>

#include "core/str.h"
#include "data/records/format.h"

namespace laurel {

namespace {

using Numbers = std::vector<std::optional<float>>;

constexpr int32_t kUnranked = -1;
constexpr float kWorstRank = 1e6;
constexpr size_t kMaxResponses = 4096;  // each is compared with each

// Scores follow from ranks as the number of ranked responses with a worse rank.
Ranking ranking_of_ranks(const RecordFields& record, const Numbers& ranks) {
  Ranking ranking{.rank = {}, .score = {}};
  for (size_t i = 0; i < ranks.size(); ++i) {
    const float rank = ranks[i].value_or(kUnranked);
    if (ranks[i] && (rank < 1 || rank != std::floor(rank) || rank > kWorstRank)) {
      record.fail(str("found the rank ", rank, " in \"", record.column("ranks"), "[", i,
                      "]\", expected a whole number from 1, the best, to ", int64_t{1000000},
                      ", or null"));
    }
    ranking.rank.push_back(static_cast<int32_t>(rank));
  }
  for (const int32_t rank : ranking.rank) {
    const auto worse = std::ranges::count_if(ranking.rank, [&](int32_t r) { return r > rank; });
    ranking.score.push_back(rank == kUnranked ? 0 : static_cast<float>(worse));
  }
  return ranking;
}

// Ranks follow from scores as 1 + the number of responses with a better score.
Ranking ranking_of_scores(const Numbers& scores) {
  Ranking ranking{.rank = {}, .score = {}};
  for (const std::optional<float>& score : scores) {
    const auto better =
        std::ranges::count_if(scores, [&](const auto& s) { return s && score && *s > *score; });
    ranking.rank.push_back(score ? static_cast<int32_t>(better) + 1 : kUnranked);
    ranking.score.push_back(score.value_or(0));
  }
  return ranking;
}

Ranking ranking_of(const RecordFields& record, size_t responses) {
  const bool ranks = record.given("ranks"), scores = record.given("scores");
  if (ranks == scores) {
    record.fail(str("found ", ranks ? "both \"" : "neither \"", record.column("ranks"),
                    ranks ? "\" and \"" : "\" nor \"", record.column("scores"), "\"",
                    record.fields_of_row(), ", expected one of them", kFieldsSayWhere));
  }
  const std::string name = ranks ? "ranks" : "scores";
  const Numbers numbers = record.numbers(name, static_cast<int64_t>(responses), "of the responses");
  const auto labelled = std::ranges::count_if(numbers, [](const auto& n) { return n.has_value(); });
  if (labelled < 2) {
    record.fail(str("found ", count_text(labelled, "number"), " in \"", record.column(name),
                    "\", expected two or more: one response alone has no rank"));
  }
  return ranks ? ranking_of_ranks(record, numbers) : ranking_of_scores(numbers);
}

}  // namespace

bool RankedFormat::recognise(const RecordFields& record) { return record.has("responses"); }

std::vector<std::string> RankedFormat::reward_fields(const RecordFields&) { return {}; }

Example RankedFormat::parse(const RecordFields& record, const RowSchema& schema) {
  if (!record.has("responses")) {
    record.fail(str("found no \"", record.column("responses"), "\"", record.fields_of_row(),
                    ", expected ", schema.labelled ? needs : responses, kFieldsSayWhere));
  }
  Example example;
  record.add_responses("responses", example);
  example.names.assign(example.responses.size(), "responses");
  const size_t least = schema.labelled ? 2 : 1;
  const size_t found = example.responses.size();
  if (found < least || found > kMaxResponses) {
    record.fail(str("found ", found, " of \"", record.column("responses"), "\", expected ",
                    found < least ? str(least, " or more") : str("at most ", kMaxResponses)));
  }
  if (schema.labelled) {
    Ranking ranking = ranking_of(record, example.responses.size());
    ranking.weight = record.weight();
    example.label = std::move(ranking);
  }
  return example;
}

}  // namespace laurel
