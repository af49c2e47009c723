-- Roles, what they permit and who holds them; service accounts and their API keys.

-- What a person or service account holds stands in `roles` of its own row, where the lock that
-- orders logins and revocations covers it. The facts of each grant stand beside it.

CREATE TABLE signet.roles (
  name text PRIMARY KEY,
  description text NOT NULL,
  permissions text[] NOT NULL DEFAULT '{}',
  built_in boolean NOT NULL DEFAULT false,
  version bigint NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  deleted_at timestamptz
);
COMMENT ON COLUMN signet.roles.permissions IS 'of built-in roles: what they permit is compiled in';

INSERT INTO signet.roles (name, description, built_in, created_at, updated_at)
VALUES ('admin', 'Administrators: everything', true, now(), now()),
       ('auditor', 'Auditors: the audit log, and who may do what; change nothing', true, now(), now());

CREATE TABLE signet.role_grants (
  user_id uuid NOT NULL,
  role text NOT NULL REFERENCES signet.roles (name),
  granted_by uuid NOT NULL,
  granted_at timestamptz NOT NULL,
  expires_at timestamptz,
  PRIMARY KEY (user_id, role)
);
CREATE INDEX role_grants_by_expiry ON signet.role_grants (expires_at)
  WHERE expires_at IS NOT NULL;
COMMENT ON TABLE signet.role_grants IS
  'facts of the last grant of a role; whether it is held stands in roles of its holder';
COMMENT ON COLUMN signet.role_grants.user_id IS 'a person, or a service account';

CREATE TABLE signet.service_accounts (
  id uuid PRIMARY KEY,
  name text NOT NULL,
  description text NOT NULL,
  status smallint NOT NULL DEFAULT 1 CHECK (status IN (1, 2, 3)),
  roles text[] NOT NULL DEFAULT '{}',
  not_before timestamptz,
  created_by uuid NOT NULL,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL
);
COMMENT ON COLUMN signet.service_accounts.status IS '1 active, 2 disabled, 3 deleted';
COMMENT ON COLUMN signet.service_accounts.not_before IS 'tokens issued earlier are refused';
CREATE UNIQUE INDEX service_accounts_by_name ON signet.service_accounts (name) WHERE status <> 3;

CREATE TABLE signet.api_keys (
  id uuid PRIMARY KEY,
  service_account_id uuid NOT NULL REFERENCES signet.service_accounts (id),
  name text NOT NULL,
  secret_hash bytea NOT NULL CHECK (octet_length(secret_hash) = 32),
  scopes text[] NOT NULL,
  created_by uuid NOT NULL,
  created_at timestamptz NOT NULL,
  expires_at timestamptz,
  revoked_at timestamptz,
  replaced_by uuid,
  last_used_at timestamptz
) WITH (fillfactor = 80);
CREATE INDEX api_keys_by_account ON signet.api_keys (service_account_id, id);

-- Who holds a role. Most people hold none, and cost these indexes nothing.
CREATE INDEX users_by_role ON signet.users USING gin (roles) WHERE roles <> '{}';
CREATE INDEX service_accounts_by_role ON signet.service_accounts USING gin (roles)
  WHERE roles <> '{}';

-- Locks -------------------------------------------------------------------------------------
-- Taken in one order everywhere, so that no two of these statements wait for each other: the
-- administrators' lock, the role, people in the order of their ids, service accounts, the head of
-- the revocation log.

-- The last administrator ----------------------------------------------------------------------
-- An administrator who stays: an active person who holds `admin` without an end.

CREATE FUNCTION signet.lock_administrators() RETURNS void
LANGUAGE sql VOLATILE SET search_path = pg_catalog AS $$
  SELECT pg_advisory_xact_lock(hashtextextended('signet.administrators', 0))
$$;

-- Whether `p_user` is one and nobody else is. As before, but that whoever holds the role for a time
-- does not count. Whoever removes one asks this before any row is locked, and the lock lasts until he
-- has committed: of two who remove each other the second looks after the first.
CREATE OR REPLACE FUNCTION signet.is_last_administrator(p_user uuid) RETURNS boolean
LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog AS $$
DECLARE
  staying uuid[];
