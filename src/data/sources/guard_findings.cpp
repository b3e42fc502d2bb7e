// From counts to sentences: what was found, in how many rows, the first of them, and what to write.
#include <algorithm>
#include <functional>

#include "core/json.h"
#include "core/str.h"
#include "data/records/question_fields.h"
#include "data/sources/guards.h"
#include "data/sources/label_findings.h"

namespace laurel {

namespace {

std::string rows_of(int64_t count, int64_t all) {
  return str(count, " of ", count_text(all, "row"));
}

// A key as an expression reads it.
std::string key_text(const std::string& name) {
  const auto is_letter = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
  };
  const bool plain =
      !name.empty() && std::ranges::all_of(name, is_letter) && (name[0] < '0' || name[0] > '9');
  return plain ? name : str("row['", name, "']");
}

// The entry for the prompt that reads all of these fields, before what it is read from already.
std::string prompt_entry(const std::vector<std::string>& names, const std::string& prompt) {
  std::string system, history;
  std::vector<std::string> questions;
  for (const std::string& name : names) {
    const QuestionKind kind = question_kind(name, "some words");
    if (kind == QuestionKind::system && system.empty()) {
      system = key_text(name) == "system" ? "(row.system | system)"
                                          : str("(", key_text(name), " | system)");
    } else if (kind == QuestionKind::history && history.empty()) {
      const std::string of = key_text(name);
      history = str("((", of, " | map('first') | list) | turns(", of, " | map('last') | list))");
    } else {
      questions.push_back(key_text(name));
    }
  }
  if (!prompt.empty()) questions.push_back(prompt);
  if (questions.size() > 1) questions = {str("[", join(questions, ", "), "] | lines")};
  std::string entry = questions.empty() ? "" : questions[0];
  if (!system.empty() || !history.empty()) {
    const bool grouped = entry.find(' ') != entry.npos;
    if (!entry.empty()) entry = str("(", grouped ? str("(", entry, ")") : entry, " | user)");
    std::vector<std::string> parts;
    for (const std::string& part : {system, history, entry}) {
      if (!part.empty()) parts.push_back(part);
    }
    entry = join(parts, " + ");
  } else if (questions.size() == 1 && names.size() == 1 && prompt.empty()) {
    entry = is_field_name(names[0]) ? names[0] : questions[0];
  }
  return str("\"fields\": ", Json{{"prompt", entry}}.dump());
}

class Findings {
 public:
  Findings(const GuardTally& tally, const GuardContext& context)
      : tally_(tally), context_(context) {}

  GuardFindings run() {
    add_lost_fields();
    add_siblings();
    add_lost_messages();
    add_other_questions();
    add_contents();
    add_label_findings(tally_, context_, out_);
    return std::move(out_);
  }

 private:
  bool ignored(const std::string& name) const {
    return std::ranges::find(context_.ignore, name) != context_.ignore.end();
  }
  void warn(std::string text) { out_.warnings.push_back(std::move(text)); }

  std::string ignore_advice(const std::vector<std::string>& names) const {
    return context_.guarding == Guarding::training
               ? str("or leave it out on purpose with \"ignore\": ", Json(names).dump())
               : str("or leave it out on purpose with --ignore ", join(names, ","));
  }

  std::string lost_text(const std::vector<std::string>& names, bool alone) const {
    const UnreadTally& first = tally_.unread.at(names[0]);
    const Occurrences& rows = alone ? first.alone : first.beside;
    std::string what = str("\"", join(names, "\", \""), "\"");
    return str(rows_of(rows.count, tally_.rows), " have text in ", what,
               " that the model does not see", alone ? ", and nothing is read as the prompt" : "",
               first_of(rows), "; write ", prompt_entry(names, alone ? "" : context_.prompt), ", ",
               ignore_advice(names));
  }

  // Texts that only white space or a few rows keep from being found are told, not refused.
  void add_lost_fields() {
    std::vector<std::string> alone, beside;
    for (const auto& [name, of] : tally_.unread) {
      if (ignored(name)) continue;
      if (2 * of.alone.count > of.rows) {
        alone.push_back(name);
      } else if (of.alone.count + of.beside.count > 0) {
        beside.push_back(name);
      }
    }
    const auto place = [&](const std::string& name) { return tally_.unread.at(name).place; };
    std::ranges::stable_sort(alone, std::ranges::less{}, place);
    if (!alone.empty()) {
      auto& list = context_.guarding == Guarding::scoring ? out_.warnings : out_.errors;
      list.push_back(lost_text(alone, true));
    }
    for (const std::string& name : beside) {
      warn(lost_text({name}, tally_.unread.at(name).beside.count == 0));
    }
  }

