"""Asks a vision-language model about the clips that the cheaper stages keep: are they what the data is for?"""
