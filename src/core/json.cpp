// Strict JSON with nlohmann's parser; values are built, and limits checked, as it goes.
#include "core/json.h"

#include <algorithm>
#include <vector>

#include "core/str.h"
#include "core/unicode.h"

namespace laurel {

// Replaces trailing commas by spaces, so that positions in error messages stay right.
static std::string without_trailing_commas(std::string_view text) {
  std::string out(text);
  size_t comma = std::string::npos;
  for (size_t i = 0; i < out.size(); ++i) {
    const char c = out[i];
    if (c == '"') {
      for (++i; i < out.size() && out[i] != '"'; ++i) i += out[i] == '\\';
      comma = std::string::npos;
    } else if (c == '/' && i + 1 < out.size() && out[i + 1] == '/') {
      while (i + 1 < out.size() && out[i + 1] != '\n') ++i;
    } else if (c == '/' && i + 1 < out.size() && out[i + 1] == '*') {
      i = std::min(out.find("*/", i + 2), out.size() - 1) + 1;
    } else if (c == ',') {
      comma = i;
    } else if ((c == ']' || c == '}') && comma != std::string::npos) {
      out[comma] = ' ';
      comma = std::string::npos;
    } else if (c != ' ' && c != '\t' && c != '\n' && c != '\r') {
      comma = std::string::npos;
    }
  }
  return out;
}

static std::string reason_of(const Json::exception& e, bool one_line) {
  const std::string what = e.what();
  const size_t end = what.find("] ");
  std::string reason = end == std::string::npos ? what : what.substr(end + 2);
  constexpr std::string_view kLine = "line 1, ";
  const size_t line = one_line ? reason.find(kLine) : std::string::npos;
  if (line != std::string::npos) reason.erase(line, kLine.size());
  return reason;
}

// NaN and Infinity, which Python's json writes and JSON does not have, where the parser stopped.
static std::string python_number_at(std::string_view text, size_t byte) {
  if (byte == 0 || byte > text.size()) return "";
  const bool negative = byte > 1 && text[byte - 2] == '-';
  const std::string_view rest = text.substr(byte - 1);
  if (rest.starts_with("NaN")) return "NaN";
  if (rest.starts_with("Infinity")) return negative ? "-Infinity" : "Infinity";
  return "";
}

namespace {

constexpr size_t kKeyBytesAtOnce = 64;  // of two long keys, compared in the time of two short ones

// Takes the parser's events and builds the value that they spell, within the limits. Rows are parsed
// by the million: nlohmann's own builder with a callback looks at each value twice.
class Builder {
 public:
  Builder(const JsonLimits& limits, const std::string& where, ErrorKind kind)
      : limits_(limits), where_(where), kind_(kind) {}

  Json take() { return std::move(root_); }

  bool null() { return add(nullptr), true; }
  bool boolean(bool value) { return add(value), true; }
  bool number_integer(Json::number_integer_t value) { return add(value), true; }
  bool number_unsigned(Json::number_unsigned_t value) { return add(value), true; }
  bool number_float(Json::number_float_t value, const std::string&) { return add(value), true; }
  bool string(const std::string& value) { return add(value), true; }
  bool binary(const Json::binary_t&) { return false; }  // no text has it

  bool start_object(size_t) { return open_.push_back(&add(Json::object())), true; }
  bool start_array(size_t) { return open_.push_back(&add(Json::array())), true; }
  bool end_object() { return open_.pop_back(), true; }
  bool end_array() { return open_.pop_back(), true; }

  bool key(const std::string& key) {
    auto& members = open_.back()->get_ref<Json::object_t&>();
    check_depth();
    comparisons_ += members.size() * (1 + key.size() / kKeyBytesAtOnce);
    if (comparisons_ > limits_.comparisons) {
      refuse(str("objects whose keys take more than ", limits_.comparisons, " comparisons"));
    }
    const auto is_key = [&](const auto& member) { return member.first == key; };
    if (std::ranges::any_of(members, is_key)) {
      refuse(str("the key \"", key, "\" twice in one object"));
    }
    if (members.size() >= limits_.keys) {
      refuse(str("an object of more than ", limits_.keys, " keys"));
    }
    if (members.empty()) members.reserve(kUsualKeys);
    members.emplace_back(key, nullptr);
    return true;
  }

  template <class E>
  bool parse_error(size_t, const std::string&, const E& error) {
    throw error;
  }

 private:
  Json& add(Json value) {
    check_depth();
    if (++values_ > limits_.values) refuse(str("more than ", limits_.values, " JSON values"));
    if (open_.empty()) return root_ = std::move(value);
    if (open_.back()->is_array()) return open_.back()->emplace_back(std::move(value));
    return open_.back()->get_ref<Json::object_t&>().back().second = std::move(value);
  }

  void check_depth() const {
    if (std::ssize(open_) <= limits_.depth) return;
    refuse(str("JSON nested deeper than ", limits_.depth, " levels"));
  }

  [[noreturn]] void refuse(const std::string& what) const {
    throw Error{kind_, str(where_, ": found ", what)};
  }

  static constexpr size_t kUsualKeys = 4;

  const JsonLimits& limits_;
  const std::string& where_;
  ErrorKind kind_;
  Json root_;
  std::vector<Json*> open_;  // objects and lists, the innermost last
  size_t values_ = 0, comparisons_ = 0;
};

}  // namespace

Json parse_json(std::string_view text, const std::string& where, ErrorKind kind,
                const JsonLimits& limits) {
  if (!is_utf8(text))
    throw Error{kind, str(where, ": found bytes that are not UTF-8, expected JSON")};
  Builder builder(limits, where, kind);
  constexpr auto kText = Json::input_format_t::json;
  try {
    if (limits.comments) {
      Json::sax_parse(without_trailing_commas(text), &builder, kText, true, true);
    } else {
      Json::sax_parse(text, &builder);
    }
    return builder.take();
  } catch (const Json::parse_error& e) {
    if (const std::string number = python_number_at(text, e.byte); !number.empty()) {
      throw Error{kind, str(where, ": found ", number, ", which JSON does not have, expected a ",
                            "number or null; Python writes it (json.dumps with allow_nan=False "
                            "refuses it, pandas' to_json writes null)")};
    }
    throw Error{kind, str(where, ": not valid JSON: ", reason_of(e, limits.one_line))};
  } catch (const Json::exception& e) {  // out_of_range: numbers such as 1e999
    throw Error{kind, str(where, ": not valid JSON: ", reason_of(e, limits.one_line))};
  }
}

// The only member of the object that stands for bytes which are no text, in rows of tables
// (data/files/parquet.h, arrow.h).
static constexpr const char* kBinaryBytes = "binary_bytes";

std::string describe_json(const Json& value) {
  switch (value.type()) {
    case Json::value_t::null: return "null";
    case Json::value_t::object:
      if (value.size() == 1 && value.contains(kBinaryBytes)) {
        return str("binary data of ", value[kBinaryBytes].dump(), " bytes that are no UTF-8 text");
      }
      return "an object";
    case Json::value_t::array: return "a list";
    case Json::value_t::string: return "a string";
    case Json::value_t::boolean: return value.get<bool>() ? "true" : "false";
    case Json::value_t::number_integer:
    case Json::value_t::number_unsigned:
    case Json::value_t::number_float: return str("the number ", value.dump());
    default: return "an unreadable value";
  }
}

}  // namespace laurel
