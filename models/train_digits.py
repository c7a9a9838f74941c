#!/usr/bin/python3
"""Trains models/digits.onnx on the handwritten digits that come with scikit-learn, and makes the files that go with it.

Needs the Debian packages python3-sklearn, python3-onnx and python3-pil. Takes a minute and gives the same files every
time on the same machine.
"""
import os

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from PIL import Image
from sklearn.datasets import load_digits

from network import Adam, Conv, Dense, MaxPool, softmax

FOLDER = os.path.dirname(os.path.abspath(__file__))
ROW = "3141592653"
EPOCHS = 60
BATCH = 32


def held_out_split(generator):
    """One fifth of every class is kept for measuring."""
    digits = load_digits()
    images = (digits.images / 16).astype(np.float32)[:, None]
    held_out = np.zeros(len(images), bool)
    for digit in range(10):
        members = generator.permutation(np.flatnonzero(digits.target == digit))
        held_out[members[: len(members) // 5]] = True
    return (images[~held_out], digits.target[~held_out]), (images[held_out], digits.target[held_out])


def shifted(images, generator):
    """Every image moved by up to one pixel each way and made a little lighter or darker."""
    padded = np.pad(images, ((0, 0), (0, 0), (1, 1), (1, 1)))
    moves = generator.integers(0, 3, (len(images), 2))
    result = np.stack([image[:, y : y + 8, x : x + 8] for image, (y, x) in zip(padded, moves)])
    return result * generator.uniform(0.7, 1.1, (len(images), 1, 1, 1))


def forward(layers, x):
    for layer in layers:
        x = layer.forward(x)
    return softmax(x)


def train(layers, images, labels, generator):
    optimiser = Adam(layers)
    for epoch in range(EPOCHS):
        rate = 2e-3 * 0.5 * (1 + np.cos(np.pi * epoch / EPOCHS))
        order = generator.permutation(len(images))
        for start in range(0, len(order), BATCH):
            chosen = order[start : start + BATCH]
            probabilities = forward(layers, shifted(images[chosen], generator))
            gradient = (probabilities - np.eye(10)[labels[chosen]]) / len(chosen)
            for layer in reversed(layers):
                gradient = layer.backward(gradient)
            optimiser.step(rate)


def save_model(layers, path):
    first, second, _, dense = layers
    names = ["conv1.weight", "conv1.bias", "conv2.weight", "conv2.bias", "dense.weight", "dense.bias"]
    weights = first.weights() + second.weights() + dense.weights()
    window = {"kernel_shape": [3, 3], "pads": [1, 1, 1, 1]}
    nodes = [
        helper.make_node("Conv", ["image", *names[0:2]], ["conv1"], "conv1", **window),
        helper.make_node("Relu", ["conv1"], ["relu1"], "relu1"),
        helper.make_node("Conv", ["relu1", *names[2:4]], ["conv2"], "conv2", **window),
        helper.make_node("Relu", ["conv2"], ["relu2"], "relu2"),
        helper.make_node("MaxPool", ["relu2"], ["pooled"], "pool", kernel_shape=[2, 2], strides=[2, 2]),
        helper.make_node("Flatten", ["pooled"], ["flat"], "flatten", axis=1),
        helper.make_node("Gemm", ["flat", *names[4:6]], ["logits"], "dense"),
        helper.make_node("Softmax", ["logits"], ["probabilities"], "softmax", axis=1),
    ]
    graph = helper.make_graph(
        nodes,
        "digits",
        [helper.make_tensor_value_info("image", TensorProto.FLOAT, ["batch", 1, 8, 8])],
        [helper.make_tensor_value_info("probabilities", TensorProto.FLOAT, ["batch", 10])],
        [numpy_helper.from_array(np.ascontiguousarray(w), name) for w, name in zip(weights, names)],
    )
    model = helper.make_model(graph, producer_name="wedge", opset_imports=[helper.make_opsetid("", 13)])
    model.ir_version = 7
    onnx.checker.check_model(model)
    onnx.save(model, path)


def save_row(images, labels, path):
    """A picture of digits in a row, dark on light: of every digit the first ones given."""
    unused = {digit: list(np.flatnonzero(labels == digit)) for digit in range(10)}
    scale, margin, gap = 8, 16, 12
    step = 8 * scale + gap
    row = Image.new("L", (2 * margin + step * len(ROW) - gap, 2 * margin + 8 * scale), 255)
    for place, character in enumerate(ROW):
        image = images[unused[int(character)].pop(0)][0]
        digit = Image.fromarray((255 - 255 * image).astype(np.uint8)).resize((8 * scale,) * 2, Image.BICUBIC)
        row.paste(digit, (margin + place * step, margin))
    row.save(path, optimize=True)


def main():
    generator = np.random.default_rng(20240229)
    (images, labels), (test_images, test_labels) = held_out_split(generator)
    layers = [Conv(generator, 1, 16), Conv(generator, 16, 24), MaxPool(), Dense(generator, 24 * 16, 10)]
    train(layers, images, labels, generator)

    probabilities = forward(layers, test_images)
    right = int((probabilities.argmax(1) == test_labels).sum())
    print(f"{len(images)} training images; {right} of {len(test_labels)} held-out images right "
          f"({right / len(test_labels):.2%})")

    save_model(layers, f"{FOLDER}/digits.onnx")
    readable = probabilities.argmax(1) == test_labels
    save_row(test_images[readable], test_labels[readable], f"{FOLDER}/digits.png")
    with open(f"{FOLDER}/digits.txt", "w") as text:
        text.write(ROW + "\n")
    np.save(f"{FOLDER}/digits-input.npy", test_images[:16])
    np.save(f"{FOLDER}/digits-output.npy", probabilities[:16].astype(np.float32))


main()
