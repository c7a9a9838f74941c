// Col2Im: blocks of an image, a column each, added up where they came from.
#include <algorithm>
#include <array>

#include "ops/arithmetic.h"
#include "ops/window.h"

namespace wedge {
namespace {

struct Blocks {
  std::vector<int64_t> image;
  std::vector<kernels::WindowAxis> axes;
  int64_t elements = 1;   ///< of a block
  int64_t positions = 1;  ///< of the block in the image
};

// nullopt while the inputs that decide it are not known.
Result<std::optional<Blocks>> read_blocks(const NodeView& node) {
  WEDGE_ASSIGN(auto image, node.integers(1));
  WEDGE_ASSIGN(const auto block, node.integers(2));
  if (!image || !block) return std::nullopt;
  if (image->empty() || image->size() != block->size() || image->size() > Shape::max_rank - 2) {
    return fail(ErrorCode::invalid_model, "an image of ", image->size(), " dimensions and blocks of ", block->size());
  }
  std::vector<Dim> kernel;
  for (size_t i = 0; i < block->size(); ++i) {
    if ((*block)[i] < 1 || (*image)[i] < 0) {
      return fail(ErrorCode::invalid_model, "a dimension of ", (*image)[i], " and blocks of ", (*block)[i]);
    }
    kernel.emplace_back((*block)[i]);
  }
  WEDGE_ASSIGN(const Window window, read_window(node, kernel.size(), kernel));
  Blocks blocks{.image = std::move(*image), .axes = {}};
  WEDGE_ASSIGN(blocks.axes, place_window(window, blocks.image));
  for (const auto& axis : blocks.axes) {
    blocks.elements = saturating_mul(blocks.elements, static_cast<int64_t>(axis.kernel));
    blocks.positions = saturating_mul(blocks.positions, static_cast<int64_t>(axis.output));
  }
  return blocks;
}

Result<> infer(InferContext& context) {
  WEDGE_TRY(context.expect_rank(0, 3, 3));
  const SymbolicShape& columns = context.shape(0);
  WEDGE_ASSIGN(const auto blocks, read_blocks(context));
  SymbolicShape shape;
  if (blocks && columns.has_rank()) {
    if (conflict(columns[2], blocks->positions)) {
      return fail(ErrorCode::invalid_model, "expected ", blocks->positions, " blocks, got ", columns);
    }
    shape = {columns[0], Dim::unknown()};
    if (columns[1].is_known()) {
      if (columns[1].value() % blocks->elements != 0) {
        return fail(ErrorCode::invalid_model, "columns of ", columns, " do not hold blocks of ", blocks->elements);
      }
      shape[1] = columns[1].value() / blocks->elements;
    }
    for (const int64_t dim : blocks->image) (void)shape.push_back(dim);
  }
  context.set_output(0, context.dtype(0), shape);
  return {};
}

using Place = std::array<size_t, Shape::max_rank>;

// Adds one element of every block, the one at `place`, to a plane of the image. `row` is where the axes so far lead.
template <typename T>
const T* add_element(std::span<const kernels::WindowAxis> axes, const size_t* place, const T* in, T* image,
                     size_t row) {
  if (axes.empty()) {
    using C = ArithmeticType<T>;
    image[row] = static_cast<T>(Add::apply<C>(static_cast<C>(image[row]), static_cast<C>(*in)));
    return in + 1;
  }
  const kernels::WindowAxis& axis = axes.front();
  size_t inner = 1;
  for (const auto& other : axes.subspan(1)) inner *= other.output;
  for (size_t o = 0; o < axis.output; ++o) {
    const auto at = static_cast<ptrdiff_t>(o * axis.stride + *place * axis.dilation) - axis.pad;
    const bool inside = at >= 0 && at < static_cast<ptrdiff_t>(axis.input);
    in = inside ? add_element(axes.subspan(1), place + 1, in, image, row * axis.input + static_cast<size_t>(at))
                : in + inner;
  }
  return in;
}

template <typename T>
Kernel kernel_for(Blocks blocks, size_t planes, size_t plane) {
  return [=, blocks = std::move(blocks)](RunContext& run) -> Result<> {
    const T* in = run.input<T>(0).data();
    T* out = run.output<T>(0).data();
    const auto elements = static_cast<size_t>(blocks.elements);
    const auto positions = static_cast<size_t>(blocks.positions);
    run.workers().run(planes, 1, [&](size_t begin, size_t end, unsigned) {
      for (size_t p = begin; p < end; ++p) {
        T* image = out + p * plane;
        std::fill_n(image, plane, static_cast<T>(0.0F));
        for (size_t element = 0; element < elements; ++element) {
          Place place{};
          size_t rest = element;
          for (size_t axis = blocks.axes.size(); axis-- > 0;) {
            place[axis] = rest % blocks.axes[axis].kernel;
            rest /= blocks.axes[axis].kernel;
          }
          add_element<T>(blocks.axes, place.data(), in + (p * elements + element) * positions, image, 0);
        }
      }
    });
    return {};
  };
}

Result<Kernel> prepare(PrepareContext& context) {
  const Shape shape = context.output_shape(0);
  if (shape.numel() == 0) return Kernel();
  WEDGE_ASSIGN(const auto blocks, read_blocks(context));
  if (!blocks) return fail(ErrorCode::internal, "planned before its blocks are known");
  Kernel kernel;
  visit_numbers(context.dtype(0), [&]<typename T>() {
    kernel = kernel_for<T>(*blocks, static_cast<size_t>(shape.numel(0, 2)),
                           static_cast<size_t>(shape.numel(2, shape.rank())));
  });
  if (!kernel) return fail(ErrorCode::unsupported, "elements of type ", context.dtype(0));
  return kernel;
}

}  // namespace

WEDGE_OPERATOR(onnx, Col2Im) = {.infer = infer, .prepare = prepare, .min_inputs = 3, .max_inputs = 3, .since = 18};

}  // namespace wedge
