DROP FUNCTION signet.remove_stale_evidence(timestamptz, integer);
DROP FUNCTION signet.note_failed_login(
  uuid, bigint, bigint, boolean, timestamptz, timestamptz, integer, integer, integer);
DROP FUNCTION signet.raise_threat(smallint, bigint, timestamptz, timestamptz);
DROP FUNCTION signet.remove_idle_buckets(timestamptz, timestamptz, integer);
DROP FUNCTION signet.exchange_tokens(
  uuid[], bigint[], bigint[], bigint[], bigint[], timestamptz);
DROP TABLE signet.threats, signet.failed_logins, signet.used_challenges, signet.rate_buckets;
