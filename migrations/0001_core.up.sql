-- People, sessions, lineages, revocations and signing keys.
--
-- The owner of the schema runs this file. The service connects as (a member of) signet_service,
-- which gets the statements it needs and nothing else: no DDL, and no way to rewrite the
-- append-only tables (R-502).

CREATE SCHEMA signet;

DO $role$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'signet_service') THEN
    CREATE ROLE signet_service NOLOGIN;
  END IF;
EXCEPTION WHEN duplicate_object OR unique_violation THEN
  NULL;  -- another database of this cluster was migrated at the same time
END
$role$;

-- Otherwise every role may make temporary tables, and shadow ours through its search path.
DO $temporary$
BEGIN
  EXECUTE format('REVOKE TEMPORARY ON DATABASE %I FROM PUBLIC', current_database());
END
$temporary$;

-- People ------------------------------------------------------------------------------------

CREATE TABLE signet.users (
  id uuid PRIMARY KEY,
  email text NOT NULL,
  email_canonical text NOT NULL UNIQUE,
  status smallint NOT NULL DEFAULT 1 CHECK (status IN (1, 2)),
  roles text[] NOT NULL DEFAULT '{}',
  not_before timestamptz,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL
);
COMMENT ON COLUMN signet.users.status IS '1 active, 2 disabled';
COMMENT ON COLUMN signet.users.not_before IS 'tokens issued earlier are refused';

CREATE TABLE signet.password_credentials (
  user_id uuid PRIMARY KEY REFERENCES signet.users (id),
  hash text NOT NULL,
  version bigint NOT NULL DEFAULT 1,
  changed_at timestamptz NOT NULL
);

-- Sessions ----------------------------------------------------------------------------------

-- The cold half of a session: written when it opens and when it ends.
CREATE TABLE signet.sessions (
  user_id uuid NOT NULL,
  id uuid NOT NULL,
  client_id text NOT NULL,
  audience text NOT NULL,
  scopes text[] NOT NULL,
  device_name text NOT NULL,
  acr text NOT NULL,
  amr text[] NOT NULL,
  address text NOT NULL,
  user_agent text NOT NULL,
  created_at timestamptz NOT NULL,
  authenticated_at timestamptz NOT NULL,
  ended_at timestamptz,
  end_reason smallint,
  PRIMARY KEY (user_id, id)
);
-- Not unique, so that the table can be distributed by user_id (R-407).
CREATE INDEX sessions_by_id ON signet.sessions (id);

-- The hot half: one narrow row per family, rewritten by every refresh. No index holds a column
-- that changes and pages keep room, so that an update is heap-only: it touches one page and no
-- index.
CREATE TABLE signet.lineages (
  user_id uuid NOT NULL,
  session_id uuid NOT NULL,
  generation integer NOT NULL,
  end_reason smallint,
  rotated_at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL,
  leaf_hash bytea NOT NULL CHECK (octet_length(leaf_hash) = 32),
  PRIMARY KEY (user_id, session_id)
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.02);

CREATE TABLE signet.lineage_history (
  user_id uuid NOT NULL,
  session_id uuid NOT NULL,
  kind smallint NOT NULL,
  generation integer NOT NULL,
  end_reason smallint,
  at timestamptz NOT NULL,
  secret_hash bytea,
  address text NOT NULL,
  user_agent text NOT NULL
) PARTITION BY RANGE (at);
CREATE INDEX lineage_history_by_generation ON signet.lineage_history (session_id, generation);
-- What no monthly partition takes: an insert never fails for want of a partition.
CREATE TABLE signet.lineage_history_default PARTITION OF signet.lineage_history DEFAULT;
COMMENT ON COLUMN signet.lineage_history.kind IS
  '1 opened, 2 rotated, 3 replayed, 4 reused, 5 ended';

-- Revocations -------------------------------------------------------------------------------

-- The lock on this one row orders revoking transactions: a number is taken and committed before
-- the next can be taken, so that whoever has read up to n has missed nothing at or below n. A
-- sequence object would hand out 7 and 8, and show 8 while 7 is still uncommitted.
CREATE TABLE signet.revocation_head (
  single boolean PRIMARY KEY DEFAULT true CHECK (single),
  last bigint NOT NULL
);
INSERT INTO signet.revocation_head (last) VALUES (0);

CREATE TABLE signet.revocation_log (
  sequence bigint NOT NULL,
  kind smallint NOT NULL,
  subject text NOT NULL,
  not_before timestamptz,
  recorded_at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL
) PARTITION BY RANGE (recorded_at);
CREATE INDEX revocation_log_by_sequence ON signet.revocation_log (sequence);
CREATE TABLE signet.revocation_log_default PARTITION OF signet.revocation_log DEFAULT;
COMMENT ON COLUMN signet.revocation_log.kind IS '1 token, 2 session, 3 user, 4 key';

