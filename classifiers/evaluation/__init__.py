"""Say how good a model is, in figures with intervals and as a report; never used in training."""
