DROP FUNCTION signet.move_signing_key(
  text, smallint[], smallint, timestamptz, timestamptz, signet.audit_row);
DROP FUNCTION signet.end_all_sessions(
  uuid, smallint, timestamptz, timestamptz, timestamptz, signet.audit_row);
DROP FUNCTION signet.erase_audit_personal(uuid);
DROP FUNCTION signet.retire_audit(timestamptz, timestamptz);
DROP FUNCTION signet.ensure_audit_partitions(timestamptz);
DROP FUNCTION signet.add_audit_partition(text, text, timestamptz);
DROP TABLE signet.audit_retired;
DROP TABLE signet.audit_nodes;
DROP TABLE signet.audit_checkpoints;
DROP TABLE signet.audit_leaves;
DROP TABLE signet.audit_head;
REVOKE ALL ON signet.audit_events FROM signet_auditor;
REVOKE ALL ON signet.audit_personal FROM signet_auditor;
REVOKE ALL ON SCHEMA signet FROM signet_auditor;
