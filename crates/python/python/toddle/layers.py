"""Layers: the parts of a network, from its input to its output.

This file is generated: crates/python/generate.py writes it from docs/experiment.schema.json.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from ._settings import Layer, Padding, Shape, Size

__all__ = ["AdaptiveAvgPool2d", "AdaptiveMaxPool2d", "AvgPool1d", "AvgPool2d", "BatchNorm", "ClippedReLU", "Concat", "Conv1d", "Conv2d", "ConvTranspose2d", "Crop", "Dense", "Dropout", "ELU", "Embedding", "Flatten", "GaussianNoise", "GELU", "GlobalAvgPool", "GlobalMaxPool", "GroupNorm", "HardSigmoid", "HardSwish", "LayerNorm", "LeakyReLU", "LogSoftmax", "MaxPool1d", "MaxPool2d", "Mish", "Pad", "PReLU", "Product", "ReLU", "Reshape", "Residual", "SELU", "Sigmoid", "SiLU", "Softmax", "Softplus", "Softsign", "SpatialDropout", "Sum", "Tanh", "Upsample"]


class AdaptiveAvgPool2d(Layer):
    """Adaptive average pooling: averages an image to a given number of rows and columns, whatever its size.

    Parameters
    ----------
    output : Size
        Rows and columns of the output: a number, or `[rows, columns]`.
    name : str | None, default None
        The name of the layer in its network. By default, its kind and a number.
    """

    _kind = "adaptive_avg_pool2d"
    output: Size

    def __init__(self, output: Size, *, name: str | None = None) -> None:
        super().__init__(output=output, name=name)


class AdaptiveMaxPool2d(Layer):
    """Adaptive max pooling: reduces an image to a given number of rows and columns, whatever its size. Each
    element of the output is the largest of a window.

    Parameters
    ----------
    output : Size
        Rows and columns of the output: a number, or `[rows, columns]`.
    name : str | None, default None
        The name of the layer in its network. By default, its kind and a number.
    """

    _kind = "adaptive_max_pool2d"
    output: Size

    def __init__(self, output: Size, *, name: str | None = None) -> None:
        super().__init__(output=output, name=name)


class AvgPool1d(Layer):
    """1-D average pooling: slides a window along each channel of a sequence and averages the elements in it.

    Parameters
    ----------
    window : int
        Steps of the window.
    ceil_mode : bool, default False
        Whether a last window counts that lies only partly in the sequence and its padding.
    count_padding : bool, default True
        Whether the average counts the padding, as zeros.
    padding : Padding, default "valid"
        The number of steps that are added at the ends of the sequence: a number for both ends, or
        `[before, after]`, at most half the window. `"valid"` adds none. `"same"` makes the output as long
        as the sequence divided by the stride.
    stride : int | None
        The distance from one window to the next, in steps. Default: the size of the window, so that
        windows lie side by side.
    name : str | None, default None
        The name of the layer in its network. By default, its kind and a number.
    """

    _kind = "avg_pool1d"
    window: int
    ceil_mode: bool
    count_padding: bool
    padding: Padding
    stride: int | None

    def __init__(self, window: int, *, ceil_mode: bool = False, count_padding: bool = True, padding: Padding = "valid", stride: int | None = None, name: str | None = None) -> None:
        super().__init__(window=window, ceil_mode=ceil_mode, count_padding=count_padding, padding=padding, stride=stride, name=name)


class AvgPool2d(Layer):
    """2-D average pooling: slides a window over each channel of an image and averages the elements in it.

    Parameters
    ----------
    window : Size
        Rows and columns of the window: a number, or `[rows, columns]`.
    ceil_mode : bool, default False
        Whether a last window counts that lies only partly in the image and its padding. It makes the
        output larger where the windows do not fit exactly.
    count_padding : bool, default True
        Whether the average counts the padding, as zeros.
    padding : Padding, default "valid"
        The number of rows and columns that are added around the image: a number for all sides, or `[top,
        bottom, left, right]`, at most half the window. `"valid"` adds none. `"same"` makes the output as
        large as the image divided by the stride.
    stride : Size | None
        The distance from one window to the next, in rows and columns. Default: the size of the window, so
        that windows lie side by side.
    name : str | None, default None
        The name of the layer in its network. By default, its kind and a number.
    """

    _kind = "avg_pool2d"
    window: Size
    ceil_mode: bool
    count_padding: bool
    padding: Padding
    stride: Size | None

    def __init__(self, window: Size, *, ceil_mode: bool = False, count_padding: bool = True, padding: Padding = "valid", stride: Size | None = None, name: str | None = None) -> None:
        super().__init__(window=window, ceil_mode=ceil_mode, count_padding=count_padding, padding=padding, stride=stride, name=name)


class BatchNorm(Layer):
    """Batch normalisation: gives each channel the mean 0 and the variance 1 over the batch. Then it scales
    and shifts the channel by two learned weights.

    Parameters
    ----------
    affine : bool, default True
        Whether each channel is scaled and shifted by two learned weights.
    epsilon : float, default 1e-05
        A small number added to the variance, so that nothing is divided by 0.
    momentum : float, default 0.1
        How far each step moves the running mean and variance towards the values of the batch: 0 is not at
        all, 1 is all the way.
    name : str | None, default None
        The name of the layer in its network. By default, its kind and a number.
    """

    _kind = "batch_norm"
    affine: bool
    epsilon: float
    momentum: float

    def __init__(self, *, affine: bool = True, epsilon: float = 1e-05, momentum: float = 0.1, name: str | None = None) -> None:
        super().__init__(affine=affine, epsilon=epsilon, momentum=momentum, name=name)


class ClippedReLU(Layer):
    """Clipped ReLU: a `relu` with a largest value. With 6, it is ReLU6.

    Parameters
    ----------
    max : float, default 6.0
        The largest value of the output.
    name : str | None, default None
        The name of the layer in its network. By default, its kind and a number.
    """

    _kind = "clipped_relu"
    max: float

    def __init__(self, max: float = 6.0, *, name: str | None = None) -> None:
        super().__init__(max=max, name=name)


class Concat(Layer):
    """Concatenation: puts the channels of several images, or the elements of several vectors, one after the
    other.

    Parameters
    ----------
    name : str | None, default None
        The name of the layer in its network. By default, its kind and a number.
    """

    _kind = "concat"

    def __init__(self, *, name: str | None = None) -> None:
        super().__init__(name=name)


class Conv1d(Layer):
    """1-D convolution: slides small windows of weights along a sequence. At each step it records how well
    each window matches the sequence.

    Parameters
    ----------
    filters : int
        The number of windows, which is the number of channels of the output.
    kernel : int
        Steps of each window.
    bias : bool, default True
        Whether each filter adds a bias to its output.
    dilation : int, default 1
        The distance between the steps that a window reads. With 1, the window reads neighbours.
    groups : int, default 1
        The number of groups into which channels and filters are divided. A filter reads only the channels
        of its group. The numbers of channels and of filters must be multiples of it.
    padding : Padding, default "valid"
        The number of steps that are added at the ends of the sequence. `"valid"` adds none. `"same"`
        keeps the length of the sequence if the stride is 1. A number is for both ends. `[before, after]`
        has a number for each end.
    stride : int, default 1
        The distance from one place of a window to the next, in steps.
    name : str | None, default None
        The name of the layer in its network. By default, its kind and a number.
    """

    _kind = "conv1d"
    filters: int
    kernel: int
    bias: bool
    dilation: int
    groups: int
    padding: Padding
    stride: int

    def __init__(self, filters: int, kernel: int, *, bias: bool = True, dilation: int = 1, groups: int = 1, padding: Padding = "valid", stride: int = 1, name: str | None = None) -> None:
        super().__init__(filters=filters, kernel=kernel, bias=bias, dilation=dilation, groups=groups, padding=padding, stride=stride, name=name)


class Conv2d(Layer):
    """2-D convolution: slides small windows of weights over an image. At each place it records how well each
    window matches the image.

    Parameters
    ----------
    filters : int
        The number of windows, which is the number of channels of the output.
    kernel : Size
        Rows and columns of each window: a number, or `[rows, columns]`.
    bias : bool, default True
        Whether each filter adds a bias to its output.
    dilation : Size, default 1
        The distance between the elements that a window reads, in rows and columns of the image. With 1,
        the window reads neighbours.
    fast : bool, default False
        Whether 3×3 windows are computed by Winograd's algorithm, with fewer multiplications. It is faster
        with many channels. The results differ in the last digits.
    groups : int, default 1
        The number of groups into which channels and filters are divided. A filter reads only the channels
        of its group. The numbers of channels and of filters must be multiples of it.
    padding : Padding, default "valid"
        The number of rows and columns that are added around the image. `"valid"` adds none. `"same"`
        keeps the size of the image if the stride is 1. A number is for all sides. `[top, bottom, left,
        right]` has a number for each side.
    stride : Size, default 1
        The distance from one place of a window to the next, in rows and columns.
    name : str | None, default None
        The name of the layer in its network. By default, its kind and a number.
    """

    _kind = "conv2d"
    filters: int
    kernel: Size
    bias: bool
    dilation: Size
    fast: bool
    groups: int
    padding: Padding
    stride: Size

    def __init__(self, filters: int, kernel: Size, *, bias: bool = True, dilation: Size = 1, fast: bool = False, groups: int = 1, padding: Padding = "valid", stride: Size = 1, name: str | None = None) -> None:
        super().__init__(filters=filters, kernel=kernel, bias=bias, dilation=dilation, fast=fast, groups=groups, padding=padding, stride=stride, name=name)


class ConvTranspose2d(Layer):
    """Transposed 2-D convolution: adds a small window of weights to the output for every element of an
    image. It makes images larger.

    Parameters
    ----------
    filters : int
        The number of windows, which is the number of channels of the output.
    kernel : Size
        Rows and columns of each window: a number, or `[rows, columns]`.
    bias : bool, default True
        Whether each filter adds a bias to its output.
    dilation : Size, default 1
        The distance between the elements of a window, in rows and columns of the output. With 1, they are
        neighbours.
    groups : int, default 1
        The number of groups into which channels and filters are divided. A channel is read only by the
        filters of its group. The numbers of channels and of filters must be multiples of it.
    output_padding : Size, default 0
        The number of rows at the bottom and of columns at the right that are added to the output. It must
        be less than the stride or the dilation.
    padding : Size, default 0
        The number of rows and columns that are removed from the output: a number for all sides, or `[top,
        bottom, left, right]`.
    stride : Size, default 1
        The distance from one window to the next, in rows and columns of the output. 2 doubles the size of
        the image.
    name : str | None, default None
        The name of the layer in its network. By default, its kind and a number.
    """

    _kind = "conv_transpose2d"
    filters: int
    kernel: Size
    bias: bool
    dilation: Size
    groups: int
    output_padding: Size
    padding: Size
    stride: Size

    def __init__(self, filters: int, kernel: Size, *, bias: bool = True, dilation: Size = 1, groups: int = 1, output_padding: Size = 0, padding: Size = 0, stride: Size = 1, name: str | None = None) -> None:
        super().__init__(filters=filters, kernel=kernel, bias=bias, dilation=dilation, groups=groups, output_padding=output_padding, padding=padding, stride=stride, name=name)


class Crop(Layer):
    """Cropping: leaves out rows and columns at the sides of each channel of an image.

    Parameters
    ----------
    sides : Size
        The number of rows and columns that are left out: a number for all sides, or `[top, bottom, left,
        right]`.
    name : str | None, default None
        The name of the layer in its network. By default, its kind and a number.
    """

    _kind = "crop"
    sides: Size

    def __init__(self, sides: Size, *, name: str | None = None) -> None:
        super().__init__(sides=sides, name=name)


class Dense(Layer):
    """Fully connected layer: every output is a weighted sum of all inputs.

    Parameters
    ----------
    outputs : int
        The number of outputs. In the last layer: the number of classes, or of values to predict.
    bias : bool, default True
        Whether each output adds a bias.
    name : str | None, default None
        The name of the layer in its network. By default, its kind and a number.
    """

    _kind = "dense"
    outputs: int
    bias: bool

    def __init__(self, outputs: int, *, bias: bool = True, name: str | None = None) -> None:
        super().__init__(outputs=outputs, bias=bias, name=name)


class Dropout(Layer):
    """Dropout: sets elements to zero at random during training, so that the network does not depend on a
    single element.

    Parameters
    ----------
    rate : float, default 0.5
        The probability that an element is set to zero.
    name : str | None, default None
        The name of the layer in its network. By default, its kind and a number.
    """

    _kind = "dropout"
    rate: float

    def __init__(self, rate: float = 0.5, *, name: str | None = None) -> None:
        super().__init__(rate=rate, name=name)


class ELU(Layer):
    """ELU: leaves positive elements as they are. Negative elements follow an exponential curve that
    approaches −`alpha`.

    Parameters
    ----------
    alpha : float, default 1.0
        The limit of the output for very negative elements is minus this number.
    name : str | None, default None
        The name of the layer in its network. By default, its kind and a number.
    """

    _kind = "elu"
    alpha: float

    def __init__(self, alpha: float = 1.0, *, name: str | None = None) -> None:
        super().__init__(alpha=alpha, name=name)


class Embedding(Layer):
    """Embedding: each class number becomes a vector of learned features, its row in a table.

    Parameters
    ----------
    classes : int
        The number of classes, such as the words of a vocabulary. Inputs are class numbers from 0 on.
    features : int
        The number of features of a class, which is the number of channels of the output.
    name : str | None, default None
        The name of the layer in its network. By default, its kind and a number.
    """

    _kind = "embedding"
    classes: int
    features: int

    def __init__(self, classes: int, features: int, *, name: str | None = None) -> None:
        super().__init__(classes=classes, features=features, name=name)


class Flatten(Layer):
    """Turns an image into a vector, so that dense layers can follow.

    Parameters
    ----------
    name : str | None, default None
        The name of the layer in its network. By default, its kind and a number.
    """

    _kind = "flatten"

    def __init__(self, *, name: str | None = None) -> None:
        super().__init__(name=name)


class GaussianNoise(Layer):
    """Gaussian noise: adds normal random numbers to the elements during training.

    Parameters
    ----------
    deviation : float
        The standard deviation of the numbers that are added.
    name : str | None, default None
        The name of the layer in its network. By default, its kind and a number.
    """

    _kind = "gaussian_noise"
    deviation: float

    def __init__(self, deviation: float, *, name: str | None = None) -> None:
        super().__init__(deviation=deviation, name=name)


class GELU(Layer):
    """GELU: each element times the probability that a normal random number is below it.

    Parameters
    ----------
    approximate : bool, default False
        Whether to compute the approximation with the hyperbolic tangent, which is faster.
    name : str | None, default None
        The name of the layer in its network. By default, its kind and a number.
    """

    _kind = "gelu"
    approximate: bool

    def __init__(self, approximate: bool = False, *, name: str | None = None) -> None:
        super().__init__(approximate=approximate, name=name)


class GlobalAvgPool(Layer):
    """Global average pooling: each channel of an image becomes its average.

    Parameters
    ----------
    name : str | None, default None
        The name of the layer in its network. By default, its kind and a number.
    """

    _kind = "global_avg_pool"

    def __init__(self, *, name: str | None = None) -> None:
        super().__init__(name=name)


class GlobalMaxPool(Layer):
    """Global max pooling: each channel of an image becomes its largest element.

    Parameters
    ----------
    name : str | None, default None
        The name of the layer in its network. By default, its kind and a number.
    """

    _kind = "global_max_pool"

    def __init__(self, *, name: str | None = None) -> None:
        super().__init__(name=name)


class GroupNorm(Layer):
    """Group normalisation: gives each group of channels the mean 0 and the variance 1, in each sample by
    itself. Then it scales and shifts each channel by two learned weights.

    Parameters
    ----------
    groups : int
        The number of groups into which the channels are divided. The number of channels must be a
        multiple of it.
    affine : bool, default True
        Whether each channel is scaled and shifted by two learned weights.
    epsilon : float, default 1e-05
        A small number added to the variance, so that nothing is divided by 0.
    name : str | None, default None
        The name of the layer in its network. By default, its kind and a number.
    """

    _kind = "group_norm"
    groups: int
    affine: bool
    epsilon: float

    def __init__(self, groups: int, *, affine: bool = True, epsilon: float = 1e-05, name: str | None = None) -> None:
        super().__init__(groups=groups, affine=affine, epsilon=epsilon, name=name)


class HardSigmoid(Layer):
    """Hard sigmoid: three straight lines in the shape of a sigmoid.

    Parameters
    ----------
    name : str | None, default None
        The name of the layer in its network. By default, its kind and a number.
    """

    _kind = "hard_sigmoid"

    def __init__(self, *, name: str | None = None) -> None:
        super().__init__(name=name)


class HardSwish(Layer):
    """Hard swish: `silu` with a `hard_sigmoid` instead of the sigmoid.

    Parameters
    ----------
    name : str | None, default None
        The name of the layer in its network. By default, its kind and a number.
    """

    _kind = "hard_swish"

    def __init__(self, *, name: str | None = None) -> None:
        super().__init__(name=name)


class LayerNorm(Layer):
    """Layer normalisation: gives all elements of a sample together the mean 0 and the variance 1. Then it
    scales and shifts each element by two learned weights.

    Parameters
    ----------
    affine : bool, default True
        Whether each element is scaled and shifted by two learned weights.
    epsilon : float, default 1e-05
        A small number added to the variance, so that nothing is divided by 0.
    name : str | None, default None
        The name of the layer in its network. By default, its kind and a number.
    """

    _kind = "layer_norm"
    affine: bool
    epsilon: float

    def __init__(self, *, affine: bool = True, epsilon: float = 1e-05, name: str | None = None) -> None:
        super().__init__(affine=affine, epsilon=epsilon, name=name)


class LeakyReLU(Layer):
    """Leaky ReLU: leaves positive elements as they are, and multiplies negative elements by a small factor.

    Parameters
    ----------
    slope : float, default 0.01
        The factor for negative elements.
    name : str | None, default None
        The name of the layer in its network. By default, its kind and a number.
    """

    _kind = "leaky_relu"
    slope: float

    def __init__(self, slope: float = 0.01, *, name: str | None = None) -> None:
        super().__init__(slope=slope, name=name)


class LogSoftmax(Layer):
    """Log-softmax: the logarithms of the probabilities that `softmax` gives.

    Parameters
    ----------
    axis : Literal["elements", "channels"], default "elements"
        The elements whose probabilities sum to 1.
    name : str | None, default None
        The name of the layer in its network. By default, its kind and a number.
    """

    _kind = "log_softmax"
    axis: Literal["elements", "channels"]

    def __init__(self, axis: Literal["elements", "channels"] = "elements", *, name: str | None = None) -> None:
        super().__init__(axis=axis, name=name)


class MaxPool1d(Layer):
    """1-D max pooling: slides a window along each channel of a sequence and keeps the largest element in it.

    Parameters
    ----------
    window : int
        Steps of the window.
    ceil_mode : bool, default False
        Whether a last window counts that lies only partly in the sequence and its padding.
    dilation : int, default 1
        The distance between the steps that a window reads. With 1, the window reads neighbours.
    padding : Padding, default "valid"
        The number of steps that are added at the ends of the sequence: a number for both ends, or
        `[before, after]`, at most half the window. `"valid"` adds none. `"same"` makes the output as long
        as the sequence divided by the stride.
    stride : int | None
        The distance from one window to the next, in steps. Default: the size of the window, so that
        windows lie side by side.
    name : str | None, default None
        The name of the layer in its network. By default, its kind and a number.
    """

    _kind = "max_pool1d"
    window: int
    ceil_mode: bool
    dilation: int
    padding: Padding
    stride: int | None

    def __init__(self, window: int, *, ceil_mode: bool = False, dilation: int = 1, padding: Padding = "valid", stride: int | None = None, name: str | None = None) -> None:
        super().__init__(window=window, ceil_mode=ceil_mode, dilation=dilation, padding=padding, stride=stride, name=name)


class MaxPool2d(Layer):
    """2-D max pooling: slides a window over each channel of an image and keeps the largest element in it.

    Parameters
    ----------
    window : Size
        Rows and columns of the window: a number, or `[rows, columns]`.
    ceil_mode : bool, default False
        Whether a last window counts that lies only partly in the image and its padding. It makes the
        output larger where the windows do not fit exactly.
    dilation : Size, default 1
        The distance between the elements that a window reads, in rows and columns of the image. With 1,
        the window reads neighbours.
    padding : Padding, default "valid"
        The number of rows and columns that are added around the image: a number for all sides, or `[top,
        bottom, left, right]`, at most half the window. `"valid"` adds none. `"same"` makes the output as
        large as the image divided by the stride.
    stride : Size | None
        The distance from one window to the next, in rows and columns. Default: the size of the window, so
        that windows lie side by side.
    name : str | None, default None
        The name of the layer in its network. By default, its kind and a number.
    """

    _kind = "max_pool2d"
    window: Size
    ceil_mode: bool
    dilation: Size
    padding: Padding
    stride: Size | None

    def __init__(self, window: Size, *, ceil_mode: bool = False, dilation: Size = 1, padding: Padding = "valid", stride: Size | None = None, name: str | None = None) -> None:
        super().__init__(window=window, ceil_mode=ceil_mode, dilation=dilation, padding=padding, stride=stride, name=name)


class Mish(Layer):
    """Mish: each element times the hyperbolic tangent of its `softplus`.

    Parameters
    ----------
    name : str | None, default None
        The name of the layer in its network. By default, its kind and a number.
    """

    _kind = "mish"

    def __init__(self, *, name: str | None = None) -> None:
        super().__init__(name=name)


class Pad(Layer):
    """Padding: puts rows and columns around each channel of an image.

    Parameters
    ----------
    padding : Size
        The number of rows and columns that are added around the image: a number for all sides, or `[top,
        bottom, left, right]`.
    mode : Literal["zeros", "constant", "reflect", "replicate", "circular"], default "zeros"
        What the new elements are.
    value : float, default 0.0
        The value of the new elements. Only for `mode = "constant"`.
    name : str | None, default None
        The name of the layer in its network. By default, its kind and a number.
    """

    _kind = "pad"
    padding: Size
    mode: Literal["zeros", "constant", "reflect", "replicate", "circular"]
    value: float

    def __init__(self, padding: Size, *, mode: Literal["zeros", "constant", "reflect", "replicate", "circular"] = "zeros", value: float = 0.0, name: str | None = None) -> None:
        super().__init__(padding=padding, mode=mode, value=value, name=name)


class PReLU(Layer):
    """PReLU: a leaky ReLU whose factor for negative elements is learned.

    Parameters
    ----------
    initial : float, default 0.25
        The factor at the start of the training.
    per_channel : bool, default False
        Whether each channel learns a factor of its own. Otherwise all channels share one factor.
    name : str | None, default None
        The name of the layer in its network. By default, its kind and a number.
    """

    _kind = "prelu"
    initial: float
    per_channel: bool

    def __init__(self, *, initial: float = 0.25, per_channel: bool = False, name: str | None = None) -> None:
        super().__init__(initial=initial, per_channel=per_channel, name=name)


class Product(Layer):
    """Product: multiplies several values of one shape, element by element.

    Parameters
    ----------
    name : str | None, default None
        The name of the layer in its network. By default, its kind and a number.
    """

    _kind = "product"

    def __init__(self, *, name: str | None = None) -> None:
        super().__init__(name=name)


class ReLU(Layer):
    """ReLU: leaves positive elements as they are, and sets negative elements to zero.

    Parameters
    ----------
    name : str | None, default None
        The name of the layer in its network. By default, its kind and a number.
    """

    _kind = "relu"

    def __init__(self, *, name: str | None = None) -> None:
        super().__init__(name=name)


class Reshape(Layer):
    """Gives the elements of a sample another shape. For example, a vector becomes an image.

    Parameters
    ----------
    shape : Shape
        The shape of the output: `[channels, height, width]`, or the length of a vector. It has as many
        elements as the input.
    name : str | None, default None
        The name of the layer in its network. By default, its kind and a number.
    """

    _kind = "reshape"
    shape: Shape

    def __init__(self, shape: Shape, *, name: str | None = None) -> None:
        super().__init__(shape=shape, name=name)


class Residual(Layer):
    """Residual block: layers, and a shortcut around them. The outputs of both are added.

    Parameters
    ----------
    layers : Sequence[Layer | str]
        The layers, from first to last.
    projection : Sequence[Layer | str], default ()
        The layers on the shortcut, if the block changes the shape. Usually this is a 1×1 convolution with
        the same stride. Without them, the input itself is added.
    name : str | None, default None
        The name of the layer in its network. By default, its kind and a number.
    """

    _kind = "residual"
    _nested = {"layers": "layer", "projection": "layer"}
    layers: Sequence[Layer | str]
    projection: Sequence[Layer | str]

    def __init__(self, layers: Sequence[Layer | str], *, projection: Sequence[Layer | str] = (), name: str | None = None) -> None:
        super().__init__(layers=layers, projection=projection, name=name)


class SELU(Layer):
    """SELU: a scaled `elu`. It keeps the mean of the elements near 0 and their variance near 1.

    Parameters
    ----------
    name : str | None, default None
        The name of the layer in its network. By default, its kind and a number.
    """

    _kind = "selu"

    def __init__(self, *, name: str | None = None) -> None:
        super().__init__(name=name)


class Sigmoid(Layer):
    """The logistic function: maps every element to a number between 0 and 1.

    Parameters
    ----------
    name : str | None, default None
        The name of the layer in its network. By default, its kind and a number.
    """

    _kind = "sigmoid"

    def __init__(self, *, name: str | None = None) -> None:
        super().__init__(name=name)


class SiLU(Layer):
    """SiLU, or swish: each element times its `sigmoid`.

    Parameters
    ----------
    name : str | None, default None
        The name of the layer in its network. By default, its kind and a number.
    """

    _kind = "silu"

    def __init__(self, *, name: str | None = None) -> None:
        super().__init__(name=name)


class Softmax(Layer):
    """Softmax: turns numbers into probabilities. All are positive, and their sum is 1.

    Parameters
    ----------
    axis : Literal["elements", "channels"], default "elements"
        The elements whose probabilities sum to 1.
    jacobian : Literal["full", "diagonal"], default "full"
        Which derivatives the backward pass uses.
    name : str | None, default None
        The name of the layer in its network. By default, its kind and a number.
    """

    _kind = "softmax"
    axis: Literal["elements", "channels"]
    jacobian: Literal["full", "diagonal"]

    def __init__(self, *, axis: Literal["elements", "channels"] = "elements", jacobian: Literal["full", "diagonal"] = "full", name: str | None = None) -> None:
        super().__init__(axis=axis, jacobian=jacobian, name=name)


class Softplus(Layer):
    """Softplus: a smooth form of `relu`.

    Parameters
    ----------
    beta : float, default 1.0
        How fast the function becomes a straight line on both sides of 0.
    name : str | None, default None
        The name of the layer in its network. By default, its kind and a number.
    """

    _kind = "softplus"
    beta: float

    def __init__(self, beta: float = 1.0, *, name: str | None = None) -> None:
        super().__init__(beta=beta, name=name)


class Softsign(Layer):
    """Softsign: maps every element to a number between −1 and 1. It approaches these limits more slowly than
    `tanh`.

    Parameters
    ----------
    name : str | None, default None
        The name of the layer in its network. By default, its kind and a number.
    """

    _kind = "softsign"

    def __init__(self, *, name: str | None = None) -> None:
        super().__init__(name=name)


class SpatialDropout(Layer):
    """Spatial dropout: sets whole channels of an image to zero at random during training.

    Parameters
    ----------
    rate : float, default 0.5
        The probability that a channel is set to zero.
    name : str | None, default None
        The name of the layer in its network. By default, its kind and a number.
    """

    _kind = "spatial_dropout"
    rate: float

    def __init__(self, rate: float = 0.5, *, name: str | None = None) -> None:
        super().__init__(rate=rate, name=name)


class Sum(Layer):
    """Sum: adds several values of one shape, element by element.

    Parameters
    ----------
    name : str | None, default None
        The name of the layer in its network. By default, its kind and a number.
    """

    _kind = "sum"

    def __init__(self, *, name: str | None = None) -> None:
        super().__init__(name=name)


class Tanh(Layer):
    """Hyperbolic tangent: maps every element to a number between −1 and 1.

    Parameters
    ----------
    name : str | None, default None
        The name of the layer in its network. By default, its kind and a number.
    """

    _kind = "tanh"

    def __init__(self, *, name: str | None = None) -> None:
        super().__init__(name=name)


class Upsample(Layer):
    """Upsampling: makes each channel of an image larger by a whole factor.

    Parameters
    ----------
    scale : Size
        How many times as many rows and columns the output has: a number, or `[rows, columns]`.
    align_corners : bool, default False
        Whether the centres of the corner elements of both images coincide. Only for bilinear.
    mode : Literal["nearest", "bilinear"], default "nearest"
        How new elements follow from those of the image.
    name : str | None, default None
        The name of the layer in its network. By default, its kind and a number.
    """

    _kind = "upsample"
    scale: Size
    align_corners: bool
    mode: Literal["nearest", "bilinear"]

    def __init__(self, scale: Size, *, align_corners: bool = False, mode: Literal["nearest", "bilinear"] = "nearest", name: str | None = None) -> None:
        super().__init__(scale=scale, align_corners=align_corners, mode=mode, name=name)
