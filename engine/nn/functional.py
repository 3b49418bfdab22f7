"""Functions on tensors that networks are made of.

Source: ``torch.nn.functional``.
"""

from __future__ import annotations

from ..ops.loss import pairwise_distance as pairwise_distance
from ..ops.matmul import bilinear as bilinear
from ..ops.matmul import linear as linear
from .functions.activation import alpha_dropout as alpha_dropout
from .functions.activation import celu as celu
from .functions.activation import dropout as dropout
from .functions.activation import dropout1d as dropout1d
from .functions.activation import dropout2d as dropout2d
from .functions.activation import dropout3d as dropout3d
from .functions.activation import elu as elu
from .functions.activation import feature_alpha_dropout as feature_alpha_dropout
from .functions.activation import gelu as gelu
from .functions.activation import glu as glu
from .functions.activation import gumbel_softmax as gumbel_softmax
from .functions.activation import hardshrink as hardshrink
from .functions.activation import hardsigmoid as hardsigmoid
from .functions.activation import hardswish as hardswish
from .functions.activation import hardtanh as hardtanh
from .functions.activation import leaky_relu as leaky_relu
from .functions.activation import log_softmax as log_softmax
from .functions.activation import logsigmoid as logsigmoid
from .functions.activation import mish as mish
from .functions.activation import prelu as prelu
from .functions.activation import relu as relu
from .functions.activation import relu6 as relu6
from .functions.activation import relu_ as relu_
from .functions.activation import selu as selu
from .functions.activation import sigmoid as sigmoid
from .functions.activation import silu as silu
from .functions.activation import softmax as softmax
from .functions.activation import softmin as softmin
from .functions.activation import softplus as softplus
from .functions.activation import softshrink as softshrink
from .functions.activation import softsign as softsign
from .functions.activation import tanh as tanh
from .functions.activation import tanhshrink as tanhshrink
from .functions.activation import threshold as threshold
from .functions.loss import binary_cross_entropy as binary_cross_entropy
from .functions.loss import binary_cross_entropy_with_logits as binary_cross_entropy_with_logits
from .functions.loss import cosine_embedding_loss as cosine_embedding_loss
from .functions.loss import cross_entropy as cross_entropy
from .functions.loss import gaussian_nll_loss as gaussian_nll_loss
from .functions.loss import hinge_embedding_loss as hinge_embedding_loss
from .functions.loss import huber_loss as huber_loss
from .functions.loss import kl_div as kl_div
from .functions.loss import l1_loss as l1_loss
from .functions.loss import margin_ranking_loss as margin_ranking_loss
from .functions.loss import mse_loss as mse_loss
from .functions.loss import multi_margin_loss as multi_margin_loss
from .functions.loss import multilabel_margin_loss as multilabel_margin_loss
from .functions.loss import multilabel_soft_margin_loss as multilabel_soft_margin_loss
from .functions.loss import nll_loss as nll_loss
from .functions.loss import poisson_nll_loss as poisson_nll_loss
from .functions.loss import smooth_l1_loss as smooth_l1_loss
from .functions.loss import soft_margin_loss as soft_margin_loss
from .functions.loss import triplet_margin_loss as triplet_margin_loss
from .functions.sparse import embedding as embedding
from .functions.sparse import one_hot as one_hot