-- Signing keys ------------------------------------------------------------------------------

CREATE TABLE signet.signing_keys (
  kid text PRIMARY KEY,
  algorithm text NOT NULL,
  state smallint NOT NULL CHECK (state BETWEEN 1 AND 6),
  public_jwk text NOT NULL,
  sealed_private bytea NOT NULL,
  kek_id text NOT NULL,
  created_at timestamptz NOT NULL,
  published_at timestamptz,
  activated_at timestamptz,
  retiring_at timestamptz,
  retired_at timestamptz,
  tainted_at timestamptz,
  -- One signer at any instant. Deferrable: judged at the end of the statement that hands over.
  CONSTRAINT one_active EXCLUDE (state WITH =) WHERE (state = 3) DEFERRABLE
);
COMMENT ON COLUMN signet.signing_keys.state IS
  '1 prepared, 2 published, 3 active, 4 retiring, 5 retired, 6 tainted';

CREATE TABLE signet.signing_key_head (
  single boolean PRIMARY KEY DEFAULT true CHECK (single),
  version bigint NOT NULL
);
INSERT INTO signet.signing_key_head (version) VALUES (0);

CREATE TABLE signet.server_secrets (
  name text PRIMARY KEY,
  sealed bytea NOT NULL,
  kek_id text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now()
);

-- Functions ---------------------------------------------------------------------------------
-- Where one decision needs a lock first and a fresh look after it. Within one plain statement
-- every part sees the snapshot from before the lock was granted, and would miss a session that
-- was opened while it waited. A function that is VOLATILE looks afresh in each of its statements
-- and still costs the caller one round trip.

CREATE FUNCTION signet.append_revocation(
  p_kind smallint, p_subject text, p_not_before timestamptz, p_recorded_at timestamptz,
  p_expires_at timestamptz) RETURNS bigint
LANGUAGE sql VOLATILE SET search_path = pg_catalog AS $$
  WITH head AS (
    UPDATE signet.revocation_head SET last = last + 1 RETURNING last
  ), logged AS (
    INSERT INTO signet.revocation_log
      (sequence, kind, subject, not_before, recorded_at, expires_at)
    SELECT last, p_kind, p_subject, p_not_before, p_recorded_at, p_expires_at FROM head
    RETURNING sequence
  )
  SELECT sequence FROM logged, pg_notify('signet_changes', '')
$$;

-- Locks the user first: a session being opened holds the same row FOR SHARE, so it is either seen
-- here and ended, or waits and then sees the new not_before. A second call within one second moves
-- the not_before on by another: tokens issued between the two carry the first as their `iat`.
CREATE FUNCTION signet.end_all_sessions(
  p_user uuid, p_reason smallint, p_now timestamptz, p_not_before timestamptz,
  p_expires_at timestamptz) RETURNS bigint
LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog AS $$
DECLARE
  ended bigint;
  cut timestamptz;
BEGIN
  UPDATE signet.users
     SET not_before = greatest(not_before + interval '1 second', p_not_before), updated_at = p_now
   WHERE id = p_user
  RETURNING not_before INTO cut;
  WITH dead AS (
    UPDATE signet.lineages SET end_reason = p_reason
     WHERE user_id = p_user AND end_reason IS NULL AND expires_at > p_now
    RETURNING session_id, generation
  ), closed AS (
    UPDATE signet.sessions AS s SET ended_at = p_now, end_reason = p_reason
      FROM dead WHERE s.user_id = p_user AND s.id = dead.session_id
  ), written AS (
    INSERT INTO signet.lineage_history
      (user_id, session_id, kind, generation, end_reason, at, address, user_agent)
    SELECT p_user, session_id, 5, generation, p_reason, p_now, '', '' FROM dead
  )
  SELECT count(*) INTO ended FROM dead;
  PERFORM signet.append_revocation(
    3::smallint, p_user::text, coalesce(cut, p_not_before), p_now, p_expires_at);
  RETURN ended;
END
$$;

CREATE FUNCTION signet.change_password(
  p_user uuid, p_expected_version bigint, p_hash text, p_keep uuid, p_now timestamptz,
  p_expires_at timestamptz) RETURNS boolean
LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog AS $$
DECLARE
  session uuid;
