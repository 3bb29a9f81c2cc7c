# Kaplan-Meier with delayed entry and log-log limits from R, frozen in survival.csv.
# Run: Rscript survival.R (base R with the recommended package survival). Writes spells.csv and survival.csv beside itself.
library(survival)
set.seed(20220825)
n <- 60
entry <- sample(0:12, n, replace = TRUE)
duration <- entry + sample(1:15, n, replace = TRUE)
event <- rbinom(n, 1, 0.6)
group <- ifelse(runif(n) < 0.5, "a", "b")
spells <- data.frame(entry, duration, event, group)
write.csv(spells, "spells.csv", row.names = FALSE, quote = FALSE)
read <- function(fit, term) {
  s <- summary(fit)
  data.frame(term = term, time = s$time, estimate = s$surv, std_error = s$std.err, conf_low = s$lower, conf_high = s$upper,
             n_risk = s$n.risk, n_event = s$n.event)
}
all <- read(survfit(Surv(entry, duration, event) ~ 1, data = spells, conf.type = "log-log"), "all")
parts <- lapply(c("a", "b"), function(g) {
  read(survfit(Surv(entry, duration, event) ~ 1, data = spells[spells$group == g, ], conf.type = "log-log"), g)
})
write.csv(format(rbind(all, do.call(rbind, parts)), digits = 15), "survival.csv", row.names = FALSE, quote = FALSE)
cat(R.version.string, "survival", as.character(packageVersion("survival")), "\n")
