// inputs.json comes back as it was.
#include "report/inputs_record.h"

#include <gmock/gmock.h>

#include "../checkpoint/tiny.h"
#include "core/files.h"

namespace laurel::inputs_record_test {
namespace {

using test::error_of;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pair;

SourceData loaded() {
  SourceData source;
  source.options.name = "ukp";
  source.train.report = {
      .rows = 10, .used = 7, .bad = 1, .dropped = {{"identical", 2}}, .truncated = 3, .prompts = 5};
  source.options.train = {Path{"a.jsonl"}, Path{"b.jsonl"}};
  source.options.eval = {Path{"dev.jsonl"}};
  source.train.files = source.eval.files = {"a.jsonl", "b.jsonl", "dev.jsonl"};
  source.eval.report = {.rows = 2, .used = 2, .prompts = 1};
  return source;
}

TEST(InputsRecord, ComesBackAsItWas) {
  const test::Scratch scratch;
  const auto file = scratch.path / "inputs.json";
  write_inputs_record(file, {.sources = {input_source(loaded(), {{"b.jsonl", "00ff"}})},
                             .data_sha256 = "12",
                             .model_sha256 = {{"config.json", "34"}},
                             .environment = {{"threads", 2}}});
  const InputsRecord record = read_inputs_record(file).value();
  ASSERT_EQ(record.sources.size(), 1u);
  const InputSplit& train = record.sources[0].train;
  EXPECT_EQ(record.sources[0].name, "ukp");
  EXPECT_EQ(train.rows, 10);
  EXPECT_EQ(train.used, 7);
  EXPECT_EQ(train.malformed, 1);
  EXPECT_EQ(train.truncated, 3);
  EXPECT_EQ(train.prompts, 5);
  EXPECT_THAT(train.dropped, ElementsAre(Pair("identical", 2)));
  ASSERT_EQ(train.files.size(), 2u);
  EXPECT_EQ(train.files[0].sha256, std::nullopt);
  EXPECT_EQ(train.files[1].path, "b.jsonl");
  EXPECT_EQ(train.files[1].sha256, "00ff");
  EXPECT_EQ(record.sources[0].eval.rows, 2);
  ASSERT_EQ(record.sources[0].eval.files.size(), 1u);
  EXPECT_EQ(record.sources[0].eval.files[0].path, "dev.jsonl");
  EXPECT_EQ(record.environment["threads"], 2);
  EXPECT_THAT(record.model_sha256, ElementsAre(Pair("config.json", "34")));
}

TEST(InputsRecord, RowsThatAreHeldOutAreOfTheTrainingFiles) {
  SourceData source = loaded();
  source.options.eval = {};
  source.options.eval_fraction = 0.1;
  const InputSource record = input_source(source, {});
  ASSERT_EQ(record.eval.files.size(), 2u);
  EXPECT_EQ(record.eval.files[0].path, "a.jsonl");
}

TEST(InputsRecord, OfAnotherFormIsRefusedByName) {
  const test::Scratch scratch;
  const auto file = scratch.path / "inputs.json";
  EXPECT_EQ(read_inputs_record(file), std::nullopt);
  write_file(file, "[]");
  EXPECT_THAT(error_of(ErrorKind::checkpoint, [&] { read_inputs_record(file); }),
              HasSubstr("inputs.json: found a list, expected an object"));
  write_file(file, "{\"sources\": 3}");
  EXPECT_THAT(error_of(ErrorKind::checkpoint, [&] { read_inputs_record(file); }),
              HasSubstr("sources"));
}

}  // namespace
}  // namespace laurel::inputs_record_test
