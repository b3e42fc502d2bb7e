// --set: where a value goes, and what is refused.
#include <gmock/gmock.h>

#include "config/config.h"

namespace laurel::overrides_test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

Json applied(const std::string& json, const std::string& override) {
  Json config = Json::parse(json);
  Problems problems;
  apply_override(parse_override(override), config, problems);
  EXPECT_THAT(problems.lines, ElementsAre());
  return config;
}

TEST(Overrides, TheValueIsJsonIfItParsesElseAString) {
  EXPECT_EQ(applied("{}", "train.lr=2e-5"), Json::parse(R"({"train": {"lr": 2e-5}})"));
  EXPECT_EQ(applied("{}", "train.schedule={\"type\": \"linear\"}"),
            Json::parse(R"({"train": {"schedule": {"type": "linear"}}})"));
  EXPECT_EQ(applied("{}", "run.folder=runs/a=b"),
            Json::parse(R"({"run": {"folder": "runs/a=b"}})"));
}

TEST(Overrides, SourcesAreAddressedByNameOrPosition) {
  const std::string config = R"({"sources": [{"name": "a"}, {"name": "b"}]})";
  EXPECT_EQ(applied(config, "sources.b.loss.center=0.1")["sources"][1]["loss"]["center"], 0.1);
  EXPECT_EQ(applied(config, "sources.0.limit=5")["sources"][0]["limit"], 5);
}

TEST(Overrides, AnUnknownSourceIsAProblem) {
  Json config = Json::parse(R"({"sources": [{"name": "a"}]})");
  Problems problems;
  apply_override({"sources.c.limit", "5"}, config, problems);
  EXPECT_THAT(problems.lines, ElementsAre("--set sources.c.limit: found no source \"c\", "
                                          "expected one of: a"));
  Json number = Json::parse(R"({"train": {"lr": 1}})");
  Problems below;
  apply_override({"train.lr.peak", "5"}, number, below);
  EXPECT_THAT(below.lines, ElementsAre("--set train.lr.peak: found \"peak\" below the number 1, "
                                       "expected the path of an option"));
}

TEST(Overrides, WithoutAnEqualsSignItIsAnError) {
  try {
    parse_override("train.lr");
    FAIL();
  } catch (const Error& error) {
    EXPECT_THAT(error.message, HasSubstr("--set train.lr: expected PATH=VALUE"));
  }
}

TEST(Overrides, PathsStartInTheCurrentDirectory) {
  const std::string text = R"({"model": {"path": "m", "max_length": 8}, "run": {"folder": "r"},
    "sources": [{"name": "a", "format": "pairwise", "train": ["x.jsonl"], "loss": {"type": "hinge"}}]})";
  const Config config =
      parse_config(text, "a.json", "/configs", {{"sources.a.eval", "[\"y.jsonl\"]"}});
  EXPECT_EQ(config.sources[0].source.train[0].value, "/configs/x.jsonl");
  const Config by_position =
      parse_config(text, "a.json", "/configs", {{"sources.0.eval", "[\"y.jsonl\"]"}});
  EXPECT_EQ(by_position.sources[0].source.eval[0].value, config.sources[0].source.eval[0].value);
  EXPECT_EQ(config.sources[0].source.eval[0].value,
            (std::filesystem::current_path() / "y.jsonl").string());
}

TEST(Overrides, APathThatNestsTooDeepIsAProblem) {
  std::string path = "model.template_kwargs";
  for (int i = 0; i < 100'000; ++i) path += ".a";
  try {
    parse_config("{}", "a.json", "/configs", {{path, "1"}});
    FAIL();
  } catch (const Error& error) {
    EXPECT_THAT(error.message, HasSubstr("--set: found a path of more than 32 dots"));
  }
}

TEST(Overrides, APathWithANulByteIsNoPath) {
  try {
    parse_config(R"({"model": {"path": "a\u0000b"}})", "a.json", "/configs", {});
    FAIL();
  } catch (const Error& error) {
    EXPECT_THAT(error.message, HasSubstr("model.path: found \"a\\u0000b\", expected a path"));
  }
}

}  // namespace
}  // namespace laurel::overrides_test
