-- The security log as one table again, as v1 made it, with all its rows.
--
ALTER TABLE security_log RENAME TO security_log_months
--
ALTER TABLE security_log_months DROP CONSTRAINT security_log_pkey
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
)
--
CREATE INDEX security_log_at ON security_log (at)
--
INSERT INTO security_log SELECT * FROM security_log_months
--
DROP TABLE security_log_months
--
DROP FUNCTION remove_old_security_log()
--
DROP FUNCTION look_at_security_log()
--
DROP FUNCTION security_log_partitions()
--
DROP FUNCTION make_security_log_partitions()
--
DROP FUNCTION make_security_log_partition(timestamptz)
--
DROP FUNCTION make_partition(text, timestamptz, timestamptz, text)
--
DROP FUNCTION seal_partition(text)
