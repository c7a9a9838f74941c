"""A small convolutional network in numpy: forward and backward passes, and Adam."""
import numpy as np


def columns(x, size):
    """The size x size neighbourhood of every pixel: [batch, channels, h, w] -> [batch, h, w, channels * size^2]."""
    pad = size // 2
    padded = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    windows = np.lib.stride_tricks.sliding_window_view(padded, (size, size), axis=(2, 3))
    return windows.transpose(0, 2, 3, 1, 4, 5).reshape(x.shape[0], x.shape[2], x.shape[3], -1)


class Conv:
    """Convolution that keeps the size of the picture, then Relu."""

    def __init__(self, generator, inputs, outputs, size=3):
        self.inputs, self.size = inputs, size
        fan_in = inputs * size * size
        self.parameters = [generator.normal(0, np.sqrt(2 / fan_in), (fan_in, outputs)), np.zeros(outputs)]

    def forward(self, x):
        self.shape, self.columns = x.shape, columns(x, self.size)
        self.output = np.maximum(self.columns @ self.parameters[0] + self.parameters[1], 0)
        return self.output.transpose(0, 3, 1, 2)

    def backward(self, gradient):
        gradient = gradient.transpose(0, 2, 3, 1) * (self.output > 0)
        self.gradients = [np.tensordot(self.columns, gradient, ((0, 1, 2), (0, 1, 2))), gradient.sum((0, 1, 2))]
        # The gradient of the input is the convolution of the gradient with the flipped kernel.
        outputs = gradient.shape[-1]
        kernel = self.parameters[0].reshape(self.inputs, self.size, self.size, outputs)[:, ::-1, ::-1, :]
        kernel = kernel.transpose(3, 1, 2, 0).reshape(-1, self.inputs)
        return (columns(gradient.transpose(0, 3, 1, 2), self.size) @ kernel).transpose(0, 3, 1, 2)

    def weights(self):
        """As ONNX wants them: [outputs, inputs, size, size] and [outputs]."""
        weight = self.parameters[0].T.reshape(-1, self.inputs, self.size, self.size)
        return [weight.astype(np.float32), self.parameters[1].astype(np.float32)]


class MaxPool:
    """The largest of every 2 x 2 pixels."""

    parameters = []
    gradients = []

    def forward(self, x):
        batch, channels, height, width = x.shape
        blocks = x.reshape(batch, channels, height // 2, 2, width // 2, 2)
        output = blocks.max((3, 5))
        self.mask = blocks == output[:, :, :, None, :, None]
        return output

    def backward(self, gradient):
        spread = self.mask * gradient[:, :, :, None, :, None]
        batch, channels, height, _, width, _ = spread.shape
        return spread.reshape(batch, channels, height * 2, width * 2)


class Dense:
    """Flatten, then a matrix product and a bias."""

    def __init__(self, generator, inputs, outputs):
        self.parameters = [generator.normal(0, np.sqrt(1 / inputs), (inputs, outputs)), np.zeros(outputs)]

    def forward(self, x):
        self.shape, self.flat = x.shape, x.reshape(len(x), -1)
        return self.flat @ self.parameters[0] + self.parameters[1]

    def backward(self, gradient):
        self.gradients = [self.flat.T @ gradient, gradient.sum(0)]
        return (gradient @ self.parameters[0].T).reshape(self.shape)

    def weights(self):
        return [parameter.astype(np.float32) for parameter in self.parameters]


class Adam:
    """The optimiser of Kingma and Ba, 2014."""

    def __init__(self, layers):
        self.layers, self.steps = layers, 0
        self.moments = [[(np.zeros_like(p), np.zeros_like(p)) for p in layer.parameters] for layer in layers]

    def step(self, rate):
        self.steps += 1
        rate *= np.sqrt(1 - 0.999**self.steps) / (1 - 0.9**self.steps)
        for layer, moments in zip(self.layers, self.moments):
            for parameter, gradient, (mean, square) in zip(layer.parameters, layer.gradients, moments):
                mean += 0.1 * (gradient - mean)
                square += 0.001 * (gradient**2 - square)
                parameter -= rate * mean / (np.sqrt(square) + 1e-8)


def softmax(logits):
    exponents = np.exp(logits - logits.max(1, keepdims=True))
    return exponents / exponents.sum(1, keepdims=True)
