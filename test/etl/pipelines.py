"""More scenarios: pieces of pipelines as they are found in data teams' repositories.

Written without looking at the rules, as a check of them. The form is that of cases.py.
"""
import csv
import io
import json
import random
import time

from psycopg2.extras import execute_batch, execute_values

from cases import case

SALES = """CREATE TABLE sales (sale_id bigint PRIMARY KEY, sold_at timestamptz NOT NULL,
    store_id int NOT NULL, sku text NOT NULL, customer_id int, quantity int, price numeric(10,2),
    discount numeric(5,2), channel text, currency char(3), coupon text,
    loaded_at timestamptz DEFAULT now())"""
SALES_COLUMNS = ("sale_id, sold_at, store_id, sku, customer_id, quantity, price, discount, channel,"
                 " currency, coupon")


def sale(i):
    return (i, "2026-11-%02d %02d:%02d:00+00" % (i % 28 + 1, i % 24, i % 60), i % 120,
            "SKU-%06d" % (i * 31 % 20000), i * 17 % 50000, i % 5 + 1, "%.2f" % (i % 9000 / 100 + 1),
            "0.00", ("web", "shop", "phone")[i % 3], "EUR", None)


def csv_text(rows):
    out = io.StringIO()
    csv.writer(out).writerows(rows)
    out.seek(0)
    return out


def run_all(client, *statements, options=""):
    """A script of statements, each a transaction of its own, as dbt or psql -f would run it."""
    connection = client.connect(options)
    connection.autocommit = True
    for statement in statements:
        connection.cursor().execute(statement)
    connection.close()


@case(39, "daily sales by executemany", "load_batch")
def executemany_sales(client):
    client.setup(SALES)

    def work():
        connection = client.connect()
        connection.cursor().executemany(
            "INSERT INTO sales (%s) VALUES (%%s,%%s,%%s,%%s,%%s,%%s,%%s,%%s,%%s,%%s,%%s)" % SALES_COLUMNS,
            [sale(i) for i in range(6000)])
        connection.commit()
        connection.close()
    return work


@case(40, "daily sales by execute_values with 1000 rows a page")
def execute_values_sales(client):
    client.setup(SALES)

    def work():
        connection = client.connect()
        execute_values(connection.cursor(), "INSERT INTO sales (%s) VALUES %%s" % SALES_COLUMNS,
                       [sale(i) for i in range(60000)], page_size=1000)
        connection.commit()
        connection.close()
    return work


@case(41, "change feed written as one upsert and commit per row", "load_batch")
def upsert_each(client):
    client.setup("""CREATE TABLE product (product_id int PRIMARY KEY, name text, price numeric, stock int,
        updated_at timestamptz);
        INSERT INTO product SELECT i, 'product ' || i, i % 100, i % 50, now()
            FROM generate_series(1, 20000) i;
        ANALYZE product""")
    client.slow_commits()

    def work():
        connection = client.connect()
        random.seed(41)
        for _ in range(1500):
            i = random.randint(1, 22000)
            connection.cursor().execute(
                "INSERT INTO product VALUES (%s, %s, %s, %s, now()) ON CONFLICT (product_id) DO UPDATE"
                " SET name = excluded.name, price = excluded.price, stock = excluded.stock,"
                " updated_at = excluded.updated_at", (i, "product %d" % i, i % 90, i % 40))
            connection.commit()
        connection.close()
    return work


@case(42, "change feed by way of a temporary table and one upsert")
def upsert_staged(client):
    client.setup("""CREATE TABLE product (product_id int PRIMARY KEY, name text, price numeric, stock int,
        updated_at timestamptz);
        INSERT INTO product SELECT i, 'product ' || i, i % 100, i % 50, now()
            FROM generate_series(1, 200000) i;
        ANALYZE product""")

    def work():
        connection = client.connect()
        cursor = connection.cursor()
        for batch in range(4):
            cursor.execute("CREATE TEMP TABLE feed (LIKE product) ON COMMIT DROP")
            cursor.copy_expert("COPY feed (product_id, name, price, stock) FROM STDIN WITH (FORMAT csv)",
                               csv_text((batch * 9000 + i, "product %d" % i, i % 90, i % 40)
                                        for i in range(10000)))
            cursor.execute(
                "INSERT INTO product SELECT product_id, name, price, stock, now() FROM feed"
                " ON CONFLICT (product_id) DO UPDATE SET name = excluded.name, price = excluded.price,"
                " stock = excluded.stock, updated_at = excluded.updated_at")
            connection.commit()
        connection.close()
    return work


