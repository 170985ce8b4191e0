/* One line for each check, also when a signal ends it. */
#define _GNU_SOURCE
#include "driver.h"

#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static char name[300], fact[800];
static bool failed;
static int failures;

enum { LIMIT = 300 }; /* seconds for a check, which takes one at most: threads may wait for ever */

void begin(const char *format, ...) {
  va_list values;
  va_start(values, format);
  vsnprintf(name, sizeof name, format, values);
  va_end(values);
  failed = false;
  alarm(LIMIT);
}

bool expect(bool holds, const char *format, ...) {
  if (holds || failed) return holds;
  failed = true;
  va_list values;
  va_start(values, format);
  vsnprintf(fact, sizeof fact, format, values);
  va_end(values);
  return false;
}

void finish(void) {
  alarm(0);
  if (failed) {
    failures++;
    printf("FAILED %s: %s\n", name, fact);
  } else {
    printf("ok %s\n", name);
  }
  fflush(stdout);
  name[0] = '\0';
}

void skip(const char *format, ...) {
  va_list values;
  va_start(values, format);
  printf("skipped ");
  vprintf(format, values);
  printf("\n");
  va_end(values);
}

int failure_count(void) { return failures; }

/* -- Signals ----------------------------------------------------------------------------------- */

static bool (*first_asked)(void *address);

static const char *meaning(int number) {
  if (number == SIGSEGV || number == SIGBUS) return ": reads or writes beside its memory\n";
  return number == SIGALRM ? ": does not end\n" : ": is killed by a signal\n";
}

/* Everything before this check was printed; only functions that a handler may call. */
static void handle(int number, siginfo_t *facts, void *context) {
  (void)context;
  if (number == SIGSEGV && first_asked && first_asked(facts->si_addr)) return;
  const char *const parts[] = {"FAILED ", name, meaning(number)};
  for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
    if (write(STDOUT_FILENO, parts[i], strlen(parts[i])) < 0) _exit(3);
  }
  _exit(1);
}

void catch_signals(bool (*handler)(void *address)) {
  first_asked = handler;
  const int numbers[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGALRM};
  for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
    struct sigaction action = {0};
    action.sa_sigaction = handle;
    action.sa_flags = SA_SIGINFO | SA_NODEFER;
    sigemptyset(&action.sa_mask);
    sigaction(numbers[i], &action, NULL);
  }
}
