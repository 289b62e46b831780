-- The videos in question, in a temporary table for the queries beside this one.
select catalog.gather_target(:subject, :id)
