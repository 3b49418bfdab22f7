"""Settings of a compiler that is not here; they are kept, and mean nothing.

Source: ``torch._inductor.config``.
"""

debug = False
max_autotune = False
coordinate_descent_tuning = False
fx_graph_cache = True
epilogue_fusion = True
shape_padding = True
