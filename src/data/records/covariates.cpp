// The row is evaluated once for each response, which stands in it under names of its own.
#include "data/records/covariates.h"

#include <algorithm>
#include <cmath>

#include "core/error.h"
#include "core/str.h"
#include "data/records/example.h"

namespace laurel {

namespace {

constexpr const char* kResponse = "response";
constexpr const char* kIndex = "index";

bool is_of_response(const std::string& key) { return key == kResponse || key == kIndex; }

std::string text_of(const Text& response, size_t shared) {
  const auto* messages = std::get_if<Conversation>(&response);
  if (!messages) return std::get<std::string>(response);
  std::vector<std::string> contents;
  for (size_t i = shared; i < messages->size(); ++i) contents.push_back((*messages)[i].content);
  return join(contents, "\n");
}

// Of one that compiles.
bool differs_between_responses(const std::string& text) {
  const Expressions expression({{text, ExpressionUse::value}});
  return std::ranges::any_of(expression.keys(0), is_of_response) ||
         std::ranges::any_of(expression.asked_keys(0), is_of_response);
}

std::string response_name(const Example& example, size_t i) {
  const std::string& name = example.names[i];
  return str("\"", name, "\"", name == "responses" ? str("[", i, "]") : std::string());
}

}  // namespace

std::vector<std::string> covariate_problems(const CovariateExpressions& expressions,
                                            bool one_response) {
  std::vector<std::string> problems;
  for (const auto& [name, text] : expressions) {
    if (!is_field_name(name)) {
      problems.push_back(str("covariates: found the name \"", name,
                             "\", expected letters, digits and _, no digit first"));
    }
    if (const auto problem = problem_of_expression(text, ExpressionUse::value)) {
      problems.push_back(str("covariates.", name, ": ", *problem));
    } else if (!one_response && !differs_between_responses(text)) {
      problems.push_back(str("covariates.", name, ": found \"", text,
                             "\", which is the same for all responses of a row, expected one that "
                             "reads `response`, the text, or `index`: citations[index]"));
    }
  }
  return problems;
}

Covariates::Covariates(const CovariateExpressions& expressions) {
  std::vector<Expression> compiled;
  for (const auto& [name, text] : expressions) {
    names_.push_back(name);
    texts_.push_back(text);
    compiled.push_back({text, ExpressionUse::value});
  }
  if (compiled.empty()) return;
  try {
    expressions_ = std::make_shared<const Expressions>(compiled);
  } catch (const ExpressionError&) {
    throw Error{ErrorKind::usage, join(covariate_problems(expressions, true), "\n  ")};
  }
}

std::vector<double> Covariates::numbers(const Json& row, const std::string& where,
                                        const std::string& response) const {
  const auto fail = [&](size_t i, const std::string& message) {
    throw Error{ErrorKind::data, str(where, ": covariates.", names_[i], " \"", texts_[i], "\" of ",
                                     response, ": ", message)};
  };
  std::vector<double> numbers;
  try {
    const auto values = expressions_->evaluate(row.dump());
    for (size_t i = 0; i < names_.size(); ++i) {
      const Json& value = (*values)[i];
      const double number = value.is_number() ? value.get<double>() : NAN;
      if (!std::isfinite(static_cast<float>(number)) && !value.is_null()) {
        fail(i, str("found ", describe_json(value), ", expected a number, or null where there is ",
                    "none; `| number` makes one of true, false, and a text that spells one"));
      }
      numbers.push_back(number);
    }
  } catch (const ExpressionError& error) {
    fail(error.number,
         str(error.message, missing_keys_text(expressions_->keys(error.number), row)));
  }
  return numbers;
}

std::vector<std::vector<double>> Covariates::evaluate(const Json& row, const Example& example,
                                                      const std::string& where) const {
  std::vector<std::vector<double>> all;
  if (!expressions_) return all;
  const size_t shared = shared_messages(example).size();
  Json seen = row;
  for (size_t i = 0; i < example.responses.size(); ++i) {
    seen[kResponse] = text_of(example.responses[i], shared);
    seen[kIndex] = i;
    all.push_back(numbers(seen, where, response_name(example, i)));
  }
  return all;
}

NeededKeys Covariates::keys() const {
  NeededKeys keys;
  for (size_t i = 0; i < names_.size(); ++i) {
    for (const std::string& key : expressions_->keys(i)) {
      if (!is_of_response(key)) keys.emplace_back(key, "covariates." + names_[i]);
    }
  }
  return keys;
}

bool Covariates::reads(const std::string& key) const {
  for (size_t i = 0; i < names_.size(); ++i) {
    if (std::ranges::count(expressions_->keys(i), key) > 0) return !is_of_response(key);
    if (std::ranges::count(expressions_->asked_keys(i), key) > 0) return !is_of_response(key);
  }
  return false;
}

}  // namespace laurel
