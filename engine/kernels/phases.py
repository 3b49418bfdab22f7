"""Signs of eigenvectors and singular vectors, which mathematics leaves free and LAPACK's drivers decide.

NumPy's LAPACK and torch's give the same vectors, but for three steps: how a plane rotation is signed (LAPACK before
and since version 3.10), which shows in ``syevd`` up to the order where it divides and conquers, and in the last step
of ``geev`` in double precision; and whether a wide matrix is made square before it is made bidiagonal in ``gesdd``.
Here these steps are retraced, as far as the signs need them.

Source: the reference LAPACK's ``dsteqr``, ``dlartg``, ``dgeev``, ``dtrevc`` and ``dbdsdc``, as their documentation
describes them; which of them torch agrees with was observed.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

Array = np.ndarray

LEAST_DIVIDED = 26
"""From this order on ``syevd`` divides and conquers, which hides the signs of its parts."""


def rotation(f: Any, g: Any) -> tuple[Any, Any, Any]:
    """The cosine, the sine and the length of a plane rotation of ``(f, g)`` to the first axis, as LAPACK before 3.10
    signs them: the length is positive, unless ``f`` is the larger one and negative."""
    if g == 0:
        return 1.0, 0.0, f
    if f == 0:
        return 0.0, 1.0, g
    r = type(f)(math.hypot(f, g))
    if f < 0 and abs(f) > abs(g):
        r = -r
    return f / r, g / r, r


def sign_eigenvectors(A: Array, lower: bool, vectors: Array) -> Array:
    """The eigenvectors of a Hermitian matrix, whatever their signs, with those of ``syevd``."""
    n = len(A)
    if not 2 < n < LEAST_DIVIDED or not np.isfinite(A).all():
        return vectors
    diagonal, beside, basis = _tridiagonal(A, lower)
    weights = np.cos(np.arange(1, n + 1))  # one combination of the rows tells the signs of all columns
    row = list((weights @ basis).tolist())
    order = np.argsort(_iterate(diagonal, beside, row, float(np.finfo(A.dtype).eps) / 2), kind="stable")
    agree = (np.asarray(row)[order].conj() * (weights @ vectors)).real
    return vectors * np.where(agree < 0, -1, 1).astype(vectors.real.dtype)


def _tridiagonal(A: Array, lower: bool) -> tuple[list[Any], list[Any], Array]:
    """The diagonal, what stands beside it, and the basis in which a Hermitian matrix is tridiagonal."""
    from scipy.linalg import get_lapack_funcs

    n = len(A)
    name = "hetrd" if A.dtype.kind == "c" else "sytrd"
    (reduce,) = get_lapack_funcs((name,), (A,))
    factors, diagonal, beside, tau, _ = reduce(A, lower=lower)
    basis = np.eye(n, dtype=np.result_type(A.dtype, np.float64))
    for i in range(n - 2, -1, -1) if lower else range(n - 1):
        v = np.zeros(n, basis.dtype)
        if lower:
            v[i + 1], v[i + 2 :] = 1, factors[i + 2 :, i]
        else:
            v[i], v[:i] = 1, factors[:i, i + 1]
        basis -= tau[i] * np.outer(v, v.conj() @ basis)
    # Numbers of this precision, which decides how many steps it takes; Python's are the quicker ones.
    numbers = [one.tolist() if one.dtype == np.float64 else list(one) for one in (diagonal, beside)]
    return numbers[0], numbers[1], basis


def _iterate(d: list[float], e: list[float], row: list[Any], eps: float) -> list[float]:
    """The eigenvalues of a tridiagonal matrix, unsorted, by implicit QL or QR steps, which are done to ``row``, too."""
    start, steps, last = 0, 0, len(d) - 1
    while start <= last and steps < 30 * (last + 1):
        end = start
        while end < last and abs(e[end]) > math.sqrt(abs(d[end])) * math.sqrt(abs(d[end + 1])) * eps:
            end += 1
        if end < last:
            e[end] = 0.0
        step = 1 if abs(d[end]) >= abs(d[start]) else -1
        first, stop = (start, end) if step > 0 else (end, start)
        while (stop - first) * step >= 0 and steps < 30 * (last + 1):
            steps += 1
            first += step * _step(d, e, row, first, stop, step, eps)
        start = end + 1
    return d


def _step(d: list[float], e: list[float], row: list[Any], first: int, stop: int, step: int, eps: float) -> int:
    """One step upwards from where the matrix falls apart, or its mirror image; how many eigenvalues it has settled."""
    shift = 0 if step > 0 else -1  # the element between i and i + step stands at i + shift
    end = first
    while end != stop and abs(e[end + shift]) ** 2 > eps**2 * abs(d[end]) * abs(d[end + step]):
        end += step
    if end != stop:
        e[end + shift] = 0.0
    if end == first:
        return 1
    if end == first + step:
        at = min(first, end)
        cosine, sine = _two_by_two(d, e, at)
        _turn(row, at, cosine, sine)
        return 2
    p = d[first]
    g = (d[first + step] - p) / (2 * e[first + shift])
    g = d[end] - p + e[first + shift] / (g + type(g)(math.copysign(math.hypot(g, 1), g)))
    s, c, p = 1.0, 1.0, 0.0
    for i in range(end - step, first - step, -step):
        f, b = s * e[i + shift], c * e[i + shift]
        c, s, r = rotation(g, f)
        if i != end - step:
            e[i + step + shift] = r
        g = d[i + step] - p
        r = (d[i] - g) * s + 2 * c * b
        p = s * r
        d[i + step] = g + p
        g = c * r - b
        _turn(row, min(i, i + step), c, -s * step)
    d[first] -= p
    e[first + shift] = g
    return 0


def _turn(row: list[Any], at: int, cosine: float, sine: float) -> None:
    a, b = row[at], row[at + 1]
    row[at], row[at + 1] = sine * b + cosine * a, cosine * b - sine * a


def _two_by_two(d: list[float], e: list[float], at: int) -> tuple[float, float]:
    """The rotation that makes two rows diagonal, where the eigenvalues then stand, that of the larger size first."""
    a, b, c = d[at], e[at], d[at + 1]
    spread, twice = type(a)(math.hypot(a - c, 2 * b)), 2 * b
    if a + c:
        sign = 1 if a + c > 0 else -1
        larger = 0.5 * (a + c + sign * spread)
        large, small = (a, c) if abs(a) > abs(c) else (c, a)
        smaller = large / larger * small - b / larger * b
    else:
        sign, larger, smaller = 1, 0.5 * spread, -0.5 * spread
    direction = 1 if a >= c else -1
    beside = a - c + direction * spread
    if abs(beside) > abs(twice):
        tangent = -twice / beside
        sine = 1 / math.hypot(1, tangent)
        cosine = tangent * sine
    elif twice == 0:
        cosine, sine = 1.0, 0.0
    else:
        tangent = -beside / twice
        cosine = 1 / math.hypot(1, tangent)
        sine = tangent * cosine
    if sign == direction:
        cosine, sine = -sine, cosine
    d[at], d[at + 1], e[at] = larger, smaller, 0.0
    return cosine, sine


def sign_pairs(A: Array, values: Array, vectors: Array) -> Array:
    """The eigenvectors of a real matrix, those of complex pairs with the signs of ``geev``.

    It turns such a vector, of length one, until its largest element is real; by which sign of that, depends on how the
    vector lay before: in the basis of the Schur form, with a real element on top of an imaginary one.
    """
    pairs = np.flatnonzero(values.imag > 0)
    if not pairs.size or not np.isfinite(A).all():
        return vectors
    from scipy.linalg import get_lapack_funcs, schur

    (balance,) = get_lapack_funcs(("gebal",), (A,))
    balanced, low, high, scales, _ = balance(A, scale=1, permute=1)
    form, basis = schur(balanced)
    back = _unbalanced(basis, low, high, scales)
    places = np.flatnonzero(np.diagonal(form, -1))
    found = vectors.copy()
    for pair in pairs:
        place = places[np.argmin(np.abs(_pair_values(form, places) - values[pair]))]
        above, below = form[place, place + 1], form[place + 1, place]
        top = np.linalg.lstsq(back.astype(vectors.dtype), vectors[:, pair], rcond=None)[0][place]
        if not top:
            continue
        sign = 1 if abs(above) >= abs(below) else -np.sign(below)
        before = vectors[:, pair] * (sign * top.conj() / abs(top))
        largest = np.argmax(np.abs(before))
        turned = rotation(float(before[largest].real), float(before[largest].imag))[2]
        if turned * found[largest, pair].real < 0:
            found[:, pair] *= -1
            found[largest, pair] = found[largest, pair].real
            found[:, pair + 1] = found[:, pair].conj()
    return found


def _pair_values(form: Array, places: Array) -> Array:
    beside = np.abs(form[places, places + 1] * form[places + 1, places])
    return form[places, places] + 1j * np.sqrt(beside)


def _unbalanced(basis: Array, low: int, high: int, scales: Array) -> Array:
    """Vectors of a balanced matrix as those of the matrix itself."""
    found = basis.copy()
    found[low : high + 1] *= scales[low : high + 1, None]
    for i in [*range(low - 1, -1, -1), *range(high + 1, len(basis))]:
        other = int(scales[i]) - 1  # LAPACK counts from one
        found[[i, other]] = found[[other, i]]
    return found


def wide_svd(A: Array, full_matrices: bool) -> tuple[Array, Array, Array]:
    """The singular vectors and values of a real matrix that is much wider than tall, with the signs of a ``gesdd`` that
    makes it bidiagonal as it is."""
    m = len(A)
    left, diagonal, below, right = _bidiagonal(A)
    upper = np.zeros(m, A.dtype)
    for i in range(m - 1):  # below the diagonal, beside it after these rotations
        r = A.dtype.type(math.copysign(math.hypot(diagonal[i], below[i]), diagonal[i]))
        c, s = (diagonal[i] / r, below[i] / r) if r else (A.dtype.type(1), A.dtype.type(0))
        left[:, [i, i + 1]] = left[:, [i, i + 1]] @ np.array([[c, -s], [s, c]])
        upper[i], diagonal[i + 1], diagonal[i] = s * diagonal[i + 1], c * diagonal[i + 1], r
    U, S, Vh = np.linalg.svd(np.diag(diagonal) + np.diag(upper[: m - 1], 1))
    rows = Vh @ right[:m]
    return left @ U, S, np.concatenate([rows, right[m:]]) if full_matrices else rows


def is_much_wider(A: Array) -> bool:
    """Whether ``gesdd`` may make it square first."""
    m, n = A.shape[-2:]
    return A.dtype.kind == "f" and m > 1 and n >= int(m * 11 / 6)


def _bidiagonal(A: Array) -> tuple[Array, Array, Array, Array]:
    """``A`` as the product of an orthogonal matrix, one with elements on and below the diagonal, and another orthogonal
    one, by reflections of rows and columns in turn: the first, the diagonal, what stands below it, and the last."""
    m, n = A.shape
    A, left, right = A.copy(), np.eye(m, dtype=A.dtype), np.eye(n, dtype=A.dtype)
    for i in range(m):
        v, tau = _reflector(A[i, i:])
        A[:, i:] -= np.outer(tau * (A[:, i:] @ v), v)
        right[:, i:] -= np.outer(tau * (right[:, i:] @ v), v)
        if i + 1 < m:
            v, tau = _reflector(A[i + 1 :, i])
            A[i + 1 :] -= np.outer(tau * v, v @ A[i + 1 :])
            left[:, i + 1 :] -= np.outer(tau * (left[:, i + 1 :] @ v), v)
    return left, np.diagonal(A).copy(), np.diagonal(A, -1).copy(), right.T


def _reflector(x: Array) -> tuple[Array, Any]:
    """The vector, whose first element is one, and the factor of the reflection of ``x`` to the first axis."""
    rest = np.linalg.norm(x[1:])
    v = np.zeros_like(x)
    v[0] = 1
    if not rest:
        return v, x.dtype.type(0)
    beta = -x.dtype.type(math.copysign(math.hypot(x[0], rest), x[0]))
    v[1:] = x[1:] / (x[0] - beta)
    return v, (beta - x[0]) / beta
