// The dump of a step: there and back with all bits, and what is refused.
#include "checkpoint/step_dump.h"

#include <bit>
#include <cmath>
#include <limits>

#include "core/files.h"
#include "tiny.h"

namespace laurel::test::step_dump_test {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

constexpr float kInfinity = std::numeric_limits<float>::infinity();
constexpr float kNan = std::numeric_limits<float>::quiet_NaN();

static StepDump full_dump() {
  StepDump dump{.laurel = "0.1.0",
                .step = 12,
                .checkpoint = "checkpoints/step-00000011",
                .precision = "bf16",
                .tokens_per_micro_batch = 4096,
                .lr = 1e-5 / 3,
                .loss = std::numeric_limits<double>::infinity(),
                .grad_norm = std::numeric_limits<double>::quiet_NaN(),
                .dropout = {.model = 0.1, .adapters = 0.05, .seed = 7}};
  dump.sources = {{"pairs", 1.0 / 3, 0.1}, {"stars", 0.25, -kInfinity}, {"lists", 0, 5e-324}};
  const Response two{{1, 2, 3, 4}, {{1, 2}, {3, 4}}, 2}, one{{1, 2, 9}, {{2, 3}}};
  dump.groups = {
      {"pairs.jsonl:5",
       {{one, one}, Preferences{{0, 1, 1e38f, 0.1f, 0.7f, 0.2f, 2}, {1, 0}}, 0, ~0ull, 7}},
      {"stars.jsonl:1",
       {{two, one}, Ratings{{kNan, -0.0f, 1e-45f}, {1, 0, kInfinity}, {0, 0.5f, 1}, {}}, 1, 3, 1}},
      {"stars.jsonl:2", {{two}, Ratings{{1, 2}, {1, 1}, {}, {1}}, 1, 4, 2}},
      {"lists.jsonl:row 9", {{one, one}, Ranking{{1, -1}, {kInfinity, 0}, 0.5f}, 2, 5, 3}}};
  return dump;
}

static std::vector<uint32_t> bits(const std::vector<float>& values) {
  std::vector<uint32_t> bits;
  for (const float value : values) bits.push_back(std::bit_cast<uint32_t>(value));
  return bits;
}

static fs::path written(const Scratch& scratch) {
  const fs::path file = scratch.path / step_dump_name(12);
  write_step_dump(file, full_dump());
  return file;
}

TEST(StepDump, RoundTripsBitForBit) {
  const Scratch scratch;
  const fs::path file = written(scratch);
  EXPECT_EQ(file.filename(), "nonfinite-step-00000012.json");
  const StepDump dump = read_step_dump(file), given = full_dump();
  EXPECT_EQ(dump.laurel, "0.1.0");
  EXPECT_EQ(dump.step, 12);
  EXPECT_EQ(dump.checkpoint, given.checkpoint);
  EXPECT_EQ(dump.precision, "bf16");
  EXPECT_EQ(dump.tokens_per_micro_batch, 4096);
  EXPECT_EQ(dump.lr, given.lr);
  EXPECT_EQ(dump.loss, given.loss);
  EXPECT_TRUE(std::isnan(dump.grad_norm));
  EXPECT_EQ(dump.dropout.model, 0.1);
  EXPECT_EQ(dump.dropout.adapters, 0.05);
  EXPECT_EQ(dump.dropout.seed, 7u);
  ASSERT_EQ(dump.sources.size(), 3u);
  for (size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(dump.sources[i].name, given.sources[i].name);
    EXPECT_EQ(dump.sources[i].scale, given.sources[i].scale);
    EXPECT_EQ(dump.sources[i].loss, given.sources[i].loss);
  }
  // Writing it again gives the same bytes, and so every field of every group came back.
  write_step_dump(scratch.path / "again.json", dump);
  EXPECT_EQ(read_file(scratch.path / "again.json"), read_file(file));
  const auto& scores = std::get<Ratings>(dump.groups[1].group.label);
  const auto& as_given = std::get<Ratings>(given.groups[1].group.label);
  EXPECT_TRUE(std::isnan(scores.score[0]));
  EXPECT_EQ(bits({scores.score[1], scores.score[2]}), bits({-0.0f, 1e-45f}));
  EXPECT_EQ(bits(scores.weight), bits(as_given.weight));
  EXPECT_EQ(bits(scores.deviation), bits(as_given.deviation));
  EXPECT_EQ(dump.groups[0].group.id, ~0ull);
  EXPECT_EQ(dump.groups[0].location, "pairs.jsonl:5");
  EXPECT_EQ(std::get<Preferences>(dump.groups[0].group.label)[0].margin, 1e38f);
}

// More tokens than other JSON may have values.
TEST(StepDump, Of512PairsOf4096TokensRoundTrips) {
  const Scratch scratch;
  const fs::path file = scratch.path / step_dump_name(12);
  StepDump dump = full_dump();
  const Response whole{std::vector<int32_t>(4096, 151642), {{4095, 4096}}};
  const DumpedGroup pair{"pairs.jsonl:1",
                         {{whole, whole}, Preferences{{.better = 0, .worse = 1}}, 0, 1, 1}};
  dump.groups.assign(512, pair);
  write_step_dump(file, dump);
  const StepDump back = read_step_dump(file);
  ASSERT_EQ(back.groups.size(), 512u);
  EXPECT_EQ(back.groups.back().group.responses.at(1).ids, whole.ids);
}

TEST(StepDump, ThatCannotBeWrittenLeavesNoFile) {
  EXPECT_THAT(
      error_of(ErrorKind::checkpoint, [] { write_step_dump("/nowhere/dump.json", full_dump()); }),
      HasSubstr("/nowhere/dump.json: cannot be written: "));
}

// The message after `edit` changed the JSON.
static std::string refused(const std::function<void(Json&)>& edit) {
  const Scratch scratch;
  const fs::path file = written(scratch);
  Json json = Json::parse(read_file(file));
  edit(json);
  write_file(file, json.dump());
  std::string message = error_of(ErrorKind::checkpoint, [&] { read_step_dump(file); });
  const size_t where = message.find(file.string());
  return where == 0 ? message.substr(file.string().size()) : message;
}

TEST(StepDump, InvalidGroupsAreRefusedWithTheirLocation) {
  const auto group = [](Json& json, size_t i) -> Json& { return json["groups"][i]; };
  const std::vector<std::pair<std::function<void(Json&)>, std::string>> cases = {
      {[](Json& j) { j["format"] = 1; }, ": found format 1, expected 2; was it written by a newer"},
      {[](Json& j) { j["format"] = 2.0; },
       ": \"format\": found the number 2.0, expected an integer"},
      {[](Json& j) { j.erase("lr"); }, ": \"lr\": found nothing, expected a number, \"nan\""},
      {[](Json& j) { j["more"] = 1; }, ": found the unknown key \"more\""},
      {[](Json& j) { j["step"] = 0; }, ": \"step\": found 0, expected at least 1"},
      {[](Json& j) { j["checkpoint"] = "/etc"; }, "expected a path inside the dump's folder"},
      {[](Json& j) { j["checkpoint"] = "a/../../b"; }, "expected a path inside the dump's folder"},
      {[](Json& j) { j["precision"] = "int8"; }, "expected one of fp32, bf16"},
      {[](Json& j) { j["sources"][1]["name"] = "pairs"; },
       ": sources[1]: found the name \"pairs\""},
      {[](Json& j) { j["sources"] = Json(size_t{1001}, j["sources"][0]); },
       ": \"sources\": found 1001 sources, expected at most 1000"},
      {[](Json& j) { j["groups"] = Json::array(); }, ": \"groups\": found none"},
      {[&](Json& j) { group(j, 0)["source"] = "x"; }, ": groups[0]: \"source\": found \"x\""},
      {[&](Json& j) { group(j, 0)["id"] = -1; }, ": groups[0]: \"id\": found the number -1"},
      {[&](Json& j) { group(j, 0)["responses"] = Json::array(); }, "\"responses\": found none"},
      {[&](Json& j) { group(j, 0)["responses"][1]["ids"][0] = -5; },
       ": groups[0]: responses[1]: \"ids\": found the number -5, expected a whole number from 0"},
      {[&](Json& j) { group(j, 0)["responses"][0]["ids"][0] = 3e9; }, "\"ids\": found the number"},
      {[&](Json& j) { group(j, 0)["responses"][0]["positions"] = Json::array(); },
       ": groups[0]: responses[0]: \"positions\": found none"},
      {[&](Json& j) { group(j, 0)["responses"][0]["positions"][0] = 2; },
       "\"positions\": found the number 2, expected pairs [from, to]"},
      {[&](Json& j) {
         group(j, 0)["responses"][0]["positions"][0] = {2, 4};
       },
       "\"positions\": found the number 4, expected a whole number from 3 to 3"},
      {[&](Json& j) {
         group(j, 1)["responses"][0]["positions"][1] = {0, 4};
       },
       "\"positions\": found the number 0, expected a whole number from 1 to 3"},
      {[&](Json& j) { group(j, 0)["label"]["preferences"][0]["worse"] = 2; },
       "label: preferences[0]: \"worse\": found the number 2, expected a whole number from 0"},
      {[&](Json& j) { group(j, 0)["label"]["preferences"] = Json::array(); },
       "\"preferences\": found none"},
      {[&](Json& j) { group(j, 0)["label"]["preferences"][0]["margin"] = 1e39; },
       "\"margin\": found 1e+39, expected a number of 32 bits"},
      {[&](Json& j) { group(j, 0)["label"]["type"] = "essay"; }, "expected one of ratings"},
      {[&](Json& j) { group(j, 1)["label"]["weight"].erase(0); },
       "label: \"weight\": found 2 entries, expected 3"},
      {[&](Json& j) { group(j, 1)["label"]["score"][0] = "many"; },
       "\"score\": found a string, expected a number, \"nan\", \"inf\" or \"-inf\" of 32 bits"},
      {[&](Json& j) { group(j, 2)["label"]["positions"][0] = 2; },
       "\"positions\": found the number 2, expected a whole number from 0 to 1"},
      {[&](Json& j) { group(j, 3)["label"]["rank"].push_back(1); },
       "label: \"rank\": found 3 entries, expected 2"}};
  for (const auto& [edit, message] : cases) EXPECT_THAT(refused(edit), HasSubstr(message));
}

TEST(StepDump, ThatIsTruncatedOrNotJsonIsRefused) {
  const Scratch scratch;
  const fs::path file = written(scratch);
  const std::string bytes = read_file(file);
  for (const size_t size : {bytes.size() / 100, bytes.size() / 2, bytes.size() - 3}) {
    write_file(file, bytes.substr(0, size));
    EXPECT_THAT(error_of(ErrorKind::checkpoint, [&] { read_step_dump(file); }),
                HasSubstr("not valid JSON"));
  }
  write_file(file, std::string(100000, '['));
  EXPECT_THAT(error_of(ErrorKind::checkpoint, [&] { read_step_dump(file); }),
              HasSubstr("nested deeper than 8 levels"));
  EXPECT_THAT(error_of(ErrorKind::checkpoint, [&] { read_step_dump(scratch.path / "no.json"); }),
              HasSubstr("no.json: no such file"));
}

}  // namespace laurel::test::step_dump_test
