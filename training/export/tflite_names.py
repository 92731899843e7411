"""Short names for the tensors of a .tflite file.

The converter names a tensor after every operator that was folded into it, and each output of an
operator with hundreds of outputs after all of them: 21 of 23 MB of a network with a recurrent layer
of 375 steps. Nothing reads these names; signatures have names of their own.
"""

from tensorflow.lite.tools import flatbuffer_utils

_LONGEST = 64


def with_short_names(content: bytes) -> bytes:
    """Return a file whose tensors bear the first of their names; nothing else changes.

    Args:
        content: A .tflite file of the converter.
    """
    model = flatbuffer_utils.read_model_from_bytearray(bytearray(content))
    for graph in model.subgraphs:
        for tensor in graph.tensors:
            tensor.name = tensor.name.split(b";")[0][:_LONGEST]
    return bytes(flatbuffer_utils.convert_object_to_bytearray(model))
