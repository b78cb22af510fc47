"""What hypothesis draws for the differential tests: whole programs, operators over a space, assignments of scalars."""
