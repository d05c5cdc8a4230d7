"""Make a model of labelled comments; needs scikit-learn and scipy, which serving does without."""
