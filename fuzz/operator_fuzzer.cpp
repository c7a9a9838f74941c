// Random models of one node over the whole operator table: types, shapes, values, attributes and versions come from
// the fuzzer's bytes. Whatever they say, the model is refused with an Error or runs.
#include <fuzzer/FuzzedDataProvider.h>

#include <limits>
#include <map>

#include "ops/operator.h"
#include "support/proto_writer.h"
#include "tensor/visit.h"
#include "vocabulary.h"
#include "wedge/session.h"

namespace wedge {
namespace {

constexpr DType dtypes[] = {DType::f32,    DType::i64,      DType::i32,        DType::boolean, DType::f16,
                            DType::u8,     DType::i8,       DType::f64,        DType::bf16,    DType::string,
                            DType::u16,    DType::i16,      DType::u32,        DType::u64,     DType::u4,
                            DType::i4,     DType::f8e4m3fn, DType::f8e4m3fnuz, DType::f8e5m2,  DType::f8e5m2fnuz,
                            DType::f4e2m1, DType::f8e8m0,   DType::u2,         DType::i2};

// The operators around a circle, each at the hash of its name: an operator that comes to the table takes over a stretch
// from one neighbour, and what a corpus says of the others stays true.
using Circle = std::map<uint16_t, const OperatorRow*>;

const Circle& circle() {
  static const Circle rows = [] {
    Circle made;
    for (const OperatorRow& row : operator_table()) {
      uint32_t hash = 2166136261U;
      for (const char c : std::string(row.domain) + '.' + std::string(row.name)) {
        hash = (hash ^ static_cast<uint8_t>(c)) * 16777619U;
      }
      auto place = static_cast<uint16_t>(hash ^ (hash >> 16U));
      while (made.contains(place)) ++place;
      made[place] = &row;
    }
    return made;
  }();
  return rows;
}

class NodeMaker {
 public:
  explicit NodeMaker(std::span<const uint8_t> bytes) : data_(bytes.data(), bytes.size()) {}

  void run();

 private:
  template <typename List>
  const auto& pick(const List& list) {
    return list[data_.ConsumeIntegralInRange<size_t>(0, std::size(list) - 1)];
  }

  int64_t integer() {
    if (!has_extremes_ || data_.ConsumeIntegralInRange(0, 15) != 0) return data_.ConsumeIntegralInRange<int64_t>(-3, 5);
    constexpr int64_t extremes[] = {INT64_MIN, INT64_MAX, INT32_MAX, INT32_MIN, 1000, 65536, 255, -128};
    return pick(extremes);
  }

  float number() {
    if (data_.ConsumeIntegralInRange(0, 7) != 0) return static_cast<float>(integer()) / 4;
    constexpr float extremes[] = {std::numeric_limits<float>::quiet_NaN(),
                                  std::numeric_limits<float>::infinity(),
                                  -std::numeric_limits<float>::infinity(),
                                  1e30F,
                                  -1e30F,
                                  1e-40F,
                                  0.5F};
    return pick(extremes);
  }

  Shape shape() {
    Shape shape;
    const auto rank = data_.ConsumeIntegralInRange<size_t>(0, 5);
    for (size_t i = 0; i < rank; ++i) (void)shape.push_back(data_.ConsumeIntegralInRange<int64_t>(0, 4));
    return shape;
  }

  template <typename T>
  void fill(std::span<T> values) {
    const bool all_same = data_.ConsumeBool();
    T value{};
    for (size_t i = 0; i < values.size(); ++i) {
      if (i == 0 || !all_same) {
        if constexpr (std::is_same_v<T, std::string_view>) {
          value = pick(vocabulary::words);
        } else if constexpr (std::is_integral_v<T>) {
          value = static_cast<T>(integer());
        } else {
          value = static_cast<T>(number());
        }
      }
      values[i] = value;
    }
  }

  Tensor tensor(DType dtype, const Shape& shape) {
    Tensor result = Tensor::zeros(dtype, shape).value();
    const TensorRef ref(result);
    if (dtype == DType::string) {
      fill(ref.as<std::string_view>());
      return result.clone().value();
    }
    if (dtype == DType::boolean) {
      fill(ref.as<bool>());
    } else if (!visit_numbers(dtype, [&]<typename T>() { fill(ref.as<T>()); })) {
      fill(std::span(reinterpret_cast<uint8_t*>(ref.data), ref.byte_size()));
    }
    return result;
  }

  std::vector<int64_t> integers() {
    std::vector<int64_t> list(data_.ConsumeIntegralInRange<size_t>(0, 8));
    for (int64_t& value : list) value = integer();
    return list;
  }

  test::AttributeWriter attribute(std::string_view name) {
    switch (data_.ConsumeIntegralInRange(0, 8)) {
      case 0:
      case 1: return test::attribute(name, integer());
      case 2: return test::attribute(name, number());
      case 3: return test::attribute(name, pick(vocabulary::words));
      case 4:
      case 5: return test::attribute(name, integers());
      case 6: {
        std::vector<float> list(data_.ConsumeIntegralInRange<size_t>(0, 6));
        for (float& value : list) value = number();
        return test::attribute(name, list);
      }
      case 7: {
        std::vector<std::string_view> list(data_.ConsumeIntegralInRange<size_t>(0, 4));
        for (auto& word : list) word = pick(vocabulary::words);
        return test::attribute(name, list);
      }
      default: return test::attribute(name, test::tensor(tensor(pick(dtypes), shape())));
    }
  }

