// Names are matched once, before any row is read; behind this the program knows columns by number.
#include "commands/head_plan.h"

#include <algorithm>

#include "config/read.h"
#include "config/write.h"
#include "core/str.h"

namespace laurel {

namespace {

std::vector<std::string> attributes_of(const Config& config) {
  std::vector<std::string> all;
  for (const SourceConfig& source : config.sources) {
    if (label_kind(source.loss) != LabelKind::pointwise) continue;  // they choose what is compared
    for (const std::string& name : source.source.attributes) {
      if (std::ranges::find(all, name) == all.end()) all.push_back(name);
    }
  }
  return all;
}

class Planner {
 public:
  Planner(const Config& config, bool head_kept, const std::optional<RewardConfig>& kept)
      : config_(config), head_kept_(head_kept), kept_(kept) {
    if (!head_kept) plan_.attributes = attributes_of(config);
    if (kept) {
      plan_.attributes = kept->attributes;
      plan_.log_variances = kept->log_variances;
    }
  }

  HeadPlan plan() {
    for (const SourceConfig& source : config_.sources) add(source);
    if (!problems_.lines.empty()) {
      throw Error{ErrorKind::usage,
                  str("the head does not fit the sources:\n  ", join(problems_.lines, "\n  "))};
    }
    return std::move(plan_);
  }

 private:
  int64_t number_of(const std::string& attribute) const {
    const auto found = std::ranges::find(plan_.attributes, attribute);
    return found == plan_.attributes.end() ? -1 : found - plan_.attributes.begin();
  }

  void unknown(const std::string& path, const std::string& name) {
    problems_.add(path, str("found \"", name, "\", which the head does not have, expected one of: ",
                            plan_.attributes.empty() ? "(it has one attribute, without a name)"
                                                     : join(plan_.attributes, ", "),
                            head_kept_ ? "; model.head \"new\" draws another head" : ""));
  }

  void add(const SourceConfig& source) {
    const std::string path = "sources." + source.source.name;
    SourceColumns columns;
    if (label_kind(source.loss) == LabelKind::pointwise) {
      columns.attributes = judged(source, path);
    } else {
      columns.merge = merge(source, path);
    }
    if (columns_per_attribute(source.loss) == 2 && !std::exchange(plan_.log_variances, true) &&
        head_kept_) {
      problems_.add(path + ".loss",
                    str("found ", loss_name(source.loss),
                        ", which needs variances, but the kept head has none, expected "
                        "model.head \"new\""));
    }
    const std::vector<double> scalars = learned(source, columns);
    columns.first_scalar = static_cast<int64_t>(plan_.scalars.size());
    columns.scalars = static_cast<int64_t>(scalars.size());
    plan_.scalars.insert(plan_.scalars.end(), scalars.begin(), scalars.end());
    plan_.sources.push_back(std::move(columns));
  }

  std::vector<int64_t> judged(const SourceConfig& source, const std::string& path) {
    const std::vector<std::string>& names = source.source.attributes;
    if (!source.merge.empty()) {
      problems_.add(path + ".merge", str("found with ", loss_name(source.loss),
                                         ", a loss of scores, expected none: it judges attributes "
                                         "one by one"));
    }
    if (names.empty() && plan_.attributes.empty()) return {0};
    if (names.empty()) {
      problems_.add(path + ".attributes",
                    str("found none, expected which of the head's attributes its scores judge: ",
                        join(plan_.attributes, ", ")));
    }
    std::vector<int64_t> numbers;
    for (const std::string& name : names) {
      numbers.push_back(number_of(name));
      if (numbers.back() < 0) unknown(path + ".attributes", name);
    }
    return numbers;
  }

  std::vector<double> merge(const SourceConfig& source, const std::string& path) {
    std::vector<double> weights(std::max<size_t>(plan_.attributes.size(), 1));
    if (source.merge.empty()) {
      if (weights.size() > 1) {
        problems_.add(path + ".merge",
                      str("found none, expected the weight of each attribute that its comparisons "
                          "are of: ",
                          join(plan_.attributes, ", ")));
      }
      weights[0] = 1;
      return weights;
    }
    bool any = false;
    for (const auto& [name, weight] : source.merge) {
      const int64_t number = number_of(name);
      if (number < 0) {
        unknown(path + ".merge", name);
      } else {
        weights[static_cast<size_t>(number)] = weight;
      }
      any |= weight != 0;
    }
    if (!any) problems_.add(path + ".merge", "found no weight but 0, expected another");
    return weights;
  }

  // As they begin, or as the kept head's source of this name and loss had learned them.
  std::vector<double> learned(const SourceConfig& source, const SourceColumns& columns) const {
    std::vector<double> fresh =
        initial_scalars(source.loss, static_cast<int64_t>(columns.attributes.size()));
    const SourceRecord* record = kept_ ? kept_->find(source.source.name) : nullptr;
    const bool same = record && record->loss == options_json(source)["loss"] &&
                      record->attributes == source.source.attributes &&
                      record->scalars.size() == fresh.size();
    return same ? record->scalars : fresh;
  }

  const Config& config_;
  bool head_kept_;
  const std::optional<RewardConfig>& kept_;
  HeadPlan plan_;
  Problems problems_;
};

}  // namespace

HeadColumns HeadPlan::columns() const {
  return {.attributes = std::max<int64_t>(static_cast<int64_t>(attributes.size()), 1),
          .log_variances = log_variances};
}

HeadShape HeadPlan::shape() const {
  const HeadColumns head = columns();
  return {.columns = head.attributes * (head.log_variances ? 2 : 1), .scalars = scalars};
}

HeadPlan plan_head(const Config& config, bool head_kept, const std::optional<RewardConfig>& kept) {
  return Planner(config, head_kept, kept).plan();
}

}  // namespace laurel
