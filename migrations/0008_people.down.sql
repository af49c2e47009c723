DROP FUNCTION signet.close_account(
  uuid, smallint, smallint, timestamptz, timestamptz, timestamptz,
  signet.audit_row);
DROP FUNCTION signet.is_last_administrator(uuid);
DROP INDEX signet.users_administrators;
DROP INDEX signet.users_by_email_prefix;
DROP INDEX signet.users_by_creation;
-- What the older schema cannot say is said as nearly as it can.
UPDATE signet.users SET status = 2 WHERE status > 2;
ALTER TABLE signet.users DROP CONSTRAINT users_status_check;
ALTER TABLE signet.users ADD CONSTRAINT users_status_check CHECK (status IN (1, 2));
COMMENT ON COLUMN signet.users.status IS '1 active, 2 disabled';
ALTER TABLE signet.users DROP COLUMN display_name;
