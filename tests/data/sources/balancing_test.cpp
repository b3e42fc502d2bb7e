// Balanced slices and weights to a population, worked by hand.
#include "data/sources/balancing.h"

#include <gmock/gmock.h>

#include <functional>

#include "data/batches/pack.h"
#include "data/sources/training_groups_hash.h"
#include "data/tiny.h"

namespace laurel::balancing_test {
namespace {

using test::error_of;
using test::source_of;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

// Groups 0, 1, 2 are of "a", group 3 is of "b".
SourceData three_and_one() {
  SourceData source = source_of("s", 4);
  source.options.slices = source.train.slice_fields = {"who"};
  source.train.slices = {{"a"}, {"a"}, {"a"}, {"b"}};
  return source;
}

SourceData balanced() {
  SourceData source = three_and_one();
  source.options.sampling = Sampling::balanced;
  source.options.balanced_by = "who";
  return source;
}

SourceData of_population(std::map<std::string, double> population) {
  SourceData source = three_and_one();
  source.options.population = std::move(population);
  source.options.population_of = "who";
  return source;
}

std::vector<double> weights_of(const SourceData& source) {
  std::vector<double> weights;
  for (const Group& group : source.train.groups) weights.push_back(weight_sum(group));
  return weights;
}

TEST(Sampling, HasOnePartUnlessItIsBalanced) {
  EXPECT_THAT(sampling_parts(three_and_one()), ElementsAre(ElementsAre(0, 1, 2, 3)));
  EXPECT_THAT(sampling_parts(balanced()), ElementsAre(ElementsAre(0, 1, 2), ElementsAre(3)));
}

std::string sha256_with(SourceData source, const std::vector<std::vector<std::string>>& slices) {
  source.train.slices = slices;
  const std::vector<SourceData> sources{std::move(source)};
  return sha256_of_training_groups(sources);
}

TEST(Sampling, ByPartsMakesThePartsATrainingSetOfTheirOwn) {
  const std::vector<std::vector<std::string>> given = {{"a"}, {"a"}, {"a"}, {"b"}},
                                              moved = {{"a"}, {"a"}, {"b"}, {"b"}},
                                              renamed = {{"c"}, {"c"}, {"c"}, {"d"}};
  EXPECT_NE(sha256_with(balanced(), moved), sha256_with(balanced(), given));
  EXPECT_EQ(sha256_with(balanced(), renamed), sha256_with(balanced(), given));  // sampled alike
  EXPECT_EQ(sha256_with(three_and_one(), moved), sha256_with(three_and_one(), given));
}

TEST(Sampling, SaysNothingWhereItIsUniform) {
  SourceData source = three_and_one();
  add_sampling_note(source);
  reweight_to_population(source);
  EXPECT_THAT(source.notes, IsEmpty());
  EXPECT_THAT(weights_of(source), ElementsAre(1, 1, 1, 1));
}

// Groups are taken 1/3, 1/3, 1/3 and 1 times a turn: 2^2 / (3/9 + 1) = 3.
TEST(Sampling, NotesTheEffectiveNumberOfBalancedGroups) {
  SourceData source = balanced();
  add_sampling_note(source);
  EXPECT_THAT(source.notes,
              ElementsAre("source s: training groups by who, balanced: 3 a, 1 b; effective number "
                          "of groups 3 of 4"));
}

// Observed 3/4 and 1/4, meant 1/2 and 1/2: weights 2/3 and 2, (2 + 2)^2 / (3 * 4/9 + 4) = 3.
TEST(Population, WeighsGroupsByShareOverObservedShare) {
  SourceData source = of_population({{"a", 5}, {"b", 5}});
  reweight_to_population(source);
  add_sampling_note(source);
  EXPECT_THAT(weights_of(source),
              testing::Pointwise(testing::DoubleNear(1e-6), {2.0 / 3, 2.0 / 3, 2.0 / 3, 2.0}));
  EXPECT_THAT(source.notes, ElementsAre("source s: training groups by who, weighted to the "
                                        "population: 3 a of mean weight 0.66667, 1 b of mean "
                                        "weight 2; effective number of groups 3 of 4"));
}

TEST(Population, KeepsTheSumAndTheProportionsOfWeights) {
  SourceData source = of_population({{"a", 0.2}, {"b", 0.8}});
  test::set_weight(source.train, 0, 6);  // of 9 in all
  reweight_to_population(source);
  EXPECT_THAT(weights_of(source),
              testing::Pointwise(testing::DoubleNear(1e-6), {1.35, 0.225, 0.225, 7.2}));
}

TEST(Population, WeighsPairsAndLists) {
  SourceData source = of_population({{"a", 0.3}, {"b", 0.7}});
  const auto set_label = [&](size_t i, const Label& label) {
    Group group = source.train.groups[i];
    group.label = label;
    source.train.groups.set(i, group);
  };
  set_label(0, Preferences{{.better = 0, .worse = 1}});
  set_label(1, Ranking{.rank = {1, 2}, .score = {1, 0}});
  reweight_to_population(source);
  EXPECT_THAT(weights_of(source),
              testing::Pointwise(testing::DoubleNear(1e-6), {0.4, 0.4, 0.4, 2.8}));
}

std::string refusal(SourceData source) {
  return error_of(ErrorKind::data, [&] { reweight_to_population(source); });
}

TEST(Population, RefusesValuesWithoutShareAndSharesWithoutRows) {
  EXPECT_EQ(refusal(of_population({{"a", 1}})),
            "source s: population: found no share for the training rows whose who is b; expected "
            "one for every value");
  EXPECT_EQ(refusal(of_population({{"a", 1}, {"b", 1}, {"c", 1}, {"d", 1}})),
            "source s: population: found no labelled training row whose who is c, d; expected some "
            "for every share");
  SourceData unlabelled = of_population({{"a", 1}, {"b", 1}});
  test::set_weight(unlabelled.train, 3, 0);
  EXPECT_THAT(refusal(unlabelled), HasSubstr("no labelled training row whose who is b;"));
}

std::vector<std::string> problems_of(const std::function<void(SourceOptions&)>& change) {
  SourceOptions options{.name = "s", .train = {{"a.jsonl"}}, .slices = {"who", "topic"}};
  change(options);
  return problems_in_source(options);
}

TEST(SamplingOptions, NameOneOfTheSlices) {
  EXPECT_THAT(problems_of([](SourceOptions& o) { o.sampling = Sampling::balanced; }),
              ElementsAre("balanced_by: found none with sampling balanced; set balanced_by and "
                          "sampling balanced together"));
  EXPECT_THAT(problems_of([](SourceOptions& o) {
                o.sampling = Sampling::balanced;
                o.balanced_by = "whom";
              }),
              ElementsAre("balanced_by: found \"whom\", expected one of slices: who, topic"));
  EXPECT_THAT(problems_of([](SourceOptions& o) { o.population_of = "who"; }),
              ElementsAre("population_of: found it without population; set population_of and "
                          "population together"));
}

TEST(SamplingOptions, HavePositiveSharesAndNotBothWays) {
  EXPECT_THAT(
      problems_of([](SourceOptions& o) {
        o.sampling = Sampling::balanced;
        o.balanced_by = o.population_of = "who";
        o.population = {{"a", 0}};
      }),
      ElementsAre("population.a: found the share 0, expected a number > 0",
                  "population: found together with sampling balanced, expected one of the two"));
}

TEST(SamplingOptions, AreForTrainingOnly) {
  EXPECT_THAT(problems_of([](SourceOptions& o) {
                o.eval = std::move(o.train);
                o.train.clear();
                o.population_of = "who";
                o.population = {{"a", 1}};
              }),
              ElementsAre("population: found on a source without train files, expected only where "
                          "there are some"));
}

}  // namespace
}  // namespace laurel::balancing_test
