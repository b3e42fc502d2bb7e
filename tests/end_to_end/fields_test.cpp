// Fields as expressions and shapes, through the program: train, eval, score, check and describe.
#include <gmock/gmock.h>

#include "core/files.h"
#include "core/str.h"
#include "end_to_end/program.h"

namespace laurel::fields_test {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;
using testing::Not;

void write_config(const fs::path& file, const Json& source, const std::string& run) {
  Json config = tiny_config({source}, 4);
  config["run"]["folder"] = run;
  write_file(file, config.dump());
}

fs::path trained(const std::string& name, const Json& source) {
  const fs::path folder = tiny_project(name);
  write_config(folder / "config.json", source, "run");
  const Outcome outcome = train(folder);
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  return folder;
}

// The rows of pairs.jsonl in another layout: a list of two texts, and which one is better.
void write_other_layout(const fs::path& folder, const std::string& name) {
  std::string text;
  size_t number = 0;
  for (const Json& row : lines_of(folder / (name + ".jsonl"))) {
    const bool first = number++ % 2 == 0;
    const Json& a = row[first ? "chosen" : "rejected"];
    const Json& b = row[first ? "rejected" : "chosen"];
    Json other{{"question", row["prompt"]},
               {"answers", {{{"text", a}}, {{"text", b}}}},
               {"best", first ? 0 : 1},
               {"uid", str("row-", number)}};
    text += other.dump() + "\n";
  }
  write_file(folder / (name + "_other.jsonl"), text);
}

const Json kFields{{"prompt", "question"},
                   {"chosen", "answers[best].text"},
                   {"rejected", "answers[1 - best].text"}};

TEST(Fields, TrainOnAnotherLayoutAsOnRowsWrittenByHand) {
  const fs::path folder = trained("fields_train", pair_source());
  write_other_layout(folder, "pairs");
  Json source = pair_source();
  source["train"] = "pairs_other.jsonl";
  source.erase("eval");
  source["fields"] = kFields;
  write_config(folder / "other.json", source, "other_run");
  const Outcome outcome = run_laurel("train other.json", folder);
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_EQ(read_file(folder / "run/export/model.safetensors"),
            read_file(folder / "other_run/export/model.safetensors"));

  EXPECT_THAT(outcome.err,
              HasSubstr("--dtype bf16; the run read its source pairs with --fields '{"));
  const Outcome unsaid = run_laurel("eval other_run pairs_other.jsonl", folder);
  EXPECT_EQ(unsaid.code, 3);
  EXPECT_THAT(unsaid.err, HasSubstr("found fields of no format (fields: question"));
  EXPECT_THAT(unsaid.err, HasSubstr("say so with --fields; the run read its source pairs with "
                                    "--fields '{\"chosen\":\"answers[best].text\","));
}

TEST(Fields, ScoreAndEvalTakeThemAsAnObjectOrOneByOne) {
  const fs::path folder = trained("fields_score", pair_source());
  write_other_layout(folder, "held_out");
  ASSERT_EQ(run_laurel("score run held_out.jsonl a.jsonl", folder).code, 0);
  const Outcome one_by_one = run_laurel(
      "score run held_out_other.jsonl b.jsonl --fields prompt=question "
      "--fields 'chosen=answers[best].text' --fields 'rejected=answers[1 - best].text' "
      "--fields id=uid",
      folder);
  ASSERT_EQ(one_by_one.code, 0) << one_by_one.err;
  const std::vector<Json> by_hand = lines_of(folder / "a.jsonl"),
                          made = lines_of(folder / "b.jsonl");
  ASSERT_EQ(by_hand.size(), made.size());
  for (size_t i = 0; i < made.size(); ++i) {
    EXPECT_EQ(made[i]["chosen_reward"], by_hand[i]["chosen_reward"]);
    EXPECT_EQ(made[i]["rejected_reward"], by_hand[i]["rejected_reward"]);
    EXPECT_EQ(made[i]["id"], str("row-", i + 1));
  }
  const Outcome plain = run_laurel("eval run held_out.jsonl --json a.json", folder);
  const Outcome fields = run_laurel(
      str("eval run held_out_other.jsonl --json b.json --fields '", kFields.dump(), "'"), folder);
  ASSERT_EQ(fields.code, 0) << fields.err;
  EXPECT_EQ(lines_of(folder / "a.json")[0]["metrics"], lines_of(folder / "b.json")[0]["metrics"]);
}

TEST(Fields, ANameThatNoRowHasEndsScoringBeforeAnythingIsWritten) {
  const fs::path folder = trained("fields_slip", pair_source());
  const Outcome outcome = run_laurel("score run held_out.jsonl - --fields prompt=promt", folder);
  EXPECT_EQ(outcome.code, 3);
  EXPECT_EQ(outcome.out, "");
  EXPECT_THAT(outcome.err, HasSubstr("--fields.prompt: found \"promt\", which no row has (did you "
                                     "mean \"prompt\"?), expected a field of the rows"));
}

TEST(Fields, BestIsTheResponseThatAnExpressionGave) {
  const fs::path folder = trained("fields_best", pair_source());
  const Outcome outcome = run_laurel(
      "score run - - --best --fields \"responses=answers | map(attribute='text') | list\"", folder,
      "{\"prompt\": \"Q\", \"answers\": [{\"text\": \"x\"}, {\"text\": \"y z\"}]}\n");
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  const Json row = Json::parse(outcome.out);
  EXPECT_EQ(row["response"], row["reward_index"] == 0 ? "x" : "y z");
}

TEST(Fields, ARowWithoutLabelsIsScoredUnderAShape) {
  const fs::path folder = trained("fields_shape", pair_source());
  const Outcome outcome =
      run_laurel("score run - - --shape helpsteer3 --text plain", folder,
                 "{\"context\": \"Q\", \"response1\": \"x\", \"response2\": \"y\"}\n");
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  const Json row = Json::parse(outcome.out);
  EXPECT_TRUE(row["response_a_reward"].is_number());
  EXPECT_TRUE(row["response_b_reward"].is_number());
  const Outcome unknown = run_laurel("score run - - --shape helpster3", folder, "");
  EXPECT_EQ(unknown.code, 2);
  EXPECT_THAT(unknown.err, HasSubstr("--shape: found \"helpster3\", expected one of"));
}

TEST(Fields, RowsToBeScoredNeedNoLabels) {
  const fs::path folder = trained("fields_no_labels", pair_source());
  const Outcome outcome =
      run_laurel("score run - - --text plain --fields preferred=winner --fields weight=w", folder,
                 "{\"prompt\": \"Q\", \"response_a\": \"x\", \"response_b\": \"y\"}\n");
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_TRUE(Json::parse(outcome.out)["response_a_reward"].is_number());
}

TEST(Fields, EvalTakesWhatAShapeSaysOfRowsThatMakeSeveral) {
  const fs::path folder = tiny_project("fields_expand");
  const std::string file = str(LAUREL_SOURCE_DIR, "/tests/data/records/shapes/nemo_aligner.jsonl");
  Json config = tiny_config(
      {{{"name", "nemo"}, {"shape", "nemo_aligner"}, {"train", file}, {"loss", "bradley_terry"}}},
      2);
  config["model"]["chat_template"] =
      "{% for m in messages %}{{ m['role'] }}: {{ m['content'] }}\n{% endfor %}";
  write_file(folder / "config.json", config.dump());
  const Outcome trained = train(folder);
  ASSERT_EQ(trained.code, 0) << trained.err;
  EXPECT_THAT(trained.err, HasSubstr("8 rows made 4 groups"));
  const Outcome outcome = run_laurel(str("eval run ", file, " --shape nemo_aligner"), folder);
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_THAT(outcome.err, HasSubstr("8 rows made 4 groups"));
  const Outcome score = run_laurel(str("score run ", file, " - --shape nemo_aligner"), folder);
  EXPECT_EQ(score.code, 2);
  EXPECT_THAT(score.err, HasSubstr("--shape: found nemo_aligner, whose groups are made of several "
                                   "rows or of parts of one"));
}

TEST(Fields, ColumnsAreAnsweredWithFields) {
  const fs::path folder = tiny_project("fields_columns");
  Json source = pair_source();
  source["columns"] = {{"prompt", "question"}};
  write_config(folder / "config.json", source, "run");
  const Outcome outcome = run_laurel("check config.json", folder);
  EXPECT_EQ(outcome.code, 2);
  EXPECT_THAT(
      outcome.err,
      HasSubstr("sources.pairs.columns: unknown option; \"columns\" is fields, of each "
                "source: laurel's name -> a field of the rows, or an expression over them"));
}

TEST(Fields, CheckSaysWhichShapeRowsLookLike) {
  const fs::path folder = tiny_project("fields_hint");
  write_file(folder / "orca.jsonl",
             "{\"system\": \"S\", \"question\": \"Q\", \"chosen\": \"A\", \"rejected\": \"B\"}\n");
  Json source = pair_source();
  source["train"] = "orca.jsonl";
  source.erase("eval");
  source["shape"] = "intel_orca";
  source["text"] = "chat";
  source.erase("format");
  write_config(folder / "shape.json", source, "run");
  const Outcome shaped = run_laurel("check shape.json", folder);
  EXPECT_EQ(shaped.code, 0) << shaped.err;
  EXPECT_THAT(shaped.err, Not(HasSubstr("look like the shape")));
  source.erase("shape");
  source["format"] = "pairwise";
  source["fields"] = {{"prompt", "question"}};
  write_config(folder / "plain.json", source, "run");
  const Outcome plain = run_laurel("check plain.json", folder);
  EXPECT_THAT(plain.err, HasSubstr("source pairs: its rows look like the shape intel_orca (Intel's "
                                   "orca_dpo_pairs, axolotl's chatml.intel); \"shape\": "
                                   "\"intel_orca\" would read them so"));
  source["shape"] = "intel_orka";
  write_config(folder / "slip.json", source, "run");
  EXPECT_THAT(run_laurel("check slip.json", folder).err,
              HasSubstr("sources.pairs.shape: found \"intel_orka\", expected one of"));
}

TEST(Fields, DescribeShapesPrintsOptionsToCopy) {
  const fs::path folder = scratch_folder("fields_describe");
  const Outcome outcome = run_laurel("describe shapes", folder);
  EXPECT_EQ(outcome.code, 0);
  EXPECT_THAT(outcome.out, HasSubstr("// \"shape\": \"nectar\": Berkeley's Nectar"));
}

}  // namespace
}  // namespace laurel::fields_test
