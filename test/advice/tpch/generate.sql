-- Data of the same shape as the benchmark's own: row counts, keys, ranges and dependencies
-- between columns as its specification has them, texts shorter and of fewer words.
-- psql's variable scale: 1 is 6,000,000 lineitems.
SELECT setseed(0.5);
SELECT (10000 * :scale)::int AS suppliers, (200000 * :scale)::int AS parts,
       (150000 * :scale)::int AS customers, (1500000 * :scale)::int AS orders \gset

-- min to max, each as likely
CREATE FUNCTION uniform(min int, max int) RETURNS int LANGUAGE sql
    AS 'SELECT min + floor(random() * (max - min + 1))::int';
CREATE FUNCTION one_of(choices text[]) RETURNS text LANGUAGE sql
    AS 'SELECT choices[uniform(1, cardinality(choices))]';
-- the i-th (0 to 3) of the four suppliers of a part
CREATE FUNCTION supplier_of(part int, i int, suppliers int) RETURNS int LANGUAGE sql IMMUTABLE
    AS 'SELECT (part + i * (suppliers / 4 + (part - 1) / suppliers)) % suppliers + 1';
CREATE FUNCTION retail_price(part int) RETURNS decimal LANGUAGE sql IMMUTABLE
    AS 'SELECT (90000 + part / 10 % 20001 + 100 * (part % 1000)) / 100.0';
