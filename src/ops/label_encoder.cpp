// LabelEncoder and CategoryMapper of ai.onnx.ml: values looked up by keys.
#include <memory>

#include "ops/key_map.h"
#include "ops/string_output.h"
#include "tensor/visit.h"

namespace wedge {
namespace {

template <Element T>
Result<Tensor> list_of(std::span<const T> elements) {
  return Tensor::from(elements, Shape{static_cast<int64_t>(elements.size())});
}

Result<Tensor> list_of(std::span<const std::string> words) {
  const std::vector<std::string_view> views(words.begin(), words.end());
  return list_of(std::span<const std::string_view>(views));
}

// The list `name` in whichever of its attributes the node has. Empty when it has none.
Result<Tensor> list_attribute(const Attributes& attributes, std::string_view name) {
  WEDGE_ASSIGN(const Tensor* tensor, attributes.tensor(text(name, "_tensor")));
  if (tensor != nullptr) return *tensor;
  if (attributes.has(text(name, "_strings"))) {
    WEDGE_ASSIGN(const auto words, attributes.strings(text(name, "_strings")));
    return list_of(words);
  }
  if (attributes.has(text(name, "_int64s"))) {
    WEDGE_ASSIGN(const auto integers, attributes.integers(text(name, "_int64s")));
    return list_of(integers);
  }
  if (attributes.has(text(name, "_floats"))) {
    WEDGE_ASSIGN(const auto numbers, attributes.numbers(text(name, "_floats")));
    return list_of(numbers);
  }
  return Tensor();
}

// One element.
Result<Tensor> default_value(const Attributes& attributes, DType dtype) {
  WEDGE_ASSIGN(const Tensor* tensor, attributes.tensor("default_tensor"));
  if (tensor != nullptr) {
    if (tensor->dtype() == dtype && tensor->numel() == 1) return *tensor;
    return fail(ErrorCode::invalid_model, "default_tensor is ", tensor->dtype(), " ", tensor->shape(),
                ", expected one element of type ", dtype);
  }
  if (dtype == DType::string) {
    WEDGE_ASSIGN(const auto word, attributes.string("default_string", "_Unused"));
    return Tensor::scalar(word);
  }
  WEDGE_ASSIGN(const int64_t integer, attributes.integer("default_int64", -1));
  WEDGE_ASSIGN(const float number, attributes.number("default_float", -0.0F));
  Result<Tensor> made = fail(ErrorCode::unsupported, "values of type ", dtype);
  visit_numbers(dtype, [&]<typename T>() {
    if constexpr (std::integral<T>) {
      made = Tensor::scalar(static_cast<T>(integer));
    } else {
      made = Tensor::scalar(static_cast<T>(number));
    }
  });
  return made;
}

template <typename Visitor>
bool visit_keys(DType dtype, Visitor visitor) {
  if (dtype != DType::string) return visit_numbers(dtype, visitor);
  visitor.template operator()<std::string_view>();
  return true;
}

struct Encoding {
  KeyMap keys;
  Tensor values;
  Tensor absent;  // what a key that is not found gets
};

// Keys and values.
using Lists = std::pair<Tensor, Tensor>;

// Before version 2 there is one list of strings, whose values are their places, or the other way round.
Result<Lists> encoder_lists(const NodeView& node) {
  if (node.version() >= 2) {
    WEDGE_ASSIGN(Tensor keys, list_attribute(node.attributes(), "keys"));
    WEDGE_ASSIGN(Tensor values, list_attribute(node.attributes(), "values"));
    if (keys.empty() || values.empty()) return fail(ErrorCode::invalid_model, "the node has no keys or no values");
    return Lists(std::move(keys), std::move(values));
  }
  WEDGE_ASSIGN(Tensor words, list_attribute(node.attributes(), "classes"));
  if (words.dtype() != DType::string) return fail(ErrorCode::invalid_model, "the node has no classes_strings");
  std::vector<int64_t> places(static_cast<size_t>(words.numel()));
  for (size_t i = 0; i < places.size(); ++i) places[i] = static_cast<int64_t>(i);
  WEDGE_ASSIGN(Tensor numbers, list_of(std::span<const int64_t>(places)));
  if (node.dtype(0) == DType::string) return Lists(std::move(words), std::move(numbers));
  return Lists(std::move(numbers), std::move(words));
}

// Strings and integers, of which the ones the input has are the keys.
Result<Lists> mapper_lists(const NodeView& node) {
  WEDGE_ASSIGN(const auto strings, node.attributes().strings("cats_strings"));
  WEDGE_ASSIGN(const auto integers, node.attributes().integers("cats_int64s"));
  if (strings.empty() || integers.empty()) return fail(ErrorCode::invalid_model, "the node has no categories");
  WEDGE_ASSIGN(Tensor words, list_of(strings));
  WEDGE_ASSIGN(Tensor numbers, list_of(integers));
  if (node.dtype(0) == DType::string) return Lists(std::move(words), std::move(numbers));
  return Lists(std::move(numbers), std::move(words));
}

template <auto lists>
Result<> infer(InferContext& context) {
  WEDGE_ASSIGN(const auto given, lists(context));
  context.set_output(0, given.second.dtype(), context.shape(0));
  return context.expect_dtype(0, {given.first.dtype()});
}

Result<std::shared_ptr<const Encoding>> make_encoding(const NodeView& node, const Lists& lists) {
  const auto& [keys, values] = lists;
  if (keys.numel() != values.numel()) {
    return fail(ErrorCode::invalid_model, keys.numel(), " keys, but ", values.numel(), " values");
  }
  auto encoding = std::make_shared<Encoding>();
  WEDGE_ASSIGN(encoding->values, values.dense());
  WEDGE_ASSIGN(const Tensor absent, default_value(node.attributes(), values.dtype()));
  WEDGE_ASSIGN(encoding->absent, absent.dense());
  WEDGE_ASSIGN(const Tensor dense, keys.dense());
  const bool known = visit_keys(keys.dtype(), [&]<typename K>() {
    const auto list = TensorRef(dense).as<const K>();
    for (size_t i = 0; i < list.size(); ++i) encoding->keys.add(list[i], i);
  });
  if (!known) return fail(ErrorCode::unsupported, "keys of type ", keys.dtype());
  return encoding;
}

// What a key stands for.
template <typename V, typename K>
V value_of(const Encoding& encoding, K key) {
  const auto count = static_cast<size_t>(encoding.values.numel());
  const size_t place = encoding.keys.find(key, count);
  const auto* values = reinterpret_cast<const V*>(encoding.values.data());
  return place < count ? values[place] : *reinterpret_cast<const V*>(encoding.absent.data());
}

template <typename K>
Result<> encode(RunContext& run, const Encoding& encoding) {
  const auto in = run.input<K>(0);
  if (encoding.values.dtype() == DType::string) {
    std::vector<std::string_view> words(in.size());
    for (size_t i = 0; i < in.size(); ++i) words[i] = value_of<std::string_view>(encoding, in[i]);
    return set_strings(run, 0, words, run.input(0).shape);
  }
  visit_numbers(encoding.values.dtype(), [&]<typename V>() {
    const auto out = run.output<V>(0);
    for (size_t i = 0; i < in.size(); ++i) out[i] = value_of<V>(encoding, in[i]);
  });
  return {};
}

template <auto lists>
Result<Kernel> prepare(PrepareContext& context) {
  WEDGE_ASSIGN(const Lists given, lists(context));
  WEDGE_ASSIGN(const auto encoding, make_encoding(context, given));
  Kernel kernel;
  visit_keys(context.dtype(0),
             [&]<typename K>() { kernel = [encoding](RunContext& run) { return encode<K>(run, *encoding); }; });
  return kernel;
}

}  // namespace

WEDGE_OPERATOR(ml, LabelEncoder) = {.infer = infer<encoder_lists>, .prepare = prepare<encoder_lists>};
WEDGE_OPERATOR(ml, CategoryMapper) = {.infer = infer<mapper_lists>, .prepare = prepare<mapper_lists>};

}  // namespace wedge
