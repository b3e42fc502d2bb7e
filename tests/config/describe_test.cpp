// The option reference is generated, and the committed copy is the generated one.
#include <gmock/gmock.h>

#include "config/config.h"
#include "core/files.h"
#include "support/error_of.h"

namespace laurel::describe_test {
namespace {

using testing::HasSubstr;

TEST(Describe, ShowsTypeBoundsDefaultAndMeaning) {
  const std::string text = describe_options();
  EXPECT_THAT(text, HasSubstr("| `lr` | number, null, at least 0 | `null`: 1e-5 for models"));
  EXPECT_THAT(text,
              HasSubstr("| `max_length` | whole number, at least 1, at most 1048576 | required |"));
  EXPECT_THAT(text, HasSubstr("### `sources[].loss`: `{\"type\": \"bradley_terry\"}`"));
  EXPECT_THAT(
      text, HasSubstr("| `epochs` | number, null, more than 0, at most 1e+06 | `null`: 1, unless"));
}

TEST(Describe, ShowsOptionsThatLossesShareOnce) {
  const std::string text = describe_options();
  const size_t first = text.find("| `center` | number");
  ASSERT_NE(first, std::string::npos);
  EXPECT_EQ(text.find("| `center` | number", first + 1), std::string::npos);
  EXPECT_THAT(text, HasSubstr("{\"type\": \"davidson\"}`\n\nTakes the options of [Regularizers of "
                              "pairs and lists](#regularizers-of-pairs-and-lists).\n"));
}

TEST(Describe, ShowsTheWordsAndTheKeysOfAChoiceOfBoth) {
  const std::string text = describe_options();
  EXPECT_THAT(text,
              HasSubstr("| `train` | `all`, `head`, or an object with `last_layers` or `lora` "
                        "| `\"all\"` |"));
  EXPECT_THAT(text, HasSubstr("### `model.train`: `{\"last_layers\": ...}`"));
  EXPECT_THAT(text, HasSubstr("## `model.train.lora`"));
  EXPECT_THAT(describe_option("model.train.lora.rank"), HasSubstr("default `16`"));
  EXPECT_THAT(text, HasSubstr("| `average` | `last`, or an object with `ema` | `\"last\"` |"));
  EXPECT_THAT(describe_option("train.average.ema.decay"), HasSubstr("default `0.999`"));
}

TEST(Describe, ExplainsOneOptionByItsPathOrItsName) {
  const std::string clip =
      "train.max_grad_norm\nnumber, at least 0; default `1.0`\nClip the global gradient norm to "
      "this; 0 disables.\n";
  EXPECT_EQ(describe_option("train.max_grad_norm"), clip);
  EXPECT_EQ(describe_option("max_grad_norm"), clip);
  const std::string limit =
      "sources[].limit\nwhole number, null, at least 1; default `null`: all rows\nOnly the first n "
      "rows of train, and of eval.\n";
  for (const char* name :
       {"sources.limit", "sources.ukp.limit", "sources[].limit", "sources[2].limit"})
    EXPECT_EQ(describe_option(name), limit);
}

TEST(Describe, ExplainsSectionsTypesAndWhatTypesShare) {
  EXPECT_THAT(describe_option("train"), testing::StartsWith("## `train`\n"));
  EXPECT_THAT(describe_option("train"), HasSubstr("| `lr` |"));
  EXPECT_THAT(describe_option("hinge"),
              testing::StartsWith("### `sources[].loss`: `{\"type\": \"hinge\"}`\n"));
  EXPECT_THAT(describe_option("sources.ukp.loss"), HasSubstr("{\"type\": \"huber\"}"));
  EXPECT_THAT(describe_option("sources.loss.center"),
              testing::StartsWith("sources[].loss.center (bradley_terry, hinge, "));
}

TEST(Describe, AnUnknownNameGetsTheNearest) {
  const auto error = [](const std::string& name) {
    return test::error_of(ErrorKind::usage, [&] { describe_option(name); });
  };
  EXPECT_EQ(error("train.lrr"),
            "found no option \"train.lrr\"; did you mean \"train.lr\"? "
            "`laurel describe` prints all of them");
  EXPECT_EQ(error("learning_rate"),
            "found no option \"learning_rate\"; TRL's learning_rate is "
            "train.lr here. `laurel describe` prints all of them");
}

TEST(Describe, TheCommittedReferenceIsWhatTheProgramPrints) {
  EXPECT_EQ(read_file(LAUREL_SOURCE_DIR "/docs/options.md"), describe_options())
      << "write it again: build/laurel describe > docs/options.md";
}

}  // namespace
}  // namespace laurel::describe_test