BEGIN
  PERFORM FROM signet.users WHERE id = p_user FOR NO KEY UPDATE;
  UPDATE signet.password_credentials
     SET hash = p_hash, version = version + 1, changed_at = p_now
   WHERE user_id = p_user AND version = p_expected_version;
  IF NOT FOUND THEN
    RETURN false;
  END IF;
  FOR session IN
    WITH dead AS (
      UPDATE signet.lineages SET end_reason = 5
       WHERE user_id = p_user AND session_id IS DISTINCT FROM p_keep
         AND end_reason IS NULL AND expires_at > p_now
      RETURNING session_id, generation
    ), closed AS (
      UPDATE signet.sessions AS s SET ended_at = p_now, end_reason = 5
        FROM dead WHERE s.user_id = p_user AND s.id = dead.session_id
    ), written AS (
      INSERT INTO signet.lineage_history
        (user_id, session_id, kind, generation, end_reason, at, address, user_agent)
      SELECT p_user, session_id, 5, generation, 5, p_now, '', '' FROM dead
    )
    SELECT session_id FROM dead ORDER BY session_id
  LOOP
    PERFORM signet.append_revocation(2::smallint, session::text, NULL, p_now, p_expires_at);
  END LOOP;
  RETURN true;
END
$$;

CREATE FUNCTION signet.insert_first_administrator(
  p_user uuid, p_email text, p_canonical text, p_hash text, p_roles text[],
  p_now timestamptz) RETURNS boolean
LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog AS $$
BEGIN
  PERFORM pg_advisory_xact_lock(hashtextextended('signet.first_administrator', 0));
  IF EXISTS (SELECT FROM signet.users WHERE 'admin' = ANY (roles)) THEN
    RETURN false;
  END IF;
  INSERT INTO signet.users (id, email, email_canonical, roles, created_at, updated_at)
  VALUES (p_user, p_email, p_canonical, p_roles, p_now, p_now)
  ON CONFLICT (email_canonical) DO NOTHING;
  IF NOT FOUND THEN
    RETURN false;
  END IF;
  INSERT INTO signet.password_credentials (user_id, hash, changed_at)
  VALUES (p_user, p_hash, p_now);
  RETURN true;
END
$$;

-- The head row is the lock: of two replicas that activate at once the second sees the first's key.
CREATE FUNCTION signet.move_signing_key(
  p_kid text, p_from smallint[], p_to smallint, p_now timestamptz,
  p_expires_at timestamptz) RETURNS boolean
LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog AS $$
BEGIN
  PERFORM FROM signet.signing_key_head FOR NO KEY UPDATE;
  IF NOT EXISTS (SELECT FROM signet.signing_keys WHERE kid = p_kid AND state = ANY (p_from)) THEN
    RETURN false;
  END IF;
  UPDATE signet.signing_keys
     SET state = CASE WHEN kid = p_kid THEN p_to ELSE 4 END,
         published_at = CASE WHEN kid = p_kid AND p_to = 2 THEN p_now ELSE published_at END,
         activated_at = CASE WHEN kid = p_kid AND p_to = 3 THEN p_now ELSE activated_at END,
         retiring_at = CASE WHEN kid <> p_kid OR p_to = 4 THEN p_now ELSE retiring_at END,
         retired_at = CASE WHEN kid = p_kid AND p_to = 5 THEN p_now ELSE retired_at END,
         tainted_at = CASE WHEN kid = p_kid AND p_to = 6 THEN p_now ELSE tainted_at END
   WHERE kid = p_kid OR (p_to = 3 AND state = 3);
  UPDATE signet.signing_key_head SET version = version + 1;
  IF p_to = 6 THEN
    PERFORM signet.append_revocation(4::smallint, p_kid, NULL, p_now, p_expires_at);
  END IF;
  PERFORM pg_notify('signet_changes', '');
  RETURN true;
END
$$;

-- Partitions --------------------------------------------------------------------------------
-- The service may not create tables; it may ask the owner's functions for exactly these ones.

-- One partition of `parent` for [from, until). Attached rather than created in place: attaching
-- leaves readers and writers of the parent alone. Rows that the default partition took meanwhile
-- move over. False when it is there already.
CREATE FUNCTION signet.add_partition(
  parent text, name text, key text, from_time timestamptz, until_time timestamptz) RETURNS boolean
LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog AS $$
BEGIN
  IF to_regclass(format('signet.%I', name)) IS NOT NULL THEN
    RETURN false;
  END IF;
  EXECUTE format('CREATE TABLE signet.%I (LIKE signet.%I INCLUDING DEFAULTS)', name, parent);
  EXECUTE format('LOCK TABLE signet.%I IN ACCESS EXCLUSIVE MODE', parent || '_default');
  EXECUTE format(
    'WITH moved AS (DELETE FROM signet.%I WHERE %I >= %L AND %I < %L RETURNING *)
     INSERT INTO signet.%I SELECT * FROM moved',
    parent || '_default', key, from_time, key, until_time, name);
  EXECUTE format(
    'ALTER TABLE signet.%I ATTACH PARTITION signet.%I FOR VALUES FROM (%L) TO (%L)',
    parent, name, from_time, until_time);
  RETURN true;
