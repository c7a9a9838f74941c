// What a long piece of work is doing, for whoever watches.
#pragma once

#include <string_view>

namespace wedge::cli {

/// A line on standard error while this lives; nothing when standard error is not a terminal.
class Progress {
 public:
  explicit Progress(std::string_view activity);
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  void say(std::string_view activity) const;

 private:
  bool is_shown_;
};

}  // namespace wedge::cli
