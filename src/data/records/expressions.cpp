// Expressions: texts go to the Rust library as JSON, values come back as CBOR.
#include "data/records/expressions.h"

#include "laurel_rust.h"

namespace laurel {

namespace {

const char* word_of_use(ExpressionUse use) {
  switch (use) {
    case ExpressionUse::name: return "name";
    case ExpressionUse::filter: return "filter";
    default: return "value";
  }
}

void check_evaluated(char* message, size_t number) {
  if (!message) return;
  ExpressionError error{.number = number, .message = message};
  laurel_message_free(message);
  throw error;
}

}  // namespace

void Expressions::Free::operator()(laurel_expressions* expressions) const {
  laurel_expressions_free(expressions);
}

Expressions::Expressions(const std::vector<Expression>& expressions) {
  Json list = Json::array();
  for (const Expression& each : expressions) {
    list.push_back({{"text", each.text}, {"use", word_of_use(each.use)}});
  }
  const std::string text = list.dump();
  laurel_expressions* made = nullptr;
  size_t failed = 0;
  char* message = laurel_expressions_new(text.data(), text.size(), &made, &failed);
  check_evaluated(message, failed);
  expressions_.reset(made);
  laurel_bytes bytes{};
  check_evaluated(laurel_expressions_keys(made, &bytes), 0);
  const Json all = Json::parse(bytes.data, bytes.data + bytes.size);
  laurel_bytes_free(bytes);
  for (const Json& keys : all) {
    keys_.push_back(
        {keys[0].get<std::vector<std::string>>(), keys[1].get<std::vector<std::string>>()});
  }
}

std::optional<std::vector<Json>> Expressions::evaluate(std::string_view row) const {
  laurel_bytes bytes{};
  size_t failed = 0;
  char* message =
      laurel_expressions_eval(expressions_.get(), row.data(), row.size(), &bytes, &failed);
  check_evaluated(message, failed);
  Json values = Json::from_cbor(bytes.data, bytes.data + bytes.size);
  laurel_bytes_free(bytes);
  if (values.is_null()) return std::nullopt;
  return std::move(values.get_ref<Json::array_t&>());
}

}  // namespace laurel
