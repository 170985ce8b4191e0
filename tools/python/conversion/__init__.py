"""What convert.py is made of: checkpoints of PyTorch become weights of Smalti, without PyTorch.

A checkpoint comes from a stranger. Nothing that it names is imported or called, sizes are compared
with what is there before memory is taken, and what does not fit is refused as a whole.
"""
