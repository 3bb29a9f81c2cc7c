# Reference numbers for impact/: sandwich and clubSandwich on tests/reference/impact_panel.csv.
# Run in tests/reference: Rscript impact.R   (Debian: r-cran-sandwich, r-cran-clubsandwich)
suppressMessages({library(sandwich); library(clubSandwich)})
panel <- read.csv("impact_panel.csv", stringsAsFactors = FALSE)
pre <- 2016:2021; post <- 2022:2024
out <- data.frame()
keep <- function(case, kind, estimate, se, df) out <<- rbind(out, data.frame(case, kind, estimate, se, df))
satterthwaite <- function(case, kind, fit, vcov, cluster, term) {
  found <- coef_test(fit, vcov = vcov, cluster = cluster, test = "Satterthwaite", coefs = term)
  keep(case, kind, found$beta, found$SE, found$df_Satt)
}

# one number a unit
mean_of <- function(years) tapply(panel$y[panel$t %in% years], panel$id[panel$t %in% years], mean)
first <- panel[!duplicated(panel$id), ]; first <- first[order(first$id), ]
first$change <- as.numeric(mean_of(post)[as.character(first$id)] - mean_of(pre)[as.character(first$id)])
first$after <- as.numeric(mean_of(post)[as.character(first$id)])
fit <- lm(change ~ treated, data = first)
keep("did", "classical", coef(fit)[2], sqrt(vcov(fit)[2, 2]), fit$df.residual)
stopifnot(abs(sqrt(vcovHC(fit, "HC3")[2, 2]) - coef_test(fit, vcov = "CR3", cluster = seq_len(nrow(first)), coefs = 2)$SE) < 1e-10)
satterthwaite("did", "hc3", fit, "CR3", seq_len(nrow(first)), "treated")
satterthwaite("did", "cr2", fit, "CR2", first$cluster, "treated")

# same state: saturated in stratum, weighted as the treated
both <- with(first, tapply(treated, stratum, function(v) min(sum(v), sum(1 - v))))

first <- first[first$stratum %in% names(both)[both > 0], ]  # strata lacking an arm contribute nothing
cells <- lm(after ~ 0 + stratum + stratum:treated, data = first)
share <- table(first$stratum[first$treated == 1]) / sum(first$treated)
weight <- numeric(length(coef(cells))); names(weight) <- names(coef(cells))
for (name in names(share)) weight[paste0("stratum", name, ":treated")] <- share[name]
contrast <- matrix(weight, nrow = 1)
se <- sqrt(drop(contrast %*% vcovHC(cells, "HC3") %*% t(contrast)))
line <- linear_contrast(cells, vcov = "CR3", cluster = seq_len(nrow(first)), contrasts = contrast, test = "Satterthwaite")
stopifnot(abs(line$SE - se) < 1e-10)
keep("same_state", "hc3", sum(weight * coef(cells)), se, line$df)

# two-way fixed effects, dummies spelled out
panel$on <- panel$treated * (panel$t >= 2022)
full <- lm(y ~ on + x + factor(t) + factor(id), data = panel)
for (term in c("on", "x")) {
  position <- which(names(coef(full)) == term)
  keep(paste0("twfe.", term), "classical", coef(full)[position], sqrt(vcov(full)[position, position]), full$df.residual)
  satterthwaite(paste0("twfe.", term), "hc3", full, "CR3", seq_len(nrow(panel)), term)
  satterthwaite(paste0("twfe.", term), "cr2", full, "CR2", panel$id, term)
  satterthwaite(paste0("twfe.", term), "cr2.cluster", full, "CR2", panel$cluster, term)
  for (group in c("id", "cluster")) {
    # vcovCL HC0 with cadjust carries G / (G - 1); the rest of CR1 is (n - 1) / (n - k), unit effects nested in the clusters not counted
    v <- vcovCL(full, cluster = panel[[group]], type = "HC0", cadjust = TRUE)[position, position]
    n <- nrow(panel); k <- 2 + (length(unique(panel$t)) - 1) + 1
    keep(paste0("twfe.", term), paste0("cluster.", group), coef(full)[position], sqrt(v * (n - 1) / (n - k)), length(unique(panel[[group]])) - 1)
  }
}
write.csv(format(out, digits = 15), "impact.csv", row.names = FALSE, quote = FALSE)
