/* Small ONNX models for the test of the C interface, written byte by byte. */
#ifndef WEDGE_TESTS_CAPI_MODELS_H
#define WEDGE_TESTS_CAPI_MODELS_H

#include <stddef.h>
#include <string.h>

typedef struct bytes {
  unsigned char data[4096];
  size_t size;
} bytes;

static void put_varint(bytes* out, unsigned long value) {
  for (; value > 127; value >>= 7) out->data[out->size++] = (unsigned char)(value | 128);
  out->data[out->size++] = (unsigned char)value;
}
static void put_number(bytes* out, unsigned field, unsigned long value) {
  put_varint(out, field << 3);
  put_varint(out, value);
}
static void put_run(bytes* out, unsigned field, const void* data, size_t size) {
  put_varint(out, field << 3 | 2);
  put_varint(out, size);
  memcpy(out->data + out->size, data, size);
  out->size += size;
}
static void put_text(bytes* out, unsigned field, const char* text) { put_run(out, field, text, strlen(text)); }
static void put_message(bytes* out, unsigned field, const bytes* message) {
  put_run(out, field, message->data, message->size);
}

/* StringStringEntryProto */
static void put_entry(bytes* out, unsigned field, const char* key, const char* value) {
  bytes entry = {{0}, 0};
  put_text(&entry, 1, key);
  put_text(&entry, 2, value);
  put_message(out, field, &entry);
}

/* A ValueInfoProto of one symbolic dimension; field 4 of its TypeProto is a sequence. */
static void put_value(bytes* graph, unsigned field, const char* name, int dtype, const char* symbol, int is_sequence) {
  bytes dim = {{0}, 0};
  bytes shape = {{0}, 0};
  bytes tensor = {{0}, 0};
  bytes type = {{0}, 0};
  bytes value = {{0}, 0};
  put_text(&dim, 2, symbol);
  put_message(&shape, 1, &dim);
  put_number(&tensor, 1, (unsigned long)dtype);
  put_message(&tensor, 2, &shape);
  put_message(&type, 1, &tensor);
  if (is_sequence) {
    bytes sequence = {{0}, 0};
    put_message(&sequence, 1, &type);
    type.size = 0;
    put_message(&type, 4, &sequence);
  }
  put_text(&value, 1, name);
  put_message(&value, 2, &type);
  put_message(graph, field, &value);
}

static void put_node(bytes* graph, const char* op, const char* name, const char* first, const char* second,
                     const char* output) {
  bytes node = {{0}, 0};
  if (first) put_text(&node, 1, first);
  if (second) put_text(&node, 1, second);
  put_text(&node, 2, output);
  put_text(&node, 3, name);
  put_text(&node, 4, op);
  put_message(graph, 1, &node);
}

static bytes finish_model(const bytes* graph) {
  bytes model = {{0}, 0};
  bytes opset = {{0}, 0};
  put_number(&model, 1, 8);
  put_message(&model, 7, graph);
  put_number(&opset, 2, 17);
  put_message(&model, 8, &opset);
  put_entry(&model, 14, "author", "nobody");
  return model;
}

/* y[n] = x[n] + x[n], of f32 */
static bytes doubling_model(void) {
  bytes graph = {{0}, 0};
  put_node(&graph, "Add", "sum", "x", "x", "y");
  put_text(&graph, 2, "doubling");
  put_value(&graph, 11, "x", 1, "n", 0);
  put_value(&graph, 12, "y", 1, "n", 0);
  return finish_model(&graph);
}

/* y[n] = op(x[n]) */
static bytes unary_model(const char* op, int dtype) {
  bytes graph = {{0}, 0};
  put_node(&graph, op, "only", "x", NULL, "y");
  put_value(&graph, 11, "x", dtype, "n", 0);
  put_value(&graph, 12, "y", dtype, "n", 0);
  return finish_model(&graph);
}

/* y = [x], a sequence of f32 */
static bytes sequence_model(void) {
  bytes graph = {{0}, 0};
  put_node(&graph, "SequenceConstruct", "only", "x", "x", "y");
  put_value(&graph, 11, "x", 1, "n", 0);
  put_value(&graph, 12, "y", 1, "n", 1);
  return finish_model(&graph);
}

/* y[2] = x[2] + w[2], where w lies in a file beside the model */
static bytes external_model(void) {
  bytes weight = {{0}, 0};
  bytes graph = {{0}, 0};
  put_number(&weight, 1, 2);
  put_number(&weight, 2, 1);
  put_text(&weight, 8, "w");
  put_entry(&weight, 13, "location", "weights.bin");
  put_number(&weight, 14, 1);
  put_node(&graph, "Add", "sum", "x", "w", "y");
  put_message(&graph, 5, &weight);
  put_value(&graph, 11, "x", 1, "n", 0);
  put_value(&graph, 12, "y", 1, "n", 0);
  return finish_model(&graph);
}

#endif
