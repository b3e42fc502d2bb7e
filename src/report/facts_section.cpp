// What a run was made of: an overview, its config, its data, its environment.
#include <array>
#include <cmath>
#include <set>

#include "core/str.h"
#include "eval/table_lines.h"
#include "report/html.h"
#include "report/page_parts.h"

namespace laurel {

namespace {

std::string duration(double seconds) {
  if (seconds < 120) return str(std::round(seconds), " s");
  if (seconds < 2 * 3600) return str(std::round(seconds / 60), " min");
  return str(std::round(seconds / 360) / 10, " h");
}

std::string state_of(const RunRecord& run) {
  if (run.last_event == "end") return "complete";
  if (run.last_event == "stopped") return "stopped";
  return run.last_event.empty() ? "not started" : "running, or ended without a word";
}

std::string ends_of(const RunRecord& run, const char* name) {
  const auto found = run.curves.find(name);
  if (found == run.curves.end() || found->second.value.empty()) return "";
  return str(digits(found->second.value.front()), " to ", digits(found->second.value.back()));
}

// Long texts line by line, because each is escaped only up to a length.
std::string escaped_lines(const std::string& text) {
  std::string html;
  for (size_t begin = 0; begin < text.size();) {
    const size_t end = std::min(text.find('\n', begin), text.size());
    html += escaped(text.substr(begin, end - begin)) + "\n";
    begin = end + 1;
  }
  return html;
}

std::string json_details(const std::string& title, const Json& json) {
  return str("<details><summary>", escaped(title), "</summary>\n<pre>", escaped_lines(json.dump(2)),
             "</pre></details>\n");
}

// Options by their paths, without where the run lies.
std::map<std::string, std::string> flat_config(const RunRecord& run) {
  std::map<std::string, std::string> options;
  if (!run.config.is_object()) return options;
  const Json flat = run.config.flatten();
  for (const auto& [path, value] : flat.items()) {
    if (path != "/run/folder") options[path] = value.dump();
  }
  return options;
}

std::string differences_table(Runs runs) {
  if (runs.size() < 2) return "";
  std::vector<std::map<std::string, std::string>> configs;
  std::set<std::string> paths;
  TableRows rows{{"option"}};
  for (const RunRecord& run : runs) {
    configs.push_back(flat_config(run));
    for (const auto& [path, value] : configs.back()) paths.insert(path);
    rows[0].push_back(run.name);
  }
  for (const std::string& path : paths) {
    std::vector<std::string> row{path.substr(1)};
    std::set<std::string> values;
    for (const auto& config : configs) {
      const auto found = config.find(path);
      row.push_back(found == config.end() ? "-" : found->second);
      values.insert(row.back());
    }
    if (values.size() > 1) rows.push_back(std::move(row));
  }
  return rows.size() < 2 ? "<p>All options but run.folder are the same.</p>\n"
                         : "<p>Options that differ:</p>\n" + html_table(rows);
}

std::string config_part(Runs runs) {
  std::string html = "<h2>Config</h2>\n" + differences_table(runs);
  for (const RunRecord& run : runs) {
    if (!run.config.is_null()) html += json_details("laurel.json of " + run.name, run.config);
  }
  return html;
}

std::string dropped_text(const InputSplit& split) {
  std::string text = reasons_text(split.dropped);
  if (split.malformed > 0) text += str(text.empty() ? "" : ", ", split.malformed, " malformed");
  return text;
}

void add_split(TableRows& counts, TableRows& files, const std::string& source, const char* part,
               const InputSplit& split) {
  if (split.rows == 0 && split.files.empty()) return;
  counts.push_back({source, part, str(split.rows), str(split.used), dropped_text(split),
                    str(split.truncated), str(split.prompts)});
  for (const RecordedFile& file : split.files) {
    files.push_back({source, part, file.path, file.sha256.value_or("not recorded")});
  }
}

std::string data_part(Runs runs) {
  std::string html = "<h2>Data</h2>\n";
  for (const RunRecord& run : runs) {
    html += run_heading(runs, run, 3);
    if (!run.inputs) {
      html += "<p>Not recorded: the run folder has no inputs.json.</p>\n";
      continue;
    }
    TableRows counts{{"source", "part", "rows", "used", "dropped", "truncated", "prompts"}};
    TableRows files{{"source", "part", "file", "SHA-256"}};
    for (const InputSource& source : run.inputs->sources) {
      add_split(counts, files, source.name, "train", source.train);
      add_split(counts, files, source.name, "eval", source.eval);
    }
    html += html_table(counts) + str("<details><summary>Files and hashes</summary>\n",
                                     html_table(files), "</details>\n");
  }
  return html;
}

std::string environment_part(Runs runs) {
  std::string html = "<h2>Environment</h2>\n";
  for (const RunRecord& run : runs) {
    html += run_heading(runs, run, 3);
    const Json environment = run.inputs ? run.inputs->environment : run.final_facts;
    if (!environment.is_object() || environment.empty()) {
      html += "<p>Not recorded.</p>\n";
      continue;
    }
    TableRows rows{{"what", "value"}};
    for (const auto& [name, value] : environment.items()) {
      rows.push_back({name, value.is_string() ? value.get<std::string>() : value.dump()});
    }
    if (run.inputs && !run.inputs->data_sha256.empty()) {
      rows.push_back({"SHA-256 of the training groups", run.inputs->data_sha256});
      for (const auto& [file, hash] : run.inputs->model_sha256) {
        rows.push_back({"SHA-256 of the backbone's " + file, hash});
      }
    }
    html += html_table(rows);
  }
  return html;
}

// The benchmark that train.keep_best names; "" where it names none.
std::string benchmark_that_chose(const RunRecord& run) {
  const auto text_at = [&](const std::string& path) {
    const Json value =
        run.config.is_object() ? run.config.value(Json::json_pointer(path), Json()) : Json();
    return value.is_string() ? value.get<std::string>() : std::string();
  };
  const std::string metric = text_at("/train/keep_best");
  for (size_t i = 0;; ++i) {
    const std::string name = text_at(str("/benchmarks/", i, "/name"));
    if (name.empty()) return "";
    if (metric.starts_with(name + ".")) return metric;
  }
}

// Its score at that step is no longer a fair one.
std::string chosen_by_benchmark(Runs runs) {
  std::string html;
  for (const RunRecord& run : runs) {
    const std::string metric = benchmark_that_chose(run);
    if (metric.empty()) continue;
    html += str("<p>", escaped(run.name), ": the best checkpoint was chosen by ", escaped(metric),
                ", a benchmark. Its score there is the best of several and too high for a "
                "comparison with other models.</p>\n");
  }
  return html;
}

}  // namespace

std::string overview_section(Runs runs) {
  TableRows rows{{"run"}, {"state"}, {"steps"}, {"loss, first to last"}, {"duration"}, {"tokens"}};
  for (const RunRecord& run : runs) {
    const std::string skipped = run.skipped > 0 ? str(", ", run.skipped, " skipped") : "";
    const std::array<std::string, 6> facts{run.name,
                                           state_of(run),
                                           str(run.steps, skipped),
                                           ends_of(run, "loss"),
                                           duration(run.seconds),
                                           str(static_cast<int64_t>(run.tokens))};
    for (size_t i = 0; i < facts.size(); ++i) rows[i].push_back(facts[i]);
  }
  return str("<div class=\"facts\">\n", html_table(rows), "</div>\n", chosen_by_benchmark(runs));
}

std::string facts_section(Runs runs) {
  return config_part(runs) + data_part(runs) + environment_part(runs);
}

}  // namespace laurel