BEGIN
  PERFORM signet.lock_administrators();
  SELECT array_agg(u.id) INTO staying
    FROM signet.users AS u
   WHERE u.status = 1 AND 'admin' = ANY (u.roles)
     AND NOT EXISTS (SELECT FROM signet.role_grants AS g
                      WHERE g.user_id = u.id AND g.role = 'admin' AND g.expires_at IS NOT NULL);
  RETURN coalesce(staying = ARRAY[p_user], false);
END
$$;

-- Raises SG001 when he is.
CREATE FUNCTION signet.keep_an_administrator(p_user uuid) RETURNS void
LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog AS $$
BEGIN
  IF signet.is_last_administrator(p_user) THEN
    RAISE EXCEPTION 'the last administrator' USING ERRCODE = 'SG001';
  END IF;
END
$$;

-- On the table, so that no statement gets past it: neither one that takes a role away nor one that
-- disables, deletes or erases a person. Those that mean to do so take the lock before any row.
CREATE FUNCTION signet.guard_administrators() RETURNS trigger
LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog AS $$
BEGIN
  PERFORM signet.keep_an_administrator(OLD.id);
  RETURN coalesce(NEW, OLD);
END
$$;

CREATE TRIGGER an_administrator_stays BEFORE UPDATE ON signet.users FOR EACH ROW
  WHEN (OLD.status = 1 AND 'admin' = ANY (OLD.roles)
        AND NOT (NEW.status = 1 AND 'admin' = ANY (NEW.roles)))
  EXECUTE FUNCTION signet.guard_administrators();

CREATE TRIGGER an_administrator_remains BEFORE DELETE ON signet.users FOR EACH ROW
  WHEN (OLD.status = 1 AND 'admin' = ANY (OLD.roles))
  EXECUTE FUNCTION signet.guard_administrators();

-- What a token says ---------------------------------------------------------------------------

-- For each of `p_roles`, in their order, two elements: until when `p_subject` holds it (empty:
-- without an end) and its permissions, separated by blanks. VOLATILE: it looks when it is called,
-- not when the calling statement began, so that a login that waited for a change of a role does
-- not put the permissions of before into a token that is dated after it.
CREATE FUNCTION signet.role_facts(p_subject uuid, p_roles text[]) RETURNS text[]
LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog AS $$
DECLARE
  facts text[];
BEGIN
  SELECT array_agg(fact ORDER BY h.n, part) INTO facts
    FROM unnest(p_roles) WITH ORDINALITY AS h (role, n)
    CROSS JOIN LATERAL (
      VALUES (1, coalesce((SELECT g.expires_at::text FROM signet.role_grants AS g
                            WHERE g.user_id = p_subject AND g.role = h.role), '')),
             (2, coalesce((SELECT array_to_string(r.permissions, ' ') FROM signet.roles AS r
                            WHERE r.name = h.role), ''))) AS f (part, fact);
  RETURN coalesce(facts, '{}');
END
$$;

-- Tokens that were issued before this moment are refused, and those after it are not: `not_before`
-- of the account, to be written by the caller. Not the time of the call: an access token that was
-- signed with what had been read before the change may carry the second in which it commits.
CREATE FUNCTION signet.next_not_before(p_now timestamptz, p_before timestamptz)
RETURNS timestamptz
LANGUAGE sql VOLATILE SET search_path = pg_catalog AS $$
  SELECT greatest(p_before + interval '1 second',
                  date_trunc('second', greatest(p_now, clock_timestamp())) + interval '2 seconds')
$$;

-- Changes -------------------------------------------------------------------------------------
-- Outcomes: 1 done, 2 the caller's token is older than his rights, 3 no such subject, 4 no such
-- role, 5 the caller lacks the permission in `detail`, 6 too many roles, 7 not held, 8 built in,
-- 9 held by somebody, 10 another version, 11 it exists.

