// Looks at a row beside its example. Substring searches only: no text is rendered or tokenised here.
#include "data/records/row_signs.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <set>

#include "core/str.h"
#include "core/unicode.h"
#include "data/records/format.h"
#include "data/records/number_text.h"
#include "data/records/question_fields.h"

namespace laurel {

namespace {

constexpr std::array<std::string_view, 12> kTurnMarks{
    "<|im_start|>", "<|start_header_id|>", "<start_of_turn>", "<extra_id_1>",
    "<|user|>",     "<|assistant|>",       "\n\nHuman:",      "\n\nAssistant:",
    "[INST]",       "### Instruction:",    "### Response:",   "<|start_of_role|>"};

// visit(text) for each content of the prompt and of the responses, until it gives true.
bool any_text(const Example& example, const auto& visit) {
  const auto any_of = [&](const Text& text) {
    if (const auto* string = std::get_if<std::string>(&text)) return visit(*string);
    return std::ranges::any_of(std::get<Conversation>(text),
                               [&](const Message& message) { return visit(message.content); });
  };
  return (example.prompt && any_of(*example.prompt)) ||
         std::ranges::any_of(example.responses, any_of);
}

bool is_asked(const Example& example) {
  if (example.prompt) {
    const bool given =
        std::visit([](const auto& prompt) { return !prompt.empty(); }, *example.prompt);
    if (given) return true;
  }
  return std::ranges::any_of(example.responses, [](const Text& response) {
    const auto* messages = std::get_if<Conversation>(&response);
    return messages && std::ranges::any_of(*messages, [](const Message& message) {
             return message.role != "assistant" && !message.content.empty();
           });
  });
}

// Whole dialogues whose first messages of the user differ: no two answers to one prompt.
bool asks_differently(const Example& example) {
  std::optional<std::string_view> question;
  for (const Text& response : example.responses) {
    const auto* messages = std::get_if<Conversation>(&response);
    if (!messages) return false;
    const auto user = std::ranges::find(*messages, "user", &Message::role);
    if (user == messages->end()) return false;
    const std::string_view asked = strip_white_space(user->content);
    if (question && asked != *question) return !example.prompt;
    question = asked;
  }
  return false;
}

std::string without_white_space(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (std::isspace(static_cast<unsigned char>(c)) == 0) out += c;
  }
  return out;
}

// ["..."] or [{"role": ...}]: what is left of a list where a table holds text alone.
bool is_json_list(std::string_view text) {
  constexpr size_t kShort = 4;
  text = strip_white_space(text);
  if (text.size() < kShort || text.front() != '[' || text.back() != ']') return false;
  const Json value = Json::parse(text, nullptr, false);
  if (!value.is_array() || value.empty()) return false;
  return std::ranges::all_of(value, [](const Json& item) { return item.is_string(); }) ||
         std::ranges::all_of(value, [](const Json& item) {
           return item.is_object() && (item.contains("content") || item.contains("value"));
         });
}

std::string first_turn_mark(const Example& example) {
  std::string found;
  any_text(example, [&](const std::string& text) {
    for (const std::string_view mark : kTurnMarks) {
      if (text.find(mark) == text.npos) continue;
      found = strip_white_space(mark);
      return true;
    }
    return false;
  });
  return found;
}

// "negative_2" -> "negative_"; a name without a number at its end stays.
std::string stem_of(const std::string& name) {
  const size_t end = name.find_last_not_of("0123456789");
  return end == name.npos ? name : name.substr(0, end + 1);
}

std::vector<std::string> siblings_of(const Json& row, const Example& example,
                                     const std::vector<std::string>& read_from) {
  std::vector<std::string> siblings;
  for (const std::string& name : example.ignored) {
    if (stem_of(name) == name || !row.at(name).is_string()) continue;
    const auto like = [&](const std::string& read) {
      return stem_of(read) == stem_of(name) || str(read, "_") == stem_of(name);
    };
    if (std::ranges::any_of(read_from, like)) siblings.push_back(name);
  }
  return siblings;
}

std::vector<std::string> keys_read(const RowSchema& schema) {
  const std::set<std::string>& evaluated = schema.fields.evaluated_keys();
  std::vector<std::string> keys(evaluated.begin(), evaluated.end());
  for (const char* name : {"chosen", "rejected", "response_a", "response_b", "response"}) {
    if (const auto key = schema.fields.key_of(name)) keys.push_back(*key);
  }
  return keys;
}

// Words of names that judge a response, the higher the better; and those that turn it round.
constexpr std::array kJudges{"score",   "rating",  "reward", "safe",
                             "correct", "quality", "votes",  "likes"};
constexpr std::array kWorse{"harm", "severity", "toxic", "rank", "unsafe", "incorrect", "loss"};
constexpr std::array<std::pair<const char*, const char*>, 6> kSides{
    {{"chosen", "rejected"}, {"_a", "_b"}, {"_A", "_B"}, {"_0", "_1"}, {"_1", "_2"}, {"0", "1"}}};

std::optional<double> judged(const Json& value) {
  if (value.is_boolean()) return value.get<bool>() ? 1 : 0;
  if (value.is_number()) return value.get<double>();
  if (value.is_string()) return number_of_text(value.get_ref<const std::string&>());
  return std::nullopt;
}

bool judges(const std::string& name) {
  const auto in_name = [&](const char* word) { return name.find(word) != name.npos; };
  return std::ranges::any_of(kJudges, in_name) && std::ranges::none_of(kWorse, in_name);
}

std::string renamed(std::string name, const std::string& word, const std::string& other) {
  const size_t at = name.rfind(word);
  return at == name.npos ? "" : name.replace(at, word.size(), other);
}

std::vector<ScoredBy> scored_by(const Json& row, const Example& example) {
  std::vector<ScoredBy> found;
  if (example.responses.size() != 2 || !example.label ||
      !std::holds_alternative<Preferences>(*example.label)) {
    return found;
  }
  for (const std::string& name : example.ignored) {
    if (!judges(name)) continue;
    const auto first = judged(row.at(name));
    for (const auto& [one, other] : kSides) {
      const std::string beside = renamed(name, one, other);
      if (!first || beside.empty() || !row.contains(beside)) continue;
      const auto second = judged(row.at(beside));
      if (!second) continue;
      found.push_back({str(name, " and ", beside), (*first > *second) - (*first < *second)});
      break;
    }
  }
  return found;
}

}  // namespace

