// What a run spends its time and memory on: Session::profile().
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "wedge/session.h"

namespace wedge {

/// How fast the machine computes and reads, measured on it.
struct MachinePeak {
  unsigned threads = 1;
  double f32_per_ns = 0;   ///< additions and multiplications of f32 in registers, the fastest way: GFLOP/s
  double int8_per_ns = 0;  ///< those of products of 8-bit integers summed up in 32 bits, in registers
  struct Reading {
    uint64_t bytes = 0;       ///< of a buffer read over and over: how deep in the caches it lies follows from its size
    double bytes_per_ns = 0;  ///< GB/s
  };
  std::vector<Reading> readings;  ///< from the smallest buffer to the largest, which no cache is meant to hold

  /// What a step over so many bytes can read at best.
  [[nodiscard]] double bytes_per_ns(double bytes) const;
};

/// Takes about a fifth of a second.
MachinePeak measure_machine(unsigned threads);

/// A tensor a step reads or writes.
struct ProfiledTensor {
  std::string name;
  DType dtype = DType::undefined;
  Shape shape;
};

struct ProfiledStep {
  std::string name;     ///< of the node; empty where the model gives none
  std::string op_type;  ///< "Conv"
  std::string domain;   ///< empty for ai.onnx; "wedge" for what rewrites have made
  std::string kernel;   ///< the kernel chosen; empty where there is but one
  std::vector<std::pair<std::string, std::string>> attributes;
  std::vector<ProfiledTensor> inputs;
  std::vector<ProfiledTensor> outputs;
  double operations = 0;      ///< additions and multiplications by the operator's definition, whatever the kernel does
  bool is_int8 = false;       ///< they are of 8-bit integers
  double bytes = 0;           ///< read and written, each once
  double constant_bytes = 0;  ///< the part of them that is weights and other constants
  double nanoseconds = 0;     ///< the median over all runs
  double begin = 0;           ///< in nanoseconds from the start of the run, of the run of median length
  double end = 0;
};

/// A piece of the arena: an intermediate value, or the scratch memory of a step.
struct ArenaPiece {
  ProfiledTensor tensor;  ///< of scratch memory the name is empty
  uint64_t offset = 0;
  uint64_t bytes = 0;
  uint32_t first_step = 0;  ///< the first and last of Profile::steps that use it
  uint32_t last_step = 0;
};

/// What one rewrite did to the graph, its subgraphs included.
struct PassChange {
  std::string pass;
  size_t nodes_before = 0;
  size_t nodes_after = 0;
  double nanoseconds = 0;
  bool is_change = false;  ///< whether any node is another one now
  struct Operator {
    std::string name;  ///< with its domain unless that is ai.onnx
    size_t before = 0;
    size_t after = 0;
  };
  std::vector<Operator> operators;  ///< those whose number changed, by name
};

struct ProfileOptions {
  double warmup_seconds = 0.3;
  double seconds = 1;  ///< how long to run for; at least one run is measured
};

struct Profile {
  unsigned threads = 1;
  size_t runs = 0;                  ///< that were measured step by step
  double run_nanoseconds = 0;       ///< the median of as many runs that were not
  std::vector<ProfiledStep> steps;  ///< in running order
  std::vector<ArenaPiece> arena;
  MemoryUse memory;
  std::vector<PassChange> passes;  ///< in order, of passes that ran; empty unless SessionOptions::record_passes was set

  /// The least time the machine would take for a step: that of its operations or that of its bytes, whichever is
  /// longer. Constants come from as deep in the caches as the constants of all steps reach, since all are read between
  /// two uses of one; what else it reads and writes is taken to lie as near as it fits.
  [[nodiscard]] double least_nanoseconds(const ProfiledStep& step, const MachinePeak& peak) const;
};

}  // namespace wedge
