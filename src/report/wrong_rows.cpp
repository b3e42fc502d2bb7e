// Spells the tokens of rows and cuts what is too long to be read.
#include "report/wrong_rows.h"

#include <algorithm>

#include "core/str.h"
#include "data/sources/loaded_row.h"

namespace laurel {

namespace {

constexpr size_t kMostRows = 20;
constexpr size_t kPromptBytes = 1200, kAnswerBytes = 2000;
constexpr size_t kHeaderBytes = 64;  // of a template, from a line end to the answer

bool continues(char byte) { return (static_cast<unsigned char>(byte) & 0xC0) == 0x80; }

// The end of a prompt is what is answered.
std::string last_bytes(const std::string& text, size_t most) {
  if (text.size() <= most) return text;
  size_t begin = text.size() - most;
  while (begin < text.size() && continues(text[begin])) ++begin;
  return str("[", begin, " bytes before] ... ", text.substr(begin));
}

std::string first_bytes(const std::string& text, size_t most) {
  if (text.size() <= most) return text;
  size_t end = most;
  while (end > 0 && continues(text[end])) --end;
  return str(text.substr(0, end), " ... [", text.size() - end, " more bytes]");
}

size_t common_tokens(const std::vector<Response>& responses) {
  size_t common = responses.size() < 2 ? 0 : responses.front().ids.size();
  for (const Response& response : responses) {
    const auto& first = responses.front().ids;
    const size_t most = std::min(common, response.ids.size());
    const auto end = first.begin() + static_cast<std::ptrdiff_t>(most);
    common = static_cast<size_t>(std::mismatch(first.begin(), end, response.ids.begin()).first -
                                 first.begin());
  }
  return common;
}

// What all responses begin with, without the first words of the answers, which may be equal too: it
// ends with the last line, where that is near.
std::string prompt_text(const std::vector<Response>& responses, size_t tokens,
                        const TextOf& text_of) {
  std::string text = text_of(std::span(responses.front().ids).first(tokens));
  const size_t line = text.rfind('\n');
  if (line != std::string::npos && text.size() - line <= kHeaderBytes) text.resize(line + 1);
  return text;
}

}  // namespace

std::vector<Mistake> largest_mistakes(std::vector<Mistake> mistakes) {
  const size_t n = std::min(kMostRows, mistakes.size());
  std::ranges::partial_sort(mistakes, mistakes.begin() + static_cast<std::ptrdiff_t>(n),
                            [](const Mistake& a, const Mistake& b) {
                              return a.error != b.error ? a.error > b.error : a.outcome < b.outcome;
                            });
  mistakes.resize(n);
  return mistakes;
}

size_t response_number(const Split& split, int64_t group, uint64_t hash) {
  const auto stats = split.groups.stats(static_cast<size_t>(group));
  const auto found = std::ranges::find(stats, hash, &ResponseStats::hash);
  return found == stats.end() ? 0 : static_cast<size_t>(found - stats.begin());
}

std::vector<size_t> ranked_responses(const Split& split, int64_t group) {
  const Label label = split.groups.label(static_cast<size_t>(group));
  std::vector<size_t> numbers;
  const auto* ranking = std::get_if<Ranking>(&label);
  for (size_t i = 0; ranking && i < ranking->rank.size(); ++i) {
    if (ranking->rank[i] >= 0) numbers.push_back(i);
  }
  return numbers;
}

WrongRow wrong_row(const Split& split, const AnswersToShow& show, const TextOf& text_of) {
  const auto group = static_cast<size_t>(show.group);
  WrongRow row{.where = split.where(split.groups.id(group)), .error = show.error};
  const std::vector<Response> responses = split.groups[group].responses;
  const size_t common = common_tokens(responses);
  const std::string prompt = text_of && common > 0 ? prompt_text(responses, common, text_of) : "";
  row.prompt = last_bytes(prompt, kPromptBytes);
  for (const auto& [number, label] : show.answers) {
    std::string text;
    if (text_of) text = text_of(responses[number].ids);
    if (text.starts_with(prompt)) text.erase(0, prompt.size());
    row.answers.push_back({label, first_bytes(text, kAnswerBytes)});
  }
  return row;
}

}  // namespace laurel