SCD = """CREATE TABLE stage_customer (customer_no int, name text, city text, segment text);
    CREATE TABLE dim_customer (customer_key bigserial PRIMARY KEY, customer_no int NOT NULL, name text,
        city text, segment text, valid_from date NOT NULL, valid_to date, current boolean NOT NULL);
    INSERT INTO dim_customer (customer_no, name, city, segment, valid_from, current)
        SELECT i, 'name ' || i, 'city ' || i % 200, 'seg ' || i % 5, '2025-01-01', true
        FROM generate_series(1, 30000) i;
    CREATE UNIQUE INDEX dim_customer_current ON dim_customer (customer_no) WHERE current;
    INSERT INTO stage_customer SELECT i, 'name ' || i, 'city ' || (i + i % 3 / 2) % 200, 'seg ' || i % 5
        FROM generate_series(1, 30000) i;
    ANALYZE;
"""


@case(43, "SCD type 2 by a cursor loop in PL/pgSQL", "load_loop", allowed="n_plus_one")
def scd_loop(client):
    client.setup(SCD)

    def work():
        run_all(client, """CREATE PROCEDURE load_customers() LANGUAGE plpgsql AS $$
            DECLARE s record; d record;
            BEGIN
              FOR s IN SELECT * FROM stage_customer LOOP
                SELECT * INTO d FROM dim_customer WHERE customer_no = s.customer_no AND current;
                IF NOT FOUND THEN
                  INSERT INTO dim_customer (customer_no, name, city, segment, valid_from, current)
                    VALUES (s.customer_no, s.name, s.city, s.segment, current_date, true);
                ELSIF (d.name, d.city, d.segment) IS DISTINCT FROM (s.name, s.city, s.segment) THEN
                  UPDATE dim_customer SET valid_to = current_date, current = false
                    WHERE customer_key = d.customer_key;
                  INSERT INTO dim_customer (customer_no, name, city, segment, valid_from, current)
                    VALUES (s.customer_no, s.name, s.city, s.segment, current_date, true);
                END IF;
              END LOOP;
            END $$""", "CALL load_customers()")
    return work


@case(44, "SCD type 2 by two statements over the set")
def scd_set(client):
    client.setup(SCD)

    def work():
        run_all(client, """BEGIN;
            CREATE TEMP TABLE changed ON COMMIT DROP AS
              SELECT s.* FROM stage_customer s LEFT JOIN dim_customer d
                ON d.customer_no = s.customer_no AND d.current
              WHERE (d.name, d.city, d.segment) IS DISTINCT FROM (s.name, s.city, s.segment);
            ANALYZE changed;
            UPDATE dim_customer d SET valid_to = current_date, current = false
              FROM changed c WHERE c.customer_no = d.customer_no AND d.current;
            INSERT INTO dim_customer (customer_no, name, city, segment, valid_from, current)
              SELECT customer_no, name, city, segment, current_date, true FROM changed;
            COMMIT""")
    return work


EVENTS = """CREATE UNLOGGED TABLE raw_event (event_id int, received_at timestamptz, payload text);
    INSERT INTO raw_event SELECT i % 250000, '2026-11-01'::timestamptz + i * interval '1 s',
        md5(i::text) || md5((i + 1)::text) FROM generate_series(1, 400000) i;
    ANALYZE raw_event;
"""
DEDUPE = """CREATE TABLE event AS SELECT event_id, received_at, payload FROM (
    SELECT *, row_number() OVER (PARTITION BY event_id ORDER BY received_at DESC) AS n FROM raw_event) r
    WHERE n = 1"""


# With track_io_timing off nobody knows what the spill costs; measured, it is next to nothing.
@case(45, "duplicates removed by row_number, with the default work_mem", allowed="memory_spill")
def dedupe_spill(client):
    client.setup(EVENTS)
    return lambda: run_all(client, DEDUPE, "ANALYZE event")


