-- a system catalog
-- schema: crm
-- run: 300
-- none: a system catalog

-- workload
SELECT attrelid::regclass, attname FROM pg_attribute WHERE attname LIKE '%Score%' AND NOT attisdropped;
