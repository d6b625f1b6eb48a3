"""usql beside the engines that one would pick instead, over the same data, in one run."""
