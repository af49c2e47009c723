DROP FUNCTION signet.remove_stale_attempts(timestamptz, timestamptz, integer);
DROP FUNCTION signet.fail_attempt(
  uuid, uuid, integer, integer, interval, interval, interval, timestamptz);
DROP FUNCTION signet.admit_attempt(
  uuid, uuid, integer, integer, boolean, timestamptz, timestamptz, timestamptz);
DROP TABLE signet.attempt_guards;
