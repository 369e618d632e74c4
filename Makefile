# perfext: profiles queries and ETL inside PostgreSQL.
#
#   make, make install     build and install for the server of PG_CONFIG
#   make test              everything that can be tested here (sh test/run.sh)
#   make demo              a throw-away server that shows what perfext finds
#   make bench             what perfext costs, beside its peers
#   make test-advice       how good its index advice is, on labelled cases
#   make test-clients      which N+1 patterns of real clients it finds
#   make test-etl          the same for loads, and the batch sizes that it recommends
#   make test-progress     how good its remaining times are
#   make installcheck      regression tests on a server with perfext preloaded

EXTENSION = perfext
MODULE_big = perfext
EXTVERSION = 1.0

SOURCES = $(sort $(wildcard src/*.c src/*/*.c))
OBJS = $(SOURCES:.c=.o)
SQL_PIECES = $(sort $(wildcard src/sql/*.sql))

DATA_built = perfext--$(EXTVERSION).sql
DOCS = README.md

REGRESS = $(patsubst sql/%.sql,%,$(sort $(wildcard sql/*.sql)))
REGRESS_OPTS = --inputdir=. --outputdir=.
ISOLATION = $(patsubst test/specs/%.spec,%,$(sort $(wildcard test/specs/*.spec)))
ISOLATION_OPTS = --inputdir=test
TAP_TESTS = 1
PROVE_TESTS = test/t/*.pl

EXTRA_CLEAN = perfext--$(EXTVERSION).sql

PG_CPPFLAGS = -I$(srcdir)/src
PG_CFLAGS = -Wall -Wextra -Wno-unused-parameter -Wno-sign-compare -Wno-missing-field-initializers
# Calls and data within the library are reached directly, not through its tables
PG_CFLAGS += -fno-plt -fno-semantic-interposition
SHLIB_LINK = -Wl,-Bsymbolic

PG_CONFIG ?= pg_config
PGXS := $(shell $(PG_CONFIG) --pgxs)
# Targets that install what is missing work without a server's build files
ifneq ($(PGXS),)
include $(PGXS)
endif

perfext--$(EXTVERSION).sql: $(SQL_PIECES)
	cat $^ > $@

# A header may be used anywhere: rebuild all
$(OBJS): $(wildcard src/*.h src/*/*.h)

.PHONY: test test-advice test-clients test-etl test-progress demo bench lint
test:
	sh test/run.sh

test-advice:
	sh test/advice/run.sh

test-clients:
	sh test/clients/run.sh

test-etl:
	sh test/etl/run.sh
	sh test/etl/batch.sh

test-progress:
	sh test/progress/run.sh

demo:
	sh test/demo.sh

bench:
	sh test/bench/run.sh

lint:
	sh test/lint.sh
