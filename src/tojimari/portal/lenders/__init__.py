"""Banks and insurers: policies as data, a portfolio of borrowers who agreed, letters that explain."""