@case(46, "duplicates removed by row_number, with enough work_mem")
def dedupe(client):
    client.setup(EVENTS)
    return lambda: run_all(client, DEDUPE, "ANALYZE event", options="-c work_mem=128MB")


DAILY = """CREATE TABLE daily (day date, store_id int, product_id int, pieces int, amount numeric,
        PRIMARY KEY (day, store_id, product_id));
    INSERT INTO daily SELECT '2026-08-01'::date + d, s, p, p % 9, p * 1.5
        FROM generate_series(0, 99) d, generate_series(1, 20) s, generate_series(1, 150) p;
    CREATE TABLE stage_daily (LIKE daily);
    INSERT INTO stage_daily SELECT * FROM daily WHERE day = '2026-11-01';
    ANALYZE;
"""


@case(47, "a day reloaded by DELETE of the day and INSERT ... SELECT")
def day_reload(client):
    client.setup(DAILY)

    def work():
        for _ in range(5):
            run_all(client, """BEGIN; DELETE FROM daily WHERE day = '2026-11-01';
                INSERT INTO daily SELECT * FROM stage_daily; COMMIT""")
    return work


STAR = """CREATE TABLE store (store_id int PRIMARY KEY, name text);
    INSERT INTO store SELECT i, 'store ' || i FROM generate_series(0, 199) i;
    CREATE TABLE customer (customer_id int PRIMARY KEY, name text);
    INSERT INTO customer SELECT i, 'customer ' || i FROM generate_series(0, 50000) i;
""" + SALES.replace(
    "store_id int NOT NULL", "store_id int NOT NULL CONSTRAINT sales_store REFERENCES store"
).replace(
    "customer_id int", "customer_id int CONSTRAINT sales_customer REFERENCES customer"
) + """;
    CREATE INDEX sales_sold_at ON sales (sold_at);
    CREATE INDEX sales_store_id ON sales (store_id, sold_at);
    CREATE INDEX sales_customer_id ON sales (customer_id);
    CREATE INDEX sales_sku ON sales (sku);
    ANALYZE;
"""


def star_copy(client, before=(), after=()):
    text = csv_text(sale(i) for i in range(150000))
    connection = client.connect()
    cursor = connection.cursor()
    cursor.execute("TRUNCATE sales")
    for statement in before:
        cursor.execute(statement)
    cursor.copy_expert("COPY sales (%s) FROM STDIN WITH (FORMAT csv)" % SALES_COLUMNS, text)
    for statement in after:
        cursor.execute(statement)
    connection.commit()
    connection.close()


@case(48, "full reload by TRUNCATE and COPY with four indexes and two foreign keys",
      "load_indexes load_foreign_keys")
def full_reload(client):
    client.setup(STAR)
    return lambda: star_copy(client, after=["ANALYZE sales"])


@case(49, "full reload with indexes and foreign keys made afterwards")
def full_reload_bare(client):
    client.setup(STAR)
    indexes = {"sales_sold_at": "sold_at", "sales_store_id": "store_id, sold_at",
               "sales_customer_id": "customer_id", "sales_sku": "sku"}
    before = ["SET maintenance_work_mem = '256MB'",
              "ALTER TABLE sales DROP CONSTRAINT sales_store, DROP CONSTRAINT sales_customer"]
    before += ["DROP INDEX " + name for name in indexes]
    after = ["CREATE INDEX %s ON sales (%s)" % pair for pair in indexes.items()]
    after += ["ALTER TABLE sales ADD CONSTRAINT sales_store FOREIGN KEY (store_id) REFERENCES store,"
              " ADD CONSTRAINT sales_customer FOREIGN KEY (customer_id) REFERENCES customer",
              "ANALYZE sales"]
    return lambda: star_copy(client, before, after)


