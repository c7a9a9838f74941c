// OneHotEncoder of ai.onnx.ml: a row of zeros with a one where an element's category stands in a list.
#include <algorithm>
#include <memory>

#include "ops/key_map.h"
#include "ops/operator.h"

namespace wedge {
namespace {

struct Categories {
  KeyMap places;
  size_t count = 0;
};

template <typename Key, typename Given>
Result<Categories> make_categories(std::span<const Given> keys) {
  if (keys.empty()) return fail(ErrorCode::invalid_model, "the node has no categories of the input's type");
  Categories categories;
  categories.count = keys.size();
  for (size_t i = 0; i < keys.size(); ++i) categories.places.add(Key(keys[i]), i);
  return categories;
}

Result<Categories> read_categories(const NodeView& node) {
  WEDGE_ASSIGN(const auto words, node.attributes().strings("cats_strings"));
  WEDGE_ASSIGN(const auto numbers, node.attributes().integers("cats_int64s"));
  if (node.dtype(0) == DType::string) return make_categories<std::string_view>(words);
  return make_categories<int64_t>(numbers);
}

Result<> infer(InferContext& context) {
  WEDGE_TRY(context.expect_dtype(0, {DType::string, DType::i64, DType::i32, DType::f32, DType::f64}));
  WEDGE_ASSIGN(const Categories categories, read_categories(context));
  SymbolicShape shape = context.shape(0);
  if (!shape.has_rank()) return {};
  if (!shape.push_back(static_cast<int64_t>(categories.count))) {
    return fail(ErrorCode::unsupported, "the output would have rank ", Shape::max_rank + 1);
  }
  context.set_output(0, DType::f32, shape);
  return {};
}

size_t place_of(const Categories& categories, std::string_view word) {
  return categories.places.find(word, categories.count);
}

// Floats are cut to integers.
template <typename T>
size_t place_of(const Categories& categories, T number) {
  if constexpr (std::floating_point<T>) {
    constexpr T limit = 9223372036854775808.0;
    if (!(number >= -limit && number < limit)) return categories.count;
  }
  return categories.places.find(static_cast<int64_t>(number), categories.count);
}

template <typename T>
Result<> encode(RunContext& run, const Categories& categories, bool takes_unknown) {
  const auto in = run.input<T>(0);
  const auto out = run.output<float>(0);
  std::ranges::fill(out, 0.0F);
  for (size_t i = 0; i < in.size(); ++i) {
    const size_t place = place_of(categories, in[i]);
    if (place < categories.count) {
      out[i * categories.count + place] = 1;
    } else if (!takes_unknown) {
      return fail(ErrorCode::invalid_argument, "element ", i, " is in none of the categories, which zeros = 0 forbids");
    }
  }
  return {};
}

template <typename T>
Kernel kernel_for(const std::shared_ptr<const Categories>& categories, bool takes_unknown) {
  return [=](RunContext& run) { return encode<T>(run, *categories, takes_unknown); };
}

Result<Kernel> prepare(PrepareContext& context) {
  WEDGE_ASSIGN(const bool takes_unknown, context.attributes().flag("zeros", true));
  WEDGE_ASSIGN(Categories read, read_categories(context));
  const auto categories = std::make_shared<const Categories>(std::move(read));
  switch (context.dtype(0)) {
    case DType::string: return kernel_for<std::string_view>(categories, takes_unknown);
    case DType::i64: return kernel_for<int64_t>(categories, takes_unknown);
    case DType::i32: return kernel_for<int32_t>(categories, takes_unknown);
    case DType::f32: return kernel_for<float>(categories, takes_unknown);
    default: return kernel_for<double>(categories, takes_unknown);
  }
}

}  // namespace

WEDGE_OPERATOR(ml, OneHotEncoder) = {.infer = infer, .prepare = prepare};

}  // namespace wedge