CREATE FUNCTION some_words() RETURNS text LANGUAGE sql AS $$
    SELECT concat_ws(' ', one_of(words), one_of(words), one_of(words), one_of(words), one_of(words))
    FROM (VALUES ('{quick,careful,final,regular,express,pending,silent,bold,even,special,ironic,
        deposits,requests,accounts,packages,theories,platelets,ideas,foxes,pinto,beans,sleep,wake,
        haggle,nag,cajole,across,above,about,the,slyly,furiously,blithely}'::text[])) AS v(words)
$$;

INSERT INTO region
    SELECT ordinality - 1, name, some_words()
    FROM unnest('{AFRICA,AMERICA,ASIA,EUROPE,MIDDLE EAST}'::text[]) WITH ORDINALITY AS r(name);
INSERT INTO nation
    SELECT ordinality - 1, split_part(n, '/', 1), split_part(n, '/', 2)::int, some_words()
    FROM unnest('{ALGERIA/0,ARGENTINA/1,BRAZIL/1,CANADA/1,EGYPT/4,ETHIOPIA/0,FRANCE/3,GERMANY/3,
        INDIA/2,INDONESIA/2,IRAN/4,IRAQ/4,JAPAN/2,JORDAN/4,KENYA/0,MOROCCO/0,MOZAMBIQUE/0,PERU/1,
        CHINA/2,ROMANIA/3,SAUDI ARABIA/4,VIETNAM/2,RUSSIA/3,UNITED KINGDOM/3,UNITED STATES/1}'::text[])
        WITH ORDINALITY AS v(n);
INSERT INTO supplier
    SELECT i, 'Supplier#' || lpad(i::text, 9, '0'), left(md5(i::text), 20), nation,
           format('%s-%s-%s-%s', nation + 10, uniform(100, 999), uniform(100, 999), uniform(1000, 9999)),
           uniform(-99999, 999999) / 100.0,
           some_words() || CASE WHEN i % 2000 = 7 THEN ' Customer bold Complaints' ELSE '' END
    FROM (SELECT i, uniform(0, 24) AS nation FROM generate_series(1, :suppliers) AS i) AS s;
INSERT INTO customer
    SELECT i, 'Customer#' || lpad(i::text, 9, '0'), left(md5(i::text), 20), nation,
           format('%s-%s-%s-%s', nation + 10, uniform(100, 999), uniform(100, 999), uniform(1000, 9999)),
           uniform(-99999, 999999) / 100.0,
           one_of('{AUTOMOBILE,BUILDING,FURNITURE,MACHINERY,HOUSEHOLD}'), some_words()
    FROM (SELECT i, uniform(0, 24) AS nation FROM generate_series(1, :customers) AS i) AS c;
INSERT INTO part
    SELECT i, concat_ws(' ', one_of(words), one_of(words), one_of(words), one_of(words), one_of(words)),
           'Manufacturer#' || maker, 'Brand#' || maker || uniform(1, 5),
           concat_ws(' ', one_of('{STANDARD,SMALL,MEDIUM,LARGE,ECONOMY,PROMO}'),
                     one_of('{ANODIZED,BURNISHED,PLATED,POLISHED,BRUSHED}'),
                     one_of('{TIN,NICKEL,BRASS,STEEL,COPPER}')),
           uniform(1, 50),
           concat_ws(' ', one_of('{SM,MED,JUMBO,WRAP,LG}'),
                     one_of('{CASE,BOX,BAG,JAR,PACK,PKG,CAN,DRUM}')),
           retail_price(i), left(some_words(), 20)
    FROM (SELECT i, uniform(1, 5) AS maker FROM generate_series(1, :parts) AS i) AS p,
         (VALUES ('{almond,antique,aquamarine,azure,beige,bisque,black,blue,blush,brown,burlywood,
            chiffon,chocolate,coral,cornsilk,cream,cyan,dark,deep,dim,drab,firebrick,floral,forest,
            frosted,gainsboro,ghost,goldenrod,green,grey,honeydew,hot,indian,ivory,khaki,lace,
            lavender,lawn,lemon,light,lime,linen,magenta,maroon,medium,metallic,midnight,mint,misty,
            moccasin,navajo,navy,olive,orange,orchid,pale,papaya,peach,peru,pink,plum,powder,puff,
            purple,red,rose,rosy,royal,saddle,salmon,sandy,seashell,sienna,sky,slate,smoke,snow,
            spring,steel,tan,thistle,tomato,turquoise,violet,wheat,white,yellow}'::text[])) AS v(words);
INSERT INTO partsupp
    SELECT p, supplier_of(p, i, :suppliers), uniform(1, 9999), uniform(100, 100000) / 100.0,
           some_words() || ' ' || some_words()
    FROM generate_series(1, :parts) AS p, generate_series(0, 3) AS i;

-- One order key of each eight in 32 is used, and a third of the customers has no orders.
CREATE TEMPORARY TABLE bought AS
    SELECT (i - 1) / 8 * 32 + (i - 1) % 8 + 1 AS orderkey, uniform(1, :customers) AS custkey,
           date '1992-01-01' + uniform(0, 2405) AS day, uniform(1, 7) AS lines
    FROM generate_series(1, :orders) AS i;
UPDATE bought SET custkey = custkey - 1 WHERE custkey % 3 = 0;
INSERT INTO lineitem
    SELECT orderkey, part, supplier_of(part, uniform(0, 3), :suppliers), line, quantity,
           quantity * retail_price(part), uniform(0, 10) / 100.0, uniform(0, 8) / 100.0,
           CASE WHEN receipt > date '1995-06-17' THEN 'N' ELSE one_of('{R,A}') END,
           CASE WHEN ship > date '1995-06-17' THEN 'O' ELSE 'F' END,
           ship, day + uniform(30, 90), receipt,
           one_of('{DELIVER IN PERSON,COLLECT COD,NONE,TAKE BACK RETURN}'),
           one_of('{REG AIR,AIR,RAIL,SHIP,TRUCK,MAIL,FOB}'), left(some_words(), 30)
    FROM (
        SELECT *, ship + uniform(1, 30) AS receipt
        FROM (
            SELECT orderkey, day, line, uniform(1, :parts) AS part, uniform(1, 50) AS quantity,
                   day + uniform(1, 121) AS ship
            FROM bought, generate_series(1, lines) AS line
            OFFSET 0) AS shipped
        OFFSET 0) AS received;
INSERT INTO orders
    SELECT orderkey, custkey,
           CASE WHEN open = 0 THEN 'F' WHEN open = lines THEN 'O' ELSE 'P' END,
           price, day, one_of('{1-URGENT,2-HIGH,3-MEDIUM,4-NOT SPECIFIED,5-LOW}'),
           'Clerk#' || lpad(uniform(1, greatest(1, (1000 * :scale)::int))::text, 9, '0'), 0,
           some_words()
    FROM bought
    JOIN (
        SELECT l_orderkey, count(*) FILTER (WHERE l_linestatus = 'O') AS open,
               sum(round(l_extendedprice * (1 + l_tax) * (1 - l_discount), 2)) AS price
        FROM lineitem GROUP BY l_orderkey) AS l ON l_orderkey = orderkey
    ORDER BY orderkey;
DROP FUNCTION uniform, one_of, supplier_of, retail_price, some_words;
