// Einsum: products of elements whose axes share letters, summed over the letters that the output does not have.
#include <algorithm>
#include <array>
#include <optional>
#include <string>

#include "ops/arithmetic.h"
#include "tensor/strides.h"

namespace wedge {
namespace {

// The letters of a term, and where its ellipsis stands among them.
struct Term {
  std::string letters;
  std::optional<size_t> ellipsis;
};

struct Equation {
  std::vector<Term> inputs;
  std::optional<Term> output;
};

Result<Term> read_term(std::string_view text) {
  Term term;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == ' ') continue;
    if (text.substr(i).starts_with("...") && !term.ellipsis) {
      term.ellipsis = term.letters.size();
      i += 2;
    } else if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')) {
      term.letters.push_back(c);
    } else {
      return fail(ErrorCode::invalid_model, "the equation has a term '", text, "'");
    }
  }
  return term;
}

Result<Equation> read_equation(const NodeView& node) {
  WEDGE_ASSIGN(std::string_view text, node.attributes().string("equation", ""));
  Equation equation;
  if (const size_t arrow = text.find("->"); arrow != std::string_view::npos) {
    WEDGE_ASSIGN(equation.output, read_term(text.substr(arrow + 2)));
    text = text.substr(0, arrow);
  }
  for (;;) {
    const size_t comma = text.find(',');
    WEDGE_ASSIGN(Term term, read_term(text.substr(0, comma)));
    equation.inputs.push_back(std::move(term));
    if (comma == std::string_view::npos) break;
    text = text.substr(comma + 1);
  }
  if (equation.inputs.size() != node.input_count()) {
    return fail(ErrorCode::invalid_model, "the equation has ", equation.inputs.size(), " terms for ",
                node.input_count(), " inputs");
  }
  return equation;
}

// Axes are labelled by letters; those an ellipsis stands for by small numbers, counted from the last one.
using Labels = std::string;

size_t index_of(char label) { return static_cast<unsigned char>(label); }

Labels labels_of(const Term& term, size_t broadcast) {
  if (!term.ellipsis) return term.letters;
  Labels labels = term.letters.substr(0, *term.ellipsis);
  for (size_t i = broadcast; i-- > 0;) labels.push_back(static_cast<char>(i));
  return labels + term.letters.substr(*term.ellipsis);
}

// Without an output term: the broadcast axes, then the letters that stand once, by the alphabet.
Labels implied_output(const std::vector<Labels>& inputs, size_t broadcast) {
  std::array<int, 128> count{};
  for (const Labels& labels : inputs) {
    for (const char label : labels) ++count[index_of(label)];
  }
  Labels output;
  for (size_t i = broadcast; i-- > 0;) output.push_back(static_cast<char>(i));
  for (size_t c = 'A'; c < count.size(); ++c) {
    if (count[c] == 1) output.push_back(static_cast<char>(c));
  }
  return output;
}

struct Axes {
  std::vector<Labels> inputs;
  Labels output;
  std::array<Dim, 128> dims{};
};

// nullopt while a rank is not known.
Result<std::optional<Axes>> label_axes(const NodeView& node) {
  WEDGE_ASSIGN(const Equation equation, read_equation(node));
  Axes axes;
  std::array<bool, 128> seen{};
  size_t broadcast = 0;
  for (size_t i = 0; i < equation.inputs.size(); ++i) {
    const Term& term = equation.inputs[i];
    const SymbolicShape& shape = node.shape(i);
    if (!shape.has_rank()) return std::nullopt;
    if (term.letters.size() > shape.rank() || (!term.ellipsis && term.letters.size() != shape.rank())) {
      return fail(ErrorCode::invalid_model, "the term '", term.letters, "' does not fit shape ", shape);
    }
    const size_t rest = shape.rank() - term.letters.size();
    broadcast = std::max(broadcast, rest);
    axes.inputs.push_back(labels_of(term, rest));
    for (size_t axis = 0; axis < shape.rank(); ++axis) {
      const auto label = index_of(axes.inputs[i][axis]);
      Dim& dim = axes.dims[label];
      if (!seen[label] || dim.is(1)) {
        dim = shape[axis];
      } else if (!shape[axis].is(1)) {
        if (conflict(dim, shape[axis])) {
          return fail(ErrorCode::invalid_model, "an axis is ", dim.value(), " long in one term and ",
                      shape[axis].value(), " in another");
        }
        if (!dim.is_known()) dim = shape[axis];
      }
      seen[label] = true;
    }
  }
  axes.output = equation.output ? labels_of(*equation.output, broadcast) : implied_output(axes.inputs, broadcast);
  for (size_t i = 0; i < axes.output.size(); ++i) {
    if (!seen[index_of(axes.output[i])] || axes.output.find(axes.output[i], i + 1) != Labels::npos) {
      return fail(ErrorCode::invalid_model, "the output has a letter twice, or one that no input has");
    }
  }
  return axes;
}

Result<> infer(InferContext& context) {
  for (size_t i = 1; i < context.input_count(); ++i) WEDGE_TRY(context.expect_same_dtype(0, i));
  WEDGE_ASSIGN(const auto axes, label_axes(context));
  SymbolicShape shape;
  if (axes) {
    shape = SymbolicShape::of_rank(0);
    for (const char label : axes->output) {
      if (!shape.push_back(axes->dims[index_of(label)])) {
        return fail(ErrorCode::unsupported, "the output would have too many dimensions");
      }
    }
  }
  context.set_output(0, context.dtype(0), shape);
  return {};
}

