"""``torch.nn.modules.channelshuffle``: the place of `ChannelShuffle`."""

from .rearranging import ChannelShuffle as ChannelShuffle
