// What the subcommands of the program share.
#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "base/result.h"
#include "cli/picture.h"
#include "wedge/session.h"

namespace wedge::cli {

/// The program's exit codes.
enum class Exit : uint8_t {
  success = 0,
  failure = 1,  ///< the work could not be done: the sentence on standard error says why
  usage = 2,    ///< the command line is wrong
};

/// A subcommand: its options are registered when it is made, and it runs once they are parsed.
using Command = std::function<Result<>()>;

Command add_run(CLI::App& program);
Command add_info(CLI::App& program);
Command add_bench(CLI::App& program);
Command add_profile(CLI::App& program);
Command add_pack(CLI::App& program);
Command add_ops(CLI::App& program);
Command add_ocr(CLI::App& program);
Command add_digits(CLI::App& program);

/// --input, --dims, --seed and others: where the feeds of a model come from.
struct FeedOptions {
  std::vector<std::string> inputs;  ///< NAME=file.npy|file.bin|picture|random|number
  std::vector<std::string> dims;    ///< NAME=1,3,224,224
  uint64_t seed = 1;
  ChannelScale scale;   ///< --mean and --std, of pictures
  bool random = false;  ///< feed random numbers to what is not given

  void add_to(CLI::App& command);
};

void add_dims_option(CLI::App& command, std::vector<std::string>& dims);

/// Options every command that runs a model takes.
void add_session_options(CLI::App& command, SessionOptions& options);

/// The shape of every input, in order, with 1 for what neither the model nor `dims` fixes.
/// Errors: invalid_argument, not_found.
Result<std::vector<Shape>> input_shapes(const Session& session, const std::vector<std::string>& dims);

/// A tensor for every input of the session, in order. Error: invalid_argument, listing all inputs that lack one.
Result<std::vector<NamedTensor>> make_feeds(const Session& session, const FeedOptions& options);

/// "12.3 MB".
std::string human_bytes(uint64_t bytes);

}  // namespace wedge::cli
