// The layouts in $LAUREL_DATA/shapes: real containers, the mappings that come with them, and better.json,
// the texts of better answers. Skipped where the variable is not set.
#include <gmock/gmock.h>

#include <cstdlib>

#include "core/files.h"
#include "core/option_reader.h"
#include "core/str.h"
#include "data/files/row_reader.h"
#include "data/sources/shapes.h"
#include "data/sources/source.h"

namespace laurel::shared_shapes_test {
namespace {

using testing::IsEmpty;

std::string folder() {
  const char* data = std::getenv("LAUREL_DATA");
  return data ? str(data, "/shapes/") : "";
}

Json json_of_file(const std::string& name) {
  return Json::parse(read_file(folder() + name, ErrorKind::data));
}

std::string answer_of(const Text& text) {
  const auto* messages = std::get_if<Conversation>(&text);
  return messages ? messages->back().content : std::get<std::string>(text);
}

bool is_better(const Text& text) {
  static const auto texts = json_of_file("better.json").get<std::vector<std::string>>();
  const std::string answer = answer_of(text);
  return std::ranges::any_of(texts, [&](const auto& of) { return answer.find(of) != of.npos; });
}

struct Checked {
  int64_t rows = 0, directed = 0;  // directed: rows whose texts say which answer is better
  std::vector<float> better, other;
};

void check(const Example& example, Checked& checked) {
  ++checked.rows;
  if (const auto* pairs = std::get_if<Preferences>(&*example.label)) {
    const Preference& pair = pairs->at(0);
    if (is_better(example.responses[0]) == is_better(example.responses[1]) || pair.tie == 1) return;
    ++checked.directed;
    EXPECT_TRUE(is_better(example.responses[pair.better])) << answer_of(example.responses[0]);
    EXPECT_GT(pair.target, 0.5);
  } else if (const auto* ranking = std::get_if<Ranking>(&*example.label)) {
    for (size_t i = 0; i < ranking->rank.size(); ++i) {
      for (size_t j = 0; j < ranking->rank.size(); ++j) {
        if (ranking->rank[i] < 0 || ranking->rank[j] < 0) continue;
        if (!is_better(example.responses[i]) || is_better(example.responses[j])) continue;
        ++checked.directed;
        EXPECT_LE(ranking->rank[i], ranking->rank[j]);
      }
    }
  } else if (example.segments.empty()) {
    const float score = std::get<Ratings>(*example.label).score[0];
    (is_better(example.responses[0]) ? checked.better : checked.other).push_back(score);
  }
}

Checked check_file(const std::string& name, Json options, const std::string& file) {
  options["name"] = "shared";
  options["eval"] = folder() + file;
  for (const char* key : {"file", "loss"}) options.erase(key);
  SourceOptions source;
  Problems problems;
  read_options(options, source, {}, problems);
  for (const std::string& problem : problems_in_source(source)) problems.add(name, problem);
  EXPECT_THAT(problems.lines, IsEmpty()) << name;
  const RowSchema schema = schema_of(source);
  RowReader reader(folder() + file);
  Checked checked;
  while (const auto raw = reader.next()) {
    const std::string where = reader.where(*raw);
    const Json row = parse_raw_row(*raw, where);
    check(parse_row(row, schema.fields.evaluate(row, raw->text, where), schema, where), checked);
  }
  EXPECT_EQ(checked.rows, 12) << name;
  if (!checked.better.empty() && !checked.other.empty()) {
    checked.directed += std::ssize(checked.better);
    EXPECT_GT(*std::ranges::min_element(checked.better), *std::ranges::max_element(checked.other));
  }
  return checked;
}

// The labels of these say nothing of better.json's texts.
bool has_own_labels(const std::string& name) {
  return name == "processbench" || name == "math_shepherd" || name == "swift_multi_regression";
}

TEST(SharedShapes, AreReadByTheirFieldsTheRightWayRound) {
  if (folder().empty()) GTEST_SKIP() << "LAUREL_DATA is not set";
  const Json mappings = json_of_file("shapes.json");
  EXPECT_EQ(mappings.size(), 43u);
  for (const auto& [name, mapping] : mappings.items()) {
    SCOPED_TRACE(name);
    const Checked checked = check_file(name, mapping, mapping["file"].get<std::string>());
    if (!has_own_labels(name)) {
      EXPECT_GE(checked.directed, 4) << name;
    }
  }
}

TEST(SharedShapes, AreReadByTheShapeThatTheirRowsLookLike) {
  if (folder().empty()) GTEST_SKIP() << "LAUREL_DATA is not set";
  int64_t recognised = 0;
  const Json mappings = json_of_file("shapes.json");
  for (const auto& [name, mapping] : mappings.items()) {
    SCOPED_TRACE(name);
    const auto file = mapping["file"].get<std::string>();
    RowReader reader(folder() + file);
    const auto first = reader.next();
    ASSERT_TRUE(first);
    for (const Shape* shape : recognised_shapes(parse_raw_row(*first, file))) {
      ++recognised;
      EXPECT_EQ(shape->options["format"], mapping["format"]);
      const Checked checked = check_file(name, shape->options, file);
      if (!has_own_labels(name)) {
        EXPECT_GE(checked.directed, 4) << name;
      }
    }
  }
  EXPECT_EQ(recognised, 42);  // all but two, and one of them by two shapes
}

TEST(SharedShapes, OfStepsHaveTheLabelsOfTheirFiles) {
  if (folder().empty()) GTEST_SKIP() << "LAUREL_DATA is not set";
  const Json rows = json_of_file("processbench.json");
  Json options = shape_named("processbench", "").options;
  options["name"] = "shared";
  SourceOptions source;
  Problems problems;
  read_options(options, source, {}, problems);
  for (const Json& row : rows) {
    const Example example = parse_row(row, schema_of(source), "row");
    const auto& ratings = std::get<Ratings>(*example.label);
    const auto wrong = row["label"].get<int64_t>();
    for (size_t i = 0; i < ratings.score.size(); ++i) {
      const auto step = static_cast<int64_t>(i);
      EXPECT_EQ(ratings.weight[i], wrong < 0 || step <= wrong ? 1 : 0);
      EXPECT_EQ(ratings.score[i], wrong < 0 || step < wrong ? 1 : 0);
    }
  }
}

}  // namespace
}  // namespace laurel::shared_shapes_test