constexpr size_t most_inputs = 16;
constexpr size_t most_loops = 52 + Shape::max_rank;  // the letters of both cases, and an ellipsis

using Offsets = std::array<int64_t, most_inputs>;  // by input

struct Loop {
  int64_t count;
  Offsets strides;
};

struct Loops {
  std::vector<Loop> kept;
  std::vector<Loop> summed;
  size_t inputs;
  int64_t terms = 1;  ///< of the sum of an output element
};

Loops loops_of(const PrepareContext& context, const Axes& axes) {
  Loops loops{.kept = {}, .summed = {}, .inputs = axes.inputs.size()};
  const auto loop_over = [&](char label) {
    Loop loop{.count = axes.dims[index_of(label)].value(), .strides = {}};
    for (size_t i = 0; i < axes.inputs.size(); ++i) {
      const Shape shape = context.input_shape(i);
      const Strides dense = dense_strides(shape);
      // A letter that stands twice in a term walks the diagonal.
      int64_t stride = 0;
      for (size_t axis = 0; axis < shape.rank(); ++axis) {
        if (axes.inputs[i][axis] == label && shape[axis] != 1) stride += dense[axis];
      }
      loop.strides[i] = stride;
    }
    return loop;
  };
  Labels summed;
  for (const Labels& labels : axes.inputs) {
    for (const char label : labels) {
      if (axes.output.find(label) == Labels::npos && summed.find(label) == Labels::npos) summed.push_back(label);
    }
  }
  for (const char label : axes.output) loops.kept.push_back(loop_over(label));
  for (const char label : summed) {
    loops.summed.push_back(loop_over(label));
    loops.terms = saturating_mul(loops.terms, loops.summed.back().count);
  }
  return loops;
}

// A walk over all combinations of the loops' indices, one after the other.
class Walk {
 public:
  Walk(std::span<const Loop> loops, size_t inputs) : loops_(loops), inputs_(inputs) {}

  [[nodiscard]] const Offsets& offsets() const { return offsets_; }

  void seek(size_t position, const Offsets& start) {
    offsets_ = start;
    auto rest = static_cast<int64_t>(position);
    for (size_t i = loops_.size(); i-- > 0;) {
      index_[i] = rest % loops_[i].count;
      rest /= loops_[i].count;
      for (size_t k = 0; k < inputs_; ++k) offsets_[k] += index_[i] * loops_[i].strides[k];
    }
  }
  void advance() {
    for (size_t i = loops_.size(); i-- > 0;) {
      const bool wraps = ++index_[i] == loops_[i].count;
      const int64_t steps = wraps ? 1 - loops_[i].count : 1;
      for (size_t k = 0; k < inputs_; ++k) offsets_[k] += steps * loops_[i].strides[k];
      if (!wraps) return;
      index_[i] = 0;
    }
  }

 private:
  std::span<const Loop> loops_;
  size_t inputs_;
  std::array<int64_t, most_loops> index_{};
  Offsets offsets_{};
};

template <typename T>
Kernel kernel_for(Loops loops) {
  return [=, loops = std::move(loops)](RunContext& run) -> Result<> {
    using A = AccumulatorType<T>;
    std::array<const T*, most_inputs> in{};
    for (size_t k = 0; k < loops.inputs; ++k) in[k] = run.input<T>(k).data();
    const auto out = run.output<T>(0);
    const size_t grain = 1 + elementwise_grain / static_cast<size_t>(std::min<int64_t>(loops.terms, elementwise_grain));
    run.workers().run(out.size(), grain, [&](size_t begin, size_t end, unsigned) {
      Walk kept(loops.kept, loops.inputs);
      Walk summed(loops.summed, loops.inputs);
      kept.seek(begin, {});
      for (size_t o = begin; o < end; ++o, kept.advance()) {
        summed.seek(0, kept.offsets());
        A sum = 0;
        for (int64_t term = 0; term < loops.terms; ++term, summed.advance()) {
          A product = 1;
          for (size_t k = 0; k < loops.inputs; ++k) {
            product = Multiply::apply<A>(product, static_cast<A>(in[k][summed.offsets()[k]]));
          }
          sum = Add::apply<A>(sum, product);
        }
        out[o] = static_cast<T>(sum);
      }
    });
    return {};
  };
}

Result<Kernel> prepare(PrepareContext& context) {
  if (context.input_count() > most_inputs) {
    return fail(ErrorCode::unsupported, "products of ", context.input_count(), " inputs");
  }
  if (context.output_shape(0).numel() == 0) return Kernel();
  WEDGE_ASSIGN(const auto axes, label_axes(context));
  if (!axes) return fail(ErrorCode::internal, "planned before its shapes are known");
  const Loops loops = loops_of(context, *axes);
  Kernel kernel;
  visit_numbers(context.dtype(0), [&]<typename T>() {
    // A sum of nothing has nothing to seek.
    if (loops.terms == 0) {
      kernel = [](RunContext& run) -> Result<> {
        std::ranges::fill(run.output<T>(0), static_cast<T>(0.0F));
        return {};
      };
    } else {
      kernel = kernel_for<T>(loops);
    }
  });
  if (!kernel) return fail(ErrorCode::unsupported, "elements of type ", context.dtype(0));
  return kernel;
}

}  // namespace

WEDGE_OPERATOR(onnx, Einsum) = {.infer = infer, .prepare = prepare, .max_inputs = any_number, .since = 12};

}  // namespace wedge
