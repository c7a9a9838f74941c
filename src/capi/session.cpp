#include "wedge/session.h"

#include <algorithm>
#include <cstring>

#include "capi/objects.h"
#include "capi/profile_json.h"

namespace wedge::capi {

Description::Description(const ValueInfo& value) : value_(&value) {
  for (const DimInfo& dim : value.dims) {
    dims_.push_back(dim.value);
    symbols_.push_back(dim.symbol.c_str());
  }
}

wedge_value_info Description::info() const {
  return {.name = value_->name.c_str(),
          .dtype = static_cast<wedge_dtype>(value_->dtype),
          .rank = value_->has_rank ? static_cast<int32_t>(dims_.size()) : -1,
          .dims = dims_.data(),
          .symbols = symbols_.data()};
}

SessionObject::SessionObject(Session loaded)
    : session(std::move(loaded)),
      inputs(session.inputs().begin(), session.inputs().end()),
      outputs(session.outputs().begin(), session.outputs().end()) {}

Result<SessionOptions> session_options(const wedge_session_options* options) {
  SessionOptions made;
  if (options == nullptr) return made;
  if (options->size != sizeof *options) {
    return fail(ErrorCode::invalid_argument, "the options' size is ", options->size, ", expected ", sizeof *options);
  }
  if (options->optimization < WEDGE_OPTIMIZE_NONE || options->optimization > WEDGE_OPTIMIZE_ALL) {
    return fail(ErrorCode::invalid_argument, "there is no optimization ", options->optimization);
  }
  made.max_memory = options->max_memory;
  made.threads = options->threads;
  made.optimization = static_cast<Optimization>(options->optimization);
  made.record_passes = options->record_passes != 0;
  std::string_view names = options->without_passes == nullptr ? "" : options->without_passes;
  while (!names.empty()) {
    const size_t comma = std::min(names.find(','), names.size());
    if (comma != 0) made.without_passes.emplace_back(names.substr(0, comma));
    names.remove_prefix(std::min(comma + 1, names.size()));
  }
  return made;
}

namespace {

template <typename Values>
Result<> check_index(const Values& values, size_t index, std::string_view kind) {
  if (index < values.size()) return {};
  return fail(ErrorCode::out_of_range, kind, " ", index, " of a model that has ", values.size());
}

template <typename Count>
wedge_status count(wedge_session session, size_t* result, Count&& count) {
  return guard([&]() -> Result<> {
    WEDGE_ASSIGN(const auto found, find(session));
    WEDGE_TRY(require(result, "count"));
    *result = count(*found);
    return {};
  });
}

wedge_status describe(wedge_session session, std::vector<Description> SessionObject::* values, std::string_view kind,
                      size_t index, wedge_value_info* info) {
  return guard([&]() -> Result<> {
    WEDGE_ASSIGN(const auto found, find(session));
    WEDGE_TRY(require(info, "info"));
    const auto& all = (*found).*values;
    WEDGE_TRY(check_index(all, index, kind));
    *info = all[index].info();
    return {};
  });
}

Result<std::vector<NamedTensor>> named_tensors(const Session& session, const char* const* names,
                                               const wedge_tensor* inputs, size_t count) {
  if (count != 0) WEDGE_TRY(require(inputs, "inputs"));
  const auto declared = session.inputs();
  if (names == nullptr && count > declared.size()) {
    return fail(ErrorCode::invalid_argument, count, " inputs for a model that has ", declared.size());
  }
  std::vector<NamedTensor> feeds;
  feeds.reserve(count);
  for (size_t i = 0; i < count; ++i) {
    if (names != nullptr) WEDGE_TRY(require(names[i], "names[i]"));
    WEDGE_ASSIGN(const auto tensor, find(inputs[i]));
    feeds.push_back({.name = names == nullptr ? declared[i].name : std::string(names[i]), .tensor = *tensor});
  }
  return feeds;
}

wedge_memory to_c(const MemoryUse& use, const PoolUse& pool) {
  return {.weights = use.weights,
          .packed = use.packed,
          .arena = use.arena,
          .scratch = use.scratch,
          .pool_used = pool.in_use,
          .pool_idle = pool.idle};
}

Result<> run(const Session& session, std::span<const NamedTensor> feeds, wedge_tensor* outputs) {
  WEDGE_ASSIGN(const Outputs results, session.run(feeds));
  for (size_t i = 0; i < results.size(); ++i) {
    auto given = [&]() -> Result<> {
      WEDGE_ASSIGN(Tensor dense, results[i].tensor.dense());
      return give(&outputs[i], std::move(dense));
    }();
    if (given) continue;
    for (size_t j = 0; j < i; ++j) {
      wedge_tensor_release(outputs[j]);
      outputs[j] = nullptr;
    }
    return given;
  }
  return {};
}

}  // namespace
}  // namespace wedge::capi

using namespace wedge;
using namespace wedge::capi;

wedge_status wedge_session_load_file(const char* path, const wedge_session_options* options, wedge_session* session) {
  return guard([&]() -> Result<> {
    WEDGE_TRY(require(session, "session"));
    *session = nullptr;
    WEDGE_TRY(require(path, "path"));
    WEDGE_ASSIGN(const SessionOptions made, session_options(options));
    WEDGE_ASSIGN(Session loaded, Session::load(path, made));
    return give(session, SessionObject(std::move(loaded)));
  });
}

