"""Is an explanation any good? One file a question. Taught in notebooks 04, 06, 07 and 09."""
