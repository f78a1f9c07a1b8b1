-- One partition, without what the default privileges gave the application: it may add and read, never alter.
CREATE FUNCTION make_partition(parent text, first timestamptz, past timestamptz, name text) RETURNS void
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  IF to_regclass(name) IS NULL THEN
    EXECUTE format('CREATE TABLE %I PARTITION OF %I FOR VALUES FROM (%L) TO (%L)', name, parent, first, past);
    EXECUTE format('REVOKE UPDATE, DELETE, TRUNCATE ON %I FROM delivery_app', name);
  END IF;
END $$
--
-- Partitions from the current month, and day, on. Runs as its owner: the application cannot make a table.
-- Two sweepers at once wait for each other.
CREATE FUNCTION make_partitions(months_ahead integer, days_ahead integer) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET timezone = 'UTC' AS $$
DECLARE
  first timestamptz;
  parent text;
BEGIN
  PERFORM pg_advisory_xact_lock(hashtext('make_partitions'));
  FOREACH parent IN ARRAY ARRAY['order_events', 'download_attempts'] LOOP
    FOR n IN 0..months_ahead LOOP
      first := date_trunc('month', now()) + make_interval(months => n);
      PERFORM make_partition(parent, first, first + interval '1 month', parent || to_char(first, '"_"YYYY"_"MM'));
    END LOOP;
  END LOOP;
  FOR n IN 0..days_ahead LOOP
    first := date_trunc('day', now()) + make_interval(days => n);
    PERFORM make_partition('client_addresses', first, first + interval '1 day',
                           'client_addresses' || to_char(first, '"_"YYYY"_"MM"_"DD'));
  END LOOP;
  FOREACH parent IN ARRAY ARRAY['order_events', 'download_attempts', 'client_addresses'] LOOP
    IF to_regclass(parent || '_other') IS NULL THEN
      EXECUTE format('CREATE TABLE %I PARTITION OF %I DEFAULT', parent || '_other', parent);
      EXECUTE format('REVOKE UPDATE, DELETE, TRUNCATE ON %I FROM delivery_app', parent || '_other');
    END IF;
  END LOOP;
END $$
--
-- Drop each day of client addresses that ended before the given instant, and what stands outside of days.
CREATE FUNCTION forget_client_addresses(before timestamptz) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET timezone = 'UTC' AS $$
DECLARE
  name text;
BEGIN
  PERFORM pg_advisory_xact_lock(hashtext('make_partitions'));
  FOR name IN
    SELECT relname FROM pg_inherits JOIN pg_class ON pg_class.oid = inhrelid
    WHERE inhparent = 'client_addresses'::regclass AND relname ~ '_\d{4}_\d{2}_\d{2}$'
      AND to_date(right(relname, 10), 'YYYY_MM_DD') + 1 <= before
  LOOP
    EXECUTE format('DROP TABLE %I', name);
  END LOOP;
  DELETE FROM client_addresses_other WHERE at < before;
END $$
--
REVOKE EXECUTE ON FUNCTION make_partition(text, timestamptz, timestamptz, text) FROM PUBLIC
--
REVOKE EXECUTE ON FUNCTION make_partitions(integer, integer) FROM PUBLIC
--
REVOKE EXECUTE ON FUNCTION forget_client_addresses(timestamptz) FROM PUBLIC
--
GRANT EXECUTE ON FUNCTION make_partitions(integer, integer), forget_client_addresses(timestamptz) TO delivery_app
