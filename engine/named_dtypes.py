"""dtypes that have a name here and no numbers: of quantized, packed and half-precision complex elements.

Programs compare with them and list them; what would store elements of one is refused.

Source: the attributes of ``torch`` that are instances of ``torch.dtype``.
"""

from __future__ import annotations

from typing import Final

from .dtypes import COMPLEX, FLOATING, INTEGRAL, dtype


def _named(name: str, itemsize: int = 1, category: int = INTEGRAL, *, signed: bool = False) -> dtype:
    new = object.__new__(dtype)
    new._name, new.itemsize, new.category, new.is_signed = name, itemsize, category, signed
    new.scalar_type = "QUInt" + name[5:] if name.startswith("quint") else name.title()
    new.c_name = new.abbr = name
    new.is_floating_point, new.is_complex = category == FLOATING, category == COMPLEX
    return new


complex32: Final = _named("complex32", 4, COMPLEX, signed=True)
chalf: Final = complex32
float4_e2m1fn_x2: Final = _named("float4_e2m1fn_x2", category=FLOATING, signed=True)
int1: Final = _named("int1", signed=True)
int2: Final = _named("int2", signed=True)
int3: Final = _named("int3", signed=True)
int4: Final = _named("int4", signed=True)
int5: Final = _named("int5", signed=True)
int6: Final = _named("int6", signed=True)
int7: Final = _named("int7", signed=True)
uint1: Final = _named("uint1")
bit: Final = uint1
uint2: Final = _named("uint2")
uint3: Final = _named("uint3")
uint4: Final = _named("uint4")
uint5: Final = _named("uint5")
uint6: Final = _named("uint6")
uint7: Final = _named("uint7")
bits1x8: Final = _named("bits1x8")
bits2x4: Final = _named("bits2x4")
bits4x2: Final = _named("bits4x2")
bits8: Final = _named("bits8")
bits16: Final = _named("bits16", 2)
qint8: Final = _named("qint8")
qint32: Final = _named("qint32", 4)
quint8: Final = _named("quint8")
quint2x4: Final = _named("quint2x4")
quint4x2: Final = _named("quint4x2")
