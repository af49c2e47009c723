-- What is done with a link from a mail: verify an address, reset a password, change the address.

ALTER TABLE signet.users ADD COLUMN email_verified_at timestamptz;

-- At most one token per person and purpose: a newer one takes the place of the earlier. No
-- foreign key: requests for unknown addresses write here too, under ids that nobody has, so that
-- they cost the same.
CREATE TABLE signet.email_tokens (
  user_id uuid NOT NULL,
  purpose smallint NOT NULL,
  secret_hash bytea NOT NULL,
  issued_at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL,
  used_at timestamptz,
  PRIMARY KEY (user_id, purpose)
);
COMMENT ON COLUMN signet.email_tokens.purpose IS
  '1 verify the address, 2 reset the password, 3 and 4 change the address: present and new one';
CREATE INDEX email_tokens_by_expiry ON signet.email_tokens (expires_at);

CREATE TABLE signet.email_changes (
  user_id uuid PRIMARY KEY REFERENCES signet.users (id),
  new_email text NOT NULL,
  new_canonical text NOT NULL,
  session_id uuid NOT NULL,
  requested_at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL,
  old_confirmed_at timestamptz,
  new_confirmed_at timestamptz
);
COMMENT ON COLUMN signet.email_changes.session_id IS 'the one that asked, which survives the change';

-- When a person was last sent a mail that strangers can bring about.
CREATE TABLE signet.mail_pauses (
  user_id uuid NOT NULL REFERENCES signet.users (id),
  kind smallint NOT NULL,
  sent_at timestamptz NOT NULL,
  PRIMARY KEY (user_id, kind)
);

-- The person at the keyboard of the server vouches for this address.
CREATE FUNCTION signet.insert_first_verified_administrator(
  p_user uuid, p_email text, p_canonical text, p_hash text, p_roles text[],
  p_now timestamptz) RETURNS boolean
LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog AS $$
BEGIN
  IF NOT signet.insert_first_administrator(p_user, p_email, p_canonical, p_hash, p_roles, p_now) THEN
    RETURN false;
  END IF;
  UPDATE signet.users SET email_verified_at = p_now WHERE id = p_user;
  RETURN true;
END
$$;

-- Locks the user first, as every function that ends sessions does. Whoever has the account's mail
-- has the account: tokens that were sent before are spent as well.
CREATE FUNCTION signet.reset_password(
  p_user uuid, p_secret_hash bytea, p_hash text, p_now timestamptz, p_not_before timestamptz,
  p_expires_at timestamptz) RETURNS boolean
LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog AS $$
BEGIN
  PERFORM FROM signet.users WHERE id = p_user AND status = 1 FOR NO KEY UPDATE;
  IF NOT FOUND THEN
    RETURN false;
  END IF;
  UPDATE signet.email_tokens SET used_at = p_now
   WHERE user_id = p_user AND purpose = 2 AND secret_hash = p_secret_hash AND used_at IS NULL
     AND expires_at > p_now;
  IF NOT FOUND THEN
    RETURN false;
  END IF;
  UPDATE signet.email_tokens SET used_at = p_now WHERE user_id = p_user AND used_at IS NULL;
  UPDATE signet.password_credentials
     SET hash = p_hash, version = version + 1, changed_at = p_now
   WHERE user_id = p_user;
  UPDATE signet.users SET email_verified_at = coalesce(email_verified_at, p_now) WHERE id = p_user;
  PERFORM signet.end_all_sessions(p_user, 5::smallint, p_now, p_not_before, p_expires_at);
  RETURN true;
END
$$;

-- 0 refused, 1 the other address has to confirm too, 2 changed, 3 another account has the address.
CREATE FUNCTION signet.confirm_email_change(
  p_user uuid, p_purpose smallint, p_secret_hash bytea, p_now timestamptz,
  p_expires_at timestamptz) RETURNS smallint
LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog AS $$
DECLARE
  change record;
  session uuid;
