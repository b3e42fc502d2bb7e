// The words by which published sets name what an answer answers.
#include "data/records/question_fields.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <iterator>

#include "core/unicode.h"

namespace laurel {

namespace {

constexpr std::array kQuestions{"prompt", "prompts",     "question",     "questions",
                                "query",  "instruction", "instructions", "input",
                                "inputs", "problem",     "context",      "contexts"};
constexpr std::array kOnlySentences{"user",         "human",         "task",     "title",
                                    "post",         "passage",       "article",  "document",
                                    "dialogue",     "dialog",        "request",  "premise",
                                    "conversation", "conversations", "messages", "background"};
constexpr std::array kSystem{"system"};
constexpr std::array kHistory{"history", "turns"};
// Words that say nothing of their own, and words of what judges were told.
constexpr std::array kNeutral{"text", "string", "str", "full", "content", "raw", "body", "message"};
constexpr std::array kOfJudges{"labelling",  "labeling",  "judge",   "judging",  "judgement",
                               "judgment",   "grader",    "grading", "eval",     "evaluation",
                               "annotation", "annotator", "rating",  "critique", "feedback"};

bool is_one(const auto& words, const std::string& word) {
  return std::ranges::find(words, word) != words.end();
}

// "userQuery_text2" -> user, query, text
std::vector<std::string> words_of(const std::string& name) {
  std::vector<std::string> words(1);
  bool lower = false;
  for (const char c : name) {
    const auto byte = static_cast<unsigned char>(c);
    const bool letter = std::isalpha(byte) != 0 || byte >= 0x80;
    const bool begins = std::isupper(byte) != 0 && lower;
    if ((!letter || begins) && !words.back().empty()) words.emplace_back();
    if (letter) words.back() += static_cast<char>(std::tolower(byte));
    lower = std::islower(byte) != 0;
  }
  if (words.back().empty()) words.pop_back();
  return words;
}

}  // namespace

bool is_sentence(std::string_view text) {
  constexpr size_t kLong = 32;
  return text.size() >= kLong || text.find_first_of(" \n\t") != text.npos;
}

QuestionKind question_kind(const std::string& name, std::string_view text) {
  std::vector<std::string> words = words_of(name);
  if (std::ranges::any_of(words, [](const auto& word) { return is_one(kOfJudges, word); })) {
    return QuestionKind::none;
  }
  const auto has_system = [](const auto& all) { return is_one(all, "system"); };
  if (has_system(words) && words.size() > 1 && words.back() == "prompt")
    return QuestionKind::system;
  while (words.size() > 1 && is_one(kNeutral, words.back())) words.pop_back();
  if (words.empty()) return QuestionKind::none;
  const std::string& last = words.back();
  if (is_one(kSystem, last)) return QuestionKind::system;
  if (is_one(kHistory, last)) return QuestionKind::history;
  if (is_one(kQuestions, last)) return QuestionKind::question;
  return is_one(kOnlySentences, last) && is_sentence(text) ? QuestionKind::question
                                                           : QuestionKind::none;
}

static void collect_texts(const Json& value, std::vector<std::string_view>& texts) {
  if (value.is_string()) {
    const std::string_view text = strip_white_space(value.get_ref<const std::string&>());
    if (!text.empty()) texts.push_back(text);
  }
  if (!value.is_structured()) return;
  for (const Json& item : value) collect_texts(item, texts);
}

std::vector<std::string_view> telling_texts(const Json& value) {
  std::vector<std::string_view> texts, sentences;
  collect_texts(value, texts);
  std::ranges::copy_if(texts, std::back_inserter(sentences), is_sentence);
  if (!sentences.empty() || texts.empty()) return sentences;
  return {*std::ranges::max_element(texts, {}, &std::string_view::size)};
}

}  // namespace laurel
