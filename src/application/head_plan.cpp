// Assigns columns of the head to attributes, by name, before any data is read.
#include "application/head_plan.h"

#include <algorithm>

#include "core/option_problems.h"
#include "core/option_writer.h"
#include "core/str.h"

namespace laurel {

namespace {

std::vector<std::string> attributes_of(const Config& config) {
  std::vector<std::string> all;
  for (const SourceConfig& source : config.sources) {
    // Those of others choose what is compared.
    if (traits(source.loss).labels != LabelKind::pointwise) continue;
    for (const std::string& name : source.source.attributes) {
      if (std::ranges::find(all, name) == all.end()) all.push_back(name);
    }
  }
  return all;
}

class Planner {
 public:
  Planner(const Config& config, bool keep_head, const std::optional<RewardConfig>& kept)
      : config_(config), keep_head_(keep_head), kept_(kept) {
    if (!keep_head) plan_.attributes = attributes_of(config);
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
    const std::string expected = plan_.attributes.empty()
                                     ? "none: it has one reward, without a name"
                                     : "one of: " + join(plan_.attributes, ", ");
    problems_.add(
        path,
        str("found \"", name, "\", an attribute that the head does not have, expected ", expected,
            keep_head_ ? "; model.head \"new\" starts a head with the attributes of "
                         "the sources"
                       : ""));
  }

  void add(const SourceConfig& source) {
    const std::string path = "sources." + source.source.name;
    SourceColumns columns;
    if (traits(source.loss).labels == LabelKind::pointwise) {
      columns.attributes = rated_attributes(source, path);
    } else {
      columns.reward_weights = reward_weights(source, path);
    }
    if (traits(source.loss).pointwise.columns_per_attribute == 2 &&
        !std::exchange(plan_.log_variances, true) && keep_head_) {
      problems_.add(path + ".loss",
                    str("found ", traits(source.loss).name,
                        ", which needs variances, but the kept head has none, expected "
                        "model.head \"new\""));
    }
    const std::vector<double> loss_parameters = initial_values(source, columns);
    columns.first_loss_parameter = static_cast<int64_t>(plan_.loss_parameters.size());
    columns.loss_parameters = static_cast<int64_t>(loss_parameters.size());
    plan_.loss_parameters.insert(plan_.loss_parameters.end(), loss_parameters.begin(),
                                 loss_parameters.end());
    plan_.sources.push_back(std::move(columns));
  }

  std::vector<int64_t> rated_attributes(const SourceConfig& source, const std::string& path) {
    const std::vector<std::string>& names = source.source.attributes;
    if (!source.reward_weights.empty()) {
      problems_.add(path + ".reward_weights",
                    str("found with ", traits(source.loss).name,
                        ", a loss of scores, expected none: its ratings label attributes "
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

  std::vector<double> reward_weights(const SourceConfig& source, const std::string& path) {
    std::vector<double> weights(std::max<size_t>(plan_.attributes.size(), 1));
    if (source.reward_weights.empty()) {
      if (weights.size() > 1) {
        problems_.add(path + ".reward_weights",
                      str("found none, expected the weight of each attribute that its comparisons "
                          "are of: ",
                          join(plan_.attributes, ", ")));
      }
      weights[0] = 1;
      return weights;
    }
    bool any = false;
    for (const auto& [name, weight] : source.reward_weights) {
      const int64_t number = number_of(name);
      if (number < 0) {
        unknown(path + ".reward_weights", name);
      } else {
        weights[static_cast<size_t>(number)] = weight;
      }
      any |= weight != 0;
    }
    if (!any) problems_.add(path + ".reward_weights", "found no weight but 0, expected another");
    return weights;
  }

  // As they begin, or as the kept head's source of this name and loss had learned them. Those of a
  // head that was divided since are of another scale.
  std::vector<double> initial_values(const SourceConfig& source,
                                     const SourceColumns& columns) const {
    std::vector<double> fresh =
        initial_loss_parameters(source.loss, static_cast<int64_t>(columns.attributes.size()));
    const SourceRecord* record = kept_ ? kept_->find(source.source.name) : nullptr;
    const bool same = record && !kept_->scale && record->loss == options_to_json(source)["loss"] &&
                      record->attributes == source.source.attributes &&
                      record->loss_parameters.size() == fresh.size();
    return same ? record->loss_parameters : fresh;
  }

  const Config& config_;
  bool keep_head_;
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
  return {.columns = head.attributes * (head.log_variances ? 2 : 1),
          .loss_parameters = loss_parameters};
}

HeadPlan plan_head(const Config& config, bool keep_head, const std::optional<RewardConfig>& kept) {
  return Planner(config, keep_head, kept).plan();
}

}  // namespace laurel
