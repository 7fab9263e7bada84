"""Log scikit-learn."""
