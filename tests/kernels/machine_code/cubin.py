"""The kernels of a cubin (an ELF file): their machine code by name."""

import re
import struct

_TEXT = b".text."
_PROBE_LEVEL = re.compile(r"ProbeLevelE(\d)")


def probe_level(name):
    """The ProbeLevel among a kernel's template arguments; None where there is none."""
    match = _PROBE_LEVEL.search(name)
    return int(match[1]) if match else None


def kernels(data):
    """{mangled name: machine code} of the sections .text.NAME of an ELF64 file."""
    if data[:5] != b"\x7fELF\x02":
        raise ValueError("a cubin is no ELF64 file")
    (table,) = struct.unpack_from("<Q", data, 0x28)
    size, count, names_index = struct.unpack_from("<HHH", data, 0x3A)
    sections = [
        struct.unpack_from("<IIQQQQ", data, table + i * size) for i in range(count)
    ]  # name, type, flags, address, offset, size
    names_at = sections[names_index][4]
    found = {}
    for name_at, _, _, _, offset, length in sections:
        begin = names_at + name_at
        name = data[begin : data.index(b"\0", begin)]
        if name.startswith(_TEXT):
            found[name[len(_TEXT) :].decode()] = data[offset : offset + length]
    return found
