-- What is kept for how long, by the table that is partitioned.
CREATE FUNCTION kept_for(parent text) RETURNS interval LANGUAGE sql IMMUTABLE AS $$
  SELECT CASE parent WHEN 'client_addresses' THEN interval '30 days' ELSE interval '7 years' END
$$
--
-- The partitions that have a month, or a day, and when each has been kept long enough. Their names say what they hold.
CREATE FUNCTION dated_partitions() RETURNS TABLE (parent text, partition text, goes_at timestamptz)
LANGUAGE sql STABLE SET search_path = public, pg_temp SET timezone = 'UTC' AS $$
  SELECT parent, name, kept_for(parent) +
    CASE WHEN name ~ '_\d{4}_\d{2}_\d{2}$' THEN to_date(right(name, 10), 'YYYY_MM_DD') + interval '1 day'
         ELSE to_date(right(name, 7), 'YYYY_MM') + interval '1 month' END
  FROM (SELECT inhparent::regclass::text AS parent, inhrelid::regclass::text AS name FROM pg_inherits
        WHERE inhparent IN ('order_events'::regclass, 'download_attempts'::regclass, 'client_addresses'::regclass)) AS held
  WHERE name ~ '_\d{4}_\d{2}(_\d{2})?$'
$$
--
-- What would be removed now, and of each table what goes next.
CREATE FUNCTION look_at_history() RETURNS TABLE (what text, row_count bigint, goes_at timestamptz)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp SET timezone = 'UTC' AS $$
DECLARE
  held record;
BEGIN
  FOR held IN
    SELECT d.partition, d.goes_at FROM dated_partitions() AS d
    WHERE d.goes_at <= now()
       OR d.goes_at = (SELECT min(e.goes_at) FROM dated_partitions() AS e WHERE e.parent = d.parent AND e.goes_at > now())
    ORDER BY d.goes_at, d.partition
  LOOP
    what := held.partition;
    goes_at := held.goes_at;
    EXECUTE format('SELECT count(*) FROM %I', held.partition) INTO row_count;
    RETURN NEXT;
  END LOOP;
END $$
--
-- Before events of `source` go, each order's chain begins after the last of them.
CREATE FUNCTION move_chains_on(source text, before timestamptz) RETURNS void
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  EXECUTE format(
    'UPDATE order_chains SET removed = last.position, removed_digest = last.digest FROM ('
    '  SELECT DISTINCT ON (order_id) order_id, position, digest FROM %I WHERE recorded_at < $1'
    '  ORDER BY order_id, position DESC) AS last '
    'WHERE last.order_id = order_chains.order_id AND last.position > order_chains.removed', source) USING before;
END $$
--
-- Remove what has been kept long enough by this server's clock, whoever asks and whatever their clock says.
CREATE FUNCTION remove_old_history() RETURNS TABLE (what text, row_count bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET timezone = 'UTC' SET lock_timeout = '5s' AS $$
DECLARE
  held record;
BEGIN
  PERFORM pg_advisory_xact_lock(hashtext('make_partitions'));
  FOR held IN SELECT * FROM dated_partitions() AS d WHERE d.goes_at <= now() ORDER BY d.goes_at LOOP
    IF held.parent = 'order_events' THEN
      PERFORM move_chains_on(held.partition, 'infinity');
    END IF;
    what := held.partition;
    EXECUTE format('SELECT count(*) FROM %I', held.partition) INTO row_count;
    EXECUTE format('DROP TABLE %I', held.partition);
    RETURN NEXT;
  END LOOP;
  RETURN QUERY SELECT * FROM remove_strays();
  RETURN QUERY SELECT * FROM remove_forgotten_orders();
END $$
--
-- What stands outside of months and days.
CREATE FUNCTION remove_strays() RETURNS TABLE (what text, row_count bigint)
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM move_chains_on('order_events_other', now() - kept_for('order_events'));
  what := 'order_events_other';
  DELETE FROM order_events_other WHERE recorded_at < now() - kept_for('order_events');
  GET DIAGNOSTICS row_count = ROW_COUNT;
  IF row_count > 0 THEN RETURN NEXT; END IF;
  what := 'download_attempts_other';
  DELETE FROM download_attempts_other WHERE at < now() - kept_for('download_attempts');
  GET DIAGNOSTICS row_count = ROW_COUNT;
  IF row_count > 0 THEN RETURN NEXT; END IF;
  what := 'client_addresses_other';
  DELETE FROM client_addresses_other WHERE at < now() - kept_for('client_addresses');
  GET DIAGNOSTICS row_count = ROW_COUNT;
  IF row_count > 0 THEN RETURN NEXT; END IF;
END $$
--
-- Orders of which no event is left, with their grants.
CREATE FUNCTION remove_forgotten_orders() RETURNS TABLE (what text, row_count bigint)
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  what := 'download_grants';
  DELETE FROM download_grants AS g USING order_chains AS c
  WHERE c.order_id = g.order_id AND c.removed > 0 AND c.removed = c.length;
  GET DIAGNOSTICS row_count = ROW_COUNT;
  IF row_count > 0 THEN RETURN NEXT; END IF;
  DELETE FROM order_accesses AS a USING order_chains AS c
  WHERE c.order_id = a.order_id AND c.removed > 0 AND c.removed = c.length;
  what := 'order_chains';
  DELETE FROM order_chains AS c WHERE c.removed > 0 AND c.removed = c.length;
  GET DIAGNOSTICS row_count = ROW_COUNT;
  IF row_count > 0 THEN RETURN NEXT; END IF;
END $$
--
-- Code of the revision before still calls it; the application can no longer remove anything.
CREATE OR REPLACE FUNCTION forget_client_addresses(before timestamptz) RETURNS void
LANGUAGE sql AS 'SELECT'
--
REVOKE EXECUTE ON FUNCTION kept_for(text), dated_partitions(), look_at_history(), move_chains_on(text, timestamptz),
  remove_old_history(), remove_strays(), remove_forgotten_orders() FROM PUBLIC
--
GRANT EXECUTE ON FUNCTION look_at_history(), remove_old_history() TO delivery_retention
--
GRANT SELECT, INSERT, DELETE ON security_log TO delivery_retention
--
REVOKE UPDATE, DELETE, TRUNCATE ON security_log FROM delivery_app