@case(50, "nightly aggregation: materialized view refreshed, summary table made anew")
def nightly(client):
    client.setup("""CREATE TABLE fact (day date, store_id int, sku int, pieces int, amount numeric);
        INSERT INTO fact SELECT '2026-01-01'::date + i % 300, i % 90, i * 7 % 4000, i % 8, i % 700
            FROM generate_series(1, 500000) i;
        CREATE MATERIALIZED VIEW store_month AS SELECT date_trunc('month', day) AS month, store_id,
            sum(pieces) AS pieces, sum(amount) AS amount FROM fact GROUP BY 1, 2;
        CREATE UNIQUE INDEX store_month_key ON store_month (month, store_id);
        ANALYZE;
    """)
    return lambda: run_all(client, "REFRESH MATERIALIZED VIEW CONCURRENTLY store_month",
                           """DROP TABLE IF EXISTS sku_total; CREATE TABLE sku_total AS
                           SELECT sku, sum(pieces) AS pieces, sum(amount) AS amount
                           FROM fact GROUP BY sku""",
                           "ANALYZE sku_total")


@case(51, "staging table and MERGE, the staging table unlogged")
def merge(client):
    client.setup("""CREATE TABLE account (id int PRIMARY KEY, owner text, balance numeric, changed date);
        INSERT INTO account SELECT i, 'owner ' || i, i, '2026-01-01' FROM generate_series(1, 200000) i;
        CREATE UNLOGGED TABLE stage_account (id int, owner text, balance numeric);
        ANALYZE""")

    def work():
        connection = client.connect()
        cursor = connection.cursor()
        for run in range(3):
            cursor.execute("TRUNCATE stage_account")
            cursor.copy_expert("COPY stage_account FROM STDIN WITH (FORMAT csv)",
                               csv_text((i * 14 + run, "owner %d" % i, i) for i in range(15000)))
            cursor.execute("ANALYZE stage_account")
            cursor.execute("""MERGE INTO account a USING stage_account s ON a.id = s.id
                WHEN MATCHED AND a.balance IS DISTINCT FROM s.balance THEN
                    UPDATE SET balance = s.balance, changed = current_date
                WHEN NOT MATCHED THEN INSERT VALUES (s.id, s.owner, s.balance, current_date)""")
            connection.commit()
        connection.close()
    return work


def document(i):
    random.seed(i)
    return json.dumps({"id": i, "type": ("click", "view", "buy")[i % 3],
                       "tags": ["t%d" % random.randrange(99) for _ in range(20)],
                       "attributes": {"a%d" % k: random.random() for k in range(30)}})


@case(52, "documents inserted one by one in autocommit", "load_batch")
def documents_each(client):
    client.setup("CREATE TABLE doc (id bigserial PRIMARY KEY, body jsonb NOT NULL)")
    client.slow_commits()

    def work():
        connection = client.connect()
        connection.autocommit = True
        cursor = connection.cursor()
        for i in range(1500):
            cursor.execute("INSERT INTO doc (body) VALUES (%s)", (document(i),))
        connection.close()
    return work


@case(53, "documents by execute_values, 200 a page, 2000 a transaction")
def documents_paged(client):
    client.setup("CREATE TABLE doc (id bigserial PRIMARY KEY, body jsonb NOT NULL)")
    client.slow_commits()

    def work():
        connection = client.connect()
        for chunk in range(5):
            execute_values(connection.cursor(), "INSERT INTO doc (body) VALUES %s",
                           [(document(i),) for i in range(chunk * 2000, chunk * 2000 + 2000)],
                           page_size=200)
            connection.commit()
        connection.close()
    return work


MEASURE = """CREATE TABLE measure (at timestamptz NOT NULL, device int NOT NULL, value float8)
        PARTITION BY RANGE (at);
    CREATE TABLE measure_10 PARTITION OF measure FOR VALUES FROM ('2026-10-01') TO ('2026-11-01');
    CREATE TABLE measure_11 PARTITION OF measure FOR VALUES FROM ('2026-11-01') TO ('2026-12-01');
    CREATE INDEX ON measure (device, at);
"""


@case(54, "partitions filled by a file of INSERT statements", "load_batch")
def partition_script(client):
    client.setup(MEASURE)
    text = "".join("INSERT INTO measure VALUES ('2026-1%d-%02d %02d:00', %d, %d.5);\n"
                   % (i % 2, i % 28 + 1, i % 24, i % 300, i) for i in range(6000))
    return lambda: client.psql("BEGIN;\n" + text + "COMMIT;\n")


