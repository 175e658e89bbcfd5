# Reference values for the survival statistics, made with R 4.2.2 and its package survival 3.5-3.
#
#   Rscript make-reference.R > reference.json
#
# The file holds both the data and what R makes of them; numbers have as many significant digits, 15 to 17, as they
# need to come back exactly.
# JSON has no NaN: NA and NaN are null, infinities are the strings "inf" and "-inf".
#
# How each value is made:
#   curves       survfit(Surv(time, status) ~ group, conf.type, conf.int), split by group; the times of all groups are
#                made equal together (timefix = TRUE, the default), before the split
#     steps      the components time, n.risk, n.event, n.censor, surv of the fit; logError is std.err, which in a
#                survfit object is the standard error of log S(t), the root of Greenwood's sum
#     limits     the components lower and upper of the fit, per step
#     estimates  summary(fit, times = t): n.risk, surv, std.err (there of S(t)), lower, upper
#     beyond     times that summary(fit, times = t, extend = FALSE) leaves out
#     quantiles  quantile(fit, probs): quantile, lower, upper
#   logRank      survdiff(Surv(time, status) ~ group): obs, exp, var, chisq, degrees of freedom = groups with exp > 0
#                less one, p = pchisq(chisq, df, lower.tail = FALSE); "estimable" is false where survdiff stops or has
#                no degrees of freedom
#   regressions  coxph(Surv(time, status) ~ x, ties = "efron"), default control: coefficients, var, loglik, score,
#                wald.test, iter; summary(fit, conf.int = level): z, p, limits; tests from pchisq; every warning
#   special      pnorm, qnorm, pchisq
suppressPackageStartupMessages(library(survival))

number <- function(x) {
    digits <- ifelse(is.na(x), "null", ifelse(x > 0, "\"inf\"", "\"-inf\""))
    for (i in which(is.finite(x))) for (format in c("%.15g", "%.16g", "%.17g")) {
        digits[i] <- sprintf(format, x[i])
        if (as.numeric(digits[i]) == x[i]) break
    }
    digits
}
scalar <- function(x) {
    if (is.character(x)) paste0("\"", gsub("\n", " ", gsub("\"", "'", x)), "\"")
    else if (is.logical(x) && !anyNA(x)) ifelse(x, "true", "false")
    else number(as.numeric(x))
}
# A column is an array whatever its length; any other value has length one.
many <- function(x) structure(list(x), class = "many")
encode <- function(x) {
    if (is.null(x)) return("null")
    if (inherits(x, "many") && length(x[[1]]) == 0) return("[]")
    if (inherits(x, "many")) return(paste0("[", paste(scalar(x[[1]]), collapse = ","), "]"))
    if (is.list(x)) {
        parts <- vapply(x, encode, "")
        if (is.null(names(x))) return(paste0("[", paste(parts, collapse = ",\n"), "]"))
        return(paste0("{", paste0("\"", names(x), "\":", parts, collapse = ",\n"), "}"))
    }
    stopifnot(length(x) == 1)
    scalar(x)
}

probabilities <- c(0.05, 0.1, 0.25, 0.3, 0.5, 0.6, 0.75, 0.9, 0.95, 1)

limits.of <- function(fit, scale, level, asked) {
    last <- max(fit$time)
    inside <- asked[asked <= last]
    at <- summary(fit, times = inside)
    # quantile() decides on the smallest of all probabilities whether anything is reached at all: ask one by one.
    one.by.one <- lapply(probabilities, function(p) quantile(fit, probs = p))
    pick <- function(name) vapply(one.by.one, function(z) as.numeric(z[[name]]), 0)
    list(scale = scale, level = level, lower = many(fit$lower), upper = many(fit$upper),
         estimates = list(time = many(at$time), atRisk = many(at$n.risk), survival = many(at$surv),
                          standardError = many(at$std.err), lower = many(at$lower), upper = many(at$upper)),
         beyond = many(asked[asked > last]),
         quantiles = list(probability = many(probabilities), time = many(pick("quantile")),
                          lower = many(pick("lower")), upper = many(pick("upper"))))
}

