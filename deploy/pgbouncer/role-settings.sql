-- What Signet asks of each session when it connects itself (server/storage/postgres/connection_pool.cc).
-- A pooler in transaction mode does not pass it on, so the role has it. Run as a superuser, in the
-- database signet.
ALTER ROLE signet_service SET statement_timeout = '5s';
ALTER ROLE signet_service SET idle_in_transaction_session_timeout = '5s';
ALTER ROLE signet_service SET "TimeZone" = 'UTC';
ALTER ROLE signet_service SET "DateStyle" = 'ISO';
ALTER ROLE signet_service SET bytea_output = 'hex';
ALTER ROLE signet_service SET enable_seqscan = off;
ALTER ROLE signet_service SET enable_hashjoin = off;
ALTER ROLE signet_service SET enable_mergejoin = off;
ALTER ROLE signet_service SET jit = off;