@case(55, "partition filled on its own and attached")
def partition_attach(client):
    client.setup(MEASURE)

    def work():
        connection = client.connect()
        cursor = connection.cursor()
        cursor.execute("CREATE TABLE measure_12 (LIKE measure INCLUDING DEFAULTS)")
        cursor.copy_expert("COPY measure_12 FROM STDIN WITH (FORMAT csv)",
                           csv_text(("2026-12-%02d" % (i % 28 + 1), i % 300, i)
                                    for i in range(100000)))
        cursor.execute("ALTER TABLE measure_12 ADD CHECK (at >= '2026-12-01' AND at < '2027-01-01')")
        cursor.execute("CREATE INDEX ON measure_12 (device, at)")
        cursor.execute("ALTER TABLE measure ATTACH PARTITION measure_12"
                       " FOR VALUES FROM ('2026-12-01') TO ('2027-01-01')")
        connection.commit()
        cursor.execute("ANALYZE measure_12")
        connection.commit()
        connection.close()
    return work


SCORE = """CREATE TABLE profile (id int PRIMARY KEY, email text, score int, updated_at timestamptz);
    INSERT INTO profile SELECT i, 'mail' || i || '@example.org', i % 100, '2026-01-01'
        FROM generate_series(1, 200000) i;
    CREATE INDEX profile_score ON profile (score);
    CREATE INDEX profile_email ON profile (email);
    CREATE TABLE new_score AS SELECT id, (score + (id % 20 = 0)::int) AS score FROM profile;
    ANALYZE;
"""


# The join of both tables does not quite fit into work_mem, in this case and the next.
@case(56, "all scores written although few changed", "update_all", allowed="memory_spill")
def update_most(client):
    client.setup(SCORE)
    return lambda: run_all(client, "UPDATE profile p SET score = n.score, updated_at = now()"
                           " FROM new_score n WHERE n.id = p.id")


@case(57, "the changed scores written", allowed="memory_spill")
def update_changed(client):
    client.setup(SCORE)
    return lambda: run_all(client, "UPDATE profile p SET score = n.score, updated_at = now()"
                           " FROM new_score n WHERE n.id = p.id AND n.score IS DISTINCT FROM p.score")


@case(58, "rows sent one by one over a slow line, a commit each", "load_batch")
def slow_line(client):
    client.setup("CREATE TABLE reading (id bigserial PRIMARY KEY, device text, value float8,"
                 " at timestamptz)")

    def work():
        connection = client.connect()
        cursor = connection.cursor()
        for i in range(400):
            time.sleep(0.002)
            cursor.execute("INSERT INTO reading (device, value, at) VALUES (%s, %s, now())",
                           ("device %d" % (i % 40), i / 7))
            time.sleep(0.002)
            connection.commit()
        connection.close()
    return work


@case(59, "a consumer of a queue that writes each message when it comes")
def trickle(client):
    client.setup("CREATE TABLE message (id bigserial PRIMARY KEY, topic text, body text, at timestamptz)")

    def work():
        random.seed(59)
        connection = client.connect()
        connection.autocommit = True
        cursor = connection.cursor()
        for i in range(300):
            time.sleep(random.expovariate(1 / 0.02))
            cursor.execute("INSERT INTO message (topic, body, at) VALUES (%s, %s, now())",
                           ("topic %d" % (i % 7), "message %d" % i))
        connection.close()
    return work


@case(60, "surrogate key looked up for each row of a file", "n_plus_one", says="one by one")
def lookup_each(client):
    client.setup("""CREATE TABLE dim_sku (sku_key serial PRIMARY KEY, sku text UNIQUE);
        INSERT INTO dim_sku (sku) SELECT 'SKU-' || i FROM generate_series(0, 999) i;
        CREATE TABLE fact_sale (sku_key int, day date, pieces int); ANALYZE""")

    def work():
        connection = client.connect()
        cursor = connection.cursor()
        for i in range(3000):
            cursor.execute("SELECT sku_key FROM dim_sku WHERE sku = %s", ("SKU-%d" % (i * 7 % 1000),))
            key = cursor.fetchone()[0]
            cursor.execute("INSERT INTO fact_sale VALUES (%s, %s, %s)", (key, "2026-11-20", i % 9))
        connection.commit()
        connection.close()
    return work


