"""What every stage stands on: model, recipe, catalog, store, media, runner, log, errors."""
