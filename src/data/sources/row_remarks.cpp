// Sentences about rows: what was found in them, how often, and where first.
#include "data/sources/row_remarks.h"

#include "core/option_types.h"
#include "core/str.h"

namespace laurel {

namespace {

constexpr size_t kShownFields = 20;  // of the ignored ones

std::string list_of_fields(const std::set<std::string>& fields) {
  std::vector<std::string> shown(fields.begin(), fields.end());
  const size_t all = shown.size();
  if (all <= kShownFields) return join(shown, ", ");
  shown.resize(kShownFields);
  return str(join(shown, ", "), " and ", all - kShownFields, " more");
}

}  // namespace

void add_notes(const FileFacts& facts, const SourceOptions& options, const LoadContext& context,
               const std::vector<IgnoredFields>& ignored, std::vector<std::string>& notes) {
  const std::string source = str("source ", options.name, ": ");
  const bool told = rule_of(options.text).has_value();
  if (facts.rule && !told) {
    const bool all_pairs = context.strings == TextRule::pair;
    const bool hint =
        *facts.rule == TextRule::plain && context.folder.chat_template && !context.trained;
    notes.push_back(
        str(source, "rows are ", facts.chat_first ? "message lists" : "strings",
            ", so their text rule is ", enum_name(*facts.rule),
            all_pairs ? " (prompt and answer as the tokenizer's pair of texts)" : "",
            hint ? "; the model has a chat template, use it with \"text\": \"chat\"" : ""));
  }
  const std::string grouped = grouping_note(facts.grouping, options.grouping());
  if (!grouped.empty()) notes.push_back(source + grouped);
  for (const auto& [file, fields] : ignored) {
    notes.push_back(str(file, ": ignored fields: ", list_of_fields(fields)));
  }
  if (facts.joined.count == 0) return;
  notes.push_back(
      str(source, count_text(facts.joined.count, "row"),
          " with several messages before the answer, the first: ", facts.joined.first,
          "; their contents are joined by line ends, without their roles (text: pair)"));
}

void add_warnings(const FileFacts& facts, const SourceOptions& options,
                  std::vector<std::string>& warnings) {
  const std::string source = str("source ", options.name, ": ");
  const auto warn = [&](const Occurrences& rows, const char* what) {
    if (rows.count == 0) return;
    warnings.push_back(str(source, count_text(rows.count, "row"), " ", what, first_of(rows)));
  };
  if (facts.bad.count() > 0) {
    warnings.push_back(
        str(source, "skipped ", count_text(facts.bad.count(), "malformed row"), facts.bad.text()));
  }
  warn(facts.special_text, "with text that spells a special token (data.special_text)");
  warn(
      facts.fields_left_out,
      "with messages that have more fields than role and content, which a pair of texts leaves out "
      "(text: pair)");
  warn(facts.repeated_response,
       "with the same response twice; it gets one reward whatever its ranks");
  warn(facts.other_role, "whose last message has another role than \"assistant\"");
  if (options.eval_fraction > 0) {
    warn(
        facts.no_prompt,
        "without a prompt of their own: eval_fraction holds such rows out one by one, so that answers "
        "to one question may be on both sides; give the question as \"prompt\"");
  }
  if (2 * facts.repeated_prompt.count > facts.rows) {
    warn(facts.repeated_prompt, "with answers that begin with the prompt: the model sees it twice");
  }
}

}  // namespace laurel
