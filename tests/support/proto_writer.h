// Writes ONNX protobuf messages, so that a test can build a model in a few lines:
//
//   GraphWriter graph("g");
//   graph.input("x", DType::f32, {"N", 3}).initializer("w", tensor<float>({3}, {1, 2, 3}));
//   graph.node("Mul", {"x", "w"}, {"y"}, {attribute("axis", 1)}).output("y", DType::f32, {"N", 3});
//   const std::string bytes = model(graph, 18);
#pragma once

#include <bit>
#include <concepts>
#include <cstdint>
#include <cstring>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "wedge/tensor.h"

namespace wedge::test {

/// The bytes as the readers take them; `text` must outlive the span.
inline std::span<const std::byte> as_bytes(std::string_view text) { return std::as_bytes(std::span(text)); }

/// One protobuf message under construction. Fields appear in the order of the calls.
class Proto {
 public:
  [[nodiscard]] const std::string& bytes() const { return bytes_; }

  Proto& raw_varint(uint64_t value) {
    for (; value >= 0x80; value >>= 7) bytes_ += static_cast<char>(value | 0x80);
    bytes_ += static_cast<char>(value);
    return *this;
  }
  Proto& tag(uint32_t field, uint32_t wire_type) { return raw_varint(uint64_t{field} << 3 | wire_type); }
  template <std::integral T>
  Proto& varint(uint32_t field, T value) {
    return tag(field, 0).raw_varint(static_cast<uint64_t>(static_cast<int64_t>(value)));
  }
  Proto& fixed(uint32_t field, float value) { return tag(field, 5).raw(value); }
  Proto& fixed(uint32_t field, double value) { return tag(field, 1).raw(value); }
  Proto& string(uint32_t field, std::string_view value) {
    tag(field, 2).raw_varint(value.size());
    bytes_ += value;
    return *this;
  }
  /// Leaves an empty string out.
  Proto& optional_string(uint32_t field, std::string_view value) {
    return value.empty() ? *this : string(field, value);
  }
  Proto& message(uint32_t field, const Proto& value) { return string(field, value.bytes()); }

  /// A repeated scalar field in one length-delimited run: integers as varints, floats as they are.
  template <typename T>
  Proto& packed(uint32_t field, std::span<const T> values) {
    Proto run;
    for (const T value : values) {
      if constexpr (std::integral<T>) {
        run.raw_varint(static_cast<uint64_t>(static_cast<int64_t>(value)));
      } else {
        run.raw(value);
      }
    }
    return message(field, run);
  }
  template <typename T>
  Proto& packed(uint32_t field, std::initializer_list<T> values) {
    return packed(field, std::span<const T>(values));
  }
  /// The same field with a tag before every element.
  template <typename T>
  Proto& unpacked(uint32_t field, std::initializer_list<T> values) {
    for (const T value : values) {
      if constexpr (std::integral<T>) {
        varint(field, value);
      } else {
        fixed(field, value);
      }
    }
    return *this;
  }

 private:
  template <typename T>
  Proto& raw(T value) {
    char little_endian[sizeof(T)];
    std::memcpy(little_endian, &value, sizeof(T));
    bytes_.append(little_endian, sizeof(T));
    return *this;
  }

  std::string bytes_;
};

/// TensorProto. The fields of Proto can be added to it for unusual ones.
struct TensorWriter : Proto {
  TensorWriter() = default;
  TensorWriter(DType dtype, std::span<const int64_t> dims) {
    for (const int64_t dim : dims) varint(1, dim);
    varint(2, static_cast<int>(dtype));
  }
  TensorWriter(DType dtype, std::initializer_list<int64_t> dims)
      : TensorWriter(dtype, std::span<const int64_t>(dims)) {}