@case(61, "COPY in pieces of 50 rows, each committed", "load_batch")
def small_copies(client):
    client.setup(SALES)
    client.slow_commits()

    def work():
        connection = client.connect()
        for first in range(0, 20000, 50):
            connection.cursor().copy_expert(
                "COPY sales (%s) FROM STDIN WITH (FORMAT csv)" % SALES_COLUMNS,
                csv_text(sale(i) for i in range(first, first + 50)))
            connection.commit()
        connection.close()
    return work


@case(62, "export of a table by a named cursor")
def export(client):
    client.setup("""CREATE TABLE wide (id int PRIMARY KEY, body text);
        INSERT INTO wide SELECT i, repeat(md5(i::text), 10) FROM generate_series(1, 250000) i; ANALYZE""")

    def work():
        connection = client.connect()
        cursor = connection.cursor("export")
        cursor.itersize = 5000
        cursor.execute("SELECT id, body FROM wide WHERE id > 100")
        for _ in cursor:
            pass
        connection.close()
    return work


@case(63, "prices written one by one with execute_batch", "n_plus_one|load_batch",
      says="at a time")
def update_each(client):
    client.setup("""CREATE TABLE price (sku int PRIMARY KEY, price numeric, changed_at timestamptz);
        INSERT INTO price SELECT i, i % 100, now() FROM generate_series(1, 100000) i; ANALYZE""")

    def work():
        connection = client.connect()
        cursor = connection.cursor()
        execute_batch(cursor, "UPDATE price SET price = %s, changed_at = now() WHERE sku = %s",
                      [(i % 70 + 0.5, i * 3) for i in range(1, 8001)], page_size=1)
        connection.commit()
        connection.close()
    return work


@case(64, "prices written by UPDATE ... FROM (VALUES ...)")
def update_values(client):
    client.setup("""CREATE TABLE price (sku int PRIMARY KEY, price numeric, changed_at timestamptz);
        INSERT INTO price SELECT i, i % 100, now() FROM generate_series(1, 100000) i; ANALYZE""")

    def work():
        connection = client.connect()
        execute_values(connection.cursor(), "UPDATE price p SET price = v.price, changed_at = now()"
                       " FROM (VALUES %s) v(price, sku) WHERE p.sku = v.sku",
                       [(i % 70 + 0.5, i * 3) for i in range(1, 20001)], page_size=1000)
        connection.commit()
        connection.close()
    return work


@case(65, "table emptied by DELETE and filled by COPY while it has a touch trigger", "copy_row_trigger")
def delete_copy(client):
    client.setup("""CREATE TABLE tariff (id int PRIMARY KEY, zone text, price numeric,
            changed_at timestamptz);
        CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN NEW.changed_at := now(); RETURN NEW; END $$;
        CREATE TRIGGER touch BEFORE INSERT OR UPDATE ON tariff FOR EACH ROW EXECUTE FUNCTION touch()""")

    def work():
        connection = client.connect()
        for _ in range(3):
            connection.cursor().execute("DELETE FROM tariff")
            connection.cursor().copy_expert(
                "COPY tariff (id, zone, price) FROM STDIN WITH (FORMAT csv)",
                csv_text((i, "zone %d" % (i % 80), i % 300) for i in range(60000)))
            connection.commit()
            connection.cursor().execute("ANALYZE tariff")
            connection.commit()
        connection.close()
    return work


@case(66, "orders as a shop writes them: head and three lines in a transaction")
def orders(client):
    client.setup("""CREATE TABLE head (id bigserial PRIMARY KEY, customer int, at timestamptz);
        CREATE TABLE position (head bigint REFERENCES head, line int, sku int, pieces int,
            PRIMARY KEY (head, line))""")

    def work():
        random.seed(66)
        connection = client.connect()
        cursor = connection.cursor()
        for i in range(150):
            time.sleep(random.expovariate(1 / 0.01))
            cursor.execute("INSERT INTO head (customer, at) VALUES (%s, now()) RETURNING id", (i,))
            head = cursor.fetchone()[0]
            execute_values(cursor, "INSERT INTO position VALUES %s",
                           [(head, line, random.randrange(999), 1) for line in range(3)])
            connection.commit()
        connection.close()
    return work


