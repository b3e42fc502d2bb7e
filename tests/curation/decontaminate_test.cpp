// Decontamination: what is found, what is common text, and a million rows.
#include "curation/decontaminate.h"

#include <gmock/gmock.h>

#include <chrono>
#include <iostream>
#include <set>

#include "core/parallel.h"
#include "core/random.h"

namespace laurel::decontaminate_test {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;

constexpr const char* kLong =
    "Janet sells sixteen eggs a day at the farmers' market for two dollars each; how much does she "
    "make every week?";
constexpr const char* kShort = "What is the capital of Mongolia?";

Decontaminator with_benchmarks() {
  Decontaminator decontaminator({});
  const int32_t eggs = decontaminator.add_benchmark("gsm8k");
  decontaminator.add_prompt(eggs, "gsm8k.jsonl:1", kLong);
  const int32_t capitals = decontaminator.add_benchmark("capitals");
  decontaminator.add_prompt(capitals, "capitals.jsonl:7", kShort);
  return decontaminator;
}

DecontaminationReport report_of(Decontaminator decontaminator,
                                const std::vector<std::string>& prompts) {
  for (size_t i = 0; i < prompts.size(); ++i) {
    decontaminator.count(i, decontaminator.matches(prompts[i]));
  }
  return decontaminator.report();
}

std::vector<uint64_t> rows_found(const DecontaminationReport& report) {
  std::vector<uint64_t> rows;
  for (const ContaminatedRow& row : report.rows) rows.push_back(row.row);
  return rows;
}

TEST(Decontamination, FindsThirteenWordsWhateverTheirCasePunctuationAndSpacing) {
  const DecontaminationReport report = report_of(
      with_benchmarks(),
      {"Please solve: SIXTEEN  eggs, a day -- at the farmers\u2019 market (for two dollars each)... "
       "thanks",  // 12 words of it
       "Please solve: SIXTEEN  eggs, a day -- at the farmers\u2019 market (for two dollars each); "
       "How?",  // 13
       "nothing of the kind"});
  EXPECT_THAT(rows_found(report), ElementsAre(1));
  EXPECT_EQ(report.rows[0].benchmark, "gsm8k");
  EXPECT_EQ(report.rows[0].where, "gsm8k.jsonl:1");
  EXPECT_EQ(report.rows[0].text,
            "sixteen eggs a day at the farmers market for two dollars each how");
  EXPECT_FALSE(report.rows[0].whole_prompt);
  EXPECT_THAT(report.hits, ElementsAre(Pair("capitals", 0), Pair("gsm8k", 1)));
}

TEST(Decontamination, FindsShortPromptsThatAreEqualAsAWhole) {
  const DecontaminationReport report = report_of(
      with_benchmarks(), {"what is THE capital\nof Mongolia", "What is the capital of Peru?",
                          "Tell me: what is the capital of Mongolia?"});
  EXPECT_THAT(rows_found(report), ElementsAre(0));
  EXPECT_TRUE(report.rows[0].whole_prompt);
  EXPECT_EQ(report.rows[0].text, "what is the capital of mongolia");
}

TEST(Decontamination, FindsShortPromptsAmongTheQuestionsOfMessages) {
  Decontaminator decontaminator = with_benchmarks();
  const std::string system = "You are a helpful assistant.";
  const std::vector<std::vector<std::string>> questions = {
      {kShort}, {"Hello there!", kShort}, {"What is the capital of Peru?"}};
  for (size_t i = 0; i < questions.size(); ++i) {
    std::string prompt = system;
    for (const std::string& question : questions[i]) prompt += "\n" + question;
    EXPECT_THAT(decontaminator.matches(prompt).texts, IsEmpty());
    decontaminator.count(i, decontaminator.matches(prompt, questions[i]));
  }
  const DecontaminationReport report = decontaminator.report();
  EXPECT_THAT(rows_found(report), ElementsAre(0, 1));
  EXPECT_TRUE(report.rows[0].whole_prompt);
}

TEST(Decontamination, FindsThirtyCharactersOfScriptsWithoutSpaces) {
  Decontaminator decontaminator({});
  const int32_t benchmark = decontaminator.add_benchmark("ceval");
  const std::string thirty = "下列关于细胞膜结构和功能的叙述中正确的是哪一项请选择出来并说明";
  decontaminator.add_prompt(benchmark, "ceval.jsonl:1", "问题" + thirty);
  const DecontaminationReport report = report_of(
      decontaminator, {"请回答：" + thirty + "。", "请回答下列关于细胞膜结构和功能的叙述"});
  EXPECT_THAT(rows_found(report), ElementsAre(0));
}

TEST(Decontamination, CountsARowForEachBenchmarkThatHasItsText) {
  Decontaminator decontaminator = with_benchmarks();
  decontaminator.add_prompt(decontaminator.add_benchmark("copy"), "copy.jsonl:3", kShort);
  const DecontaminationReport report = report_of(decontaminator, {kShort});
  EXPECT_THAT(report.hits, ElementsAre(Pair("capitals", 1), Pair("copy", 1), Pair("gsm8k", 0)));
  EXPECT_EQ(report.rows[0].benchmark, "capitals");
}

// 20000 prompts, of which a thousandth is 20.
std::vector<std::string> with_common_text(int count, const std::string& text) {
  std::vector<std::string> prompts;
  for (int i = 0; i < 20'000; ++i) {
    const std::string own = "prompt number " + std::to_string(i);
    prompts.push_back(i < count ? own + " " + text : own);
  }
  return prompts;
}

TEST(Decontamination, IgnoresAndListsWhatIsInMoreThanAThousandthOfThePrompts) {
  EXPECT_EQ(report_of(with_benchmarks(), with_common_text(20, kLong)).rows.size(), 20u);
  const DecontaminationReport report = report_of(with_benchmarks(), with_common_text(21, kLong));
  EXPECT_THAT(report.rows, IsEmpty());
  ASSERT_EQ(report.ignored.size(), 9u);  // runs of its 21 words
  EXPECT_EQ(report.ignored[0].prompts, 21);
  EXPECT_FALSE(report.ignored[0].in_template);
}

TEST(Decontamination, OfFewPromptsIgnoresNothingThatTenHave) {
  std::vector<std::string> prompts;
  for (int i = 0; i < 10; ++i) prompts.push_back(std::to_string(i) + " " + kLong);
  EXPECT_EQ(report_of(with_benchmarks(), prompts).rows.size(), 10u);
  prompts.push_back(std::string("once more ") + kLong);
  EXPECT_THAT(report_of(with_benchmarks(), prompts).rows, IsEmpty());
}

TEST(Decontamination, CountsEqualPromptsOnceHoweverManyRowsHaveThem) {
  const std::vector<std::string> rows(100, kLong);
  const DecontaminationReport report = report_of(with_benchmarks(), rows);
  EXPECT_EQ(report.rows.size(), 100u);
  EXPECT_EQ(report.prompts, 1);
}

TEST(Decontamination, IgnoresAndListsTheTemplate) {
  const std::string system =
      "You are a helpful assistant that answers every question as briefly as it possibly can.";
  const std::string source = "{{ '<|system|>\\n" + system + "\\nEnd' }}";  // \n as Jinja writes it
  for (const bool template_first : {true, false}) {
    Decontaminator decontaminator({});
    if (template_first) decontaminator.ignore_template(source);
    decontaminator.add_prompt(decontaminator.add_benchmark("chat"), "chat.jsonl:1",
                              system + " Who wrote Faust?");
    if (!template_first) decontaminator.ignore_template(source);
    const DecontaminationReport report = report_of(decontaminator, {system + " What is love?"});
    EXPECT_THAT(report.rows, IsEmpty());
    ASSERT_EQ(report.ignored.size(), 3u);
    EXPECT_TRUE(report.ignored[0].in_template);
    EXPECT_EQ(report.ignored[0].text,
              "you are a helpful assistant that answers every question as briefly as it");
  }
}

// A text in other case, with other punctuation and other spaces.
std::string edited(const std::string& text, Random& random) {
  constexpr const char* kSpaces[] = {" ", "  ", "\n", ", ", " - ", "; ", "\u00a0"};
  std::string copy;
  for (const char c : text) {
    if (c == ' ') {
      copy += kSpaces[random.below(std::size(kSpaces))];
    } else {
      copy += random.below(3) == 0 ? static_cast<char>(std::toupper(c)) : c;
    }
  }
  return copy + (random.below(2) == 0 ? "?!" : "");
}

std::string random_words(int64_t count, Random& random) {
  std::string text;
  for (int64_t i = 0; i < count; ++i) {
    // Words are as frequent as in language: the n-th about 1 / n.
    const auto word = static_cast<int64_t>(std::exp(random.uniform() * std::log(30'000.0)));
    text += (i == 0 ? "w" : " w") + std::to_string(word);
  }
  return text;
}

struct Planted {
  std::vector<std::string> benchmark, rows;
  std::set<uint64_t> planted;
};

// 2000 benchmark prompts of 5 to 80 words; a row in 2000 has a whole short prompt, or 13 words of a
// long one between words of its own; near misses are 12 words, and short prompts with a word more.
Planted planted_rows(size_t count) {
  Random random(11);
  Planted all;
  for (int i = 0; i < 2000; ++i) {
    all.benchmark.push_back(random_words(5 + static_cast<int64_t>(random.below(76)), random));
  }
  const auto some_words = [&](const std::string& text, int64_t most) {
    std::vector<std::string> words;
    for (size_t begin = 0, end = 0; end != std::string::npos; begin = end + 1) {
      end = text.find(' ', begin);
      words.push_back(text.substr(begin, end - begin));
    }
    const auto n = static_cast<int64_t>(words.size());
    const auto first = n <= most ? 0 : static_cast<int64_t>(random.below(n - most));
    std::string part;
    for (int64_t i = first; i < std::min(n, first + most); ++i) {
      part += (part.empty() ? "" : " ") + words[i];
    }
    return std::pair(part, n);
  };
  for (size_t i = 0; i < count; ++i) {
    std::string row = random_words(6 + static_cast<int64_t>(random.below(60)), random);
    const uint64_t kind = random.below(1000);
    if (kind < 2) {
      const std::string& text = all.benchmark[random.below(all.benchmark.size())];
      const auto [part, words] = some_words(text, kind == 0 ? 13 : 12);
      const bool is_short = words <= 12;
      if (is_short) {
        row = kind == 0 ? part : part + " more";
      } else {
        row = "mine " + row + " x" + std::to_string(i) + " " + part + " y" + std::to_string(i);
      }
      row = edited(row, random);
      if (kind == 0) all.planted.insert(i);
    }
    all.rows.push_back(std::move(row));
  }
  return all;
}

void expect_planted_and_no_others(size_t count) {
  const Planted all = planted_rows(count);
  const auto start = std::chrono::steady_clock::now();
  Decontaminator decontaminator({});
  const int32_t benchmark = decontaminator.add_benchmark("planted");
  for (const std::string& prompt : all.benchmark) decontaminator.add_prompt(benchmark, "b", prompt);
  std::vector<BenchmarkMatches> matches(all.rows.size());
  parallel_for(static_cast<int64_t>(all.rows.size()), 2,
               [&](int64_t i) { matches[i] = decontaminator.matches(all.rows[i]); });
  for (size_t i = 0; i < all.rows.size(); ++i) decontaminator.count(i, matches[i]);
  const DecontaminationReport report = decontaminator.report();
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
  std::cout << count << " rows, " << all.planted.size() << " planted, " << seconds.count()
            << " s\n";
  EXPECT_GT(all.planted.size(), count / 2000);
  const std::vector<uint64_t> rows = rows_found(report);
  EXPECT_EQ(std::set<uint64_t>(rows.begin(), rows.end()), all.planted);
  EXPECT_THAT(report.ignored, IsEmpty());
}

TEST(Decontamination, FindsPlantedTextsAndNoOthersAmongTenThousandRows) {
  expect_planted_and_no_others(10'000);
}

TEST(Decontamination, DISABLED_FindsPlantedTextsAndNoOthersAmongAMillionRows) {
  expect_planted_and_no_others(1'000'000);
}

}  // namespace
}  // namespace laurel::decontaminate_test
