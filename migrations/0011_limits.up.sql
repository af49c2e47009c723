-- Rates over all replicas (R-111), challenges that are good once (R-110), and what single logins do
-- not show (R-509).

-- Token buckets, by a keyed digest of what is limited and of whom. Not logged: after a crash of
-- the database every bucket is full, and no login waits for a disk.
CREATE UNLOGGED TABLE signet.rate_buckets (
  key uuid PRIMARY KEY,
  tokens double precision NOT NULL,
  updated_at timestamptz NOT NULL
) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.02);

-- For each bucket: fills it up to p_now, takes what was spent already, and hands out up to p_wanted
-- whole tokens. The keys come sorted, so that two callers cannot wait for each other.
CREATE FUNCTION signet.exchange_tokens(
  p_keys uuid[], p_spent bigint[], p_wanted bigint[], p_capacity bigint[], p_period_ms bigint[],
  p_now timestamptz)
RETURNS TABLE (granted bigint, next_at timestamptz)
LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog AS $$
DECLARE
  have double precision;
  per_second double precision;
BEGIN
  FOR i IN 1 .. coalesce(array_length(p_keys, 1), 0) LOOP
    per_second := p_capacity[i] * 1000.0 / p_period_ms[i];
    INSERT INTO signet.rate_buckets AS b VALUES (p_keys[i], p_capacity[i], p_now)
    ON CONFLICT (key) DO NOTHING;
    SELECT least(p_capacity[i],
                 b.tokens + per_second * greatest(extract(epoch FROM p_now - b.updated_at), 0))
      INTO have FROM signet.rate_buckets AS b WHERE b.key = p_keys[i] FOR NO KEY UPDATE;
    have := least(p_capacity[i], have - p_spent[i]);
    granted := least(p_wanted[i], greatest(floor(have), 0)::bigint);
    have := have - granted;
    UPDATE signet.rate_buckets AS b
       SET tokens = have, updated_at = greatest(b.updated_at, p_now)
     WHERE b.key = p_keys[i];
    next_at := p_now + make_interval(secs => greatest(1 - have, 0) / per_second);
    RETURN NEXT;
  END LOOP;
END
$$;

-- Removes at most p_most buckets that nobody has touched since p_before; they are full again.
CREATE FUNCTION signet.remove_idle_buckets(
  p_now timestamptz, p_before timestamptz, p_most integer) RETURNS integer
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog SET lock_timeout = '2s' AS $$
  WITH idle AS MATERIALIZED (
    SELECT ctid FROM signet.rate_buckets
     WHERE updated_at < least(p_before, p_now - interval '1 day') LIMIT p_most
       FOR UPDATE SKIP LOCKED
  ), removed AS (
    DELETE FROM signet.rate_buckets AS b USING idle WHERE b.ctid = idle.ctid
    RETURNING 1
  )
  SELECT count(*)::integer FROM removed
$$;

-- Solved challenges until they expire: the key is what makes each good once.
CREATE TABLE signet.used_challenges (
  digest bytea PRIMARY KEY CHECK (octet_length(digest) = 32),
  expires_at timestamptz NOT NULL
);

-- The failed logins of the last hour: whose guard, from which network, with which password, each
-- as a keyed digest.
CREATE TABLE signet.failed_logins (
  at timestamptz NOT NULL,
  subject uuid NOT NULL,
  network bigint NOT NULL,
  password bigint NOT NULL,
  locked boolean NOT NULL
);
CREATE INDEX failed_logins_by_network ON signet.failed_logins (network, at);
CREATE INDEX failed_logins_by_password ON signet.failed_logins (password, at);
CREATE INDEX failed_logins_by_time ON signet.failed_logins (at);
CREATE INDEX failed_logins_locked ON signet.failed_logins (at) WHERE locked;

-- What was found, so that all replicas together tell of it once per window.
CREATE TABLE signet.threats (
  kind smallint NOT NULL,
  key bigint NOT NULL,
  raised_at timestamptz NOT NULL,
  PRIMARY KEY (kind, key)
);
COMMENT ON COLUMN signet.threats.kind IS '1 stuffing, 2 spraying, 3 lockout storm';

-- Notes a failed login and returns the kinds of threat that it made visible, each once per window.
-- Looks at no more rows than decide: the newest p_accounts distinct ones cannot be more than ten
-- times as many.
CREATE FUNCTION signet.note_failed_login(
  p_subject uuid, p_network bigint, p_password bigint, p_locked boolean, p_now timestamptz,
  p_since timestamptz, p_stuffing integer, p_spraying integer, p_locks integer)
RETURNS smallint[]
LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog AS $$
DECLARE
  raised smallint[] := '{}';
  seen bigint;
