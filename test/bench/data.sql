-- The benchmark's tables.  Loaded once; the data directory is then copied for
-- every other configuration, so that all servers have the same pages.

\set ON_ERROR_STOP on
set client_min_messages = warning;

-- Point selects, the function with 1,000 selects, and distinct_50k.
create table bench_point (
	id int primary key,
	v int not null,
	a int not null, b int not null, c int not null, d int not null,
	payload text not null
);
insert into bench_point
select g, g % 1000, g % 7, g % 11, g % 13, g % 17, 'payload ' || g
from generate_series(1, 100000) g;

-- agg_1m
create table bench_million (id int not null, v int not null);
insert into bench_million
select g, (g::bigint * 7919 % 100003)::int from generate_series(1, 1000000) g;

-- join4
create table bench_customer (id int not null, region int not null);
insert into bench_customer
select g, g % 25 from generate_series(1, 100000) g;

create table bench_product (id int not null, category int not null, price int not null);
insert into bench_product
select g, g % 40, g % 997 from generate_series(1, 100000) g;

create table bench_order (id int not null, customer_id int not null, v int not null);
insert into bench_order
select g, (g::bigint * 7919 % 100000 + 1)::int, (g::bigint * 104729 % 100000)::int
from generate_series(1, 100000) g;

create table bench_item (order_id int not null, product_id int not null, quantity int not null);
insert into bench_item
select (g::bigint * 15485863 % 100000 + 1)::int, (g::bigint * 32452843 % 100000 + 1)::int, g % 9
from generate_series(1, 100000) g;
create index on bench_item (order_id);

-- copy_fk
create table bench_parent (id int primary key, name text not null);
insert into bench_parent select g, 'parent ' || g from generate_series(1, 10000) g;
create table bench_child (
	id int primary key,
	parent_id int not null references bench_parent,
	payload text not null
);

-- copy_1m
create table bench_load (id int, parent_id int, payload text);

-- insert_row
create table bench_log (id bigint not null, v int not null, payload text not null);

-- nested_loop: one select by key per iteration
create function bench_nested(n int) returns bigint language plpgsql as $$
declare
	x int;
	total bigint := 0;
begin
	for i in 1 .. n loop
		select v into x from bench_point where id = (i * 7919) % 100000 + 1;
		total := total + x;
	end loop;
	return total;
end $$;

vacuum (freeze, analyze);
checkpoint;