-- The first of `p_wanted` that the caller may not hand on. Whoever may grant application
-- permissions hands on those without holding them: somebody has to be the first.
CREATE FUNCTION signet.missing_permission(p_wanted text[], p_held text[]) RETURNS text
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog AS $$
  SELECT min(w) FROM unnest(p_wanted) AS w
   WHERE w <> ALL (p_held)
     AND NOT (w LIKE 'app:%' AND 'access.grant_app' = ANY (p_held))
$$;

-- Locks the caller, and `p_subject` where that is a person. False when the caller has lost his
-- rights since his token was issued: exactly, and not when the log is next read.
CREATE FUNCTION signet.lock_caller(p_caller uuid, p_issued_at timestamptz, p_subject uuid)
RETURNS boolean
LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog AS $$
BEGIN
  PERFORM FROM signet.users WHERE id IN (p_caller, p_subject) ORDER BY id FOR NO KEY UPDATE;
  RETURN EXISTS (SELECT FROM signet.users
                  WHERE id = p_caller AND status = 1
                    AND (not_before IS NULL OR not_before <= p_issued_at));
END
$$;

-- Writes what `p_subject`, a person or service account whose row is locked, holds from now on.
-- `p_cut`: refuse the tokens that say otherwise.
CREATE FUNCTION signet.write_roles(
  p_subject uuid, p_roles text[], p_cut boolean, p_now timestamptz,
  p_revocation_expires_at timestamptz) RETURNS void
LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog AS $$
DECLARE
  cut timestamptz;
BEGIN
  UPDATE signet.users
     SET roles = p_roles, updated_at = p_now,
         not_before = CASE WHEN p_cut THEN signet.next_not_before(p_now, not_before)
                           ELSE not_before END
   WHERE id = p_subject
  RETURNING not_before INTO cut;
  IF NOT FOUND THEN
    UPDATE signet.service_accounts
       SET roles = p_roles, updated_at = p_now,
           not_before = CASE WHEN p_cut THEN signet.next_not_before(p_now, not_before)
                             ELSE not_before END
     WHERE id = p_subject
    RETURNING not_before INTO cut;
  END IF;
  IF p_cut THEN
    PERFORM signet.append_revocation(
      3::smallint, p_subject::text, cut, p_now, p_revocation_expires_at);
  END IF;
END
$$;

-- What `p_subject` holds, its row locked; NULL when there is no such person or service account.
CREATE FUNCTION signet.lock_subject_roles(p_subject uuid) RETURNS text[]
LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog AS $$
DECLARE
  held text[];
BEGIN
  SELECT roles INTO held FROM signet.users WHERE id = p_subject AND status < 3 FOR NO KEY UPDATE;
  IF NOT FOUND THEN
    SELECT roles INTO held FROM signet.service_accounts
     WHERE id = p_subject AND status <> 3 FOR NO KEY UPDATE;
  END IF;
  RETURN held;
END
$$;

CREATE FUNCTION signet.grant_role(
  p_caller uuid, p_issued_at timestamptz, p_held text[], p_subject uuid, p_role text,
  p_compiled text[], p_expires_at timestamptz, p_most integer, p_now timestamptz,
  p_revocation_expires_at timestamptz, OUT outcome smallint, OUT detail text)
LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog AS $$
DECLARE
  wanted text[];
  holds text[];
  had boolean;
  had_until timestamptz;
