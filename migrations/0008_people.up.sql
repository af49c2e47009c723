-- People as administrators see them: closed accounts, names, look-ups.

ALTER TABLE signet.users ADD COLUMN display_name text NOT NULL DEFAULT '';
ALTER TABLE signet.users DROP CONSTRAINT users_status_check;
ALTER TABLE signet.users ADD CONSTRAINT users_status_check CHECK (status BETWEEN 1 AND 4);
COMMENT ON COLUMN signet.users.status IS '1 active, 2 disabled, 3 deleted, 4 erased';
COMMENT ON COLUMN signet.users.email_canonical IS
  'of a deleted account # and its id, which no address is: the address is free again';

-- One index for each order of a list, so that a page costs its own length and not the table's.
CREATE INDEX users_by_creation ON signet.users (created_at, id);
CREATE INDEX users_by_email_prefix ON signet.users (email_canonical COLLATE "C");
-- Who is left to administer: a handful of rows.
CREATE INDEX users_administrators ON signet.users (id)
  WHERE status = 1 AND 'admin' = ANY (roles);

-- Whether nobody else is an active administrator. Whatever takes one away asks this, before it locks
-- a user: the lock, which lasts as long as the transaction, lets one of them through at a time, so
-- that of the last two who are taken away at the same moment one stays.
CREATE FUNCTION signet.is_last_administrator(p_user uuid) RETURNS boolean
LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog AS $$
BEGIN
  PERFORM pg_advisory_xact_lock(hashtextextended('signet.administrators', 0));
  RETURN EXISTS (SELECT FROM signet.users
                  WHERE id = p_user AND status = 1 AND 'admin' = ANY (roles))
     AND NOT EXISTS (SELECT FROM signet.users
                      WHERE status = 1 AND 'admin' = ANY (roles) AND id <> p_user);
END
$$;

-- Disables (p_status 2) or deletes (3). Outcome: 0 unknown, 1 closed, 2 closed before, 3 the last
-- administrator. Writes the event, where there is one, when it closes.
--
-- Locks in the order that everybody keeps: administrators, the user, lineages, the revocation
-- head. The second meets a session being opened, which holds the same row FOR SHARE: it is either
-- seen below and ended, or waits and finds the account closed. A refresh holds its lineage's row:
-- it is waited for and its successor ended, or finds it ended.
--
-- Beside the user's not-before each session is revoked by itself: a refresh that was let in while
-- this waited for a lock may have given an access token an `iat` beyond p_not_before.
CREATE FUNCTION signet.close_account(
  p_user uuid, p_status smallint, p_reason smallint, p_now timestamptz, p_not_before timestamptz,
  p_expires_at timestamptz, p_audit signet.audit_row, OUT outcome smallint, OUT ended bigint)
LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog AS $$
DECLARE
  person record;
  session uuid;
  cut timestamptz;
  last boolean := signet.is_last_administrator(p_user);
BEGIN
  ended := 0;
  SELECT status INTO person FROM signet.users WHERE id = p_user FOR NO KEY UPDATE;
  IF NOT FOUND OR (person.status > 2 AND p_status = 2) THEN
    outcome := 0;
    RETURN;
  END IF;
  IF person.status >= p_status THEN
    outcome := 2;
    RETURN;
  END IF;
  IF last THEN
    outcome := 3;
    RETURN;
  END IF;
  UPDATE signet.users
     SET status = p_status, updated_at = p_now,
         not_before = greatest(not_before + interval '1 second', p_not_before),
         roles = CASE WHEN p_status = 2 THEN roles ELSE '{}' END,
         email_canonical = CASE WHEN p_status = 2 THEN email_canonical
                                ELSE '#' || p_user::text END
   WHERE id = p_user
  RETURNING not_before INTO cut;
  IF p_status > 2 THEN
    UPDATE signet.password_credentials SET hash = '', version = version + 1, changed_at = p_now
     WHERE user_id = p_user;
  END IF;
  FOR session IN
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
    SELECT session_id FROM dead ORDER BY session_id
  LOOP
    ended := ended + 1;
    PERFORM signet.append_revocation(2::smallint, session::text, NULL, p_now, p_expires_at);
  END LOOP;
  PERFORM signet.append_revocation(3::smallint, p_user::text, cut, p_now, p_expires_at);
  IF (p_audit).id IS NOT NULL THEN
    PERFORM signet.append_audit(p_audit);
  END IF;
  outcome := 1;
END
$$;

REVOKE ALL ON FUNCTION
  signet.is_last_administrator(uuid),
  signet.close_account(uuid, smallint, smallint, timestamptz, timestamptz, timestamptz,
                       signet.audit_row)
  FROM PUBLIC;
GRANT EXECUTE ON FUNCTION
  signet.is_last_administrator(uuid),
  signet.close_account(uuid, smallint, smallint, timestamptz, timestamptz, timestamptz,
                       signet.audit_row)
  TO signet_service;
