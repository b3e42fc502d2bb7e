// Reads a source's files into tokenised rows, in threads, with every row's outcome.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "data/example.h"
#include "data/jsonl.h"
#include "data/load.h"
#include "data/source.h"

namespace laurel {

enum class Outcome { used, bad, over_length, identical };

struct LoadedRow {
  Outcome outcome = Outcome::used;
  Group group;  // of rows that are not used: id and prompt hash; of bad rows: id
  std::vector<ResponseFacts> facts;
  bool truncated = false, special_text = false;
};

// Rows that share something worth a warning: how many, and where the first one is.
struct Noticed {
  int64_t count = 0;
  std::string first;

  void at(const std::string& where);
};

// Fills rule, has_strings, first_margin, notes and warnings of `data`, whose options are set.
class RowLoader {
 public:
  RowLoader(SourceData& data, SourceId id, const LoadContext& context);

  // `first_file` is the number of files[0] in the ids of groups. Errors as load_source.
  std::vector<LoadedRow> read(const std::vector<Path>& files, size_t first_file);

  void finish();  // behind the last read(): what was noticed becomes warnings

 private:
  struct Work;

  std::vector<Work> next_lines(LineReader& reader, int64_t most) const;
  void load(std::vector<Work>& lines, double fraction);
  void parse(Work& work) const;
  void decide_rule(const Work& work);
  void notice(const Work& work);
  void encode(Work& work) const;
  LoadedRow outcome(Work& work);
  void count_bad(const std::string& error);

  SourceData& data_;
  SourceId id_;
  LoadContext context_;
  int threads_;
  bool decided_ = false;                                  // the text rule
  std::optional<std::string> first_string_, first_list_;  // where
  std::set<std::string> ignored_;                         // of the file being read
  std::vector<std::string> bad_;                          // the first messages
  int64_t bad_count_ = 0, rows_ = 0;
  Noticed special_text_, other_role_, repeated_prompt_;
};

}  // namespace laurel
