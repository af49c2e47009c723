-- The role stays: it belongs to the cluster, and other databases may grant to it.
DROP SCHEMA signet CASCADE;
DO $temporary$
BEGIN
  EXECUTE format('GRANT TEMPORARY ON DATABASE %I TO PUBLIC', current_database());
END
$temporary$;