curve <- function(time, status, group, chosen, scales, levels) {
    data <- data.frame(time = time, status = status, group = factor(group))
    fits <- list()
    for (level in levels) for (scale in scales) {
        fit <- if (is.null(chosen)) survfit(Surv(time, status) ~ 1, data, conf.type = scale, conf.int = level)
               else survfit(Surv(time, status) ~ group, data, conf.type = scale, conf.int = level)
        if (!is.null(chosen) && nlevels(data$group) > 1) fit <- fit[match(chosen, levels(data$group))]
        fits[[length(fits) + 1]] <- list(fit = fit, scale = scale, level = level)
    }
    fit <- fits[[1]]$fit
    span <- max(fit$time)
    asked <- sort(unique(c(0, min(fit$time) / 2, fit$time[unique(round(seq(1, length(fit$time), length.out = 12)))],
                           span * c(0.1, 0.25, 1/3, 0.5, 0.77), span, span * 1.0001, span + 1)))
    list(group = if (is.null(chosen)) NULL else chosen, count = sum(fit$n), events = sum(fit$n.event),
         steps = list(time = many(fit$time), atRisk = many(fit$n.risk), events = many(fit$n.event),
                      censored = many(fit$n.censor), survival = many(fit$surv), logError = many(fit$std.err)),
         limits = lapply(fits, function(f) limits.of(f$fit, f$scale, f$level, asked)))
}

log.rank <- function(time, status, group) {
    d <- suppressWarnings(tryCatch(survdiff(Surv(time, status) ~ group), error = function(e) NULL))
    if (is.null(d)) return(list(estimable = FALSE))
    df <- sum(d$exp > 0) - 1
    if (df < 1) return(list(estimable = FALSE))
    list(estimable = TRUE, groups = many(sort(unique(group))), observed = many(d$obs), expected = many(d$exp),
         variance = many(as.vector(d$var)), chiSquared = d$chisq, degreesOfFreedom = df,
         p = pchisq(d$chisq, df, lower.tail = FALSE))
}

sample.of <- function(name, time, status, group = rep(0, length(time)),
                      scales = c("log-log", "log", "plain"), levels = 0.95) {
    curves <- lapply(sort(unique(group)), function(g) curve(time, status, group, g, scales, levels))
    list(name = name, times = many(time), status = many(as.logical(status)), groups = many(group),
         groupCount = max(group) + 1,
         all = curve(time, status, group, NULL, scales, levels), curves = curves,
         logRank = log.rank(time, status, group))
}

regression <- function(name, time, status, x, level = 0.95) {
    x <- as.matrix(x)
    warnings <- character()
    fit <- withCallingHandlers(coxph(Surv(time, status) ~ x, ties = "efron"), warning = function(w) {
        warnings <<- c(warnings, conditionMessage(w))
        invokeRestart("muffleWarning")
    })
    value <- list(name = name, times = many(time), status = many(as.logical(status)),
                  covariates = lapply(seq_len(ncol(x)), function(j) many(x[, j])), level = level,
                  warnings = many(warnings), coefficients = many(coef(fit)), iterations = fit$iter)
    if (anyNA(coef(fit))) return(value)
    s <- summary(fit, conf.int = level)
    k <- length(coef(fit))
    lr <- 2 * (fit$loglik[2] - fit$loglik[1])
    tail <- function(q) pchisq(q, k, lower.tail = FALSE)
    c(value, list(
        standardErrors = many(s$coefficients[, "se(coef)"]), z = many(s$coefficients[, "z"]),
        p = many(s$coefficients[, "Pr(>|z|)"]), hazardRatios = many(s$conf.int[, 1]),
        lower = many(s$conf.int[, 3]), upper = many(s$conf.int[, 4]), covariance = many(as.vector(fit$var)),
        logLikelihood = many(fit$loglik), scoreTest = fit$score, scoreP = tail(fit$score),
        likelihoodRatioTest = lr, likelihoodRatioP = tail(lr),
        waldTest = as.vector(fit$wald.test), waldP = tail(as.vector(fit$wald.test))))
}

