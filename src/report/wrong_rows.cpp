// Spells the tokens of rows and cuts what is too long to be read.
#include "report/wrong_rows.h"

#include <algorithm>

#include "core/str.h"

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

int64_t code_points(const std::string& text) {
  return std::ranges::count_if(text, [](char byte) { return !continues(byte); });
}

// Bytes that both end in.
size_t common_end(const std::string& a, const std::string& b) {
  return static_cast<size_t>(std::ranges::mismatch(a.rbegin(), a.rend(), b.rbegin(), b.rend()).in1 -
                             a.rbegin());
}

// Code points of the prompt, at least and at most: what the answers leave of each text, without what all
// texts end in, some of which is the template's. nullopt: tokens spell the texts otherwise, or cut them.
struct PromptLength {
  int64_t least, most;
};
std::optional<PromptLength> prompt_length(const Split& split, size_t group,
                                          const std::vector<Response>& responses,
                                          const TextOf& text_of) {
  const std::vector<ResponseStats> stats = split.groups.stats(group);
  const std::string first = text_of(responses.front().ids);
  const int64_t most = code_points(first) - stats.front().answer_length;
  std::string end = first;
  for (size_t i = 1; i < responses.size(); ++i) {
    const std::string text = text_of(responses[i].ids);
    if (code_points(text) - stats[i].answer_length != most) return std::nullopt;
    end.erase(0, end.size() - common_end(end, text));
  }
  if (most < 0) return std::nullopt;
  return PromptLength{most - code_points(end), most};
}

// What all responses begin with, without the first words of the answers, which may be equal too: it
// ends with the last line, where that is near and may be the prompt's end.
std::string prompt_text(const std::vector<Response>& responses, size_t tokens,
                        const std::optional<PromptLength>& length, const TextOf& text_of) {
  std::string text = text_of(std::span(responses.front().ids).first(tokens));
  if (length) {
    int64_t left = length->most;
    const auto is_behind = [&](char byte) { return !continues(byte) && left-- == 0; };
    text.erase(std::ranges::find_if(text, is_behind), text.end());
  }
  const size_t line = text.rfind('\n');
  if (line == std::string::npos || text.size() - line > kHeaderBytes) return text;
  const std::string lines = text.substr(0, line + 1);
  return !length || code_points(lines) >= length->least ? lines : text;
}

// The first of two texts; else what all responses begin with.
std::string prompt_of(const Split& split, size_t group, const std::vector<Response>& responses,
                      const TextOf& text_of) {
  if (const int32_t answer = responses.front().answer; answer >= 0) {
    return text_of(std::span(responses.front().ids).first(static_cast<size_t>(answer)));
  }
  const size_t common = common_tokens(responses);
  if (common == 0) return "";
  return prompt_text(responses, common, prompt_length(split, group, responses, text_of), text_of);
}

std::string answer_of(const Response& response, const std::string& prompt, const TextOf& text_of) {
  if (response.answer >= 0) {
    return text_of(std::span(response.ids).subspan(static_cast<size_t>(response.answer)));
  }
  std::string text = text_of(response.ids);
  if (text.starts_with(prompt)) text.erase(0, prompt.size());
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
  const std::string prompt = text_of ? prompt_of(split, group, responses, text_of) : "";
  row.prompt = last_bytes(prompt, kPromptBytes);
  for (const auto& [number, label] : show.answers) {
    const std::string text = text_of ? answer_of(responses[number], prompt, text_of) : "";
    row.answers.push_back({label, first_bytes(text, kAnswerBytes)});
  }
  return row;
}

}  // namespace laurel
