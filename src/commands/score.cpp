// laurel score: every input row with its rewards, in order; nothing is dropped.
#include <filesystem>
#include <fstream>
#include <iostream>
#include <utility>

#include "application/output_files.h"
#include "application/score_rows.h"
#include "checkpoint/hub_cache.h"
#include "commands/arguments.h"
#include "commands/commands.h"
#include "commands/row_arguments.h"
#include "core/str.h"

namespace laurel {

int score_command(int argc, char** argv) {
  const CommandLine line{
      "score", "MODEL INPUT OUTPUT",
      "Writes every row of the file INPUT (JSONL, JSON or Parquet) to OUTPUT as JSONL with its "
      "\"reward\" (or \"chosen_reward\", \"rejected_reward\"; "
      "for lists and segments \"rewards\", one each); null with \"reward_error\" where there is "
      "none. - is standard input or output.\n"};
  const auto arguments = parse_arguments(line, argc, argv, add_row_options);
  if (!arguments) return 0;
  const std::vector<std::string> paths = positionals(*arguments);
  RowOptions rows = row_options(*arguments);
  if (rows.format) check_columns(rows, *rows.format);
  check_output({.option = "OUTPUT",
                .output = paths[2],
                .inputs = {&paths[1], 1},
                .model = resolve_model(paths[0])});
  Log log(standard_error_sink());
  const Compute compute = set_up_process(compute_options(*arguments), log);
  RowReader in = paths[1] == "-" ? RowReader::of_standard_input() : RowReader(paths[1]);
  Scorer scorer(paths[0], compute, std::move(rows), log);
  std::ofstream file_out;
  if (paths[2] != "-") {
    file_out.open(paths[2], std::ios::binary);
    if (!file_out)
      throw Error{ErrorKind::checkpoint, str(paths[2], ": cannot be opened for writing")};
  }
  const int64_t without = score_rows(in, scorer, paths[2] == "-" ? std::cout : file_out);
  if (without > 0) log.warn(str(without, " rows have no reward; their \"reward_error\" says why"));
  return 0;
}

}  // namespace laurel
