// The text that tokens spell.
#include "text/token_text.h"

#include <gmock/gmock.h>

#include "text/golden.h"

namespace laurel::token_text_test {
namespace {

std::string spelled(const std::string& folder, const std::string& text) {
  const TextProcessor processor = golden_text(folder);
  const std::vector<int32_t> ids = processor.tokenizer.encode(text, false);
  return TokenText(processor.tokenizer)(ids);
}

TEST(TokenText, OfByteLevelTokensIsTheTextThatWasTokenised) {
  const std::string text = "Why? \n\t na\u00efve \u05d0\u05d1 \U0001F642 <b>&amp;";
  for (const char* folder : {"header", "blocks"}) EXPECT_EQ(spelled(folder, text), text) << folder;
}

// Some tokenizers of this kind put a space before the text.
TEST(TokenText, OfSentencePieceHasSpacesAndBytes) {
  for (const char* folder : {"turns", "brackets"}) {
    EXPECT_THAT(spelled(folder, "Why? \n a \U0001F642 b"),
                testing::EndsWith("Why? \n a \U0001F642 b"))
        << folder;
  }
}

TEST(TokenText, LeavesOutSpecialTokensWhereAsked) {
  const TextProcessor processor = golden_text("header");
  const Tokenizer& tokenizer = processor.tokenizer;
  std::vector<int32_t> ids = tokenizer.encode("a b", false);
  for (const AddedToken& token : tokenizer.added_tokens()) {
    if (token.special) ids.push_back(token.id);
  }
  EXPECT_GT(TokenText(tokenizer)(ids).size(), 3u);
  EXPECT_EQ(TokenText(tokenizer).without_special(ids), "a b");
}

TEST(TokenText, SpellsAnUnknownIdAsAQuestionMark) {
  const TextProcessor processor = golden_text("header");
  EXPECT_EQ(TokenText(processor.tokenizer)(1 << 30), "?");
}

}  // namespace
}  // namespace laurel::token_text_test
