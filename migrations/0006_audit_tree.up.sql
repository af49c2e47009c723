-- The audit log's hash tree: which event is which leaf, and the signed checkpoints; retention by
-- dropping days.

-- The sealer's place. Its one row is moved only from the size that the mover read, so that of two
-- sealers one gives a leaf its number. (tx, id): the last event sealed.
CREATE TABLE signet.audit_head (
  single boolean PRIMARY KEY DEFAULT true CHECK (single),
  size bigint NOT NULL,
  edge bytea NOT NULL,
  tx xid8 NOT NULL,
  id uuid NOT NULL,
  sealed_at timestamptz NOT NULL,
  note text NOT NULL
);
COMMENT ON COLUMN signet.audit_head.edge IS
  'roots of the complete subtrees of the first `size` leaves, largest first';
INSERT INTO signet.audit_head (size, edge, tx, id, sealed_at, note)
VALUES (0, '', '0', '00000000-0000-0000-0000-000000000000', '-infinity', '');

-- Partitioned by the time of sealing, which grows with the number: what is dropped is a prefix of
-- the tree, and ends where a checkpoint does.
CREATE TABLE signet.audit_leaves (
  leaf_index bigint NOT NULL,
  event_id uuid NOT NULL,
  event_at timestamptz NOT NULL,
  leaf_hash bytea NOT NULL,
  sealed_at timestamptz NOT NULL,
  PRIMARY KEY (leaf_index, sealed_at)
) PARTITION BY RANGE (sealed_at);
CREATE INDEX audit_leaves_by_event ON signet.audit_leaves (event_id);
CREATE TABLE signet.audit_leaves_default PARTITION OF signet.audit_leaves DEFAULT;

-- `edge` as in audit_head: what has to be kept of the leaves before it once they are dropped.
CREATE TABLE signet.audit_checkpoints (
  size bigint NOT NULL,
  edge bytea NOT NULL,
  note text NOT NULL,
  sealed_at timestamptz NOT NULL,
  PRIMARY KEY (size, sealed_at)
) PARTITION BY RANGE (sealed_at);
CREATE TABLE signet.audit_checkpoints_default PARTITION OF signet.audit_checkpoints DEFAULT;

-- Roots of complete subtrees of 2^8, 2^16, 2^24, … leaves: a proof reads some hundred hashes
-- instead of all.
CREATE TABLE signet.audit_nodes (
  level smallint NOT NULL,
  node_index bigint NOT NULL,
  hash bytea NOT NULL,
  PRIMARY KEY (level, node_index)
);

-- The checkpoints up to which leaves were dropped.
CREATE TABLE signet.audit_retired (
  size bigint PRIMARY KEY,
  edge bytea NOT NULL,
  note text NOT NULL,
  sealed_at timestamptz NOT NULL,
  retired_at timestamptz NOT NULL
);

DO $triggers$
DECLARE
  name text;
