// Adagrad, Adam and Momentum: one step of gradient descent on any number of tensors. Inputs are the learning rate, the
// number of steps so far, then for all tensors the values, the gradients and the states; outputs are the values and the
// states after the step.
#include <cmath>

#include "ops/operator.h"
#include "ops/read_number.h"

namespace wedge {
namespace {

struct Settings {
  double alpha = 0;
  double beta = 0;
  double epsilon = 0;
  double decay = 0;
  double weight_decay = 0;
  double weight_decay_after = 0;
  bool nesterov = false;
};

// An element, its gradient and up to two states.
struct Element {
  double x;
  double gradient;
  double state[2];
};

struct Adagrad {
  static constexpr size_t states = 1;
  static double rate(const Settings& s, double rate, int64_t steps) {
    return rate / (1 + static_cast<double>(steps) * s.decay);
  }
  static void step(const Settings& s, double rate, int64_t, Element& e) {
    e.state[0] += e.gradient * e.gradient;
    e.x -= rate * e.gradient / (std::sqrt(e.state[0]) + s.epsilon);
  }
};
struct Adam {
  static constexpr size_t states = 2;
  static double rate(const Settings& s, double rate, int64_t steps) {
    if (steps <= 0) return rate;
    const auto count = static_cast<double>(steps);
    return rate * std::sqrt(1 - std::pow(s.beta, count)) / (1 - std::pow(s.alpha, count));
  }
  static void step(const Settings& s, double rate, int64_t, Element& e) {
    e.state[0] = s.alpha * e.state[0] + (1 - s.alpha) * e.gradient;
    e.state[1] = s.beta * e.state[1] + (1 - s.beta) * e.gradient * e.gradient;
    e.x = (1 - s.weight_decay_after) * (e.x - rate * e.state[0] / (std::sqrt(e.state[1]) + s.epsilon));
  }
};
struct Momentum {
  static constexpr size_t states = 1;
  static double rate(const Settings&, double rate, int64_t) { return rate; }
  static void step(const Settings& s, double rate, int64_t steps, Element& e) {
    e.state[0] = s.alpha * e.state[0] + (steps > 0 ? s.beta : 1.0) * e.gradient;
    e.x -= rate * (s.nesterov ? e.gradient + s.alpha * e.state[0] : e.state[0]);
  }
};

Result<Settings> read_settings(const NodeView& node) {
  Settings s;
  const Attributes& attributes = node.attributes();
  WEDGE_ASSIGN(s.alpha, attributes.number("alpha", 0.9F));
  WEDGE_ASSIGN(s.beta, attributes.number("beta", 0.999F));
  WEDGE_ASSIGN(s.epsilon, attributes.number("epsilon", 1e-6F));
  WEDGE_ASSIGN(s.decay, attributes.number("decay_factor", 0.0F));
  WEDGE_ASSIGN(s.weight_decay, attributes.number("norm_coefficient", 0.0F));
  WEDGE_ASSIGN(s.weight_decay_after, attributes.number("norm_coefficient_post", 0.0F));
  WEDGE_ASSIGN(const auto mode, attributes.string("mode", "standard"));
  s.nesterov = mode == "nesterov";
  if (s.nesterov || mode == "standard") return s;
  return fail(ErrorCode::invalid_model, "attribute 'mode' is '", mode, "'");
}

template <typename Method>
size_t tensor_count(const NodeView& node) {
  return (node.input_count() - 2) / (2 + Method::states);
}

template <typename Method>
Result<> infer(InferContext& context) {
  const size_t tensors = tensor_count<Method>(context);
  if (context.input_count() != 2 + tensors * (2 + Method::states) || tensors == 0) {
    return fail(ErrorCode::invalid_model, context.input_count(), " inputs are no whole number of tensors");
  }
  WEDGE_TRY(context.expect_dtype(0, {DType::f32, DType::f64}));
  WEDGE_TRY(context.expect_dtype(1, {DType::i64}));
  for (size_t i = 0; i < tensors; ++i) {
    const size_t x = 2 + i;
    WEDGE_TRY(context.expect_dtype(x, {DType::f32, DType::f64}));
    for (size_t part = 1; part < 2 + Method::states; ++part) {
      const size_t other = x + part * tensors;
      WEDGE_TRY(context.expect_same_dtype(x, other));
      const auto shape = context.shape(x).concrete();
      const auto other_shape = context.shape(other).concrete();
      if (shape && other_shape && *shape != *other_shape) {
        return fail(ErrorCode::invalid_model, "tensor ", i, " is ", *shape, " but input ", other, " is ", *other_shape);
      }
    }
    for (size_t part = 0; part < 1 + Method::states; ++part) {
      context.set_output(i + part * tensors, context.dtype(x), context.shape(x));
    }
  }
  return {};
}

template <typename Method, typename T>
void step_tensor(RunContext& run, const Settings& settings, size_t tensor, size_t tensors, double rate, int64_t steps) {
  const auto count = static_cast<size_t>(run.input(2 + tensor).numel());
  for (size_t i = 0; i < count; ++i) {
    const auto in = [&](size_t part) { return static_cast<double>(run.input<T>(2 + tensor + part * tensors)[i]); };
    Element e{.x = in(0), .gradient = 0, .state = {}};
    e.gradient = settings.weight_decay * e.x + in(1);
    for (size_t k = 0; k < Method::states; ++k) e.state[k] = in(2 + k);
    Method::step(settings, rate, steps, e);
    for (size_t part = 0; part < 1 + Method::states; ++part) {
      const size_t output = tensor + part * tensors;
      if (run.has_output(output)) run.output<T>(output)[i] = static_cast<T>(part == 0 ? e.x : e.state[part - 1]);
    }
  }
}

template <typename Method>
Result<Kernel> prepare(PrepareContext& context) {
  WEDGE_ASSIGN(const Settings settings, read_settings(context));
  for (const size_t i : {size_t{0}, size_t{1}}) {
    if (context.input_shape(i).numel() == 1) continue;
    return fail(ErrorCode::invalid_model, "input ", i, " must be one number, got ", context.input_shape(i));
  }
  const size_t tensors = tensor_count<Method>(context);
  const ReadNumber read_rate = number_reader(context.dtype(0));
  return Kernel([=](RunContext& run) -> Result<> {
    const int64_t steps = run.input<int64_t>(1)[0];
    const double rate = Method::rate(settings, read_rate(run.input(0).data, 0), steps);
    for (size_t i = 0; i < tensors; ++i) {
      if (run.input(2 + i).dtype == DType::f32) {
        step_tensor<Method, float>(run, settings, i, tensors, rate, steps);
      } else {
        step_tensor<Method, double>(run, settings, i, tensors, rate, steps);
      }
    }
    return {};
  });
}

template <typename Method>
constexpr Operator optimizer = {.infer = infer<Method>,
                                .prepare = prepare<Method>,
                                .min_inputs = 3,
                                .max_inputs = any_number,
                                .max_outputs = any_number};

}  // namespace

WEDGE_OPERATOR(training, Adagrad) = optimizer<Adagrad>;
WEDGE_OPERATOR(training, Adam) = optimizer<Adam>;
WEDGE_OPERATOR(training, Momentum) = optimizer<Momentum>;

}  // namespace wedge