  std::vector<test::AttributeWriter> make_attributes(const OperatorRow& row) {
    std::vector<std::string_view> names;
    for (const auto& asked : vocabulary::attributes) {
      if (asked.operator_name == row.name || asked.operator_name.empty()) names.push_back(asked.name);
    }
    std::vector<test::AttributeWriter> attributes;
    const auto count = names.empty() ? 0 : data_.ConsumeIntegralInRange<size_t>(0, 5);
    for (size_t i = 0; i < count; ++i) attributes.push_back(attribute(pick(names)));
    if (data_.ConsumeIntegralInRange(0, 3) == 0) attributes.push_back(test::attribute("body", body()));
    return attributes;
  }

  // Hands its inputs on.
  test::GraphWriter body() {
    test::GraphWriter graph("body");
    const auto inputs = data_.ConsumeIntegralInRange<size_t>(0, 5);
    const auto outputs = data_.ConsumeIntegralInRange<size_t>(0, 5);
    for (size_t i = 0; i < inputs; ++i) graph.input("b" + std::to_string(i), test::TypeWriter());
    for (size_t i = 0; i < outputs; ++i) {
      const std::string name = "r" + std::to_string(i);
      const std::string source = "b" + std::to_string(data_.ConsumeIntegralInRange<size_t>(0, 5));
      graph.node("Identity", {source}, {name}).output(name);
    }
    return graph;
  }

  void make_inputs(const OperatorRow& row) {
    const auto least = std::min<size_t>(row.definition->min_inputs, 8);
    const auto most = std::max(least, std::min<size_t>(row.definition->max_inputs, 8));
    const auto count = data_.ConsumeIntegralInRange<size_t>(least, most);
    const DType common = pick(dtypes);
    const Shape common_shape = shape();
    for (size_t i = 0; i < count; ++i) {
      if (i >= least && data_.ConsumeIntegralInRange(0, 5) == 0) {
        inputs_.emplace_back();
        continue;
      }
      const std::string name = "in" + std::to_string(i);
      inputs_.push_back(name);
      const DType dtype = data_.ConsumeIntegralInRange(0, 2) == 0 ? pick(dtypes) : common;
      add_input(name, tensor(dtype, data_.ConsumeBool() ? shape() : common_shape));
    }
  }

  // A constant, a feed of known shape, of unknown shape, or a sequence or optional.
  void add_input(const std::string& name, Tensor value) {
    switch (data_.ConsumeIntegralInRange(0, 7)) {
      case 0:
      case 1: graph_.initializer(name, test::tensor(value)); return;
      case 2: {
        graph_.input(name, test::sequence_type(test::tensor_type(value.dtype())));
        value = Tensor::sequence(value.dtype(), {value, value}).value();
        break;
      }
      case 3: {
        graph_.input(name, test::optional_type(test::tensor_type(value.dtype())));
        value = Tensor::optional(value.dtype(), data_.ConsumeBool() ? value : Tensor()).value();
        break;
      }
      case 4: graph_.input(name, test::tensor_type(value.dtype())); break;
      default: {
        const std::vector<test::Dim> dims(value.shape().begin(), value.shape().end());
        graph_.input(name, test::tensor_type(value.dtype(), dims));
      }
    }
    feeds_.push_back({.name = name, .tensor = std::move(value)});
  }

  FuzzedDataProvider data_;
  bool has_extremes_ = true;
  test::GraphWriter graph_;
  std::vector<std::string> inputs_;
  std::vector<NamedTensor> feeds_;
};

void NodeMaker::run() {
  const auto place = circle().lower_bound(data_.ConsumeIntegral<uint16_t>());
  const OperatorRow& row = *(place == circle().end() ? circle().begin() : place)->second;
  // A loop runs as often as it is told to.
  has_extremes_ = row.name != "Loop";
  std::vector<test::AttributeWriter> attributes = make_attributes(row);
  make_inputs(row);
  const size_t outputs = data_.ConsumeIntegralInRange<size_t>(1, std::min<size_t>(row.definition->max_outputs, 4));
  std::vector<std::string> made;
  for (size_t i = 0; i < outputs; ++i) made.push_back("out" + std::to_string(i));
  const std::vector<std::string_view> input_names(inputs_.begin(), inputs_.end());
  const std::vector<std::string_view> output_names(made.begin(), made.end());
  graph_.node(test::node(row.name, input_names, output_names, attributes, {.domain = row.domain}));
  for (const auto& name : made) graph_.output(name);
  test::ModelWriter model(graph_);
  // Versions stand for the whole history of the operator.
  model.opset(row.domain, data_.ConsumeIntegralInRange<int64_t>(1, 28));
  if (!row.domain.empty()) model.opset("", 21);
  const auto session =
      Session::load(test::as_bytes(model.bytes()), {.threads = 1, .max_memory = uint64_t{64} << 20U, .log = {}});
  if (!session) return;
  for (int round = 0; round < 2; ++round) (void)session->run(feeds_);
}

}  // namespace
}  // namespace wedge

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  wedge::NodeMaker({data, size}).run();
  return 0;
}
