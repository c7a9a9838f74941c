#!/usr/bin/python3
"""Makes models/mnist.onnx: the layers of the ONNX model zoo's mnist-12 with seeded random weights, for tests.

Needs the Debian package python3-onnx.
"""
import os

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper


def main():
    generator = np.random.default_rng(28)
    initialisers = []

    def weight(name, shape, deviation):
        values = generator.normal(0, deviation, shape).astype(np.float32)
        initialisers.append(numpy_helper.from_array(values, name))
        return name

    def shape(name, dims):
        initialisers.append(numpy_helper.from_array(np.array(dims, np.int64), name))
        return name

    def convolution(inputs, output):
        return helper.make_node("Conv", inputs, [output], output, auto_pad="SAME_UPPER", kernel_shape=[5, 5])

    def max_pool(value, output, size):
        return helper.make_node("MaxPool", [value], [output], output, kernel_shape=[size] * 2, strides=[size] * 2)

    def node(kind, inputs, output):
        return helper.make_node(kind, inputs, [output], output)

    nodes = [
        convolution(["Input3", weight("conv1.weight", (8, 1, 5, 5), 0.2)], "conv1"),
        node("Add", ["conv1", weight("conv1.bias", (8, 1, 1), 0.1)], "add1"),
        node("Relu", ["add1"], "relu1"),
        max_pool("relu1", "pool1", 2),
        convolution(["pool1", weight("conv2.weight", (16, 8, 5, 5), 0.08)], "conv2"),
        node("Add", ["conv2", weight("conv2.bias", (16, 1, 1), 0.1)], "add2"),
        node("Relu", ["add2"], "relu2"),
        max_pool("relu2", "pool2", 3),
        node("Reshape", ["pool2", shape("row", [1, 256])], "features"),
        node("Reshape", [weight("dense.weight", (16, 4, 4, 10), 0.06), shape("matrix", [256, 10])], "dense"),
        node("MatMul", ["features", "dense"], "product"),
        node("Add", ["product", weight("dense.bias", (1, 10), 0.1)], "Plus214_Output_0"),
    ]
    graph = helper.make_graph(
        nodes,
        "mnist",
        [helper.make_tensor_value_info("Input3", TensorProto.FLOAT, [1, 1, 28, 28])],
        [helper.make_tensor_value_info("Plus214_Output_0", TensorProto.FLOAT, [1, 10])],
        initialisers,
    )
    model = helper.make_model(graph, producer_name="wedge", opset_imports=[helper.make_opsetid("", 12)])
    model.ir_version = 7
    onnx.checker.check_model(model)
    onnx.save(model, os.path.join(os.path.dirname(os.path.abspath(__file__)), "mnist.onnx"))


main()
