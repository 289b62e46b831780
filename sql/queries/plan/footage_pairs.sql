-- Pairs of clips that show the same footage.
select leader_id, clip_id, differing_bits from pg_temp.footage_pair
