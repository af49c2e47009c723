-- Who follows the key set, and what of it everybody holds: a key does not sign before they know it.

CREATE TABLE signet.key_set_verifiers (
  verifier_id text PRIMARY KEY,
  name text NOT NULL,
  version bigint NOT NULL,
  replica text NOT NULL,
  seen_at timestamptz NOT NULL
) WITH (fillfactor = 50);
COMMENT ON TABLE signet.key_set_verifiers IS
  'Verifiers that watch the key set. A row counts until its lease (keys.verifier_lease) is over.';
COMMENT ON COLUMN signet.key_set_verifiers.version IS
  'Of the key set that it holds; 0: none yet';

-- A record of every token of the tenant; an older server passes over it.
COMMENT ON COLUMN signet.revocation_log.kind IS '1 token, 2 session, 3 user, 4 key, 5 tenant';

CREATE FUNCTION signet.forget_verifiers(p_before timestamptz) RETURNS void
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog AS $$
  DELETE FROM signet.key_set_verifiers WHERE seen_at < p_before
$$;

REVOKE ALL ON FUNCTION signet.forget_verifiers(timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION signet.forget_verifiers(timestamptz) TO signet_service;
GRANT SELECT, INSERT, UPDATE ON signet.key_set_verifiers TO signet_service;
