DROP FUNCTION signet.confirm_totp(uuid, uuid, bytea, bigint, bytea[], text, text[], timestamptz,
                                 timestamptz, signet.mail_row, signet.audit_row);
DROP FUNCTION signet.end_other_sessions(uuid, uuid, smallint, timestamptz, timestamptz);
DROP TABLE signet.second_factors;
ALTER TABLE signet.users DROP COLUMN second_factor;