both <- c(0.95, 0.9)
lung2 <- subset(lung, !is.na(ph.ecog))
v <- veteran
vx <- with(v, cbind(trt, karno, age, celltype == "smallcell", celltype == "adeno", celltype == "large"))

set.seed(20)
r <- data.frame(time = round(rexp(160, 0.1), 1), status = runif(160) < 0.7, group = sample(0:2, 160, TRUE))
f <- data.frame(time = rexp(120, 0.05), status = runif(120) < 0.6, group = sample(0:1, 120, TRUE))
g <- data.frame(x = rnorm(300), y = runif(300), b = sample(0:1, 300, TRUE))
g$time <- rexp(300, 0.01 * exp(0.8 * g$x - 0.5 * g$b))
g$status <- runif(300) < 0.8
steps10 <- cumsum(rep(0.1, 30))
near <- c(0.3, 0.1 + 0.2, 0.1 + 0.2, 0.3, 0.7, 0.1 * 7, 0.8 - 0.1, 1, 1 + 1e-8, 1 + 2e-8, 1 + 3e-8, 1.5, 1.5 + 1e-6, 2)

samples <- list(
    sample.of("lung by sex", lung$time, lung$status == 2, lung$sex - 1, levels = both),
    sample.of("veteran by treatment", v$time, v$status == 1, v$trt - 1),
    sample.of("veteran by cell type", v$time, v$status == 1, as.integer(v$celltype) - 1, scales = "log-log"),
    sample.of("aml by maintenance", aml$time, aml$status == 1, as.integer(aml$x) - 1, levels = both),
    sample.of("ovarian by treatment", ovarian$futime, ovarian$fustat == 1, ovarian$rx - 1),
    sample.of("heavy ties", rep(c(1, 2, 3, 4), c(9, 7, 5, 4)),
              c(1,1,1,1,0,0,1,1,0, 1,1,1,0,0,1,1, 1,1,0,1,1, 0,1,1,0), rep(0:1, length.out = 25), levels = both),
    sample.of("one group", c(5, 3, 8, 1, 9), c(1, 0, 1, 1, 0)),
    sample.of("no events", c(2, 4, 4, 7), c(0, 0, 0, 0), c(0, 1, 0, 1)),
    sample.of("all events", c(4, 2, 9, 1, 7, 3), rep(1, 6), c(0, 1, 0, 1, 0, 1)),
    sample.of("ties at the last time", c(1, 2, 3, 5, 5, 5, 5), c(1, 0, 1, 1, 1, 0, 0), c(0, 1, 0, 1, 0, 1, 0)),
    sample.of("all fail at the last time", c(1, 2, 3, 5, 5, 5, 5), c(1, 0, 1, 1, 1, 1, 1), c(0, 1, 0, 1, 0, 1, 0)),
    sample.of("one subject with an event", 3, 1),
    sample.of("one subject without", 3, 0),
    sample.of("half on an interval", c(1, 2, 3, 4), c(1, 1, 1, 1)),
    sample.of("half on an interval with censoring in it", c(1, 2, 3, 4, 5, 6), c(1, 1, 1, 0, 0, 1)),
    sample.of("half until the end", c(1, 2, 3, 4, 5, 6), c(1, 1, 1, 0, 0, 0)),
    sample.of("half of three by rounding", c(1:14), c(rep(1, 7), 0, 0, rep(1, 5))),
    sample.of("above half by a rounding error until the end", 1:24, rep(1:0, each = 12)),
    sample.of("above half by a rounding error, then below", 1:24, c(rep(1:0, c(12, 11)), 1)),
    sample.of("a little above half until the end", c(1:22, 30), c(rep(1, 11), rep(0, 12)), c(rep(0, 22), 1)),
    sample.of("every prefix of 23", c(1:23), rep(1, 23)),
    sample.of("every prefix of 49, half censored", rep(1:49, 2), rep(c(1, 0), each = 49), rep(0:1, 49)),
    sample.of("censored with events", c(1, 1, 2, 2, 2, 3, 3, 4), c(1, 0, 1, 0, 1, 0, 1, 0),
              c(0, 0, 1, 1, 0, 0, 1, 1)),
    sample.of("censored before the first event", c(1, 2, 3, 4, 5, 6), c(0, 0, 1, 1, 0, 1), c(0, 1, 0, 1, 0, 1),
              levels = both),
    sample.of("reaching zero before the last group ends", c(1, 2, 3, 6, 7, 8), c(1, 1, 1, 0, 1, 0),
              c(0, 0, 0, 1, 1, 1)),
    sample.of("an event at time zero", c(0, 0, 1, 2, 3), c(1, 0, 1, 0, 1), c(0, 1, 0, 1, 1)),
    sample.of("all at time zero", c(0, 0, 0), c(1, 0, 1), c(0, 1, 1)),
    sample.of("nearly equal fractions", near, c(1,1,0,1,1,0,1,1,1,0,1,1,1,0), rep(0:1, 7)),
    sample.of("tenths by addition and by division", c(steps10, (1:30) / 10), rep(c(1, 0, 1), 20), rep(0:1, each = 30)),
    sample.of("large and close", 1e9 + c(0, 3, 9, 40, 41, 90), c(1, 1, 0, 1, 1, 1), c(0, 1, 0, 1, 0, 1)),
    sample.of("a group that leaves before the first event", c(1, 1, 5, 6, 7, 8), c(0, 0, 1, 1, 0, 1),
              c(0, 0, 1, 2, 1, 2)),
    sample.of("only one group at risk", c(1, 1, 5, 6, 7), c(0, 0, 1, 1, 0), c(0, 0, 1, 1, 1)),
    sample.of("everybody fails at once", c(4, 4, 4, 4), c(1, 1, 1, 1), c(0, 1, 0, 1)),
    sample.of("an empty group between", c(1, 2, 3, 4, 5, 6), c(1, 1, 0, 1, 1, 1), c(0, 2, 2, 0, 2, 0)),
    sample.of("three groups, tenths", r$time, r$status, r$group, levels = both),
    sample.of("two groups, continuous", f$time, f$status, f$group),
    sample.of("strong difference", c(1:200, 201:400), rep(1, 400), rep(0:1, each = 200), scales = "log"))

