// laurel check: what a run would do, without doing it.
#include <algorithm>
#include <iostream>

#include "checkpoint/run_folder.h"
#include "commands/arguments.h"
#include "commands/commands.h"
#include "commands/compute.h"
#include "commands/disk.h"
#include "commands/inputs.h"
#include "commands/memory.h"
#include "commands/prepare.h"
#include "commands/start.h"
#include "core/str.h"
#include "data/pack.h"

namespace laurel {

static void print_lengths(const SourceData& source) {
  std::vector<size_t> lengths;
  for (const Split* split : {&source.train, &source.eval}) {
    for (const Group& group : split->groups) {
      for (const Response& response : group.responses) lengths.push_back(response.ids.size());
    }
  }
  if (lengths.empty()) return;
  std::sort(lengths.begin(), lengths.end());
  std::cout << source.options.name << ": tokens per row: median " << lengths[lengths.size() / 2]
            << ", longest " << lengths.back() << "\n";
}

// The end of the first row as the model sees it, because a reward read at the wrong token is
// silent.
static void print_first_row(const SourceData& source, const Tokenizer& tokenizer) {
  const Split& split = source.train.groups.empty() ? source.eval : source.train;
  if (split.groups.empty()) return;
  const Group& group = split.groups.front();
  const Response& response = group.responses.front();
  const int32_t read = response.reads.front().end - 1;
  std::cout << source.options.name << ": " << split.where(group.id) << " ends in";
  for (int32_t i = std::max(0, read - 7); i <= read; ++i) {
    std::cout << (i == read ? "  [read here] " : " ")
              << tokenizer.token_of(response.ids[i]).value_or("?");
  }
  std::cout << "\n";
}

int check_command(int argc, char** argv) {
  const CommandLine line{
      "check", "CONFIG",
      "Reads the config, the model folder without its weights, the tokenizer and all data, reports "
      "every problem, and says what `laurel train` would do.\n"};
  const auto arguments = parse_arguments(line, argc, argv, [](cxxopts::OptionAdder& add) {
    add_set_option(add);
    add("overwrite", "Train will replace the run folder if it is one of ours.");
  });
  if (!arguments) return 0;
  Log log;
  Config config = read_inputs(positionals(*arguments)[0], overrides_of(*arguments), log);
  const Compute compute = set_up_compute(config, log);
  const RunFolder folder{config.run.folder.value};
  Start start = find_start(config.run, arguments->count("overwrite") > 0, input_paths(config), log);
  const Prepared run = prepare(config, log);
  check_start(start, folder, state_of(config, run, compute), run.length.steps, log);
  for (const SourceData& source : run.sources) {
    print_lengths(source);
    print_first_row(source, run.text.tokenizer);
  }
  int64_t groups = 0;
  for (const SourceData& source : run.sources)
    groups += static_cast<int64_t>(source.train.groups.size());
  std::cout << "run: " << run.length.steps << " steps of " << config.train.batches.batch_size
            << " groups, " << run.length.slots << " slots over " << groups << " groups ("
            << static_cast<double>(run.length.slots) / static_cast<double>(groups) << " epochs)\n"
            << memory_text(plan_run(config, run, compute)) << "\n"
            << disk_text(plan_disk(config, run, compute)) << "\n"
            << start_text(start, folder) << "\n"
            << "everything is in order; train with: laurel train " << positionals(*arguments)[0]
            << "\n";
  return 0;
}

}  // namespace laurel
