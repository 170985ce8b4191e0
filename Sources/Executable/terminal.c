/* What happens between the program and the person while it runs: Ctrl-C, and one line that says
 * how far a long run is. The line stands on a terminal's standard error alone and goes at the end;
 * NO_COLOR (no-color.org) takes its colour. */
#define _GNU_SOURCE
#include "executable.h"

#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* Seconds before the line comes, and between its changes. */
#define PATIENCE 0.5
#define PERIOD 0.1

static volatile sig_atomic_t interrupted;
/* Read by the handler, so written and read as a whole. */
static const char *_Atomic partial_file;

static const char *watched;
static double next_change;
static bool line_stands;

void smalti_guard_partial_file(const char *path) { atomic_store(&partial_file, path); }

void smalti_remove_partial_file(void) {
  const char *path = atomic_exchange(&partial_file, NULL);
  if (path) unlink(path);
}

/* Calls nothing but what a handler may call. A lock-free exchange is among that. */
static void on_interrupt(int signal) {
  (void)signal;
  if (interrupted) {
    smalti_remove_partial_file();
    _exit(ENDING_INTERRUPTED);
  }
  interrupted = 1;
}

void smalti_listen(void) {
  /* A reader that went away (`./simone --help | head`) is no failure of ours. */
  signal(SIGPIPE, SIG_IGN);
  struct sigaction action;
  /* A caller that ignores Ctrl-C (`nohup`) is left alone. */
  if (sigaction(SIGINT, NULL, &action) != 0 || action.sa_handler != SIG_DFL) return;
  memset(&action, 0, sizeof action);
  action.sa_handler = on_interrupt;
  action.sa_flags = SA_RESTART;
  sigaction(SIGINT, &action, NULL);
}

void smalti_leave_if_interrupted(void) {
  if (!interrupted) return;
  smalti_clear_line();
  fputs("interrupted\n", stderr);
  smalti_leave(ENDING_INTERRUPTED);
}

double smalti_seconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static bool has_terminal(void) {
  const char *kind = getenv("TERM");
  return isatty(STDERR_FILENO) && kind && strcmp(kind, "dumb") != 0;
}

static bool has_color(void) {
  const char *refusal = getenv("NO_COLOR");
  return !refusal || refusal[0] == '\0';
}

void smalti_watch(const char *what) {
  watched = has_terminal() ? what : NULL;
  next_change = smalti_seconds() + PATIENCE;
}

void smalti_clear_line(void) {
  if (line_stands) fputs("\r\033[2K", stderr);
  line_stands = false;
}

int32_t smalti_progress_made(void *unused, uint64_t done, uint64_t count) {
  (void)unused;
  if (watched && smalti_seconds() >= next_change) {
    smalti_clear_line();
    const char *before = has_color() ? "\033[2m" : "";
    const char *after = has_color() ? "\033[0m" : "";
    fprintf(
        stderr, "%s%s: step %llu of %llu …%s", before, watched, (unsigned long long)done,
        (unsigned long long)count, after);
    line_stands = true;
    next_change = smalti_seconds() + PERIOD;
  }
  return interrupted;
}
