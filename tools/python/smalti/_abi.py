"""`smalti_abi.h` for ctypes: the structures of version 1, field by field, in the same order.

A test compares every size and offset with what a C compiler makes of the header. What a function
pointer of the model does is said there.
"""

from __future__ import annotations

from ctypes import (
    CFUNCTYPE,
    POINTER,
    Structure,
    c_char_p,
    c_int32,
    c_uint32,
    c_uint64,
    c_void_p,
)

ABI_VERSION = 1

# Bytes to which workspace and prepared weights are aligned.
ALIGNMENT = 64


class Buffer(Structure):
    """smalti_buffer"""

    _fields_ = [("pointer", c_void_p), ("byte_count", c_uint64)]


class Executor(Structure):
    """smalti_executor"""

    _fields_ = [("parallel_for", c_void_p), ("context", c_void_p), ("worker_count", c_uint32)]


# ctypes gives the GIL back while a C function runs, and takes it for each call of a Python one.
Progress = CFUNCTYPE(c_int32, c_void_p, c_uint64, c_uint64)


class Call(Structure):
    """smalti_call"""

    _fields_ = [
        ("byte_count", c_uint32),
        ("abi_version", c_uint32),
        ("inputs", POINTER(Buffer)),
        ("input_count", c_uint64),
        ("outputs", POINTER(Buffer)),
        ("output_count", c_uint64),
        ("weights", POINTER(Buffer)),
        ("weight_count", c_uint64),
        ("states", POINTER(Buffer)),
        ("state_count", c_uint64),
        ("workspace", Buffer),
        ("executor", POINTER(Executor)),
        ("error_text", c_void_p),
        ("error_capacity", c_uint64),
        ("step_nanoseconds", POINTER(c_uint64)),
        ("step_nanosecond_count", c_uint64),
        ("progress", Progress),
        ("progress_context", c_void_p),
    ]


class Tensor(Structure):
    """smalti_tensor"""

    _fields_ = [
        ("name", c_char_p),
        ("element", c_char_p),
        ("dimensions", POINTER(c_uint64)),
        ("rank", c_uint64),
        ("byte_count", c_uint64),
        ("alignment", c_uint64),
    ]


class Signature(Structure):
    """smalti_signature"""

    _fields_ = [
        ("specialisation", c_char_p),
        ("inputs", POINTER(Tensor)),
        ("input_count", c_uint64),
        ("outputs", POINTER(Tensor)),
        ("output_count", c_uint64),
        ("states", POINTER(Tensor)),
        ("state_count", c_uint64),
        ("flops", c_uint64),
    ]


# Functions of the model. The pool is opaque: an address.
Run = CFUNCTYPE(c_int32, POINTER(Call))
WorkspaceBytes = CFUNCTYPE(c_uint64, c_uint32)
Check = CFUNCTYPE(c_int32, c_char_p, c_uint64)
Level = CFUNCTYPE(c_char_p)
OpenWeights = CFUNCTYPE(c_int32, c_char_p, POINTER(Buffer), c_char_p, c_uint64)
CloseWeights = CFUNCTYPE(None, POINTER(Buffer))
PoolCreate = CFUNCTYPE(c_void_p, c_uint32, use_errno=True)
PoolFree = CFUNCTYPE(None, c_void_p)
PoolExecutor = CFUNCTYPE(POINTER(Executor), c_void_p)
AllowedProcessors = CFUNCTYPE(c_uint32)
StatusText = CFUNCTYPE(c_char_p, c_int32)


class Entry(Structure):
    """smalti_entry"""

    _fields_ = [
        ("name", c_char_p),
        ("run", Run),
        ("workspace_bytes", WorkspaceBytes),
        ("signatures", POINTER(Signature)),
        ("signature_count", c_uint64),
    ]


class Model(Structure):
    """smalti_model"""

    _fields_ = [
        ("byte_count", c_uint32),
        ("abi_version", c_uint32),
        ("name", c_char_p),
        ("description", c_char_p),
        ("version", c_char_p),
        ("entries", POINTER(Entry)),
        ("entry_count", c_uint64),
        ("parameters", POINTER(Tensor)),
        ("parameter_count", c_uint64),
        ("weights", Buffer),
        ("prepared_byte_count", c_uint64),
        ("check", Check),
        ("level", Level),
        ("prepare", Run),
        ("prepare_workspace_bytes", WorkspaceBytes),
        ("open_weights", OpenWeights),
        ("close_weights", CloseWeights),
        ("check_weights", Check),
        ("pool_create", PoolCreate),
        ("pool_free", PoolFree),
        ("pool_executor", PoolExecutor),
        ("allowed_processors", AllowedProcessors),
        ("status_text", StatusText),
    ]


ThisModel = CFUNCTYPE(POINTER(Model))
