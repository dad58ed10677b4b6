"""The engines that are heard: one module an engine, found by themselves."""
