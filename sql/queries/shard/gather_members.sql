-- The clips that belong into the dataset, gathered into the temporary table `member`; how many.
select catalog.gather_members(:run)
