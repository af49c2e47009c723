-- Guesses at passwords (R-110).

-- One row per door of an account: the strangers' (a nil device) and one per known device. A name
-- that nobody has gets a row like an account's, under a keyed digest of it. Not a foreign key
-- therefore. Rewritten by every login, heap-only.
CREATE TABLE signet.attempt_guards (
  subject uuid NOT NULL,
  device uuid NOT NULL,
  pending integer NOT NULL DEFAULT 0,
  failures integer NOT NULL DEFAULT 0,
  pending_until timestamptz,
  held_until timestamptz,
  locked_until timestamptz,
  touched_at timestamptz NOT NULL,
  PRIMARY KEY (subject, device)
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.02);
COMMENT ON COLUMN signet.attempt_guards.subject IS
  'the user id, or a keyed digest of a name that nobody has';
COMMENT ON COLUMN signet.attempt_guards.pending IS
  'attempts under way; those of before pending_until''s passing have failed';
COMMENT ON COLUMN signet.attempt_guards.failures IS 'in a row';

-- Decides about one attempt and counts it as under way. verdict: 1 admitted, 2 busy, 3 delayed,
-- 4 locked, 5 a challenge first. The row lock makes parallel attempts come one after the other;
-- what is under way counts against the threshold until it is settled, so that no more are evaluated
-- than could fail. The commit is not waited for on disk: what a crash of the database could lose
-- is a count of attempts whose answers the same crash takes.
CREATE FUNCTION signet.admit_attempt(
  p_subject uuid, p_device uuid, p_lock_after integer, p_challenge_after integer,
  p_solved boolean, p_now timestamptz, p_forget_before timestamptz,
  p_pending_until timestamptz,
  OUT verdict smallint, OUT subject uuid, OUT device uuid, OUT failures integer,
  OUT retry_at timestamptz)
LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog AS $$
DECLARE
  g signet.attempt_guards%ROWTYPE;
BEGIN
  PERFORM set_config('synchronous_commit', 'off', true);
  INSERT INTO signet.attempt_guards AS a (subject, device, touched_at)
  VALUES (p_subject, p_device, p_now)
  ON CONFLICT ON CONSTRAINT attempt_guards_pkey DO NOTHING;
  SELECT * INTO g FROM signet.attempt_guards AS a
   WHERE a.subject = p_subject AND a.device = p_device FOR NO KEY UPDATE;
  IF g.pending > 0 AND g.pending_until < p_now THEN
    g.failures := g.failures + g.pending;
    g.pending := 0;
  END IF;
  IF g.pending = 0 AND g.touched_at < p_forget_before THEN
    g.failures := 0;
    g.locked_until := NULL;
  END IF;
  subject := p_subject;
  device := p_device;
  failures := g.failures;
  IF g.locked_until > p_now THEN
    verdict := 4;
    retry_at := g.locked_until;
  ELSIF g.held_until > p_now THEN
    verdict := 3;
    retry_at := g.held_until;
  ELSIF g.failures >= p_challenge_after AND NOT p_solved THEN
    verdict := 5;
  ELSIF g.pending >= greatest(p_lock_after - g.failures, 1) THEN
    verdict := 2;
  ELSE
    verdict := 1;
    UPDATE signet.attempt_guards AS a
       SET pending = g.pending + 1, failures = g.failures, locked_until = g.locked_until,
           pending_until = greatest(a.pending_until, p_pending_until),
           touched_at = greatest(a.touched_at, p_now)
     WHERE a.subject = p_subject AND a.device = p_device;
  END IF;
END
$$;

-- An attempt failed. Locks from the p_lock_after-th failure in a row: for p_lock, and twice as long
-- with each further one. Before, from the p_delay_after-th, the next has to wait for p_delay, twice
-- as long with each. first_lock: no failure of this row had locked before this one.
CREATE FUNCTION signet.fail_attempt(
  p_subject uuid, p_device uuid, p_lock_after integer, p_delay_after integer,
  p_lock interval, p_longest_lock interval, p_delay interval, p_now timestamptz,
  OUT failures integer, OUT locked_until timestamptz, OUT first_lock boolean)
LANGUAGE sql VOLATILE SET search_path = pg_catalog AS $$
  WITH before AS MATERIALIZED (
    SELECT g.locked_until FROM signet.attempt_guards AS g
     WHERE g.subject = p_subject AND g.device = p_device FOR NO KEY UPDATE
  )
  UPDATE signet.attempt_guards AS g
     SET pending = greatest(g.pending - 1, 0),
         failures = g.failures + 1,
         held_until = CASE WHEN p_delay > interval '0' AND g.failures + 1 BETWEEN p_delay_after AND p_lock_after - 1 THEN
           p_now + least(p_delay * power(2, least(g.failures + 1 - p_delay_after, 20)), p_lock)
           END,
         locked_until = CASE WHEN g.failures + 1 >= p_lock_after THEN
           p_now + least(p_lock * power(2, least(g.failures + 1 - p_lock_after, 20)),
                         p_longest_lock)
           END,
         touched_at = greatest(g.touched_at, p_now)
    FROM before
   WHERE g.subject = p_subject AND g.device = p_device
  RETURNING g.failures, g.locked_until,
            g.locked_until IS NOT NULL AND before.locked_until IS NULL
$$;

-- Removes at most p_most rows that say nothing any more. However asked, none of the last day.
CREATE FUNCTION signet.remove_stale_attempts(
  p_now timestamptz, p_before timestamptz, p_most integer) RETURNS integer
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog SET lock_timeout = '2s' AS $$
  WITH stale AS MATERIALIZED (
    SELECT ctid FROM signet.attempt_guards
     WHERE touched_at < least(p_before, p_now - interval '1 day') LIMIT p_most
       FOR UPDATE SKIP LOCKED
  ), removed AS (
    DELETE FROM signet.attempt_guards AS g USING stale WHERE g.ctid = stale.ctid
    RETURNING 1
  )
  SELECT count(*)::integer FROM removed
$$;

REVOKE ALL ON FUNCTION
  signet.admit_attempt(uuid, uuid, integer, integer, boolean, timestamptz, timestamptz,
                       timestamptz),
  signet.fail_attempt(uuid, uuid, integer, integer, interval, interval, interval, timestamptz),
  signet.remove_stale_attempts(timestamptz, timestamptz, integer)
  FROM PUBLIC;
GRANT SELECT, INSERT, UPDATE ON signet.attempt_guards TO signet_service;
GRANT EXECUTE ON FUNCTION
  signet.admit_attempt(uuid, uuid, integer, integer, boolean, timestamptz, timestamptz,
                       timestamptz),
  signet.fail_attempt(uuid, uuid, integer, integer, interval, interval, interval, timestamptz),
  signet.remove_stale_attempts(timestamptz, timestamptz, integer)
  TO signet_service;
