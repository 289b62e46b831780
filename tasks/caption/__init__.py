"""Says in words what clips show, in windows of 5 s: by a vision-language model, or by what was measured."""
