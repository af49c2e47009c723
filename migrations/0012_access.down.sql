DROP TRIGGER an_administrator_stays ON signet.users;
DROP TRIGGER an_administrator_remains ON signet.users;
DROP FUNCTION signet.revoke_api_key(uuid, timestamptz, timestamptz);
DROP FUNCTION signet.set_service_account_status(uuid, smallint, timestamptz, timestamptz);
DROP FUNCTION signet.remove_expired_grants(timestamptz, integer);
DROP FUNCTION signet.delete_role(uuid, timestamptz, text[], text, timestamptz);
DROP FUNCTION signet.update_role(uuid, timestamptz, text[], text, text, text[], bigint, timestamptz,
                                 timestamptz);
DROP FUNCTION signet.create_role(uuid, timestamptz, text[], text, text, text[], timestamptz);
DROP FUNCTION signet.revoke_role(uuid, timestamptz, text[], uuid, text, text[], timestamptz,
                                 timestamptz);
DROP FUNCTION signet.grant_role(uuid, timestamptz, text[], uuid, text, text[], timestamptz, integer,
                                timestamptz, timestamptz);
DROP FUNCTION signet.lock_subject_roles(uuid);
DROP FUNCTION signet.write_roles(uuid, text[], boolean, timestamptz, timestamptz);
DROP FUNCTION signet.lock_caller(uuid, timestamptz, uuid);
DROP FUNCTION signet.missing_permission(text[], text[]);
DROP FUNCTION signet.next_not_before(timestamptz, timestamptz);
DROP FUNCTION signet.role_facts(uuid, text[]);
DROP FUNCTION signet.guard_administrators();
DROP FUNCTION signet.keep_an_administrator(uuid);
CREATE OR REPLACE FUNCTION signet.is_last_administrator(p_user uuid) RETURNS boolean
LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog AS $$
BEGIN
  PERFORM pg_advisory_xact_lock(hashtextextended('signet.administrators', 0));
  RETURN EXISTS (SELECT FROM signet.users
                  WHERE id = p_user AND status = 1 AND 'admin' = ANY (roles))
     AND NOT EXISTS (SELECT FROM signet.users
                      WHERE status = 1 AND 'admin' = ANY (roles) AND id <> p_user);
END
$$;
DROP FUNCTION signet.lock_administrators();
DROP INDEX signet.users_by_role;
DROP TABLE signet.api_keys;
DROP TABLE signet.service_accounts;
DROP TABLE signet.role_grants;
DROP TABLE signet.roles;
