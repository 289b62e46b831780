"""Text in pictures: where lines of it are, and what they say."""
