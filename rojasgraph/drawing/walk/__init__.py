"""Both passes step by step: what happens in each, in words and in pictures."""
