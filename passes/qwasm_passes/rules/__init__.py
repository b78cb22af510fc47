"""The curated rule library: `.qwr` files by theme, found through the entry-point group `qwasm.rules`."""
