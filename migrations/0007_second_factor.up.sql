-- Second factors.

-- Read and locked by every login anyway: a login costs no look at another table.
ALTER TABLE signet.users ADD COLUMN second_factor boolean NOT NULL DEFAULT false;
COMMENT ON COLUMN signet.users.second_factor IS
  'one is in force: no session opens, and none lives, without it';

-- One row holds all of a person: an attempt is counted, and a factor used up, under one row lock.
CREATE TABLE signet.second_factors (
  user_id uuid PRIMARY KEY REFERENCES signet.users (id),
  totp_sealed bytea,
  enrolled_at timestamptz,
  confirmed_at timestamptz,
  last_step bigint NOT NULL DEFAULT 0,
  recovery_hashes bytea[] NOT NULL DEFAULT '{}',
  failures integer NOT NULL DEFAULT 0,
  counted_at timestamptz NOT NULL DEFAULT '-infinity',
  refused_until timestamptz NOT NULL DEFAULT '-infinity'
);
COMMENT ON COLUMN signet.second_factors.last_step IS 'no time code of this step or before counts';
COMMENT ON COLUMN signet.second_factors.failures IS 'attempts since the last success';

-- Ends every live session of a person but one, each with its history and its revocation. The caller
-- holds the lock on the user that a session being opened waits for. Returns how many.
CREATE FUNCTION signet.end_other_sessions(
  p_user uuid, p_keep uuid, p_reason smallint, p_now timestamptz,
  p_expires_at timestamptz) RETURNS bigint
LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog AS $$
DECLARE
  session uuid;
  ended bigint := 0;
BEGIN
  FOR session IN
    WITH dead AS (
      UPDATE signet.lineages SET end_reason = p_reason
       WHERE user_id = p_user AND session_id IS DISTINCT FROM p_keep
         AND end_reason IS NULL AND expires_at > p_now
      RETURNING session_id, generation
    ), closed AS (
      UPDATE signet.sessions AS s SET ended_at = p_now, end_reason = p_reason
        FROM dead WHERE s.user_id = p_user AND s.id = dead.session_id
    ), written AS (
      INSERT INTO signet.lineage_history
        (user_id, session_id, kind, generation, end_reason, at, address, user_agent)
      SELECT p_user, session_id, 5, generation, p_reason, p_now, '', '' FROM dead
    )
    SELECT session_id FROM dead ORDER BY session_id
  LOOP
    PERFORM signet.append_revocation(2::smallint, session::text, NULL, p_now, p_expires_at);
    ended := ended + 1;
  END LOOP;
  RETURN ended;
END
$$;

-- Locks the user first: a session being opened without the factor is either seen here and ended, or
-- waits, sees that a factor is in force, and does not open.
CREATE FUNCTION signet.confirm_totp(
  p_user uuid, p_session uuid, p_sealed bytea, p_step bigint, p_recovery bytea[], p_acr text,
  p_amr text[], p_now timestamptz, p_expires_at timestamptz,
  p_mail signet.mail_row, p_audit signet.audit_row) RETURNS boolean
LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog AS $$
BEGIN
  PERFORM FROM signet.users WHERE id = p_user AND status = 1 FOR NO KEY UPDATE;
  IF NOT FOUND THEN
    RETURN false;
  END IF;
  UPDATE signet.second_factors
     SET confirmed_at = p_now, last_step = p_step, recovery_hashes = p_recovery, failures = 0,
         refused_until = '-infinity'
   WHERE user_id = p_user AND confirmed_at IS NULL AND totp_sealed = p_sealed;
  IF NOT FOUND THEN
    RETURN false;
  END IF;
  UPDATE signet.users SET second_factor = true, updated_at = p_now WHERE id = p_user;
  UPDATE signet.sessions SET acr = p_acr, amr = p_amr WHERE user_id = p_user AND id = p_session;
  PERFORM signet.end_other_sessions(p_user, p_session, 10::smallint, p_now, p_expires_at);
  INSERT INTO signet.mail_outbox SELECT p_mail.* WHERE p_mail.id IS NOT NULL;
  PERFORM signet.append_audit(p_audit);
  RETURN true;
END
$$;

REVOKE ALL ON FUNCTION
  signet.end_other_sessions(uuid, uuid, smallint, timestamptz, timestamptz),
  signet.confirm_totp(uuid, uuid, bytea, bigint, bytea[], text, text[], timestamptz, timestamptz,
                      signet.mail_row, signet.audit_row)
  FROM PUBLIC;
GRANT SELECT, INSERT, UPDATE ON signet.second_factors TO signet_service;
GRANT EXECUTE ON FUNCTION
  signet.end_other_sessions(uuid, uuid, smallint, timestamptz, timestamptz),
  signet.confirm_totp(uuid, uuid, bytea, bigint, bytea[], text, text[], timestamptz, timestamptz,
                      signet.mail_row, signet.audit_row)
  TO signet_service;