wedge_status wedge_session_load_bytes(const void* bytes, size_t count, const wedge_session_options* options,
                                      wedge_session* session) {
  return guard([&]() -> Result<> {
    WEDGE_TRY(require(session, "session"));
    *session = nullptr;
    if (count != 0) WEDGE_TRY(require(bytes, "bytes"));
    WEDGE_ASSIGN(const SessionOptions made, session_options(options));
    WEDGE_ASSIGN(Session loaded,
                 Session::load(std::span<const std::byte>(static_cast<const std::byte*>(bytes), count), made));
    return give(session, SessionObject(std::move(loaded)));
  });
}

wedge_status wedge_session_release(wedge_session session) { return capi::release(session); }

wedge_status wedge_session_input_count(wedge_session session, size_t* count) {
  return capi::count(session, count, [](const SessionObject& object) { return object.inputs.size(); });
}

wedge_status wedge_session_output_count(wedge_session session, size_t* count) {
  return capi::count(session, count, [](const SessionObject& object) { return object.outputs.size(); });
}

wedge_status wedge_session_metadata_count(wedge_session session, size_t* count) {
  return capi::count(session, count, [](const SessionObject& object) { return object.session.metadata().size(); });
}

wedge_status wedge_session_opset_count(wedge_session session, size_t* count) {
  return capi::count(session, count, [](const SessionObject& object) { return object.session.opsets().size(); });
}

wedge_status wedge_session_get_input(wedge_session session, size_t index, wedge_value_info* info) {
  return describe(session, &SessionObject::inputs, "input", index, info);
}

wedge_status wedge_session_get_output(wedge_session session, size_t index, wedge_value_info* info) {
  return describe(session, &SessionObject::outputs, "output", index, info);
}

wedge_status wedge_session_get_metadata(wedge_session session, size_t index, const char** key, const char** value) {
  return guard([&]() -> Result<> {
    WEDGE_ASSIGN(const auto found, find(session));
    WEDGE_TRY(require(key, "key"));
    WEDGE_TRY(require(value, "value"));
    const auto metadata = found->session.metadata();
    WEDGE_TRY(check_index(metadata, index, "entry"));
    *key = metadata[index].first.c_str();
    *value = metadata[index].second.c_str();
    return {};
  });
}

wedge_status wedge_session_get_opset(wedge_session session, size_t index, const char** domain, int64_t* version) {
  return guard([&]() -> Result<> {
    WEDGE_ASSIGN(const auto found, find(session));
    WEDGE_TRY(require(domain, "domain"));
    WEDGE_TRY(require(version, "version"));
    const auto opsets = found->session.opsets();
    WEDGE_TRY(check_index(opsets, index, "opset"));
    *domain = opsets[index].domain.c_str();
    *version = opsets[index].version;
    return {};
  });
}

wedge_status wedge_session_run(wedge_session session, const char* const* names, const wedge_tensor* inputs,
                               size_t input_count, wedge_tensor* outputs) {
  return guard([&]() -> Result<> {
    WEDGE_ASSIGN(const auto found, find(session));
    if (!found->outputs.empty()) WEDGE_TRY(require(outputs, "outputs"));
    std::fill_n(outputs, found->outputs.size(), nullptr);
    WEDGE_ASSIGN(const auto feeds, named_tensors(found->session, names, inputs, input_count));
    return capi::run(found->session, feeds, outputs);
  });
}

wedge_status wedge_session_get_memory(wedge_session session, wedge_memory* memory) {
  return guard([&]() -> Result<> {
    WEDGE_ASSIGN(const auto found, find(session));
    WEDGE_TRY(require(memory, "memory"));
    *memory = to_c(found->session.memory(), found->session.pool());
    return {};
  });
}

wedge_status wedge_session_plan(wedge_session session, const int64_t* dims, const size_t* ranks, size_t input_count,
                                wedge_memory* memory) {
  return guard([&]() -> Result<> {
    WEDGE_ASSIGN(const auto found, find(session));
    WEDGE_TRY(require(memory, "memory"));
    if (input_count != 0) WEDGE_TRY(require(ranks, "ranks"));
    std::vector<Shape> shapes;
    for (size_t i = 0; i < input_count; ++i) {
      if (ranks[i] != 0) WEDGE_TRY(require(dims, "dims"));
      WEDGE_ASSIGN(shapes.emplace_back(), Shape::from({dims, ranks[i]}));
      dims += ranks[i];
    }
    WEDGE_ASSIGN(const MemoryUse use, found->session.plan(shapes));
    *memory = to_c(use, found->session.pool());
    return {};
  });
}

wedge_status wedge_session_trim(wedge_session session, uint64_t max_bytes) {
  return guard([&]() -> Result<> {
    WEDGE_ASSIGN(const auto found, find(session));
    found->session.trim(max_bytes);
    return {};
  });
}

wedge_status wedge_session_profile(wedge_session session, const char* const* names, const wedge_tensor* inputs,
                                   size_t input_count, double seconds, char** json) {
  return guard([&]() -> Result<> {
    WEDGE_TRY(require(json, "json"));
    *json = nullptr;
    WEDGE_ASSIGN(const auto found, find(session));
    if (!(seconds >= 0)) return fail(ErrorCode::invalid_argument, "'seconds' must not be negative");
    WEDGE_ASSIGN(const auto feeds, named_tensors(found->session, names, inputs, input_count));
    WEDGE_ASSIGN(const Profile profile,
                 found->session.profile(feeds, {.warmup_seconds = seconds / 4, .seconds = seconds}));
    const std::string text = to_json(profile);
    auto* const copy = static_cast<char*>(wedge_allocate(text.size() + 1));
    if (copy == nullptr) return fail(ErrorCode::out_of_memory, "no memory for ", text.size(), " characters");
    std::memcpy(copy, text.c_str(), text.size() + 1);
    *json = copy;
    return {};
  });
}
