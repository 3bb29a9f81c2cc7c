# Reference numbers for the models of inactivity, from R, frozen in inactivity_numbers.csv.
# Run: Rscript inactivity.R (Debian: r-cran-survival, r-cran-cmprsk, r-cran-brglm2, r-cran-sandwich). Writes its data and numbers beside itself.
# Firth profile limits: brglm2 gives the estimate; its penalised profile is searched here by optim and uniroot on the full information,
# since brglm2 has no profile of it (logistf, which has one, is not in Debian).
suppressPackageStartupMessages({library(survival); library(cmprsk); library(brglm2); library(sandwich)})
set.seed(127)
out <- list()
keep <- function(what, term, ...) out[[length(out) + 1]] <<- data.frame(what = what, term = as.character(term), ...,  stringsAsFactors = FALSE)
number <- function(what, terms, names, values) for (j in seq_along(names)) keep(what, terms, column = names[j], value = as.numeric(values[[j]]))

# spells with delayed entry, ties, entries exactly at event times, two ways to end
n <- 150
spells <- data.frame(entry = sample(0:6, n, TRUE))
spells$x <- round(rnorm(n), 2)
spells$group <- sample(c("a", "b", "c"), n, TRUE, c(.5, .3, .2))
spells$place <- sample(sprintf("k%02d", 1:12), n, TRUE)
life <- ceiling(rexp(n, 0.16 * exp(0.5 * spells$x)))
spells$duration <- spells$entry + pmin(life, 9)
spells$event <- ifelse(life > 9, 0, sample(c(0, 1, 2), n, TRUE, c(.15, .6, .25)))
write.csv(spells, "inactivity_spells.csv", row.names = FALSE, quote = FALSE)
spells$group <- relevel(factor(spells$group), names(which.max(table(spells$group))))
dead <- spells$event > 0

fit <- coxph(Surv(entry, duration, dead) ~ x + group, spells, ties = "efron", control = coxph.control(eps = 1e-12, toler.chol = 1e-13, iter.max = 50))
number("cox_efron", names(coef(fit)), c("estimate", "std_error"), list(coef(fit), sqrt(diag(vcov(fit)))))
fit <- coxph(Surv(entry, duration, dead) ~ x + group, spells, ties = "breslow", control = coxph.control(eps = 1e-12, toler.chol = 1e-13, iter.max = 50))
number("cox_breslow", names(coef(fit)), c("estimate", "std_error"), list(coef(fit), sqrt(diag(vcov(fit)))))
fit <- coxph(Surv(entry, duration, dead) ~ x + group + cluster(place), spells, ties = "efron", control = coxph.control(eps = 1e-12, toler.chol = 1e-13, iter.max = 50))
number("cox_cluster", names(coef(fit)), c("estimate", "std_error"), list(coef(fit), sqrt(diag(vcov(fit)))))
fit <- coxph(Surv(entry, duration, event == 1) ~ x, spells, ties = "efron", control = coxph.control(eps = 1e-12, toler.chol = 1e-13, iter.max = 50))
number("cox_cause", "x", c("estimate", "std_error"), list(coef(fit), sqrt(diag(vcov(fit)))))
fit <- coxph(Surv(entry, duration, dead) ~ x + group, spells, ties = "efron", control = coxph.control(eps = 1e-12, toler.chol = 1e-13, iter.max = 50))
for (how in c("identity", "log")) {
  z <- cox.zph(fit, transform = how, terms = FALSE)$table
  number(paste0("zph_", how), rownames(z), c("statistic", "p_value"), list(z[, "chisq"], z[, "p"]))
}

# log-rank: survdiff where all enter at zero. It takes no delayed entry (and coxph's exact ties never end on it): there the sums over
# the event times are written out, and must give survdiff's answer when entry is zero
plain <- survdiff(Surv(duration, dead) ~ group, spells)
sums <- function(entry) {
  levels <- levels(spells$group); u <- numeric(3); v <- matrix(0, 3, 3)
  for (t in sort(unique(spells$duration[dead]))) {
    risk <- table(factor(spells$group[entry < t & spells$duration >= t], levels))
    died <- table(factor(spells$group[dead & spells$duration == t], levels))
    m <- sum(risk); d <- sum(died); p <- as.numeric(risk) / m
    u <- u + as.numeric(died) - d * p
    if (m > 1) v <- v + d * (m - d) / (m - 1) * (diag(p) - outer(p, p))
  }
  drop(u[-1] %*% solve(v[-1, -1]) %*% u[-1])
}
stopifnot(abs(sums(rep(0, n)) - plain$chisq) < 1e-9)
number("logrank_plain", "group", "statistic", list(plain$chisq))
number("logrank_delayed", "group", "statistic", list(sums(spells$entry)))

# cumulative incidence: survfit's Aalen-Johansen with delayed entry (infinitesimal jackknife), cmprsk where all enter at zero
state <- factor(spells$event, 0:2, c("censor", "inactive", "dissolved"))
aj <- survfit(Surv(entry, duration, state) ~ 1, spells, id = seq_len(n))
s <- summary(aj, times = sort(unique(spells$duration[dead])))
for (k in 1:2) number(paste0("incidence_delayed_", k), s$time, c("estimate", "std_error"), list(s$pstate[, k + 1], s$std.err[, k + 1]))
ci <- timepoints(cuminc(spells$duration, spells$event), sort(unique(spells$duration[dead])))
for (k in 1:2) number(paste0("incidence_plain_", k), colnames(ci$est), c("estimate", "std_error"), list(ci$est[k, ], sqrt(ci$var[k, ])))

