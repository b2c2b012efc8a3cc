"""Teaching on site: a factory's own pieces, collected, labelled, learnt, compared; the better model is switched to."""
