#include "plan/planner.h"

#include <algorithm>

#include "base/built_in_parts.h"
#include "base/seldom.h"
#include "ops/evaluate.h"
#include "ops/inference.h"
#include "plan/program.h"
#include "plan/storage.h"

namespace wedge {
namespace {

// Values up to this size are computed while planning when their inputs are known: shape arithmetic and its like.
constexpr size_t evaluation_limit = size_t{64} << 10U;

constexpr bool has_replanning = built_in::has_part("replanning");

class Planner {
 public:
  Planner(const PlanContext& context, Frontier frontier)
      : context_(context), at_(std::move(frontier)), segment_(std::make_shared<Segment>()) {
    segment_->first_slot = static_cast<uint32_t>(at_.slots.size());
  }

  Result<std::shared_ptr<Segment>> plan() {
    while (!at_.work.empty() && segment_->next_key.empty()) {
      const WorkItem item = std::move(at_.work.back());
      at_.work.pop_back();
      if (item.branch != nullptr) {
        WEDGE_TRY(bind_branch(*item.node, *item.branch));
      } else if (auto planned = plan_node(item.node); !planned) {
        return std::unexpected(planned.error().at_node(item.node->name, item.node->op_type));
      }
    }
    if (segment_->next_key.empty()) {
      // Outputs that are constants or were computed while planning are copied from there.
      for (const ValueId id : at_.outputs) WEDGE_TRY(slot(id));
    }
    WEDGE_TRY(assign_storage(context_, at_, *segment_, requests_));
    if (segment_->next_key.empty()) {
      for (Constant& constant : at_.known.values()) segment_->held.push_back(std::move(constant));
    } else {
      segment_->frontier = std::make_unique<Frontier>(std::move(at_));
    }
    return std::move(segment_);
  }

 private:
  [[nodiscard]] const Constant* known(ValueId id) const {
    if (const Constant& constant = context_.module.values[id].constant; !constant.empty()) return &constant;
    return at_.known.find(id);
  }

  [[nodiscard]] InputInfo input_of(ValueId id) const {
    if (id == no_value) return {};
    if (const Constant* constant = known(id)) {
      const bool weight = !context_.module.values[id].constant.empty();
      return {.present = true,
              .dtype = constant->dtype(),
              .shape = constant->shape(),
              .value = constant,
              .weight = weight ? id : no_value};
    }
    const Slot& slot = at_.slots[at_.slot_of[id]];
    return {.present = true, .dtype = slot.dtype, .shape = slot.shape, .value = nullptr, .weight = no_value};
  }

  uint32_t add_slot(Slot slot) {
    at_.slots.push_back(slot);
    return static_cast<uint32_t>(at_.slots.size() - 1);
  }

  // The slot of a value, made on first use for one that is only known.
  Result<uint32_t> slot(ValueId id) {
    if (id == no_value) return RunContext::no_slot;
    if (at_.slot_of[id] != RunContext::no_slot) return at_.slot_of[id];
    const Constant& constant = *known(id);
    constant.keep();
    const Tensor elements = constant.elements();
    if (elements.empty()) {
      return fail(ErrorCode::out_of_memory, "no memory for weights of shape ", constant.shape(), " of ",
                  constant.dtype());
    }
    at_.slot_of[id] = add_constant(constant, elements.data());
    return at_.slot_of[id];
  }

  // The slot of an input of a step, as far as its kernel reads it.
  Result<uint32_t> input_slot(ValueId id, PrepareContext::Reads reads) {
    if (id == no_value || at_.slot_of[id] != RunContext::no_slot || reads == PrepareContext::Reads::elements) {
      return slot(id);
    }
    const Constant& constant = *known(id);
    if (reads == PrepareContext::Reads::bytes) {
      const auto raw = constant.read_raw();
      if (raw.empty()) return slot(id);
      return add_constant(constant, raw.data());
    }
    constant.drop();
    return add_constant(constant, nullptr);
  }

  uint32_t add_constant(const Constant& constant, const std::byte* data) {
    return add_slot({.dtype = constant.dtype(),
                     .shape = constant.shape(),
                     .place = Place::constant,
                     .data = const_cast<std::byte*>(data)});
  }

  WEDGE_SELDOM Result<> bind_branch(const Node& node, const Graph& branch) {
    for (size_t i = 0; i < node.outputs.size(); ++i) {
      if (node.outputs[i] == no_value) continue;
      const ValueId made = branch.outputs[i];
      if (const Constant* constant = known(made)) {
        at_.known[node.outputs[i]] = Constant(*constant);
      } else {
        at_.slot_of[node.outputs[i]] = at_.slot_of[made];
      }
    }
    return {};
  }