  TensorWriter& raw_data(std::string_view bytes) {
    string(9, bytes);
    return *this;
  }
  TensorWriter& name(std::string_view value) {
    string(8, value);
    return *this;
  }
  /// Marks the data as external; `entries` are key, value pairs such as {"location", "weights.bin"}.
  TensorWriter& external(std::initializer_list<std::pair<std::string_view, std::string_view>> entries) {
    for (const auto& [key, value] : entries) {
      Proto entry;
      message(13, entry.string(1, key).string(2, value));
    }
    varint(14, 1);
    return *this;
  }
};

/// The TensorProto of a dense tensor: raw_data, or string_data for strings.
inline TensorWriter tensor(const Tensor& value) {
  TensorWriter out(value.dtype(), value.shape().dims());
  if (value.dtype() == DType::string) {
    const auto strings = value.view<std::string_view>();
    for (const std::string_view element : *strings) out.string(6, element);
  } else {
    const auto bytes = value.bytes();
    out.raw_data({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
  }
  return out;
}
template <Element T>
TensorWriter tensor(std::initializer_list<int64_t> dims, std::span<const T> values) {
  TensorWriter out(dtype_of<T>, dims);
  if constexpr (std::same_as<T, std::string_view>) {
    for (const T value : values) out.string(6, value);
  } else {
    out.raw_data({reinterpret_cast<const char*>(values.data()), values.size_bytes()});
  }
  return out;
}
template <Element T>
TensorWriter tensor(std::initializer_list<int64_t> dims, std::initializer_list<T> values) {
  return tensor<T>(dims, std::span<const T>(values));
}

/// A dimension: a number, a symbol, or unknown.
struct Dim {
  Dim() = default;
  template <std::integral T>
  Dim(T number) : value(number), has_value(true) {}  // NOLINT(google-explicit-constructor): shapes read as lists
  Dim(const char* symbol) : param(symbol) {}         // NOLINT(google-explicit-constructor)

  int64_t value = 0;
  bool has_value = false;
  std::string param;
};

/// TypeProto and the ways to nest it.
struct TypeWriter : Proto {};

inline Proto shape_proto(std::span<const Dim> dims) {
  Proto shape;
  for (const Dim& dim : dims) {
    Proto proto;
    if (dim.has_value) proto.varint(1, dim.value);
    shape.message(1, proto.optional_string(2, dim.param));
  }
  return shape;
}
/// A tensor of unknown rank.
inline TypeWriter tensor_type(DType dtype) {
  TypeWriter out;
  out.message(1, Proto().varint(1, static_cast<int>(dtype)));
  return out;
}
inline TypeWriter tensor_type(DType dtype, std::span<const Dim> dims) {
  TypeWriter out;
  out.message(1, Proto().varint(1, static_cast<int>(dtype)).message(2, shape_proto(dims)));
  return out;
}
inline TypeWriter tensor_type(DType dtype, std::initializer_list<Dim> dims) {
  return tensor_type(dtype, std::span<const Dim>(dims));
}
inline TypeWriter sequence_type(const TypeWriter& element) {
  TypeWriter out;
  out.message(4, Proto().message(1, element));
  return out;
}
inline TypeWriter optional_type(const TypeWriter& element) {
  TypeWriter out;
  out.message(9, Proto().message(1, element));
  return out;
}
inline TypeWriter map_type(DType key, const TypeWriter& value) {
  TypeWriter out;
  out.message(5, Proto().varint(1, static_cast<int>(key)).message(2, value));
  return out;
}

/// ValueInfoProto.
inline Proto value_info(std::string_view name, const TypeWriter& type) {
  return Proto().string(1, name).message(2, type);
}

/// AttributeProto.
struct AttributeWriter : Proto {
  AttributeWriter(std::string_view name, int type) { string(1, name).varint(20, type); }
};

class GraphWriter;
AttributeWriter attribute(std::string_view name, const GraphWriter& value);

template <std::integral T>
AttributeWriter attribute(std::string_view name, T value) {
  AttributeWriter out(name, 2);
  out.varint(3, value);
  return out;
}
template <std::floating_point T>
AttributeWriter attribute(std::string_view name, T value) {
  AttributeWriter out(name, 1);
  out.fixed(2, static_cast<float>(value));
  return out;
}
inline AttributeWriter attribute(std::string_view name, std::string_view value) {
  AttributeWriter out(name, 3);
  out.string(4, value);
  return out;
}
inline AttributeWriter attribute(std::string_view name, const char* value) {
  return attribute(name, std::string_view(value));
}
inline AttributeWriter attribute(std::string_view name, const TensorWriter& value) {
  AttributeWriter out(name, 4);
  out.message(5, value);
  return out;
}
inline AttributeWriter attribute(std::string_view name, const TypeWriter& value) {
  AttributeWriter out(name, 13);
  out.message(14, value);
  return out;
}
/// Lists of integers, of floating-point numbers, or of anything a std::string_view can be made from.
template <typename T>
AttributeWriter attribute(std::string_view name, std::span<const T> values) {
  constexpr int type = std::integral<T> ? 7 : std::floating_point<T> ? 6 : 8;
  AttributeWriter out(name, type);
  for (const T& value : values) {
    if constexpr (std::integral<T>) {
      out.varint(8, value);
    } else if constexpr (std::floating_point<T>) {
      out.fixed(7, static_cast<float>(value));
    } else {
      out.string(9, value);
    }
  }
  return out;
}
template <typename T>
AttributeWriter attribute(std::string_view name, std::initializer_list<T> values) {
  return attribute<T>(name, std::span<const T>(values));
}
template <typename T>
AttributeWriter attribute(std::string_view name, const std::vector<T>& values) {
  return attribute<T>(name, std::span<const T>(values));
}
/// Inside a function: the attribute takes the value of the function's attribute `from`; type as AttributeType.
inline AttributeWriter attribute_reference(std::string_view name, int type, std::string_view from) {
  AttributeWriter out(name, type);
  out.string(21, from);
  return out;
}

using Names = std::initializer_list<std::string_view>;

struct NodeOptions {
  std::string_view name;
  std::string_view domain;
  std::string_view overload;
};

/// NodeProto.
inline Proto node(std::string_view op_type, std::span<const std::string_view> inputs,
                  std::span<const std::string_view> outputs, std::span<const AttributeWriter> attributes = {},
                  NodeOptions options = {}) {
  Proto out;
  for (const auto input : inputs) out.string(1, input);
  for (const auto output : outputs) out.string(2, output);
  out.optional_string(3, options.name).string(4, op_type);
  for (const auto& attribute : attributes) out.message(5, attribute);
  return out.optional_string(7, options.domain).optional_string(8, options.overload);
}
inline Proto node(std::string_view op_type, Names inputs, Names outputs,
                  std::initializer_list<AttributeWriter> attributes = {}, NodeOptions options = {}) {
  return node(op_type, std::span(inputs.begin(), inputs.size()), std::span(outputs.begin(), outputs.size()),
              std::span(attributes.begin(), attributes.size()), options);
}

/// GraphProto. Every function returns the graph, so calls chain.
class GraphWriter : public Proto {
 public:
  explicit GraphWriter(std::string_view name = "graph") { string(2, name); }

  GraphWriter& input(std::string_view name, const TypeWriter& type) { return add(11, value_info(name, type)); }
  GraphWriter& input(std::string_view name, DType dtype, std::initializer_list<Dim> dims) {
    return input(name, tensor_type(dtype, dims));
  }
  GraphWriter& output(std::string_view name, const TypeWriter& type) { return add(12, value_info(name, type)); }
  GraphWriter& output(std::string_view name, DType dtype, std::initializer_list<Dim> dims) {
    return output(name, tensor_type(dtype, dims));
  }
  /// An output that states no type, as subgraphs may have.
  GraphWriter& output(std::string_view name) { return add(12, Proto().string(1, name)); }
  GraphWriter& value(std::string_view name, const TypeWriter& type) { return add(13, value_info(name, type)); }
  GraphWriter& initializer(std::string_view name, TensorWriter value) { return add(5, value.name(name)); }
  /// SparseTensorProto; the values' name is the initializer's name.
  GraphWriter& sparse_initializer(std::string_view name, TensorWriter values, const TensorWriter& indices,
                                  std::initializer_list<int64_t> dims) {
    return add(15, Proto().message(1, values.name(name)).message(2, indices).packed<int64_t>(3, dims));
  }
  GraphWriter& node(std::string_view op_type, Names inputs, Names outputs,
                    std::initializer_list<AttributeWriter> attributes = {}, NodeOptions options = {}) {
    return add(1, test::node(op_type, inputs, outputs, attributes, options));
  }
  GraphWriter& node(const Proto& node) { return add(1, node); }

 private:
  GraphWriter& add(uint32_t field, const Proto& value) {
    message(field, value);
    return *this;
  }
};

inline AttributeWriter attribute(std::string_view name, const GraphWriter& value) {
  AttributeWriter out(name, 5);
  out.message(6, value);
  return out;
}

/// OperatorSetIdProto.
inline Proto operator_set(std::string_view domain, int64_t version) {
  return Proto().optional_string(1, domain).varint(2, version);
}

/// FunctionProto.
class FunctionWriter : public Proto {
 public:
  FunctionWriter(std::string_view domain, std::string_view name, Names inputs, Names outputs, int64_t opset = 18) {
    string(1, name).string(10, domain).message(9, operator_set("", opset));
    for (const auto input : inputs) string(4, input);
    for (const auto output : outputs) string(5, output);
  }
  /// A required attribute.
  FunctionWriter& attribute(std::string_view name) { return string(6, name), *this; }
  /// An attribute with its default.
  FunctionWriter& attribute(const AttributeWriter& value) { return message(11, value), *this; }
  FunctionWriter& node(std::string_view op_type, Names inputs, Names outputs,
                       std::initializer_list<AttributeWriter> attributes = {}, NodeOptions options = {}) {
    return message(7, test::node(op_type, inputs, outputs, attributes, options)), *this;
  }
};

/// ModelProto, for more than the functions below can say.
class ModelWriter : public Proto {
 public:
  explicit ModelWriter(const GraphWriter& graph, int64_t ir_version = 8) { varint(1, ir_version).message(7, graph); }
  ModelWriter& opset(std::string_view domain, int64_t version) {
    return message(8, operator_set(domain, version)), *this;
  }
  ModelWriter& function(const FunctionWriter& function) { return message(25, function), *this; }
  ModelWriter& metadata(std::string_view key, std::string_view value) {
    return message(14, Proto().string(1, key).string(2, value)), *this;
  }
};

/// The bytes of a model that imports the standard operators at that version.
inline std::string model(const GraphWriter& graph, int64_t opset = 18) {
  return ModelWriter(graph).opset("", opset).bytes();
}

}  // namespace wedge::test
