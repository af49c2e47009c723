DROP FUNCTION signet.append_audit(signet.audit_row);
DROP TYPE signet.audit_row;
DROP TABLE signet.audit_personal;
DROP TABLE signet.audit_events;
DROP FUNCTION signet.refuse_change();
