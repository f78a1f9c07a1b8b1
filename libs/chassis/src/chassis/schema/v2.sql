-- The security log in partitions of a month. Frozen: a later change is a file and a revision of its own.
-- Privileges go to whoever could write the log before. Nobody but the owner can alter it, or remove of it what is not due.
--
-- Nobody but its owner uses a partition by its own name, whatever the default privileges say of new tables.
CREATE FUNCTION seal_partition(name text) RETURNS void
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
  holder text;
BEGIN
  FOR holder IN
    SELECT DISTINCT grantee::regrole::text FROM pg_class, aclexplode(relacl)
    WHERE pg_class.oid = to_regclass(name) AND grantee <> relowner AND grantee <> 0
  LOOP
    EXECUTE format('REVOKE ALL ON %I FROM %s', name, holder);
  END LOOP;
END $$
--
-- A partition of `parent`, with the rows of its time that came before it was there: those lie in `<parent>_other`.
CREATE OR REPLACE FUNCTION make_partition(parent text, first timestamptz, past timestamptz, name text) RETURNS void
LANGUAGE plpgsql SET search_path = public, pg_temp SET lock_timeout = '5s' AS $$
DECLARE
  other text := parent || '_other';
  at text := (SELECT attname FROM pg_partitioned_table JOIN pg_attribute ON attrelid = partrelid AND attnum = partattrs[0]
              WHERE partrelid = to_regclass(parent));
BEGIN
  IF to_regclass(name) IS NOT NULL THEN
    RETURN;
  END IF;
  IF to_regclass(other) IS NULL THEN
    EXECUTE format('CREATE TABLE %I PARTITION OF %I DEFAULT', other, parent);
    PERFORM seal_partition(other);
  END IF;
  EXECUTE format('CREATE TABLE %I (LIKE %I INCLUDING ALL)', name, parent);
  PERFORM seal_partition(name);
  EXECUTE format('LOCK TABLE %I IN ACCESS EXCLUSIVE MODE', other);
  EXECUTE format('WITH moved AS (DELETE FROM %I WHERE %I >= %L AND %I < %L RETURNING *) INSERT INTO %I SELECT * FROM moved',
                 other, at, first, at, past, name);
  EXECUTE format('ALTER TABLE %I ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)', parent, name, first, past);
END $$
--
-- The security log's month that `at` lies in.
CREATE FUNCTION make_security_log_partition(at timestamptz) RETURNS void
LANGUAGE plpgsql SET search_path = public, pg_temp SET timezone = 'UTC' AS $$
DECLARE
  first timestamptz := date_trunc('month', at);
BEGIN
  PERFORM make_partition('security_log', first, first + interval '1 month', 'security_log' || to_char(first, '"_"YYYY"_"MM'));
END $$
--
-- This month and the next three. Runs as its owner: the application cannot make a table. Two sweepers at once wait.
CREATE FUNCTION make_security_log_partitions() RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET timezone = 'UTC' AS $$
BEGIN
  PERFORM pg_advisory_xact_lock(hashtext('make_partitions'));
  PERFORM make_security_log_partition(date_trunc('month', now()) + make_interval(months => n)) FROM generate_series(0, 3) AS n;
END $$
--
-- When each month has been kept long enough: 180 days from its end. Its name says which it is.
CREATE FUNCTION security_log_partitions() RETURNS TABLE (partition text, goes_at timestamptz)
LANGUAGE sql STABLE SET search_path = public, pg_temp SET timezone = 'UTC' AS $$
  SELECT name, to_date(right(name, 7), 'YYYY_MM') + interval '1 month' + interval '180 days'
  FROM (SELECT inhrelid::regclass::text AS name FROM pg_inherits WHERE inhparent = 'security_log'::regclass) AS held
  WHERE name ~ '_\d{4}_\d{2}$'
$$
--
-- What would be removed now, and what goes next.
CREATE FUNCTION look_at_security_log() RETURNS TABLE (what text, row_count bigint, goes_at timestamptz)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp SET timezone = 'UTC' AS $$
BEGIN
  FOR what, goes_at IN
    SELECT p.partition, p.goes_at FROM security_log_partitions() AS p
    WHERE p.goes_at <= (SELECT min(q.goes_at) FROM security_log_partitions() AS q WHERE q.goes_at > now())
    ORDER BY p.goes_at
  LOOP
    EXECUTE format('SELECT count(*) FROM %I', what) INTO row_count;
    RETURN NEXT;
  END LOOP;
  SELECT 'security_log_other', count(*), min(at) + interval '180 days' INTO what, row_count, goes_at
  FROM security_log_other WHERE at < now() - interval '180 days';
  IF row_count > 0 THEN RETURN NEXT; END IF;
END $$
--
-- Remove what has been kept long enough by this server's clock, whoever asks and whatever their clock says.
CREATE FUNCTION remove_old_security_log() RETURNS TABLE (what text, row_count bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET timezone = 'UTC' SET lock_timeout = '5s' AS $$
BEGIN
  PERFORM pg_advisory_xact_lock(hashtext('make_partitions'));
  FOR what IN SELECT p.partition FROM security_log_partitions() AS p WHERE p.goes_at <= now() ORDER BY p.goes_at LOOP
    EXECUTE format('SELECT count(*) FROM %I', what) INTO row_count;
    EXECUTE format('DROP TABLE %I', what);
    RETURN NEXT;
  END LOOP;
  what := 'security_log_other';
  DELETE FROM security_log_other WHERE at < now() - interval '180 days';
  GET DIAGNOSTICS row_count = ROW_COUNT;
  IF row_count > 0 THEN RETURN NEXT; END IF;
END $$
--
REVOKE EXECUTE ON FUNCTION seal_partition(text), make_partition(text, timestamptz, timestamptz, text),
  make_security_log_partition(timestamptz), make_security_log_partitions(), security_log_partitions(),
  look_at_security_log(), remove_old_security_log() FROM PUBLIC
--
ALTER TABLE security_log RENAME TO security_log_before
--
ALTER TABLE security_log_before DROP CONSTRAINT security_log_pkey
--
DROP INDEX security_log_at
--
CREATE TABLE security_log (
    id UUID NOT NULL,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    kind TEXT NOT NULL,
    subject UUID,
    detail JSONB NOT NULL,
    PRIMARY KEY (id, at)
) PARTITION BY RANGE (at)
--
CREATE INDEX security_log_at ON security_log (at)
--
-- The code of the revision before removes rows by their ctid, which partitions do not share: it must be refused.
DO $$
DECLARE
  writer text;
BEGIN
  PERFORM seal_partition('security_log');
  FOR writer IN
    SELECT grantee::regrole::text FROM pg_class, aclexplode(relacl)
    WHERE pg_class.oid = 'security_log_before'::regclass AND privilege_type = 'INSERT' AND grantee NOT IN (relowner, 0)
  LOOP
    EXECUTE format('GRANT SELECT, INSERT ON security_log TO %s', writer);
    EXECUTE format('GRANT EXECUTE ON FUNCTION make_security_log_partitions(), look_at_security_log(),'
                   ' remove_old_security_log() TO %s', writer);
  END LOOP;
END $$
--
SELECT make_security_log_partition(month) FROM (
  SELECT DISTINCT date_trunc('month', at, 'UTC') AS month FROM security_log_before WHERE at < now()) AS months
--
SELECT make_security_log_partitions()
--
INSERT INTO security_log SELECT * FROM security_log_before
--
DROP TABLE security_log_before
