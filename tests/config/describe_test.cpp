// The option reference is generated, and the committed copy is the generated one.
#include <gmock/gmock.h>

#include "config/config.h"
#include "core/files.h"

namespace laurel::describe_test {
namespace {

using testing::HasSubstr;

TEST(Describe, ShowsTypeBoundsDefaultAndMeaning) {
  const std::string text = describe_options();
  EXPECT_THAT(text, HasSubstr("| `lr` | number, at least 0 | `1e-05` | Peak learning rate. |"));
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

TEST(Describe, TheCommittedReferenceIsWhatTheProgramPrints) {
  EXPECT_EQ(read_file(LAUREL_SOURCE_DIR "/docs/options.md"), describe_options())
      << "write it again: build/laurel describe > docs/options.md";
}

}  // namespace
}  // namespace laurel::describe_test
