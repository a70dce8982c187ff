from pathlib import Path

import numpy
import onnx
from onnx import TensorProto, helper, numpy_helper
from torch import nn

from .networks import Dense

# Every operator below is in opset 13, which all builds of ONNX Runtime Web take on wasm and on webgpu.
OPSET, IR_VERSION = 13, 7


def write_onnx(network: nn.Sequential, file: Path) -> None:
    """`image` float32 [batch, 1, 28, 28] to `scores` float32 [batch, 10], softmax inside. Written operator by operator
    rather than exported, so that names are plain, bytes repeat, and no doc string carries a path."""
    nodes, weights, last = [], [], 'image'
    for layer in network:
        added, last = nodes_for(layer, len(nodes), last, weights)
        nodes += added
    nodes.append(helper.make_node('Softmax', [last], ['scores'], name='softmax', axis=1))
    image = helper.make_tensor_value_info('image', TensorProto.FLOAT, ['batch', 1, 28, 28])
    scores = helper.make_tensor_value_info('scores', TensorProto.FLOAT, ['batch', 10])
    model = helper.make_model(
        helper.make_graph(nodes, 'digits', [image], [scores], weights),
        opset_imports=[helper.make_opsetid('', OPSET)],
        ir_version=IR_VERSION,
        producer_name='kedge',
    )
    onnx.checker.check_model(model, full_check=True)
    file.write_bytes(model.SerializeToString(deterministic=True))


def nodes_for(layer: nn.Module, index: int, last: str, weights: list) -> tuple[list, str]:
    """The nodes that one layer becomes, and the name of what they give; its weights are appended."""
    if isinstance(layer, Dense):
        names = parameters(f'dense{index}', layer, weights, (layer.out_channels, -1))
        flat = helper.make_node('Flatten', [last], [f'flat{index}'], name=f'flatten{index}')
        gemm = helper.make_node('Gemm', [f'flat{index}', *names], [f'dense{index}'], name=f'dense{index}', transB=1)
        return [flat, gemm], f'dense{index}'
    if isinstance(layer, nn.Conv2d):
        names = parameters(f'conv{index}', layer, weights, layer.weight.shape)
        options = {'kernel_shape': layer.kernel_size, 'strides': layer.stride}
        return [helper.make_node('Conv', [last, *names], [f'conv{index}'], name=f'conv{index}', **options)], f'conv{index}'
    if isinstance(layer, nn.ReLU):
        return [helper.make_node('Relu', [last], [f'relu{index}'], name=f'relu{index}')], f'relu{index}'
    if isinstance(layer, (nn.Dropout, nn.Flatten)):
        return [], last
    raise TypeError(f'no ONNX operator is written for {layer}')


def parameters(name: str, layer: nn.Conv2d, weights: list, shape: tuple) -> list[str]:
    pairs = [(f'{name}.weight', layer.weight.reshape(shape)), (f'{name}.bias', layer.bias)]
    for title, tensor in pairs:
        values = numpy.ascontiguousarray(tensor.detach().numpy(), dtype='<f4')
        weights.append(numpy_helper.from_array(values, title))
    return [title for title, _ in pairs]
