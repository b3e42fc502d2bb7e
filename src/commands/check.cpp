// laurel check: what a run would do, without doing it.
#include <algorithm>
#include <iostream>

#include "checkpoint/run_folder.h"
#include "commands/arguments.h"
#include "commands/commands.h"
#include "application/compute.h"
#include "commands/config_arguments.h"
#include "application/disk.h"
#include "application/loaded_reward_model.h"
#include "application/memory.h"
#include "application/replay.h"
#include "application/resume.h"
#include "application/run_inputs.h"
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

// The end of the first row as the model sees it: a reward at the wrong token gives no error.
static void print_first_row(const SourceData& source, const Tokenizer& tokenizer) {
  const Split& split = source.train.groups.empty() ? source.eval : source.train;
  if (split.groups.empty()) return;
  const Group& group = split.groups.front();
  const Response& response = group.responses.front();
  const int32_t pooled = response.positions.front().end - 1;
  std::cout << source.options.name << ": " << split.where(group.id) << " ends in";
  for (int32_t i = std::max(0, pooled - 7); i <= pooled; ++i) {
    std::cout << (i == pooled ? "  [pooled here] " : " ")
              << tokenizer.token_of(response.ids[i]).value_or("?");
  }
  std::cout << "\n";
}

static int check_config(const std::string& file, const cxxopts::ParseResult& arguments) {
  Log log(standard_error_sink());
  Config config = load_config(file, overrides_of(arguments), log);
  const Compute compute = set_up_process(config, log);
  const RunFolder folder{config.run.folder.value};
  ResumePoint resume_point =
      find_resume_point(config.run, arguments.count("overwrite") > 0, input_paths(config), log);
  const RunInputs run = load_run_inputs(config, log);
  check_resume_point(resume_point, folder, run_state_of(config, run, compute), run.length.steps,
                     log);
  for (const SourceData& source : run.sources) {
    print_lengths(source);
    print_first_row(source, run.text.tokenizer);
  }
  int64_t groups = 0;
  for (const SourceData& source : run.sources)
    groups += static_cast<int64_t>(source.train.groups.size());
  std::cout << "run: " << run.length.steps << " steps of " << config.train.batches.batch_size
            << " groups, " << static_cast<double>(run.length.groups) / static_cast<double>(groups)
            << " epochs (" << run.length.groups << " of " << groups << " groups)\n"
            << memory_text(plan_run_memory(config, run, compute)) << "\n"
            << disk_text(plan_disk(config, run, compute)) << "\n"
            << resume_text(resume_point, folder) << "\n"
            << "everything is in order; train with: laurel train " << file << "\n";
  return 0;
}

// Either a config with its options, or a dump with what it is computed with.
static void check_either(const cxxopts::ParseResult& arguments) {
  const bool replay = arguments.count("replay") > 0;
  const auto refuse = [&](const char* option, const char* why) {
    if (arguments.count(option) == 0) return;
    throw Error{ErrorKind::usage, str("--", option, ": ", why)};
  };
  if (replay) {
    for (const char* option : {"set", "overwrite"}) refuse(option, "found beside --replay");
  } else {
    for (const char* option : {"device", "precision", "threads"}) {
      refuse(option, "found without --replay; a config has an option of its own for it");
    }
  }
  const size_t configs = positionals(arguments).size();
  if (configs == (replay ? 0 : 1)) return;
  throw Error{ErrorKind::usage,
              str("found ", configs, " arguments, expected: laurel check ",
                  replay ? "--replay FILE" : "CONFIG", "; see laurel check --help")};
}

int check_command(int argc, char** argv) {
  const CommandLine line{
      "check", "[CONFIG]",
      "Reads the config, the model folder without its weights, the tokenizer and all data, reports "
      "every problem, and says what `laurel train` would do. With --replay in place of a config: "
      "computes a step again whose loss or gradient norm was not finite, and names the rows.\n"};
  const auto arguments = parse_arguments(line, argc, argv, [](cxxopts::OptionAdder& add) {
    add_set_option(add);
    add("overwrite", "Train will replace the run folder if it is one of ours.");
    add("replay", "A run's nonfinite-step-NUMBER.json. The precision is the run's by default.",
        cxxopts::value<std::string>(), "FILE");
    add_compute_options(add);
  });
  if (!arguments) return 0;
  check_either(*arguments);
  if (arguments->count("replay") > 0) {
    return replay_step((*arguments)["replay"].as<std::string>(), compute_options(*arguments));
  }
  return check_config(positionals(*arguments)[0], *arguments);
}

}  // namespace laurel