  void add_siblings() {
    std::vector<std::string> names;
    for (const auto& [name, rows] : tally_.siblings) {
      if (!ignored(name)) names.push_back(name);
    }
    if (names.empty()) return;
    const Occurrences& rows = tally_.siblings.at(names[0]);
    warn(str(rows_of(rows.count, tally_.rows), " have further answers in \"", join(names, "\", \""),
             "\", of which none is read", first_of(rows),
             "; with all of them a row is of the format ranked: \"fields\": {\"responses\": "
             "\"[BEST, ",
             join(names, ", "), "]\", \"scores\": \"[1, 0, ...]\"}, ", ignore_advice(names)));
  }

  void add_lost_messages() {
    for (const auto& [what, rows] : tally_.lost) {
      warn(str(count_text(rows.count, "row"), " with ", what,
               " that the chat template leaves out, in whole or in part", first_of(rows)));
    }
    if (tally_.lost_question.count > 0 && context_.guarding == Guarding::training) {
      out_.errors.push_back(
          str(count_text(tally_.lost_question.count, "row"),
              " whose last message of the user does not occur in what the chat template makes of "
              "it",
              first_of(tally_.lost_question),
              "; the model would not see the question: correct the roles, or the template "
              "(model.chat_template)"));
    }
    const Occurrences& rows = tally_.no_variables;
    if (rows.count == 0) return;
    warn(str(count_text(rows.count, "row"),
             " with tools, documents or chat_template_kwargs, which only the chat template reads "
             "(\"text\": \"chat\")",
             first_of(rows)));
  }

  void add_other_questions() {
    const Occurrences& rows = tally_.other_questions;
    if (rows.count == 0) return;
    warn(str(rows_of(rows.count, tally_.rows),
             " whose responses are whole dialogues that begin with different questions",
             first_of(rows),
             "; are they answers to one prompt, or were rows of two files joined wrongly?"));
  }

  void add_contents() {
    const Occurrences& lists = tally_.all_json.count > 0 ? tally_.all_json : tally_.some_json;
    if (tally_.all_json.count > 0 || 10 * tally_.some_json.count > tally_.rows) {
      warn(str(
          rows_of(lists.count, tally_.rows),
          " with texts that are JSON lists, which the model reads with their brackets and "
          "quotes",
          first_of(lists),
          "; in \"fields\" an entry such as \"chosen | parse_json\" reads the JSON in a string, "
          "and \"(prompt | parse_json) | turns(chosen | parse_json)\" makes messages of "
          "questions and answers"));
    }
    for (const auto& [mark, rows] : tally_.turn_marks) {
      const bool few = context_.rule == TextRule::plain ? 10 * rows.count <= tally_.rows
                                                        : 100 * rows.count < tally_.rows;
      if (few) continue;
      warn(str(
          rows_of(rows.count, tally_.rows), " with \"", mark,
          "\" inside a text, a mark of turns that the model reads as ordinary words",
          first_of(rows),
          "; in \"fields\" an entry such as \"prompt | dialogue\", or \"chosen | dialogue\" where "
          "answers hold the question, makes messages of marked text, "
          "and \"text\": \"rendered\" takes what a template has made"));
    }
  }

  const GuardTally& tally_;
  const GuardContext& context_;
  GuardFindings out_;
};

}  // namespace

std::string read_from(const FieldMap& fields, const std::string& name) {
  const auto entry = fields.fields().find(name);
  if (entry == fields.fields().end() || !entry->second) return name;
  return fields.is_expression(name) ? str("(", *entry->second, ")") : key_text(*entry->second);
}

GuardContext guard_context(const SourceOptions& options, TextRule rule,
                           const LoadContext& context) {
  const FieldMap fields(options.rows.map);
  return {.guarding = context.guarding,
          .rule = rule,
          .prompt = read_from(fields, "prompt"),
          .preference = read_from(fields, "preference"),
          .scores = read_from(fields, "scores"),
          .ignore = options.ignore};
}

std::string short_warning(const std::string& warning) {
  return warning.substr(0, std::min(warning.find(", the first"), warning.find('\n')));
}

GuardFindings findings_of(const GuardTally& tally, const GuardContext& context) {
  return Findings(tally, context).run();
}

void tell_findings(const GuardTally& tally, const GuardContext& context, const std::string& source,
                   std::vector<std::string>& warnings, std::vector<std::string>& notes) {
  const GuardFindings found = findings_of(tally, context);
  const auto told = [&](const std::string& text) { return str("source ", source, ": ", text); };
  if (!found.errors.empty()) throw Error{ErrorKind::data, told(found.errors.front())};
  for (const std::string& text : found.warnings) warnings.push_back(told(text));
  for (const std::string& text : found.notes) notes.push_back(told(text));
}

}  // namespace laurel
