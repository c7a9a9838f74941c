// Sessions in tests: from the writer's bytes to a loaded model in a line.
#pragma once

#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>
#include <string>

#include "support/proto_writer.h"
#include "wedge/session.h"

namespace wedge::test {

/// Loads a copy of the bytes.
inline Result<Session> load(const std::string& bytes, const SessionOptions& options = {}) {
  auto kept = std::make_shared<const std::string>(bytes);
  return Session::load(as_bytes(*kept), options, kept);
}

/// Loads a model that must be right: the whole program stops when it is not.
inline Session must_load(const std::string& bytes, const SessionOptions& options = {}) {
  auto session = load(bytes, options);
  if (!session) {
    std::fprintf(stderr, "must_load: %s\n", session.error().to_string().c_str());
    std::abort();
  }
  return *std::move(session);
}

/// The sentence of the error; fails the test when there is none.
template <typename T>
std::string sentence(const Result<T>& result) {
  EXPECT_FALSE(result);
  return result ? std::string() : result.error().to_string();
}

template <Element T>
Tensor make(const Shape& shape, std::initializer_list<T> values) {
  return Tensor::from(values, shape).value();
}

template <Element T>
std::vector<T> elements(const Tensor& tensor) {
  const auto view = tensor.view<T>();
  EXPECT_TRUE(view) << (view ? "" : view.error().to_string());
  return view ? std::vector<T>(view->begin(), view->end()) : std::vector<T>();
}

}  // namespace wedge::test
