"""The cubins inside an object file that nvcc made."""

import struct

_MAGIC = struct.pack("<I", 0xBA55ED50)
_CONTAINER = struct.Struct("<IHHQ")  # magic, version, bytes of this header, bytes of the entries
_ENTRY = struct.Struct("<HHIQ")  # kind, version, bytes of this header, bytes of the payload
_ARCHITECTURE_AT = 28  # in an entry's header
_CUBIN = 2
_ELF = b"\x7fELF"


def cubins(data):
    """{architecture number: ELF} of the bytes of an object file, in which nvcc leaves cubins as they
    are (it compresses PTX). Raises ValueError where one is compressed or an architecture comes
    twice."""
    found, at = {}, data.find(_MAGIC)
    while at >= 0:
        _, _, header, size = _CONTAINER.unpack_from(data, at)
        entry, end = at + header, at + header + size
        while entry < end:
            kind, _, header, size = _ENTRY.unpack_from(data, entry)
            (architecture,) = struct.unpack_from("<I", data, entry + _ARCHITECTURE_AT)
            payload = data[entry + header : entry + header + size]
            if kind == _CUBIN:
                if not payload.startswith(_ELF):
                    raise ValueError(f"the cubin for sm_{architecture} is compressed")
                if architecture in found:
                    raise ValueError(f"two cubins for sm_{architecture}")
                found[architecture] = payload
            entry += header + size
        at = data.find(_MAGIC, end)
    return found
