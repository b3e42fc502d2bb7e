// Leakage: each eval row is in the first list that fits.
#include "curation/leakage.h"

#include <gmock/gmock.h>

#include "curation/duplicates.h"
#include "curation/row_files.h"

namespace laurel::test::leakage_test {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;

Leakage leakage_of(const CurationRows& rows) {
  return find_leakage(rows, similar_prompts(rows, {}, 2));
}

TEST(Leakage, IsOfWholeRowsOfPromptsOfNearPromptsAndOfResponses) {
  const std::string copied = "an answer of eight words that was copied";
  const CurationRows rows = rows_of({pair_of("Why is the sky blue?", "Scattering.", "Paint."),  // 0
                                     pair_of("Who wrote Faust?", copied, "Nobody.")},           // 1
                                    {pair_of("why is the SKY blue", "paint", "scattering"),     // 2
                                     pair_of("Why is the sky blue?", "Rayleigh.", "Magic."),    // 3
                                     pair_of("Who wrote Faust", "Goethe.", "Schiller."),        // 4
                                     pair_of("Another question", copied, "No."),                // 5
                                     pair_of("A third one", "Nobody.", "Somebody.")});          // 6
  const Leakage leakage = leakage_of(rows);
  EXPECT_EQ(leakage.eval_rows, 5);
  EXPECT_THAT(leakage.whole, ElementsAre(Pair(2, 0)));  // whatever its label
  EXPECT_THAT(leakage.prompts, ElementsAre(Pair(3, 0)));
  EXPECT_THAT(leakage.near_prompts, ElementsAre(Pair(4, 1)));
  EXPECT_THAT(leakage.responses, ElementsAre(Pair(5, 1)));
}

TEST(Leakage, IsNoneWithoutEvalRows) {
  const Leakage leakage = leakage_of(rows_of({pair_of("Q", "A", "B"), pair_of("Q", "A", "B")}));
  EXPECT_EQ(leakage.eval_rows, 0);
  EXPECT_THAT(leakage.whole, IsEmpty());
}

}  // namespace
}  // namespace laurel::test::leakage_test
