#include <algorithm>

#include "base/built_in_parts.h"
#include "kernels/machine.h"
#include "ops/inference.h"
#include "packed/format.h"
#include "packed/module_fields.h"
#include "packed/packed_model.h"

namespace wedge::packed {
namespace {

constexpr bool has_packed_weights = built_in::has_part("packed_weights");

/// The two sections of a file that this library and machine can use.
struct Sections {
  std::string machine;  ///< empty for any
  Reader header;
  onnx::OwnedBytes data;

  [[nodiscard]] Result<onnx::OwnedBytes> at(Stretch stretch) const {
    if (stretch.offset % alignment != 0 || stretch.offset > data.bytes.size() ||
        stretch.size > data.bytes.size() - stretch.offset) {
      return fail(ErrorCode::invalid_model, "the packed model has no bytes ", stretch.offset, " to ",
                  stretch.offset + stretch.size);
    }
    return onnx::OwnedBytes{
        .bytes = data.bytes.subspan(static_cast<size_t>(stretch.offset), static_cast<size_t>(stretch.size)),
        .owner = data.owner,
        .file = data.file};
  }
};

Result<> check_machine(const std::string& machine) {
  if constexpr (has_packed_weights) {
    if (machine == kernels::machine_name()) return {};
    return fail(ErrorCode::unsupported, "the model was packed for ", machine, ", this machine is ",
                kernels::machine_name(), "; pack it again");
  }
  return fail(ErrorCode::unsupported, "this build reads models that were packed for any machine, this one was for ",
              machine);
}

Result<Sections> sections_of(const onnx::OwnedBytes& file) {
  if (reinterpret_cast<uintptr_t>(file.bytes.data()) % alignment != 0) {
    return fail(ErrorCode::invalid_argument, "the bytes of a packed model must lie at a multiple of ", alignment);
  }
  Reader reader(file.bytes);
  WEDGE_TRY(reader.take(magic.size()));
  uint32_t number = 0;
  std::string version;
  std::string machine;
  uint64_t size = 0;
  WEDGE_TRY(reader(number));
  WEDGE_TRY(reader(version));
  WEDGE_TRY(reader(machine));
  if (number != format || version != WEDGE_VERSION) {
    return fail(ErrorCode::unsupported, "the model was packed by version ", version, " (format ", number,
                "), this is version " WEDGE_VERSION " (format ", format, "); pack it again");
  }
  if (!machine.empty()) WEDGE_TRY(check_machine(machine));
  WEDGE_TRY(reader(size));
  WEDGE_ASSIGN(const auto header, reader.take(size));
  const size_t before = round_up(file.bytes.size() - reader.left(), alignment);
  const auto data = file.bytes.subspan(std::min(before, file.bytes.size()));
  return Sections{.machine = std::move(machine),
                  .header = Reader(header),
                  .data = {.bytes = data, .owner = file.owner, .file = file.file}};
}

Result<Constant> constant_in_data(const onnx::OwnedBytes& data, DType dtype, const Shape& shape) {
  WEDGE_ASSIGN(const size_t size, checked_byte_size(dtype, shape));
  if (size != data.bytes.size() || dtype == DType::string || is_container(dtype) || dtype == DType::undefined) {
    return fail(ErrorCode::invalid_model, data.bytes.size(), " bytes of the packed model are no ", dtype, " of shape ",
                shape);
  }
  if (dtype == DType::boolean && std::ranges::any_of(data.bytes, [](std::byte b) { return b > std::byte{1}; })) {
    return fail(ErrorCode::invalid_model, "a truth value of the packed model is neither 0 nor 1");
  }
  const auto make = [data, dtype, shape] { return Tensor::wrap_bytes(dtype, data.bytes, shape, true, data.owner); };
  const auto release = [data] {
    if (data.file != nullptr) data.file->release_pages(data.bytes);
  };
  return Constant(dtype, shape, {.make = make, .raw = data.bytes, .release = release});
}

Result<Constant> read_constant(Sections& sections) {
  Reader& header = sections.header;
  uint8_t number = 0;
  WEDGE_TRY(header(number));
  const auto storage = static_cast<Storage>(number);
  if (storage == Storage::none) return Constant();
  if (storage == Storage::inside) {
    Tensor elements;
    WEDGE_TRY(header(elements));
    return Constant(std::move(elements));
  }
  DType dtype = DType::undefined;
  std::vector<int64_t> dims;
  WEDGE_TRY(header(dtype));
  WEDGE_TRY(list(header, dims));
  WEDGE_ASSIGN(const Shape shape, Shape::from(dims));
  if (storage == Storage::packed) {
    const auto make = []() -> Result<Tensor> { return fail(ErrorCode::unsupported, "only packed weights are there"); };
    Constant constant(dtype, shape, {.make = make});
    constant.drop();
    return constant;
  }
  if (storage != Storage::data) return fail(ErrorCode::invalid_model, "a constant of the packed model is nowhere");
  Stretch place;
  WEDGE_TRY(stretch_fields(header, place));
  WEDGE_ASSIGN(const auto bytes, sections.at(place));
  return constant_in_data(bytes, dtype, shape);
}

/// Every value is made once, before it is used, and in a graph that may see it.
class ScopeCheck {
 public:
  explicit ScopeCheck(const Module& module) : made_(module.values.size()), visible_(module.values.size()) {
    for (size_t id = 0; id < made_.size(); ++id) made_[id] = visible_[id] = !module.values[id].constant.empty();
  }