@case(67, "log table filled by a trigger of an UPDATE of a few rows at a time")
def audited(client):
    client.setup("""CREATE TABLE stock (id int PRIMARY KEY, pieces int);
        INSERT INTO stock SELECT i, 10 FROM generate_series(1, 10000) i;
        CREATE TABLE stock_log (id int, pieces int, at timestamptz);
        CREATE FUNCTION log_stock() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
            INSERT INTO stock_log SELECT id, pieces, now() FROM new_rows; RETURN NULL; END $$;
        CREATE TRIGGER log_stock AFTER UPDATE ON stock REFERENCING NEW TABLE AS new_rows
            FOR EACH STATEMENT EXECUTE FUNCTION log_stock();
        ANALYZE""")

    def work():
        connection = client.connect()
        connection.autocommit = True
        cursor = connection.cursor()
        for i in range(100):
            cursor.execute("UPDATE stock SET pieces = pieces - 1 WHERE id BETWEEN %s AND %s",
                           (i * 90, i * 90 + 89))
        connection.close()
    return work


@case(68, "readings written as they come, a transaction each")
def readings(client):
    client.setup("CREATE TABLE reading (id bigserial PRIMARY KEY, sensor int, value float8)")

    def work():
        random.seed(68)
        connection = client.connect()
        cursor = connection.cursor()
        for i in range(260):
            time.sleep(random.lognormvariate(-4.6, 1))
            cursor.execute("INSERT INTO reading (sensor, value) VALUES (%s, %s)", (i % 9, i / 3))
            connection.commit()
        connection.close()
    return work


@case(69, "incremental load by high-water mark, INSERT ... SELECT every time")
def incremental(client):
    client.setup("""CREATE TABLE src (id int PRIMARY KEY, v text, at int);
        INSERT INTO src SELECT i, md5(i::text), i FROM generate_series(1, 200000) i;
        CREATE TABLE dst (id int PRIMARY KEY, v text, at int);
        CREATE INDEX ON src (at); CREATE INDEX ON dst (at);
        INSERT INTO dst SELECT * FROM src WHERE at <= 150000; ANALYZE""")

    def work():
        for k in range(5):
            run_all(client, "INSERT INTO dst SELECT * FROM src WHERE at > (SELECT max(at) FROM dst)"
                    " AND at <= %d" % (150000 + 10000 * (k + 1)))
    return work


@case(70, "rows deleted one by one by key, autocommit", "load_commit")
def delete_each(client):
    client.setup("""CREATE TABLE old (id int PRIMARY KEY, v text);
        INSERT INTO old SELECT i, md5(i::text) FROM generate_series(1, 50000) i; ANALYZE""")
    client.slow_commits()

    def work():
        connection = client.connect()
        connection.autocommit = True
        for i in range(1, 2000):
            connection.cursor().execute("DELETE FROM old WHERE id = %s", (i * 7,))
        connection.close()
    return work


@case(71, "old rows purged in chunks of 5000")
def purge(client):
    client.setup("""CREATE TABLE log (id int PRIMARY KEY, v text, at int);
        INSERT INTO log SELECT i, md5(i::text), i / 10 FROM generate_series(1, 200000) i;
        CREATE INDEX ON log (at); ANALYZE""")

    def work():
        for _ in range(10):
            run_all(client, "DELETE FROM log WHERE id IN (SELECT id FROM log WHERE at < 6000"
                    " ORDER BY at LIMIT 5000)")
    return work


@case(72, "function that inserts in a loop over an array, once for each call of a few rows")
def few_rows_function(client):
    client.setup("""CREATE TABLE line (head int, n int, sku int);
        CREATE FUNCTION add_lines(h int, skus int[]) RETURNS void LANGUAGE plpgsql AS $$
        DECLARE i int; BEGIN FOR i IN 1 .. array_length(skus, 1) LOOP
            INSERT INTO line VALUES (h, i, skus[i]); END LOOP; END $$""")

    def work():
        connection = client.connect()
        connection.autocommit = True
        for i in range(150):
            connection.cursor().execute("SELECT add_lines(%s, %s)", (i, [1, 2, 3, 4]))
            time.sleep(0.003)
        connection.close()
    return work


@case(73, "procedure that copies row by row with a commit for each", "load_commit",
      allowed="load_loop")
