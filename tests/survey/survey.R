# What R's survey package says about the same responses; prints JSON, a line for each file named.
suppressPackageStartupMessages({library(survey); library(jsonlite)})
# Intervals of shares are those that stay between 0 and 1; where R has none (nobody, everybody): NaN.
beta <- function(d, name) {
  ci <- attr(svyciprop(as.formula(paste0("~I(", name, ")")), d, method = "beta"), "ci")
  as.numeric(ci)
}
shares <- function(d, f, parts, df) {
  out <- domain(d, f, df)
  cis <- sapply(parts, function(p) beta(d, p))
  out$low <- I(as.numeric(cis[1, ])); out$high <- I(as.numeric(cis[2, ]))
  out
}
domain <- function(d, f, df) {
  m <- svymean(f, d, na.rm = TRUE)
  ci <- confint(m, df = df)
  list(names = I(names(coef(m))), share = I(as.numeric(coef(m))), se = I(as.numeric(SE(m))), low = I(as.numeric(ci[, 1])), high = I(as.numeric(ci[, 2])))
}
for (path in commandArgs(trailingOnly = TRUE)) {
  data <- read.csv(path, stringsAsFactors = FALSE, na.strings = "")
  data$q <- factor(data$q); data$size <- factor(data$size)
  weights <- if ("weight" %in% names(data)) ~weight else NULL
  if (is.null(weights)) data$one <- 1
  design <- svydesign(
    ids = if ("cluster" %in% names(data)) ~cluster else ~1,
    strata = if ("stratum" %in% names(data)) ~stratum else NULL,
    weights = if (is.null(weights)) ~one else weights,
    data = data, nest = TRUE)
  df <- degf(design)
  both <- subset(design, !is.na(q) & !is.na(size))
  test <- svychisq(~q + size, both, statistic = "F")
  qs <- paste0("q == '", levels(data$q), "'")
  out <- list(
    q = shares(subset(design, !is.na(q)), ~q, qs, df), m = shares(subset(design, !is.na(a)), ~a + b, c("a == 1", "b == 1"), df), x = domain(design, ~x, df),
    by = lapply(levels(data$size), function(s) list(size = s, q = shares(subset(design, size == s & !is.na(q)), ~q, qs, df), x = domain(subset(design, size == s), ~x, df))),
    totals = unname(coef(svytotal(~q, design, na.rm = TRUE))),
    chisq = list(f = unname(test$statistic), df1 = unname(test$parameter[1]), df2 = unname(test$parameter[2]), p = unname(test$p.value)))
  cat(toJSON(out, digits = I(17), auto_unbox = TRUE, na = "null"), "\n", sep = "")
}
