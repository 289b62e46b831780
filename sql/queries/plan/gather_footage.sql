-- How many pairs of clips to embed show the same footage; they lie in temporary tables now, with all clips to embed.
select catalog.gather_footage(:run, :most_bits, :most_apart_s)
