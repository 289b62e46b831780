"""Published versions in the layouts that trainers read: one thin file per trainer, each with that trainer's rules."""
