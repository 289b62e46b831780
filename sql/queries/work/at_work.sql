-- Another run that works on what this run's recipe still lacks.
select catalog.at_work(:run)
