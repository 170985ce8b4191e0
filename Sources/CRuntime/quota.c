/* How many processors this process may keep busy: affinity and cgroup quotas.
 *
 * A container sees all processors of its host and is slept by its quota: more threads than the
 * quota pays for spend each period waiting at barriers for a thread that sleeps. */
#define _GNU_SOURCE
#include "internal.h"

#include <limits.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { PATH_CAPACITY = 4096 };

/* Reads the first line of `path` into `line`. */
static bool read_line(const char *path, char *line, int capacity) {
  FILE *file = fopen(path, "r");
  if (!file) return false;
  const bool found = fgets(line, capacity, file) != NULL;
  fclose(file);
  return found;
}

/* The processors that `quota` microseconds in each `period` pay for, rounded up: with 1.5 of them,
 * two threads are slept a quarter of the time and still do half as much again as one. */
static uint32_t processors(long long quota, long long period) {
  if (quota <= 0 || period <= 0) return 0;
  const long long count = quota / period + (quota % period != 0);
  return count > UINT32_MAX ? UINT32_MAX : (uint32_t)count;
}

/* cgroup v2, one file: `max 100000` or `150000 100000`. Source: Linux cgroup-v2.rst, "CPU". */
static uint32_t quota_of_v2_group(const char *group) {
  char path[PATH_CAPACITY], line[128];
  long long quota, period;
  const int length = snprintf(path, sizeof path, "%s/cpu.max", group);
  if (length < 0 || length >= (int)sizeof path || !read_line(path, line, sizeof line)) return 0;
  return sscanf(line, "%lld %lld", &quota, &period) == 2 ? processors(quota, period) : 0;
}

/* cgroup v1, two files; a quota of -1 is none. Source: Linux scheduler/sched-bwc.rst. */
static uint32_t quota_of_v1_group(const char *group) {
  char path[PATH_CAPACITY], line[128];
  long long quota, period;
  int length = snprintf(path, sizeof path, "%s/cpu.cfs_quota_us", group);
  if (length < 0 || length >= (int)sizeof path || !read_line(path, line, sizeof line)) return 0;
  if (sscanf(line, "%lld", &quota) != 1) return 0;
  length = snprintf(path, sizeof path, "%s/cpu.cfs_period_us", group);
  if (length < 0 || length >= (int)sizeof path || !read_line(path, line, sizeof line)) return 0;
  return sscanf(line, "%lld", &period) == 1 ? processors(quota, period) : 0;
}

static uint32_t smaller_quota(uint32_t a, uint32_t b) {
  if (a == 0) return b;
  return b == 0 || a < b ? a : b;
}

/* The smallest quota of the group `mount` + `name` and its ancestors up to `mount`. A container
 * may see its group at the mount itself under a name from outside: groups that are not there have
 * no quota, and the walk ends at the one that is. */
static uint32_t quota_of_ancestors(
    const char *mount, const char *name, uint32_t (*quota_of_group)(const char *)) {
  char group[PATH_CAPACITY];
  const int length = snprintf(group, sizeof group, "%s%s", mount, name);
  if (length < 0 || length >= (int)sizeof group) return quota_of_group(mount);
  const size_t shortest = strlen(mount);
  uint32_t smallest = 0;
  for (;;) {
    smallest = smaller_quota(smallest, quota_of_group(group));
    char *slash = strrchr(group, '/');
    if (!slash || (size_t)(slash - group) < shortest) return smallest;
    *slash = '\0';
  }
}

/* Whether the comma-separated `list` contains `cpu`. */
static bool names_cpu(const char *list) {
  for (;;) {
    const size_t length = strcspn(list, ",");
    if (length == 3 && strncmp(list, "cpu", 3) == 0) return true;
    if (list[length] == '\0') return false;
    list += length + 1;
  }
}

/* A line `hierarchy:controllers:/group` of /proc/self/cgroup; v2 has no controllers. */
static uint32_t quota_of_line(const char *root, char *line) {
  char mount[PATH_CAPACITY];
  line[strcspn(line, "\n")] = '\0';
  char *controllers = strchr(line, ':');
  char *group = controllers ? strchr(controllers + 1, ':') : NULL;
  if (!group) return 0;
  *group++ = '\0';
  controllers++;
  /* Groups are mounted where systemd and every container runtime mount them. */
  if (*controllers == '\0') {
    snprintf(mount, sizeof mount, "%s/sys/fs/cgroup", root);
    return quota_of_ancestors(mount, group, quota_of_v2_group);
  }
  if (!names_cpu(controllers)) return 0;
  snprintf(mount, sizeof mount, "%s/sys/fs/cgroup/cpu", root);
  uint32_t quota = quota_of_ancestors(mount, group, quota_of_v1_group);
  if (quota == 0) {
    snprintf(mount, sizeof mount, "%s/sys/fs/cgroup/%s", root, controllers);
    quota = quota_of_ancestors(mount, group, quota_of_v1_group);
  }
  return quota;
}

uint32_t smalti_quota_processors(const char *root) {
  char path[PATH_CAPACITY], line[PATH_CAPACITY];
  if (!root) root = "";
  const int length = snprintf(path, sizeof path, "%s/proc/self/cgroup", root);
  if (length < 0 || length >= (int)sizeof path) return 0;
  FILE *file = fopen(path, "r");
  if (!file) return 0;
  uint32_t smallest = 0;
  while (fgets(line, sizeof line, file)) {
    smallest = smaller_quota(smallest, quota_of_line(root, line));
  }
  fclose(file);
  return smallest;
}

/* Machines with more processors than a cpu_set_t has bits make the call fail; then all that are
 * online count. */
static uint32_t affinity_processors(void) {
  cpu_set_t set;
  if (sched_getaffinity(0, sizeof set, &set) == 0) return (uint32_t)CPU_COUNT(&set);
  const long online = sysconf(_SC_NPROCESSORS_ONLN);
  return online > 0 ? (uint32_t)online : 1;
}

uint32_t smalti_allowed_processors(void) {
  const uint32_t allowed = smaller_quota(affinity_processors(), smalti_quota_processors(""));
  return allowed > 0 ? allowed : 1;
}
