/*
 * cpu.c
 *	  Which CPU the backends run on, and how long they ran.
 *
 * Apart from the rest because it alone is about Linux rather than PostgreSQL.
 *
 * Times are nanoseconds on the CPU (/proc/PID/schedstat, first field), which
 * are exact while the backend sleeps; it does sleep, since client and backend
 * share one CPU and the client is running when it reads them.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "bench.h"

static cpu_set_t measuring_cpu;
static cpu_set_t other_cpus;

int64_t
read_schedstat(int fd)
{
	char		buf[128];
	ssize_t		len = pread(fd, buf, sizeof(buf) - 1, 0);

	if (len <= 0)
		die("cannot read schedstat: %s", len < 0 ? strerror(errno) : "empty");
	buf[len] = '\0';
	return strtoll(buf, NULL, 10);
}

/* Give the backend time to go to sleep, then read what it has used. */
int64_t
backend_cpu(const Config *config)
{
	struct timespec pause = {0, 100000};

	nanosleep(&pause, NULL);
	return read_schedstat(config->schedstat);
}

static pid_t
parent_of(pid_t pid)
{
	char		path[64];
	char		buf[512];
	FILE	   *f;
	char	   *p;
	int			ppid = 0;

	snprintf(path, sizeof(path), "/proc/%d/stat", (int) pid);
	f = fopen(path, "r");
	if (f == NULL)
		return 0;
	if (fgets(buf, sizeof(buf), f) != NULL && (p = strrchr(buf, ')')) != NULL &&
		sscanf(p + 1, " %*c %d", &ppid) != 1)
		ppid = 0;
	fclose(f);
	return ppid;
}

/*
 * The backend shares the client's CPU; the rest of its server stays off it,
 * where there is another one.
 */
void
pin_server(const Config *config)
{
	pid_t		postmaster = parent_of(config->pid);
	DIR		   *proc;
	struct dirent *entry;

	if (sched_setaffinity(config->pid, sizeof(measuring_cpu), &measuring_cpu) != 0)
		die("cannot pin backend %d: %s", (int) config->pid, strerror(errno));
	if (CPU_COUNT(&other_cpus) == 0 || postmaster <= 1)
		return;
	sched_setaffinity(postmaster, sizeof(other_cpus), &other_cpus);
	proc = opendir("/proc");
	if (proc == NULL)
		return;
	while ((entry = readdir(proc)) != NULL)
	{
		pid_t		pid = atoi(entry->d_name);

		if (pid > 0 && pid != config->pid && parent_of(pid) == postmaster)
			sched_setaffinity(pid, sizeof(other_cpus), &other_cpus);
	}
	closedir(proc);
}

void
choose_cpu(int cpu)
{
	cpu_set_t	allowed;

	if (sched_getaffinity(0, sizeof(allowed), &allowed) != 0)
		die("sched_getaffinity: %s", strerror(errno));
	if (cpu < 0)
	{
		for (int i = 0; i < CPU_SETSIZE; i++)
			if (CPU_ISSET(i, &allowed))
				cpu = i;
	}
	CPU_ZERO(&measuring_cpu);
	CPU_SET(cpu, &measuring_cpu);
	other_cpus = allowed;
	CPU_CLR(cpu, &other_cpus);
	if (sched_setaffinity(0, sizeof(measuring_cpu), &measuring_cpu) != 0)
		die("cannot run on CPU %d: %s", cpu, strerror(errno));
}