BEGIN
  INSERT INTO signet.failed_logins (at, subject, network, password, locked)
  VALUES (p_now, p_subject, p_network, p_password, p_locked);
  SELECT count(DISTINCT subject) INTO seen FROM (
    SELECT f.subject FROM signet.failed_logins AS f
     WHERE f.network = p_network AND f.at > p_since ORDER BY f.at DESC
     LIMIT 10 * p_stuffing) AS newest;
  IF seen >= p_stuffing AND signet.raise_threat(1::smallint, p_network, p_now, p_since) THEN
    raised := raised || 1::smallint;
  END IF;
  SELECT count(DISTINCT subject) INTO seen FROM (
    SELECT f.subject FROM signet.failed_logins AS f
     WHERE f.password = p_password AND f.at > p_since ORDER BY f.at DESC
     LIMIT 10 * p_spraying) AS newest;
  IF seen >= p_spraying AND signet.raise_threat(2::smallint, p_password, p_now, p_since) THEN
    raised := raised || 2::smallint;
  END IF;
  IF p_locked THEN
    SELECT count(DISTINCT subject) INTO seen FROM (
      SELECT f.subject FROM signet.failed_logins AS f
       WHERE f.locked AND f.at > p_since ORDER BY f.at DESC
       LIMIT 10 * p_locks) AS newest;
    IF seen >= p_locks AND signet.raise_threat(3::smallint, 0, p_now, p_since) THEN
      raised := raised || 3::smallint;
    END IF;
  END IF;
  RETURN raised;
END
$$;

CREATE FUNCTION signet.raise_threat(
  p_kind smallint, p_key bigint, p_now timestamptz, p_since timestamptz) RETURNS boolean
LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog AS $$
BEGIN
  -- Most ask of what was told already: they must not queue for its row.
  IF EXISTS (SELECT FROM signet.threats AS t
              WHERE t.kind = p_kind AND t.key = p_key AND t.raised_at > p_since) THEN
    RETURN false;
  END IF;
  INSERT INTO signet.threats AS t (kind, key, raised_at) VALUES (p_kind, p_key, p_now)
  ON CONFLICT (kind, key) DO UPDATE SET raised_at = p_now WHERE t.raised_at <= p_since;
  RETURN FOUND;
END
$$;

-- Removes what none of these needs any more, at most p_most rows of each.
CREATE FUNCTION signet.remove_stale_evidence(p_now timestamptz, p_most integer) RETURNS integer
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog SET lock_timeout = '2s' AS $$
  WITH old_failures AS (
    DELETE FROM signet.failed_logins WHERE ctid IN (
      SELECT ctid FROM signet.failed_logins WHERE at < p_now - interval '1 hour'
       ORDER BY at LIMIT p_most FOR UPDATE SKIP LOCKED) RETURNING 1
  ), old_challenges AS (
    DELETE FROM signet.used_challenges WHERE ctid IN (
      SELECT ctid FROM signet.used_challenges WHERE expires_at < p_now - interval '1 hour'
       LIMIT p_most FOR UPDATE SKIP LOCKED) RETURNING 1
  ), old_threats AS (
    DELETE FROM signet.threats WHERE ctid IN (
      SELECT ctid FROM signet.threats WHERE raised_at < p_now - interval '1 day'
       LIMIT p_most FOR UPDATE SKIP LOCKED) RETURNING 1
  )
  SELECT ((SELECT count(*) FROM old_failures) + (SELECT count(*) FROM old_challenges)
          + (SELECT count(*) FROM old_threats))::integer
$$;

REVOKE ALL ON FUNCTION
  signet.exchange_tokens(uuid[], bigint[], bigint[], bigint[], bigint[], timestamptz),
  signet.remove_idle_buckets(timestamptz, timestamptz, integer),
  signet.note_failed_login(uuid, bigint, bigint, boolean, timestamptz, timestamptz, integer,
                           integer, integer),
  signet.raise_threat(smallint, bigint, timestamptz, timestamptz),
  signet.remove_stale_evidence(timestamptz, integer)
  FROM PUBLIC;
GRANT SELECT, INSERT, UPDATE ON signet.rate_buckets, signet.threats TO signet_service;
GRANT SELECT, INSERT ON signet.used_challenges, signet.failed_logins TO signet_service;
GRANT EXECUTE ON FUNCTION
  signet.exchange_tokens(uuid[], bigint[], bigint[], bigint[], bigint[], timestamptz),
  signet.remove_idle_buckets(timestamptz, timestamptz, integer),
  signet.note_failed_login(uuid, bigint, bigint, boolean, timestamptz, timestamptz, integer,
                           integer, integer),
  signet.raise_threat(smallint, bigint, timestamptz, timestamptz),
  signet.remove_stale_evidence(timestamptz, integer)
  TO signet_service;
