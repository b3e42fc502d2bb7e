// Writes rows and reads them.
#include "curation/row_files.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

namespace laurel::test {

std::string write_lines(const std::string& name, const std::vector<Json>& lines) {
  const auto* test = testing::UnitTest::GetInstance()->current_test_info();
  const std::filesystem::path folder =
      std::filesystem::path(testing::TempDir()) / test->test_suite_name() / test->name();
  std::filesystem::create_directories(folder);
  std::ofstream out(folder / name);
  for (const Json& line : lines) out << line.dump() << "\n";
  return (folder / name).string();
}

SourceOptions source_of(const std::string& name, const Format& format,
                        const std::vector<std::string>& train,
                        const std::vector<std::string>& eval) {
  SourceOptions options;
  options.name = name;
  options.format = format;
  for (const std::string& file : train) options.train.push_back(Path{file});
  for (const std::string& file : eval) options.eval.push_back(Path{file});
  return options;
}

CurationRows rows_of(const std::vector<Json>& train, const std::vector<Json>& eval,
                     const std::optional<std::string>& annotator) {
  std::vector<std::string> files;
  if (!eval.empty()) files.push_back(write_lines("eval.jsonl", eval));
  const SourceOptions source =
      source_of("ukp", PairwiseFormat{}, {write_lines("train.jsonl", train)}, files);
  return read_curation_rows({source}, annotator, 2);
}

CurationRows ratings_of_rows(const std::vector<Json>& train,
                             const std::optional<std::string>& annotator) {
  const SourceOptions source =
      source_of("stars", PointwiseFormat{}, {write_lines("train.jsonl", train)});
  return read_curation_rows({source}, annotator, 2);
}

Json pair_of(const std::string& prompt, const std::string& chosen, const std::string& rejected) {
  return {{"prompt", prompt}, {"chosen", chosen}, {"rejected", rejected}};
}

Json rating_of(const std::string& prompt, const std::string& response, double score) {
  return {{"prompt", prompt}, {"response", response}, {"score", score}};
}

}  // namespace laurel::test
