// The program under test, started as a user would.
#pragma once

#include <sys/wait.h>

#include <array>
#include <cstdio>
#include <fstream>
#include <string>

#include "support/proto_writer.h"

namespace wedge::cli {

struct Finished {
  std::string output;
  int exit_code = -1;
};

inline Finished wedge_program(const std::string& arguments, const char* streams = "2>&1") {
  const std::string line = std::string(WEDGE_PROGRAM) + " " + arguments + " " + streams;
  Finished finished;
  FILE* pipe = popen(line.c_str(), "r");
  std::array<char, 4096> buffer{};
  for (size_t count = 0; (count = std::fread(buffer.data(), 1, buffer.size(), pipe)) != 0;) {
    finished.output.append(buffer.data(), count);
  }
  finished.exit_code = WEXITSTATUS(pclose(pipe));
  return finished;
}

inline std::string model(const char* name) { return std::string(WEDGE_SOURCE_DIR "/models/") + name; }

inline std::string saved_bytes(const std::string& name, std::string_view bytes) {
  std::string path = ::testing::TempDir() + "/" + name;
  std::ofstream(path, std::ios::binary) << bytes;
  return path;
}

}  // namespace wedge::cli
