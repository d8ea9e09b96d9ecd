"""The channels of a training's data, in the order in which they are listed."""

CHANNELS = ("train", "validation", "test")
