// Covariates: numbers of every response besides its length, each by an expression over the row and the
// response.
#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "core/json.h"
#include "data/records/expressions.h"
#include "data/records/field_map.h"

namespace laurel {

struct Example;

// A source's "covariates": name -> a Jinja expression. Its variables are the row's fields, and of the
// response at hand `response`, its text (of messages the contents, a line each, without those that all
// responses begin with), and `index`, its number in the row from 0. These two hide fields of the row
// that are called so.
using CovariateExpressions = std::map<std::string, std::string>;

// "covariates.NAME: ..." for each name and expression that is none, and for each that is the same for
// all responses of a row, where `one_response` does not say that a row has only one.
std::vector<std::string> covariate_problems(const CovariateExpressions& expressions,
                                            bool one_response);

// Thread-safe.
class Covariates {
 public:
  Covariates() = default;
  // Throws Error (usage) for an expression that is none.
  explicit Covariates(const CovariateExpressions& expressions);

  // By response of the example, which is of the row, a number for each name in the order of the
  // names; NaN where the expression gives null. {} where there are no names. Throws Error (data) that
  // starts with `where` where it gives something else.
  std::vector<std::vector<double>> evaluate(const Json& row, const Example& example,
                                            const std::string& where) const;

  NeededKeys keys() const;
  bool reads(const std::string& key) const;

 private:
  std::vector<double> numbers(const Json& row, const std::string& where,
                              const std::string& response) const;

  std::vector<std::string> names_, texts_;
  std::shared_ptr<const Expressions> expressions_;
};

}  // namespace laurel