BEGIN
  FOREACH name IN ARRAY ARRAY['audit_leaves', 'audit_checkpoints', 'audit_nodes', 'audit_retired']
  LOOP
    EXECUTE format('CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON signet.%I
      FOR EACH ROW EXECUTE FUNCTION signet.refuse_change()', name);
    EXECUTE format('CREATE TRIGGER append_only_truncate BEFORE TRUNCATE ON signet.%I
      FOR EACH STATEMENT EXECUTE FUNCTION signet.refuse_change()', name);
  END LOOP;
END
$triggers$;

-- Partitions --------------------------------------------------------------------------------

-- One day of a table of the audit log, as signet.add_partition makes it. Rows that the default
-- partition took meanwhile move over: the one moment in which its trigger sleeps, under the lock
-- that keeps everybody else out.
CREATE FUNCTION signet.add_audit_partition(parent text, key text, day timestamptz) RETURNS boolean
LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog SET timezone = 'UTC' AS $$
DECLARE
  name text := parent || '_p' || to_char(day, 'YYYYMMDD');
  other text := parent || '_default';
  until_time timestamptz := day + interval '1 day';
BEGIN
  IF to_regclass(format('signet.%I', name)) IS NOT NULL THEN
    RETURN false;
  END IF;
  EXECUTE format('CREATE TABLE signet.%I (LIKE signet.%I INCLUDING DEFAULTS INCLUDING CONSTRAINTS)',
                 name, parent);
  EXECUTE format('LOCK TABLE signet.%I IN ACCESS EXCLUSIVE MODE', other);
  EXECUTE format('ALTER TABLE signet.%I DISABLE TRIGGER USER', other);
  EXECUTE format(
    'WITH moved AS (DELETE FROM signet.%I WHERE %I >= %L AND %I < %L RETURNING *)
     INSERT INTO signet.%I SELECT * FROM moved', other, key, day, key, until_time, name);
  EXECUTE format('ALTER TABLE signet.%I ENABLE TRIGGER USER', other);
  EXECUTE format(
    'ALTER TABLE signet.%I ATTACH PARTITION signet.%I FOR VALUES FROM (%L) TO (%L)',
    parent, name, day, until_time);
  IF parent <> 'audit_personal' THEN
    EXECUTE format('CREATE TRIGGER append_only_truncate BEFORE TRUNCATE ON signet.%I
      FOR EACH STATEMENT EXECUTE FUNCTION signet.refuse_change()', name);
  END IF;
  RETURN true;
END
$$;

-- Makes the partitions of today and the next two days (UTC), and of every day that the default
-- partitions hold. Returns how many it made.
CREATE FUNCTION signet.ensure_audit_partitions(p_now timestamptz) RETURNS integer
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog SET timezone = 'UTC'
SET lock_timeout = '2s' AS $$
DECLARE
  made integer := 0;
  parent text;
  key text;
  days timestamptz[];
  day timestamptz;
BEGIN
  FOR parent, key IN VALUES ('audit_events', 'at'), ('audit_personal', 'at'),
                            ('audit_leaves', 'sealed_at'), ('audit_checkpoints', 'sealed_at')
  LOOP
    -- First all of them: a table that is being read cannot be altered.
    EXECUTE format(
      'SELECT array_agg(day ORDER BY day) FROM (
         SELECT date_trunc(''day'', $1) + make_interval(days => n) FROM generate_series(0, 2) AS n
         UNION SELECT date_trunc(''day'', %I) FROM signet.%I) AS d (day)', key, parent || '_default')
      INTO days USING p_now;
    FOREACH day IN ARRAY days LOOP
      made := made + signet.add_audit_partition(parent, key, day)::integer;
    END LOOP;
  END LOOP;
  RETURN made;
END
$$;

-- Drops what was sealed before `p_before`, by whole days, oldest first, with its events and their
-- personal data; keeps the last checkpoint of each day, which proves what is left. However asked,
-- it keeps 30 days, and every event that is not sealed or whose leaf is kept. Returns how many
-- days of leaves it dropped.
CREATE FUNCTION signet.retire_audit(p_now timestamptz, p_before timestamptz) RETURNS integer
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog SET timezone = 'UTC'
SET lock_timeout = '2s' AS $$
DECLARE
  dropped integer := 0;
  cut timestamptz := least(p_before, p_now - interval '30 days');
  part record;
  after_last bigint;
  needed boolean;
BEGIN
  FOR part IN
    SELECT substring(c.relname from '\d+$') AS day
      FROM pg_inherits AS i JOIN pg_class AS c ON c.oid = i.inhrelid
     WHERE i.inhparent = 'signet.audit_leaves'::regclass AND c.relname ~ '_p\d+$'
       AND to_timestamp(substring(c.relname from '\d+$'), 'YYYYMMDD') + interval '1 day' <= cut
     ORDER BY c.relname
  LOOP
    EXECUTE format('SELECT max(leaf_index) + 1 FROM signet.%I', 'audit_leaves_p' || part.day)
       INTO after_last;
    IF after_last IS NOT NULL THEN
      INSERT INTO signet.audit_retired (size, edge, note, sealed_at, retired_at)
      SELECT size, edge, note, sealed_at, p_now
        FROM signet.audit_checkpoints WHERE size = after_last;
      EXIT WHEN NOT FOUND;  -- nothing would prove the rest
    END IF;
    EXECUTE format('DROP TABLE signet.%I', 'audit_leaves_p' || part.day);
    EXECUTE format('DROP TABLE IF EXISTS signet.%I', 'audit_checkpoints_p' || part.day);
    dropped := dropped + 1;
  END LOOP;
  FOR part IN
    SELECT substring(c.relname from '\d+$') AS day
      FROM pg_inherits AS i JOIN pg_class AS c ON c.oid = i.inhrelid
     WHERE i.inhparent = 'signet.audit_events'::regclass AND c.relname ~ '_p\d+$'
       AND to_timestamp(substring(c.relname from '\d+$'), 'YYYYMMDD') + interval '1 day' <= cut
     ORDER BY c.relname
  LOOP
    EXECUTE format(
      'SELECT EXISTS (SELECT FROM signet.%I AS e
                       WHERE (e.tx, e.id) > ($1, $2)
                          OR EXISTS (SELECT FROM signet.audit_leaves AS l WHERE l.event_id = e.id))',
      'audit_events_p' || part.day)
      INTO needed USING (SELECT tx FROM signet.audit_head), (SELECT id FROM signet.audit_head);
    CONTINUE WHEN needed;
    EXECUTE format('DROP TABLE signet.%I', 'audit_events_p' || part.day);
    EXECUTE format('DROP TABLE IF EXISTS signet.%I', 'audit_personal_p' || part.day);
  END LOOP;
  RETURN dropped;
END
$$;

-- Makes a person's data in the log unreadable for good (R-506): the events stay, and still verify.
-- Call it in the statement that writes the event of the erasure, which `audit verify` looks for.
-- Returns how many events had some.
CREATE FUNCTION signet.erase_audit_personal(p_person uuid) RETURNS bigint
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog AS $$
  WITH erased AS (DELETE FROM signet.audit_personal WHERE person = p_person RETURNING 1)
  SELECT count(*) FROM erased
$$;

-- Whoever checks the log (`signetd audit verify`): reads it, and no more of anybody's data than
-- whether it is there.
DO $role$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'signet_auditor') THEN
    CREATE ROLE signet_auditor NOLOGIN;
  END IF;
EXCEPTION WHEN duplicate_object OR unique_violation THEN
  NULL;  -- another database of this cluster was migrated at the same time
END
$role$;
GRANT USAGE ON SCHEMA signet TO signet_auditor;
GRANT SELECT ON signet.audit_events, signet.audit_head, signet.audit_leaves,
  signet.audit_checkpoints, signet.audit_nodes, signet.audit_retired TO signet_auditor;
GRANT SELECT (person, event_id, at) ON signet.audit_personal TO signet_auditor;

REVOKE ALL ON FUNCTION signet.add_audit_partition(text, text, timestamptz),
  signet.ensure_audit_partitions(timestamptz), signet.retire_audit(timestamptz, timestamptz),
  signet.erase_audit_personal(uuid)
  FROM PUBLIC;
GRANT SELECT, UPDATE ON signet.audit_head TO signet_service;
GRANT SELECT, INSERT ON signet.audit_leaves, signet.audit_checkpoints, signet.audit_nodes
  TO signet_service;
GRANT SELECT ON signet.audit_retired TO signet_service;
GRANT EXECUTE ON FUNCTION signet.ensure_audit_partitions(timestamptz),
  signet.retire_audit(timestamptz, timestamptz), signet.erase_audit_personal(uuid)
  TO signet_service;

-- Effects with their events -----------------------------------------------------------------
-- Beside the functions of the same names without one, which the previous version goes on using.

CREATE FUNCTION signet.end_all_sessions(
  p_user uuid, p_reason smallint, p_now timestamptz, p_not_before timestamptz,
  p_expires_at timestamptz, p_audit signet.audit_row) RETURNS bigint
LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog AS $$
BEGIN
  PERFORM signet.append_audit(p_audit);
  RETURN signet.end_all_sessions(p_user, p_reason, p_now, p_not_before, p_expires_at);
END
$$;

-- `p_audit` NULL: a step that is part of another effect.
CREATE FUNCTION signet.move_signing_key(
  p_kid text, p_from smallint[], p_to smallint, p_now timestamptz, p_expires_at timestamptz,
  p_audit signet.audit_row) RETURNS boolean
LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog AS $$
BEGIN
  IF NOT signet.move_signing_key(p_kid, p_from, p_to, p_now, p_expires_at) THEN
    RETURN false;
  END IF;
  IF (p_audit).id IS NOT NULL THEN
    PERFORM signet.append_audit(p_audit);
  END IF;
  RETURN true;
END
$$;

REVOKE ALL ON FUNCTION
  signet.end_all_sessions(uuid, smallint, timestamptz, timestamptz, timestamptz, signet.audit_row),
  signet.move_signing_key(
    text, smallint[], smallint, timestamptz, timestamptz, signet.audit_row)
  FROM PUBLIC;
GRANT EXECUTE ON FUNCTION
  signet.end_all_sessions(uuid, smallint, timestamptz, timestamptz, timestamptz, signet.audit_row),
  signet.move_signing_key(
    text, smallint[], smallint, timestamptz, timestamptz, signet.audit_row)
  TO signet_service;
