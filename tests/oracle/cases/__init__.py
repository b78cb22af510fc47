"""Handwritten cases: at least one for every instruction and every letter; `every` holds them all."""
