DROP FUNCTION signet.remove_expired_email_tokens(timestamptz);
DROP FUNCTION signet.confirm_email_change(uuid, smallint, bytea, timestamptz, timestamptz);
DROP FUNCTION signet.reset_password(uuid, bytea, text, timestamptz, timestamptz, timestamptz);
DROP FUNCTION signet.insert_first_verified_administrator(
  uuid, text, text, text, text[], timestamptz);
DROP TABLE signet.mail_pauses;
DROP TABLE signet.email_changes;
DROP TABLE signet.email_tokens;
ALTER TABLE signet.users DROP COLUMN email_verified_at;