# A small effect, met by the very first step, for which coxph warns of an infinite coefficient without reason: the score
# at zero is linear in the covariate, so a second column can all but cancel it.
set.seed(11)
alarm <- data.frame(time = rexp(60), status = rep(1, 60), x = rgamma(60, 0.15), w = rnorm(60))
null.residuals <- residuals(coxph(Surv(time, status) ~ 1, alarm))
alarm$x <- alarm$x - alarm$w * (1 - 1.2e-2) * sum(null.residuals * alarm$x) / sum(null.residuals * alarm$w)
# Heavy-tailed covariates whose first Newton steps lower the likelihood and have to be cut (seed 15: several times).
halving <- function(seed) {
    set.seed(seed)
    d <- data.frame(time = rexp(30), status = rep(1, 30), x = exp(rnorm(30, 0, 2.5)), y = rbinom(30, 1, 0.2))
    d$time <- d$time * exp(-0.3 * log(d$x))
    d
}
cut <- halving(15)
cut.less <- halving(34)
set.seed(5)
wild <- data.frame(time = rexp(80), status = runif(80) < 0.8, x = rcauchy(80))
wilder <- data.frame(time = round(rexp(60), 1), status = runif(60) < 0.8, x = exp(rnorm(60, 0, 3)))
steep <- data.frame(time = c(1:30), status = rep(1, 30), x = c(rep(0, 28), 1, 30), y = rep(0:1, 15))
tied <- data.frame(time = rep(1:5, each = 12), status = rep(c(1, 1, 0), 20), x = rep(c(0, 1, 1, 0, 1), 12))