BEGIN
  IF p_role = 'admin' THEN PERFORM signet.lock_administrators(); END IF;
  SELECT permissions INTO wanted FROM signet.roles
   WHERE name = p_role AND deleted_at IS NULL FOR SHARE;
  IF NOT FOUND THEN outcome := 4; RETURN; END IF;
  IF NOT signet.lock_caller(p_caller, p_issued_at, p_subject) THEN outcome := 2; RETURN; END IF;
  detail := signet.missing_permission(wanted || p_compiled, p_held);
  IF detail IS NOT NULL THEN outcome := 5; RETURN; END IF;
  holds := signet.lock_subject_roles(p_subject);
  IF holds IS NULL THEN outcome := 3; RETURN; END IF;
  had := p_role = ANY (holds);
  IF NOT had AND cardinality(holds) >= p_most THEN outcome := 6; RETURN; END IF;

  SELECT expires_at INTO had_until FROM signet.role_grants
   WHERE user_id = p_subject AND role = p_role;
  IF had AND p_role = 'admin' AND had_until IS NULL AND p_expires_at IS NOT NULL
     AND EXISTS (SELECT FROM signet.users WHERE id = p_subject AND status = 1) THEN
    PERFORM signet.keep_an_administrator(p_subject);
  END IF;
  INSERT INTO signet.role_grants (user_id, role, granted_by, granted_at, expires_at)
  VALUES (p_subject, p_role, p_caller, p_now, p_expires_at)
  ON CONFLICT (user_id, role) DO UPDATE
     SET granted_by = p_caller, granted_at = p_now, expires_at = p_expires_at;
  PERFORM signet.write_roles(
    p_subject, CASE WHEN had THEN holds ELSE holds || p_role END,
    had AND p_expires_at IS NOT NULL AND p_expires_at < coalesce(had_until, 'infinity'), p_now,
    p_revocation_expires_at);
  outcome := 1;
END
$$;

CREATE FUNCTION signet.revoke_role(
  p_caller uuid, p_issued_at timestamptz, p_held text[], p_subject uuid, p_role text,
  p_compiled text[], p_now timestamptz, p_revocation_expires_at timestamptz,
  OUT outcome smallint, OUT detail text)
LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog AS $$
DECLARE
  wanted text[];
  holds text[];
BEGIN
  IF p_role = 'admin' THEN PERFORM signet.lock_administrators(); END IF;
  SELECT permissions INTO wanted FROM signet.roles WHERE name = p_role FOR SHARE;
  IF NOT signet.lock_caller(p_caller, p_issued_at, p_subject) THEN outcome := 2; RETURN; END IF;
  detail := signet.missing_permission(coalesce(wanted, '{}') || p_compiled, p_held);
  IF detail IS NOT NULL THEN outcome := 5; RETURN; END IF;
  holds := signet.lock_subject_roles(p_subject);
  IF holds IS NULL THEN outcome := 3; RETURN; END IF;
  IF p_role <> ALL (holds) THEN outcome := 7; RETURN; END IF;
  PERFORM signet.write_roles(
    p_subject, array_remove(holds, p_role), true, p_now, p_revocation_expires_at);
  outcome := 1;
END
$$;

CREATE FUNCTION signet.create_role(
  p_caller uuid, p_issued_at timestamptz, p_held text[], p_name text, p_description text,
  p_permissions text[], p_now timestamptz, OUT outcome smallint, OUT detail text)
LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog AS $$
BEGIN
  IF NOT signet.lock_caller(p_caller, p_issued_at, NULL) THEN outcome := 2; RETURN; END IF;
  detail := signet.missing_permission(p_permissions, p_held);
  IF detail IS NOT NULL THEN outcome := 5; RETURN; END IF;
  INSERT INTO signet.roles AS r (name, description, permissions, created_at, updated_at)
  VALUES (p_name, p_description, p_permissions, p_now, p_now)
  ON CONFLICT (name) DO UPDATE
     SET description = p_description, permissions = p_permissions, created_at = p_now,
         updated_at = p_now, deleted_at = NULL, version = r.version + 1
   WHERE r.deleted_at IS NOT NULL;
  outcome := CASE WHEN FOUND THEN 1 ELSE 11 END;
END
$$;

-- `p_description`, `p_permissions` NULL: as they are. `p_version` 0: whatever it is. Who holds the
-- role and loses a permission by it gets no use out of the tokens that still say it.
CREATE FUNCTION signet.update_role(
  p_caller uuid, p_issued_at timestamptz, p_held text[], p_name text, p_description text,
  p_permissions text[], p_version bigint, p_now timestamptz, p_revocation_expires_at timestamptz,
  OUT outcome smallint, OUT detail text)
LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog AS $$
DECLARE
  before signet.roles;
  holder uuid;
  holds text[];
BEGIN
  SELECT * INTO before FROM signet.roles
   WHERE name = p_name AND deleted_at IS NULL FOR NO KEY UPDATE;
  IF NOT FOUND THEN outcome := 4; RETURN; END IF;
  IF before.built_in THEN outcome := 8; RETURN; END IF;
  IF p_version NOT IN (0, before.version) THEN outcome := 10; RETURN; END IF;
  -- The caller may hold it himself: with all others, in the order of their ids.
  PERFORM FROM signet.users
    WHERE id = p_caller OR (roles <> '{}' AND roles @> ARRAY[p_name])
    ORDER BY id FOR NO KEY UPDATE;
  IF NOT signet.lock_caller(p_caller, p_issued_at, NULL) THEN outcome := 2; RETURN; END IF;
  detail := signet.missing_permission(
    before.permissions || coalesce(p_permissions, '{}'), p_held);
  IF detail IS NOT NULL THEN outcome := 5; RETURN; END IF;
  UPDATE signet.roles
     SET description = coalesce(p_description, description),
         permissions = coalesce(p_permissions, permissions),
         version = version + 1, updated_at = p_now
   WHERE name = p_name;
  outcome := 1;
  IF before.permissions <@ coalesce(p_permissions, before.permissions) THEN RETURN; END IF;
  FOR holder, holds IN
    SELECT id, roles FROM signet.users WHERE roles <> '{}' AND roles @> ARRAY[p_name]
    UNION ALL
    SELECT id, roles FROM signet.service_accounts WHERE roles <> '{}' AND roles @> ARRAY[p_name]
  LOOP
    PERFORM signet.write_roles(holder, holds, true, p_now, p_revocation_expires_at);
  END LOOP;
END
$$;

CREATE FUNCTION signet.delete_role(
  p_caller uuid, p_issued_at timestamptz, p_held text[], p_name text, p_now timestamptz,
  OUT outcome smallint, OUT detail text)
LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog AS $$
DECLARE
  before signet.roles;
BEGIN
  SELECT * INTO before FROM signet.roles
   WHERE name = p_name AND deleted_at IS NULL FOR UPDATE;
  IF NOT FOUND THEN outcome := 4; RETURN; END IF;
  IF before.built_in THEN outcome := 8; RETURN; END IF;
  IF NOT signet.lock_caller(p_caller, p_issued_at, NULL) THEN outcome := 2; RETURN; END IF;
  detail := signet.missing_permission(before.permissions, p_held);
  IF detail IS NOT NULL THEN outcome := 5; RETURN; END IF;
  -- A grant under way holds the role and was waited for: who got it is seen here.
  IF EXISTS (SELECT FROM signet.users WHERE roles <> '{}' AND roles @> ARRAY[p_name])
     OR EXISTS (SELECT FROM signet.service_accounts
                 WHERE roles <> '{}' AND roles @> ARRAY[p_name] AND status <> 3) THEN
    outcome := 9; RETURN;
  END IF;
  UPDATE signet.roles SET deleted_at = p_now, updated_at = p_now WHERE name = p_name;
  outcome := 1;
END
$$;

-- Takes away what has expired: at most `p_most` grants. Whoever issues tokens heeds the times by
-- himself; this keeps `roles` short and true. Returns how many it took away.
CREATE FUNCTION signet.remove_expired_grants(p_now timestamptz, p_most integer) RETURNS integer
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog SET lock_timeout = '2s' AS $$
DECLARE
  expired record;
  holds text[];
  removed integer := 0;