END
$$;

-- Makes this month's and the next two months' history, and the log of today and the next seven
-- days (UTC). Returns how many it made.
CREATE FUNCTION signet.ensure_partitions(p_now timestamptz) RETURNS integer
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog SET timezone = 'UTC'
SET lock_timeout = '2s' AS $$
DECLARE
  made integer := 0;
  start timestamptz;
BEGIN
  FOR i IN 0..2 LOOP
    start := date_trunc('month', p_now) + make_interval(months => i);
    made := made + signet.add_partition(
      'lineage_history', 'lineage_history_p' || to_char(start, 'YYYYMM'), 'at',
      start, start + interval '1 month')::integer;
  END LOOP;
  FOR i IN 0..7 LOOP
    start := date_trunc('day', p_now) + make_interval(days => i);
    made := made + signet.add_partition(
      'revocation_log', 'revocation_log_p' || to_char(start, 'YYYYMMDD'), 'recorded_at',
      start, start + interval '1 day')::integer;
  END LOOP;
  RETURN made;
END
$$;

-- Drops history partitions that end before `p_history_before` and log partitions that end before
-- `p_log_before` and hold nothing that is still in force. However asked, it keeps 31 days of
-- history, which reuse detection needs, and 1 day of the log. Returns how many it dropped.
CREATE FUNCTION signet.drop_expired_partitions(
  p_now timestamptz, p_history_before timestamptz, p_log_before timestamptz) RETURNS integer
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog SET timezone = 'UTC'
SET lock_timeout = '2s' AS $$
DECLARE
  dropped integer := 0;
  in_force boolean;
  part record;
BEGIN
  FOR part IN
    SELECT c.relname AS name, i.inhparent = 'signet.revocation_log'::regclass AS is_log,
           to_timestamp(substring(c.relname from '_p(\d+)$'),
                        CASE WHEN i.inhparent = 'signet.revocation_log'::regclass
                             THEN 'YYYYMMDD' ELSE 'YYYYMM' END) AS start
      FROM pg_inherits AS i JOIN pg_class AS c ON c.oid = i.inhrelid
     WHERE i.inhparent IN ('signet.lineage_history'::regclass, 'signet.revocation_log'::regclass)
       AND c.relname ~ '_p\d+$'
     ORDER BY c.relname
  LOOP
    IF part.is_log THEN
      CONTINUE WHEN part.start + interval '1 day'
                    > least(p_log_before, p_now - interval '1 day');
      EXECUTE format('SELECT EXISTS (SELECT FROM signet.%I WHERE expires_at > $1)', part.name)
         INTO in_force USING p_now;
      CONTINUE WHEN in_force;
    ELSE
      CONTINUE WHEN part.start + interval '1 month'
                    > least(p_history_before, p_now - interval '31 days');
    END IF;
    EXECUTE format('DROP TABLE signet.%I', part.name);
    dropped := dropped + 1;
  END LOOP;
  RETURN dropped;
END
$$;

-- What the service may do -------------------------------------------------------------------

REVOKE ALL ON ALL FUNCTIONS IN SCHEMA signet FROM PUBLIC;
GRANT USAGE ON SCHEMA signet TO signet_service;
GRANT SELECT, INSERT, UPDATE ON signet.users, signet.password_credentials, signet.sessions,
  signet.lineages, signet.signing_keys TO signet_service;
GRANT SELECT, INSERT ON signet.lineage_history, signet.revocation_log, signet.server_secrets
  TO signet_service;
GRANT SELECT, UPDATE ON signet.revocation_head, signet.signing_key_head TO signet_service;
GRANT EXECUTE ON FUNCTION
  signet.append_revocation(smallint, text, timestamptz, timestamptz, timestamptz),
  signet.end_all_sessions(uuid, smallint, timestamptz, timestamptz, timestamptz),
  signet.change_password(uuid, bigint, text, uuid, timestamptz, timestamptz),
  signet.insert_first_administrator(uuid, text, text, text, text[], timestamptz),
  signet.move_signing_key(text, smallint[], smallint, timestamptz, timestamptz),
  signet.ensure_partitions(timestamptz),
  signet.drop_expired_partitions(timestamptz, timestamptz, timestamptz)
  TO signet_service;
