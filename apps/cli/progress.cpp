#include "cli/progress.h"

#include <unistd.h>

#include <cstdio>

namespace wedge::cli {
namespace {

constexpr const char* clear_line = "\r\x1b[K";

}  // namespace

Progress::Progress(std::string_view activity) : is_shown_(isatty(STDERR_FILENO) != 0) { say(activity); }

Progress::~Progress() {
  if (is_shown_) std::fputs(clear_line, stderr);
}

void Progress::say(std::string_view activity) const {
  if (is_shown_) std::fprintf(stderr, "%s%.*s ...", clear_line, static_cast<int>(activity.size()), activity.data());
}

}  // namespace wedge::cli
