// What an operator sees while it is being prepared, and what it may ask of the planner.
#pragma once

#include <functional>
#include <string_view>
#include <vector>

#include "base/thread_pool.h"
#include "ops/node_view.h"
#include "ops/packed_store.h"

namespace wedge {

class RunContext;

/// The step an operator becomes: reads inputs and writes outputs through the RunContext. An empty Kernel means that
/// there is nothing to do (the outputs are views).
using Kernel = UniqueFunction<Result<>(RunContext&)>;

/// A part of the step's scratch memory, valid while the step runs.
struct Scratch {
  size_t offset = 0;
  size_t size = 0;
};

/// What a step costs, for profiles.
struct Cost {
  double operations = 0;  ///< additions and multiplications by the operator's definition
  bool is_int8 = false;   ///< they are of 8-bit integers, summed in 32 bits
  double bytes = -1;      ///< read and written; negative: all of its inputs and outputs, each once
};

class PrepareContext : public NodeView {
 public:
  struct Output {
    bool present = false;
    DType dtype = DType::undefined;
    std::optional<Shape> shape;  ///< none when it depends on data: the kernel allocates it
  };
  struct View {
    size_t output;
    size_t input;
    size_t byte_offset;
  };
  struct InPlace {
    size_t output;
    size_t input;
  };
  struct Part {
    size_t input;
    size_t output;
    size_t byte_offset;
  };

  /// What the kernel reads of an input.
  enum class Reads : uint8_t { elements, bytes, nothing };

  PrepareContext(const Node& node, std::span<const InputInfo> inputs, std::span<const Output> outputs, Workers workers,
                 PackedStore& store)
      : NodeView(node, inputs), outputs_(outputs), workers_(workers), store_(store) {}

  /// The shape of an input; every one is known by now.
  [[nodiscard]] Shape input_shape(size_t i) const { return shape(i).concrete().value_or(Shape{}); }
  /// The shape of an output whose size does not depend on data.
  [[nodiscard]] Shape output_shape(size_t i) const { return outputs_[i].shape.value_or(Shape{}); }
  [[nodiscard]] DType output_dtype(size_t i) const { return outputs_[i].dtype; }
  /// The threads the step will have.
  [[nodiscard]] Workers workers() const { return workers_; }

  /// Asks for memory that no other step touches while this one runs; 64-byte aligned, not initialised.
  [[nodiscard]] Scratch scratch(size_t size);
  /// The same for so many elements, as many times; the product may be more than memory has, and is refused then.
  [[nodiscard]] Scratch scratch(uint64_t count, size_t element_bytes, uint64_t times = 1);
  /// So many elements for each worker; the size is that of one worker's piece.
  [[nodiscard]] Scratch scratch_per_worker(size_t count, size_t element_bytes);

  /// Weights in another form, made once per session however many plans use it: `form` names the form with all its
  /// parameters, `size` is its size in bytes, `fill` writes it. Null when the input is not a constant of the model;
  /// the kernel then works from the input itself. The original elements may be gone from memory afterwards, so a
  /// kernel that packs does not read them again.
  [[nodiscard]] Result<const std::byte*> pack(size_t input, std::string_view form, size_t size,
                                              FunctionRef<void(std::byte* packed)> fill);
  /// As pack(), of elements at any alignment: a large weight is read where it lies in the model, not copied first.
  [[nodiscard]] Result<const std::byte*> pack_unaligned(
      size_t input, std::string_view form, size_t size,
      FunctionRef<void(const std::byte* elements, std::byte* packed)> fill);
  /// Says that the elements can be made again from what pack() gave for an input: `unpack` writes them, bit for bit, to
  /// memory of their size. A model that came as a stream then need not hold them besides.
  void unpacks(size_t input, const std::byte* packed, std::function<void(const std::byte* packed, std::byte*)> unpack);

  /// The kernel reads the input as bytes, at any alignment: large constants need not be copied.
  void read_as_bytes(size_t input) { set_reads(input, Reads::bytes); }

  /// The output is a view of the input's memory from `byte_offset` on, and no one writes to either.
  void view(size_t output, size_t input, size_t byte_offset = 0) { views_.push_back({output, input, byte_offset}); }
  /// The output may take over the input's memory when this is the input's last use and both have the same size.
  void in_place(size_t output, size_t input) { in_place_.push_back({output, input}); }
  /// The input may be made where it will be a part of the output, from `byte_offset` on, when this is its last use: the
  /// kernel then finds it there.
  void make_inside(size_t input, size_t output, size_t byte_offset) { parts_.push_back({input, output, byte_offset}); }
  /// The name of the kernel chosen, for profiles.
  void name_kernel(std::string_view name) { kernel_name_ = name; }
  /// Adds to the additions and multiplications of the step, for profiles. They are counted in double, so that no shape
  /// overflows them.
  void count_operations(double operations) { cost_.operations += operations; }
  /// As that, those of the product of an m x k and a k x n matrix.
  void count_product(size_t m, size_t n, size_t k) {
    count_operations(2.0 * static_cast<double>(m) * static_cast<double>(n) * static_cast<double>(k));
  }
  /// As that, of products of 8-bit integers.
  void count_int8_operations(double operations) {
    count_operations(operations);
    cost_.is_int8 = true;
  }
  /// States the bytes that the step reads and writes where they are not all of its inputs and outputs.
  void count_bytes(double bytes) { cost_.bytes = bytes; }

  [[nodiscard]] Reads reads(size_t input) const { return reads_.empty() ? Reads::elements : reads_[input]; }
  [[nodiscard]] size_t scratch_size() const { return scratch_size_; }
  [[nodiscard]] std::span<const View> views() const { return views_; }
  [[nodiscard]] std::span<const InPlace> in_places() const { return in_place_; }
  [[nodiscard]] std::span<const Part> parts() const { return parts_; }
  [[nodiscard]] std::string_view kernel_name() const { return kernel_name_; }
  [[nodiscard]] const Cost& cost() const { return cost_; }

 private:
  /// As pack(); `fill` says whether it could.
  Result<const std::byte*> pack_if(size_t input, std::string_view form, size_t size,
                                   FunctionRef<bool(std::byte* packed)> fill);
  void set_reads(size_t input, Reads reads) {
    reads_.resize(input_count(), Reads::elements);
    reads_[input] = reads;
  }

  std::span<const Output> outputs_;
  Workers workers_;
  PackedStore& store_;
  size_t scratch_size_ = 0;
  std::vector<Reads> reads_;  ///< by input; empty when all are read as elements
  std::vector<View> views_;
  std::vector<InPlace> in_place_;
  std::vector<Part> parts_;
  std::string_view kernel_name_;
  Cost cost_;
};

}  // namespace wedge