BEGIN
  FOR expired IN
    SELECT * FROM (SELECT user_id, role FROM signet.role_grants
                    WHERE expires_at <= p_now ORDER BY expires_at LIMIT p_most) AS first
     ORDER BY user_id
  LOOP
    holds := signet.lock_subject_roles(expired.user_id);
    -- It may have been prolonged before the lock was had.
    CONTINUE WHEN NOT EXISTS (
      SELECT FROM signet.role_grants WHERE user_id = expired.user_id
         AND role = expired.role AND expires_at <= p_now);
    IF expired.role = ANY (holds) THEN
      PERFORM signet.write_roles(
        expired.user_id, array_remove(holds, expired.role), false, p_now, p_now);
    END IF;
    DELETE FROM signet.role_grants
     WHERE user_id = expired.user_id AND role = expired.role;
    removed := removed + 1;
  END LOOP;
  RETURN removed;
END
$$;

-- Service accounts ----------------------------------------------------------------------------

-- Active (1), disabled (2) or deleted (3), for good. Whatever it leaves, its tokens are refused.
CREATE FUNCTION signet.set_service_account_status(
  p_account uuid, p_status smallint, p_now timestamptz, p_revocation_expires_at timestamptz)
RETURNS boolean
LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog AS $$
DECLARE
  cut timestamptz;
BEGIN
  UPDATE signet.service_accounts
     SET status = p_status, updated_at = p_now,
         not_before = CASE WHEN p_status = 1 THEN not_before
                           ELSE signet.next_not_before(p_now, not_before) END
   WHERE id = p_account AND status <> 3
  RETURNING not_before INTO cut;
  IF NOT FOUND THEN RETURN false; END IF;
  IF p_status <> 1 THEN
    PERFORM signet.append_revocation(
      3::smallint, p_account::text, cut, p_now, p_revocation_expires_at);
  END IF;
  RETURN true;
END
$$;

-- A token does not say by which key it was got: all of the account are refused, and whoever holds
-- another key gets a new one. False when there is no such key or it was revoked before.
CREATE FUNCTION signet.revoke_api_key(
  p_key uuid, p_now timestamptz, p_revocation_expires_at timestamptz) RETURNS boolean
LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog AS $$
DECLARE
  account uuid;
  cut timestamptz;
BEGIN
  UPDATE signet.api_keys SET revoked_at = p_now
   WHERE id = p_key AND revoked_at IS NULL
  RETURNING service_account_id INTO account;
  IF NOT FOUND THEN RETURN false; END IF;
  UPDATE signet.service_accounts
     SET not_before = signet.next_not_before(p_now, not_before), updated_at = p_now
   WHERE id = account
  RETURNING not_before INTO cut;
  PERFORM signet.append_revocation(
    3::smallint, account::text, cut, p_now, p_revocation_expires_at);
  RETURN true;
END
$$;

REVOKE ALL ON ALL FUNCTIONS IN SCHEMA signet FROM PUBLIC;
GRANT SELECT, INSERT, UPDATE ON signet.roles, signet.role_grants, signet.service_accounts,
  signet.api_keys TO signet_service;
GRANT EXECUTE ON FUNCTION
  signet.lock_administrators(),
  signet.keep_an_administrator(uuid),
  signet.guard_administrators(),
  signet.role_facts(uuid, text[]),
  signet.next_not_before(timestamptz, timestamptz),
  signet.missing_permission(text[], text[]),
  signet.lock_caller(uuid, timestamptz, uuid),
  signet.write_roles(uuid, text[], boolean, timestamptz, timestamptz),
  signet.lock_subject_roles(uuid),
  signet.grant_role(uuid, timestamptz, text[], uuid, text, text[], timestamptz, integer,
                    timestamptz, timestamptz),
  signet.revoke_role(uuid, timestamptz, text[], uuid, text, text[], timestamptz, timestamptz),
  signet.create_role(uuid, timestamptz, text[], text, text, text[], timestamptz),
  signet.update_role(uuid, timestamptz, text[], text, text, text[], bigint, timestamptz,
                     timestamptz),
  signet.delete_role(uuid, timestamptz, text[], text, timestamptz),
  signet.remove_expired_grants(timestamptz, integer),
  signet.set_service_account_status(uuid, smallint, timestamptz, timestamptz),
  signet.revoke_api_key(uuid, timestamptz, timestamptz)
  TO signet_service;
