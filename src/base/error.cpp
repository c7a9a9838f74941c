#include "wedge/error.h"

#include <utility>

namespace wedge {

struct Error::Details {
  ErrorCode code;
  std::string message;
  std::string node;
  std::string op;
  std::string file;
};

std::string_view to_string(ErrorCode code) {
  switch (code) {
    case ErrorCode::invalid_argument: return "invalid_argument";
    case ErrorCode::invalid_model: return "invalid_model";
    case ErrorCode::unsupported: return "unsupported";
    case ErrorCode::out_of_range: return "out_of_range";
    case ErrorCode::out_of_memory: return "out_of_memory";
    case ErrorCode::not_found: return "not_found";
    case ErrorCode::io: return "io";
    case ErrorCode::internal: return "internal";
  }
  return "unknown";
}

Error::Error(ErrorCode code, std::string message) : details_(new Details{code, std::move(message), {}, {}, {}}) {}
Error::Error(const Error& other) : details_(new Details(*other.details_)) {}
Error::Error(Error&& other) noexcept = default;
Error& Error::operator=(const Error& other) {
  if (this != &other) details_ = std::make_unique<Details>(*other.details_);
  return *this;
}
Error& Error::operator=(Error&& other) noexcept = default;
Error::~Error() = default;

ErrorCode Error::code() const { return details_->code; }
const std::string& Error::message() const { return details_->message; }
const std::string& Error::node() const { return details_->node; }
const std::string& Error::op() const { return details_->op; }
const std::string& Error::file() const { return details_->file; }

Error& Error::at_node(std::string_view name, std::string_view op) {
  if (details_->op.empty()) {
    details_->node = name;
    details_->op = op;
  }
  return *this;
}

Error& Error::in_file(std::string_view path) {
  if (details_->file.empty()) details_->file = path;
  return *this;
}

std::string Error::to_string() const {
  std::string text;
  if (!details_->file.empty()) text += details_->file + ": ";
  if (!details_->op.empty()) {
    text += "node ";
    if (!details_->node.empty()) text += "'" + details_->node + "' ";
    text += "(" + details_->op + "): ";
  }
  return text + details_->message;
}

}  // namespace wedge
