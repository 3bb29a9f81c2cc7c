# Fieller's set by turning the test round: the prices at which |cost - price * effect| equals its critical error, found by uniroot.
cases <- data.frame(
  case = c("bounded", "correlated", "two_rays", "negative_effect"),
  cost = c(10, 300, 5, 8), cost_error = c(2, 30, 0.5, 1), effect = c(4, 0.25, 0.1, -0.6),
  effect_error = c(1, 0.05, 0.1, 0.2), covariance = c(0, 0.9, 0, 0.05), critical = c(2, 1.97, 1.96, 2.1))
excess <- function(r, k) {
  abs(k$cost - r * k$effect) - k$critical * sqrt(k$cost_error^2 - 2 * r * k$covariance + r^2 * k$effect_error^2)
}
edges <- function(k) {
  grid <- sinh(seq(asinh(-1e5), asinh(1e5), length.out = 200001))
  value <- sapply(grid, excess, k = k)
  at <- which(diff(sign(value)) != 0)
  sapply(at, function(i) uniroot(excess, grid[c(i, i + 1)], k = k, tol = 1e-12)$root)
}
for (i in seq_len(nrow(cases))) {
  k <- cases[i, ]
  found <- sort(edges(k))
  stopifnot(length(found) == 2)
  inside <- excess(mean(found), k) <= 0
  cases$low[i] <- found[if (inside) 1 else 2]
  cases$high[i] <- if (inside) found[2] else Inf
}
write.csv(cases, "fieller.csv", row.names = FALSE, quote = FALSE)