# states with return, one row a step between years
steps <- do.call(rbind, lapply(1:60, function(i) {
  m <- rbind(c(.82, .18, 0), c(.25, .67, .08), c(0, 0, 1))
  start <- sample(1:4, 1); now <- if (start == 1) 1 else sample(1:2, 1, prob = c(.7, .3)); rows <- NULL
  for (year in start:8) {
    following <- sample(1:3, 1, prob = m[now, ])
    rows <- rbind(rows, data.frame(id = i, year = year, from = now, to = following))
    now <- following
    if (now == 3) break
  }
  rows
}))
write.csv(steps, "inactivity_steps.csv", row.names = FALSE, quote = FALSE)
labels <- c("active", "inactive", "dissolved")
steps$moved <- factor(ifelse(steps$from == steps$to, 0, steps$to), 0:3, c("none", labels))
steps$origin <- factor(steps$from, 1:3, labels)
ms <- survfit(Surv(year - 1, year, moved) ~ 1, steps, id = steps$id, istate = steps$origin, p0 = c(1, 0, 0), se.fit = TRUE)
ss <- summary(ms, times = 1:8)
order <- match(labels, ms$states)
for (k in 1:3) number(paste0("states_", labels[k]), ss$time, c("estimate", "std_error"), list(ss$pstate[, order[k]], ss$std.err[, order[k]]))

# cooperative-years: cloglog and logit with clustered errors
years <- do.call(rbind, lapply(seq_len(n), function(i) data.frame(
  coop_id = i, age = (spells$entry[i] + 1):spells$duration[i], x = spells$x[i], group = spells$group[i], place = spells$place[i],
  stopped = as.integer((spells$entry[i] + 1):spells$duration[i] == spells$duration[i] & spells$event[i] == 1))))
for (link in c("cloglog", "logit")) {
  fit <- glm(stopped ~ x + group + age, binomial(link), years, control = glm.control(1e-14, 100))
  number(paste0("glm_", link), names(coef(fit)), c("estimate", "std_error"), list(coef(fit), sqrt(diag(vcov(fit)))))
  for (by in c("coop_id", "place")) {
    v <- vcovCL(fit, cluster = years[[by]], type = "HC0", cadjust = TRUE)
    number(paste0("glm_", link, "_", by), names(coef(fit)), c("estimate", "std_error"), list(coef(fit), sqrt(diag(v))))
  }
}

# average difference of x from its lower to its upper quartile and of a 0/1 column, by prediction and a numeric delta method
years$small <- as.integer(years$x < 0)
fit <- glm(stopped ~ small + age, binomial("logit"), years, control = glm.control(1e-14, 100))
average <- function(b) { eta <- function(s) b[1] + b[2] * s + b[3] * years$age; mean(plogis(eta(1)) - plogis(eta(0))) }
b <- coef(fit); h <- 1e-6
slope <- sapply(1:3, function(j) { up <- b; dn <- b; up[j] <- up[j] + h; dn[j] <- dn[j] - h; (average(up) - average(dn)) / (2 * h) })
v <- vcovCL(fit, cluster = years$coop_id, type = "HC0", cadjust = TRUE)
number("ame_logit", "small", c("estimate", "std_error"), list(average(b), sqrt(drop(t(slope) %*% v %*% slope))))

# Firth: no event among the treated fifteen (complete separation), and a number
small <- data.frame(treated = rep(1:0, c(15, 40)), size = round(rnorm(55), 2))
small$stopped <- ifelse(small$treated == 1, 0, rbinom(55, 1, plogis(-0.3 + 0.8 * small$size)))
write.csv(small, "inactivity_separated.csv", row.names = FALSE, quote = FALSE)
fit <- glm(stopped ~ treated + size, binomial, small, method = brglmFit, type = "AS_mean", epsilon = 1e-12, maxit = 1000)
X <- model.matrix(fit); y <- small$stopped
loss <- function(b) { p <- plogis(drop(X %*% b)); -(sum(y * log(p) + (1 - y) * log1p(-p)) + 0.5 * determinant(crossprod(X * sqrt(p * (1 - p))))$modulus) }
slim <- function(j, at) { f <- function(free) { b <- numeric(3); b[j] <- at; b[-j] <- free; loss(b) }
  o <- optim(coef(fit)[-j], f, method = "BFGS", control = list(reltol = 1e-15, maxit = 1000)); o <- optim(o$par, f, method = "BFGS", control = list(reltol = 1e-15, maxit = 1000)); o$value }
best <- loss(coef(fit))
for (j in 1:3) {
  fall <- function(at) 2 * (slim(j, at) - best) - qchisq(0.95, 1)
  se <- sqrt(diag(vcov(fit)))[j]
  low <- uniroot(fall, coef(fit)[j] - c(6 * se, 0), tol = 1e-10)$root
  high <- uniroot(fall, coef(fit)[j] + c(0, 6 * se), tol = 1e-10)$root
  number("firth", names(coef(fit))[j], c("estimate", "std_error", "conf_low", "conf_high", "p_value"),
         list(coef(fit)[j], se, low, high, pchisq(2 * (slim(j, 0) - best), 1, lower.tail = FALSE)))
}
frozen <- do.call(rbind, out)
frozen$value <- format(frozen$value, digits = 15, trim = TRUE)
write.csv(frozen, "inactivity_numbers.csv", row.names = FALSE, quote = FALSE)
cat(R.version.string, paste(sapply(c("survival", "cmprsk", "brglm2", "sandwich"), function(p) paste(p, packageVersion(p))), collapse = ", "), "\n")