  // Ends the segment before this node: the next one is chosen by the values of these inputs.
  WEDGE_SELDOM Result<> stop_before(const NodePointer& node, std::span<const size_t> wanted) {
    if constexpr (!has_replanning) {
      return fail(ErrorCode::unsupported, "this build was made for models whose plans depend on no values");
    }
    at_.work.push_back({.node = node, .branch = nullptr});
    for (const size_t i : wanted) {
      const ValueId id = node->inputs[i];
      if (std::ranges::find(segment_->next_key, id, &KeyPart::value) != segment_->next_key.end()) continue;
      WEDGE_ASSIGN(const uint32_t number, slot(id));
      segment_->next_key.push_back({.value = id, .slot = number, .by_value = true});
    }
    return {};
  }

  Result<> plan_node(const NodePointer& node) {
    if constexpr (built_in::runs("If")) {
      if (node->op->is_spliced) return splice_branch(node);
    }
    WEDGE_TRY(check_runs(*node));
    std::vector<InputInfo> infos;
    for (const ValueId id : node->inputs) infos.push_back(input_of(id));
    const auto known_outputs = [&](const Graph& graph, std::span<const OutputInfo>) -> Result<std::vector<OutputInfo>> {
      return output_infos(graph, context_.module.values);
    };
    InferContext inference(*node, infos, known_outputs);
    WEDGE_TRY(infer_node(inference));
    if (!inference.wanted().empty()) {
      return stop_before(node, inference.wanted());
    }
    WEDGE_ASSIGN(const bool evaluated, evaluate_now(node, infos, inference.outputs()));
    if (evaluated) return {};
    return add_step(node, infos, inference.outputs());
  }

  [[maybe_unused]] WEDGE_SELDOM Result<> splice_branch(const NodePointer& node) {
    const Constant* condition = known(node->inputs[0]);
    if (condition == nullptr) {
      const size_t first = 0;
      return stop_before(node, {&first, 1});
    }
    if (condition->dtype() != DType::boolean || condition->numel() != 1) {
      return fail(ErrorCode::invalid_argument, "the condition must be one bool, got ", condition->dtype(), " of shape ",
                  condition->shape());
    }
    const bool taken = TensorRef(condition->elements()).as<const bool>()[0];
    const auto then_first = node->subgraph_names[0] == "then_branch";
    const auto& branch = node->subgraphs[taken == then_first ? 0 : 1];
    at_.work.push_back({.node = node, .branch = branch});
    for (size_t i = branch->nodes.size(); i-- > 0;) at_.work.push_back({.node = branch->nodes[i], .branch = nullptr});
    return {};
  }

  // Computes the node while planning when everything it reads is known and its result is small.
  Result<bool> evaluate_now(const NodePointer& node, std::span<const InputInfo> infos,
                            std::span<const OutputInfo> outputs) {
    if constexpr (!has_replanning) return false;
    if (!node->op->is_pure || !node->subgraphs.empty()) return false;
    const bool all_known =
        std::ranges::all_of(infos, [](const InputInfo& info) { return !info.present || info.value; });
    if (!all_known && !node->op->reads_only_shapes) return false;
    size_t total = 0;
    for (const OutputInfo& output : outputs) {
      const auto shape = output.shape.concrete();
      if (!shape) return false;
      total += checked_byte_size(output.dtype, *shape).value_or(evaluation_limit);
      if (total >= evaluation_limit) return false;
    }
    auto results = evaluate_with(*node, infos, all_known);
    if (!results) return std::unexpected(std::move(results).error());
    for (size_t i = 0; i < node->outputs.size(); ++i) {
      if (node->outputs[i] == no_value) continue;
      at_.known[node->outputs[i]] = (*results)[i];
    }
    return true;
  }

  static Result<std::vector<Tensor>> evaluate_with(const Node& node, std::span<const InputInfo> infos, bool all_known) {
    if (!all_known) {
      std::vector<Shape> shapes;
      for (const InputInfo& info : infos) shapes.push_back(*info.shape.concrete());
      return evaluate_shapes(node, shapes);
    }
    std::vector<Tensor> inputs;
    for (const InputInfo& info : infos) inputs.push_back(info.present ? info.value->elements() : Tensor());
    return evaluate(node, inputs, size_t{16} * evaluation_limit);
  }

