"""Models by name: what they are, where their files lie, and how they are loaded; shared by the stages that use them."""