bool has_text(const Example& example, std::string_view text) {
  if (any_text(example, [&](const std::string& of) { return of.find(text) != of.npos; }))
    return true;
  const std::string core = without_white_space(text);
  return any_text(example, [&](const std::string& of) {
    return of.size() >= core.size() && without_white_space(of).find(core) != std::string::npos;
  });
}

RowSigns signs_of(const Json& row, const Example& example, const RowSchema& schema) {
  RowSigns signs{.has_prompt = is_asked(example), .turn_mark = first_turn_mark(example)};
  for (const std::string& name : example.ignored) {
    if (question_kind(name, "some words") == QuestionKind::none) continue;
    const auto entry = schema.fields.fields().find(name);
    if (entry != schema.fields.fields().end() && !entry->second) continue;  // left out on purpose
    const std::vector<std::string_view> texts = telling_texts(row.at(name));
    if (texts.empty() || question_kind(name, texts[0]) == QuestionKind::none) continue;
    if (signs.has_prompt && !is_sentence(texts[0])) continue;
    const auto is_lost = [&](std::string_view text) { return !has_text(example, text); };
    signs.unread.push_back({name, std::ranges::any_of(texts, is_lost)});
  }
  if (!example.ignored.empty()) signs.siblings = siblings_of(row, example, keys_read(schema));
  const auto is_list = [](const std::string& text) { return is_json_list(text); };
  signs.some_json = any_text(example, is_list);
  signs.all_json = signs.some_json && !any_text(example, [&](const std::string& text) {
                     return !text.empty() && !is_json_list(text);
                   });
  signs.scored_by = scored_by(row, example);
  signs.other_questions = asks_differently(example);
  signs.whole_preference = example.whole_preference;
  if (example.annotators.empty() && schema.attributes.empty()) {
    for (const AnnotatorScore& score : example.annotator_scores.scores) {
      signs.vector.push_back(score.score);
    }
  }
  return signs;
}

}  // namespace laurel