  Result<> check(const Graph& graph) {
    std::vector<ValueId> own;
    for (const ValueId id : graph.inputs) WEDGE_TRY(make(id, own));
    for (const auto& node : graph.nodes) {
      for (const ValueId id : node->inputs) {
        if (id != no_value) WEDGE_TRY(use(id));
      }
      if (node->subgraph_names.size() != node->subgraphs.size()) return wrong("a subgraph has no name");
      for (const auto& subgraph : node->subgraphs) WEDGE_TRY(check(*subgraph));
      for (const ValueId id : node->outputs) {
        if (id != no_value) WEDGE_TRY(make(id, own));
      }
    }
    for (const ValueId id : graph.outputs) WEDGE_TRY(use(id));
    for (const ValueId id : own) visible_[id] = false;
    return {};
  }

 private:
  static std::unexpected<Error> wrong(std::string_view what) {
    return fail(ErrorCode::invalid_model, "the graph of the packed model is broken: ", what);
  }
  Result<> make(ValueId id, std::vector<ValueId>& own) {
    if (id >= made_.size() || made_[id]) return wrong("a value is made twice");
    made_[id] = visible_[id] = true;
    own.push_back(id);
    return {};
  }
  Result<> use(ValueId id) const {
    if (id >= made_.size() || !visible_[id]) return wrong("a value is used before it is made");
    return {};
  }

  std::vector<uint8_t> made_;
  std::vector<uint8_t> visible_;
};

bool names_known_symbols(const SymbolicShape& shape, size_t symbols) {
  return std::ranges::all_of(shape.dims(),
                             [&](Dim dim) { return !dim.is_symbol() || static_cast<size_t>(dim.symbol()) < symbols; });
}

Result<> check_module(const Module& module) {
  bool known = true;
  const auto check = [&](const auto& value) {
    known = known && names_known_symbols(value.shape, module.symbols.size());
  };
  std::ranges::for_each(module.values, check);
  std::ranges::for_each(module.inputs, check);
  std::ranges::for_each(module.outputs, check);
  if (!known || module.inputs.size() != module.graph.inputs.size() ||
      module.outputs.size() != module.graph.outputs.size()) {
    return fail(ErrorCode::invalid_model, "the packed model declares what it does not have");
  }
  return ScopeCheck(module).check(module.graph);
}

void find_operators(Graph& graph) {
  for (NodePointer& pointer : graph.nodes) {
    Node node = *pointer;
    node.op = find_operator(node.domain, node.op_type);
    for (auto& subgraph : node.subgraphs) {
      Graph copy = *subgraph;
      find_operators(copy);
      subgraph = std::make_shared<const Graph>(std::move(copy));
    }
    pointer = std::make_shared<const Node>(std::move(node));
  }
}

Result<Module> read_fields(Sections& sections) {
  Module module;
  WEDGE_TRY(module_fields(sections.header, module));
  for (Value& value : module.values) {
    WEDGE_ASSIGN(value.constant, read_constant(sections));
    if (value.constant.empty()) continue;
    value.dtype = value.constant.dtype();
    value.shape = value.constant.shape();
  }
  return module;
}

[[maybe_unused]] Result<> read_weights(Sections& sections, PackedModel& model) {
  std::vector<WeightEntry> entries;
  WEDGE_TRY(list(sections.header, entries, [&](WeightEntry& entry) { return entry_fields(sections.header, entry); }));
  for (WeightEntry& entry : entries) {
    if (entry.weight >= model.module.values.size() || model.module.values[entry.weight].constant.empty()) {
      return fail(ErrorCode::invalid_model, "the packed model has weights of nothing");
    }
    WEDGE_ASSIGN(const auto place, sections.at(entry.place));
    model.weights.push_back({.weight = entry.weight, .form = std::move(entry.form), .bytes = place.bytes});
  }
  return {};
}

}  // namespace

bool is_packed(std::span<const std::byte> bytes) {
  return bytes.size() >= magic.size() && std::memcmp(bytes.data(), magic.data(), magic.size()) == 0;
}

Result<PackedModel> read(const onnx::OwnedBytes& bytes) {
  WEDGE_ASSIGN(Sections sections, sections_of(bytes));
  PackedModel model{.module = {}, .weights = {}, .is_for_any_machine = sections.machine.empty()};
  WEDGE_ASSIGN(model.module, read_fields(sections));
  WEDGE_TRY(check_module(model.module));
  find_operators(model.module.graph);
  model.module.source = bytes.owner;
  if constexpr (has_packed_weights) WEDGE_TRY(read_weights(sections, model));
  return model;
}

}  // namespace wedge::packed
