// run.json of a checkpoint, both ways, by the same list of its fields.
#include "checkpoint/train_state.h"

#include "core/files.h"
#include "core/str.h"

namespace laurel {

namespace {

void fields_of(auto& visit, EpochCursor& cursor) {
  visit("epoch", cursor.epoch);
  visit("position", cursor.position);
}

void fields_of(auto& visit, SourceCursor& cursor) {
  visit("total_taken", cursor.total_taken);
  visit("taken", cursor.taken);
  visit("parts", cursor.parts);
}

void fields_of(auto& visit, SamplerState& sampler) {
  visit("step", sampler.step);
  visit("groups", sampler.groups);
  visit("sampled", sampler.sampled);
  visit("sources", sampler.sources);
}

void fields_of(auto& visit, BestStep& best) {
  visit("value", best.value);
  visit("step", best.step);
}

void fields_of(auto& visit, TrainState& state) { state.fields(visit); }

// Fields to an object, in their order.
class Writer {
 public:
  Json json = Json::object();

  void operator()(const char* key, auto& value) { json[key] = json_of(value); }

  template <class T>
  static Json json_of(T& value) {
    if constexpr (requires(Writer& visit) { fields_of(visit, value); }) {
      Writer object;
      fields_of(object, value);
      return std::move(object.json);
    } else {
      return value;
    }
  }

  template <class T>
  static Json json_of(std::vector<T>& values) {
    Json list = Json::array();
    for (T& value : values) list.push_back(json_of(value));
    return list;
  }

  template <class T>
  static Json json_of(std::optional<T>& value) {
    return value ? json_of(*value) : Json();
  }
};

// The fields of an object that has all of them; throws nlohmann's exceptions. The types that get()
// would convert to each other are told apart. No run counts further than 2^53.
class Reader {
 public:
  explicit Reader(const Json& json) : json_(json) {}

  void operator()(const char* key, auto& value) { read(json_.at(key), key, value); }

 private:
  static void read(const Json& json, const char* key, int64_t& count) {
    if (!json.is_number_integer() || json < 0 || json > int64_t{1} << 53) {
      throw Json::other_error::create(
          501, str("\"", key, "\": found ", describe_json(json), ", expected a count"), nullptr);
    }
    count = json;
  }

  static void read(const Json& json, const char*, bool& flag) {
    flag = json.get_ref<const Json::boolean_t&>();
  }

  template <class T>
  static void read(const Json& json, const char* key, std::optional<T>& value) {
    if (!json.is_null()) read(json, key, value.emplace());
  }

  template <class T>
  static void read(const Json& json, const char* key, std::vector<T>& values) {
    for (const Json& element : json) read(element, key, values.emplace_back());
  }

  template <class T>
  static void read(const Json& json, const char*, T& value) {
    if constexpr (requires(Reader& visit) { fields_of(visit, value); }) {
      Reader object(json);
      fields_of(object, value);
    } else {
      value = json.get<T>();
    }
  }

  const Json& json_;
};

}  // namespace

Json json_of(const TrainState& state) {
  TrainState copy = state;  // a visitor may change what it visits; this one does not
  return Writer::json_of(copy);
}

TrainState train_state(const Json& json, const std::string& where) {
  TrainState state;
  try {
    Reader reader(json);
    state.fields(reader);
  } catch (const nlohmann::json::exception& problem) {
    throw Error{
        ErrorKind::checkpoint,
        str(where, ": is not the state of a run as this version writes it: ", problem.what())};
  }
  if (state.sampler.step == state.step) return state;
  throw Error{ErrorKind::checkpoint, str(where, ": found the sampler state of step ",
                                         state.sampler.step, ", expected that of step ", state.step,
                                         ", as \"step\" says; the checkpoint is damaged")};
}

TrainState read_train_state(const std::filesystem::path& checkpoint) {
  const std::filesystem::path file = checkpoint / "run.json";
  return train_state(
      parse_json(read_file(file, ErrorKind::checkpoint), file.string(), ErrorKind::checkpoint),
      file.string());
}

}  // namespace laurel