BEGIN
  PERFORM FROM signet.users WHERE id = p_user AND status = 1 FOR NO KEY UPDATE;
  IF NOT FOUND THEN
    RETURN 0;
  END IF;
  UPDATE signet.email_tokens SET used_at = p_now
   WHERE user_id = p_user AND purpose = p_purpose AND purpose IN (3, 4)
     AND secret_hash = p_secret_hash AND used_at IS NULL AND expires_at > p_now;
  IF NOT FOUND THEN
    RETURN 0;
  END IF;
  UPDATE signet.email_changes
     SET old_confirmed_at = CASE WHEN p_purpose = 3 THEN p_now ELSE old_confirmed_at END,
         new_confirmed_at = CASE WHEN p_purpose = 4 THEN p_now ELSE new_confirmed_at END
   WHERE user_id = p_user AND expires_at > p_now
  RETURNING * INTO change;
  IF NOT FOUND THEN
    RETURN 0;
  END IF;
  IF change.old_confirmed_at IS NULL OR change.new_confirmed_at IS NULL THEN
    RETURN 1;
  END IF;
  UPDATE signet.email_changes SET expires_at = p_now WHERE user_id = p_user;
  BEGIN
    UPDATE signet.users
       SET email = change.new_email, email_canonical = change.new_canonical,
           email_verified_at = p_now, updated_at = p_now
     WHERE id = p_user;
  EXCEPTION WHEN unique_violation THEN
    RETURN 3;
  END;
  UPDATE signet.email_tokens SET used_at = p_now WHERE user_id = p_user AND used_at IS NULL;
  FOR session IN
    WITH dead AS (
      UPDATE signet.lineages SET end_reason = 9
       WHERE user_id = p_user AND session_id <> change.session_id
         AND end_reason IS NULL AND expires_at > p_now
      RETURNING session_id, generation
    ), closed AS (
      UPDATE signet.sessions AS s SET ended_at = p_now, end_reason = 9
        FROM dead WHERE s.user_id = p_user AND s.id = dead.session_id
    ), written AS (
      INSERT INTO signet.lineage_history
        (user_id, session_id, kind, generation, end_reason, at, address, user_agent)
      SELECT p_user, session_id, 5, generation, 9, p_now, '', '' FROM dead
    )
    SELECT session_id FROM dead ORDER BY session_id
  LOOP
    PERFORM signet.append_revocation(2::smallint, session::text, NULL, p_now, p_expires_at);
  END LOOP;
  RETURN 2;
END
$$;

CREATE FUNCTION signet.remove_expired_email_tokens(p_before timestamptz) RETURNS bigint
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog AS $$
  WITH tokens AS (
    DELETE FROM signet.email_tokens WHERE expires_at < p_before RETURNING user_id
  ), changes AS (
    DELETE FROM signet.email_changes WHERE expires_at < p_before RETURNING user_id
  )
  SELECT (SELECT count(*) FROM tokens) + (SELECT count(*) FROM changes)
$$;

REVOKE ALL ON FUNCTION
  signet.insert_first_verified_administrator(uuid, text, text, text, text[], timestamptz),
  signet.reset_password(uuid, bytea, text, timestamptz, timestamptz, timestamptz),
  signet.confirm_email_change(uuid, smallint, bytea, timestamptz, timestamptz),
  signet.remove_expired_email_tokens(timestamptz)
  FROM PUBLIC;
GRANT SELECT, INSERT, UPDATE ON signet.email_tokens, signet.email_changes, signet.mail_pauses
  TO signet_service;
GRANT EXECUTE ON FUNCTION
  signet.insert_first_verified_administrator(uuid, text, text, text, text[], timestamptz),
  signet.reset_password(uuid, bytea, text, timestamptz, timestamptz, timestamptz),
  signet.confirm_email_change(uuid, smallint, bytea, timestamptz, timestamptz),
  signet.remove_expired_email_tokens(timestamptz)
  TO signet_service;