regressions <- list(
    regression("lung: sex", lung$time, lung$status == 2, lung$sex),
    regression("lung: age, sex, performance", lung2$time, lung2$status == 2, lung2[, c("age", "sex", "ph.ecog")]),
    regression("veteran: treatment, Karnofsky, age, cell type", v$time, v$status == 1, vx),
    regression("veteran, 90 %", v$time, v$status == 1, vx[, 1:2], 0.9),
    regression("aml", aml$time, aml$status == 1, as.integer(aml$x)),
    regression("ovarian", ovarian$futime, ovarian$fustat == 1, ovarian[, c("age", "rx", "resid.ds")]),
    regression("heavy ties", tied$time, tied$status, tied$x),
    regression("heavy ties, two covariates", tied$time, tied$status, cbind(tied$x, rep(c(3, 1, 4, 1, 5, 9), 10))),
    regression("continuous", g$time, g$status, g[, c("x", "y", "b")]),
    regression("a covariate far from zero", g$time, g$status, cbind(1e6 + g$x, 1e-3 * g$y)),
    regression("nearly equal times", near, c(1,1,0,1,1,0,1,1,1,0,1,1,1,0), rep(c(0, 1, 1), length.out = 14)),
    regression("Cauchy covariate", wild$time, wild$status, wild$x),
    regression("log-normal covariate", wilder$time, wilder$status, wilder$x),
    regression("step halving", cut$time, cut$status, cut[, c("x", "y")]),
    regression("step halving, fewer", cut.less$time, cut.less$status, cut.less[, c("x", "y")]),
    regression("steep", steep$time, steep$status, steep[, c("x", "y")]),
    regression("strong difference", c(1:200, 151:350), rep(1, 400), rep(0:1, each = 200)),
    regression("complete separation", 1:12, rep(1, 12), 12:1),
    regression("separation by group", c(1:6, 11:16), c(rep(1, 6), rep(0, 6)), rep(0:1, each = 6)),
    regression("separation beside a good covariate", c(1:6, 11:16), c(rep(1, 6), rep(0, 6)),
               cbind(c(1, 3, 2, 5, 1, 2, 2, 4, 1, 3, 2, 1), rep(0:1, each = 6))),
    regression("collinear", g$time, g$status, cbind(g$x, g$b, 2 * g$x - 3 * g$b)),
    regression("constant", g$time, g$status, cbind(g$x, 7)),
    regression("no events", c(1, 2, 3, 4), c(0, 0, 0, 0), c(0, 1, 0, 1)),
    regression("no variation at risk", c(1, 2, 3, 4, 5), c(0, 0, 1, 1, 1), c(0.3, 1.7, 1.1, 1.1, 1.1)),
    regression("small effect that coxph suspects", alarm$time, alarm$status, alarm$x))

x.normal <- c(-37.5, -30, -12.3, -8, -5.5, -3, -1.959963984540054, -1, -0.5, -1e-3, 0, 1e-9, 0.25, 1, 2.5, 6)
p.normal <- c(1e-300, 1e-100, 1e-20, 1e-8, 1e-3, 0.01, 0.025, 0.2, 0.26, 0.4, 0.4999999, 0.5,
              0.5000001, 0.6, 0.75, 0.9, 0.95, 0.975, 0.995, 1 - 1e-10)
chi <- expand.grid(x = c(1e-8, 0.1, 0.5, 1, 3.84, 10, 33.1, 75, 200, 600, 1300), df = c(1, 2, 3, 4, 7, 10, 25, 60))
special <- list(
    normal = list(x = many(x.normal), lower = many(pnorm(x.normal)), upper = many(pnorm(x.normal, lower.tail = FALSE))),
    quantile = list(p = many(p.normal), x = many(qnorm(p.normal))),
    chiSquared = list(x = many(chi$x), df = many(chi$df), p = many(pchisq(chi$x, chi$df, lower.tail = FALSE))))

cat(encode(list(
    made = list(R = R.version.string, survival = as.character(packageVersion("survival"))),
    samples = samples, regressions = regressions, special = special)), "\n", sep = "")
