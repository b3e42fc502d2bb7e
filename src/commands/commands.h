// The commands of the program, each in a file of its own.
//
// To add one: write its function in commands/NAME.cpp, declare it here, add it to the table.
#pragma once

#include <array>

namespace laurel {

// Each takes its own arguments (argv[0] is its name), returns the exit code and throws Error.
int train_command(int argc, char** argv);
int check_command(int argc, char** argv);
int audit_command(int argc, char** argv);
int eval_command(int argc, char** argv);
int compare_command(int argc, char** argv);
int calibrate_command(int argc, char** argv);
int normalize_command(int argc, char** argv);
int score_command(int argc, char** argv);
int average_command(int argc, char** argv);
int export_command(int argc, char** argv);
int curate_command(int argc, char** argv);
int report_command(int argc, char** argv);
int describe_command(int argc, char** argv);

struct Command {
  const char* name;
  const char* summary;
  const char* example;  // a whole command line
  int (*run)(int argc, char** argv);
};

inline constexpr std::array kCommands{
    Command{"train", "train a reward model: laurel train CONFIG [--set path=value ...]",
            "laurel train configs/pairs.json --set train.lr=2e-5 --set run.folder=runs/a",
            train_command},
    Command{"check", "read config and data and say what a run would do: laurel check CONFIG",
            "laurel check configs/pairs.json --set train.batch_size=32", check_command},
    Command{"audit", "find what is wrong with the rows of a config: laurel audit CONFIG",
            "laurel audit configs/pairs.json --strict --page audit.html", audit_command},
    Command{"eval", "evaluate a reward model: laurel eval MODEL DATA...",
            "laurel eval runs/a held_out.jsonl --json result.json", eval_command},
    Command{"compare", "compare models on the same rows: laurel compare A B... --data DATA",
            "laurel compare runs/a runs/b --data held_out.jsonl --slice topic", compare_command},
    Command{"calibrate", "make log-odds of rewards: laurel calibrate MODEL DATA...",
            "laurel calibrate runs/a held_out.jsonl", calibrate_command},
    Command{"normalize", "measure the scale of rewards: laurel normalize MODEL ANSWERS...",
            "laurel normalize runs/a policy_answers.jsonl", normalize_command},
    Command{"score", "write the rewards of rows: laurel score MODEL INPUT... OUTPUT",
            "laurel score runs/a rows.jsonl scored.jsonl", score_command},
    Command{"export", "write a Hugging Face folder: laurel export MODEL OUTPUT",
            "laurel export runs/a exported --dtype bf16", export_command},
    Command{"average", "write the mean of several runs: laurel average MODEL MODEL... OUTPUT",
            "laurel average runs/a runs/b runs/c averaged", average_command},
    Command{"report", "write a run's curves and pictures as a page: laurel report RUN...",
            "laurel report runs/a runs/b --out compared.html", report_command},
    Command{"curate", "write better training files: laurel curate CONFIG OUT",
            "laurel curate configs/pairs.json curated --folds 5", curate_command},
    Command{"describe", "explain the options of a config: laurel describe [OPTION]",
            "laurel describe train.lr", describe_command},
};

}  // namespace laurel
