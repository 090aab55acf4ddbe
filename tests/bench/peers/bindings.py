"""libfluxscope_peers.so (library.cpp) from Python."""

import ctypes


class Request(ctypes.Structure):  # LayerRequest of layer.hpp
    _fields_ = [
        ("kernel", ctypes.c_char_p),
        ("execution", ctypes.c_char_p),
        ("scheduler", ctypes.c_char_p),
        *((name, ctypes.c_int32) for name in ("causal", "batch", "q_len", "kv_len")),
        *((name, ctypes.c_int32) for name in ("q_heads", "kv_heads", "head_dim")),
        ("streams", ctypes.POINTER(ctypes.c_uint8)),
        ("row_begin", ctypes.c_void_p),
        ("columns", ctypes.c_void_p),
    ]


class Tensors(ctypes.Structure):  # LayerTensors of layer.hpp
    _fields_ = [(name, ctypes.c_void_p) for name in ("q", "k", "v", "o", "lse")]


class Library:
    """Calls of the library; what it returns as a message is raised."""

    def __init__(self, path):
        self._library = ctypes.CDLL(path)

    def call(self, name, *arguments):
        function = getattr(self._library, f"fluxscope_peers_{name}")
        function.restype = ctypes.c_char_p
        message = function(*arguments)
        if message is not None:
            raise RuntimeError(f"{name}: {message.decode()}")
