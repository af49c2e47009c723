DROP FUNCTION signet.forget_verifiers(timestamptz);
DROP TABLE signet.key_set_verifiers;

COMMENT ON COLUMN signet.revocation_log.kind IS '1 token, 2 session, 3 user, 4 key';
