-- Sessions that nobody can refresh or look at any more leave.

-- An expiry never changes: the index costs a login one entry, and leaves refreshes heap-only.
CREATE INDEX lineages_by_expiry ON signet.lineages (expires_at);

-- Removes at most `p_most` sessions with their lineages that expired before `p_before`. However
-- asked, none that is alive at `p_now`, and none whose history may still have to prove a reuse: 31
-- days. What another replica is removing is passed over. Returns how many it removed.
CREATE FUNCTION signet.remove_expired_sessions(
  p_now timestamptz, p_before timestamptz, p_most integer) RETURNS integer
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog SET lock_timeout = '2s' AS $$
  WITH expired AS MATERIALIZED (
    SELECT user_id, session_id FROM signet.lineages
     WHERE expires_at < least(p_before, p_now - interval '31 days')
     ORDER BY expires_at LIMIT p_most
       FOR UPDATE SKIP LOCKED
  ), removed AS (
    DELETE FROM signet.lineages AS l USING expired AS e
     WHERE l.user_id = e.user_id AND l.session_id = e.session_id
  ), closed AS (
    DELETE FROM signet.sessions AS s USING expired AS e
     WHERE s.user_id = e.user_id AND s.id = e.session_id
  )
  SELECT count(*)::integer FROM expired
$$;

REVOKE ALL ON FUNCTION signet.remove_expired_sessions(timestamptz, timestamptz, integer)
  FROM PUBLIC;
GRANT EXECUTE ON FUNCTION signet.remove_expired_sessions(timestamptz, timestamptz, integer)
  TO signet_service;
