// Strict JSON with nlohmann's parser, whose callback checks every key and value as it is parsed.
#include "core/json.h"

#include <set>
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

// The parser's callback: checks limits and duplicate keys.
class Inspector {
 public:
  using Event = Json::parse_event_t;

  Inspector(const JsonLimits& limits, const std::string& where, ErrorKind kind)
      : limits_(limits), where_(where), kind_(kind) {}

  bool operator()(int depth, Event event, Json& value) {
    if (depth > limits_.depth) refuse(str("JSON nested deeper than ", limits_.depth, " levels"));
    if (event == Event::object_start) keys_.emplace_back();
    if (event == Event::object_end) keys_.pop_back();
    if (event == Event::key) {
      see_key(value.get_ref<const std::string&>());
    } else if (event != Event::object_end && event != Event::array_end) {
      if (++values_ > limits_.values) refuse(str("more than ", limits_.values, " JSON values"));
    }
    return true;
  }

 private:
  void see_key(const std::string& key) {
    std::set<std::string>& keys = keys_.back();
    // The parser's objects keep their order, and look through all their keys for each new one.
    comparisons_ += keys.size() * (1 + key.size() / kKeyBytesAtOnce);
    if (comparisons_ > limits_.comparisons) {
      refuse(str("objects whose keys take more than ", limits_.comparisons, " comparisons"));
    }
    if (!keys.insert(key).second) refuse(str("the key \"", key, "\" twice in one object"));
    if (keys.size() > limits_.keys) refuse(str("an object of more than ", limits_.keys, " keys"));
  }

  [[noreturn]] void refuse(const std::string& what) const {
    throw Error{kind_, str(where_, ": found ", what)};
  }

  const JsonLimits& limits_;
  const std::string& where_;
  ErrorKind kind_;
  std::vector<std::set<std::string>> keys_;  // of the objects that are open
  size_t values_ = 0, comparisons_ = 0;
};

}  // namespace

Json parse_json(std::string_view text, const std::string& where, ErrorKind kind,
                const JsonLimits& limits) {
  if (!is_utf8(text))
    throw Error{kind, str(where, ": found bytes that are not UTF-8, expected JSON")};
  Inspector inspector(limits, where, kind);
  const auto check = [&](int depth, Json::parse_event_t event, Json& value) {
    return inspector(depth, event, value);
  };
  try {
    if (!limits.comments) return Json::parse(text, check);
    return Json::parse(without_trailing_commas(text), check, true, true);
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