def procedure_commit(client):
    client.setup("""CREATE TABLE a (id int PRIMARY KEY, v text);
        INSERT INTO a SELECT i, md5(i::text) FROM generate_series(1, 4000) i;
        CREATE TABLE b (LIKE a); ANALYZE""")
    client.slow_commits()
    return lambda: run_all(client, """CREATE PROCEDURE move() LANGUAGE plpgsql AS $$
        DECLARE r record; BEGIN
        FOR r IN SELECT * FROM a LOOP INSERT INTO b VALUES (r.id, r.v); COMMIT; END LOOP; END $$""",
                           "CALL move()")


@case(74, "wide rows of thirty columns in pages of 200")
def wide_pages(client):
    names = ["c%d" % k for k in range(30)]
    client.setup("CREATE TABLE wide (%s)" % ", ".join(n + " text" for n in names))

    def work():
        connection = client.connect()
        execute_values(connection.cursor(), "INSERT INTO wide VALUES %s",
                       [tuple("value %d of %d" % (k, i) for k in range(30)) for i in range(6000)],
                       page_size=200)
        connection.commit()
        connection.close()
    return work


@case(75, "staging table truncated and copied each run, and logged", "staging_unlogged")
def staging(client):
    client.setup("""CREATE TABLE stage (id int, name text, city text);
        CREATE TABLE target (id int PRIMARY KEY, name text, city text);
        INSERT INTO target SELECT i, 'n' || i, 'c' FROM generate_series(1, 300000) i; ANALYZE""")

    def work():
        connection = client.connect()
        for run in range(4):
            cursor = connection.cursor()
            cursor.execute("TRUNCATE stage")
            cursor.copy_expert("COPY stage FROM STDIN WITH (FORMAT csv)",
                               csv_text((run * 1000 + i, "name %d" % i, "city %d" % (i % 300))
                                        for i in range(40000)))
            cursor.execute("ANALYZE stage")
            cursor.execute("INSERT INTO target SELECT * FROM stage ON CONFLICT (id) DO UPDATE"
                           " SET name = excluded.name WHERE target.name IS DISTINCT FROM excluded.name")
            connection.commit()
        connection.close()
    return work


@case(76, "several feeds appended to one large fact table with indexes")
def append(client):
    client.setup("""CREATE TABLE fact (id bigserial PRIMARY KEY, feed int, day date, v int);
        INSERT INTO fact (feed, day, v) SELECT i % 5, '2026-01-01'::date + i % 300, i
            FROM generate_series(1, 400000) i;
        CREATE INDEX ON fact (feed, day); CREATE INDEX ON fact (day); ANALYZE""")

    def work():
        for feed in range(4):
            connection = client.connect()
            connection.cursor().copy_expert("COPY fact (feed, day, v) FROM STDIN WITH (FORMAT csv)",
                                            csv_text((feed, "2026-11-20", i) for i in range(15000)))
            connection.commit()
            connection.close()
    return work


@case(77, "report tables made one after the other from the same fact table", "repeated_scans")
def reports(client):
    client.setup("""CREATE TABLE fact (id int, a int, b int, c int, d int, v numeric, note text);
        INSERT INTO fact SELECT i, i % 10, i % 100, i % 1000, i % 7, i, md5(i::text) || md5(i::text)
            FROM generate_series(1, 1000000) i;
        ANALYZE""")

    def work():
        run_all(client, *["SELECT %s, sum(v), count(*) FROM fact GROUP BY 1" % c for c in "abcdab"])
    return work


@case(78, "snapshot copied by COPY with a primary key only, then used with statistics")
def snapshot(client):
    client.setup("CREATE TABLE snap (id int PRIMARY KEY, grp int, v text)")

    def work():
        connection = client.connect()
        cursor = connection.cursor()
        for _ in range(2):
            cursor.execute("TRUNCATE snap")
            cursor.copy_expert("COPY snap FROM STDIN WITH (FORMAT csv)",
                               csv_text((i, i % 50, "row %d" % i) for i in range(60000)))
            cursor.execute("ANALYZE snap")
            cursor.execute("SELECT grp, count(*) FROM snap GROUP BY grp")
            cursor.fetchall()
            connection.commit()
        connection.close()
    return work