  Result<> add_step(const NodePointer& node, std::span<const InputInfo> infos, std::span<const OutputInfo> inferred) {
    std::vector<PrepareContext::Output> outputs;
    for (size_t i = 0; i < inferred.size(); ++i) {
      outputs.push_back(
          {.present = node->outputs[i] != no_value, .dtype = inferred[i].dtype, .shape = inferred[i].shape.concrete()});
      const auto& [present, dtype, shape] = outputs[i];
      if (!present) continue;
      WEDGE_TRY(check_made(dtype, i));
      // Kernels compute with sizes of tensors, which must have addresses for that.
      if (shape) WEDGE_TRY(checked_byte_size(dtype, *shape));
    }
    PrepareContext preparation(*node, infos, outputs, context_.workers, context_.store);
    WEDGE_ASSIGN(Kernel kernel, node->op->prepare(preparation));
    if (!preparation.wanted().empty()) {
      return stop_before(node, preparation.wanted());
    }

    Step step;
    step.node = node;
    step.kernel = std::move(kernel);
    step.kernel_name = preparation.kernel_name();
    step.cost = preparation.cost();
    step.scratch_size = preparation.scratch_size();
    for (size_t i = 0; i < node->inputs.size(); ++i) {
      WEDGE_ASSIGN(const uint32_t number, input_slot(node->inputs[i], preparation.reads(i)));
      step.inputs.push_back(number);
    }
    std::vector<KeyPart> seen_after;
    for (size_t i = 0; i < outputs.size(); ++i) {
      if (!outputs[i].present) {
        step.outputs.push_back(RunContext::no_slot);
        continue;
      }
      const auto& shape = outputs[i].shape;
      Slot made{
          .dtype = outputs[i].dtype, .shape = shape.value_or(Shape{}), .place = shape ? Place::arena : Place::dynamic};
      const auto view = std::ranges::find(preparation.views(), i, &PrepareContext::View::output);
      if (view != preparation.views().end()) {
        made.place = Place::alias;
        made.index = step.inputs[view->input];
        made.offset = view->byte_offset;
      }
      const uint32_t id = add_slot(made);
      at_.slot_of[node->outputs[i]] = id;
      step.outputs.push_back(id);
      if (made.place == Place::dynamic) {
        if constexpr (!has_replanning) return stop_before(node, {});
        seen_after.push_back({.value = node->outputs[i], .slot = id, .by_value = false});
      }
    }
    if (!step.kernel) return {};
    const auto number = static_cast<uint32_t>(segment_->steps.size());
    requests_.scratch.push_back(preparation.scratch_size());
    for (const auto& in_place : preparation.in_places()) {
      requests_.in_place.push_back(
          {.step = number, .output = step.outputs[in_place.output], .input = step.inputs[in_place.input]});
    }
    for (const auto& part : preparation.parts()) {
      requests_.parts.push_back({.step = number,
                                 .input = step.inputs[part.input],
                                 .output = step.outputs[part.output],
                                 .byte_offset = part.byte_offset});
    }
    if constexpr (has_replanning) {
      for (const auto& subgraph : node->subgraphs) WEDGE_TRY(add_subprogram(step, subgraph));
    }
    segment_->steps.push_back(std::move(step));
    segment_->next_key = std::move(seen_after);
    return {};
  }

  [[maybe_unused]] WEDGE_SELDOM Result<> add_subprogram(Step& step, const std::shared_ptr<const Graph>& graph) {
    std::vector<ValueId> feeds = graph->inputs;
    auto& captures = step.captures.emplace_back();
    for (const ValueId id : captured_values(*graph)) {
      if (!context_.module.values[id].constant.empty()) continue;
      feeds.push_back(id);
      WEDGE_ASSIGN(const uint32_t number, slot(id));
      captures.push_back(number);
    }
    step.subprograms.push_back(std::make_unique<Program>(context_, *graph, feeds));
    return {};
  }

  const PlanContext& context_;
  Frontier at_;
  std::shared_ptr<Segment> segment_;
  StorageRequests requests_;
};

}  // namespace

std::shared_ptr<Segment> make_root(const PlanContext& context, const Graph& graph, std::span<const ValueId> feeds,
                                   std::span<const ValueId> by_value) {
  auto root = std::make_shared<Segment>();
  auto frontier = std::make_unique<Frontier>();
  frontier->slot_of.assign(context.module.values.size(), RunContext::no_slot);
  for (const ValueId id : feeds) {
    const auto number = static_cast<uint32_t>(frontier->slots.size());
    frontier->slots.push_back(
        {.dtype = context.module.values[id].dtype, .shape = {}, .place = Place::feed, .index = number});
    frontier->slot_of[id] = number;
    root->next_key.push_back(
        {.value = id, .slot = number, .by_value = std::ranges::find(by_value, id) != by_value.end()});
  }
  root->slots = frontier->slots;
  for (size_t i = graph.nodes.size(); i-- > 0;) frontier->work.push_back({.node = graph.nodes[i], .branch = nullptr});
  frontier->outputs = graph.outputs;
  root->frontier = std::move(frontier);
  return root;
}

Result<std::shared_ptr<Segment>> plan_segment(const PlanContext& context, const Segment& parent,
                                              std::span<const TensorRef> slots) {
  Frontier frontier = *parent.frontier;
  for (const KeyPart& part : parent.next_key) {
    const TensorRef& seen = slots[part.slot];
    WEDGE_TRY(checked_byte_size(seen.dtype, seen.shape));
    frontier.slots[part.slot].dtype = seen.dtype;
    frontier.slots[part.slot].shape = seen.shape;
    if (!part.by_value) continue;
    WEDGE_ASSIGN(Tensor copy, seen.copy());
    frontier.known[part.value] = std::move(copy);
  }
  return Planner(context, std::move(frontier)).plan();
}

}  // namespace wedge
