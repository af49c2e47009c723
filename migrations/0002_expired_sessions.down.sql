DROP FUNCTION signet.remove_expired_sessions(timestamptz, timestamptz, integer);
DROP INDEX signet.lineages_by_expiry;
