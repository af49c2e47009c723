-- Spreads the schema of Signet over the nodes of Citus. See README.md: this file has not been run, Citus is
-- not in Debian 12; tests/sharding compares it with what the statements of the service need.
-- As the owner, on the coordinator, after `signetd migrate up` and before the first server starts:
--   psql -v ON_ERROR_STOP=1 -f distribute.sql
\set ON_ERROR_STOP on
BEGIN;
CREATE EXTENSION IF NOT EXISTS citus;

-- What grows with use: everything of one person on one node, so that a refresh, a login's second statement, a
-- logout and a list of sessions ask one node.
SELECT create_distributed_table('signet.sessions', 'user_id', shard_count => 64);
SELECT create_distributed_table('signet.lineages', 'user_id', colocate_with => 'signet.sessions');
SELECT create_distributed_table('signet.lineage_history', 'user_id', colocate_with => 'signet.sessions');
SELECT create_distributed_table('signet.password_credentials', 'user_id', colocate_with => 'signet.sessions');
SELECT create_distributed_table('signet.second_factors', 'user_id', colocate_with => 'signet.sessions');
SELECT create_distributed_table('signet.email_tokens', 'user_id', colocate_with => 'signet.sessions');
SELECT create_distributed_table('signet.email_changes', 'user_id', colocate_with => 'signet.sessions');
SELECT create_distributed_table('signet.mail_outbox', 'user_id', colocate_with => 'signet.sessions');
SELECT create_distributed_table('signet.mail_pauses', 'user_id', colocate_with => 'signet.sessions');
SELECT create_distributed_table('signet.role_grants', 'user_id', colocate_with => 'signet.sessions');
SELECT create_distributed_table('signet.attempt_guards', 'subject', colocate_with => 'signet.sessions');

-- A copy on each node. Accounts are some hundred bytes each, are written seldom and joined with all of the
-- above; addresses, names and ids of API keys are unique among all, which no column of theirs that could
-- spread them is part of.
SELECT create_reference_table('signet.users');
SELECT create_reference_table('signet.service_accounts');
SELECT create_reference_table('signet.api_keys');
SELECT create_reference_table('signet.roles');
SELECT create_reference_table('signet.signing_keys');
SELECT create_reference_table('signet.signing_key_head');
SELECT create_reference_table('signet.server_secrets');
SELECT create_reference_table('signet.session_policy');
SELECT create_reference_table('signet.key_set_verifiers');

-- On the coordinator: one order for all.
SELECT citus_add_local_table_to_metadata('signet.revocation_head');
SELECT citus_add_local_table_to_metadata('signet.revocation_log');
SELECT citus_add_local_table_to_metadata('signet.audit_events');
SELECT citus_add_local_table_to_metadata('signet.audit_head');
SELECT citus_add_local_table_to_metadata('signet.audit_leaves');
SELECT citus_add_local_table_to_metadata('signet.audit_checkpoints');
SELECT citus_add_local_table_to_metadata('signet.audit_nodes');
SELECT citus_add_local_table_to_metadata('signet.audit_personal');
SELECT citus_add_local_table_to_metadata('signet.audit_retired');
-- And what is short-lived and of addresses, not of people.
SELECT citus_add_local_table_to_metadata('signet.rate_buckets');
SELECT citus_add_local_table_to_metadata('signet.used_challenges');
SELECT citus_add_local_table_to_metadata('signet.failed_logins');
SELECT citus_add_local_table_to_metadata('signet.threats');
COMMIT;
